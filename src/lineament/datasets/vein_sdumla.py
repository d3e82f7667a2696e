"""Finger veins of SDUMLA-HMT: 106 people, index, middle and ring finger of both hands, 6 images a finger, one session.

Yin, Liu and Sun, CCBR 2011. Layout (checked on files): ``<person>/<left|right>/<index|middle|ring>_<n>.bmp``, 320 × 240
grey, the finger lying across the image; read directly, or below a folder of the archive whose name has "vein" in it.
"""

from __future__ import annotations

from pathlib import Path

from lineament.datasets.dataset import Dataset
from lineament.datasets.pictures import Row, finger_row, holds, matches, picture_dataset

PATTERN = r"(?P<person>\d+)/(?P<hand>left|right)/(?P<finger>index|middle|ring)_(?P<n>\d+)"


def recognises(folder: Path) -> bool:
    """Return whether a folder holds this set."""
    return any(holds(root, PATTERN) for root in _roots(folder))


def read(folder: Path) -> Dataset:
    """Return the set as one sample an image; subjects are fingers (``001-left-index``), the session is always ``1``."""
    rows: list[Row] = []
    for root in _roots(folder):
        for path, match in matches(root, PATTERN):
            person, hand, finger = f"{int(match['person']):03d}", match["hand"].lower(), match["finger"].lower()
            rows.append(finger_row(path, person, hand, finger, int(match["n"])))
    return picture_dataset("vein-sdumla", rows, citation="Yin, Liu, Sun, SDUMLA-HMT, CCBR 2011")


def _roots(folder: Path) -> list[Path]:
    """Return the folder, and that of the finger veins in the whole archive."""
    return [folder, *(path for path in sorted(folder.glob("*")) if "vein" in path.name.lower() and path.is_dir())]
