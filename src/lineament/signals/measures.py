"""Lengths and speeds of people, held against a recording: its unit, its floor, and how fast its clock runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lineament.signals.axes import CENTIMETRES
from lineament.signals.body import HANDS, Body, lever
from lineament.signals.motion import JOINTS, has_position, has_rotation, position_names, rotation_names
from lineament.signals.rotations import rotate
from lineament.signals.sample import Sample

FloatArray = NDArray[np.float64]

NECK_CM, ARM_CM, FOREARM_CM = 9.5, 54.0, 15.0
"""Medians over people: the neck's pivot to the headset, head to hand, the pivot of a turning hand to its controller."""
WEIGHTS = {"neck": 5.0, "arm": 8.0, "forearm": 5.0}
"""About one over the variance of each length's logarithm over people, tasks and minutes."""

PACE_LAG_S = 0.12
USUAL: Mapping[str, tuple[float, float]] = {
    "head turns": (0.80, 490.0),
    "head moves": (0.46, 175.0),
    "hands turn": (1.35, 1150.0),
    "hands move": (0.70, 440.0),
}
"""Median mean frequency (Hz) and 95th percentile of the acceleration (degrees or cm / s^2) on 133 recordings."""


@dataclass(frozen=True)
class Scale:
    """How many times too long the lengths of a body are (1 is a person), and the lengths it was told from."""

    factor: float
    lengths: Mapping[str, float]
    sure: bool


def scale_of(body: Body) -> Scale | None:
    """Return the scale of a recording from the lengths a body shows; None where it shows none.

    It is sure where the head is tracked: hands alone may move in a world scaled at will (drawing games).
    """
    lengths: dict[str, float] = {}
    if (neck := lever(body, "head")) is not None:
        lengths["neck"] = neck
    reach = []
    for hand in HANDS:
        if hand in body.positions and "head" in body.positions:
            reach.append(np.linalg.norm(body.positions[hand][0] - body.positions["head"][0], axis=1))
    known = [np.nanmedian(r) for r in reach if np.isfinite(r).any()]
    if known:
        lengths["arm"] = float(np.mean(known))
    forearms = [found for hand in HANDS if (found := lever(body, hand)) is not None]
    if forearms:
        lengths["forearm"] = float(np.mean(forearms))
    lengths = {name: length for name, length in lengths.items() if length > 0}
    if not lengths:
        return None
    usual = {"neck": NECK_CM, "arm": ARM_CM, "forearm": FOREARM_CM}
    weights = np.array([WEIGHTS[name] for name in lengths])
    logs = np.array([np.log(length / usual[name]) for name, length in lengths.items()])
    factor = float(np.exp(np.sum(weights * logs) / weights.sum()))
    return Scale(factor, lengths, sure="neck" in lengths or "arm" in lengths)


def unit_of(factor: float) -> str | None:
    """Return the unit in which lengths so many times too long would be a person's; None where there is none.

    Examples
    --------
    >>> unit_of(0.011), unit_of(9.0), unit_of(3.0)
    ('m', 'mm', None)
    """
    errors = {unit: abs(np.log(factor * centimetres)) for unit, centimetres in CENTIMETRES.items() if unit != "cm"}
    best = min(errors, key=lambda unit: errors[unit])
    return best if errors[best] < 0.45 else None


def pace_of(sample: Sample, fps: float, scale: float = 1.0) -> float | None:
    """Return how fast a recording runs: 0 is usual, 1.7 the liveliest person seen; None where nothing moves.

    The mean, over head and hands and over turning and moving, of ``ln(f / usual) + ln(a / usual) / 2``, with f the
    mean frequency of the motion and a the 95th percentile of its acceleration: a clock three times too fast adds 1.5
    and more.

    Parameters
    ----------
    sample : Sample
        The recording.
    fps : float
        Its rate.
    scale : float
        How many times too long its lengths are.
    """
    found: dict[str, list[float]] = {}
    for joint in JOINTS:
        turns, moves = ("head turns", "head moves") if joint == "head" else ("hands turn", "hands move")
        if has_rotation(sample, joint):
            axes = [rotate(sample.columns(rotation_names(joint)), axis) for axis in np.eye(3)]
            _add(found, turns, sample.times, np.degrees(np.concatenate(axes, axis=1) / np.sqrt(2.0)), fps)
        if has_position(sample, joint):
            _add(found, moves, sample.times, sample.columns(position_names(joint)) / scale, fps)
    return float(np.mean([np.mean(each) for each in found.values()])) if found else None


def _add(found: dict[str, list[float]], kind: str, times: FloatArray, path: FloatArray, fps: float) -> None:
    """Note the pace of one path (T, k)."""
    lag = max(1, round(PACE_LAG_S * fps))
    if len(path) <= 2 * lag:
        return
    step = (times[2 * lag :] - times[: -2 * lag]) / 2.0
    even = (step > 0) & (step < 1.6 * lag / fps + 0.01)
    velocity = (path[2 * lag :] - path[: -2 * lag])[even] / (2.0 * step[even, None])
    acceleration = (path[2 * lag :] - 2.0 * path[lag:-lag] + path[: -2 * lag])[even] / step[even, None] ** 2
    known = np.isfinite(velocity).all(axis=1) & np.isfinite(acceleration).all(axis=1)
    if known.sum() < 20:
        return
    speed, strength = np.linalg.norm(velocity[known], axis=1), np.linalg.norm(acceleration[known], axis=1)
    usual_frequency, usual_strength = USUAL[kind]
    frequency = np.sqrt(np.mean(strength**2) / max(np.mean(speed**2), 1e-12)) / (2.0 * np.pi)
    strongest = np.percentile(strength, 95)
    if frequency > 0 and strongest > 0:
        pace = np.log(frequency / usual_frequency) + np.log(strongest / usual_strength) / 2.0
        found.setdefault(kind, []).append(float(pace))
