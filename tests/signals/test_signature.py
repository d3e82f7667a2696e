"""Signatures: what is refused, and that files give back what was written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineament.errors import SignalError
from lineament.signals.recordings import read_recording, write_recording
from lineament.signals.signature import CHANNELS, signature_sample


def points(count: int = 80, seed: int = 0) -> np.ndarray:
    """A wavy line of 50 mm with the pen down, but for two points."""
    rng = np.random.default_rng(seed)
    way = np.linspace(0, 1, count)
    down = np.ones(count)
    down[count // 2 : count // 2 + 2] = 0
    columns = [50 * way, 8 * np.sin(20 * way), rng.uniform(0.2, 0.9, count) * down]
    return np.stack([*columns, np.full(count, 140.0), np.full(count, 60.0), down], axis=1)


def clock(count: int = 80) -> np.ndarray:
    return np.arange(count) / 100


def test_a_sound_signature_is_taken_as_it_is() -> None:
    sample = signature_sample(points(), clock() + 5, subject="a", session="1")
    assert (sample.modality, sample.channels, len(sample)) == ("signature", CHANNELS, 80)
    np.testing.assert_allclose(sample.times, clock())
    np.testing.assert_array_equal(sample.values, points())


def test_a_clock_that_stutters_is_made_steady() -> None:
    times = clock()
    times[10] = times[9] - 0.009
    assert (np.diff(signature_sample(points(), times).times) >= 0).all()


def changed(column: str, value: float) -> np.ndarray:
    values = points()
    values[5, CHANNELS.index(column)] = value
    return values


WRONG = {
    "empty": (np.empty((0, 6)), np.empty(0), "the points of a signature"),
    "backwards": (points(), clock()[::-1], "a clock that runs forward"),
    "milliseconds": (points(), clock() * 1000, "times in seconds"),
    "slow": (points(), clock() * 10, "20 points a second or more"),
    "still": (points(), clock() * 0, "20 points a second or more"),
    "pressure in steps": (changed("pressure", 700.0), clock(), "pressure from 0 to 1"),
    "tilt in tenths": (changed("altitude", 600.0), clock(), "altitude from 0 to 90"),
    "buttons": (changed("down", 2.0), clock(), "down as 0 or 1"),
    "holes": (changed("x", np.nan), clock(), "finite numbers"),
    "pen up": (points() * [1, 1, 1, 1, 1, 0], clock(), "10 points or more with the pen down"),
    "pixels": (points() * [100, 100, 1, 1, 1, 1], clock(), "a signature of 3 to 400 mm"),
    "dots": (points() * [0.01, 0.01, 1, 1, 1, 1], clock(), "a signature of 3 to 400 mm"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_is_refused_in_one_sentence(case: str) -> None:
    values, times, expected = WRONG[case]
    with pytest.raises(SignalError, match=expected) as refused:
        signature_sample(values, times)
    assert str(refused.value).count("\n") == 0


def test_channels_have_names_and_some_are_needed() -> None:
    with pytest.raises(SignalError, match="without down"):
        signature_sample(points()[:, :2], clock(), ("x", "y"))
    with pytest.raises(SignalError, match="'force'"):
        signature_sample(points()[:, [0, 1, 5, 2]], clock(), ("x", "y", "down", "force"))


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_files_give_back_what_was_written(ending: str, tmp_path: Path) -> None:
    sample = signature_sample(points(), clock(), subject="007", session="2")
    path = tmp_path / f"s{ending}"
    write_recording(sample, path)
    again = read_recording(path)
    assert (again.subject, again.session, again.channels) == ("007", "2", CHANNELS)
    np.testing.assert_allclose(again.values, sample.values, atol=1e-4)
    np.testing.assert_allclose(again.times, sample.times, atol=1e-6)


@given(st.integers(12, 200), st.integers(0, 50))
def test_any_length_is_kept(count: int, seed: int) -> None:
    assert len(signature_sample(points(count, seed), clock(count))) == count


FILES = {
    "no clock": ({"x": [1.0] * 20, "y": [1.0] * 20, "down": [1] * 20}, "the columns time_s"),
    "no down": ({"time_s": [0.0], "x": [1.0], "y": [1.0], "pressure": [0.5]}, "without down"),
    "text": ({"time_s": [0.0, 0.1], "x": [1.0, "left"], "y": [1.0, 2.0], "down": [1, 1]}, "'left' in row 2"),
    "two people": (
        {"time_s": clock(), **dict(zip(CHANNELS, points().T, strict=True)), "user": ["a"] * 40 + ["b"] * 40},
        "one user",
    ),
    "no rows": ({"time_s": [], "x": [], "y": [], "down": []}, "a table without rows"),
}


@pytest.mark.parametrize("case", FILES)
def test_files_that_hold_no_signature_are_refused(case: str, tmp_path: Path) -> None:
    columns, expected = FILES[case]
    pd.DataFrame(columns).to_csv(tmp_path / "s.csv", index=False)
    with pytest.raises(SignalError, match=expected):
        read_recording(tmp_path / "s.csv")


def test_only_tables_are_written(tmp_path: Path) -> None:
    sample = signature_sample(points(), clock())
    with pytest.raises(SignalError, match="an ending"):
        write_recording(sample, tmp_path / "s.txt")
    assert not list(tmp_path.iterdir())
