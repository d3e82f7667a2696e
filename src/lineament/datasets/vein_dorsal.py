"""Dorsal hand veins in near-infrared light: 138 people, 276 hands, two captures.

Wilches-Bernal, Núñez-Álvarez and Vizcaya, arXiv 2012.05383. Layout (names checked on files):
``DorsalHandVeins_DB<c>/person_<nnn>_db<c>_<L|R><n>.tif``, 752 × 560 grey; capture DB1 has 4 images a hand of persons 1
to 138, capture DB2 has 3 a hand of persons 1 to 113. Folders called ``DorsalHandVeins_DB1_png``, and a ``train`` folder
in them, as public loaders of the set have them, are read too, and so are other image formats.

DB2's persons are DB1's: person 7 of one is person 7 of the other, 25 of DB1's did not come again. Who counts them as
different people finds "251 subjects, 502 classes", and the same hand stands under two labels. Both ways of counting are
offered (see `read`).

Person 4's left and right hands are swapped between the captures; DB1 looks wrong, since its left hands lean as right
hands do.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from lineament.datasets.dataset import Dataset
from lineament.datasets.pictures import Row, holds, matches, picture_dataset

PATTERN = r"DorsalHandVeins_DB[12][^/]*/(?:train/)?person_(?P<person>\d+)_db(?P<capture>[12])_(?P<hand>[LR])(?P<n>\d+)"
PATTERNS = (PATTERN.replace("(?:train/)?", ""), PATTERN.replace("(?:train/)?", "train/"))
HANDS = {"L": "left", "R": "right"}
SWAPPED = (4, "DB1")
"""The person and the capture whose left and right hands are exchanged."""

Labels = Literal["hands", "published"]


def recognises(folder: Path) -> bool:
    """Return whether a folder holds this set."""
    return any(holds(folder, pattern) for pattern in PATTERNS)


def read(folder: Path, *, labels: Labels = "hands", fix_swapped: bool = True) -> Dataset:
    """Return the set as one sample an image.

    Parameters
    ----------
    folder : path
    labels : str
        Who is a subject: ``"hands"``, each of the 276 hands, DB1 and DB2 being its two captures; or ``"published"``,
        each hand of each capture, 502 labels, as the set has been counted. ``hand_id`` names the hand either way, and
        ``person`` the human being.
    fix_swapped : bool
        Whether person 4's hands of DB1 are exchanged, so that they agree with DB2.
    """
    rows: list[Row] = []
    for pattern in PATTERNS:
        for path, match in matches(folder, pattern):
            number, session = int(match["person"]), f"DB{match['capture']}"
            hand = HANDS[match["hand"].upper()]
            if fix_swapped and (number, session) == SWAPPED:
                hand = "left" if hand == "right" else "right"
            hand_id = f"{number:03d}-{hand}"
            subject = hand_id if labels == "hands" else f"{session}-{hand_id}"
            rows.append(
                {
                    "subject": subject,
                    "session": session,
                    "person": f"{number:03d}",
                    "hand": hand,
                    "hand_id": hand_id,
                    "capture": int(match["n"]),
                    "path": str(path),
                }
            )
    return picture_dataset(
        "vein-dorsal", rows, citation="Wilches-Bernal, Núñez-Álvarez, Vizcaya, arXiv 2012.05383, 2020"
    )
