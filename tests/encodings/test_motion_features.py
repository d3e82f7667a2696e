"""The feature sets: against a slow loop, under moves and mirrors, by hand, at the edges."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from lineament.encodings import build_encoding
from lineament.recipes.components import MotionEncoding
from lineament.signals.axes import axes_matrix, axes_names
from lineament.signals.motion import convert_axes, position_names, rotation_names
from lineament.signals.sample import Sample

from .motions import FPS, JOINTS, changed, mirrored, moved, walk

SETS = ("BR", "BRV", "BRA", "statics", "positions", "orientations", "velocities", "turns", "differences")
INVARIANT = ("BR", "BRV", "BRA", "positions", "orientations", "velocities", "turns")


def features(sample: Sample, *sets: str, **spec: object) -> np.ndarray:
    [(_, values)] = build_encoding(MotionEncoding(features=sets, fps=FPS, **spec)).features(sample)
    return values


def names(*sets: str) -> tuple[str, ...]:
    return build_encoding(MotionEncoding(features=sets)).names


def column(sample: Sample, name: str) -> np.ndarray:
    return features(sample, name.split("_")[0])[:, names(name.split("_")[0]).index(name)]


def canonical(rotation: Rotation) -> np.ndarray:
    return rotation.as_quat(canonical=True)


def slow_body_relative(sample: Sample) -> list[dict[str, np.ndarray | Rotation]]:
    """The paper's recipe frame by frame: project the view, measure its angle by arccos, turn back, subtract."""
    rows = []
    for frame in range(len(sample)):
        at = {j: sample.columns(position_names(j))[frame] for j in JOINTS}
        turned = {j: Rotation.from_quat(sample.columns(rotation_names(j))[frame]) for j in JOINTS}
        view = turned["head"].apply([0, 0, 1]) * [1, 0, 1]
        angle = np.arccos(view[2] / np.linalg.norm(view))
        back = Rotation.from_rotvec([0, -np.sign(view[0]) * angle, 0])
        row: dict[str, np.ndarray | Rotation] = {"head_rot": back * turned["head"]}
        for hand in JOINTS[1:]:
            row |= {f"{hand}_pos": back.apply(at[hand] - at["head"]), f"{hand}_rot": back * turned[hand]}
        rows.append(row)
    return rows


def change(rows: list[dict[str, np.ndarray | Rotation]]) -> list[dict[str, np.ndarray | Rotation]]:
    return [
        {k: (old[k].inv() * new[k] if k.endswith("rot") else new[k] - old[k]) for k in new}
        for old, new in pairwise(rows)
    ]


def test_br_brv_bra_agree_with_a_slow_loop() -> None:
    sample = walk(40, seed=3)
    rows = slow_body_relative(sample)
    for name in ("BR", "BRV", "BRA"):
        values, at = features(sample, name), 0
        for part in ("head_rot", "left_hand_pos", "left_hand_rot", "right_hand_pos", "right_hand_rot"):
            expected = np.array([canonical(r[part]) if part.endswith("rot") else r[part] for r in rows])
            width = expected.shape[1]
            np.testing.assert_allclose(values[:, at : at + width], expected, atol=1e-9, err_msg=f"{name} {part}")
            at += width
        rows = change(rows)


def test_sr_is_the_recording() -> None:
    sample = walk(40)
    values = features(sample, "SR")
    for place, name in enumerate(names("SR")):
        if "_pos_" in name:
            np.testing.assert_allclose(values[:, place], sample.column(name.removeprefix("SR_")), atol=1e-12)
    np.testing.assert_allclose(values[:, 3:7], canonical(Rotation.from_quat(sample.values[:, 3:7])), atol=1e-12)


@given(st.integers(0, 10_000), st.floats(-180, 180), st.lists(st.floats(-500, 500), min_size=3, max_size=3))
@settings(max_examples=30, deadline=None)
def test_where_one_stands_and_faces_does_not_matter(seed: int, degrees: float, shift: list[float]) -> None:
    sample = walk(25, seed)
    np.testing.assert_allclose(
        features(moved(sample, degrees, shift), *INVARIANT), features(sample, *INVARIANT), atol=1e-9
    )


@pytest.mark.parametrize("degrees", [37.0, 90.0, 180.0, -90.0])
def test_yaw_and_translation_by_name(degrees: float) -> None:
    sample = walk(60)
    for name in INVARIANT:
        there = features(moved(sample, degrees, [300, 12, -77]), name)
        np.testing.assert_allclose(there, features(sample, name), atol=1e-10, err_msg=name)


def test_what_does_matter() -> None:
    """The test above can fail: a tilted scene changes every set but the turns, a higher floor the height alone."""
    sample = walk(60)
    for name in set(INVARIANT) - {"turns"}:
        assert np.abs(features(moved(sample, 20, [0, 0, 0], "x"), name) - features(sample, name)).max() > 1e-2, name
    lifted = features(moved(sample, 37, [9, 5, 3]), "statics") - features(sample, "statics")
    np.testing.assert_allclose(lifted, np.tile([5, 0, 0], (60, 1)), atol=1e-10)


