"""Inertial measurements of a body that moves: an accelerometer, and a gyroscope where there is one.

Canonical form: ``acc_x``, ``acc_y``, ``acc_z`` in m/s², gravity included (a sensor at rest shows 9.81 upwards), and
``gyr_x``, ``gyr_y``, ``gyr_z`` in rad/s; seconds. The axes are the sensor's own: what is up shows in the accelerations.
A file is a table with the columns ``time_s``, those channels, and ``user`` and ``session`` where they are known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from lineament.errors import SignalError
from lineament.registry import nearest
from lineament.signals.sample import Sample
from lineament.signals.tables import need_columns, numbers_in, only_entry

FloatArray = NDArray[np.float64]
MODALITY = "inertial"
ACCELERATIONS = ("acc_x", "acc_y", "acc_z")
TURNS = ("gyr_x", "gyr_y", "gyr_z")
CHANNELS = (*ACCELERATIONS, *TURNS)
GRAVITY = 9.80665
"""Standard gravity, m/s²."""
RATES = (10.0, 2000.0)
"""Frames a second: fewer do not show steps, more are no inertial sensor's."""
BACKWARDS_S = 0.01
"""A clock may run back this far between two frames (rounding)."""
PULL = (6.0, 20.0)
"""Median magnitude of acceleration, m/s², of somebody who stands (9.8), walks or runs with gravity in it."""
SPIN = 8.0
"""Median magnitude of turning, rad/s, above which nobody turns (a foot in walking: 2 to 3)."""
CLIPPED = 0.01
"""Share of frames at one end of a channel's range, in runs of three or more, from which on it counts as cut off."""
SWING = 3.0
"""Range of a channel, m/s² or rad/s, below which its ends say nothing."""
FEW = 25
"""Frames below which a channel that does not vary says nothing."""


def inertial_sample(
    values: ArrayLike,
    times: ArrayLike,
    channels: tuple[str, ...] = CHANNELS,
    *,
    subject: str | None = None,
    session: str | None = None,
    attributes: Mapping[str, Any] | None = None,
    source: str = "sample",
) -> Sample:
    """Return an inertial recording that keeps the rules of the canonical form.

    A frame that lacks a number is not measured: all its numbers become NaN.

    Parameters
    ----------
    values : array (T, channels)
        m/s² and rad/s.
    times : array (T,)
        Seconds.
    channels : tuple of str
        The three accelerations, and the three turns or none of them.
    subject, session, attributes, source
        As in `Sample`.

    Raises
    ------
    SignalError
        When channels are missing or unknown, nothing was measured, the clock runs backwards or in another unit, the
        accelerations are told in g or in the sensor's own numbers or without gravity, the turns in degrees, or a
        channel is dead or cut off at the end of its range.

    Examples
    --------
    >>> t = np.arange(200) / 50
    >>> up = np.stack([np.sin(t), 9.8 + np.sin(9 * t), np.cos(t)], axis=1)
    >>> inertial_sample(up, t, ACCELERATIONS).duration
    3.98
    >>> inertial_sample(up / 9.8, t, ACCELERATIONS)
    Traceback (most recent call last):
    ...
    lineament.errors.SignalError: sample: accelerations in m/s², about 9.8 of them gravity was expected, but a median \
of 1.01 (g) came; multiply them by 9.80665.
    """
    channels = tuple(channels)
    _check_channels(channels, source)
    sample = Sample("inertial", values, times, channels, subject, session, attributes or {}, source)  # type: ignore[arg-type]
    lost = np.logical_not(np.isfinite(sample.values).all(axis=1))
    if lost.all():
        raise SignalError(f"{source}: measured frames", "none", "record it again")
    _check_clock(sample.times, source)
    measured = sample.values[~lost]
    _check_accelerations(measured[:, [channels.index(name) for name in ACCELERATIONS]], source)
    if TURNS[0] in channels:
        _check_turns(measured[:, [channels.index(name) for name in TURNS]], source)
    for place, name in enumerate(channels):
        _check_channel(measured[:, place], f"{source}: column {name}")
    return sample.replace(values=np.where(lost[:, None], np.nan, sample.values)) if lost.any() else sample


def _check_channels(channels: tuple[str, ...], source: str) -> None:
    unknown = [name for name in channels if name not in CHANNELS]
    if unknown:
        raise SignalError(
            f"{source}: channels of an inertial sensor", repr(unknown[0]), nearest(unknown[0], list(CHANNELS))
        )
    turning = any(name in channels for name in TURNS)
    missing = [name for name in (CHANNELS if turning else ACCELERATIONS) if name not in channels]
    if missing:
        wanted = "acc_x, acc_y, acc_z" + (" and gyr_x, gyr_y, gyr_z" if turning else "")
        raise SignalError(
            f"{source}: the columns {wanted}", f"a recording without {', '.join(missing)}", "add or rename them"
        )


