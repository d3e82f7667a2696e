"""What simulated people do: acts and the tasks made of them."""

from __future__ import annotations

from dataclasses import dataclass

from lineament.errors import LineamentError
from lineament.registry import nearest


@dataclass(frozen=True)
class Act:
    """A few seconds of one kind of behaviour; lengths in cm, angles in degrees, pairs are (mean, standard deviation).

    Parameters
    ----------
    seconds : float
        Median duration.
    weight : float
        How often it occurs where acts come in random order.
    turn : float
        Spread of the change of heading.
    walk : tuple
        Way walked.
    gaze : tuple
        Pitch of the gaze, down.
    glances : float
        Looks aside a second.
    glance : tuple
        Their spread in yaw and pitch.
    reach : float
        Probability that the dominant hand reaches.
    height : tuple
        Of what is reached, above the shoulder.
    radius : tuple
        Distance reached from the shoulder, parts of the arm.
    aside : tuple
        Direction reached, outwards from straight ahead.
    carry : float
        Probability that the hand then moves on to a second place before it returns.
    keep : bool
        The hand stays where it reached until the next act.
    crouch : float
        Probability of going down.
    depth : tuple
        How far, parts of the eyes' height.
    gestures : float
        Probability of each of two gestures of the free hands.
    effort : float
        Factor on the speed of the reach.
    """

    seconds: float
    weight: float = 1.0
    turn: float = 0.0
    walk: tuple[float, float] = (0.0, 0.0)
    gaze: tuple[float, float] = (18.0, 6.0)
    glances: float = 0.4
    glance: tuple[float, float] = (12.0, 6.0)
    reach: float = 0.0
    height: tuple[float, float] = (-25.0, 12.0)
    radius: tuple[float, float] = (0.75, 0.10)
    aside: tuple[float, float] = (0.0, 11.0)
    carry: float = 0.0
    keep: bool = False
    crouch: float = 0.0
    depth: tuple[float, float] = (0.25, 0.10)
    gestures: float = 0.0
    effort: float = 1.0


@dataclass(frozen=True)
class Task:
    """A task: its acts, in a fixed cycle (one cycle is one trial) or in random order.

    Parameters
    ----------
    name : str
        Identifier.
    help : str
        What people do.
    acts : tuple of Act
        Its acts.
    cycle : bool
        Whether they come in order.
    """

    name: str
    help: str
    acts: tuple[Act, ...]
    cycle: bool = False


_START = Act(1.6, turn=75.0, walk=(20.0, 12.0), gaze=(80.0, 9.0), glances=0.5)
_SEARCH = Act(2.6, turn=40.0, walk=(12.0, 12.0), gaze=(18.0, 7.0), glances=0.7, glance=(14.0, 7.0))
_MEMORISE = Act(2.2, gaze=(17.0, 6.0), glances=0.45, glance=(9.0, 5.0))
_RETURN = Act(1.3, turn=35.0, walk=(45.0, 20.0), gaze=(26.0, 10.0), glances=0.5)

_TRIALS = (
    Task(
        "laser",
        "remember where an object stood and point at it from afar",
        (
            _START,
            _SEARCH,
            _MEMORISE,
            Act(
                3.0,
                gaze=(22.0, 7.0),
                reach=0.95,
                height=(-22.0, 12.0),
                radius=(0.72, 0.11),
                keep=True,
                glance=(6.0, 4.0),
            ),
        ),
        cycle=True,
    ),
    Task(
        "fixed",
        "remember where an object stood, walk there and place a fixed marker",
        (
            _START,
            _SEARCH,
            _MEMORISE,
            Act(
                3.4,
                turn=20.0,
                walk=(80.0, 35.0),
                gaze=(36.0, 12.0),
                reach=0.95,
                height=(-26.0, 18.0),
                radius=(0.92, 0.10),
                crouch=0.2,
                keep=True,
            ),
            _RETURN,
        ),
        cycle=True,
    ),
    Task(
        "cube",
        "remember where an object stood, walk there and place a cube",
        (
            _START,
            _SEARCH,
            Act(2.2, turn=15.0, reach=0.7, height=(-26.0, 10.0), radius=(0.66, 0.10), keep=True, gaze=(22.0, 7.0)),
            Act(
                4.6,
                turn=25.0,
                walk=(95.0, 35.0),
                gaze=(36.0, 11.0),
                reach=0.97,
                height=(-18.0, 16.0),
                radius=(0.86, 0.11),
                carry=0.4,
                crouch=0.3,
                depth=(0.28, 0.12),
            ),
            _RETURN,
        ),
        cycle=True,
    ),
    Task(
        "object",
        "remember where an object stood, take it up and put it back there",
        (
            _START,
            _SEARCH,
            Act(
                4.2,
                turn=25.0,
                walk=(50.0, 30.0),
                reach=0.95,
                height=(-24.0, 13.0),
                radius=(0.78, 0.11),
                keep=True,
                gaze=(26.0, 9.0),
                glances=0.5,
            ),
            Act(
                5.0,
                turn=25.0,
                walk=(80.0, 35.0),
                gaze=(36.0, 11.0),
                reach=0.97,
                height=(-18.0, 16.0),
                radius=(0.86, 0.11),
                carry=0.5,
                crouch=0.35,
                depth=(0.28, 0.12),
            ),
            _RETURN,
        ),
        cycle=True,
    ),
)

