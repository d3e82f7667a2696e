"""What head and hands must do when a person moves them, measured in a recording whose axes are in doubt.

Nothing here depends on units or on the floor. Three laws are used, besides gravity and the place of the hands:

* the neck: a headset sits some 10 cm above and 8 cm before the pivot of the head, so that turning right carries it to
  the right, looking up carries it up and back, tilting carries it sideways;
* the forearm: a controller lies some 25 cm before the elbow, so that it moves where it is turned to;
* the view: the left hand is left of the right one and both are mostly before the face and below the eyes.

The first two correlate the velocity of a joint, seen in its own frame, with its angular velocity. On 73 recordings of
other people (9 public sets, 64 sessions of xr-objects) every one of these signs was as it should be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lineament.signals.motion import JOINTS, has_position, has_rotation, position_names, rotation_names
from lineament.signals.rotations import delta, inverse, rotate, to_rotation_vector
from lineament.signals.sample import Sample

FloatArray = NDArray[np.float64]

LAG_S = 0.1
FEWEST_STEPS = 30
HANDS = ("left_hand", "right_hand")
ARM_CM = 50.0
"""Distances between hand and head are scaled to this median, so that units play no part."""


@dataclass(frozen=True)
class Body:
    """Steps of about a tenth of a second, spread evenly over a recording.

    `positions[joint]` holds the first and last position of each step, (2, steps, 3); `rotations[joint]` the first,
    middle and last quaternion, (3, steps, 4); `dt` the seconds of each step; `seconds` the time they cover.
    """

    positions: Mapping[str, FloatArray]
    rotations: Mapping[str, FloatArray]
    dt: FloatArray
    seconds: float

    def read_as(
        self,
        positions: FloatArray | None = None,
        rotations: FloatArray | None = None,
        quaternions: Callable[[FloatArray], FloatArray] | None = None,
    ) -> Body:
        """Return the body with positions and quaternions' vector parts multiplied by matrices, or read otherwise."""
        p, q = self.positions, self.rotations
        if positions is not None:
            p = {joint: places @ positions.T for joint, places in p.items()}
        if rotations is not None:
            q = {joint: np.concatenate([r[..., :3] @ rotations.T, r[..., 3:]], axis=-1) for joint, r in q.items()}
        if quaternions is not None:
            q = {joint: quaternions(r) for joint, r in q.items()}
        return replace(self, positions=p, rotations=q)


