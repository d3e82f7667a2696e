"""The feature sets of the motion encoding: each a function from frames to named columns.

A new one is a function registered under its name (which `recipes.components.FeatureSet` must know). Its columns may
begin later than the first frame, by as many frames as it looks back, but end with the last one: names, the channels
it reads and the frames it loses are found by running it on a stand-in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lineament.recipes.components import MotionEncoding
from lineament.registry import Registry
from lineament.signals import Sample, rotations
from lineament.signals.motion import position_names, rotation_names

FloatArray = NDArray[np.float64]
Block = tuple[str, str, FloatArray]
"""What is measured ("left_hand_pos"), a letter for each column ("xyz"), and the columns (T - lost, letters)."""

POSITION, ROTATION = "xyz", "xyzw"


class Frames:
    """Frames at a steady rate, without NaN, seen from the scene or from the head.

    Parameters
    ----------
    sample : Sample
        A canonical motion sample.

    Attributes
    ----------
    used : list of str
        The channels that were read, in order.
    """

    def __init__(self, sample: Sample) -> None:
        self.sample = sample
        self.used: list[str] = []

    def position(self, joint: str) -> FloatArray:
        """Return a joint's positions in the scene, cm, shape (T, 3)."""
        return self._read(position_names(joint))

    def rotation(self, joint: str) -> FloatArray:
        """Return a joint's rotations in the scene, unit quaternions, shape (T, 4)."""
        return rotations.normalise(self._read(rotation_names(joint)))

    @cached_property
    def unturn(self) -> FloatArray:
        """The turns about up that take the head's heading to forward, shape (T, 4)."""
        return rotations.from_yaw(-rotations.yaw_about_up(self.rotation("head")))

    def relative_position(self, joint: str) -> FloatArray:
        """Return a joint's positions seen from the head: from it, and with its heading forward; cm, shape (T, 3)."""
        return rotations.rotate(self.unturn, self.position(joint) - self.position("head"))

    def relative_rotation(self, joint: str) -> FloatArray:
        """Return a joint's rotations with the head's heading taken away, canonical, shape (T, 4)."""
        return rotations.canonicalise(rotations.multiply(self.unturn, self.rotation(joint)))

    def _read(self, channels: tuple[str, ...]) -> FloatArray:
        self.used += [channel for channel in channels if channel not in self.used]
        return self.sample.columns(channels)


FeatureFunction = Callable[[Frames, MotionEncoding], Iterator[Block]]
FEATURE_SETS: Registry[FeatureFunction] = Registry("feature set")


def _hands(spec: MotionEncoding) -> list[str]:
    return [joint for joint in spec.joints if joint != "head"]


def _change(values: FloatArray, lag: int = 1) -> FloatArray:
    """Return now minus `lag` frames ago, shape (T - lag, columns)."""
    return values[lag:] - values[:-lag]


def _changes(blocks: Iterator[Block]) -> Iterator[Block]:
    """Yield the change of each block from frame to frame: differences of positions, turns between rotations."""
    for part, axes, values in blocks:
        yield part, axes, rotations.delta(values) if part.endswith("_rot") else _change(values)


@FEATURE_SETS.register("SR")
def scene_relative(frames: Frames, spec: MotionEncoding) -> Iterator[Block]:
    """Yield positions and rotations as recorded; rotations canonical (Rack et al. 2022)."""
    for joint in spec.joints:
        yield f"{joint}_pos", POSITION, frames.position(joint)
        yield f"{joint}_rot", ROTATION, rotations.canonicalise(frames.rotation(joint))


@FEATURE_SETS.register("BR")
def body_relative(frames: Frames, spec: MotionEncoding) -> Iterator[Block]:
    """Yield the hands seen from the head, and the head's rotation without its heading (002 §4.3)."""
    for joint in spec.joints:
        if joint != "head":
            yield f"{joint}_pos", POSITION, frames.relative_position(joint)
        yield f"{joint}_rot", ROTATION, frames.relative_rotation(joint)


@FEATURE_SETS.register("BRV")
def body_relative_velocity(frames: Frames, spec: MotionEncoding) -> Iterator[Block]:
    """Yield first differences of BR: p[t] - p[t-1] and q[t-1]^-1 q[t] (002 §4.3)."""
    return _changes(body_relative(frames, spec))


@FEATURE_SETS.register("BRA")
def body_relative_acceleration(frames: Frames, spec: MotionEncoding) -> Iterator[Block]:
    """Yield first differences of BRV (002 §4.3)."""
    return _changes(body_relative_velocity(frames, spec))


@FEATURE_SETS.register("statics")
def statics(frames: Frames, spec: MotionEncoding) -> Iterator[Block]:
    """Yield the head's height, and where up is in the head's frame: x is roll, z is pitch."""
    if spec.height:
        yield "head_pos", "y", frames.position("head")[:, 1:2]
    up = rotations.rotate(rotations.inverse(frames.rotation("head")), rotations.UP)
    yield "head_up", "xz", up[:, [0, 2]]


@FEATURE_SETS.register("positions")
def positions(frames: Frames, spec: MotionEncoding) -> Iterator[Block]:
    """Yield the hands' positions of BR alone."""
    for hand in _hands(spec):
        yield f"{hand}_pos", POSITION, frames.relative_position(hand)


@FEATURE_SETS.register("orientations")
def orientations(frames: Frames, spec: MotionEncoding) -> Iterator[Block]:
    """Yield the hands' rotations of BR as the directions of forward and up (Zhou et al. 2019: no jumps)."""
    for hand in _hands(spec):
        turned = frames.relative_rotation(hand)
        yield f"{hand}_forward", POSITION, rotations.rotate(turned, rotations.FORWARD)
        yield f"{hand}_up", POSITION, rotations.rotate(turned, rotations.UP)


@FEATURE_SETS.register("velocities")
def velocities(frames: Frames, spec: MotionEncoding) -> Iterator[Block]:
    """Yield each joint's own way since the frame before, seen from the head's heading now."""
    for joint in spec.joints:
        yield f"{joint}_pos", POSITION, rotations.rotate(frames.unturn[1:], _change(frames.position(joint)))


@FEATURE_SETS.register("turns")
def turns(frames: Frames, spec: MotionEncoding) -> Iterator[Block]:
    """Yield each joint's own turn since the frame before, in its own frame: axis times degrees."""
    for joint in spec.joints:
        vector = rotations.to_rotation_vector(rotations.delta(frames.rotation(joint)))
        yield f"{joint}_turn", POSITION, np.degrees(vector)


@FEATURE_SETS.register("differences")
def differences(frames: Frames, spec: MotionEncoding) -> Iterator[Block]:
    """Yield how far positions and statics have gone over each of the lags."""
    blocks = [*positions(frames, spec), *statics(frames, spec)]
    for lag in spec.lags:
        for part, axes, values in blocks:
            yield f"lag{lag}_{part}", axes, _change(values, lag)
