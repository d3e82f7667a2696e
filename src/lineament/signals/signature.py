"""Signatures written with a pen: its way over a tablet, its pressure and its tilt.

Canonical form: ``x`` to the right and ``y`` upwards in millimetres, ``pressure`` as a share of the largest that the
device tells (0 to 1), ``azimuth`` (0 to 360) and ``altitude`` (0 to 90, upright) of the pen in degrees, ``down`` 1
where it touches and 0 where not; times in seconds. ``pressure``, ``azimuth`` and ``altitude`` may be missing. While
the pen is up a device may tell nothing: a gap between two points is a pause of the pen, not of the recording.

A file is a table with the columns ``time_s`` and those channels, and ``user`` and ``session`` where they are known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from lineament.errors import SignalError
from lineament.signals.sample import Sample
from lineament.signals.tables import need_columns, numbers_in, only_entry

FloatArray = NDArray[np.float64]

MODALITY = "signature"
CHANNELS = ("x", "y", "pressure", "azimuth", "altitude", "down")
NEEDED = ("x", "y", "down")
RANGES = {"pressure": (0.0, 1.0), "azimuth": (0.0, 360.0), "altitude": (0.0, 90.0)}
LONGEST_S = 120.0
CLOCK_ERROR_S = 0.02
"""A clock may step back so far (rounding, two clocks); such a point gets the time of the one before."""
SLOWEST_RATE = 20.0
"""Points a second while the pen is down, at least: below, strokes are cut off."""
FEWEST_POINTS = 10
LARGEST_MM, SMALLEST_MM = 400.0, 3.0
"""Of the longer side of a signature: beyond, the unit is another."""


def signature_sample(
    values: ArrayLike,
    times: ArrayLike,
    channels: tuple[str, ...] = CHANNELS,
    *,
    subject: str | None = None,
    session: str | None = None,
    attributes: Mapping[str, Any] | None = None,
    source: str = "signature",
) -> Sample:
    """Return a signature that keeps the rules of the canonical form.

    Parameters
    ----------
    values : array (T, channels)
        Millimetres, shares of the largest pressure, degrees, 0 or 1.
    times : array (T,)
        Seconds; the first becomes 0.
    channels : tuple of str
        Names out of `CHANNELS`, with ``x``, ``y`` and ``down`` among them.
    subject, session, attributes, source
        See `Sample`.

    Raises
    ------
    SignalError
        When it is empty or has too few points with the pen down, a channel is missing or unknown, a number is not
        finite, not in its range or in another unit, or the clock runs backwards, is in milliseconds, or too slow.

    Examples
    --------
    >>> way = np.stack([np.linspace(0, 40, 60), np.sin(np.arange(60)), np.ones(60)], axis=1)
    >>> s = signature_sample(way, np.arange(60) / 100, ("x", "y", "down"))
    >>> len(s), s.duration
    (60, 0.59)
    """
    names = tuple(channels)
    array, clock = np.asarray(values, dtype=np.float64), np.asarray(times, dtype=np.float64)
    if not array.size:
        raise SignalError(f"{source}: the points of a signature", "none", "sign again")
    _check_channels(names, source)
    sample = Sample("signature", array, clock, names, subject, session, attributes or {}, source)
    _check_values(sample)
    return sample.replace(times=_checked_clock(sample))


def signature_from_table(
    frame: pd.DataFrame, *, subject: str | None = None, session: str | None = None, source: str = "table"
) -> Sample:
    """Return the signature in a table (see `lineament.signals.recordings.read_recording`)."""
    names = tuple(name for name in CHANNELS if name in frame.columns)
    _check_channels(names, source)
    need_columns(frame, ("time_s",), source)
    return signature_sample(
        np.column_stack([numbers_in(frame, name, source) for name in names]),
        numbers_in(frame, "time_s", source),
        names,
        subject=subject or only_entry(frame, "user", source),
        session=session or only_entry(frame, "session", source),
        source=source,
    )


def signature_columns(sample: Sample) -> dict[str, Any]:
    """Return the columns of a file, by name (see `lineament.signals.recordings.write_recording`)."""
    return {
        "time_s": np.round(sample.times, 6),
        **{name: np.round(sample.column(name), 4) for name in sample.channels},
    }


def _check_channels(names: tuple[str, ...], source: str) -> None:
    unknown = [name for name in names if name not in CHANNELS]
    missing = [name for name in NEEDED if name not in names]
    if unknown or missing:
        came = f"{unknown[0]!r}" if unknown else f"a signature without {', '.join(missing)}"
        raise SignalError(
            f"{source}: the channels {', '.join(CHANNELS)} (pressure and tilt may be missing)",
            came,
            "name the columns so",
        )


def _check_values(sample: Sample) -> None:
    """Refuse numbers that are not finite, out of range or in another unit, and signatures without strokes."""
    source = sample.source
    if not np.isfinite(sample.values).all():
        raise SignalError(f"{source}: finite numbers", "NaN or infinity", "drop these points, or the whole channel")
    for name in (name for name in RANGES if name in sample.channels):
        low, high = RANGES[name]
        column = sample.column(name)
        if column.min() < low or column.max() > high:
            remedy = "divide by the largest pressure of the device" if name == "pressure" else "convert it to degrees"
            came = f"{column.min():g} to {column.max():g}"
            raise SignalError(f"{source}: {name} from {low:g} to {high:g}", came, remedy)
    down = sample.column("down")
    if not np.isin(down, (0.0, 1.0)).all():
        raise SignalError(f"{source}: down as 0 or 1", f"{down[~np.isin(down, (0.0, 1.0))][0]:g}", "convert it")
    if (down == 1).sum() < FEWEST_POINTS:
        came = f"{int((down == 1).sum())}"
        raise SignalError(f"{source}: {FEWEST_POINTS} points or more with the pen down", came, "sign again")
    extent = float(np.ptp(sample.columns(("x", "y"))[down == 1], axis=0).max())
    if not SMALLEST_MM <= extent <= LARGEST_MM:
        raise SignalError(
            f"{source}: a signature of {SMALLEST_MM:g} to {LARGEST_MM:g} mm",
            f"one of {extent:g}",
            "convert x and y to millimetres",
        )


def _checked_clock(sample: Sample) -> FloatArray:
    """Return times that never run back, from 0, shape (T,)."""
    source, times = sample.source, sample.times - sample.times[0]
    steady = np.maximum.accumulate(times)
    back = float((steady - times).max())
    if back > CLOCK_ERROR_S:
        raise SignalError(f"{source}: a clock that runs forward", f"a step back of {back:g} s", "sort the points")
    times = steady
    if times[-1] > LONGEST_S:
        raise SignalError(
            f"{source}: times in seconds, a signature of {LONGEST_S:g} s at most",
            f"{times[-1]:g}",
            "divide milliseconds by 1000, or cut the recording",
        )
    down = sample.column("down")
    step = float(np.median(np.diff(times)[(down[1:] == 1) & (down[:-1] == 1)]))
    if step > 1 / SLOWEST_RATE or times[-1] <= 0:
        came = "a clock that stands still" if times[-1] <= 0 else f"{1 / step:.3g} a second"
        raise SignalError(f"{source}: {SLOWEST_RATE:g} points a second or more", came, "record at a higher rate")
    return times
