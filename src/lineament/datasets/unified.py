"""Recordings in the canonical form of their modality: your own, converted ones, simulated ones.

Motion (the unified XR motion format), keystrokes, mouse, signatures, visits or inertial measurements: the columns tell
(see `lineament.signals.recordings`). Either ``<subject>/<session>.csv`` (or ``.parquet``), or
``<subject>/<session>/<take>.csv`` where a session is several recordings (repetitions of a phrase, signatures), or files
in a folder with the columns ``user`` and ``session``. A file ``dataset.json`` beside them may hold ``name``,
``licence``, ``citation`` and ``simulated``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from lineament.datasets.dataset import Dataset
from lineament.errors import SignalError
from lineament.files import read_json
from lineament.signals import Sample
from lineament.signals.recordings import read_recording, recording_from_table
from lineament.signals.tables import read_table

SUFFIXES = {".csv", ".parquet"}


def recognises(folder: Path) -> bool:
    """Return whether a folder holds tables at all: this layout is tried last."""
    return bool(_files(folder))


def read(folder: Path) -> Dataset:
    """Return the set; a file with a ``user`` column gives a sample for each user and session in it."""
    rows: list[dict[str, Any]] = []
    for path in _files(folder):
        where = path.relative_to(folder).with_suffix("").parts
        if len(where) > 1:
            rows.append({"subject": where[0], "session": where[1], "path": str(path), "within": False})
        else:
            rows += [{**who, "path": str(path), "within": True} for who in _people(path)]
    about = _about(folder / "dataset.json")
    table = pd.DataFrame(rows, columns=["subject", "session", "path", "within"])
    return Dataset(
        str(about.get("name", folder.resolve().name)),
        # a column, so that whoever shows figures can say what they come from
        table.assign(simulated=about.get("simulated", False) is True),
        _load,
        licence=str(about.get("licence", "none found")),
        citation=str(about.get("citation", "")),
    )


def _about(path: Path) -> dict[str, Any]:
    """Return what a set says of itself."""
    if not path.is_file():
        return {}
    about = read_json(path, "the description of a data set")
    if not isinstance(about, dict):
        raise SignalError(f"{path}: name, licence and citation", f"a {type(about).__name__}", "write them as {...}")
    return about


def _files(folder: Path) -> list[Path]:
    """Return the tables in a folder, in its immediate subfolders, and in theirs."""
    patterns = ("*", "*/*", "*/*/*")
    return sorted(path for pattern in patterns for path in folder.glob(pattern) if path.suffix in SUFFIXES)


def _people(path: Path) -> list[dict[str, str]]:
    """Return who is in a file by its user and session columns; by its name where it has none."""
    frame = read_table(path)
    if "user" not in frame:
        return [{"subject": path.stem, "session": "1"}]
    session = frame["session"] if "session" in frame else pd.Series("1", index=frame.index)
    pairs = pd.DataFrame({"subject": frame["user"].astype(str), "session": session.astype(str)}).drop_duplicates()
    return [{"subject": str(row.subject), "session": str(row.session)} for row in pairs.itertuples()]


def _load(row: Mapping[str, Any]) -> Sample:
    path, subject, session = Path(row["path"]), str(row["subject"]), str(row["session"])
    if not row["within"]:
        return read_recording(path).replace(subject=subject, session=session)
    frame = read_table(path)
    if "user" in frame:
        inside = frame["user"].astype(str) == subject
        if "session" in frame:
            inside &= frame["session"].astype(str) == session
        frame = frame[inside]
    return recording_from_table(frame, source=str(path)).replace(subject=subject, session=session)
