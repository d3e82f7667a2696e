"""Finger veins of the University of Twente (UTFVP): 60 people, 6 fingers, 2 sessions of 2 images.

Ton and Veldhuis, ICB 2013. Layout: ``<person>/<person>_<finger>_<try>_<date>-<time>.png``, as the user's guide of
bob.db.utfvp describes it: fingers 1 to 6 are left ring, middle, index, right index, middle, ring; tries 1 and 2 are of
the first session, 3 and 4 of the second. Read directly, or below a folder ``data``. Not checked on files.
"""

from __future__ import annotations

from pathlib import Path

from lineament.datasets.dataset import Dataset
from lineament.datasets.pictures import Row, finger_row, holds, matches, picture_dataset

PATTERN = r"(?P<person>\d{4})/\d{4}_(?P<finger>[1-6])_(?P<n>[1-4])_\d{6}-\d{6}"
FINGERS = (
    ("left", "ring"),
    ("left", "middle"),
    ("left", "index"),
    ("right", "index"),
    ("right", "middle"),
    ("right", "ring"),
)


def recognises(folder: Path) -> bool:
    """Return whether a folder holds this set."""
    return any(holds(root, PATTERN) for root in (folder, folder / "data"))


def read(folder: Path) -> Dataset:
    """Return the set as one sample an image; subjects are fingers (``0001-left-ring``), sessions ``1`` and ``2``."""
    rows: list[Row] = []
    for root in (folder, folder / "data"):
        for path, match in matches(root, PATTERN):
            hand, finger = FINGERS[int(match["finger"]) - 1]
            capture = int(match["n"])
            rows.append(finger_row(path, match["person"], hand, finger, capture, "1" if capture <= 2 else "2"))
    return picture_dataset("vein-utfvp", rows, citation="Ton, Veldhuis, ICB 2013")
