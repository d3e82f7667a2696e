"""Quaternion maths against scipy's Rotation, and its edges by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation, Slerp

from lineament.signals import rotations as rot

RNG = np.random.default_rng(5)
Q = Rotation.random(200, rng=np.random.default_rng(1)).as_quat()
P = Rotation.random(200, rng=np.random.default_rng(2)).as_quat()


def unit_quaternions() -> st.SearchStrategy[np.ndarray]:
    parts = arrays(np.float64, (4,), elements=st.floats(-1, 1, allow_subnormal=False))
    return parts.filter(lambda q: np.linalg.norm(q) > 1e-3).map(lambda q: q / np.linalg.norm(q))


def same_rotation(a: np.ndarray, b: np.ndarray, atol: float = 1e-12) -> None:
    np.testing.assert_allclose(rot.canonicalise(a), rot.canonicalise(b), atol=atol)


def test_multiply_inverse_and_rotate_agree_with_scipy() -> None:
    v = RNG.normal(size=(200, 3))
    same_rotation(rot.multiply(Q, P), (Rotation.from_quat(Q) * Rotation.from_quat(P)).as_quat())
    same_rotation(rot.inverse(Q), Rotation.from_quat(Q).inv().as_quat())
    np.testing.assert_allclose(rot.rotate(Q, v), Rotation.from_quat(Q).apply(v), atol=1e-12)


def test_shapes_broadcast() -> None:
    stacked = np.stack([Q, P])
    np.testing.assert_array_equal(rot.multiply(stacked, Q)[1], rot.multiply(P, Q))
    np.testing.assert_array_equal(rot.rotate(stacked, rot.UP)[0], rot.rotate(Q, rot.UP))
    np.testing.assert_array_equal(rot.multiply(Q[0], P)[7], rot.multiply(Q[0], P[7]))
    assert rot.yaw_about_up(stacked).shape == (2, 200)
    assert rot.slerp(stacked, stacked, 0.5).shape == (2, 200, 4)
    assert rot.from_yaw(0.3).shape == (4,)


def test_normalise_repairs_norms_and_marks_zero_as_not_tracked() -> None:
    np.testing.assert_allclose(rot.normalise(Q * 1.7), Q, atol=1e-15)
    assert np.isnan(rot.normalise(np.zeros((2, 4)))).all()
    assert np.isnan(rot.normalise([np.nan, 0, 0, 1])).all()


@given(unit_quaternions())
def test_canonicalise_chooses_one_of_the_pair(q: np.ndarray) -> None:
    canonical = rot.canonicalise(q)
    np.testing.assert_array_equal(canonical, rot.canonicalise(-q))
    assert canonical[3] >= 0
    assert np.array_equal(canonical, q) or np.array_equal(canonical, -q)


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ([0, 0, -1, 0], [0, 0, 1, 0]),
        ([0, -0.6, 0.8, 0], [0, 0.6, -0.8, 0]),
        ([-0.6, 0.8, 0, -0.0], [0.6, -0.8, 0, 0]),
        ([0, 0, 0, -1], [0, 0, 0, 1]),
        ([0, 0, 0, 0], [0, 0, 0, 0]),
    ],
)
def test_canonicalise_half_turns(q: list[float], expected: list[float]) -> None:
    np.testing.assert_array_equal(rot.canonicalise(q), expected)


def test_nan_stays_nan() -> None:
    lost = np.full((3, 4), np.nan)
    for out in (
        rot.canonicalise(lost),
        rot.delta(lost),
        rot.yaw_about_up(lost),
        rot.slerp(lost, Q[:3], 0.5),
        rot.to_rotation_vector(lost),
    ):
        assert np.isnan(out).all()


@pytest.mark.parametrize("lag", [1, 3])
def test_delta_is_the_turn_in_the_bodys_frame(lag: int) -> None:
    turns = rot.delta(Q, lag)
    assert turns.shape == (200 - lag, 4)
    assert (turns[:, 3] >= 0).all()
    same_rotation(rot.multiply(Q[:-lag], turns), Q[lag:])
    assert rot.delta(Q[:lag], lag).shape == (0, 4)
    assert rot.delta(Q[: lag - 1], lag).shape == (0, 4)


def test_rotation_vector_agrees_with_scipy() -> None:
    np.testing.assert_allclose(rot.to_rotation_vector(Q), Rotation.from_quat(Q).as_rotvec(), atol=1e-12)
    tiny = rot.from_axis(rot.RIGHT, np.array([0.0, 1e-12, 1e-170]))
    np.testing.assert_allclose(rot.to_rotation_vector(tiny)[:, 0], [0.0, 1e-12, 1e-170], rtol=1e-9)


@given(unit_quaternions(), st.floats(-np.pi, np.pi))
def test_yaw_turns_with_the_scene(q: np.ndarray, angle: float) -> None:
    turned = rot.yaw_about_up(rot.multiply(rot.from_yaw(angle), q))
    difference = turned - rot.yaw_about_up(q) - angle
    horizontal = np.hypot(*rot.rotate(q, rot.FORWARD)[[0, 2]])
    if abs(horizontal - rot.VERTICAL) > 1e-9:  # on the threshold itself the last digit decides
        assert abs(np.sin(difference / 2)) < 1e-9


def test_yaw_of_known_headings() -> None:
    degrees = np.array([0, 37, 90, -90, 180, -179.999])
    heading = rot.from_euler_zxy_degrees(np.stack([np.full(6, 25.0), degrees, np.full(6, 10.0)], axis=-1))
    np.testing.assert_allclose(np.degrees(rot.yaw_about_up(heading)), degrees, atol=1e-9)
    np.testing.assert_array_equal(rot.yaw_about_up([0, 1, 0, 0]), np.pi)


@pytest.mark.parametrize("pitch", [90.0, -90.0, 89.9, -89.9, 85.0, -85.0])
def test_yaw_of_a_vertical_gaze_is_the_heading_of_the_body(pitch: float) -> None:
    head = rot.from_euler_zxy_degrees([pitch, 37.0, 0.0])
    assert np.degrees(rot.yaw_about_up(head)) == pytest.approx(37.0, abs=1e-6)


@given(unit_quaternions(), unit_quaternions(), st.floats(0, 1))
def test_slerp_agrees_with_scipy(a: np.ndarray, b: np.ndarray, t: float) -> None:
    if abs(a @ b) < 1e-6:  # half a turn apart: both ways are shortest
        return
    expected = Slerp([0, 1], Rotation.from_quat([a, b]))(t).as_quat()
    angle = rot.multiply(rot.inverse(expected), rot.slerp(a, b, t))
    np.testing.assert_allclose(angle[:3], 0, atol=1e-7)
    np.testing.assert_allclose(np.linalg.norm(rot.slerp(a, b, t)), 1, atol=1e-12)


def test_slerp_in_bulk_is_exact() -> None:
    t = RNG.uniform(size=200)
    start, end = Q, rot.multiply(Q, rot.from_axis(rot.UP, RNG.uniform(0, 3, 200)))
    expected = [Slerp([0, 1], Rotation.from_quat([a, b]))(x).as_quat() for a, b, x in zip(start, end, t, strict=True)]
    same_rotation(rot.slerp(start, end, t), np.array(expected), atol=1e-13)
    same_rotation(rot.slerp(start, -end, t), np.array(expected), atol=1e-13)
    same_rotation(rot.slerp(Q, Q, t), Q)
    same_rotation(rot.slerp(Q, P, np.ones(200)), P)


def test_unity_euler_angles_agree_with_scipy() -> None:
    angles = RNG.uniform(-180, 180, (200, 3))
    expected = Rotation.from_euler("YXZ", angles[:, [1, 0, 2]], degrees=True).as_quat()
    same_rotation(rot.from_euler_zxy_degrees(angles), expected)


def test_real_heads_are_upright_and_hands_in_front(shared_data: Callable[[str], Path]) -> None:
    """The order Z, X, Y is the files': any other tips the heads over or puts the hands behind them."""
    for path in sorted(shared_data("xr-objects").glob("*.parquet"))[::8]:
        frames = pd.read_parquet(path)
        head = rot.from_euler_zxy_degrees(frames[[f"head_rot_{axis}" for axis in "xyz"]].to_numpy(float))
        up = rot.rotate(head, rot.UP)
        assert np.mean(up[:, 1]) > 0.6, path.name
        reach = (
            frames[[f"right_pos_{a}" for a in "xyz"]].to_numpy() - frames[[f"head_pos_{a}" for a in "xyz"]].to_numpy()
        )
        seen = rot.rotate(rot.inverse(rot.from_yaw(rot.yaw_about_up(head))), reach)
        assert np.median(seen[:, 0]) > 0, path.name
        assert np.median(seen[:, 2]) > 0, path.name
