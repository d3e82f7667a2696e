"""Throwing a ball at a target: 41 people, three devices, two sessions of 10 throws of 3 seconds each.

Miller, Banerjee and Banerjee, IEEE VR 2022. Two layouts are read.

Recordings: ``<system>_<user>_<session>_<device>.csv``, device Head, Left or Right; lines of x, y, z, then
the quaternion w, x, y, z, then the trigger; a line of asterisks after each throw.

Arrays: ``<System><session>.npy`` of shape (41, 10, 135, 21): right hand, head, left hand, each position, Euler
angles in degrees (taken as turns about the fixed x, y and z axes, in this order) and trigger.

Both in metres; X right, Y up, Z backward. The clock is inferred: each throw lasts 3 seconds.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial.transform import Rotation

from lineament.datasets.dataset import Dataset
from lineament.datasets.trials import FloatArray, lay_out
from lineament.errors import SignalError
from lineament.signals import Sample
from lineament.signals.motion import JOINTS, channel_names, convert_axes, motion_sample

THROW_S = 3.0
CSV = re.compile(r"(?P<system>[A-Za-z]+)_(?P<user>\w+)_(?P<session>\w+)_Head$")
ARRAY = re.compile(r"(?P<system>Quest|Vive|Cosmos)(?P<session>\d)$", re.IGNORECASE)
DEVICES = ("Head", "Left", "Right")
ARRAY_BLOCKS = {"right_hand": 0, "head": 7, "left_hand": 14}
AXES = "RUB"


def recognises(folder: Path) -> bool:
    """Return whether a folder holds this set in either layout."""
    return bool(_recordings(folder) or _arrays(folder))


def read(folder: Path) -> Dataset:
    """Return the set as one sample a subject, system and session; attribute ``system``."""
    rows = []
    for path, match in _recordings(folder):
        rows.append(
            {
                "subject": match["user"],
                "session": match["session"],
                "system": match["system"].lower(),
                "path": str(path),
            }
        )
    for path, match in _arrays(folder):
        for index in range(len(_memory(path))):
            place = {"subject": f"{index:02d}", "session": match["session"], "system": match["system"].lower()}
            rows.append({**place, "path": str(path), "index": index})
    return Dataset("ball-throwing", pd.DataFrame(rows), _load, citation="Miller, Banerjee, Banerjee, IEEE VR 2022")


def _recordings(folder: Path) -> list[tuple[Path, re.Match[str]]]:
    return [(path, match) for path in sorted(folder.glob("*_Head.csv")) if (match := CSV.match(path.stem))]


def _arrays(folder: Path) -> list[tuple[Path, re.Match[str]]]:
    return [(path, match) for path in sorted(folder.glob("*.npy")) if (match := ARRAY.match(path.stem))]


def _load(row: Mapping[str, Any]) -> Sample:
    path = Path(row["path"])
    throws = _from_array(path, int(row["index"])) if path.suffix == ".npy" else _from_recordings(path)
    values, times, starts = lay_out([(throw, np.arange(len(throw)) * THROW_S / len(throw)) for throw in throws])
    sample = motion_sample(
        values,
        times,
        channel_names(*JOINTS),
        subject=row["subject"],
        session=row["session"],
        attributes={"system": row["system"], "trials": tuple(starts)},
        source=str(path),
    )
    return convert_axes(sample, AXES, "m")


def _from_recordings(head: Path) -> list[FloatArray]:
    """Return each throw's head, left and right hand side by side, shape (frames, 21)."""
    devices = [_throws(head.with_name(head.name.replace("_Head.csv", f"_{device}.csv"))) for device in DEVICES]
    if len({len(device) for device in devices}) != 1:
        raise SignalError(f"{head}: as many throws of each device", f"{[len(d) for d in devices]}", "restore the files")
    throws = []
    for blocks in zip(*devices, strict=True):
        if len({len(block) for block in blocks}) != 1:
            raise SignalError(
                f"{head}: throws of one length", f"{[len(b) for b in blocks]} frames", "restore the files"
            )
        throws.append(np.concatenate([block[:, [0, 1, 2, 4, 5, 6, 3]] for block in blocks], axis=1))
    return throws


def _throws(path: Path) -> list[FloatArray]:
    """Return the throws in one device's file, each (frames, 8)."""
    try:
        blocks = re.split(r"^\*+[^\n]*$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        throws = [np.loadtxt(io.StringIO(block), delimiter=",", ndmin=2) for block in blocks if block.strip()]
    except OSError as error:
        raise SignalError(
            f"{path}: the recording of a device", f"'{error.strerror}'", "put Head, Left and Right together"
        ) from error
    except ValueError as error:
        raise SignalError(f"{path}: 8 numbers a line", f"'{error}'", "restore the file") from error
    if not throws or any(throw.shape[1] != 8 for throw in throws):
        raise SignalError(f"{path}: throws of 8 numbers a line", "another shape", "restore the file")
    return throws


def _memory(path: Path) -> FloatArray:
    """Return the array behind a file without reading it whole."""
    try:
        array: FloatArray = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise SignalError(f"{path}: a NumPy array", f"'{error}'", "restore the file") from error
    if array.ndim != 4 or array.shape[3] != 21:
        raise SignalError(
            f"{path}: an array of shape (people, throws, frames, 21)", f"{array.shape}", "restore the file"
        )
    return array


def _from_array(path: Path, index: int) -> list[FloatArray]:
    """Return each throw's joints in canonical order, shape (frames, 21)."""
    throws = []
    for throw in np.asarray(_memory(path)[index], dtype=np.float64):
        columns = []
        for joint in JOINTS:
            block = throw[:, ARRAY_BLOCKS[joint] : ARRAY_BLOCKS[joint] + 6]
            columns += [block[:, :3], Rotation.from_euler("xyz", block[:, 3:], degrees=True).as_quat()]
        throws.append(np.concatenate(columns, axis=1))
    return throws
