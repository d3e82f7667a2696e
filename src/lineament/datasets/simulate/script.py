"""From a task to a script: when each act begins and what head, body and hands aim at in it."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from lineament.datasets.simulate.kinematics import FloatArray, Steps
from lineament.datasets.simulate.people import GRIP, Manner, Person
from lineament.datasets.simulate.tasks import Act, Task

ROOM = 150.0
"""People stay within so many centimetres of the room's middle."""
GLANCES, MOVES = 3, 4
"""Looks aside and moves of the hands that fit into one act."""
WRIST_PLAY = np.array([14.0, 12.0, 18.0])
"""Standard deviations of the wrist's pitch, yaw and roll from reach to reach (degrees)."""
HURRY = 0.22
"""Spread of the logarithm of how long a reach of one person and length takes."""
FASTEST = 450.0
"""No hand reaches faster (cm/s, peak of a minimum-jerk step)."""
ELBOW_BACK = 0.65
"""The more an elbow is flexed at rest, the further back it is held: so much of the hand's way forward is left."""
TRUNK = 52.0
"""From hip to neck (cm); a trunk bent by an angle goes forward by its sine."""


@dataclass(frozen=True)
class Script:
    """The tracks of one session; angles in radians, lengths in cm.

    Parameters
    ----------
    heading, torso : Steps
        Yaw of the head (without looks aside) and, later, of the trunk.
    look : Steps
        Yaw and pitch (down) of the gaze against the heading, and roll.
    place : Steps
        x and z of the feet.
    stance : Steps
        By how much the knees lower the body, and the angle by which the trunk is bent.
    hands : tuple of Steps
        Hand from shoulder in the trunk's frame, x outwards, and the wrist's pitch, yaw and roll beyond what the arm's
        direction gives (radians): dominant, other.
    boundaries : array
        Seconds at which each cycle of the task begins.
    """

    heading: Steps
    torso: Steps
    look: Steps
    place: Steps
    stance: Steps
    hands: tuple[Steps, Steps]
    boundaries: FloatArray


@dataclass(frozen=True)
class _Acts:
    """The acts of a session as arrays (n,) or (n, 2) of the fields of `Act`, with their starts and durations."""

    starts: FloatArray
    seconds: FloatArray
    field: dict[str, FloatArray]
    boundaries: FloatArray

    def __getitem__(self, name: str) -> FloatArray:
        return self.field[name]

    def __len__(self) -> int:
        return len(self.starts)


def write_script(
    person: Person, day: Manner, task: Task, seconds: float, rng: np.random.Generator, cycles: int | None = None
) -> Script:
    """Return what a person does for a time.

    Parameters
    ----------
    person, day
        Who, and how on that day.
    task : Task
        What.
    seconds : float
        How long at least.
    rng : numpy Generator
        Source of randomness.
    cycles : int, optional
        Instead of `seconds`: how often the task's cycle is gone through.
    """
    acts = _choose(task, day, seconds, rng, cycles)
    yaw, place, walks = _wander(acts, day, rng)
    turns = np.abs(np.diff(yaw))
    turning = (0.3 + np.degrees(turns) / day["head_speed"]) / day["tempo"]
    walking = 0.3 + walks / (day["walk_speed"] * np.sqrt(day["tempo"]))
    away = acts.starts + np.where(walks > 10.0, 0.15, 0.0) * acts.seconds
    dominant, other, reaching = _hands(acts, person, day, away, walking * (walks > 10.0), rng)
    return Script(
        heading=Steps(acts.starts, turning, yaw[:, None]),
        torso=Steps(acts.starts + day["torso_lag"], turning * 1.1, yaw[:, None]),
        look=_look(acts, day, rng),
        place=Steps(away, walking, place),
        stance=_stance(acts, person, day, reaching, rng),
        hands=(dominant, other),
        boundaries=acts.boundaries,
    )


