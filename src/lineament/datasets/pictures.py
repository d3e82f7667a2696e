"""Sets of image files: what a path says becomes a row, and each row is read when it is asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from lineament.datasets.dataset import Dataset
from lineament.errors import SignalError
from lineament.signals import Sample
from lineament.signals.image import Colours, read_image

ENDINGS = r"\.(?:bmp|png|jpe?g|tiff?)"
"""What an image file's name may end in: sets are passed on re-encoded."""

Row = dict[str, Any]


def matches(folder: Path, pattern: str) -> Iterator[tuple[Path, re.Match[str]]]:
    """Yield the image files below a folder whose relative path is as ``pattern`` says, in order of their paths.

    Parameters
    ----------
    folder : path
    pattern : str
        A regular expression for the path below `folder`, with ``/`` and without the ending; case does not matter.
    """
    wanted = re.compile(f"{pattern}{ENDINGS}", re.IGNORECASE)
    depth = pattern.replace("[^/]", "").count("/")
    for path in sorted(folder.glob("*/" * depth + "*")):
        if match := wanted.fullmatch(path.relative_to(folder).as_posix()):
            yield path, match


def holds(folder: Path, pattern: str) -> bool:
    """Return whether a folder holds an image file whose relative path is as ``pattern`` says (see `matches`)."""
    return next(matches(folder, pattern), None) is not None


def finger_row(path: Path, person: str, hand: str, finger: str, capture: int, session: str = "1") -> Row:
    """Return the row of an image of a finger, which is the subject: ``001-left-index``."""
    return {
        "subject": f"{person}-{hand}-{finger}",
        "session": session,
        "person": person,
        "hand": hand,
        "finger": finger,
        "capture": capture,
        "path": str(path),
    }


def picture_dataset(
    name: str,
    rows: list[Row],
    *,
    colours: Colours | None = "grey",
    citation: str = "",
    licence: str = "none found",
) -> Dataset:
    """Return a data set of image files, one sample a file.

    Parameters
    ----------
    name : str
    rows : list of dict
        Each with ``subject``, ``session`` and ``path``, and whatever else the path says.
    colours : str
        As which they are read: ``"grey"``, ``"rgb"``, or None: as the files are.
    citation, licence : str

    Raises
    ------
    SignalError
        When there is no file.
    """
    if not rows:
        raise SignalError(f"{name}: image files in its layout", "a folder without any", "check the folder")
    table = pd.DataFrame(rows).sort_values(["subject", "session", "path"])
    return Dataset(name, table, _loader(colours), licence=licence, citation=citation)


def _loader(colours: Colours | None) -> Callable[[Mapping[str, Any]], Sample]:
    def load(row: Mapping[str, Any]) -> Sample:
        known = {key: value for key, value in row.items() if key not in ("subject", "session", "path")}
        return read_image(
            row["path"], colours=colours, subject=row["subject"], session=row["session"], attributes=known
        )

    return load
