"""Labeled Faces in the Wild: 13,233 photographs of 5,749 people, 1,680 of whom have at least two.

Huang, Ramesh, Berg and Learned-Miller, 2007. Layout (checked on files): ``<Name>/<Name>_<nnnn>.jpg``. It has no
sessions: each photograph of a person is its own (``0001`` ...), so that a protocol can enrol some and probe others.
"""

from __future__ import annotations

from pathlib import Path

from lineament.datasets.dataset import Dataset
from lineament.datasets.pictures import Row, holds, matches, picture_dataset

PATTERN = r"(?P<name>[^/]+)/(?P=name)_(?P<n>\d{4})"


def recognises(folder: Path) -> bool:
    """Return whether a folder holds this set."""
    return holds(folder, PATTERN)


def read(folder: Path) -> Dataset:
    """Return the set as one colour sample a photograph; subjects are names; ``photographs`` says how many each has."""
    found = [(path, match["name"], match["n"]) for path, match in matches(folder, PATTERN)]
    counts: dict[str, int] = {}
    for _, name, _ in found:
        counts[name] = counts.get(name, 0) + 1
    rows: list[Row] = [
        {"subject": name, "session": n, "capture": int(n), "photographs": counts[name], "path": str(path)}
        for path, name, n in found
    ]
    return picture_dataset("face-lfw", rows, colours="rgb", citation="Huang, Ramesh, Berg, Learned-Miller, 2007")
