"""Keystrokes: which key was pressed and released, and when.

Canonical form: a frame is a key; channels are ``press`` and ``release``, seconds since the first press, and ``key``,
the key's virtual-key code (see `lineament.signals.key_codes`; 0 where it is not known). Keys stand in the order in
which they were pressed; one may be released after the next is pressed. A release that was not seen is NaN. Times are
those of the presses. One sample is what was typed at one go: a password, a sentence, a message.

Files are tables, CSV or Parquet, with a row a key: ``press_ms``, ``release_ms`` (milliseconds, since any moment) and
``key`` (a code, or a name such as KeyA, a, Enter); ``user`` and ``session`` where they are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from lineament.errors import SignalError
from lineament.signals.key_codes import key_codes
from lineament.signals.sample import Sample
from lineament.signals.tables import need_columns, numbers_in, only_entry

FloatArray = NDArray[np.float64]
MODALITY = "keystrokes"
CHANNELS = ("press", "release", "key")
COLUMNS = ("press_ms", "release_ms", "key")
ROUNDING_S = 0.002
"""A clock that steps back by no more than this was rounded."""
SLOWEST_S, FASTEST_S = 20.0, 0.002
"""Nobody's typical key comes later or sooner after the one before: the unit is another."""
JUDGED = 5
"""Keys from which on the typical pace is judged."""


def keystroke_sample(
    press: ArrayLike,
    release: ArrayLike,
    keys: Iterable[object],
    *,
    subject: str | None = None,
    session: str | None = None,
    attributes: Mapping[str, Any] | None = None,
    source: str = "keystrokes",
) -> Sample:
    """Return what somebody typed as a sample.

    Parameters
    ----------
    press, release : arrays (T,)
        Seconds, on one clock; a release that was not seen is NaN.
    keys : iterable of length T
        Codes, 0 to 255, or names (see `key_codes`).
    subject, session, attributes, source
        See `Sample`.

    Raises
    ------
    SignalError
        When there is no key, the lengths differ, a press has no time, the clock runs backwards by more than rounding,
        a key is released before it is pressed, the pace is nobody's (milliseconds taken for seconds), or a key code or
        name is unknown.

    Examples
    --------
    >>> sample = keystroke_sample([5.0, 5.2], [5.1, 5.25], ["KeyH", "i"])
    >>> sample.column("press").round(2).tolist(), sample.column("key").tolist()
    ([0.0, 0.2], [72.0, 73.0])
    """
    pressed, released = np.asarray(press, dtype=np.float64), np.asarray(release, dtype=np.float64)
    codes = key_codes(keys, source)
    if not len(codes):
        raise SignalError(f"{source}: at least one key", "an empty recording", "record it again")
    if not pressed.shape == released.shape == codes.shape:
        shapes = f"{len(pressed)} presses, {len(released)} releases and {len(codes)} keys"
        raise SignalError(f"{source}: a press, a release and a key for each keystroke", shapes, "pair the events")
    _check_clock(pressed, released, source)
    order = np.argsort(pressed, kind="stable")  # presses that rounding has swapped
    pressed, released, codes = pressed[order], released[order], codes[order]
    _check_pace(pressed, released, source)
    _check_releases(pressed, released, source)
    start = pressed[0]
    # a release may lie before its press by rounding
    values = np.column_stack([pressed - start, np.maximum(released, pressed) - start, codes])
    return Sample(MODALITY, values, values[:, 0], CHANNELS, subject, session, attributes or {}, source)


def _check_clock(pressed: FloatArray, released: FloatArray, source: str) -> None:
    """Refuse times that are none, and a clock that runs backwards."""
    if not np.isfinite(pressed).all():
        raise SignalError(f"{source}: a time for every press", "NaN or infinity", "drop the keys without a press")
    if np.isinf(released).any():
        raise SignalError(f"{source}: finite releases", "infinity", "leave a release that was not seen empty (NaN)")
    steps = np.diff(pressed)
    if steps.min(initial=0.0) < -ROUNDING_S:
        place = int(steps.argmin())
        raise SignalError(
            f"{source}: presses in the order of their times",
            f"key {place + 2} pressed {-steps[place]:.3g} s before key {place + 1}",
            "sort the keys by press, or split the recording where the clock was set anew",
        )


def _check_pace(pressed: FloatArray, released: FloatArray, source: str) -> None:
    """Refuse times in another unit than seconds."""
    steps, holds = np.diff(pressed), released - pressed
    typical = float(np.median(steps)) if len(steps) else 0.0
    hold = float(np.nanmedian(holds)) if np.isfinite(holds).any() else 0.0
    slowest = max(typical, hold)
    if slowest > SLOWEST_S:
        raise SignalError(
            f"{source}: times in seconds, a key every {SLOWEST_S:g} s or sooner",
            f"typical steps of {slowest:g}",
            "divide milliseconds by 1000",
        )
    if len(pressed) >= JUDGED and max(typical, abs(hold)) < FASTEST_S:
        raise SignalError(
            f"{source}: keys typed by a person, {FASTEST_S * 1000:g} ms apart or more",
            f"{typical * 1000:.3g} ms between presses and {hold * 1000:.3g} ms a key",
            "give times in the unit that is asked for (press_ms and release_ms: milliseconds)",
        )


def _check_releases(pressed: FloatArray, released: FloatArray, source: str) -> None:
    """Refuse keys that are released before they are pressed."""
    early = released - pressed < -ROUNDING_S
    if early.any():
        place = int(np.flatnonzero(early)[0])
        raise SignalError(
            f"{source}: keys released after they are pressed",
            f"key {place + 1} released {pressed[place] - released[place]:.3g} s before its press",
            "exchange the columns, or leave a release that was not seen empty",
        )


def keystrokes_from_table(
    table: pd.DataFrame, *, subject: str | None = None, session: str | None = None, source: str = "table"
) -> Sample:
    """Return the keystrokes in a table (see `lineament.signals.recordings.read_recording`)."""
    need_columns(table, COLUMNS, source)
    press, release = (numbers_in(table, name, source) / 1000.0 for name in COLUMNS[:2])
    return keystroke_sample(
        press,
        release,
        _keys(table["key"]),
        subject=subject or only_entry(table, "user", source),
        session=session or only_entry(table, "session", source),
        source=source,
    )


def _keys(column: pd.Series[Any]) -> list[object]:
    """Return codes where all that is given are numbers, else names."""
    numbers = pd.to_numeric(column, errors="coerce")
    if (numbers.notna() | column.isna()).all():
        return list(numbers.to_numpy(np.float64, na_value=np.nan))
    return ["" if pd.isna(entry) else str(entry) for entry in column]


def keystrokes_columns(sample: Sample) -> dict[str, Any]:
    """Return the columns of a file, by name (see `lineament.signals.recordings.write_recording`)."""
    return {
        "press_ms": np.round(sample.column("press") * 1000.0, 3),
        "release_ms": np.round(sample.column("release") * 1000.0, 3),
        "key": sample.column("key").astype(np.int64),
    }
