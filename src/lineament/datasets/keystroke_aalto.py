"""136 million keystrokes: people all over the world copied 15 sentences each at one sitting, on their own keyboards.

Dhakal et al., CHI 2018; for non-commercial use, with attribution. Read in its own layout, a tab-separated
``<participant>_keystrokes.txt`` a person with the columns ``PARTICIPANT_ID``, ``TEST_SECTION_ID`` (the sentence),
``SENTENCE``, ``USER_INPUT``, ``KEYSTROKE_ID``, ``PRESS_TIME`` and ``RELEASE_TIME`` (ms), ``LETTER`` and ``KEYCODE``; or
from one ``keystrokes.parquet`` with ``subject``, ``sentence``, ``press_ms``, ``release_ms`` and ``keycode``, in the
order of the presses.

A sentence is a sample; its number, which rises with time, is an attribute. What was to be typed is not read. Everybody
sat down once: figures on this set are of the same session, and flatter whoever comes back another day.

Of the text files, lines that are not of nine columns, or whose times are no numbers, are passed over, and keys stand in
the order of their presses; a release before its press counts as not seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
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

TABLE = "keystrokes.parquet"
COLUMNS = ("subject", "sentence", "press_ms", "release_ms", "keycode")
PATTERN = "*_keystrokes.txt"
HEADER = (
    "PARTICIPANT_ID",
    "TEST_SECTION_ID",
    "SENTENCE",
    "USER_INPUT",
    "KEYSTROKE_ID",
    "PRESS_TIME",
    "RELEASE_TIME",
    "LETTER",
    "KEYCODE",
)
SECTION, PRESS, RELEASE, KEYCODE = 1, 5, 6, 8
CODES = 256
Sentence = NDArray[np.float64]


def recognises(folder: Path) -> bool:
    """Return whether a folder holds this set."""
    if (folder / TABLE).is_file():
        return set(_columns(folder / TABLE)) >= set(COLUMNS)
    return next(_files(folder), None) is not None


def read(folder: Path) -> Dataset:
    """Return the set as one sample a sentence.

    Raises
    ------
    SignalError
        When a table or file is damaged.
    """
    if (folder / TABLE).is_file():
        table, loader = _table(folder / TABLE)
    else:
        table, loader = _texts(sorted(_files(folder), key=lambda path: _number(_participant(path)))), _load_text
    return Dataset(
        "keystroke-aalto",
        table,
        loader,
        licence="for non-commercial use, with attribution",
        citation="Dhakal, Feit, Kristensson, Oulasvirta, Observations on Typing from 136 Million Keystrokes, CHI 2018",
    )


def _files(folder: Path) -> Iterator[Path]:
    """Return the people's files, which lie in the folder itself, in its ``files`` or in ``Keystrokes/files``."""
    places = (folder, folder / "files", folder / "Keystrokes" / "files")
    return next((files for place in places if any((files := place).glob(PATTERN))), folder).glob(PATTERN)


def _participant(path: Path) -> str:
    return path.name.split("_")[0]


def _number(name: str) -> tuple[int, str]:
    """Order numbers by size and before names."""
    return (int(name), "") if name.isdigit() else (np.iinfo(np.int64).max, name)


def _columns(path: Path) -> list[str]:
    from pyarrow import ArrowException, parquet

    try:
        return list(parquet.read_schema(path).names)
    except (ArrowException, OSError):
        return []


def _table(path: Path) -> tuple[pd.DataFrame, Any]:
    """Return the sentences in one table, and what loads them."""
    frame = read_table(path, columns=list(COLUMNS))
    subject, sentence = (frame[name].to_numpy() for name in COLUMNS[:2])
    changes = np.flatnonzero((subject[1:] != subject[:-1]) | (sentence[1:] != sentence[:-1])) + 1
    starts, ends = np.concatenate([[0], changes]), np.concatenate([changes, [len(frame)]])
    keys = frame[list(COLUMNS[2:])].to_numpy(np.float64)
    rows = pd.DataFrame(
        {"subject": subject[starts].astype(str), "session": "1", "sentence": sentence[starts].astype(str)}
    )
    if rows.duplicated(["subject", "sentence"]).any():
        raise SignalError(f"{path}: a sentence's keys one after another", "some apart", "sort by subject and sentence")

    def load(row: Mapping[str, Any]) -> Sample:
        return _sample(keys[row["_start"] : row["_end"]], row, str(path))

    return rows.assign(_start=starts, _end=ends), load


def _texts(paths: list[Path]) -> pd.DataFrame:
    """Return the sentences in the people's files."""
    rows = []
    for path in paths:
        with path.open(encoding="utf-8", errors="replace") as lines:
            header = next(lines, "").rstrip("\r\n").split("\t")
            if tuple(header) != HEADER:
                raise SignalError(
                    f"{path}: the columns {', '.join(HEADER)}, with tabs between", "others", "restore the file"
                )
            sentences = dict.fromkeys(fields[SECTION] for line in lines if (fields := _fields(line)))
        person = _participant(path)
        rows += [{"subject": person, "session": "1", "sentence": name, "path": str(path)} for name in sentences]
    return pd.DataFrame(rows, columns=["subject", "session", "sentence", "path"])


def _fields(line: str) -> list[str] | None:
    """Return a line's columns, None where they are not what they should be."""
    fields = line.rstrip("\r\n").split("\t")
    if len(fields) != len(HEADER):
        return None
    try:
        times = float(fields[PRESS]), float(fields[RELEASE])
    except ValueError:
        return None
    return fields if np.isfinite(times).all() else None


def _load_text(row: Mapping[str, Any]) -> Sample:
    return _sample(_sentences(row["path"])[row["sentence"]], row, row["path"])


@lru_cache(maxsize=4)
def _sentences(path: str) -> dict[str, Sentence]:
    """Return press, release (ms) and key code of each sentence's keys in a person's file."""
    found: dict[str, list[tuple[float, float, float]]] = {}
    with Path(path).open(encoding="utf-8", errors="replace") as lines:
        next(lines, "")
        for line in lines:
            if (fields := _fields(line)) is not None:
                code = int(fields[KEYCODE]) if fields[KEYCODE].isdigit() else 0
                found.setdefault(fields[SECTION], []).append((float(fields[PRESS]), float(fields[RELEASE]), code))
    return {name: np.array(sorted(keys, key=lambda key: key[0])) for name, keys in found.items()}


def _sample(keys: Sentence, row: Mapping[str, Any], source: str) -> Sample:
    """Return a sentence (keys, 3) as a sample."""
    press, release, codes = keys.T
    return keystroke_sample(
        press / 1000.0,
        np.where(release < press, np.nan, release) / 1000.0,
        np.where((codes >= 0) & (codes < CODES), codes, 0),
        subject=row["subject"],
        session=row["session"],
        attributes={"sentence": row["sentence"]},
        source=f"{source}, sentence {row['sentence']}",
    )
