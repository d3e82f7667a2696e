from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation, Slerp

from lineament.errors import SignalError
from lineament.signals.motion import channel_names, motion_sample, position_names, rotation_names
from lineament.signals.resampling import resample
from lineament.signals.sample import Sample

HEAD = channel_names("head")


def recording(times: np.ndarray, seed: int = 0) -> Sample:
    rng = np.random.default_rng(seed)
    rotations = Rotation.random(len(times), rng=rng).as_quat()
    return motion_sample(np.hstack([rng.normal(size=(len(times), 3)) * 50, rotations]), times, HEAD)


def along_x(times: list[float], x: list[float]) -> Sample:
    return motion_sample(np.column_stack([x, np.zeros((len(x), 2))]), times, position_names("head"))


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 60), st.floats(5.0, 200.0), st.integers(0, 10_000))
def test_agrees_with_interp_and_slerp(frames: int, fps: float, seed: int):
    times = np.cumsum(np.random.default_rng(seed).uniform(0.005, 0.1, frames))
    sample = recording(times, seed)

    (piece,) = resample(sample, fps)

    assert np.allclose(np.diff(piece.times), 1 / fps)
    assert piece.times[0] == times[0]
    assert times[-1] - 1 / fps < piece.times[-1] + 1e-6 <= times[-1] + 2e-6
    grid = np.minimum(piece.times, times[-1])
    for axis, name in enumerate(position_names("head")):
        np.testing.assert_allclose(piece.column(name), np.interp(grid, times, sample.values[:, axis]), atol=1e-9)
    expected = Slerp(times, Rotation.from_quat(sample.columns(rotation_names("head"))))(grid)
    got = Rotation.from_quat(piece.columns(rotation_names("head")))
    np.testing.assert_allclose((expected * got.inv()).magnitude(), 0, atol=1e-6)


def test_its_own_rate_changes_nothing():
    sample = recording(np.arange(50) / 90)

    (piece,) = resample(sample, 90)

    np.testing.assert_allclose(piece.values, sample.values, atol=1e-7)


def test_quaternions_of_opposite_sign_are_one_rotation():
    sample = recording(np.arange(20) / 20)
    flipped = sample.values.copy()
    flipped[::2, 3:] *= -1

    (one,), (other,) = resample(sample, 33), resample(sample.replace(values=flipped), 33)

    dots = np.sum(one.values[:, 3:] * other.values[:, 3:], axis=1)
    np.testing.assert_allclose(np.abs(dots), 1, atol=1e-12)


def test_half_turns_with_w_zero_stay_finite():
    turns = [[0, 1, 0, 0], [0, 0.6, 0.8, 0], [0, 0, 0, 1]]
    sample = motion_sample(np.hstack([np.zeros((3, 3)), turns]), [0, 0.1, 0.2], HEAD)

    (piece,) = resample(sample, 50)

    np.testing.assert_allclose(np.linalg.norm(piece.values[:, 3:], axis=1), 1, atol=1e-12)


def test_gaps_split():
    pieces = resample(along_x([0, 0.2, 0.4, 2.0, 2.2], [0, 1, 2, 9, 10]), 10, max_gap_s=0.5)

    assert [piece.times.round(9).tolist() for piece in pieces] == [[0, 0.1, 0.2, 0.3, 0.4], [2.0, 2.1, 2.2]]
    assert pieces[1].column("head_pos_x").round(9).tolist() == [9, 9.5, 10]


def test_a_single_frame_between_gaps_stays_a_frame():
    assert [len(piece) for piece in resample(along_x([0, 5, 10], [0, 1, 2]), 10)] == [1, 1, 1]
    assert [len(piece) for piece in resample(along_x([3], [1]), 10)] == [1]


def test_repeated_and_backward_times_are_dropped():
    (piece,) = resample(along_x([0, 0.1, 0.1, 0.05, 0.2], [0, 1, 77, 77, 2]), 10)

    assert piece.column("head_pos_x").round(9).tolist() == [0, 1, 2]


def test_a_clock_that_starts_again_starts_a_new_piece():
    pieces = resample(along_x([0, 0.1, 0.2, -5.0, -4.9], [0, 1, 2, 3, 4]), 10)

    assert [piece.column("head_pos_x").round(9).tolist() for piece in pieces] == [[0, 1, 2], [3, 4]]


def test_lost_tracking_is_bridged_only_when_short():
    times = np.arange(20) / 10
    x = times.copy()
    x[[0, 1, 5, 19]] = np.nan
    x[8:16] = np.nan

    (piece,) = resample(along_x(times.tolist(), x.tolist()), 10, max_gap_s=0.5)

    lost = np.isnan(piece.column("head_pos_x"))
    assert np.flatnonzero(lost).tolist() == [0, 1, *range(8, 16), 19]
    assert piece.column("head_pos_x")[5] == pytest.approx(0.5)


def test_a_joint_never_tracked_stays_untracked():
    (piece,) = resample(along_x([0, 0.1, 0.2], [np.nan] * 3), 30)

    assert np.isnan(piece.values).all()


@pytest.mark.parametrize(("fps", "gap"), [(0, 1), (-1, 1), (15, 0), (np.nan, 1), (np.inf, 1)])
def test_wrong_parameters(fps: float, gap: float):
    with pytest.raises(SignalError, match="above 0"):
        resample(along_x([0, 1], [0, 1]), fps, gap)