@given(st.integers(0, 1000), st.integers(0, 2**30))
@settings(max_examples=20, deadline=None)
def test_the_sign_of_a_quaternion_does_not_matter(seed: int, signs: int) -> None:
    sample = walk(25, seed)
    flips = np.random.default_rng(signs).choice([-1.0, 1.0], (25, 3))
    values = sample.values.copy()
    for which, joint in enumerate(JOINTS):
        at = [sample.channels.index(name) for name in rotation_names(joint)]
        values[:, at] *= flips[:, which : which + 1]
    flipped = features(sample.replace(values=values), "SR", *SETS)
    np.testing.assert_allclose(flipped, features(sample, "SR", *SETS), atol=1e-9)


def test_a_mirrored_world_has_mirrored_features() -> None:
    """Left becomes right, x of positions and directions changes sign, y and z of rotations (x stays: pitch)."""
    sample = walk(60)
    seen, original = features(mirrored(sample), *SETS), features(sample, *SETS)
    every = names(*SETS)
    for place, name in enumerate(every):
        other = name.replace("left", "RIGHT").replace("right", "left").replace("RIGHT", "right")
        turning = "_rot_" in name or "_turn_" in name
        sign = -1.0 if name.endswith(("_y", "_z") if turning else "_x") else 1.0
        np.testing.assert_allclose(seen[:, place], sign * original[:, every.index(other)], atol=1e-9, err_msg=name)


def test_any_axes_give_the_same_features() -> None:
    """One motion, written in each of the 48 conventions, in metres, turned 37 degrees about that convention's up."""
    sample = moved(walk(20), 37, [40, 0, 90])
    reference = features(walk(20), "BR", "BRV", "BRA")
    for axes in axes_names():
        matrix = axes_matrix(axes)
        values = sample.values.copy()
        for joint in JOINTS:
            at = [sample.channels.index(name) for name in position_names(joint)]
            values[:, at] = values[:, at] @ matrix / 100
            at = [sample.channels.index(name) for name in rotation_names(joint)]
            turned = matrix.T @ Rotation.from_quat(values[:, at]).as_matrix() @ matrix
            values[:, at] = Rotation.from_matrix(turned).as_quat()
        recorded = sample.replace(values=values)
        back = features(convert_axes(recorded, axes, "m"), "BR", "BRV", "BRA")
        np.testing.assert_allclose(back, reference, atol=1e-9, err_msg=axes)


