"""What head and hands must do when a person moves them, measured in a recording whose axes are in doubt.

Nothing here depends on units or on the floor. Three laws are used, besides gravity and the place of the hands:

* the neck: a headset sits some 10 cm above and 8 cm before the pivot of the head, so that turning right carries it to
  the right, looking up carries it up and back, tilting carries it sideways;
* the forearm: a controller lies some 25 cm before the elbow, so that it moves where it is turned to;
* the view: the left hand is left of the right one and both are mostly before the face and below the eyes.

The first two correlate the velocity and the acceleration of a joint, seen in its own frame, with its angular velocity
and acceleration. Walking drowns the one, noise the other: the better of the two counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lineament.signals.motion import JOINTS, has_position, has_rotation, position_names, rotation_names
from lineament.signals.rotations import inverse, multiply, rotate, to_rotation_vector
from lineament.signals.sample import Sample

FloatArray = NDArray[np.float64]

LAG_S = 0.07
FEWEST_STEPS = 30
LEAST_EXPLAINED = 0.2
AT_REST = 0.002
"""A hand that moves less than this, in arms, during a step is not held (about 1 cm/s)."""
HANDS = ("left_hand", "right_hand")
ARM_CM = 50.0
"""Distances between hand and head are scaled to this median, so that units play no part."""


@dataclass(frozen=True)
class Body:
    """Steps of about 0.14 seconds, spread evenly over a recording.

    `positions[joint]` holds the first, middle and last position of each step, (3, steps, 3); `rotations[joint]` the
    quaternions, (3, steps, 4); `dt` the seconds of half a step; `seconds` the time they cover.
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

    def thinned(self, most: int) -> Body:
        """Return at most about ``most`` steps of the body, evenly."""
        every = max(1, len(self.dt) // most)
        positions = {joint: p[:, ::every] for joint, p in self.positions.items()}
        rotations = {joint: q[:, ::every] for joint, q in self.rotations.items()}
        return replace(self, positions=positions, rotations=rotations, dt=self.dt[::every])


def body_of(sample: Sample, fps: float, most: int = 4000) -> Body | None:
    """Return a recording as a `Body` of at most ``most`` steps; None where it is too short for one."""
    lag = max(1, round(LAG_S * fps))
    steps = np.arange(len(sample) - 2 * lag)
    halves = [sample.times[lag:][: len(steps)] - sample.times[: len(steps)]]
    halves.append(sample.times[2 * lag :] - sample.times[lag:][: len(steps)])
    longest = 1.8 * max(LAG_S, lag / fps)
    steps = steps[np.all([(half > 0) & (half < longest) for half in halves], axis=0)]
    if len(steps) < FEWEST_STEPS:
        return None
    seconds = len(steps) / fps
    if len(steps) > most:
        steps = steps[np.linspace(0, len(steps) - 1, most).astype(np.intp)]
    positions, rotations = {}, {}
    for joint in JOINTS:
        if has_position(sample, joint):
            p = sample.columns(position_names(joint))
            positions[joint] = np.stack([p[steps + k * lag] for k in range(3)])
        if has_rotation(sample, joint):
            q = sample.columns(rotation_names(joint))
            rotations[joint] = np.stack([q[steps + k * lag] for k in range(3)])
    _let_go(positions)
    return Body(positions, rotations, dt=(sample.times[steps + 2 * lag] - sample.times[steps]) / 2, seconds=seconds)


def _let_go(positions: dict[str, FloatArray]) -> None:
    """Forget the hands (set them to NaN) where a controller lies still: nobody holds it."""
    if "head" not in positions:
        return
    for hand in (hand for hand in HANDS if hand in positions):
        path = positions[hand]
        reach = np.linalg.norm(path[1] - positions["head"][1], axis=1)
        resting = np.linalg.norm(path[2] - path[0], axis=1) < AT_REST * reach
        positions[hand] = np.where(resting[None, :, None], np.nan, path)


def motions(body: Body, joint: str) -> list[tuple[FloatArray, FloatArray]]:
    """Return velocity with angular velocity, and acceleration with angular acceleration, of a joint in its own frame.

    Each is (steps, 3), per the median `dt` or its square. Empty where the joint hardly turns.
    """
    if joint not in body.positions or joint not in body.rotations:
        return []
    first, middle, last = body.positions[joint]
    start, now, end = body.rotations[joint]
    pace = np.median(body.dt) / body.dt[:, None]
    own = inverse(now)
    velocity, pull = rotate(own, last - first) / 2.0 * pace, rotate(own, last - 2.0 * middle + first) * pace**2
    before, after = to_rotation_vector(multiply(inverse(start), now)), to_rotation_vector(multiply(own, end))
    turning, twist = (before + after) / 2.0 * pace, (after - before) * pace**2
    known = np.isfinite(np.concatenate([pull, twist], axis=1)).all(axis=1)
    velocity, turning, pull, twist = velocity[known], turning[known], pull[known], twist[known]
    if len(pull) < FEWEST_STEPS or np.sqrt(np.mean(turning**2)) < 1e-3 or not velocity.any():
        return []
    return [(velocity, turning), (pull, twist)]


def laws(body: Body, joint: str) -> list[FloatArray]:
    """Return the correlations (3, 3) of velocities (rows) and angular velocities, then those of accelerations."""
    found = []
    for moving, turning in motions(body, joint):
        scale = np.sqrt(np.sum(moving**2, axis=0))[:, None] * np.sqrt(np.sum(turning**2, axis=0))[None, :]
        found.append(moving.T @ turning / np.where(scale > 0, scale, np.inf))
    return found


def lever(body: Body, joint: str) -> float | None:
    """Return how far from its pivot a joint turns (in the recording's unit): the least squares of a = w' x l.

    None where that explains less than a fifth of its motion.
    """
    known = motions(body, joint)
    if not known:
        return None
    moving, turning = known[1]
    (x, y, z), zero = turning.T, np.zeros(len(turning))
    rows = np.concatenate(
        [np.stack([zero, -z, y], axis=1), np.stack([z, zero, -x], axis=1), np.stack([-y, x, zero], axis=1)]
    )
    pull = moving.T.ravel()
    arm = np.linalg.lstsq(rows, pull, rcond=None)[0]
    explained = 1.0 - np.sum((pull - rows @ arm) ** 2) / np.sum(pull**2)
    return float(np.linalg.norm(arm)) if explained > LEAST_EXPLAINED else None


def evidence(body: Body) -> dict[int, dict[str, float]]:
    """Return what a body shows if its own Z points where it looks (key 1), and if it points backward (key -1).

    Returns
    -------
    dict
        ``up`` (mean height of the crown's direction, 1 is upright), ``tilt`` (root mean square of the ear's), ``below``
        and ``front`` (hands below the head and before it), ``side`` (right hand right of the left one; of one hand: on
        its own side), all three in cm of an arm of 50; ``yaw``, ``pitch``, ``lean`` (the law of the neck), ``swing``,
        ``lift`` (that of the forearm). What the recording cannot tell is left out.
    """
    seen: dict[str, float] = {}
    if "head" in body.rotations:
        ear, crown, ahead = (rotate(body.rotations["head"][1], axis) for axis in np.eye(3))
        if np.isfinite(crown).any():
            seen["up"] = float(np.nanmean(crown[:, 1]))
            seen["tilt"] = float(np.sqrt(np.nanmean(ear[:, 1] ** 2)))
            seen |= _hands(body, ear, ahead)
    neck = laws(body, "head")
    arms = [found for hand in HANDS if (found := laws(body, hand))]
    return {gaze: _facing(seen, neck, arms, gaze) for gaze in (1, -1)}


def _facing(
    seen: Mapping[str, float], neck: list[FloatArray], arms: list[list[FloatArray]], gaze: int
) -> dict[str, float]:
    """Return the evidence for one direction of the gaze."""
    shown = {name: gaze * value if name == "front" else value for name, value in seen.items()}
    if neck:
        shown["yaw"] = max(gaze * float(law[0, 1]) for law in neck)
        shown["pitch"] = max(-gaze * float(law[1, 0]) for law in neck)
        shown["lean"] = max(float(law[2, 0] - law[0, 2]) / 2 for law in neck)
    if arms:
        shown["swing"] = float(np.mean([max(gaze * law[0, 1] for law in arm) for arm in arms]))
        shown["lift"] = float(np.mean([max(-gaze * law[1, 0] for law in arm) for arm in arms]))
    return shown


def _hands(body: Body, ear: FloatArray, ahead: FloatArray) -> dict[str, float]:
    """Return where the hands are in the view."""
    if "head" not in body.positions:
        return {}
    reach = {hand: body.positions[hand][1] - body.positions["head"][1] for hand in HANDS if hand in body.positions}
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
