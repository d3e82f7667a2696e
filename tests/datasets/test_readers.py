"""Each reader on the real set where it lies beside the project, and on files written in the set's layout."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.transform import Rotation

from lineament.datasets import open_dataset
from lineament.datasets.conversion import convert_dataset, convert_file
from lineament.datasets.simulate import simulate_person, simulate_session
from lineament.datasets.simulate.writing import Plan, write_simulated
from lineament.errors import SignalError
from lineament.signals import Sample
from lineament.signals.inspection import inspect_file
from lineament.signals.motion import (
    JOINTS,
    UNDECLARED,
    channel_names,
    motion_sample,
    position_names,
    read_motion,
    rotation_names,
    write_motion,
)
from lineament.signals.rotations import rotate


def forward(sample: Sample, joint: str = "head") -> np.ndarray:
    return rotate(sample.columns(rotation_names(joint)), np.array([0.0, 0.0, 1.0]))


def hand_before_face(sample: Sample, joint: str) -> float:
    """Mean distance (cm) of a hand along the view."""
    offset = sample.columns(position_names(joint)) - sample.columns(position_names("head"))
    return float(np.nanmean((offset * forward(sample)).sum(axis=1)))


def moving(frames: int = 30) -> Sample:
    """A head at 170 cm that looks forward and two hands before it, canonical."""
    values = np.zeros((frames, 21))
    values[:, [6, 13, 20]] = 1
    values[:, [1, 8, 15]] = 170, 120, 120
    values[:, [9, 16]] = 40
    values[:, 7], values[:, 14] = -20, 20
    values[:, 0] = np.linspace(0, 10, frames)
    return motion_sample(values, np.arange(frames) / 30, channel_names(*JOINTS))


def test_xr_objects_has_its_people_and_looks_at_its_hands(shared_data: Callable[[str], Path]) -> None:
    data = open_dataset(shared_data("xr-objects"))
    assert (data.name, len(data), len(data.subjects()), data.sessions()) == (
        "xr-objects", 64, 16, ["S001", "S002", "S003", "S004"]
    )  # fmt: skip
    assert data.table.groupby("subject")["task"].nunique().eq(4).all()
    for index in range(0, 64, 7):
        sample = data.load(index)
        assert sample.channels == channel_names("head", "right_hand")
        assert len(sample.attributes["trials"]) == 50
        assert 100 < sample.column("head_pos_y").mean() < 200
        assert hand_before_face(sample, "right_hand") > 0
        assert (np.diff(sample.times) > 0).all()


def test_the_original_layout_of_xr_objects_gives_the_same_motion(shared_data: Callable[[str], Path]) -> None:
    raw = open_dataset(shared_data("xr-objects") / "raw_sample")
    assert raw.table.iloc[0][["subject", "session", "scene", "task"]].tolist() == ["p11", "S001", "office", "laser"]
    original = raw.load(0)
    prepared = open_dataset(shared_data("xr-objects")).filter(subject=["p11"], session=["S001"]).load(0)
    stop = original.attributes["trials"][1] - 10
    first, second = original.between(0, stop), prepared.between(0, stop)
    for name in ("head_pos_y", "right_hand_pos_z"):
        # One is 90 Hz, the other 30 Hz rounded to half precision, and each dropped its own first row.
        again = np.interp(second.times + 0.022, first.times, first.column(name))
        assert np.median(np.abs(again - second.column(name))) < 1.0


def test_xr_360_holds_one_sample_a_person_and_video(shared_data: Callable[[str], Path]) -> None:
    data = open_dataset(shared_data("xr-360"))
    assert (data.name, len(data.subjects()), len(data.sessions())) == ("xr-360", 60, 29)
    assert (data.table["session"] == data.table["video"]).all()
    per_person = data.table.groupby("subject")["video"].nunique()
    assert per_person.between(12, 15).all()
    sample = data.load(0)
    assert sample.channels == rotation_names("head")
    assert rotate(sample.columns(rotation_names("head")), np.array([0.0, 1.0, 0.0]))[:, 1].mean() > 0.8
    assert (np.diff(sample.times) >= 0).all()


def test_who_is_alyx_is_turned_to_face_its_hands(shared_data: Callable[[str], Path], tmp_path: Path) -> None:
    example = shared_data("xr-formats") / "motion_learning_toolbox" / "data.csv"
    folder = tmp_path / "players" / "07" / "2022-01-07"
    folder.mkdir(parents=True)
    (folder / "vr-controllers.csv").write_bytes(example.read_bytes())
    data = open_dataset(tmp_path)
    assert (data.name, data.subjects(), data.sessions()) == ("who-is-alyx", ["07"], ["2022-01-07"])
    sample = data.load(0)
    assert hand_before_face(sample, "left_hand") > 20
    assert hand_before_face(sample, "right_hand") > 20
    assert forward(sample)[:, 1].mean() < 0


def as_recorded(sample: Sample) -> np.ndarray:
    """Canonical values as the ball-throwing set records them: metres, z backward."""
    values = sample.values.copy()
    for start in (0, 7, 14):
        values[:, start : start + 3] *= 0.01
        values[:, start + 2] *= -1
        values[:, start + 6] *= -1
        values[:, start + 5] *= -1
        values[:, start + 6] *= -1
        values[:, start + 3 : start + 5] *= -1
    return values


def test_ball_throwing_recordings_are_read_back(tmp_path: Path) -> None:
    throw = moving(135)
    recorded = as_recorded(throw)
    for device, start in (("Head", 0), ("Left", 7), ("Right", 14)):
        block = recorded[:, start : start + 7][:, [0, 1, 2, 6, 3, 4, 5]]
        lines = "\n".join(",".join(f"{x:.9f}" for x in row) + ",0.0" for row in block) + "\n" + "*" * 20 + "\n"
        (tmp_path / f"Vive_101_1_{device}.csv").write_text(lines * 10)
    data = open_dataset(tmp_path)
    assert (data.name, data.subjects(), data.table["system"].tolist()) == ("ball-throwing", ["101"], ["vive"])
    sample = data.load(0)
    assert len(sample) == 1350
    assert len(sample.attributes["trials"]) == 10
    np.testing.assert_allclose(sample.values[:135, :3], throw.values[:, :3], atol=1e-5)
    np.testing.assert_allclose(np.abs((sample.values[:135, 3:7] * throw.values[:, 3:7]).sum(1)), 1, atol=1e-6)
    assert hand_before_face(sample, "left_hand") == pytest.approx(40, abs=1e-4)
    np.testing.assert_allclose(np.diff(sample.times[:135]), 3 / 135)


def test_ball_throwing_arrays_are_read_back(tmp_path: Path) -> None:
    throw = moving(135)
    recorded = as_recorded(throw)
    array = np.zeros((41, 10, 135, 21))
    for start, joint in ((0, 14), (7, 0), (14, 7)):
        array[..., start : start + 3] = recorded[:, joint : joint + 3]
        turns = Rotation.from_quat(recorded[:, joint + 3 : joint + 7]).as_euler("xyz", degrees=True)
        array[..., start + 3 : start + 6] = turns
    np.save(tmp_path / "Quest2.npy", array)
    data = open_dataset(tmp_path)
    assert len(data.subjects()) == 41
    sample = data.load(5)
    assert (sample.subject, sample.session, sample.attributes["system"]) == ("05", "2", "quest")
    np.testing.assert_allclose(sample.values[:135, :3], throw.values[:, :3], atol=1e-5)
    assert hand_before_face(sample, "right_hand") == pytest.approx(40, abs=1e-4)


@pytest.mark.parametrize("text", ["", "1,2,3\n", "a,b,c,d,e,f,g,h\n"])
def test_a_damaged_throw_is_refused(tmp_path: Path, text: str) -> None:
    for device in ("Head", "Left", "Right"):
        (tmp_path / f"Vive_1_1_{device}.csv").write_text(text)
    with pytest.raises(SignalError, match="was expected"):
        open_dataset(tmp_path).load(0)


def test_unified_folders_and_tables_with_users(tmp_path: Path) -> None:
    for subject, session in (("ann", "1"), ("ann", "2"), ("bob", "1")):
        write_motion(moving(), tmp_path / "folders" / subject / f"{session}.csv")
    folders = open_dataset(tmp_path / "folders")
    assert [(s.subject, s.session) for s in folders] == [("ann", "1"), ("ann", "2"), ("bob", "1")]
    tables = []
    for sample in folders:
        frame = pd.read_csv(tmp_path / "folders" / str(sample.subject) / f"{sample.session}.csv")
        tables.append(frame.assign(user=sample.subject, session=sample.session))
    (tmp_path / "table").mkdir()
    pd.concat(tables).to_csv(tmp_path / "table" / "all.csv", index=False)
    table = open_dataset(tmp_path / "table")
    assert [(s.subject, s.session) for s in table] == [("ann", "1"), ("ann", "2"), ("bob", "1")]
    np.testing.assert_allclose(table.load(2).values, folders.load(2).values)


def test_conversion_keeps_the_motion_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    write_motion(moving(), tmp_path / "in" / "ann" / "1.csv")
    write_motion(moving(), tmp_path / "in" / "bob" / "1.csv")
    done: list[int] = []
    convert_dataset(tmp_path / "in", tmp_path / "out", progress=lambda count, of: done.append(count))
    assert done == [1, 2]
    kept = (tmp_path / "out" / "ann" / "1.parquet").stat().st_mtime_ns
    (tmp_path / "out" / "bob" / "1.parquet").unlink()
    convert_dataset(tmp_path / "in", tmp_path / "out")
    assert (tmp_path / "out" / "ann" / "1.parquet").stat().st_mtime_ns == kept
    again = open_dataset(tmp_path / "out")
    assert (again.name, again.subjects()) == ("in", ["ann", "bob"])
    np.testing.assert_allclose(again.load(0).values, moving().values, atol=1e-4)


def test_a_file_in_other_axes_and_metres_is_converted(tmp_path: Path) -> None:
    turned = moving().replace(values=as_recorded(moving()))
    write_motion(turned, tmp_path / "openxr.csv")
    convert_file(tmp_path / "openxr.csv", tmp_path / "unified.csv", axes="RUB", unit="m")
    again = read_motion(tmp_path / "unified.csv")
    np.testing.assert_allclose(
        again.columns(position_names("head")), moving().columns(position_names("head")), atol=1e-2
    )
    assert hand_before_face(again, "right_hand") == pytest.approx(40, abs=1e-2)


@pytest.mark.parametrize("declared", ["RUF", "RUB", None])
def test_conversion_tells_an_inspection_nothing_new(tmp_path: Path, declared: str | None) -> None:
    sample = simulate_session(simulate_person(seed=3, index=0), 1, 0.4)
    frame = pd.DataFrame(sample.values, columns=list(sample.channels))
    frame.insert(0, "delta_time_ms", sample.times * 1000)
    frame = frame if declared is None else frame.assign(axes=declared)
    frame.to_csv(tmp_path / "in.csv", index=False)
    convert_file(tmp_path / "in.csv", tmp_path / "out.csv")
    before, after = inspect_file(tmp_path / "in.csv"), inspect_file(tmp_path / "out.csv")
    assert [(f.level, f.code) for f in before.findings] == [(f.level, f.code) for f in after.findings]
    assert read_motion(tmp_path / "out.csv").attributes["axes"] == ("RUF" if declared else UNDECLARED)


def test_what_a_file_declares_gives_way_to_who_knows_better(tmp_path: Path) -> None:
    write_motion(moving().replace(values=as_recorded(moving())), tmp_path / "wrongly.csv")
    once = read_motion(tmp_path / "wrongly.csv", axes="RUB")
    convert_file(tmp_path / "wrongly.csv", tmp_path / "rightly.csv", axes="RUB", unit="m")
    assert once.attributes["axes"] == read_motion(tmp_path / "rightly.csv").attributes["axes"] == "RUF"
    np.testing.assert_allclose(once.column("right_hand_pos_z"), 0.4, atol=1e-3)


def test_simulated_people_stay_so_on_disk(tmp_path: Path) -> None:
    write_simulated(tmp_path / "simulated", 1, 1, Plan(minutes=0.1))
    simulated = open_dataset(tmp_path / "simulated")
    assert simulated.table["simulated"].tolist() == [True]
    convert_dataset(tmp_path / "simulated", tmp_path / "converted")
    assert open_dataset(tmp_path / "converted").table["simulated"].tolist() == [True]
    write_motion(moving(), tmp_path / "own" / "ann" / "1.csv")
    own = open_dataset(tmp_path / "own")
    assert own.table["simulated"].tolist() == [False]
    assert own.table["simulated"].dtype == bool


def test_a_description_of_another_kind_is_refused(tmp_path: Path) -> None:
    write_motion(moving(), tmp_path / "ann" / "1.csv")
    (tmp_path / "dataset.json").write_text("[1]")
    with pytest.raises(SignalError, match="but a list came"):
        open_dataset(tmp_path)


def test_users_and_sessions_in_tables_are_text(tmp_path: Path) -> None:
    write_motion(moving().replace(subject="007", session="01"), tmp_path / "all.csv")
    data = open_dataset(tmp_path)
    assert (data.subjects(), data.sessions()) == (["007"], ["01"])
    assert data.load(0).subject == read_motion(tmp_path / "all.csv").subject == "007"


def test_unknown_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SignalError, match="known layout"):
        open_dataset(tmp_path)
    with pytest.raises(SignalError, match="no folder"):
        open_dataset(tmp_path / "nowhere")
    write_motion(moving(), tmp_path / "ann" / "1.csv")
    with pytest.raises(SignalError, match="another folder"):
        convert_dataset(tmp_path, tmp_path)
