"""Smooth motions of people who do not exist, for the tests of the encodings."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from lineament.signals.motion import CHANNELS, position_names, rotation_names
from lineament.signals.sample import Sample

JOINTS = ("head", "left_hand", "right_hand")
FPS = 15.0


def smooth(rng: np.random.Generator, times: np.ndarray, size: float, columns: int) -> np.ndarray:
    rates, phases = rng.uniform(0.3, 3, (4, columns)), rng.uniform(0, 6, (4, columns))
    return size * np.sin(times[:, None, None] * rates + phases).mean(axis=1)


def walk(frames: int = 60, seed: int = 0, fps: float = FPS) -> Sample:
    """A head that looks about (never within 20 degrees of the vertical), and two hands, at a steady rate."""
    rng = np.random.default_rng(seed)
    times = np.arange(frames) / fps
    head = smooth(rng, times, 40, 3) + np.array([10, 165, -30])
    turn = Rotation.from_euler("Y", 50 * times[:, None] + smooth(rng, times, 90, 1), degrees=True)
    tilt = Rotation.from_euler("XZ", smooth(rng, times, 60, 2), degrees=True)
    columns = [head, (turn * tilt).as_quat()]
    for side in (-1, 1):
        columns.append(head + turn.apply(smooth(rng, times, 25, 3) + np.array([25 * side, -45, 30])))
        columns.append((turn * Rotation.from_rotvec(smooth(rng, times, 2.5, 3))).as_quat())
    return Sample("motion", np.concatenate(columns, axis=1), times, CHANNELS)


def changed(sample: Sample, **columns: np.ndarray | float) -> Sample:
    """A copy with some channels replaced."""
    values = sample.values.copy()
    for name, value in columns.items():
        values[:, sample.channels.index(name)] = value
    return sample.replace(values=values)


def moved(sample: Sample, degrees: float, shift: np.ndarray | list[float], axis: str = "y") -> Sample:
    """The same motion elsewhere, the scene turned about an axis."""
    turn = Rotation.from_euler(axis, degrees, degrees=True)
    values = sample.values.copy()
    for joint in JOINTS:
        at = [sample.channels.index(name) for name in position_names(joint)]
        values[:, at] = turn.apply(values[:, at]) + shift
        at = [sample.channels.index(name) for name in rotation_names(joint)]
        values[:, at] = (turn * Rotation.from_quat(values[:, at])).as_quat()
    return sample.replace(values=values)


def mirrored(sample: Sample) -> Sample:
    """The world in a mirror at x = 0, left and right hands swapped."""
    values, names = sample.values.copy(), list(sample.channels)
    for place, name in enumerate(names):
        other = {"left": "right", "right": "left"}.get(name.split("_")[0])
        source = name.replace(name.split("_")[0], other) if other else name
        sign = -1.0 if name.endswith(("pos_x", "rot_y", "rot_z")) else 1.0
        values[:, place] = sign * sample.column(source)
    return sample.replace(values=values)
