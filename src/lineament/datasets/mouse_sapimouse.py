"""SapiMouse: 120 people pointing, dragging and clicking by order of a web page, in two sessions of 3 and 1 minutes.

Antal, Fejér and Buza, SACI 2021. Folders ``user<n>`` with ``session_3min.csv`` and ``session_1min.csv`` (plain or
gzipped; some are named ``session_<date>_3min.csv``), columns ``client timestamp`` (milliseconds), ``button``,
``state``, ``x``, ``y``. Users 35 and 62 came twice: their folders are ``user35.1`` and ``user35.2``, which are two
captures of one person, so that the set has 122 folders of 120 people. Some recordings run to five minutes and more:
they are cut at the 3 minutes, or the one, that they are named for. Sessions are called ``1-3min`` and ``2-1min``, in
the order in which they were recorded; those of second folders ``3-3min`` and ``4-1min``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lineament.datasets.dataset import Dataset
from lineament.errors import SignalError
from lineament.registry import nearest
from lineament.signals import Sample
from lineament.signals.mouse import mouse_sample
from lineament.signals.tables import read_table

FOLDER = re.compile(r"user(\d+)(?:\.(\d+))?")
FILE = re.compile(r"session_(?:.*_)?([13])min\.csv(?:\.gz)?")
COLUMNS = ("client timestamp", "button", "state", "x", "y")
BUTTONS = {"NoButton": "none", "Left": "left", "Right": "right", "Other": "other", "Middle": "other"}
STATES = {"Move": "move", "Drag": "drag", "Pressed": "press", "Released": "release"}


def recognises(folder: Path) -> bool:
    """Return whether a folder holds this set."""
    return next(_files(folder), None) is not None


def read(folder: Path) -> Dataset:
    """Return the set as one sample a file; a subject is ``user`` and three digits."""
    rows = []
    for path, user, visit, minutes in _files(folder):
        session = f"{2 * visit - (minutes == 3)}-{minutes}min"
        rows.append({"subject": f"user{user:03d}", "session": session, "minutes": minutes, "path": str(path)})
    table = pd.DataFrame(rows).sort_values(["subject", "session"], ignore_index=True)
    return Dataset(
        "mouse-sapimouse",
        table,
        _load,
        licence="none found",
        citation="Antal, Fejér, Buza, SapiMouse, IEEE SACI 2021",
    )


def _files(folder: Path) -> Any:
    """Yield path, user, visit and nominal minutes of each recording."""
    for path in sorted(folder.glob("user*/session_*")):
        person, recording = FOLDER.fullmatch(path.parent.name), FILE.fullmatch(path.name)
        if person and recording:
            yield path, int(person[1]), int(person[2] or 1), int(recording[1])


def _load(row: Mapping[str, Any]) -> Sample:
    path = Path(row["path"])
    frame = read_table(path)
    missing = [name for name in COLUMNS if name not in frame]
    if missing:
        raise SignalError(f"{path}: the columns {', '.join(COLUMNS)}", f"none called {missing[0]}", "restore the file")
    seconds = frame["client timestamp"].to_numpy(np.float64) / 1000.0
    seconds = seconds - seconds[0]
    kept = seconds <= 60.0 * row["minutes"]
    frame = frame[kept]
    return mouse_sample(
        frame["x"],
        frame["y"],
        seconds[kept],
        button=words(frame["button"], BUTTONS, f"{path}, button"),
        state=words(frame["state"], STATES, f"{path}, state"),
        subject=row["subject"],
        session=row["session"],
        attributes={"minutes": row["minutes"]},
        source=str(path),
    )


def words(column: pd.Series, known: Mapping[str, str], where: str) -> list[str]:
    """Return a recorder's words as ours.

    Raises
    ------
    SignalError
        When one is not known.
    """
    ours = column.map(known)
    if ours.isna().any():
        strange = str(column[ours.isna()].iloc[0])
        raise SignalError(f"{where}: one of {', '.join(known)}", repr(strange), nearest(strange, list(known)))
    return [str(word) for word in ours]
