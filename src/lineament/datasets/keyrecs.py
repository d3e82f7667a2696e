"""KeyRecs: about 100 people in two sessions, a password 100 times a session and texts that they copied.

Dias, Vitorino, Maia, Sousa and Praça, Data in Brief 50, 2023 (zenodo.org/records/7886743). The set was not at hand: the
layout is that which its public readers show, tested on made-up files.

- ``fixed-text.csv``: a row a repetition, with ``participant``, ``session``, ``repetition`` and, for each pair of keys
  that follow one another, ``DU.v.v`` (the first key's hold), ``DD.v.p`` (press to press), ``DU.v.p`` (press to
  release), ``UD.v.p`` and ``UU.v.p``; at last ``total time``.
- ``free-text.csv``: a row a pair, with ``participant``, ``session``, ``key1``, ``key2``, ``DU.key1.key1``,
  ``DD.key1.key2`` and so on. A pair that does not begin with the key that the one before ended with, or that lacks a
  time, begins a new sample.

Times are seconds. Some names of columns end in a space, and some cells are not numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lineament.datasets.dataset import Dataset
from lineament.errors import SignalError
from lineament.signals import Sample
from lineament.signals.key_codes import NAMES, UNKNOWN
from lineament.signals.keystrokes import keystroke_sample
from lineament.signals.tables import read_table

FloatArray = NDArray[np.float64]
FIXED, FREE = "fixed-text.csv", "free-text.csv"
PAIR = ("DU.key1.key1", "DD.key1.key2", "DU.key1.key2")
"""Of a pair: the first key's hold, and how long after its press the second was pressed and released."""


def recognises(folder: Path) -> bool:
    """Return whether a folder holds this set, or one of its two tables."""
    return any((folder / name).is_file() for name in (FIXED, FREE))


def read(folder: Path) -> Dataset:
    """Return the set as one sample a repetition of the password or stretch of free text; attribute ``text``.

    Raises
    ------
    SignalError
        When a table is damaged or lacks a column.
    """
    samples: list[Sample] = []
    if (folder / FIXED).is_file():
        samples += _fixed(folder / FIXED)
    if (folder / FREE).is_file():
        samples += _free(folder / FREE)
    loaded = Dataset.of("keyrecs", samples)
    citation = "Dias, Vitorino, Maia, Sousa, Praça, KeyRecs, Data in Brief 50:109509, 2023"
    return Dataset("keyrecs", loaded.table, loaded.loader, licence="CC BY 4.0, as stated on Zenodo", citation=citation)


def _table(path: Path, needed: tuple[str, ...]) -> pd.DataFrame:
    """Return a table with its columns' names trimmed."""
    table = read_table(path)
    table.columns = [str(name).strip() for name in table.columns]
    missing = [name for name in needed if name not in table]
    if missing:
        raise SignalError(f"{path}: a column {missing[0]}", "a table without it", "download it again")
    return table


def _numbers(table: pd.DataFrame, columns: list[str]) -> FloatArray:
    """Return columns as numbers (rows, columns), NaN where a cell holds none."""
    numbers: FloatArray = table[columns].apply(pd.to_numeric, errors="coerce").to_numpy(np.float64)
    return numbers


def _fixed(path: Path) -> list[Sample]:
    """Return a sample a repetition; those that lack a time are left out."""
    table = _table(path, ("participant", "session", "repetition"))
    # a pair that is typed twice has its columns twice, which pandas numbers: DU.k.k, DU.k.k.1
    names = [str(name) for name in table.columns]
    places = [place for place, name in enumerate(names) if name.startswith("DD.") and 0 < place < len(names) - 1]
    if not places:
        raise SignalError(f"{path}: columns DU, DD, DU of each pair of keys", "a table without", "download it again")
    holds, steps, releases = ([names[place + shift] for place in places] for shift in (-1, 0, 1))
    keys = [steps[0].split(".")[1], *(name.split(".")[2] for name in steps)]
    held, stepped, released = (_numbers(table, names) for names in (holds, steps, releases))
    samples = []
    whole = np.isfinite(held).all(axis=1) & np.isfinite(stepped).all(axis=1) & np.isfinite(released[:, -1])
    for row in np.flatnonzero(whole):
        press = np.concatenate([[0.0], np.cumsum(stepped[row])])
        hold = np.append(held[row], released[row, -1] - stepped[row, -1])
        who = table.iloc[int(row)]
        samples.append(_sample(press, hold, keys, who, "fixed", path))
    return samples


def _free(path: Path) -> list[Sample]:
    """Return a sample a stretch of pairs that hang together."""
    table = _table(path, ("participant", "session", "key1", "key2", *PAIR))
    times = _numbers(table, list(PAIR))
    whole = np.asarray(np.isfinite(times).all(axis=1))
    key1, key2 = (table[name].astype(str).to_numpy() for name in ("key1", "key2"))
    who = table["participant"].astype(str) + "/" + table["session"].astype(str)
    same = (who == who.shift()).to_numpy(bool)
    goes_on = same & whole & np.roll(whole, 1) & (key1 == np.roll(key2, 1))
    samples = []
    for stretch in np.split(np.arange(len(table)), np.flatnonzero(~goes_on)):
        rows = stretch[whole[stretch]]
        if len(rows):
            press = np.concatenate([[0.0], np.cumsum(times[rows, 1])])
            hold = np.append(times[rows, 0], times[rows[-1], 2] - times[rows[-1], 1])
            keys = [key1[rows[0]], *key2[rows]]
            samples.append(_sample(press, hold, keys, table.iloc[int(rows[0])], "free", path))
    return samples


def _sample(
    press: FloatArray, hold: FloatArray, keys: list[str], who: Mapping[str, Any] | pd.Series[Any], text: str, path: Path
) -> Sample:
    """Return a sample, its keys in the order in which they were pressed."""
    order = np.argsort(press, kind="stable")
    codes = [NAMES.get(key, UNKNOWN) for key in keys]
    return keystroke_sample(
        press[order],
        np.where(hold >= 0, press + hold, np.nan)[order],
        np.array(codes)[order],
        subject=str(who["participant"]),
        session=str(who["session"]),
        attributes={"text": text},
        source=str(path),
    )
