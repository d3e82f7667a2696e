"""IDNet: 50 people with a phone in the front pocket, up to several sessions each, accelerometer and gyroscope.

Gadaleta and Rossi, "IDNet: Smartphone-based gait recognition with convolutional neural networks", Pattern Recognition
74, 2018. The set is not at hand here; the layout is that which public readers of it use: folders ``u001_w001`` with
``u001_w001_accelerometer.log`` and ``u001_w001_gyroscope.log``, tables separated by tabs, with the columns
``accelerometer_timestamp`` (nanoseconds), ``accelerometer_x_data`` ... in m/s² and ``gyroscope_timestamp``,
``gyroscope_x_data`` ... in rad/s. The two sensors have clocks of their own: the gyroscope is put on the accelerometer's
frames by linear interpolation. Each walk (``w001``) is a session.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lineament.datasets.dataset import Dataset
from lineament.errors import SignalError
from lineament.signals import Sample
from lineament.signals.inertial import inertial_sample

FloatArray = NDArray[np.float64]
FOLDER = re.compile(r"(?P<person>u\d{3})_(?P<walk>w\d{3})$")
NANOSECONDS = 1e-9


def recognises(folder: Path) -> bool:
    """Return whether a folder holds this set."""
    return bool(_walks(folder))


def read(folder: Path) -> Dataset:
    """Return the set as one sample a walk; subjects ``u001`` ..., sessions ``w001`` ..."""
    rows = [{"subject": match["person"], "session": match["walk"], "path": str(path)} for path, match in _walks(folder)]
    return Dataset("gait-idnet", pd.DataFrame(rows), _load, citation="Gadaleta, Rossi, Pattern Recognition 74, 2018")


def _walks(folder: Path) -> list[tuple[Path, re.Match[str]]]:
    return [
        (path, match)
        for path in sorted(folder.glob("u*_w*"))
        if (match := FOLDER.match(path.name)) and (path / f"{path.name}_accelerometer.log").is_file()
    ]


def _load(row: Mapping[str, Any]) -> Sample:
    path = Path(row["path"])
    times, accelerations = _sensor(path, "accelerometer")
    values = accelerations
    if (path / f"{path.name}_gyroscope.log").is_file():
        clock, turns = _sensor(path, "gyroscope")
        beside = [np.interp(times, clock, turns[:, axis], left=np.nan, right=np.nan) for axis in range(3)]
        values = np.concatenate([accelerations, np.stack(beside, axis=1)], axis=1)
    channels = ("acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z")[: values.shape[1]]
    return inertial_sample(
        values, times - times[0], channels, subject=row["subject"], session=row["session"], source=str(path)
    )


def _sensor(walk: Path, sensor: str) -> tuple[FloatArray, FloatArray]:
    """Return a sensor's times (T,) in seconds and values (T, 3), in order of time."""
    path = walk / f"{walk.name}_{sensor}.log"
    names = [f"{sensor}_timestamp", *(f"{sensor}_{axis}_data" for axis in "xyz")]
    try:
        table = pd.read_csv(path, sep="\t")[names].to_numpy(np.float64)
    except (OSError, ValueError, KeyError) as error:
        reason = " ".join(str(error).split())[:100]
        raise SignalError(f"{path}: the columns {', '.join(names)}", f"'{reason}'", "restore the file") from error
    if not len(table):
        raise SignalError(f"{path}: measurements", "a table without rows", "restore the file")
    table = table[np.argsort(table[:, 0], kind="stable")]
    # Whole nanoseconds since long ago do not fit into a float with a second's millionth part left.
    return (table[:, 0] - table[0, 0]) * NANOSECONDS + table[0, 0] * NANOSECONDS, table[:, 1:]