def test_hand_made_case() -> None:
    """A head at (123, 23, 0) that looks right and up, hands 1 cm before and behind it (motion-learning-toolbox)."""
    values = []
    for euler, place in (([0, 90, 50], [123, 23, 0]), ([0, 90, 30], [123, 23, 1]), ([0, 90, 40], [123, 23, -1])):
        values += [*place, *Rotation.from_euler("xyz", euler, degrees=True).as_quat()]
    sample = walk(1).replace(values=[values])
    [row] = features(sample, "BR")
    head, left, left_turn, right, right_turn = np.split(row, [4, 7, 11, 14])
    np.testing.assert_allclose(left, [-1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(right, [1, 0, 0], atol=1e-12)
    for turn, pitch in ((head, -50), (left_turn, -30), (right_turn, -40)):
        np.testing.assert_allclose(Rotation.from_quat(turn).as_euler("xyz", degrees=True), [pitch, 0, 0], atol=1e-6)


def test_first_rows_are_velocities_already() -> None:
    """A head that turns 3 degrees up a frame and a hand that rises ever faster: every row says so, the first too."""
    frames = np.arange(10)
    pitch = Rotation.from_euler("X", -3.0 * frames[:, None], degrees=True).as_quat()
    sample = changed(walk(10), **dict(zip(rotation_names("head"), pitch.T, strict=True)))
    still = dict.fromkeys((*position_names("head"), *position_names("right_hand")), 0.0)
    sample = changed(sample, **still | {"right_hand_pos_y": 2.0 * frames + frames**2, "right_hand_pos_z": 40.0})
    turn = np.sin(np.radians(-1.5))
    np.testing.assert_allclose(column(sample, "BRV_head_rot_x"), np.full(9, turn), atol=1e-12)
    np.testing.assert_allclose(column(sample, "BRV_right_hand_pos_y"), 2 + 2 * frames[:-1] + 1, atol=1e-9)
    np.testing.assert_allclose(column(sample, "BRA_head_rot_w"), np.ones(8), atol=1e-12)
    np.testing.assert_allclose(column(sample, "BRA_right_hand_pos_y"), np.full(8, 2.0), atol=1e-9)
    np.testing.assert_allclose(column(sample, "turns_head_turn_x"), np.full(9, -3.0), atol=1e-9)


def test_statics_are_pitch_and_roll() -> None:
    """Looking 30 degrees down, up leans back in the head's frame; leaning 20 degrees to the left, to the right."""
    for euler, expected in (([30, 77, 0], [0, -0.5]), ([0, 77, 20], [np.sin(np.radians(20)), 0])):
        q = Rotation.from_euler("YXZ", [euler[1], euler[0], euler[2]], degrees=True).as_quat()
        sample = changed(walk(3), **dict(zip(rotation_names("head"), q, strict=True)), head_pos_y=171.5)
        np.testing.assert_allclose(features(sample, "statics"), [[171.5, *expected]] * 3, atol=1e-12)


EDGES = {
    "yaw of exactly 180 degrees": [0, 1, 0, 0],
    "the same, its sign turned": [0, -1, 0, 0],
    "gaze straight up": [-(0.5**0.5), 0, 0, 0.5**0.5],
    "gaze straight down": [0.5**0.5, 0, 0, 0.5**0.5],
    "upside down": [0, 0, 1, 0],
    "half a turn about x": [1, 0, 0, 0],
}


@pytest.mark.parametrize("q", EDGES.values(), ids=EDGES)
def test_edges_are_finite(q: list[float]) -> None:
    sample = changed(walk(6), **dict(zip(rotation_names("head"), q, strict=True)))
    sample = changed(sample, **dict(zip(rotation_names("left_hand"), q, strict=True)))
    values = features(sample, *SETS, lags=(1, 2))
    assert np.isfinite(values).all()
    at = [i for i, name in enumerate(names(*SETS)) if name.startswith("BR_left_hand_rot")]
    np.testing.assert_allclose(np.linalg.norm(values[:, at], axis=1), 1)


def test_yaw_of_180_is_removed() -> None:
    sample = changed(walk(3), **dict(zip(rotation_names("head"), [0, 1, 0, 0], strict=True)))
    sample = changed(sample, head_pos_x=0, head_pos_z=0, right_hand_pos_x=-20, right_hand_pos_z=-30)
    np.testing.assert_allclose(column(sample, "BR_right_hand_pos_x"), 20, atol=1e-12)
    np.testing.assert_allclose(column(sample, "BR_right_hand_pos_z"), 30, atol=1e-12)
    np.testing.assert_allclose(column(sample, "BR_head_rot_w"), 1, atol=1e-12)


@pytest.mark.parametrize("side", [1, -1])
def test_a_gaze_through_the_vertical_does_not_shake_the_hands(side: int) -> None:
    """Pitching to within a hair of straight down or up, facing 37 degrees: hands that rest stay where they are."""
    pitch = side * np.array([80, 89, 89.5, 89.9, 89.999, 90.0])
    q = Rotation.from_euler("YX", np.stack([np.full(6, 37.0), pitch], axis=1), degrees=True).as_quat()
    sample = changed(walk(6), **dict(zip(rotation_names("head"), q.T, strict=True)))
    still = {"head_pos_x": 0, "head_pos_z": 0, "right_hand_pos_x": 20, "right_hand_pos_z": 30}
    placed = column(changed(sample, **still), "BR_right_hand_pos_x")
    np.testing.assert_allclose(placed, placed[0], atol=1e-6)


def test_orientations_and_velocities_by_hand() -> None:
    """A head facing right that steps forward 4 cm a frame, a hand pointing back: forward is forward, back is back."""
    right = Rotation.from_euler("Y", 90, degrees=True).as_quat()
    sample = changed(walk(4), **dict(zip(rotation_names("head"), right, strict=True)))
    left = Rotation.from_euler("Y", -90, degrees=True).as_quat()
    sample = changed(sample, **dict(zip(rotation_names("right_hand"), left, strict=True)))
    sample = changed(sample, head_pos_x=4.0 * np.arange(4), head_pos_y=170.0, head_pos_z=0.0)
    velocity = features(sample, "velocities", joints=("head",))
    np.testing.assert_allclose(velocity, [[0, 0, 4]] * 3, atol=1e-12)
    directions = features(sample, "orientations", joints=("right_hand",))
    np.testing.assert_allclose(directions, [[0, 0, -1, 0, 1, 0]] * 4, atol=1e-12)


def test_differences_by_hand() -> None:
    sample = changed(walk(9), head_pos_y=150.0 + np.arange(9) ** 2)
    values = features(sample, "differences", lags=(2, 3), joints=("head",))
    t = np.arange(3, 9)
    np.testing.assert_allclose(values[:, 0], t**2 - (t - 2) ** 2, atol=1e-9)
    np.testing.assert_allclose(values[:, 3], t**2 - (t - 3) ** 2, atol=1e-9)
