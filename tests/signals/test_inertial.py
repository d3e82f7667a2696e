"""Inertial recordings: what is refused and why, and files that come back as they went."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineament.errors import SignalError
from lineament.signals.inertial import ACCELERATIONS, CHANNELS, inertial_sample
from lineament.signals.recordings import read_recording, write_recording
from lineament.signals.resampling import resample

FPS = 50.0


def walk(seconds: float = 6.0, fps: float = FPS) -> tuple[np.ndarray, np.ndarray]:
    """Somebody who walks two steps a second, y up: values (T, 6) in m/s² and rad/s, and times (T,)."""
    t = np.arange(round(seconds * fps)) / fps
    phase = 2 * np.pi * t
    columns = [np.cos(phase), 9.8 + 2.5 * np.sin(2 * phase), np.sin(2 * phase + 1)]
    columns += [0.3 * np.sin(phase), 0.5 * np.cos(phase), 0.2 * np.sin(2 * phase)]
    return np.stack(columns, axis=1), t


def changed(column: int, values: object) -> np.ndarray:
    table = walk()[0]
    table[:, column] = values
    return table


def test_a_walk_is_taken_as_it_is() -> None:
    values, times = walk()
    sample = inertial_sample(values, times, subject="a", session="1", attributes={"place": "belt"})
    np.testing.assert_array_equal(sample.values, values)
    assert (sample.modality, sample.channels, sample.subject, dict(sample.attributes)) == (
        "inertial", CHANNELS, "a", {"place": "belt"},
    )  # fmt: skip
    assert inertial_sample(values[:, :3], times, ACCELERATIONS).channels == ACCELERATIONS


@pytest.mark.parametrize(
    ("values", "times", "said"),
    [
        (np.empty((0, 6)), np.empty(0), "at least one frame"),
        (walk()[0], walk()[1] * 1000, "look like milliseconds"),
        (walk()[0], walk()[1] * 1e9, "look like nanoseconds"),
        (walk()[0], np.zeros(300), "check the clock"),
        (walk()[0], np.arange(300) / 5.0, "10 to 2000 frames a second was expected, but 5 of them"),
        (walk()[0], np.concatenate([walk()[1][:200], walk()[1][:100]]), "a clock that goes on"),
        (walk()[0] / [9.8, 9.8, 9.8, 1, 1, 1], walk()[1], "multiply them by 9.80665"),
        (walk()[0] * [27, 27, 27, 1, 1, 1], walk()[1], "the sensor's own numbers"),
        (walk()[0] - [0, 9.8, 0, 0, 0, 0], walk()[1], "with gravity"),
        (np.degrees(walk()[0]) * [0.0175, 0.0175, 0.0175, 1, 1, 1], walk()[1], "degrees a second"),
        (walk()[0] * [1, 1, 1, 900, 900, 900], walk()[1], "the sensor's own numbers|the sensor’s own numbers"),
        (changed(4, 0.1), walk()[1], "column gyr_y: values that vary was expected, but 0.1 throughout"),
        (changed(1, np.minimum(walk()[0][:, 1], 11.0)), walk()[1], "cut off at 11"),
        (np.full((300, 6), np.nan), walk()[1], "measured frames"),
        (walk()[0], np.where(np.arange(300) == 7, np.nan, walk()[1]), "finite times"),
    ],
)
def test_each_fault_is_told_in_a_sentence(values: np.ndarray, times: np.ndarray, said: str) -> None:
    with pytest.raises(SignalError, match=said):
        inertial_sample(values, times)


def test_channels_come_whole() -> None:
    values, times = walk()
    with pytest.raises(SignalError, match=r"without gyr_z"):
        inertial_sample(values[:, :5], times, CHANNELS[:5])
    with pytest.raises(SignalError, match=r"use 'acc_x'"):
        inertial_sample(values[:, :3], times, ("ac_x", "acc_y", "acc_z"))
    with pytest.raises(SignalError, match=r"without acc_x, acc_y, acc_z"):
        inertial_sample(values[:, 3:], times, CHANNELS[3:])


def test_a_clock_may_stutter_by_its_rounding() -> None:
    values, times = walk()
    times = np.round(times + np.where(np.arange(300) % 40 == 39, 0.025, 0.0), 3)
    assert inertial_sample(values, times).times.tolist() == times.tolist()


def test_somebody_who_stands_or_runs_is_no_fault() -> None:
    values, times = walk()
    rng = np.random.default_rng(0)
    still = np.array([0, 9.8, 0, 0, 0, 0]) + 0.02 * np.round(rng.standard_normal((300, 6)))
    inertial_sample(still, times)
    inertial_sample(values * 3 - [0, 19.6, 0, 0, 0, 0], times)


def test_frames_that_lack_a_number_are_lost_whole() -> None:
    values, times = walk()
    values[5, 2] = np.nan
    values[9, 4] = np.inf
    sample = inertial_sample(values, times)
    assert np.flatnonzero(np.isnan(sample.values).all(axis=1)).tolist() == [5, 9]
    assert np.isfinite(np.delete(sample.values, [5, 9], axis=0)).all()


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_files_come_back_as_they_went(ending: str, tmp_path: Path) -> None:
    values, times = walk()
    values[5] = np.nan
    sample = inertial_sample(values, times, subject="007", session="01")
    write_recording(sample, tmp_path / f"walk{ending}")
    read = read_recording(tmp_path / f"walk{ending}")
    np.testing.assert_allclose(read.values, sample.values, atol=1e-6)
    np.testing.assert_allclose(read.times, times, atol=1e-6)
    assert (read.subject, read.session, read.channels) == ("007", "01", CHANNELS)
    assert read_recording(tmp_path / f"walk{ending}", subject="b").subject == "b"


def test_files_that_are_none(tmp_path: Path) -> None:
    table = pd.DataFrame(walk()[0], columns=list(CHANNELS))
    table.to_csv(tmp_path / "untimed.csv", index=False)
    table.assign(time_s=walk()[1], acc_x="high").to_csv(tmp_path / "text.csv", index=False)
    table.assign(time_s=walk()[1], user=["a"] * 299 + ["b"]).to_csv(tmp_path / "two.csv", index=False)
    for name, said in [
        ("untimed", "the columns time_s"),
        ("text", "column acc_x: numbers was expected, but 'high' in row 1"),
        ("two", "one user was expected, but 2 of them"),
        ("absent", "no such file"),
    ]:
        with pytest.raises(SignalError, match=said):
            read_recording(tmp_path / f"{name}.csv")
    with pytest.raises(SignalError, match=r"\.csv or \.parquet"):
        write_recording(inertial_sample(*walk()), tmp_path / "walk.txt")


@given(st.floats(20.0, 400.0), st.integers(0, 100))
def test_resampling_finds_the_same_walk_at_any_rate(fps: float, seed: int) -> None:
    """Linear interpolation of slow sines errs by the square of the step at most."""
    values, times = walk(4.0, fps)
    (piece,) = resample(inertial_sample(values, times), 50.0)
    t = piece.times
    wanted = np.cos(2 * np.pi * t)
    assert np.abs(piece.column("acc_x") - wanted).max() <= (2 * np.pi / fps) ** 2 / 8 + 1e-9


def test_resampling_splits_pauses_and_bridges_losses() -> None:
    values, times = walk(8.0)
    values[20:25] = np.nan
    values[100:160] = np.nan
    times[300:] += 5.0
    pieces = resample(inertial_sample(values, times), 50.0, max_gap_s=0.5)
    assert [len(piece) for piece in pieces] == [300, 100]
    lost = np.isnan(pieces[0].values).all(axis=1)
    assert np.flatnonzero(lost).tolist() == list(range(100, 160))
