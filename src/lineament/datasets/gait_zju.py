"""ZJU-GaitAcc: 153 people in two sessions (and 22 more in one), accelerometers at five places of the body, 100 Hz.

Zhang, Pan, Jia, Lu, Wang and Wu, IEEE Transactions on Cybernetics 45(9), 2015. The set is not at hand here; the folders
are those that public readers of it use, ``session_1/subj_001/rec_1/3.txt`` with a file a sensor (1 to 5; 3 is the right
side of the pelvis, which is read) and ``cycles.txt`` with the steps' ends. What stands in a sensor's file is from
memory: three lines of comma-separated numbers (x, y, z) or three numbers a line, in g.

There is no gyroscope: recipes for it have ``encoding.sensors: [acc]``. People of ``session_0`` are others than those of
the two later sessions, and are called ``s0-001`` ...; the six recordings of a session become one sample, with pauses.
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
from lineament.datasets.trials import lay_out
from lineament.errors import SignalError
from lineament.signals import Sample
from lineament.signals.inertial import ACCELERATIONS, GRAVITY, inertial_sample

FloatArray = NDArray[np.float64]
FOLDER = re.compile(r"subj_(?P<person>\d+)$")
PELVIS = "3.txt"
RATE = 100.0


def recognises(folder: Path) -> bool:
    """Return whether a folder holds this set."""
    return next(folder.glob(f"session_*/subj_*/rec_*/{PELVIS}"), None) is not None


def read(folder: Path) -> Dataset:
    """Return the set as one sample a person and session; subjects ``001`` ..., sessions ``session_1`` ..."""
    rows = []
    for path in sorted(folder.glob("session_*/subj_*")):
        match = FOLDER.match(path.name)
        if match and any(path.glob(f"rec_*/{PELVIS}")):
            who = f"s0-{match['person']}" if path.parent.name == "session_0" else match["person"]
            rows.append({"subject": who, "session": path.parent.name, "path": str(path)})
    return Dataset(
        "gait-zju", pd.DataFrame(rows), _load, citation="Zhang et al., IEEE Transactions on Cybernetics 45(9), 2015"
    )


def _load(row: Mapping[str, Any]) -> Sample:
    path = Path(row["path"])
    recordings = [_accelerations(file) for file in sorted(path.glob(f"rec_*/{PELVIS}"))]
    values, times, starts = lay_out([(values, np.arange(len(values)) / RATE) for values in recordings])
    return inertial_sample(
        values * GRAVITY,
        times,
        ACCELERATIONS,
        subject=row["subject"],
        session=row["session"],
        attributes={"trials": tuple(starts)},
        source=str(path),
    )


def _accelerations(path: Path) -> FloatArray:
    """Return one recording's accelerations (T, 3), in g."""
    try:
        lines = path.read_text(encoding="utf-8").replace(",", " ").split("\n")
        rows = [[float(word) for word in line.split()] for line in lines if line.strip()]
        numbers = np.array(rows, dtype=np.float64)
    except (OSError, ValueError) as error:
        raise SignalError(f"{path}: x, y and z in three lines or columns", f"'{error}'", "restore the file") from error
    if numbers.ndim == 2 and numbers.shape[0] == 3 and numbers.shape[1] > 3:
        numbers = numbers.T
    if numbers.ndim != 2 or numbers.shape[1] != 3:
        raise SignalError(f"{path}: x, y and z in three lines or columns", f"shape {numbers.shape}", "restore the file")
    return numbers
