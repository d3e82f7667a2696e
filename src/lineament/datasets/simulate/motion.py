"""Head and hands of simulated people in XR: from a person and the number of a session to a recording.

A kinematic model, not a physical or a physiological one: see docs/simulator.md for every distribution and its source.
Figures that come from it are to be labelled "simulated" wherever they are shown.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from lineament.datasets.simulate.devices import DEVICES, Device, device_named, jittered, kept_frames, lost_frames
from lineament.datasets.simulate.kinematics import FloatArray, band_noise, euler_quaternion, minimum_jerk, turned
from lineament.datasets.simulate.people import GRIP, Manner, Person, manner, session_rng, simulate_person
from lineament.datasets.simulate.script import TRUNK, Script, write_script
from lineament.datasets.simulate.tasks import FREE_TASKS, TRIAL_TASKS, task_named
from lineament.datasets.trials import PAUSE_S
from lineament.errors import LineamentError
from lineament.signals.axes import CANONICAL_AXES
from lineament.signals.motion import channel_names, motion_sample
from lineament.signals.rotations import multiply
from lineament.signals.sample import Sample

Layout = Literal["continuous", "trials"]
JOINTS = ("head", "left_hand", "right_hand")
TRIALS = 50
"""Trials in a session of the layout "trials", as in `xr-objects`."""

__all__ = ["Layout", "Person", "simulate_person", "simulate_session"]


def simulate_session(
    person: Person,
    session: int,
    minutes: float = 5.0,
    *,
    task: str | None = None,
    layout: Layout = "continuous",
    fps: float | None = None,
    device: str | None = None,
    drift: float = 1.0,
) -> Sample:
    """Return one session of one person; the same arguments give the same recording.

    Parameters
    ----------
    person : Person
        From `simulate_person`.
    session : int
        Which session, from 1.
    minutes : float
        Duration (layout "continuous").
    task : str, optional
        A key of `lineament.datasets.simulate.tasks.TASKS`; by default each session has another one, in an order of
        the person's own.
    layout : str
        "continuous", or "trials": 50 trials of some 15 s with 10 s between them, to stand in for `xr-objects`.
    fps : float, optional
        Frames a second of a steady clock without lost frames, for training; by default the device's own clock, with
        its jitter and losses.
    device : str, optional
        A key of `lineament.datasets.simulate.devices.DEVICES`; by default each session's is drawn (but "ideal").
    drift : float
        Factor on all that differs between sessions of one person.

    Returns
    -------
    Sample
        Head, left and right hand; attributes task, device, layout, trials (starts in seconds) and ``simulated: True``.

    Raises
    ------
    LineamentError
        When a name is unknown or a number cannot be.

    Examples
    --------
    >>> sample = simulate_session(simulate_person(seed=1, index=0), session=1, minutes=0.5, fps=30)
    >>> len(sample), sample.subject, sample.session
    (900, 'sim1-00000', 'S001')
    """
    _check(session, minutes, layout, fps, drift)
    rng = session_rng(person, session)
    day = manner(person, rng, drift)
    drawn = sorted(set(DEVICES) - {"ideal"})[int(rng.integers(len(DEVICES) - 1))]
    recorder = device_named(device or drawn)
    chosen = task_named(task or task_of(person, session, layout))
    cycles = TRIALS if layout == "trials" else None
    script = write_script(person, day, chosen, minutes * 60.0, rng, cycles)
    seconds = float(script.boundaries[-1]) if layout == "trials" else minutes * 60.0
    rate = fps or recorder.fps
    steady = np.arange(int(np.floor(seconds * rate + 1e-9))) / rate
    times = steady if fps else jittered(steady, recorder, rng)
    values = _record(person, day, script, times, rate, recorder, rng)
    if fps is None:
        kept = kept_frames(len(times), recorder, rng)
        values, times = values[kept], times[kept]
        for hand in (1, 2):
            values[lost_frames(len(times), recorder, rng), 7 * hand : 7 * hand + 7] = np.nan
    starts: tuple[float, ...] = (0.0,)
    if layout == "trials":
        times, starts = _apart(times, script.boundaries[:-1])
    return motion_sample(
        values,
        times,
        channel_names(*JOINTS),
        subject=person.name,
        session=f"S{session:03d}",
        attributes={
            "task": chosen.name,
            "device": recorder.name,
            "layout": layout,
            "trials": starts,
            "axes": CANONICAL_AXES,
            "simulated": True,
        },
        source=f"simulated {person.name} S{session:03d}",
    )


def _check(session: int, minutes: float, layout: str, fps: float | None, drift: float) -> None:
    """Refuse what cannot be simulated."""
    if session < 0:
        raise LineamentError("simulated motion: a session of at least 0", str(session), "count from 1")
    if not (np.isfinite(minutes) and minutes >= 0.05):
        raise LineamentError("simulated motion: at least 0.05 minutes", f"{minutes:g}", "ask for more")
    if layout not in ("continuous", "trials"):
        raise LineamentError("simulated motion: a layout", repr(layout), "use 'continuous' or 'trials'")
    if fps is not None and not 1.0 <= fps <= 1000.0:
        raise LineamentError("simulated motion: 1 to 1000 frames a second", f"{fps:g}", "ask for a rate between them")
    if not (np.isfinite(drift) and drift >= 0):
        raise LineamentError("simulated motion: a drift of at least 0", f"{drift:g}", "use 1 for the usual drift")


def task_of(person: Person, session: int, layout: Layout) -> str:
    """Return the task of a session: each person goes through all of them in an order of their own."""
    names = TRIAL_TASKS if layout == "trials" else FREE_TASKS
    order = np.random.default_rng([3, person.seed, person.index]).permutation(len(names))
    return names[int(order[(session - 1) % len(names)])]


def _apart(times: FloatArray, boundaries: FloatArray) -> tuple[FloatArray, tuple[float, ...]]:
    """Return times with a pause before each trial but the first, and when the trials start."""
    trial = np.maximum(np.searchsorted(boundaries, times, side="right") - 1, 0)
    spread = times + PAUSE_S * trial
    first = np.unique(trial, return_index=True)[1]
    return spread, tuple(float(start) for start in spread[first])


def _record(
    person: Person,
    day: Manner,
    script: Script,
    times: FloatArray,
    rate: float,
    device: Device,
    rng: np.random.Generator,
) -> FloatArray:
    """Return positions and rotations of the three joints, shape (T, 21)."""
    count = len(times)
    heading = script.heading.at(times)[:, 0]
    look = script.look.at(times)
    unrest = band_noise(count, rate, 0.15, 2.0, 3, rng) * np.radians(day["head_unrest"])
    unrest *= _moods(count, rate, rng)
    yaw = heading + look[:, 0] + unrest[:, 0]
    torso = yaw - np.clip(yaw - script.torso.at(times)[:, 0], -1.3, 1.3)
    stance = script.stance.at(times)
    gait = _Gait(script, times, day, float(rng.uniform(0, 2 * np.pi)))
    pitch = look[:, 1] + np.radians(day["neck_pitch"]) + 0.25 * stance[:, 1] + 0.7 * unrest[:, 1]
    pitch += np.radians(day["gait_pitch"]) * gait.walking * np.sin(2 * gait.phase)
    roll = np.radians(day["head_roll"]) + look[:, 2] - day["roll_coupling"] * (yaw - torso) + 0.5 * unrest[:, 2]
    neck, body = _trunk(person, day, script, times, rate, torso, stance, gait, rng)
    head = euler_quaternion(yaw, np.clip(pitch, -1.3, 1.45), roll)
    lever = _lever(yaw, np.clip(pitch, -1.3, 1.45), day["neck_forward"])
    sits = euler_quaternion(*(np.array([angle]) for angle in (0.0, *np.radians(day.display))))
    joints = [np.concatenate([neck + lever, multiply(head, sits)], axis=1)]
    hands = _hands(person, day, script, times, rate, torso, body, gait, rng)
    joints += hands if not person.left_handed else hands[::-1]
    values = np.concatenate([joints[0], joints[2], joints[1]], axis=1)  # hands come dominant first
    values[:, [1, 8, 15]] += day.floor
    return _noisy(values, device, rng)


class _Gait:
    """How fast a person walks at each time, and where in the stride."""

    def __init__(self, script: Script, times: FloatArray, day: Manner, start: float) -> None:
        self.place = script.place.at(times)
        step = np.gradient(times) if len(times) > 1 else np.ones(1)
        speed = np.hypot(*np.gradient(self.place, axis=0).T) / step if len(times) > 1 else np.zeros(1)
        relative = np.minimum(speed / 80.0, 1.4)
        self.walking = minimum_jerk(np.minimum(relative / 0.7, 1.0))
        """From 0 (standing) to 1 (walking)."""
        self.phase = start + np.cumsum(np.pi * day["cadence"] * np.sqrt(relative) * step)
        """Of the stride (two steps), radians."""


def _trunk(
    person: Person, day: Manner, script: Script, times: FloatArray, rate: float, torso: FloatArray, stance: FloatArray,
    gait: _Gait, rng: np.random.Generator,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """Return the positions (T, 3) of the neck's pivot and of the middle between the shoulders."""
    sway = band_noise(len(times), rate, 0.1, 0.8, 3, rng) * day["sway"] * [1.0, 0.12, 1.0]
    sway[:, [0, 2]] += band_noise(len(times), rate, 0.01, 0.15, 2, rng) * day["weight_shift"]
    sway[:, 0] += day["gait_sway"] * gait.walking * np.sin(gait.phase)
    sway[:, 1] += day["bob"] * gait.walking * np.cos(2 * gait.phase)
    forward = np.zeros((len(times), 3))
    forward[:, 2] = np.sin(stance[:, 1])
    dropped = stance[:, 0] + TRUNK * (1.0 - np.cos(stance[:, 1]))
    base = turned(sway + TRUNK * forward, torso)
    base[:, 0] += gait.place[:, 0]
    base[:, 2] += gait.place[:, 1]
    neck, body = base, base.copy()
    neck[:, 1] += person.body.eye_height - day["slouch"] - NECK_UP - dropped
    body[:, 1] += person.body.shoulder_height + 2.0 - 0.8 * day["slouch"] - 0.95 * dropped
    return neck, body