def _choose(task: Task, day: Manner, seconds: float, rng: np.random.Generator, cycles: int | None) -> _Acts:
    """Draw the acts that fill a time."""
    pace = day["dwell"] / np.sqrt(day["tempo"])
    usual = float(np.mean([act.seconds for act in task.acts]))
    enough = int(np.ceil(1.6 * seconds / (usual * pace))) + 8
    count = enough if cycles is None else cycles * len(task.acts)
    if task.cycle:
        which = np.arange(count) % len(task.acts)
    else:
        weights = np.array([act.weight for act in task.acts])
        which = rng.choice(len(task.acts), size=count, p=weights / weights.sum())
    field = {
        spec.name: np.array([getattr(act, spec.name) for act in task.acts], dtype=np.float64)[which]
        for spec in fields(Act)
    }
    spans = np.maximum(field["seconds"] * pace * np.exp(0.32 * rng.standard_normal(count)), 0.8)
    ends = np.cumsum(spans)
    first = which == 0 if task.cycle else np.arange(count) == 0
    starts = ends - spans
    return _Acts(starts, spans, field, np.append(starts[first], ends[-1]))


def _wander(acts: _Acts, day: Manner, rng: np.random.Generator) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the yaw (n + 1,) and place (n + 1, 2) before and after each act, and the way walked in each (n,)."""
    count = len(acts)
    turns = np.radians(acts["turn"]) * (rng.standard_normal(count) + 0.4 * day["turn_bias"])
    walks = np.maximum(acts["walk"][:, 0] + acts["walk"][:, 1] * rng.standard_normal(count), 0.0)
    slant = 0.35 * rng.standard_normal(count)
    yaw, place = np.zeros(count + 1), np.zeros((count + 1, 2))
    x, z, heading = 0.0, 0.0, float(rng.uniform(-np.pi, np.pi))
    yaw[0] = heading
    for act in range(count):
        heading += float(turns[act])
        way = float(walks[act])
        if way > 10.0 and np.hypot(x + way * np.sin(heading), z + way * np.cos(heading)) > ROOM:
            inwards = float(np.arctan2(-x, -z)) + float(slant[act])
            heading += (inwards - heading + np.pi) % (2 * np.pi) - np.pi
        goal_x, goal_z = x + way * np.sin(heading + slant[act]), z + way * np.cos(heading + slant[act])
        shrink = min(1.0, ROOM / max(float(np.hypot(goal_x, goal_z)), 1e-9))
        goal_x, goal_z = goal_x * shrink, goal_z * shrink
        walks[act] = np.hypot(goal_x - x, goal_z - z)
        x, z = float(goal_x), float(goal_z)
        yaw[act + 1], place[act + 1] = heading, (x, z)
    return yaw, place, walks


def _look(acts: _Acts, day: Manner, rng: np.random.Generator) -> Steps:
    """Return the gaze's way of looking aside and down: one shift at each act's start, then up to `GLANCES` looks."""
    count, slots = len(acts), GLANCES + 1
    when = np.concatenate([np.zeros((count, 1)), np.sort(rng.uniform(0.2, 0.95, (count, GLANCES)), axis=1)], axis=1)
    starts = acts.starts[:, None] + when * acts.seconds[:, None]
    expected = acts["glances"] * day["glance_rate"] * acts.seconds / GLANCES
    happens = rng.random((count, GLANCES)) < expected[:, None]
    aside = rng.standard_normal((count, slots, 2)) * acts["glance"][:, None, :] * day["glance_size"] * [1.0, -1.0]
    aside[:, 0, 0] *= 0.3
    down = acts["gaze"][:, 0] + acts["gaze"][:, 1] * rng.standard_normal(count)
    gaze = aside + np.stack([np.zeros(count), down], axis=1)[:, None, :]
    flat = gaze.reshape(-1, 2) * day["head_gain"]
    active = np.concatenate([np.ones((count, 1), bool), happens], axis=1).ravel()
    tilted = day["head_tilting"] * rng.standard_normal((len(flat), 1))
    targets = np.concatenate([flat, tilted], axis=1)[active]
    targets = np.concatenate([targets[:1], targets])
    size = np.linalg.norm(np.diff(targets, axis=0), axis=1)
    durations = (0.25 + size / (0.8 * day["head_speed"])) / day["tempo"]
    return Steps(starts.ravel()[active], durations, np.radians(targets))


def _rest(person: Person, day: Manner, elbow: FloatArray) -> FloatArray:
    """Return where a hanging hand rests, from the shoulder (n, 6): two links, the elbow flexed by `elbow` degrees."""
    flexion = np.radians(np.clip(elbow, 12.0, 125.0))
    lower = person.body.forearm + GRIP
    rest = np.zeros((len(elbow), 6))
    rest[:, 0] = day["hand_out"]
    rest[:, 1] = -person.body.upper_arm - lower * np.cos(flexion)
    rest[:, 2] = ELBOW_BACK * lower * np.sin(flexion) + day["hand_forward"]
    return rest


def _hands(
    acts: _Acts, person: Person, day: Manner, away: FloatArray, walking: FloatArray, rng: np.random.Generator
) -> tuple[Steps, Steps, FloatArray]:
    """Return the tracks of the dominant and the other hand, and when and how far the dominant one reaches (n, 4).

    Each act has `MOVES` slots: reach, carry, a second gesture, and the return to rest.
    """
    count, arm = len(acts), person.body.arm
    reaches = rng.random(count) < acts["reach"]
    carries = reaches & (rng.random(count) < acts["carry"])
    gestures = rng.random((count, 2)) < acts["gestures"][:, None]
    goal = _goals(acts, arm, day, rng)
    second = _goals(acts, arm, day, rng)
    free = (
        np.array([4.0, -0.55 * arm, 0.35 * arm])
        + rng.standard_normal((count, 2, 3)) * [7.0, 8.0, 6.0] * day["vertical_effort"]
    )
    flexions = np.array([[day["elbow"]], [day["other_elbow"]]]) + day["rest_spread"] * rng.standard_normal((2, count))
    rest = _rest(person, day, flexions[0])[:, :3] + 2.0 * rng.standard_normal((count, 3))
    keep = acts["keep"] > 0
    places = np.stack(
        [
            np.where(reaches[:, None], goal, free[:, 0]),
            np.where(carries[:, None], second, free[:, 1]),
            free[:, 0],
            rest,
        ],
        1,
    )
    active = np.stack(
        [reaches | gestures[:, 0], carries | gestures[:, 1], gestures[:, 0] & gestures[:, 1], ~keep], axis=1
    )
    delay = np.clip(day["gaze_lead"] + 0.55 * walking, None, 0.55 * acts.seconds)
    onset = (away - acts.starts) + delay
    when = np.stack(
        [onset, onset + 0.36 * (acts.seconds - onset), onset + 0.5 * (acts.seconds - onset), 0.82 * acts.seconds], 1
    )
    starts = (acts.starts[:, None] + np.maximum.accumulate(when, axis=1)).ravel()
    play = np.radians(day["wrist_play"] * WRIST_PLAY) * rng.standard_normal((count, MOVES, 3))
    play[:, -1] *= 0.4
    places = np.concatenate([places, play], axis=2)
    home = _rest(person, day, flexions[0, :1])[0]
    effort = np.repeat(acts["effort"], MOVES)
    main = _reach_steps(home, starts, places, active, effort, day, rng)
    helps = (rng.random(count) < day["two_handed"])[:, None] & active
    other_home = _rest(person, day, flexions[1, :1])[0]
    share = day["mirror"] * rng.uniform(0.5, 1.1, (count, 1, 1))
    other_places = other_home + share * (places - home)
    other_places[:, -1] = _rest(person, day, flexions[1])
    helps[:, -1] = True
    other = _reach_steps(other_home, starts + 0.06, other_places, helps, np.ones_like(effort), day, rng)
    reach = np.stack(
        [
            starts.reshape(count, MOVES)[:, 0],
            starts.reshape(count, MOVES)[:, -1],
            np.linalg.norm(goal, axis=1) / arm,
            reaches,
        ],
        1,
    )
    return main, other, reach


def _goals(acts: _Acts, arm: float, day: Manner, rng: np.random.Generator) -> FloatArray:
    """Return places to reach for, from the shoulder, x outwards (n, 3)."""
    draw = rng.standard_normal((4, len(acts)))
    radius = np.clip(acts["radius"][:, 0] - day["stand_off"] + acts["radius"][:, 1] * draw[0], 0.3, 0.97) * arm
    height = acts["height"][:, 0] * (2.0 - day["vertical_effort"]) + acts["height"][:, 1] * draw[1]
    height = np.clip(height, -0.9 * radius, 0.9 * radius)
    level = np.sqrt(radius**2 - height**2)
    aside = np.radians(acts["aside"][:, 0] + acts["aside"][:, 1] * draw[2])
    goal: FloatArray = np.stack([level * np.sin(aside), height, level * np.cos(aside)], axis=1)
    return goal + 0.4 * day["scatter"] * rng.standard_normal(goal.shape)


def _reach_steps(
    home: FloatArray, starts: FloatArray, places: FloatArray, active: np.ndarray, effort: FloatArray, day: Manner,
    rng: np.random.Generator,
) -> Steps:  # fmt: skip
    """Return the steps of a hand from its home (6,) to the active ones of the places (n, MOVES, 6).

    A reach is bowed outwards and upwards in proportion to its length.
    """
    chosen = active.ravel()
    starts, effort = starts[chosen], effort[chosen]
    targets = np.concatenate([home[None], places.reshape(-1, places.shape[-1])[chosen]])
    length = np.linalg.norm(np.diff(targets[:, :3], axis=0), axis=1)
    durations = (day["reach_base"] + length / day["reach_speed"]) / (day["tempo"] * effort)
    durations *= np.exp(HURRY * rng.standard_normal(len(durations)))
    durations = np.maximum(durations, 1.875 * length / FASTEST)
    bulges = (length * day["curvature"])[:, None] * np.array([0.5, 0.9 * day["vertical_effort"], -0.2, 0.0, 0.0, 0.0])
    return Steps(starts, durations, targets, bulges, float(day["overshoot"]))


def _stance(acts: _Acts, person: Person, day: Manner, reach: FloatArray, rng: np.random.Generator) -> Steps:
    """Return the lowering by the knees and the bend of the trunk: down with the reach, up with the return."""
    count = len(acts)
    crouches = (rng.random(count) < acts["crouch"]) & (reach[:, 3] > 0)
    part = np.clip(acts["depth"][:, 0] * day["crouch"] + acts["depth"][:, 1] * rng.standard_normal(count), 0.05, 0.5)
    depth = crouches * part * person.body.eye_height
    share = np.clip(day["bend"] + 0.1 * rng.standard_normal(count), 0.05, 0.95)
    bent = np.arccos(np.clip(1.0 - share * depth / TRUNK, 0.3, 1.0))
    leaning = np.clip(day["lean"], 0.0, 1.0) * np.clip(reach[:, 2] - 0.5, 0.0, 0.5) * (reach[:, 3] > 0)
    bent = np.minimum(bent + leaning, 1.2)
    lower = np.maximum(depth - TRUNK * (1.0 - np.cos(bent)), 0.0)
    down = np.stack([lower, bent], axis=1)
    targets = np.stack([down, np.zeros_like(down)], axis=1).reshape(-1, 2)
    starts = np.maximum.accumulate(np.stack([reach[:, 0] - 0.2, np.maximum(reach[:, 1], reach[:, 0])], axis=1).ravel())
    targets = np.concatenate([np.zeros((1, 2)), targets])
    size = np.abs(np.diff(targets, axis=0)) @ np.array([1.0, 40.0])
    return Steps(starts, (0.5 + size / 60.0) / day["tempo"], targets)
