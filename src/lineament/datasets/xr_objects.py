"""Reaching for objects on a kitchen or office desk: 16 people, 4 sessions of 50 trials, head and right controller.

Schuetz, Baltaretu and Fiehler, Journal of Vision 24(7):10, 2024; MIT licence. Two layouts are read: one Parquet file a
session (``<scene>_<task>__p<person>__S00<session>.parquet``, seconds, metres, Unity Euler degrees), and the original
folders ``<scene>_<task>/<person>/S00<session>/trackers/VR_move_T<trial>.csv``.

Each session used another task (response mode), balanced over people, so session and task are confounded; the left
controller was not used. The first row of a trial can lie a third of a second before the second, at another place: it
is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lineament.datasets.dataset import Dataset
from lineament.datasets.trials import FloatArray, lay_out
from lineament.errors import SignalError
from lineament.signals import Sample
from lineament.signals.motion import channel_names, motion_sample
from lineament.signals.rotations import from_euler_zxy_degrees
from lineament.signals.tables import read_table

PARQUET = re.compile(r"(?P<scene>[a-z]+)_(?P<task>[a-z]+)__p(?P<person>\d+)__(?P<session>S\d+)$")
AXES = ("x", "y", "z")


def recognises(folder: Path) -> bool:
    """Return whether a folder holds this set in either layout."""
    return any(PARQUET.match(path.stem) for path in folder.glob("*__p*.parquet")) or bool(_raw_sessions(folder))


def read(folder: Path) -> Dataset:
    """Return the set as one sample a session; subjects ``p06`` ..., sessions ``S001`` ...."""
    rows: list[dict[str, Any]] = []
    for path in sorted(folder.glob("*__p*.parquet")):
        if match := PARQUET.match(path.stem):
            rows.append(_row(path, **match.groupdict()))
    for session in _raw_sessions(folder):
        scene, _, task = session.parts[-3].partition("_")
        rows.append(_row(session, scene, task, session.parts[-2], session.name))
    return Dataset(
        "xr-objects",
        pd.DataFrame(rows).sort_values(["subject", "session"]),
        _load,
        licence="MIT",
        citation="Schuetz, Baltaretu, Fiehler, Journal of Vision 24(7):10, 2024",
    )


def _row(path: Path, scene: str, task: str, person: str, session: str) -> dict[str, Any]:
    return {"subject": f"p{int(person):02d}", "session": session, "scene": scene, "task": task, "path": str(path)}


def _raw_sessions(folder: Path) -> list[Path]:
    """Return the session folders of the original layout."""
    return sorted({path.parents[1] for path in folder.glob("*/*/S*/trackers/VR_move_T*.csv")})


def _load(row: Mapping[str, Any]) -> Sample:
    path = Path(row["path"])
    values, times, starts = lay_out(list(_trials(path)))
    return motion_sample(
        values,
        times,
        channel_names("head", "right_hand"),
        subject=row["subject"],
        session=row["session"],
        attributes={"scene": row["scene"], "task": row["task"], "trials": tuple(starts)},
        source=str(path),
    )


def _trials(path: Path) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield the values and seconds of each trial, without its first row."""
    if path.is_dir():
        frames = [read_table(trial) for trial in sorted(path.glob("trackers/VR_move_T*.csv"))]
    else:
        frames = [trial for _, trial in read_table(path).groupby("trial", sort=True)]
    for frame in frames:
        if len(frame) > 1:
            yield _canonical(frame, str(path))[1:], frame["time"].to_numpy(np.float64)[1:]


def _canonical(frame: pd.DataFrame, source: str) -> FloatArray:
    """Return head and right hand, centimetres and quaternions, from Unity metres and degrees; shape (T, 14)."""
    columns = []
    for joint in ("head", "right"):
        names = [f"{joint}_{kind}_{axis}" for kind in ("pos", "rot") for axis in AXES]
        missing = [name for name in names if name not in frame]
        if missing:
            raise SignalError(
                f"{source}: columns of xr-objects", f"a table without {', '.join(missing)}", "restore the file"
            )
        measured = frame[names].to_numpy(np.float64)
        columns += [measured[:, :3] * 100, from_euler_zxy_degrees(measured[:, 3:])]
    return np.concatenate(columns, axis=1)