FLOOR = 4.0
"""No controller comes lower (cm)."""
NECK_UP = 8.0
"""Height of the eyes above the neck's pivot when the head is level (cm)."""


def _lever(yaw: FloatArray, pitch: FloatArray, forward: float) -> FloatArray:
    """Return the display's place from the neck's pivot (T, 3)."""
    level = forward * np.cos(pitch) + NECK_UP * np.sin(pitch)
    return np.stack(
        [level * np.sin(yaw), NECK_UP * np.cos(pitch) - forward * np.sin(pitch), level * np.cos(yaw)], axis=1
    )


def _hands(
    person: Person, day: Manner, script: Script, times: FloatArray, rate: float, torso: FloatArray, body: FloatArray,
    gait: _Gait, rng: np.random.Generator,
) -> list[FloatArray]:  # fmt: skip
    """Return position and rotation (T, 7) of the dominant and of the other hand."""
    arm = person.body.arm
    tremor_low = day["tremor_rate"] - 1.5
    hands = []
    for dominant, track in ((True, script.hands[0]), (False, script.hands[1])):
        side = 1.0 if dominant != person.left_handed else -1.0
        reach, play = np.split(track.at(times), 2, axis=1)
        liveliness = _moods(len(times), rate, rng) * _effort(reach, times)
        reach += band_noise(len(times), rate, 0.1, 1.5, 3, rng) * day["hand_unrest"] * liveliness * [0.8, 1.0, 1.0]
        swing = day["arm_swing"] * gait.walking * np.sin(gait.phase + (0.0 if side > 0 else np.pi))
        reach[:, 2] += swing * np.clip(-reach[:, 1] / arm, 0.0, 1.0) ** 2
        wrist = band_noise(len(times), rate, 0.1, 4.0, 3, rng) * np.radians(day["wrist_unrest"]) * liveliness
        bent = play + wrist * [0.8, 0.8, 1.2]
        angles = _wrist(_within_arm(reach, arm), person, day) + bent
        reach[:, 0] += WRIST * bent[:, 1]
        reach[:, 1] -= WRIST * bent[:, 0]
        reach = _within_arm(reach, arm)
        tremor = band_noise(len(times), rate, tremor_low, tremor_low + 3.0, 6, rng) * day["tremor"]
        reach += tremor[:, :3]
        angles += np.radians(TREMOR_TURN) * tremor[:, 3:]
        rotation = euler_quaternion(torso + side * angles[:, 1], angles[:, 0], -side * angles[:, 2])
        reach[:, 0] = side * (reach[:, 0] + person.body.shoulder_width / 2.0 - 2.0)
        place = body + turned(reach, torso)
        place[:, 1] = np.maximum(place[:, 1], FLOOR)
        hands.append(np.concatenate([place, rotation], axis=1))
    return hands


