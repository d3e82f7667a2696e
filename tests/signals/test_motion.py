from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lineament.errors import SignalError
from lineament.signals.motion import (
    CHANNELS,
    UNDECLARED,
    channel_names,
    convert_axes,
    motion_sample,
    position_names,
    read_motion,
    rotation_names,
    sample_from_table,
    write_motion,
)
from lineament.signals.sample import Sample

HEAD = channel_names("head")
POSE = [1.0, 170.0, 2.0, 0.0, 0.0, 0.0, 1.0]


def table(**changes: object) -> pd.DataFrame:
    columns: dict[str, object] = {"delta_time_ms": [0.0, 10.0, 20.0]}
    columns |= {name: [value] * 3 for name, value in zip(HEAD, POSE, strict=True)}
    return pd.DataFrame(columns | changes)


class TestMotionSample:
    def test_nearly_unit_quaternions_are_repaired(self):
        sample = motion_sample([[*POSE[:3], 0.0, 0.6, 0.0, 0.85]], [0.0], HEAD)

        assert np.linalg.norm(sample.columns(rotation_names("head"))) == pytest.approx(1, abs=1e-15)

    @pytest.mark.parametrize("lost", [[0.0] * 4, [np.nan, 0.0, 0.0, 1.0], [np.inf, 0.0, 0.0, 1.0]])
    def test_what_is_no_rotation_is_not_tracked(self, lost: list[float]):
        sample = motion_sample([[*POSE[:3], *lost], POSE], [0.0, 0.1], HEAD)

        assert np.isnan(sample.columns(rotation_names("head"))[0]).all()
        assert sample.columns(position_names("head")).tolist() == [POSE[:3]] * 2

    def test_half_a_position_is_not_tracked(self):
        sample = motion_sample([[np.nan, 170.0, 2.0, *POSE[3:]]], [0.0], HEAD)

        assert np.isnan(sample.columns(position_names("head"))).all()
        assert sample.column("head_rot_w")[0] == 1.0

    def test_degrees_are_refused(self):
        with pytest.raises(SignalError, match="norm 1"):
            motion_sample([[*POSE[:3], 12.0, 90.0, 3.0, 0.0]], [0.0], HEAD)

    def test_channels_come_whole(self):
        with pytest.raises(SignalError, match="without head_pos_z"):
            motion_sample([[0.0, 0.0]], [0.0], ("head_pos_x", "head_pos_y"))
        with pytest.raises(SignalError, match="Euler angles"):
            motion_sample([[0.0] * 3], [0.0], rotation_names("head")[:3])
        with pytest.raises(SignalError, match="head_pos_x"):
            motion_sample([[0.0]], [0.0], ("haed_pos_x",))

    def test_a_joint_may_have_only_one_of_both(self):
        sample = motion_sample(
            [[0.0, 0.0, 0.0, 1.0, 5.0, 5.0, 5.0]], [0.0], rotation_names("head") + position_names("left_hand")
        )

        assert len(sample.channels) == 7


class TestConvertAxes:
    def test_openvr_metres_to_canonical(self):
        sample = motion_sample([[0.1, 1.7, -0.5, 0.1, 0.2, 0.3, 0.927]], [0.0], HEAD)

        converted = convert_axes(sample, "RUB", "m")

        assert converted.columns(position_names("head"))[0] == pytest.approx([10, 170, 50])
        x, y, z, w = sample.columns(rotation_names("head"))[0]
        assert converted.columns(rotation_names("head"))[0] == pytest.approx([-x, -y, z, w])

    def test_units_alone_leave_the_axes_undeclared(self):
        sample = motion_sample([POSE], [0.0], HEAD, attributes={"axes": UNDECLARED})

        assert convert_axes(sample, None, "m").column("head_pos_z").tolist() == [200.0]
        assert convert_axes(sample, None, "m").attributes["axes"] == UNDECLARED
        assert convert_axes(sample, "RUF", "m").attributes["axes"] == "RUF"

    def test_unknown_unit(self):
        with pytest.raises(SignalError, match="use"):
            convert_axes(motion_sample([POSE], [0.0], HEAD), "RUF", "metres")


