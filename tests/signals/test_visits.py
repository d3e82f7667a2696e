from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineament.errors import SignalError
from lineament.signals.recordings import read_recording, write_recording
from lineament.signals.visits import CHANNELS, NAMED, site_code, visit_sample

START = 1_400_000_000.0


def test_times_count_from_the_first_visit_and_the_clock_is_kept() -> None:
    sample = visit_sample([START, START, START + 90], [5, 0, 5], subject="a", session="w1")
    assert sample.channels == CHANNELS
    assert sample.times.tolist() == [0, 0, 90]
    assert sample.column("clock").tolist() == [START, START, START + 90]
    assert sample.between(50, 100).column("clock").tolist() == [START + 90]


def test_a_name_is_one_number_whatever_its_case_and_no_small_one() -> None:
    sample = visit_sample([START] * 3, ["Example.org", " example.org ", 7])
    first, second, third = sample.column("site")
    assert first == second == site_code("example.org")
    assert first >= NAMED > third == 7


@pytest.mark.parametrize(
    ("clock", "sites", "message"),
    [
        ([], [], "at least one visit was expected, but an empty history came"),
        ([START], [1, 2], "1 times and 2 visits came; pair them"),
        ([START, np.nan], [1, 2], "a time for every visit"),
        ([START + 60, START], [1, 2], "visit 2 made 60 s before visit 1 came; sort the visits"),
        ([START * 1000], [1], "seconds since 1970.*divide milliseconds by 1000"),
        ([12.0], [1], "seconds since 1970.*12 came; add the moment"),
        ([START], [-1], "whole numbers from 0 on was expected, but -1 for visit 1 came"),
        ([START, START], [1, 2.5], r"2\.5 for visit 2"),
        ([START], [float("nan")], "nan for visit 1"),
        ([START], [2.0**53], "for visit 1"),
        ([START], ["  "], "for visit 1.*drop the visits whose site is not known"),
        ([START], [None], "None for visit 1"),
    ],
)
def test_what_is_no_history_is_refused(clock: list[float], sites: list[object], message: str) -> None:
    with pytest.raises(SignalError, match=message):
        visit_sample(clock, sites)


def test_a_clock_that_was_rounded_is_straightened() -> None:
    assert visit_sample([START, START + 5, START + 4], [1, 2, 3]).times.tolist() == [0, 5, 5]


@given(st.lists(st.tuples(st.floats(0, 1e6), st.integers(0, 2**50)), min_size=1, max_size=30), st.booleans())
def test_files_give_back_what_was_written(tmp_path_factory, visits: list[tuple[float, int]], parquet: bool) -> None:
    clock = START + np.round(np.sort([moment for moment, _ in visits]), 3)
    sample = visit_sample(clock, [site for _, site in visits], subject="007", session="2014-W01")
    path = tmp_path_factory.mktemp("visits") / ("a.parquet" if parquet else "a.csv")
    write_recording(sample, path)
    again = read_recording(path)
    assert (again.subject, again.session) == ("007", "2014-W01")
    assert again.column("site").tolist() == sample.column("site").tolist()
    np.testing.assert_allclose(again.column("clock"), sample.column("clock"), atol=6e-4)


def test_names_and_dates_are_read(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    path.write_text("timestamp,site\n2014-05-13T16:53:20,a.org\n2014-05-13T16:53:21,b.org\n2014-05-14,a.org\n")
    sample = read_recording(path, subject="a")
    assert sample.column("clock")[0] == START
    assert sample.column("site")[0] == sample.column("site")[2] == site_code("a.org")
    pd.DataFrame({"timestamp": pd.to_datetime([START], unit="s"), "site": [3]}).to_parquet(tmp_path / "a.parquet")
    assert read_recording(tmp_path / "a.parquet").column("clock").tolist() == [START]


def test_files_that_hold_something_else_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for content, message in {
        "when,site\n1,2\n": "the columns timestamp, site",
        "timestamp,site\n": "a table without rows",
        "timestamp,site\nsoon,3\n": "timestamps as seconds since 1970",
        f"timestamp,site\n{START},\n": "nan for visit 1",
        f"timestamp,site,user\n{START},1,a\n{START},1,b\n": "one user",
        f"timestamp,site\n{START * 1000},1\n": "divide milliseconds by 1000",
    }.items():
        path.write_text(content)
        with pytest.raises(SignalError, match=message):
            read_recording(path)
    with pytest.raises(SignalError, match=r"an ending \.csv"):
        write_recording(visit_sample([START], [1]), tmp_path / "a.txt")
