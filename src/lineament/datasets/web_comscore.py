"""Comscore-like clickstream panels: the sites that the machines of a panel opened, session by session.

The layout is from memory, not from files: the Web-Wide Panel that Comscore sells through WRDS has a row a site
session, with ``machine_id``, ``site_session_id``, ``domain_name``, ``event_date`` and ``event_time`` (the local
moment at which the site was opened), ``pages_viewed``, ``duration`` and more, one file a year. Read are tables (CSV
or Parquet) with these five columns, whatever else they hold: dates as 20130401 or 2013-04-01, times as HH:MM:SS. A
machine is a subject: in a household, several people may share one. A site session counts as one visit.

Vamosi, Reutterer and Platzer (Decision Support Systems 155, 2022) report on such a panel.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from lineament.datasets.dataset import Dataset
from lineament.datasets.histories import parquet_columns, weekly
from lineament.errors import SignalError
from lineament.signals.tables import ENDINGS, read_table
from lineament.signals.visits import clock_of

COLUMNS = ("machine_id", "site_session_id", "domain_name", "event_date", "event_time")


def recognises(folder: Path) -> bool:
    """Return whether a folder holds such a panel."""
    return bool(_files(folder))


def read(folder: Path) -> Dataset:
    """Return a panel as one sample a machine and week.

    Raises
    ------
    SignalError
        When a date or time cannot be read, or a site has no name.
    """
    visits = pd.concat([_visits(path) for path in _files(folder)], ignore_index=True)
    citation = "Comscore Web-Wide Panel (layout from memory)"
    return weekly("web-comscore", visits, str(folder), licence="of the panel's seller", citation=citation)


def _files(folder: Path) -> list[Path]:
    """Return the tables of a folder that have a panel's columns."""
    tables = (path for path in sorted(folder.iterdir()) if path.name.lower().endswith(ENDINGS))
    return [path for path in tables if set(COLUMNS) <= _columns(path)]


def _columns(path: Path) -> set[str]:
    """Return the columns of a table, lower-case."""
    if path.name.lower().endswith(".parquet"):
        return parquet_columns(path)
    try:
        return set(pd.read_csv(path, nrows=0).columns)
    except (OSError, ValueError):
        return set()


def _visits(path: Path) -> pd.DataFrame:
    """Return the visits in one file, in the order of their site sessions."""
    table = read_table(path, columns=list(COLUMNS)) if path.suffix == ".parquet" else read_table(path, usecols=COLUMNS)
    if table["domain_name"].isna().any():
        row = int(table["domain_name"].isna().to_numpy().argmax())
        raise SignalError(f"{path}: a domain_name in every row", f"none in row {row + 1}", "drop the row")
    dates = table["event_date"].astype(str).str.replace("-", "", regex=False)
    moments = dates.str[:4] + "-" + dates.str[4:6] + "-" + dates.str[6:8] + "T" + table["event_time"].astype(str)
    visits = pd.DataFrame(
        {
            "subject": table["machine_id"].astype(str),
            "clock": clock_of(moments, str(path)),
            "site": table["domain_name"].astype(str),
        }
    )
    return visits.iloc[table["site_session_id"].argsort(kind="stable")]
