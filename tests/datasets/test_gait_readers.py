"""Readers of walks on the real set where it lies beside the project, and on files written in each set's layout."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lineament.datasets import open_dataset
from lineament.errors import SignalError
from lineament.signals.inertial import ACCELERATIONS, CHANNELS
from tests.signals.test_inertial import walk

NAMES = [f"{sensor}_{axis}" for sensor in ("adxl", "itg", "mma") for axis in "xyz"]


def bits(seconds: float = 4.0, fps: float = 50.0) -> np.ndarray:
    """The walk as SisFall's box tells it: 13, 16 and 14 bits over ±16 g, ±2000 °/s and ±8 g; (T, 9)."""
    values, _ = walk(seconds, fps)
    g, degrees = values[:, :3] / 9.80665, np.degrees(values[:, 3:])
    return np.concatenate([g * 2**13 / 32, degrees * 2**16 / 4000, g * 2**14 / 16], axis=1).round()


def test_sisfall_has_its_people(shared_data: Callable[[str], Path]) -> None:
    data = open_dataset(shared_data("gait-sisfall"))
    assert (data.name, len(data), len(data.subjects()), data.sessions()) == ("gait-sisfall", 76, 38, ["D01", "D02"])
    assert data.table.groupby("age_group")["subject"].nunique().to_dict() == {"adult": 23, "elderly": 15}
    durations = []
    for index in range(0, 76, 9):
        sample = data.load(index)
        durations.append(sample.duration)
        assert sample.channels == CHANNELS
        # y points down, some belts sit askew
        assert -11.5 < np.median(sample.column("acc_y")) < -6.5
        assert 0.1 < np.median(np.linalg.norm(sample.values[:, 3:], axis=1)) < 2
    assert all(99 < seconds < 181 for seconds in durations)


@pytest.mark.parametrize("layout", ["parquet", "original"])
def test_sisfall_in_both_layouts(layout: str, tmp_path: Path) -> None:
    if layout == "parquet":
        for name in ("D01_SA01_R01", "D02_SA01_R01", "D01_SE02_R01"):
            pd.DataFrame(bits().astype(np.int16), columns=NAMES).to_parquet(tmp_path / f"{name}.parquet")
    else:
        for person, name in (("SA01", "D01_SA01_R01"), ("SA01", "D02_SA01_R01"), ("SE02", "D01_SE02_R01")):
            (tmp_path / person).mkdir(exist_ok=True)
            lines = [",".join(f"{number:4.0f}" for number in row) + ";" for row in bits(4.0, 200.0)]
            (tmp_path / person / f"{name}.txt").write_text("\n".join(lines) + "\n\n")
        (tmp_path / "SA01" / "F01_SA01_R01.txt").write_text("falls are not read")
    data = open_dataset(tmp_path)
    assert (len(data), data.subjects(), data.sessions()) == (3, ["SA01", "SE02"], ["D01", "D02"])
    sample = data.load(0)
    times = sample.times + (1.5 / 200 if layout == "original" else 0.0)
    assert (len(sample), sample.subject, sample.session) == (200, "SA01", "D01")
    assert dict(sample.attributes) == {"activity": "slow walk", "trial": "R01", "age_group": "adult"}
    np.testing.assert_allclose(sample.column("acc_x"), np.cos(2 * np.pi * times), atol=0.03)
    np.testing.assert_allclose(sample.column("gyr_y"), 0.5 * np.cos(2 * np.pi * times), atol=0.01)


def test_damaged_sisfall_files(tmp_path: Path) -> None:
    (tmp_path / "SA01").mkdir()
    for trial, text, said in [
        ("R01", "", "an empty file"),
        ("R02", "1,2,3;\n" * 40, "9 columns"),
        ("R03", "1,2,x;\n" * 40, "lines of 9 numbers"),
        ("R04", "1,2,3,4,5,6,7,8,9;\n", "4 frames or more"),
        ("R05", "1,2,3,4,5,6,7,8,9;\n" * 400, "about 9.8 of them gravity"),
    ]:
        (tmp_path / "SA01" / f"D01_SA01_{trial}.txt").write_text(text)
        data = open_dataset(tmp_path).filter(trial=[trial])
        with pytest.raises(SignalError, match=said):
            data.load(0)


