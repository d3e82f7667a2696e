"""Keystrokes: canonical form, files, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineament.errors import SignalError
from lineament.signals.key_codes import NAMES, key_codes
from lineament.signals.keystrokes import keystroke_sample
from lineament.signals.recordings import read_recording, write_recording

PRESS = np.array([3.0, 3.2, 3.35, 3.6, 3.8, 4.1])
RELEASE = PRESS + 0.1
KEYS = ["KeyA", "b", "Shift", 190, "Enter", ""]


def test_times_count_from_the_first_press_and_keys_become_codes():
    sample = keystroke_sample(PRESS, RELEASE, KEYS, subject="s", session="1")
    np.testing.assert_allclose(sample.times, PRESS - 3.0)
    np.testing.assert_allclose(sample.column("release"), RELEASE - 3.0)
    assert sample.column("key").tolist() == [65, 66, 16, 190, 13, 0]
    assert (sample.modality, sample.subject, sample.session) == ("keystrokes", "s", "1")


def test_rounding_is_put_right_and_a_release_may_be_missing():
    sample = keystroke_sample([0.0, 0.2, 0.199], [0.1, np.nan, 0.198], [1, 2, 3])
    assert sample.column("key").tolist() == [1, 3, 2]
    assert sample.column("release")[1] == sample.column("press")[1]
    assert np.isnan(sample.column("release")[2])


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_files_give_back_what_was_written(tmp_path: Path, ending: str):
    released = RELEASE.copy()
    released[2] = np.nan
    written = keystroke_sample(PRESS, released, KEYS, subject="007", session="2")
    write_recording(written, tmp_path / f"typed{ending}")
    read = read_recording(tmp_path / f"typed{ending}")
    np.testing.assert_allclose(read.values, written.values, atol=1e-9)
    assert (read.subject, read.session) == ("007", "2")
    assert read_recording(tmp_path / f"typed{ending}", subject="me", session="9").subject == "me"


@given(st.lists(st.tuples(st.floats(0.003, 5), st.floats(0, 3), st.integers(0, 255)), min_size=1, max_size=30))
def test_whatever_is_typed_survives_a_file(tmp_path_factory: pytest.TempPathFactory, typed: list[tuple[float, ...]]):
    steps, holds, keys = (np.array(column) for column in zip(*typed, strict=True))
    press = np.cumsum(steps)
    sample = keystroke_sample(press, press + holds, keys)
    path = tmp_path_factory.mktemp("typed") / "typed.csv"
    write_recording(sample, path)
    np.testing.assert_allclose(read_recording(path).values, sample.values, atol=2e-6)


def test_names_of_keys_may_stand_in_a_file(tmp_path: Path):
    frame = pd.DataFrame({"press_ms": [10, 200, 420], "release_ms": [90, 290, ""], "key": ["ShiftLeft", "t", "5"]})
    frame.to_csv(tmp_path / "typed.csv", index=False)
    sample = read_recording(tmp_path / "typed.csv")
    assert sample.column("key").tolist() == [16, 84, 53]
    assert np.isnan(sample.column("release")[2])


@pytest.mark.parametrize(
    ("press", "release", "keys", "says"),
    [
        ([], [], [], "at least one key was expected"),
        ([0.0, 0.2], [0.1], [65, 66], "2 presses, 1 releases and 2 keys"),
        ([0.0, np.nan], [0.1, 0.3], [65, 66], "a time for every press"),
        ([0.0, 0.5, 0.2], [0.1, 0.6, 0.3], [65, 66, 67], "key 3 pressed 0.3 s before key 2"),
        ([0.0, 0.2], [0.1, 0.1], [65, 66], "key 2 released 0.1 s before its press"),
        ([0.0, 0.2], [0.1, np.inf], [65, 66], "finite releases"),
        (PRESS * 1000, RELEASE * 1000, KEYS, "divide milliseconds by 1000"),
        ([0.0], [90.0], [65], "divide milliseconds by 1000"),
        (PRESS / 1000, RELEASE / 1000, KEYS, "keys typed by a person"),
        ([0.0, 0.2], [0.1, 0.3], [65, 65307], "whole numbers from 0 to 255"),
        ([0.0, 0.2], [0.1, 0.3], [65, 65.5], "whole numbers from 0 to 255"),
        ([0.0, 0.2], [0.1, 0.3], [65, "KeyAA"], "use 'KeyA'"),
        ([0.0, 0.2], [0.1, 0.3], [65, "zzzzzz"], "leave it empty"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(press, release, keys, says):
    with pytest.raises(SignalError) as caught:
        keystroke_sample(press, release, keys, source="typed.csv")
    assert says in str(caught.value)
    assert str(caught.value).startswith("typed.csv")


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"press_ms": [0, 200], "release_ms": [90, 290]}, "without key"),
        ({"press_ms": [0, "soon"], "release_ms": [90, 290], "key": [65, 66]}, "'soon' in row 2"),
        ({"press_ms": [0, 200], "release_ms": [90, 290], "key": [65, 66], "user": ["a", "b"]}, "one user"),
        ({name: list(np.arange(6) * 0.2) for name in ("press_ms", "release_ms")} | {"key": [65] * 6}, "milliseconds"),
    ],
)
def test_a_wrong_table_is_said_in_a_sentence(tmp_path: Path, columns: dict[str, list[object]], says: str):
    pd.DataFrame(columns).to_csv(tmp_path / "typed.csv", index=False)
    with pytest.raises(SignalError, match=says):
        read_recording(tmp_path / "typed.csv")


def test_only_tables_are_written(tmp_path: Path):
    with pytest.raises(SignalError, match="an ending"):
        write_recording(keystroke_sample(PRESS, RELEASE, KEYS), tmp_path / "typed.txt")


def test_every_name_has_a_code_in_range():
    assert len(NAMES) > 200
    assert set(NAMES.values()) <= set(range(256))
    assert key_codes([None, float("nan"), "", "ß"]).tolist() == [0, 0, 0, 0]