def _moods(frames: int, rate: float, rng: np.random.Generator) -> FloatArray:
    """Return how lively somebody is over time (T, 1): log-normal, changing over half a minute."""
    lively: FloatArray = np.exp(np.clip(0.45 * band_noise(frames, rate, 0.004, 0.06, 1, rng), -1.1, 1.1))
    return lively


def _effort(reach: FloatArray, times: FloatArray) -> FloatArray:
    """Return the factor by which motor noise grows with speed (T, 1) (Harris and Wolpert 1998)."""
    if len(times) < 2:
        return np.ones((len(times), 1))
    speed = np.linalg.norm(np.gradient(reach, axis=0), axis=1) / np.gradient(times)
    effort: FloatArray = (1.0 + np.minimum(speed, 90.0) / 60.0)[:, None]
    return effort


def _within_arm(reach: FloatArray, arm: float) -> FloatArray:
    """Return places (T, 3) drawn in towards the shoulder where they come near the arm's length, smoothly."""
    length = np.linalg.norm(reach, axis=1) / arm
    beyond = np.maximum(length - 0.9, 0.0)
    factor = np.where(beyond > 0, (0.9 + 0.09 * np.tanh(beyond / 0.09)) / np.maximum(length, 0.1), 1.0)
    within: FloatArray = reach * factor[:, None]
    return within


