"""The reader of keystroke-aalto: on the real set, and on made-up files in both of its layouts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lineament.datasets import open_dataset
from lineament.datasets.keystroke_aalto import HEADER
from lineament.errors import SignalError

START = 1_473_275_370_000
KEYS = [("H", 72, 0, 90), ("i", 73, 150, 230), ("!", 49, 200, 310)]


def line(participant: int, section: int, number: int, press: float, release: float, letter: str, code: int) -> str:
    fields = [participant, section, "What was to be typed", 'what "was" typed', number, press, release, letter, code]
    return "\t".join(map(str, fields))


def write_person(folder: Path, participant: int, sections: tuple[int, ...]) -> Path:
    lines = ["\t".join(HEADER)]
    for section in sections:
        for number, (letter, code, press, release) in enumerate(KEYS):
            lines.append(line(participant, section, number, START + press, START + release, letter, code))
    path = folder / f"{participant}_keystrokes.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def as_parquet(folder: Path) -> None:
    rows = [
        {"subject": person, "sentence": section, "press_ms": press, "release_ms": release, "keycode": code}
        for person, sections in ((5, (7, 8)), (11, (9,)))
        for section in sections
        for _, code, press, release in KEYS
    ]
    pd.DataFrame(rows).to_parquet(folder / "keystrokes.parquet")


def test_both_layouts_give_the_same_sentences(tmp_path: Path) -> None:
    texts, table = tmp_path / "full" / "Keystrokes" / "files", tmp_path / "table"
    table.mkdir()
    write_person(texts, 5, (7, 8))
    write_person(texts, 11, (9,))
    as_parquet(table)
    one, other = open_dataset(tmp_path / "full"), open_dataset(table)
    assert one.name == other.name == "keystroke-aalto"
    columns = ["subject", "session", "sentence"]
    assert one.table[columns].equals(other.table[columns])
    assert one.table["subject"].tolist() == ["5", "5", "11"]
    for index in range(3):
        assert np.allclose(one.load(index).values, other.load(index).values)
    sample = one.load(0)
    assert sample.column("key").tolist() == [72, 73, 49]
    assert sample.column("release").tolist() == pytest.approx([0.09, 0.23, 0.31])
    assert sample.attributes["sentence"] == "7"


def test_lines_that_are_none_are_passed_over_and_keys_stand_by_their_presses(tmp_path: Path) -> None:
    path = write_person(tmp_path, 3, (1,))
    lines = path.read_text().splitlines()
    damaged = [lines[0], lines[2], lines[1], "3\t1\tbroken", line(3, 1, 9, float("nan"), 0, "x", 88)]
    damaged += [line(3, 1, 10, START + 500, START + 490, "?", 500), lines[3]]
    path.write_text("\n".join(damaged), encoding="utf-8")
    sample = open_dataset(tmp_path).load(0)
    assert sample.column("key").tolist() == [72, 73, 49, 0]
    assert np.isnan(sample.column("release")).tolist() == [False, False, False, True]


def test_files_of_other_columns_are_refused(tmp_path: Path) -> None:
    (tmp_path / "3_keystrokes.txt").write_text("PARTICIPANT_ID\tPRESS_TIME\n3\t0\n", encoding="utf-8")
    with pytest.raises(SignalError, match="TEST_SECTION_ID"):
        open_dataset(tmp_path)


def test_a_table_whose_sentences_are_torn_is_refused(tmp_path: Path) -> None:
    as_parquet(tmp_path)
    table = pd.read_parquet(tmp_path / "keystrokes.parquet")
    table.iloc[[0, 3, 1, 2, 4, 5, 6, 7, 8]].to_parquet(tmp_path / "keystrokes.parquet")
    with pytest.raises(SignalError, match="one after another"):
        open_dataset(tmp_path)


def test_the_real_set_has_fifteen_sentences_of_each_of_its_people(shared_data: Callable[[str], Path]) -> None:
    data = open_dataset(shared_data("keystroke-aalto"))
    assert (data.name, len(data.subjects())) == ("keystroke-aalto", 2329)
    assert data.table["subject"].value_counts().eq(15).all()
    order = data.table["sentence"].astype(int).groupby(data.table["subject"])
    assert order.apply(lambda numbers: numbers.is_monotonic_increasing).all()
    for index in range(0, len(data), 500):
        sample = data.load(index)
        assert len(sample) >= 14
        assert 0.0 < np.nanmedian(sample.column("release") - sample.column("press")) < 1.0