def _check_clock(times: FloatArray, source: str) -> None:
    """Refuse a clock that runs backwards, stands still, or counts something else than seconds."""
    if len(times) < 2:
        return
    steps = np.diff(times)
    if steps.min() < -BACKWARDS_S:
        place = int(np.argmin(steps))
        raise SignalError(
            f"{source}: a clock that goes on", f"one that runs back {-steps[place]:.3g} s", "sort or cut the recording"
        )
    step = float(np.median(steps))
    rate = 1.0 / step if step > 0 else np.inf
    if not RATES[0] <= rate <= RATES[1]:
        remedies = {1e3: "milliseconds", 1e6: "microseconds", 1e9: "nanoseconds"}
        unit = next((name for by, name in remedies.items() if RATES[0] <= rate * by <= RATES[1]), None)
        remedy = f"divide the times by 1000 or so: they look like {unit}" if unit else "check the clock"
        raise SignalError(
            f"{source}: times in seconds, {RATES[0]:g} to {RATES[1]:g} frames a second", f"{rate:.3g} of them", remedy
        )


def _check_accelerations(values: FloatArray, source: str) -> None:
    """Refuse accelerations in another unit, told by the size of gravity; values (T, 3)."""
    pull = float(np.median(np.linalg.norm(values, axis=1)))
    if PULL[0] <= pull <= PULL[1]:
        return
    came, remedy = f"a median of {pull:.3g}", "convert them by the sensor's scale"
    if pull < PULL[0] and float(np.linalg.norm(values.mean(axis=0))) < pull / 2:
        came, remedy = f"{came}, from all sides (no gravity in it)", "record accelerations with gravity in them"
    elif pull < 2.5:
        came, remedy = f"{came} (g)", f"multiply them by {GRAVITY}"
    elif pull > 50:
        came = f"{came} (the sensor's own numbers)"
    raise SignalError(f"{source}: accelerations in m/s², about 9.8 of them gravity", came, remedy)


def _check_turns(values: FloatArray, source: str) -> None:
    """Refuse turns that are no radians; values (T, 3)."""
    spin = float(np.median(np.linalg.norm(values, axis=1)))
    if spin > SPIN:
        raise SignalError(
            f"{source}: turns in rad/s, of less than {SPIN:g} as a rule",
            f"a median of {spin:.3g} ({'degrees a second' if spin < 200 else 'the sensor’s own numbers'})",
            "multiply degrees a second by 0.0174533, or convert them by the sensor's scale",
        )


def _check_channel(values: FloatArray, where: str) -> None:
    """Refuse a channel (T,) that never varies, or is cut off at an end of its range."""
    low, high = float(values.min()), float(values.max())
    if low == high and len(values) >= FEW:
        raise SignalError(f"{where}: values that vary", f"{low:g} throughout", "check the sensor")
    if high - low < SWING:
        return
    for end in (low, high):
        at = values == end
        thrice = at[:-2] & at[1:-1] & at[2:]
        if 3 * int(thrice.sum()) > CLIPPED * len(values):
            share = float(at.mean())
            raise SignalError(
                f"{where}: values within the sensor's range",
                f"{share:.0%} of them cut off at {end:.4g}",
                "record with a wider range",
            )


def inertial_from_table(
    frame: pd.DataFrame, *, subject: str | None = None, session: str | None = None, source: str = "table"
) -> Sample:
    """Return the recording in a table (see `lineament.signals.recordings.read_recording`)."""
    need_columns(frame, ("time_s", *ACCELERATIONS), source)
    names = tuple(name for name in CHANNELS if name in frame.columns)
    table = np.column_stack([numbers_in(frame, name, source) for name in ("time_s", *names)])
    timed = np.isfinite(table[:, 0])
    if not timed.any():
        raise SignalError(f"{source}: column time_s: seconds", "none", "record it again")
    return inertial_sample(
        table[timed, 1:],
        table[timed, 0],
        names,
        subject=subject or only_entry(frame, "user", source),
        session=session or only_entry(frame, "session", source),
        source=source,
    )


def inertial_columns(sample: Sample) -> dict[str, Any]:
    """Return the columns of a file, by name (see `lineament.signals.recordings.write_recording`)."""
    return {
        "time_s": np.round(sample.times, 6),
        **{name: np.round(sample.column(name), 6) for name in sample.channels},
    }
