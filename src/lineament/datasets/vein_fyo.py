"""Wrist, palm and dorsal veins of FYO: 160 people, both hands, 2 sessions.

Toygar, Babalola and Bitirim, IEEE Access 8, 2020: 640 images of each trait. No public description of the archive's
files was found, and none was at hand: put them as ``<Wrist|Palm|Dorsal>/<session>/<person>_<L|R>.<ending>``, which
is what is read here; a further ``_<n>`` before the ending numbers the images of a session.

Paper 003 counts 160 classes (and 1,920 images, which are those of all three traits): a person's two wrists under one
label. Here every hand is a subject.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from lineament.datasets.dataset import Dataset
from lineament.datasets.pictures import Row, holds, matches, picture_dataset

PATTERN = r"(?P<trait>wrist|palm|dorsal)/(?:session_?)?(?P<session>[12])/(?P<person>\d+)_(?P<hand>[LR])(?:_(?P<n>\d+))?"
HANDS = {"L": "left", "R": "right"}


def recognises(folder: Path) -> bool:
    """Return whether a folder holds this set."""
    return holds(folder, PATTERN)


def read(folder: Path, *, trait: Literal["wrist", "palm", "dorsal"] = "wrist") -> Dataset:
    """Return one trait as one sample an image; subjects are hands (``001-left``), sessions ``1`` and ``2``."""
    rows: list[Row] = []
    for path, match in matches(folder, PATTERN):
        if match["trait"].lower() == trait:
            person, hand = f"{int(match['person']):03d}", HANDS[match["hand"].upper()]
            rows.append(
                {
                    "subject": f"{person}-{hand}",
                    "session": match["session"],
                    "person": person,
                    "hand": hand,
                    "capture": int(match["n"] or 1),
                    "path": str(path),
                }
            )
    return picture_dataset(f"vein-fyo-{trait}", rows, citation="Toygar, Babalola, Bitirim, IEEE Access 8, 2020")
