"""Finger veins of MMCBNU_6000: 100 people, 6 fingers, 10 images a finger, one session.

Lu, Xie, Yoon, Wang and Park, CISP 2013. Layout: ``<Captured images|ROIs>/<person>/<L|R>_<Fore|Middle|Ring>/<nn>.bmp``,
480 × 640 (ROIs 60 × 128); the two folders and the numbers of people, fingers and images as the read-me of the set's
public copy has them (huggingface.co/datasets/luyu0311/MMCBNU_6000), the names of the finger folders as public loaders
have them. Not checked on files. (Table 1 of paper 003 counts 12,000 images: both folders together.)
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from lineament.datasets.dataset import Dataset
from lineament.datasets.pictures import Row, finger_row, holds, matches, picture_dataset

FOLDERS = {"captured": "Captured images", "regions": "ROIs"}
PATTERN = r"(?P<person>\d+)/(?P<hand>[LR])_(?P<finger>Fore|Middle|Ring)/(?P<n>\d+)"
HANDS = {"L": "left", "R": "right"}
FINGERS = {"fore": "index", "middle": "middle", "ring": "ring"}


def recognises(folder: Path) -> bool:
    """Return whether a folder holds this set."""
    return any(holds(folder, f"{name}/{PATTERN}") for name in FOLDERS.values())


def read(folder: Path, *, images: Literal["captured", "regions"] = "captured") -> Dataset:
    """Return the set as one sample an image; subjects are fingers (``001-left-index``), the session is always ``1``.

    Parameters
    ----------
    folder : path
    images : str
        Whether the whole images (``"captured"``) or the regions cut out by the set's authors (``"regions"``).
    """
    rows: list[Row] = []
    for path, match in matches(folder, f"{FOLDERS[images]}/{PATTERN}"):
        person, hand = f"{int(match['person']):03d}", HANDS[match["hand"].upper()]
        finger = FINGERS[match["finger"].lower()]
        rows.append(finger_row(path, person, hand, finger, int(match["n"])))
    return picture_dataset("vein-mmcbnu", rows, citation="Lu, Xie, Yoon, Wang, Park, CISP 2013")
