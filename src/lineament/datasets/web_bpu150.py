"""Web histories of 150 people (BPU: big, private, unlabelled): half a year of visits, site by site.

Kahn, Loiseau and Raynaud, CEUR 1703, 2016; no licence stated. One Parquet file, ``visits.parquet``, with the columns
``subject``, ``timestamp`` (whole seconds; many visits share one) and ``site`` (a number, the most visited site of all
being 0). A session is a calendar week, which begins on a Monday: a person's later weeks are other sessions.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from lineament.datasets.dataset import Dataset
from lineament.datasets.histories import parquet_columns, weekly
from lineament.signals.tables import read_table
from lineament.signals.visits import clock_of

FILE = "visits.parquet"
COLUMNS = {"subject", "timestamp", "site"}


def recognises(folder: Path) -> bool:
    """Return whether a folder holds this set."""
    return parquet_columns(folder / FILE) >= COLUMNS


def read(folder: Path) -> Dataset:
    """Return the set as one sample a person and week."""
    path = folder / FILE
    table = read_table(path, columns=sorted(COLUMNS))
    visits = pd.DataFrame(
        {
            "subject": table["subject"].astype(str),
            "clock": clock_of(table["timestamp"], str(path)),
            "site": table["site"],
        }
    )
    return weekly("web-bpu150", visits, str(path), citation="Kahn, Loiseau, Raynaud, CEUR 1703, 2016")
