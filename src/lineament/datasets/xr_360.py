"""Watching 360-degree videos: 60 people in one sitting, 14 of 28 videos each, the head's rotation only.

Nasrabadi et al., ACM MMSys 2019; MIT licence. One Parquet file a person with the columns ``video``, ``time`` (seconds)
and the head quaternion x, y, z, w (y up). A person's choice of videos identifies them: split by video too. Each video
is therefore a session here, named by its number, though all were watched one after another: figures on this set are of
one sitting, and flatter whoever comes back another day.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lineament.datasets.dataset import Dataset
from lineament.signals import Sample
from lineament.signals.motion import motion_sample, rotation_names
from lineament.signals.tables import read_table

COLUMNS = {"video", "time", *rotation_names("head")}


def recognises(folder: Path) -> bool:
    """Return whether a folder holds this set."""
    first = next(iter(sorted(folder.glob("*.parquet"))), None)
    return first is not None and set(_columns(first)) >= COLUMNS


def read(folder: Path) -> Dataset:
    """Return the set as one sample a person and video; the video is the session, and an attribute."""
    rows = []
    for path in sorted(folder.glob("*.parquet")):
        for video in read_table(path, columns=["video"])["video"].unique():
            rows.append({"subject": path.stem, "session": str(video), "video": str(video), "path": str(path)})
    return Dataset("xr-360", pd.DataFrame(rows), _load, licence="MIT", citation="Nasrabadi et al., ACM MMSys 2019")


def _columns(path: Path) -> list[str]:
    from pyarrow import ArrowException, parquet

    try:
        return list(parquet.read_schema(path).names)
    except (ArrowException, OSError):
        return []


def _load(row: Mapping[str, Any]) -> Sample:
    frame = read_table(Path(row["path"]), filters=[("video", "==", row["video"])])
    return motion_sample(
        frame[list(rotation_names("head"))].to_numpy(np.float64),
        frame["time"].to_numpy(np.float64),
        rotation_names("head"),
        subject=row["subject"],
        session=row["session"],
        attributes={"video": row["video"]},
        source=str(row["path"]),
    )
