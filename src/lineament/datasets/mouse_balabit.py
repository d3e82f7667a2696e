"""Balabit Mouse Dynamics Challenge: 10 people administering servers over remote desktops, in sessions of hours.

Fülöp, Kovács, Kurics and Windhager-Pokol, 2016. The layout is written down from memory and public code, and was tried
on made-up files only: ``training_files/user<n>/session_<number>`` without an ending, columns ``record timestamp``,
``client timestamp`` (seconds), ``button``, ``state``, ``x``, ``y``. The test files, some of them other people's, are
not read: a sample must say whose it is. Positions of 65,535 mark a cursor that the recorder lost, and are dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lineament.datasets.dataset import Dataset
from lineament.datasets.mouse_sapimouse import words
from lineament.errors import SignalError
from lineament.signals import Sample
from lineament.signals.mouse import FARTHEST_PX, mouse_sample

COLUMNS = ("record timestamp", "client timestamp", "button", "state", "x", "y")
BUTTONS = {
    "NoButton": "none",
    "Left": "left",
    "Right": "right",
    "Middle": "other",
    "XButton": "other",
    "Scroll": "none",
}
STATES = {
    "Move": "move", "Drag": "drag", "Pressed": "press", "Released": "release", "Down": "scroll", "Up": "scroll",
}  # fmt: skip


def recognises(folder: Path) -> bool:
    """Return whether a folder holds this set."""
    first = next(iter(sorted(folder.glob("training_files/user*/session_*"))), None)
    if first is None or not first.is_file():
        return False
    with first.open(encoding="utf-8", errors="replace") as file:
        return file.readline().strip() == ",".join(COLUMNS)


def read(folder: Path) -> Dataset:
    """Return the training files as one sample a session."""
    rows = [
        {"subject": path.parent.name, "session": path.name.removeprefix("session_"), "path": str(path)}
        for path in sorted(folder.glob("training_files/user*/session_*"))
    ]
    return Dataset(
        "mouse-balabit",
        pd.DataFrame(rows),
        _load,
        licence="none found",
        citation="Fülöp et al., Balabit Mouse Dynamics Challenge data set, 2016",
    )


def _load(row: Mapping[str, Any]) -> Sample:
    path = Path(row["path"])
    try:
        frame = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise SignalError(f"{path}: a session of the challenge", f"'{error}'", "restore the file") from error
    if tuple(frame.columns) != COLUMNS or frame.empty:
        came = "a table without rows" if frame.empty else ", ".join(map(str, frame.columns))
        raise SignalError(f"{path}: the columns {', '.join(COLUMNS)}", came, "restore the file")
    frame = frame[(frame[["x", "y"]] <= FARTHEST_PX).all(axis=1)]
    return mouse_sample(
        frame["x"],
        frame["y"],
        frame["client timestamp"].to_numpy(np.float64),
        button=words(frame["button"], BUTTONS, f"{path}, button"),
        state=words(frame["state"], STATES, f"{path}, state"),
        subject=row["subject"],
        session=row["session"],
        source=str(path),
    )
