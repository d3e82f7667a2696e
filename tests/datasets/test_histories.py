"""Web histories: the real set where it lies beside the project, and files written in the sets' layouts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineament.datasets import open_dataset
from lineament.datasets.histories import monday, week_of
from lineament.errors import SignalError
from lineament.signals.visits import site_code


def test_web_bpu150_is_read_week_by_week(shared_data: Callable[[str], Path]) -> None:
    data = open_dataset(shared_data("web-bpu150"))
    assert (data.name, len(data.people()), int(data.table["visits"].sum())) == ("web-bpu150", 150, 1_369_510)
    for row in range(0, len(data), 400):
        sample = data.load(row)
        assert len(sample) == sample.attributes["visits"]
        assert sample.duration <= 7 * 86_400
        assert pd.Timestamp(sample.column("clock")[0], unit="s") >= pd.Timestamp(sample.session)


def test_a_file_of_the_layout_of_web_bpu150_is_read(tmp_path: Path) -> None:
    stamps = pd.to_datetime(
        ["2014-01-05 23:59:59", "2014-01-06 00:00:00", "2014-01-06 00:00:00", "2014-01-01 00:00:00"]
    )
    table = pd.DataFrame({"subject": ["b", "b", "b", "a"], "timestamp": stamps, "site": [5, 3, 4, 0]})
    table.to_parquet(tmp_path / "visits.parquet")
    data = open_dataset(tmp_path)
    assert data.table[["subject", "session", "visits"]].to_numpy().tolist() == [
        ["a", "2013-12-30", 1],
        ["b", "2013-12-30", 1],
        ["b", "2014-01-06", 2],
    ]
    assert data.load(2).column("site").tolist() == [3, 4]


def test_a_panel_like_comscore_s_is_read(tmp_path: Path) -> None:
    panel = pd.DataFrame(
        {
            "machine_id": [70, 70, 8],
            "site_session_id": [12, 11, 13],
            "domain_name": ["b.com", "a.com", "a.com"],
            "event_date": [20130401, 20130401, 20130402],
            "event_time": ["09:30:15", "09:30:15", "23:00:00"],
            "pages_viewed": [1, 2, 3],
        }
    )
    panel.to_csv(tmp_path / "sessions2013.csv", index=False)
    data = open_dataset(tmp_path)
    assert (data.name, data.subjects(), data.sessions()) == ("web-comscore", ["70", "8"], ["2013-04-01"])
    sample = data.load(0)
    assert sample.column("site").tolist() == [site_code("a.com"), site_code("b.com")]
    assert pd.Timestamp(sample.column("clock")[0], unit="s") == pd.Timestamp("2013-04-01 09:30:15")
    panel.assign(domain_name=["b.com", None, "a.com"]).to_csv(tmp_path / "sessions2013.csv", index=False)
    with pytest.raises(SignalError, match="a domain_name in every row was expected, but none in row 2 came"):
        open_dataset(tmp_path)


@given(st.integers(0, 4_000_000_000))
def test_weeks_begin_on_mondays(second: int) -> None:
    week = week_of(np.array([float(second)]))[0]
    first = pd.Timestamp(monday(week))
    assert first.weekday() == 0
    assert 0 <= (pd.Timestamp(second, unit="s") - first).total_seconds() < 7 * 86_400
