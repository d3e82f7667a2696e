"""Pointing by mouse or touchpad: where the cursor was, in pixels, and what the buttons did, on a clock in seconds.

One row an event, as a browser or an operating system reports it. Positions are pixels from the upper left corner, x to
the right, y down; a cursor on another screen may be negative. ``button`` and ``state`` are numbers in a sample (places
in `BUTTONS` and `STATES`) and words in a file: a CSV or Parquet table with ``time_s`` (seconds), ``x``, ``y``,
``button`` and ``state``, and ``user`` and ``session`` where they are known.
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

MODALITY = "mouse"
CHANNELS = ("x", "y", "button", "state")
NEEDED = ("time_s", "x", "y")
"""Columns of a file; button and state may be missing."""
BUTTONS = ("none", "left", "right", "other")
STATES = ("move", "drag", "press", "release", "scroll")
FARTHEST_PX = 32_767.0
"""No screen is larger; 65,535 is what some recorders write for a cursor that they lost."""
BACKWARDS_S = 0.2
"""Events of one moment may be delivered in another order; a clock that runs back further is wrong."""
SHORTEST_S, LONGEST_S = 2e-4, 1.0
"""Median time between two movements that follow each other: mice report 30 to 1,000 times a second."""


def mouse_sample(
    x: ArrayLike,
    y: ArrayLike,
    times: ArrayLike,
    *,
    button: ArrayLike | None = None,
    state: ArrayLike | None = None,
    subject: str | None = None,
    session: str | None = None,
    attributes: Mapping[str, Any] | None = None,
    source: str = "mouse",
) -> Sample:
    """Return a recording of a mouse as a sample.

    Parameters
    ----------
    x, y : array (T,)
        Pixels from the upper left corner.
    times : array (T,)
        Seconds. Where one lies a little before its predecessor (up to 0.2 s), it is taken to be of the same moment.
    button, state : array (T,), optional
        Words of `BUTTONS` and `STATES`, or places in them; "none" and "move" where not given.
    subject, session, attributes, source
        See `Sample`.

    Raises
    ------
    SignalError
        When it is empty, lengths disagree, a number is not finite, positions are no pixels, a word is not known, or
        the clock runs backwards or cannot be in seconds.

    Examples
    --------
    >>> sample = mouse_sample([10, 12, 12], [5, 5, 5], [0.0, 0.016, 0.4], state=["move", "move", "press"])
    >>> sample.column("state").tolist(), sample.duration
    ([0.0, 0.0, 2.0], 0.4)
    """
    clock = np.asarray(times, dtype=np.float64).ravel()
    if not len(clock):
        raise SignalError(f"{source}: at least one event", "an empty recording", "record it again")
    columns = {
        "x": np.asarray(x, dtype=np.float64),
        "y": np.asarray(y, dtype=np.float64),
        "button": _codes(button, BUTTONS, len(clock), f"{source}, button"),
        "state": _codes(state, STATES, len(clock), f"{source}, state"),
    }
    for name, column in columns.items():
        if column.shape != clock.shape:
            raise SignalError(f"{source}: {len(clock)} values of {name}", f"{column.shape}", "give one for each event")
    positions = np.stack([columns["x"], columns["y"]], axis=1)
    _check_positions(positions, source)
    clock = _checked_clock(clock, positions, source)
    values = np.stack([columns[name] for name in CHANNELS], axis=1)
    return Sample("mouse", values, clock, CHANNELS, subject, session, attributes or {}, source)


def mouse_from_table(
    frame: pd.DataFrame, *, subject: str | None = None, session: str | None = None, source: str = "mouse"
) -> Sample:
    """Return the recording in a table (see `lineament.signals.recordings.read_recording`)."""
    need_columns(frame, NEEDED, source)
    numbers = {name: numbers_in(frame, name, source) for name in NEEDED}
    words = {name: frame[name].to_numpy() if name in frame else None for name in ("button", "state")}
    return mouse_sample(
        numbers["x"],
        numbers["y"],
        numbers["time_s"],
        button=words["button"],
        state=words["state"],
        subject=only_entry(frame, "user", source) if subject is None else subject,
        session=only_entry(frame, "session", source) if session is None else session,
        source=source,
    )


def mouse_columns(sample: Sample) -> dict[str, Any]:
    """Return the columns of a file, by name (see `lineament.signals.recordings.write_recording`)."""
    return {
        "time_s": np.round(sample.times, 6),
        "x": sample.column("x"),
        "y": sample.column("y"),
        "button": [BUTTONS[int(place)] for place in sample.column("button")],
        "state": [STATES[int(place)] for place in sample.column("state")],
    }


def _codes(given: ArrayLike | None, words: tuple[str, ...], count: int, where: str) -> FloatArray:
    """Return words, or places in them, as places."""
    if given is None:
        return np.zeros(count)
    array = np.asarray(given)
    if array.dtype.kind in "biuf":
        known = np.isin(array, np.arange(len(words)))
        codes = array.astype(np.float64)
    else:
        text = np.char.lower(array.astype(np.str_))
        known = np.isin(text, words)
        codes = np.argmax(text[:, None] == np.array(words), axis=1).astype(np.float64)
    if not known.all():
        wrong = str(array[~known][0])
        raise SignalError(f"{where}: one of {', '.join(words)}", repr(wrong), nearest(wrong, list(words)))
    return codes


def _check_positions(positions: FloatArray, source: str) -> None:
    """Refuse what cannot be pixels."""
    if not np.isfinite(positions).all():
        raise SignalError(f"{source}: finite positions", "NaN or infinity", "drop the events without a position")
    farthest = float(np.abs(positions).max())
    if farthest > FARTHEST_PX:
        raise SignalError(
            f"{source}: pixels within {FARTHEST_PX:,.0f}", f"{farthest:,.0f}", "drop the events off the screen"
        )
    if len(positions) > 2 and farthest <= 1 and (positions % 1 > 0).any():
        raise SignalError(
            f"{source}: positions in pixels",
            f"values from {positions.min():.3g} to {positions.max():.3g}, shares of a screen",
            "multiply them by the screen's width and height",
        )


def _checked_clock(times: FloatArray, positions: FloatArray, source: str) -> FloatArray:
    """Return times that never fall; refuse those that run backwards or cannot be seconds."""
    if not np.isfinite(times).all():
        raise SignalError(f"{source}: finite times", "NaN or infinity", "drop the events without a time")
    steady = np.maximum.accumulate(times)
    if (worst := float((steady - times).max())) > BACKWARDS_S:
        raise SignalError(
            f"{source}: a clock that runs forwards",
            f"an event {worst:.3g} s before one that comes earlier",
            "sort the events, or split the recording where the clock was set back",
        )
    steps = np.diff(steady)[(np.diff(positions, axis=0) != 0).any(axis=1)]
    steps = steps[steps > 0]
    if len(steps) < 10:
        return steady
    median = float(np.median(steps))
    if not SHORTEST_S <= median <= LONGEST_S:
        unit = "milliseconds" if median > LONGEST_S else "minutes or hours"
        raise SignalError(
            f"{source}: times in seconds, movements {SHORTEST_S:g} to {LONGEST_S:g} s apart",
            f"a median of {median:.3g}",
            f"convert them, if they are {unit}",
        )
    return steady