TREMOR_TURN = 10.0
"""Degrees by which the tremor turns the hand for a centimetre of way."""
WRIST = 10.0
"""From where a controller is turned about to its origin (cm): it moves where it is turned to."""
SOFT = 15.0
"""A forearm that points nearer to the vertical than so many cm of level way turns the wrist less and less."""


def _wrist(reach: FloatArray, person: Person, day: Manner) -> FloatArray:
    """Return the controller's pitch (down), yaw (outwards) and roll against the trunk: where the forearm points."""
    elbow = np.array([3.0, -0.75 * person.body.upper_arm, -2.0])
    fore = reach - elbow
    level = np.sqrt(fore[:, 0] ** 2 + fore[:, 2] ** 2 + SOFT**2)
    ahead = 0.5 * (fore[:, 2] + np.hypot(fore[:, 2], SOFT)) + GRIP
    pitch = day["wrist_gain"] * np.arctan2(-fore[:, 1], level) + np.radians(day["grip_pitch"])
    yaw = day["wrist_gain"] * np.arctan2(fore[:, 0], ahead) + np.radians(day["grip_yaw"])
    roll = np.radians(day["grip_roll"]) + 0.3 * yaw
    return np.stack([pitch, yaw, roll], axis=1)


def _noisy(values: FloatArray, device: Device, rng: np.random.Generator) -> FloatArray:
    """Add the device's noise to positions and rotations."""
    if device.position_noise == 0.0 and device.rotation_noise == 0.0:
        return values
    tilt = np.radians(device.rotation_noise) / 2.0
    for joint in (0, 7, 14):
        values[:, joint : joint + 3] += device.position_noise * rng.standard_normal((len(values), 3))
        rotation = values[:, joint + 3 : joint + 7]
        rotation += tilt * rng.standard_normal(rotation.shape)
        rotation /= np.linalg.norm(rotation, axis=1, keepdims=True)
    return values
