"""The password of CMU: 51 people typed ``.tie5Roanl`` and Return 400 times each, in 8 sessions of 50.

Killourhy and Maxion, DSN 2009. Layout (checked on the file): one table ``DSL-StrongPasswordData.csv`` with the columns
``subject``, ``sessionIndex``, ``rep`` and 31 times in seconds: ``H.<key>``, how long a key was held,
``DD.<key>.<key>``, from press to press, and ``UD.<key>.<key>``, from release to press. The shift and the r that it
makes a capital are one key there. Sessions lie a day apart or more; repetitions count from 1 in each.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lineament.datasets.dataset import Dataset
from lineament.errors import SignalError
from lineament.signals import Sample
from lineament.signals.keystrokes import keystroke_sample
from lineament.signals.tables import read_table

FILE = "DSL-StrongPasswordData.csv"
NAMES = ("period", "t", "i", "e", "five", "Shift.r", "o", "a", "n", "l", "Return")
KEYS = (".", "t", "i", "e", "5", "R", "o", "a", "n", "l", "Enter")
HOLDS = [f"H.{name}" for name in NAMES]
STEPS = [f"DD.{before}.{after}" for before, after in pairwise(NAMES)]
WHO = ["subject", "sessionIndex", "rep"]


def recognises(folder: Path) -> bool:
    """Return whether a folder holds this set."""
    return (folder / FILE).is_file()


def read(folder: Path) -> Dataset:
    """Return the set as one sample a repetition, in the order of the file; attribute ``repetition``, from 1.

    Raises
    ------
    SignalError
        When the table is damaged, lacks a column, or a time is missing.
    """
    path = folder / FILE
    table = read_table(path)
    missing = [name for name in [*WHO, *HOLDS, *STEPS] if name not in table]
    if missing:
        raise SignalError(
            f"{path}: the columns of the published table", f"none called {missing[0]}", "download it again"
        )
    times = table[[*HOLDS, *STEPS]].apply(pd.to_numeric, errors="coerce").to_numpy(np.float64)
    if not np.isfinite(times).all():
        row = int(np.flatnonzero(~np.isfinite(times).all(axis=1))[0])
        raise SignalError(f"{path}: a time in every cell", f"none in row {row + 1}", "download it again")
    rows = pd.DataFrame(
        {
            "subject": table["subject"].astype(str),
            "session": table["sessionIndex"].astype(str),
            "repetition": table["rep"].astype(int),
            "_row": np.arange(len(table)),
        }
    )

    def load(row: Mapping[str, Any]) -> Sample:
        return _sample(times[int(row["_row"])], row, str(path))

    citation = "Killourhy, Maxion, Comparing Anomaly-Detection Algorithms for Keystroke Dynamics, DSN 2009"
    return Dataset("keystroke-cmu", rows, load, licence="none found; published openly", citation=citation)


def _sample(times: NDArray[np.float64], row: Mapping[str, Any], source: str) -> Sample:
    """Return one repetition from its holds and steps (21,)."""
    press = np.concatenate([[0.0], np.cumsum(times[len(KEYS) :])])
    return keystroke_sample(
        press,
        press + times[: len(KEYS)],
        KEYS,
        subject=str(row["subject"]),
        session=str(row["session"]),
        attributes={"repetition": int(row["repetition"])},
        source=f"{source}, row {int(row['_row']) + 1}",
    )
