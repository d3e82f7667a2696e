"""The readers of signatures: on the real set where it lies beside the project, and on made-up files in each layout."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lineament.datasets import open_dataset
from lineament.datasets.forgeries import genuine
from lineament.errors import SignalError


def svc_text(count: int = 40, start: int = 31_275_775) -> str:
    """A line of 45 mm with the pen down, but for its last point."""
    lines = [
        f"{3000 + 110 * n} {5000 + 30 * n} {start + 10 * n} {int(n < count - 1)} 1350 700 {500 + n}"
        for n in range(count)
    ]
    return "\r\n".join([str(count), *lines])


def fpg_bytes(count: int = 40, bits: int = 16) -> bytes:
    kind = {8: "B", 16: "H", 32: "f", 64: "d"}[bits]
    header = struct.pack("<4sHHHHIH4xIIIHI", b"FPG ", 60, 4, 1, 1, 1, bits, 0, 5, count, 0, 100)
    rows = [(3000 + 100 * n, 5000, 600, 150, 60) for n in range(count)]
    return header.ljust(60, b"\0") + b"".join(struct.pack(f"<5{kind}", *row) for row in rows)


NAMES = ("U1S1.TXT", "U1S11.TXT", "U1S21.TXT", "U12S40.TXT", "readme.txt")


@pytest.mark.parametrize("packed", [True, False])
def test_svc2004_is_read_packed_and_unpacked(packed: bool, tmp_path: Path) -> None:
    if packed:
        with zipfile.ZipFile(tmp_path / "Task2.zip", "w") as archive:
            for name in NAMES:
                archive.writestr(f"Task2/{name}", svc_text())
    else:
        (tmp_path / "Task2").mkdir()
        for name in NAMES:
            (tmp_path / "Task2" / name).write_text(svc_text())
    data = open_dataset(tmp_path)
    assert data.name == "signature-svc2004"
    columns = ["subject", "session", "person", "forgery", "target", "number"]
    assert list(data.table[columns].itertuples(index=False, name=None)) == [
        ("01", "1", "01", False, "01", 1),
        ("01", "2", "01", False, "01", 11),
        ("01-forged", "forged", "01", True, "01", 21),
        ("12-forged", "forged", "12", True, "12", 40),
    ]
    forged = data.load(2)
    assert (forged.subject, forged.attributes["forgery"], forged.attributes["target"]) == ("01-forged", True, "01")
    assert forged.column("x")[0] == pytest.approx(30.0)
    assert forged.column("altitude")[0] == pytest.approx(70.0)
    assert forged.column("down").sum() == 39
    assert forged.duration == pytest.approx(0.39)
    assert genuine(data).table["subject"].tolist() == ["01", "01"]


@pytest.mark.parametrize("text", ["", "forty\n1 2 3", "3\n1 2 3 4 5 6 7\n"])
def test_a_damaged_svc2004_file_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "U1S1.TXT").write_text(text)
    with pytest.raises(SignalError, match="as many lines of seven numbers"):
        open_dataset(tmp_path).load(0)


def test_the_real_svc2004(shared_data: Callable[[str], Path]) -> None:
    data = open_dataset(shared_data("signature-svc2004"))
    assert (data.name, len(data), len(data.people()), len(genuine(data))) == ("signature-svc2004", 1600, 40, 800)
    for row in range(0, 1600, 160):
        sample = data.load(row)
        assert 0.5 < sample.duration < 30
        assert 15 < np.ptp(sample.column("x")) < 130


@pytest.mark.parametrize("bits", [16, 32, 64])
def test_mcyt_is_read(bits: int, tmp_path: Path) -> None:
    (tmp_path / "0007").mkdir()
    for name in ("0007v00", "0007v24", "0007f03"):
        (tmp_path / "0007" / f"{name}.fpg").write_bytes(fpg_bytes(bits=bits))
    data = open_dataset(tmp_path)
    assert data.name == "signature-mcyt"
    columns = ["subject", "session", "forgery", "target", "number"]
    assert list(data.table[columns].itertuples(index=False, name=None)) == [
        ("0007", "1", False, "0007", 0),
        ("0007", "5", False, "0007", 24),
        ("0007-forged", "forged", True, "0007", 3),
    ]
    sample = data.load(1)
    assert sample.column("x")[:2].tolist() == pytest.approx([30.0, 31.0])
    assert (sample.column("altitude")[0], sample.duration) == (60.0, pytest.approx(0.39))


@pytest.mark.parametrize(
    ("raw", "came"),
    [(b"", "another file"), (fpg_bytes()[:-1], "cut short"), (fpg_bytes().replace(b"FPG ", b"fpg "), "another file")],
)
def test_a_damaged_fpg_file_is_refused(raw: bytes, came: str, tmp_path: Path) -> None:
    (tmp_path / "0007").mkdir()
    (tmp_path / "0007" / "0007v00.fpg").write_bytes(raw)
    with pytest.raises(SignalError, match=came):
        open_dataset(tmp_path).load(0)
