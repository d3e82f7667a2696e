"""Visits: which sites somebody opened, and when.

Canonical form: a frame is a visit; channels are ``site``, a whole number that stands for the site, and ``clock``,
seconds since 1970 (in the visitor's own time zone where it is known, else UTC), from which hours and weekdays follow.
Times are seconds since the first visit; several visits may fall into one second. A site that is given by name gets the
number `site_code` makes of it. One sample is the visits of one person over some span: an hour, a day, a week.

Files are tables, CSV or Parquet, with a row a visit: ``timestamp`` (seconds since 1970, or an ISO date and time) and
``site`` (a name, or a number); ``user`` and ``session`` where they are known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from lineament.errors import SignalError
from lineament.signals.sample import Sample
from lineament.signals.tables import need_columns, only_entry

FloatArray = NDArray[np.float64]
MODALITY = "visits"
CHANNELS = ("site", "clock")
COLUMNS = ("timestamp", "site")
ROUNDING_S = 1.0
"""A clock that steps back by no more than this was rounded: histories are often kept to the second."""
EARLIEST, LATEST = 631_152_000.0, 4_102_444_800.0
"""1990 and 2100: nobody browsed before, and what lies after is counted in another unit."""
LARGEST_CODE = 2**53
NAMED = 2**32
"""Numbers of sites that are given by name lie from here to `NAMES_END`, so that small numbers stay free for codes."""
NAMES_END = 2**48


def visit_sample(
    clock: ArrayLike,
    sites: Iterable[object],
    *,
    subject: str | None = None,
    session: str | None = None,
    attributes: Mapping[str, Any] | None = None,
    source: str = "visits",
) -> Sample:
    """Return somebody's visits as a sample.

    Parameters
    ----------
    clock : array (T,)
        Seconds since 1970 of each visit, in their order.
    sites : iterable of length T
        Names ("example.org"), or whole numbers from 0 on.
    subject, session, attributes, source
        See `Sample`.

    Raises
    ------
    SignalError
        When there is no visit, the lengths differ, a visit has no time, the clock runs backwards by more than a second
        or counts in another unit than seconds since 1970, or a site is neither a name nor a number from 0 on.

    Examples
    --------
    >>> sample = visit_sample([1.6e9, 1.6e9 + 30], [4, 17])
    >>> sample.times.tolist(), sample.column("site").tolist()
    ([0.0, 30.0], [4.0, 17.0])
    """
    seconds = np.asarray(clock, dtype=np.float64)
    codes = site_codes(sites, source)
    if not len(codes):
        raise SignalError(f"{source}: at least one visit", "an empty history", "record or download it again")
    if seconds.shape != codes.shape:
        raise SignalError(
            f"{source}: a time for each visit", f"{seconds.size} times and {len(codes)} visits", "pair them"
        )
    _check_clock(seconds, source)
    seconds = np.maximum.accumulate(seconds)  # steps back within rounding
    values = np.column_stack([codes, seconds])
    return Sample(MODALITY, values, seconds - seconds[0], CHANNELS, subject, session, attributes or {}, source)


def _check_clock(seconds: FloatArray, source: str) -> None:
    """Refuse times that are none, are counted in another unit, or run backwards."""
    if not np.isfinite(seconds).all():
        raise SignalError(f"{source}: a time for every visit", "NaN or infinity", "drop the visits without a time")
    beyond = (seconds < EARLIEST) | (seconds > LATEST)
    if beyond.any():
        came = float(seconds[beyond][0])
        remedy = "divide milliseconds by 1000" if came > LATEST else "add the moment from which they are counted"
        raise SignalError(f"{source}: times in seconds since 1970, of 1990 to 2100", f"{came:.10g}", remedy)
    steps = np.diff(seconds)
    if steps.min(initial=0.0) < -ROUNDING_S:
        place = int(steps.argmin())
        raise SignalError(
            f"{source}: visits in the order of their times",
            f"visit {place + 2} made {-steps[place]:.3g} s before visit {place + 1}",
            "sort the visits by time, or split the history where the clock was set anew",
        )


def site_codes(sites: Iterable[object], source: str = "visits") -> FloatArray:
    """Return the numbers (T,) of sites that are given as numbers or by name.

    Raises
    ------
    SignalError
        When one is neither a name nor a whole number from 0 to 2^53.

    Examples
    --------
    >>> site_codes([3, "example.org", " Example.org"]).tolist()
    [3.0, 236843621166517.0, 236843621166517.0]
    """
    given = list(sites)
    known = {entry: site_code(entry) for entry in {entry for entry in given if isinstance(entry, str)}}
    codes = np.array([known[entry] if isinstance(entry, str) else _number(entry) for entry in given], dtype=np.float64)
    wrong = ~((codes >= 0) & (codes < LARGEST_CODE) & (codes == np.floor(codes)))
    if wrong.any():
        place = int(np.flatnonzero(wrong)[0])
        raise SignalError(
            f"{source}: sites as names, or as whole numbers from 0 on",
            f"{given[place]!r} for visit {place + 1}",
            "drop the visits whose site is not known",
        )
    return codes


def site_code(name: str) -> float:
    """Return the number that stands for a site's name, whatever its case; NaN for no name.

    A hash: two of 100,000 names get the same number once in 56,000 tries.
    """
    plain = name.strip().lower()
    if not plain:
        return float("nan")
    digest = hashlib.blake2b(plain.encode(), digest_size=8).digest()
    return float(NAMED + int.from_bytes(digest, "big") % (NAMES_END - NAMED))


def _number(entry: object) -> float:
    """Return an entry as a number, NaN where it is none."""
    return float(entry) if isinstance(entry, int | float | np.integer | np.floating) else float("nan")


def visits_from_table(
    table: pd.DataFrame, *, subject: str | None = None, session: str | None = None, source: str = "table"
) -> Sample:
    """Return the visits in a table (see `lineament.signals.recordings.read_recording`)."""
    need_columns(table, COLUMNS, source)
    return visit_sample(
        clock_of(table["timestamp"], source),
        table["site"].tolist(),
        subject=subject or only_entry(table, "user", source),
        session=session or only_entry(table, "session", source),
        source=source,
    )


def clock_of(column: pd.Series[Any], source: str) -> FloatArray:
    """Return seconds since 1970 of a column of numbers, or of dates and times; those without a zone as they stand.

    Raises
    ------
    SignalError
        When an entry is neither.
    """
    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(np.float64)
    try:
        moments = pd.to_datetime(column, utc=True, format="ISO8601")
    except (ValueError, TypeError, OverflowError) as error:
        reason = " ".join(str(error).split())[:80]
        raise SignalError(
            f"{source}: timestamps as seconds since 1970 or as ISO dates and times", f"'{reason}'", "correct the column"
        ) from error
    since = (moments - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(seconds=1)
    return np.asarray(since, dtype=np.float64)


def visits_columns(sample: Sample) -> dict[str, Any]:
    """Return the columns of a file, by name (see `lineament.signals.recordings.write_recording`)."""
    return {
        "timestamp": np.round(sample.column("clock"), 3),
        "site": sample.column("site").astype(np.int64),
    }