class TestFiles:
    @pytest.mark.parametrize("ending", [".csv", ".parquet"])
    def test_what_is_written_is_read(self, tmp_path: Path, ending: str, person: Callable[..., Sample]):
        values = person(2.0).values.copy()
        values[3, :7] = np.nan
        sample = person(2.0).replace(values=values, subject="007", session="2")

        write_motion(sample, tmp_path / f"motion{ending}")
        back = read_motion(tmp_path / f"motion{ending}")

        np.testing.assert_allclose(back.values, sample.values, atol=1e-4)
        np.testing.assert_allclose(back.times, sample.times, atol=1e-6)
        assert (back.subject, back.session, back.channels) == ("007", "2", CHANNELS)
        assert back.attributes["axes"] == "RUF"

    def test_axes_stay_undeclared(self, tmp_path: Path):
        table().to_csv(tmp_path / "a.csv", index=False)
        sample = read_motion(tmp_path / "a.csv")
        assert sample.attributes["axes"] == UNDECLARED

        write_motion(sample, tmp_path / "b.csv")

        assert read_motion(tmp_path / "b.csv").attributes["axes"] == UNDECLARED
        assert "axes" not in pd.read_csv(tmp_path / "b.csv")

    def test_declared_axes_are_converted(self):
        assert sample_from_table(table(axes=["RUB"] * 3)).column("head_pos_z").tolist() == [-2.0] * 3

    def test_names_of_who_is_alyx(self):
        raw = table().rename(columns=lambda name: name.replace("head", "hmd").replace("delta_time_ms", "timestamp"))
        sample = sample_from_table(raw)

        assert sample.channels == HEAD
        assert sample.times.tolist() == [0.0, 0.01, 0.02]

    def test_a_rate_in_place_of_a_clock(self):
        frame = table().drop(columns="delta_time_ms")

        assert sample_from_table(frame, fps=50).times.tolist() == [0.0, 0.02, 0.04]
        with pytest.raises(SignalError, match="--fps"):
            sample_from_table(frame)
        with pytest.raises(SignalError, match="above 0"):
            sample_from_table(frame, fps=0)

    def test_times_start_at_zero_and_frames_without_time_go(self):
        sample = sample_from_table(table(delta_time_ms=[1e12, np.nan, 1e12 + 20]))

        assert sample.times.tolist() == [0.0, 0.02]
        assert sample.attributes["untimed_frames"] == 1

    @pytest.mark.parametrize(
        ("name", "content", "said"),
        [
            ("a.csv", b"", "an empty file"),
            ("a.csv", b"delta_time_ms,head_pos_x\n", "without rows"),
            ("a.csv", b"delta_time_ms,foo\n0,1\n", "columns such as head_pos_x"),
            ("a.csv", b"delta_time_ms,head_pos_x\n0,1\n", "without head_pos_y, head_pos_z"),
            ("a.csv", b"delta_time_ms,head_pos_x,head_pos_y,head_pos_z\n0,1,oops,3\n", "'oops' in row 1"),
            ("a.csv", b"delta_time_ms,head_pos_x\n0,\xff\xfe\xfa\n", "not UTF-8"),
            ("a.csv", b'a,b\n"1,2\n3', "EOF"),
            ("a.parquet", b"no parquet", "restore the file"),
            ("a.xlsx", b"x", "a file called"),
            ("a.csv", b"user,delta_time_ms,head_pos_x,head_pos_y,head_pos_z\na,0,1,1,1\nb,1,1,1,1\n", "2 of them"),
        ],
    )
    def test_bad_files_end_in_one_sentence(self, tmp_path: Path, name: str, content: bytes, said: str):
        (tmp_path / name).write_bytes(content)

        with pytest.raises(SignalError, match=said) as caught:
            read_motion(tmp_path / name)

        assert "\n" not in str(caught.value)

    def test_missing_files_and_other_modalities(self, tmp_path: Path):
        with pytest.raises(SignalError, match="no such file"):
            read_motion(tmp_path / "none.csv")
        with pytest.raises(SignalError, match="ending"):
            write_motion(motion_sample([POSE], [0.0], HEAD), tmp_path / "a.xls")
        with pytest.raises(SignalError, match="gait"):
            write_motion(Sample("gait", [[0.0]], [0.0], ("x",)), tmp_path / "a.csv")