def body_of(sample: Sample, fps: float, most: int = 4000) -> Body | None:
    """Return a recording as a `Body` of at most ``most`` steps; None where it is too short for one."""
    lag = max(1, round(LAG_S * fps))
    steps = np.arange(len(sample) - lag)
    dt = sample.times[lag:] - sample.times[:-lag] if len(steps) else np.empty(0)
    steps = steps[(dt > 0) & (dt < 3.5 * max(LAG_S, 1.0 / fps))]
    if len(steps) < FEWEST_STEPS:
        return None
    seconds = len(steps) / fps
    if len(steps) > most:
        steps = steps[np.linspace(0, len(steps) - 1, most).astype(np.intp)]
    positions, rotations = {}, {}
    for joint in JOINTS:
        if has_position(sample, joint):
            p = sample.columns(position_names(joint))
            positions[joint] = np.stack([p[steps], p[steps + lag]])
        if has_rotation(sample, joint):
            q = sample.columns(rotation_names(joint))
            rotations[joint] = np.stack([q[steps], q[steps + lag // 2], q[steps + lag]])
    return Body(positions, rotations, dt=sample.times[steps + lag] - sample.times[steps], seconds=seconds)


def velocities(body: Body, joint: str) -> tuple[FloatArray, FloatArray] | None:
    """Return velocity and angular velocity of a joint in its own frame, each (steps, 3); None where it hardly turns."""
    if joint not in body.positions or joint not in body.rotations:
        return None
    first, last = body.positions[joint]
    start, middle, end = body.rotations[joint]
    velocity = rotate(inverse(middle), last - first) / body.dt[:, None]
    turning = to_rotation_vector(delta(np.stack([start, end]))[0]) / body.dt[:, None]
    known = np.isfinite(velocity).all(axis=1) & np.isfinite(turning).all(axis=1)
    velocity, turning = velocity[known], turning[known]
    if len(velocity) < FEWEST_STEPS or np.sqrt(np.mean(turning**2)) < np.radians(1.0) or not velocity.any():
        return None
    return velocity, turning


def law(body: Body, joint: str) -> FloatArray | None:
    """Return the correlations (3, 3) of a joint's velocity (rows) with its angular velocity (columns)."""
    known = velocities(body, joint)
    if known is None:
        return None
    velocity, turning = known
    scale = np.sqrt(np.sum(velocity**2, axis=0))[:, None] * np.sqrt(np.sum(turning**2, axis=0))[None, :]
    correlations: FloatArray = velocity.T @ turning / np.where(scale > 0, scale, np.inf)
    return correlations


def lever(body: Body, joint: str) -> float | None:
    """Return how far from its pivot a joint turns (in the recording's unit): the least squares of v = w x l."""
    known = velocities(body, joint)
    if known is None:
        return None
    (x, y, z), zero = known[1].T, np.zeros(len(known[0]))
    rows = np.concatenate(
        [np.stack([zero, -z, y], axis=1), np.stack([z, zero, -x], axis=1), np.stack([-y, x, zero], axis=1)]
    )
    arm = np.linalg.lstsq(rows, known[0].T.ravel(), rcond=None)[0]
    return float(np.linalg.norm(arm))


def evidence(body: Body, gaze: int) -> dict[str, float]:
    """Return what a body shows if its own Z points where it looks (``gaze`` 1) or backward (-1).

    Returns
    -------
    dict
        ``up`` (mean height of the crown's direction, 1 is upright), ``tilt`` (root mean square of the ear's), ``below``
        / ``front`` (hands below the head and before it), ``side`` (right hand right of the left one; of one hand: on
        its own side), all three in cm of an arm of 50; ``yaw``, ``pitch``, ``lean`` (the law of the neck), ``forearm``.
        What the recording cannot tell is left out.
    """
    shown: dict[str, float] = {}
    if "head" in body.rotations:
        ear, crown, ahead = (rotate(body.rotations["head"][0], axis) for axis in np.eye(3))
        if np.isfinite(crown).any():
            shown["up"] = float(np.nanmean(crown[:, 1]))
            shown["tilt"] = float(np.sqrt(np.nanmean(ear[:, 1] ** 2)))
            shown |= _hands(body, ear, gaze * ahead)
    neck = law(body, "head")
    if neck is not None:
        shown["yaw"], shown["pitch"] = gaze * neck[0, 1], -gaze * neck[1, 0]
        shown["lean"] = (neck[2, 0] - neck[0, 2]) / 2
    forearms = [found for hand in HANDS if (found := law(body, hand)) is not None]
    if forearms:
        shown["forearm"] = float(np.mean([gaze * (found[0, 1] - found[1, 0]) / 2 for found in forearms]))
    return shown


def _hands(body: Body, ear: FloatArray, ahead: FloatArray) -> dict[str, float]:
    """Return where the hands are in the view."""
    if "head" not in body.positions:
        return {}
    reach = {hand: body.positions[hand][0] - body.positions["head"][0] for hand in HANDS if hand in body.positions}
    reach = {hand: r for hand, r in reach.items() if np.isfinite(r).all(axis=1).sum() >= FEWEST_STEPS}
    if not reach:
        return {}
    arm = np.nanmedian(np.concatenate([np.linalg.norm(r, axis=1) for r in reach.values()]))
    if not arm > 0:
        return {}
    right, forward = _level(ear), _level(ahead)
    places = {
        hand: [_median(r @ [0.0, -1.0, 0.0]), _median(np.sum(r * forward, axis=1)), _median(np.sum(r * right, axis=1))]
        for hand, r in reach.items()
    }
    below, front, _ = (np.mean([place[axis] for place in places.values()]) * ARM_CM / arm for axis in range(3))
    sides = [places[hand][2] * sign for hand, sign in zip(HANDS, (-1, 1), strict=True) if hand in places]
    return {"below": float(below), "front": float(front), "side": float(np.sum(sides) * ARM_CM / arm)}


def _level(directions: FloatArray) -> FloatArray:
    """Return the horizontal directions (steps, 3) of unit length, NaN where they are nearly vertical."""
    flat = directions * [1.0, 0.0, 1.0]
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    return flat / np.where(length > 0.2, length, np.nan)


def _median(values: FloatArray) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else 0.0