def idnet(folder: Path, name: str, *, gyroscope: bool = True) -> None:
    values, times = walk(5.0, 100.0)
    (folder / name).mkdir(parents=True)
    start = 4_012_345_678_901
    for sensor, columns, shift in (("accelerometer", values[:, :3], 0.0), ("gyroscope", values[:, 3:], 0.003)):
        if sensor == "accelerometer" or gyroscope:
            clock = start + ((times + shift) * 1e9).astype(np.int64)
            moved = columns if sensor == "accelerometer" else walk(5.0, 100.0)[0][:, 3:]
            table = pd.DataFrame(moved, columns=[f"{sensor}_{axis}_data" for axis in "xyz"])
            table.insert(0, f"{sensor}_timestamp", clock)
            table.to_csv(folder / name / f"{name}_{sensor}.log", sep="\t", index=False)


def test_idnet_lays_two_clocks_on_one(tmp_path: Path) -> None:
    for name in ("u001_w001", "u001_w002", "u012_w001"):
        idnet(tmp_path, name)
    data = open_dataset(tmp_path)
    assert (data.name, data.subjects(), data.sessions()) == ("gait-idnet", ["u001", "u012"], ["w001", "w002"])
    sample = data.load(0)
    assert sample.channels == CHANNELS
    np.testing.assert_allclose(sample.times, np.arange(500) / 100, atol=1e-6)
    known = np.isfinite(sample.values).all(axis=1)
    assert known.sum() == 499
    wanted = 0.5 * np.cos(2 * np.pi * (sample.times - 0.003))
    np.testing.assert_allclose(sample.column("gyr_y")[known], wanted[known], atol=2e-3)


def test_idnet_without_a_gyroscope_and_damaged(tmp_path: Path) -> None:
    idnet(tmp_path, "u001_w001", gyroscope=False)
    assert open_dataset(tmp_path).load(0).channels == ACCELERATIONS
    log = tmp_path / "u001_w001" / "u001_w001_accelerometer.log"
    log.write_text("time\tx\n1\t2\n")
    with pytest.raises(SignalError, match="the columns accelerometer_timestamp"):
        open_dataset(tmp_path).load(0)


@pytest.mark.parametrize("across", [True, False])
def test_zju_lays_recordings_one_after_another(across: bool, tmp_path: Path) -> None:
    for session, person in (("session_0", "001"), ("session_1", "001"), ("session_2", "001"), ("session_1", "002")):
        for recording in (1, 2):
            folder = tmp_path / session / f"subj_{person}" / f"rec_{recording}"
            folder.mkdir(parents=True)
            g = walk(3.0, 100.0)[0][:, :3] / 9.80665
            rows = g.T if across else g
            (folder / "3.txt").write_text("\n".join(",".join(f"{number:.5f}" for number in row) for row in rows))
    data = open_dataset(tmp_path)
    assert (data.name, data.subjects()) == ("gait-zju", ["001", "002", "s0-001"])
    sample = data.filter(subject=["001"], session=["session_1"]).load(0)
    assert (len(sample), sample.channels, sample.attributes["trials"]) == (600, ACCELERATIONS, (0.0, 12.99))
    np.testing.assert_allclose(sample.column("acc_y")[:300], walk(3.0, 100.0)[0][:, 1], atol=1e-3)
    (tmp_path / "session_1" / "subj_001" / "rec_1" / "3.txt").write_text("1,2\n3,4\n")
    with pytest.raises(SignalError, match="in three lines or columns"):
        data.filter(subject=["001"], session=["session_1"]).load(0)
