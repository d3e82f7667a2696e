"""SisFall: 38 people (23 adults, 15 elderly) with one sensor box at the waist, in one sitting; here their walking.

Sucerquia, López and Vargas-Bonilla, Sensors 17(1):198, 2017; no licence stated. Two layouts are read: the original
(``SA01/D01_SA01_R01.txt``, 200 Hz, nine columns of the sensors' own numbers, lines that end in a semicolon), averaged
over blocks of four frames to 50 Hz, and Parquet files ``D01_SA01_R01.parquet`` of the same numbers at 50 Hz. The scales
are those of its Readme: ADXL345 ±16 g in 13 bits, ITG3200 ±2000 °/s in 16, MMA8451Q ±8 g in 14.

Only walking and jogging are read (D01 to D06; its falls are no gait). Each activity is a session, though all are of one
sitting: figures flatter whoever comes back another day. The box has two accelerometers, of which one is read: what the
two differ by is the box's state of the day, not the walker's (offsets alone tell people apart, see the results).
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
from lineament.signals.inertial import GRAVITY, inertial_sample
from lineament.signals.tables import read_table

FloatArray = NDArray[np.float64]
FILE = re.compile(r"(?P<activity>D0[1-6])_(?P<person>S[AE]\d\d)_(?P<trial>R\d\d)$")
ACTIVITIES = {
    "D01": "slow walk",
    "D02": "fast walk",
    "D03": "slow jog",
    "D04": "fast jog",
    "D05": "stairs slowly",
    "D06": "stairs quickly",
}
ACCELEROMETERS = {"adxl": (0, 32 / 2**13), "mma": (6, 16 / 2**14)}
"""First column and g a bit of each accelerometer."""
ACCELEROMETER = "adxl"
"""The one that is read."""
GYROSCOPE = (3, np.radians(4000) / 2**16)
"""First column and rad/s a bit."""
COLUMNS, RATE, ORIGINAL_RATE = 9, 50.0, 200.0


def recognises(folder: Path) -> bool:
    """Return whether a folder holds this set in either layout."""
    return bool(_files(folder))


def read(folder: Path) -> Dataset:
    """Return the set as one sample a file; subjects ``SA01`` ..., sessions ``D01`` (slow walk), ``D02`` (fast) ..."""
    rows = [
        {
            "subject": match["person"],
            "session": match["activity"],
            "activity": ACTIVITIES[match["activity"]],
            "trial": match["trial"],
            "age_group": "elderly" if match["person"][1] == "E" else "adult",
            "path": str(path),
        }
        for path, match in _files(folder)
    ]
    return Dataset(
        "gait-sisfall",
        pd.DataFrame(rows).sort_values(["subject", "session", "trial"]),
        _load,
        licence="none stated",
        citation="Sucerquia, López, Vargas-Bonilla, Sensors 17(1):198, 2017",
    )


def _files(folder: Path) -> list[tuple[Path, re.Match[str]]]:
    paths = [*sorted(folder.glob("D0*.parquet")), *sorted(folder.glob("S[AE]*/D0*.txt"))]
    return [(path, match) for path in paths if (match := FILE.match(path.stem))]


def _load(row: Mapping[str, Any]) -> Sample:
    path = Path(row["path"])
    numbers = read_table(path).to_numpy(np.float64) if path.suffix == ".parquet" else _original(path)
    if numbers.shape[1] != COLUMNS:
        raise SignalError(
            f"{path}: {COLUMNS} columns of the sensors' numbers", f"{numbers.shape[1]}", "restore the file"
        )
    place, scale = ACCELEROMETERS[ACCELEROMETER]
    turns, turn_scale = GYROSCOPE
    values = [numbers[:, place : place + 3] * scale * GRAVITY, numbers[:, turns : turns + 3] * turn_scale]
    return inertial_sample(
        np.concatenate(values, axis=1),
        np.arange(len(numbers)) / RATE,
        subject=str(row["subject"]),
        session=str(row["session"]),
        attributes={key: row[key] for key in ("activity", "trial", "age_group")},
        source=str(path),
    )


def _original(path: Path) -> FloatArray:
    """Return the numbers in an original file, averaged to 50 Hz, (T, 9)."""
    try:
        lines = path.read_text(encoding="utf-8").replace(";", " ").replace(",", " ").split("\n")
        numbers = np.array([[float(word) for word in line.split()] for line in lines if line.strip()])
    except (OSError, ValueError) as error:
        raise SignalError(f"{path}: lines of {COLUMNS} numbers", f"'{error}'", "restore the file") from error
    if not len(numbers):
        raise SignalError(f"{path}: lines of {COLUMNS} numbers", "an empty file", "restore the file")
    block = round(ORIGINAL_RATE / RATE)
    whole = len(numbers) // block * block
    if not whole:
        raise SignalError(f"{path}: {block} frames or more", f"{len(numbers)}", "restore the file")
    mean: FloatArray = numbers[:whole].reshape(-1, block, numbers.shape[1]).mean(axis=1)
    return mean
