"""Finger veins of Universiti Sains Malaysia (FV-USM): 123 people, 4 fingers, 2 sessions of 6 images.

Mohd Asaari, Suandi and Rosdi, Expert Systems with Applications 41(7), 2014. Layout, as public loaders have it:
``<1st|2nd>_session/raw_data/<person>_<finger>/<nn>.jpg`` and, cut out by the set's authors,
``.../extractedvein/vein<person>_<finger>/<nn>.jpg``; fingers 1 to 4 are left index, left middle, right index, right
middle. Read directly, or below the archive's folder. Not checked on files.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from lineament.datasets.dataset import Dataset
from lineament.datasets.pictures import Row, finger_row, holds, matches, picture_dataset

FOLDERS = {"captured": "raw_data/", "regions": "extractedvein/vein"}
PATTERN = r"(?P<session>1st|2nd)_session/{}(?P<person>\d+)_(?P<finger>[1-4])/(?P<n>\d+)"
FINGERS = (("left", "index"), ("left", "middle"), ("right", "index"), ("right", "middle"))


def recognises(folder: Path) -> bool:
    """Return whether a folder holds this set."""
    return any(holds(root, PATTERN.format(name)) for root in _roots(folder) for name in FOLDERS.values())


def read(folder: Path, *, images: Literal["captured", "regions"] = "captured") -> Dataset:
    """Return the set as one sample an image; subjects are fingers (``001-left-index``), sessions ``1`` and ``2``.

    Parameters
    ----------
    folder : path
    images : str
        Whether the whole images (``"captured"``) or the regions cut out by the set's authors (``"regions"``).
    """
    rows: list[Row] = []
    for root in _roots(folder):
        for path, match in matches(root, PATTERN.format(FOLDERS[images])):
            person, (hand, finger) = f"{int(match['person']):03d}", FINGERS[int(match["finger"]) - 1]
            rows.append(finger_row(path, person, hand, finger, int(match["n"]), match["session"][0]))
    return picture_dataset("vein-fvusm", rows, citation="Mohd Asaari, Suandi, Rosdi, ESWA 41(7), 2014")


def _roots(folder: Path) -> list[Path]:
    return [folder, *sorted(folder.glob("*FV-USM*"))]
