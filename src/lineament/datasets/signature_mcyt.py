"""Signatures of MCYT-100: 100 writers, 25 genuine signatures and 25 skilled forgeries of each.

Ortega-Garcia et al., IEE Proc. Vision, Image and Signal Processing 150(6), 2003. Layout, from memory and from readers
that others published, not checked on files: ``<writer>/<writer>v<nn>.fpg`` genuine, ``<writer>/<writer>f<nn>.fpg``
forged, writers ``0000`` to ``0099``, numbers ``00`` to ``24``; directly, or below one folder. Genuine signatures were
written in blocks of five between the forging of others', all in one sitting: sessions ``1`` to ``5`` are these blocks.

An FPG file is little-endian: ``FPG ``, the header's size (uint16), a format (4), two uint16 of which the second counts
channels, a period (uint32), the bits of a number (uint16: 8, 16, 32 or 64), four bytes, then three uint32 of which the
second and third are the numbers of a point and the points, and a uint16; in headers of 48 and 60 bytes the rate
follows (uint32). Behind the header lie x, y, pressure, azimuth and altitude of each point, in a hundredth of a
millimetre, 1,024 steps and whole degrees.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
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

NAME = re.compile(r"(?P<writer>\d{4})(?P<kind>[vf])(?P<number>\d{2})\.fpg", re.IGNORECASE)
HEADER = struct.Struct("<4sHHHHIH4xIIIH")
RATED_HEADERS = (48, 60)
"""Sizes of headers that hold the rate."""
RATE = 100.0
"""Points a second, of a header that does not say."""
NUMBERS = {8: "u1", 16: "<u2", 32: "<f4", 64: "<f8"}
BLOCK = 5
SCALES = np.array([0.01, 0.01, 1 / 1023, 1.0, 1.0])
FILE_CHANNELS = ("x", "y", "pressure", "azimuth", "altitude", "down")


def recognises(folder: Path) -> bool:
    """Return whether a folder holds this set."""
    return next(_files(folder), None) is not None


def read(folder: Path) -> Dataset:
    """Return the set as one sample a signature; subjects and forgers as in `lineament.datasets.forgeries`."""
    rows = []
    for path, match in _files(folder):
        number = int(match["number"])
        session = str(number // BLOCK + 1)
        row = signature_row(match["writer"], session, forged=match["kind"].lower() == "f")
        rows.append({**row, "number": number, "path": str(path)})
    rows.sort(key=lambda row: (row["target"], row["forgery"], row["number"]))
    citation = "Ortega-Garcia et al., MCYT baseline corpus, IEE Proc. 150(6), 2003"
    return Dataset("signature-mcyt", pd.DataFrame(rows), _load, licence="by agreement", citation=citation)


def parse(raw: bytes, source: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return values (T, 6) in canonical units and times (T,) of a file's bytes.

    Raises
    ------
    SignalError
        When it is no FPG file, is cut short, or has fewer than five numbers a point.
    """
    expected = f"{source}: a signature as an FPG file of format 4"
    if len(raw) < HEADER.size or raw[:4] != b"FPG ":
        raise SignalError(expected, "another file", "restore the file from its source")
    _, size, form, _, _, _, bits, _, width, points, _ = HEADER.unpack_from(raw)
    if form != 4 or bits not in NUMBERS or width < 5:
        raise SignalError(expected, f"format {form}, {bits} bits, {width} numbers a point", "restore the file")
    rate = RATE
    if size in RATED_HEADERS and len(raw) >= size:
        rate = float(struct.unpack_from("<I", raw, HEADER.size)[0]) or RATE
    kind = np.dtype(NUMBERS[bits])
    if len(raw) < size + width * points * kind.itemsize:
        raise SignalError(expected, f"one cut short, with fewer than {points} points", "restore the file")
    table = np.frombuffer(raw, kind, width * points, size).reshape(points, width)[:, :5].astype(np.float64)
    values = table * SCALES
    return np.column_stack([values, table[:, 2] > 0]), np.arange(points) / rate


def _files(folder: Path) -> Iterator[tuple[Path, re.Match[str]]]:
    """Yield the files of the set in a folder."""
    for path in sorted({*folder.glob("[0-9]*/*"), *folder.glob("*/[0-9]*/*")}):
        match = NAME.fullmatch(path.name)
        if match and match["writer"] == path.parent.name:
            yield path, match


def _load(row: Mapping[str, Any]) -> Sample:
    path = Path(row["path"])
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SignalError(f"{path}: a file of a signature", f"'{error.strerror}'", "restore it") from error
    values, times = parse(raw, str(path))
    return signature_sample(
        values,
        times,
        FILE_CHANNELS,
        subject=str(row["subject"]),
        session=str(row["session"]),
        attributes={"forgery": bool(row["forgery"]), "target": str(row["target"])},
        source=str(path),
    )
