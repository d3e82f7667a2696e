"""Histories of visits as data sets: one sample a person and calendar week."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lineament.datasets.dataset import Dataset
from lineament.signals import Sample
from lineament.signals.visits import visit_sample

WEEK_S = 7 * 86_400
MONDAY_S = 4 * 86_400
"""The first Monday after the beginning of 1970."""


def weekly(name: str, visits: pd.DataFrame, source: str, *, licence: str = "none found", citation: str = "") -> Dataset:
    """Return visits as a data set of weeks.

    Parameters
    ----------
    name : str
        Of the set.
    visits : DataFrame
        Columns ``subject``, ``clock`` (seconds since 1970) and ``site``; in any order.
    source : str
        For messages.
    licence, citation : str
        See `Dataset`.

    Returns
    -------
    Dataset
        Sessions are called by the Monday that they begin on; ``visits`` says how many each sample holds.

    Examples
    --------
    >>> table = pd.DataFrame({"subject": ["a", "a", "a"], "clock": [1.4e9, 1.4e9 + 5, 1.401e9], "site": [3, 4, 3]})
    >>> data = weekly("toy", table, "toy")
    >>> data.sessions(), len(data.load(0))
    (['2014-05-12', '2014-05-19'], 2)
    """
    ordered = visits.sort_values(["subject", "clock"], kind="stable", ignore_index=True)
    weeks = week_of(ordered["clock"].to_numpy(np.float64))
    turns = (ordered["subject"].to_numpy()[1:] != ordered["subject"].to_numpy()[:-1]) | (np.diff(weeks) != 0)
    firsts = np.concatenate([[0], np.flatnonzero(turns) + 1])
    lengths = np.diff(np.append(firsts, len(ordered)))
    rows = pd.DataFrame(
        {
            "subject": ordered["subject"].to_numpy()[firsts],
            "session": [monday(week) for week in weeks[firsts]],
            "visits": lengths,
            "_first": firsts,
        }
    )

    def load(row: Mapping[str, Any]) -> Sample:
        some = ordered.iloc[int(row["_first"]) : int(row["_first"]) + int(row["visits"])]
        return visit_sample(
            some["clock"].to_numpy(np.float64),
            some["site"].tolist(),
            subject=row["subject"],
            session=row["session"],
            attributes={"visits": int(row["visits"])},
            source=f"{source}, {row['subject']}, week of {row['session']}",
        )

    return Dataset(name, rows, load, licence=licence, citation=citation)


def week_of(clock: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return how many whole weeks, Monday to Sunday, lie between the first Monday of 1970 and each moment."""
    return np.floor((clock - MONDAY_S) / WEEK_S).astype(np.int64)


def monday(week: int) -> str:
    """Return the date on which a week of `week_of` begins.

    Examples
    --------
    >>> monday(0)
    '1970-01-05'
    """
    return str(pd.Timestamp(WEEK_S * int(week) + MONDAY_S, unit="s").date())


def parquet_columns(path: Path) -> set[str]:
    """Return the columns of a Parquet file; none where it is no such file."""
    from pyarrow import ArrowException, parquet

    try:
        return set(parquet.read_schema(path).names)
    except (ArrowException, OSError):
        return set()
