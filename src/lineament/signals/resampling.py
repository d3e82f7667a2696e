"""Resampling to a steady rate: measurements and positions linearly, rotations by slerp, gaps split."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lineament.errors import SignalError
from lineament.signals.motion import JOINTS, has_position, has_rotation, position_names, rotation_names
from lineament.signals.rotations import slerp
from lineament.signals.sample import Sample

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]


def resample(sample: Sample, fps: float, max_gap_s: float = 0.5) -> list[Sample]:
    """Return a recording at ``fps`` frames a second, in as many pieces as its clock has gaps.

    Each piece is a uniform grid from its first frame on, up to its last. Frames whose time does not advance (repeated,
    or a little backward) are dropped; a step of more than ``max_gap_s`` forward or backward starts a new piece. Where a
    joint was not tracked for longer than ``max_gap_s``, and before it is first and after it is last tracked in a piece,
    its channels are NaN; shorter losses are interpolated. Nothing is filtered, as in the paper and its sources.

    Parameters
    ----------
    sample : Sample
        A recording of motion, or of measurements that are all known in the same frames (an inertial sensor's).
    fps : float
        Frames a second of the result.
    max_gap_s : float
        The longest gap that is interpolated, in seconds.

    Returns
    -------
    list of Sample
        In the order of recording; a piece of a single frame stays one frame. Times keep their origin.

    Raises
    ------
    SignalError
        When a parameter is not positive.

    Examples
    --------
    >>> s = Sample("motion", [[0, 0, 0], [9, 0, 0], [9, 9, 0]], [0, 0.1, 2], ("head_pos_x", "head_pos_y", "head_pos_z"))
    >>> [(piece.times.tolist(), piece.column("head_pos_x").tolist()) for piece in resample(s, 20)]
    [([0.0, 0.05, 0.1], [0.0, 4.5, 9.0]), ([2.0], [9.0])]
    """
    if not (fps > 0 and max_gap_s > 0 and np.isfinite([fps, max_gap_s]).all()):
        raise SignalError(
            "fps and max_gap_s: finite numbers above 0",
            f"{fps:g} and {max_gap_s:g}",
            "give a rate and a gap in seconds",
        )
    kept, piece = _pieces(sample.times, max_gap_s)
    times = sample.times[kept]
    starts = np.flatnonzero(np.diff(piece, prepend=-1))
    ends = np.append(starts[1:], len(piece)) - 1
    lengths = np.floor((times[ends] - times[starts]) * fps + 1e-6).astype(np.intp) + 1
    bounds = np.concatenate([[0], np.cumsum(lengths)])
    of = np.repeat(np.arange(len(starts)), lengths)
    since = (np.arange(bounds[-1]) - bounds[:-1][of]) / fps
    # one clock on which the pieces follow one another, farther apart than any gap that is bridged
    spans = times[ends] - times[starts]
    offsets = np.concatenate([[0.0], np.cumsum(spans + 2.0 * max_gap_s)[:-1]])
    clock = times - times[starts][piece] + offsets[piece]
    grid = np.minimum(since, spans[of]) + offsets[of]
    values = _interpolate(sample, sample.values[kept], clock, grid, max_gap_s)
    stamps = times[starts][of] + since
    return [sample.replace(values=values[first:last], times=stamps[first:last]) for first, last in pairwise(bounds)]


def _pieces(times: FloatArray, max_gap_s: float) -> tuple[IntArray, IntArray]:
    """Return the frames whose time advances, and the number of the piece each lies in."""
    steps = np.diff(times)
    piece = np.concatenate([[0], np.cumsum(np.abs(steps) > max_gap_s)])
    # the running maximum within each piece: lift every piece above all earlier ones
    lifted = (times - times.min()) + piece * (np.ptp(times) + 1.0)
    before = np.concatenate([[-np.inf], np.maximum.accumulate(lifted)[:-1]])
    kept = np.flatnonzero(lifted > before)
    # dropping frames may leave a gap: a piece is what has none
    piece = piece[kept]
    gaps = (np.diff(times[kept]) > max_gap_s) | (np.diff(piece) > 0)
    return kept, np.concatenate([[0], np.cumsum(gaps)])


def _interpolate(
    sample: Sample, values: FloatArray, clock: FloatArray, grid: FloatArray, max_gap_s: float
) -> FloatArray:
    """Return the channels on the grid, shape (len(grid), channels)."""
    out = np.full((len(grid), values.shape[1]), np.nan)
    for names, turns in _parts(sample):
        columns = [sample.channels.index(name) for name in names]
        known = np.isfinite(values[:, columns]).all(axis=1)
        if turns:
            known &= np.abs(values[:, columns]).sum(axis=1) > 0
        if known.any():
            out[:, columns] = _between(clock[known], values[known][:, columns], grid, max_gap_s, turns)
    return out


def _parts(sample: Sample) -> list[tuple[tuple[str, ...], bool]]:
    """Return the channels that are interpolated together, and whether they are a rotation."""
    if sample.modality != "motion":
        return [(sample.channels, False)]
    parts: list[tuple[tuple[str, ...], bool]] = []
    for joint in JOINTS:
        if has_position(sample, joint):
            parts.append((position_names(joint), False))
        if has_rotation(sample, joint):
            parts.append((rotation_names(joint), True))
    return parts


def _between(clock: FloatArray, values: FloatArray, grid: FloatArray, max_gap_s: float, turns: bool) -> FloatArray:
    """Return values on the grid, NaN outside the clock and in gaps that are too long."""
    after = np.searchsorted(clock, grid, side="right")
    low, high = np.maximum(after - 1, 0), np.minimum(after, len(clock) - 1)
    step = clock[high] - clock[low]
    fraction = np.clip((grid - clock[low]) / np.where(step > 0, step, 1.0), 0.0, 1.0)
    exact = np.abs(grid - clock[low]) < 1e-9
    inside = exact | ((after > 0) & (after < len(clock)) & (step <= max_gap_s + 1e-9))
    fraction = np.where(exact, 0.0, fraction)
    if turns:
        out = slerp(values[low], values[high], fraction)
    else:
        out = values[low] + fraction[:, None] * (values[high] - values[low])
    return np.where(inside[:, None], out, np.nan)
