"""Signatures of the first international verification competition, task 2: 40 writers, 20 genuine and 20 forged each.

Yeung et al., ICBA 2004. Layout (checked on files): ``Task2.zip``, or its folder ``Task2``, with ``U<x>S<y>.TXT``: the
number of points, then a line a point with x, y, time in milliseconds, button, azimuth, altitude and pressure. y = 1 to
10 are genuine, of a first session; 11 to 20 of a second, at least a week later; 21 to 40 are skilled forgeries, by
people who had seen the signature being written. Units are not published; these are those of the tablet (a hundredth
of a millimetre, a tenth of a degree, 1,024 steps of pressure), and its active area fits them. Most writers signed
under an invented name.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lineament.datasets.dataset import Dataset
from lineament.datasets.forgeries import signature_row
from lineament.errors import SignalError
from lineament.signals import Sample
from lineament.signals.signature import signature_sample

NAME = re.compile(r"U(?P<writer>\d{1,2})S(?P<number>\d{1,2})\.TXT", re.IGNORECASE)
ARCHIVE = "Task2.zip"
GENUINE, FIRST_SESSION = 20, 10
FILE_CHANNELS = ("x", "y", "azimuth", "altitude", "pressure")
SCALES = np.array([0.01, 0.01, 0.1, 0.1, 1 / 1023])


def recognises(folder: Path) -> bool:
    """Return whether a folder holds this set."""
    return next(_entries(folder), None) is not None


def read(folder: Path) -> Dataset:
    """Return the set as one sample a signature.

    Subjects are writers (``01``, sessions ``1`` and ``2``) and, apart from them, the forgers of each writer
    (``01-forged``, session ``forged``), with the columns ``forgery`` and ``target`` (`lineament.datasets.forgeries`).
    """
    rows = []
    for path, name, match in _entries(folder):
        writer, number = f"{int(match['writer']):02d}", int(match["number"])
        session = "1" if number <= FIRST_SESSION else "2"
        row = signature_row(writer, session, forged=number > GENUINE)
        rows.append({**row, "number": number, "path": str(path), "entry": name})
    rows.sort(key=lambda row: (row["target"], row["number"]))
    return Dataset("signature-svc2004", pd.DataFrame(rows), _load, citation="Yeung et al., SVC2004, ICBA 2004")


def parse(text: str, source: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return values (T, 6) in the order x, y, azimuth, altitude, pressure, down, and times (T,) of a file's text.

    Raises
    ------
    SignalError
        When it is no such file.
    """
    words = text.split()
    try:
        points = np.array(words[1:], dtype=np.float64).reshape(int(words[0]), 7)
    except (IndexError, ValueError) as error:
        raise SignalError(
            f"{source}: a number of points and as many lines of seven numbers", "something else", "restore the file"
        ) from error
    x, y, milliseconds, button, azimuth, altitude, pressure = points.T
    scaled = np.stack([x, y, azimuth, altitude, pressure], axis=1) * SCALES
    # The side buttons of the pen are told too: it touches where the button is not 0.
    return np.column_stack([scaled, button != 0]), milliseconds / 1000.0


def _entries(folder: Path) -> Iterator[tuple[Path, str, re.Match[str]]]:
    """Yield the files: an archive and the name within, or a path and nothing."""
    archive = folder / ARCHIVE
    if archive.is_file() and zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as content:
            names = content.namelist()
        for name in names:
            if match := NAME.fullmatch(name.rsplit("/", 1)[-1]):
                yield archive, name, match
        return
    for place in (folder, folder / "Task2"):
        for path in sorted(place.glob("*")):
            if match := NAME.fullmatch(path.name):
                yield path, "", match


@lru_cache(maxsize=2)
def _archive(path: Path, changed: int) -> zipfile.ZipFile:
    """Return an open archive: reading its list of files takes longer than reading one of them."""
    return zipfile.ZipFile(path)


def _load(row: Mapping[str, Any]) -> Sample:
    path, entry = Path(row["path"]), str(row["entry"])
    source = f"{path}/{entry}" if entry else str(path)
    try:
        raw = _archive(path, path.stat().st_mtime_ns).read(entry) if entry else path.read_bytes()
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise SignalError(f"{source}: a file of a signature", f"'{error}'", "restore it from its source") from error
    values, times = parse(raw.decode("ascii", errors="replace"), source)
    return signature_sample(
        values,
        times,
        (*FILE_CHANNELS, "down"),
        subject=str(row["subject"]),
        session=str(row["session"]),
        attributes={"forgery": bool(row["forgery"]), "target": str(row["target"])},
        source=source,
    )
