"""Readers of mouse data sets: on the real set where it is there, and on made-up files in the layouts."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from lineament.datasets import open_dataset
from lineament.errors import SignalError

HEADER = "client timestamp,button,state,x,y"


def sapimouse(folder: Path, name: str, *, seconds: float = 200, zipped: bool = False, word: str = "Move") -> None:
    lines = [f"{29256 + 100 * n},NoButton,{word},{n},{n % 7}" for n in range(int(seconds * 10))]
    text = "\n".join([HEADER, *lines]) + "\n"
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()) if zipped else text.encode())


def test_sapimouse_in_its_original_layout(tmp_path: Path):
    sapimouse(tmp_path, "user1/session_3min.csv")
    sapimouse(tmp_path, "user1/session_1min.csv.gz", zipped=True)
    sapimouse(tmp_path, "user62.1/session_3min.csv")
    sapimouse(tmp_path, "user62.2/session_2020_10_14_1min.csv")
    data = open_dataset(tmp_path)
    assert data.name == "mouse-sapimouse"
    assert list(zip(data.table["subject"], data.table["session"], strict=True)) == [
        ("user001", "1-3min"),
        ("user001", "2-1min"),
        ("user062", "1-3min"),
        ("user062", "4-1min"),
    ]
    whole, minute = data.load(0), data.load(1)
    assert (whole.duration, minute.duration) == (180.0, 60.0)
    assert (whole.times[0], whole.column("x")[3], whole.modality) == (0.0, 3.0, "mouse")


def test_sapimouse_refuses_words_and_tables_that_it_does_not_know(tmp_path: Path):
    sapimouse(tmp_path, "user1/session_3min.csv", word="Wheel")
    with pytest.raises(SignalError, match="one of Move, Drag, Pressed, Released was expected, but 'Wheel' came"):
        open_dataset(tmp_path).load(0)
    (tmp_path / "user1/session_3min.csv").write_text("a,b\n1,2\n")
    with pytest.raises(SignalError, match="the columns client timestamp"):
        open_dataset(tmp_path).load(0)


def test_sapimouse_as_it_is(shared_data: Callable[[str], Path]):
    data = open_dataset(shared_data("mouse-sapimouse"))
    assert (len(data), len(data.subjects()), data.table["path"].map(lambda p: Path(p).parent).nunique()) == (
        244,
        120,
        122,
    )
    twice = data.filter(subject=("user035", "user062")).table
    assert twice.groupby("subject").size().tolist() == [4, 4]
    assert data.load(0).duration <= 180


BALABIT = "record timestamp,client timestamp,button,state,x,y"


def balabit(folder: Path, rows: list[str], header: str = BALABIT) -> Path:
    path = folder / "training_files" / "user7" / "session_0041905381"
    path.parent.mkdir(parents=True)
    path.write_text("\n".join([header, *rows]) + "\n")
    return folder


def test_balabit_drops_a_lost_cursor(tmp_path: Path):
    rows = ["0.0,0.0,NoButton,Move,399,962", "0.1,0.1,NoButton,Move,65535,65535", "0.2,0.15,Scroll,Down,400,960"]
    data = open_dataset(balabit(tmp_path, rows))
    sample = data.load(0)
    assert (data.name, sample.subject, sample.session) == ("mouse-balabit", "user7", "0041905381")
    assert sample.values.tolist() == [[399, 962, 0, 0], [400, 960, 0, 4]]
    assert sample.times.tolist() == [0.0, 0.15]


def test_balabit_refuses_an_empty_session(tmp_path: Path):
    data = open_dataset(balabit(tmp_path, []))
    with pytest.raises(SignalError, match="a table without rows"):
        data.load(0)
