"""Recordings of a mouse: canonical form, files, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineament.errors import SignalError
from lineament.signals.mouse import mouse_sample
from lineament.signals.recordings import read_recording, write_recording

COUNT = 40
TIMES = np.arange(COUNT) * 0.016
X, Y = np.arange(COUNT) * 3.0, np.arange(COUNT) * -2.0


def test_words_and_places_of_words_are_one():
    by_word = mouse_sample([0, 1], [0, 0], [0, 0.1], button=["None", "left"], state=["MOVE", "drag"])
    by_place = mouse_sample([0, 1], [0, 0], [0, 0.1], button=[0, 1], state=[0, 1])
    np.testing.assert_array_equal(by_word.values, by_place.values)
    assert by_word.modality == "mouse"


def test_events_of_one_moment_may_come_in_another_order():
    sample = mouse_sample([0, 1, 2], [0, 0, 0], [0.0, 0.3, 0.2])
    assert sample.times.tolist() == [0.0, 0.3, 0.3]


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_files_give_back_what_was_written(tmp_path: Path, ending: str):
    states = ["move"] * (COUNT - 2) + ["press", "release"]
    written = mouse_sample(X, Y, TIMES, state=states, subject="007", session="2")
    write_recording(written, tmp_path / f"moved{ending}")
    read = read_recording(tmp_path / f"moved{ending}")
    np.testing.assert_array_equal(read.values, written.values)
    np.testing.assert_allclose(read.times, written.times, atol=1e-6)
    assert (read.subject, read.session) == ("007", "2")
    assert read_recording(tmp_path / f"moved{ending}", subject="me", session="9").subject == "me"


@given(
    st.lists(
        st.tuples(st.floats(0.001, 0.9), st.integers(-2000, 9000), st.integers(0, 3), st.integers(0, 4)),
        min_size=1,
        max_size=30,
    )
)
def test_whatever_is_done_survives_a_file(tmp_path_factory: pytest.TempPathFactory, done: list[tuple[float, ...]]):
    steps, places, buttons, states = (np.array(column) for column in zip(*done, strict=True))
    sample = mouse_sample(places, places[::-1], np.cumsum(steps), button=buttons, state=states)
    path = tmp_path_factory.mktemp("moved") / "moved.csv"
    write_recording(sample, path)
    np.testing.assert_array_equal(read_recording(path).values, sample.values)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"x": [], "y": [], "times": []}, "at least one event was expected"),
        ({"y": Y[:-1]}, "40 values of y"),
        ({"x": np.where(X == 3, np.nan, X)}, "finite positions"),
        ({"x": np.where(X == 3, 65535, X)}, "pixels within 32,767 was expected, but 65,535 came"),
        ({"x": X / 200, "y": Y / -200}, "positions in pixels was expected"),
        ({"times": np.where(TIMES == 0, np.inf, TIMES)}, "finite times"),
        ({"times": TIMES[::-1]}, "a clock that runs forwards was expected, but an event 0.624 s before"),
        ({"times": TIMES * 1000}, "convert them, if they are milliseconds"),
        ({"times": TIMES / 3600}, "convert them, if they are minutes or hours"),
        ({"button": ["thumb"] * COUNT}, "one of none, left, right, other was expected, but 'thumb' came"),
        ({"state": [7] * COUNT}, "one of move, drag, press, release, scroll was expected, but '7' came"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(changes: dict[str, object], says: str):
    with pytest.raises(SignalError, match=says):
        mouse_sample(**{"x": X, "y": Y, "times": TIMES, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"x": X, "y": Y}, "a table without time"),
        ({"time_s": TIMES, "x": ["left"] * COUNT, "y": Y}, "numbers was expected, but 'left' in row 1 came"),
        (
            {"time_s": TIMES, "x": X, "y": Y, "user": ["a", "b"] * (COUNT // 2)},
            "one user was expected, but 2 of them came",
        ),
    ],
)
def test_wrong_tables_are_refused_in_a_sentence(tmp_path: Path, columns: dict[str, object], says: str):
    pd.DataFrame(columns).to_csv(tmp_path / "moved.csv", index=False)
    with pytest.raises(SignalError, match=says):
        read_recording(tmp_path / "moved.csv")


def test_only_tables_are_written(tmp_path: Path):
    with pytest.raises(SignalError, match="an ending"):
        write_recording(mouse_sample(X, Y, TIMES), tmp_path / "a.xlsx")