_FREE = (
    Task(
        "table",
        "reach for objects on a table",
        (
            Act(2.2, 3.0, turn=15.0, gaze=(34.0, 9.0), reach=0.95, height=(-34.0, 10.0), aside=(5.0, 25.0), carry=0.5),
            Act(2.5, 1.0, turn=25.0, gaze=(24.0, 8.0), glances=0.8),
        ),
    ),
    Task(
        "sort",
        "sort objects from one side of a table to the other",
        (
            Act(
                1.8,
                4.0,
                turn=20.0,
                gaze=(36.0, 7.0),
                reach=1.0,
                height=(-34.0, 7.0),
                radius=(0.70, 0.08),
                aside=(10.0, 28.0),
                carry=0.95,
            ),
            Act(2.0, 0.6, turn=60.0, walk=(50.0, 20.0), gaze=(25.0, 8.0)),
        ),
    ),
    Task(
        "throw",
        "take balls and throw them at targets",
        (
            Act(1.6, 1.0, turn=15.0, gaze=(40.0, 9.0), reach=1.0, height=(-38.0, 8.0), radius=(0.70, 0.08), keep=True),
            Act(
                1.0,
                1.0,
                gaze=(6.0, 5.0),
                reach=1.0,
                height=(12.0, 7.0),
                radius=(0.50, 0.06),
                aside=(55.0, 15.0),
                keep=True,
            ),
            Act(
                1.2,
                1.0,
                gaze=(6.0, 5.0),
                reach=1.0,
                height=(2.0, 10.0),
                radius=(0.90, 0.05),
                aside=(-8.0, 10.0),
                effort=2.6,
                glance=(4.0, 3.0),
            ),
        ),
        cycle=True,
    ),
    Task(
        "look",
        "look around",
        (
            Act(3.0, 3.0, turn=50.0, gaze=(8.0, 14.0), glances=1.0, glance=(24.0, 11.0)),
            Act(3.0, 1.0, turn=70.0, walk=(50.0, 25.0), gaze=(12.0, 10.0), glances=0.6),
        ),
    ),
    Task(
        "walk",
        "walk about",
        (
            Act(2.4, 4.0, turn=35.0, walk=(170.0, 50.0), gaze=(16.0, 6.0), glances=0.5),
            Act(2.0, 1.0, turn=60.0, gaze=(12.0, 8.0), glances=0.7),
        ),
    ),
    Task(
        "talk",
        "stand and talk",
        (
            Act(3.0, 3.0, turn=10.0, gaze=(6.0, 5.0), glances=0.6, gestures=0.6),
            Act(3.5, 1.5, turn=15.0, gaze=(8.0, 6.0), glances=0.5),
        ),
    ),
)

TASKS: dict[str, Task] = {task.name: task for task in (*_TRIALS, *_FREE)}
TRIAL_TASKS = tuple(task.name for task in _TRIALS)
FREE_TASKS = tuple(task.name for task in _FREE)


def task_named(name: str) -> Task:
    """Return a task.

    Raises
    ------
    LineamentError
        When there is none of that name.
    """
    if name not in TASKS:
        raise LineamentError("simulated motion: a task", repr(name), nearest(name, list(TASKS)))
    return TASKS[name]
