from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from lineament.datasets import open_dataset
from lineament.datasets.simulate import simulate_hand, simulate_image, simulated_veins
from lineament.datasets.simulate.vein_anatomy import LENGTH, STEP, sides
from lineament.datasets.simulate.vein_images import SIZE, _blurred_lines, simulate_capture, splat
from lineament.datasets.simulate.veins import VeinPlan, write_veins
from lineament.encodings.regions import localise
from lineament.errors import LineamentError


def test_a_hand_is_the_same_whenever_it_is_drawn_and_nobody_elses() -> None:
    hand = simulate_hand(1, 5, "left")
    again, other, right = simulate_hand(1, 5, "left"), simulate_hand(1, 6, "left"), simulate_hand(1, 5, "right")
    assert all(np.array_equal(a.points, b.points) for a, b in zip(hand.veins, again.veins, strict=True))
    assert np.array_equal(simulate_image(hand, 1, 1), simulate_image(again, 1, 1))
    for stranger in (other, right):
        assert not np.array_equal(simulate_image(hand, 1, 1), simulate_image(stranger, 1, 1))
    assert hand.outline.half_width == right.outline.half_width != other.outline.half_width
    assert (hand.name, right.person_name) == ("sim1-00005-left", "sim1-00005")


@settings(max_examples=40)
@given(seed=st.integers(0, 50), person=st.integers(0, 50), side=st.sampled_from(["left", "right"]))
def test_veins_lie_in_the_hand_and_below_the_skin(seed: int, person: int, side: str) -> None:
    hand = simulate_hand(seed, person, side)
    assert len(hand.veins) >= 6
    for vein in hand.veins:
        assert vein.points.shape == (len(vein.radii), 2) == (len(vein.depth), 2)
        assert np.isfinite(vein.points).all()
        assert ((vein.radii > 0.02) & (vein.radii < 6)).all()
        assert (vein.depth > 0).all()
    trunk = max(hand.veins, key=lambda vein: len(vein.points)).points
    left, right = sides(hand.outline, trunk[:, 1])
    # arches bend what lies about them by up to half of PULLED
    assert ((left - 3 < trunk[:, 0]) & (trunk[:, 0] < right + 3)).all()
    assert trunk[:, 1].max() < LENGTH + 4 * STEP


def test_veins_run_into_each_other() -> None:
    joined = 0
    for person in range(10):
        veins = simulate_hand(0, person, "left").veins
        for one, other in itertools.permutations(veins, 2):
            joined += bool(np.hypot(*(other.points - one.points[-1]).T).min() < 1e-9)
    assert joined > 20


def test_images_look_like_those_of_the_set() -> None:
    pictures = np.stack([simulate_image(simulate_hand(0, person, "left"), 1, 1) for person in range(6)])
    assert pictures.shape == (6, *SIZE)
    assert pictures.min() >= 0
    assert pictures.max() <= 1
    assert np.allclose(pictures * 255, np.round(pictures * 255))
    assert 0.15 < pictures.mean() < 0.4  # 0.25 in vein-dorsal, which is dark around the hand
    assert pictures[:, -3:].mean() < 0.02  # nothing reaches the lower border
    assert pictures[:, :3].max() > 0.4  # the wrist reaches the upper one


def test_a_session_differs_more_than_an_image_and_no_drift_leaves_only_noise() -> None:
    hands = [simulate_hand(0, person, "right") for person in range(8)]

    def gap(session: int, image: int, drift: float) -> float:
        pairs = [(simulate_image(h, 1, 1, drift), simulate_image(h, session, image, drift)) for h in hands]
        return float(np.mean([np.abs(gaussian_filter(a - b, 1.0)).mean() for a, b in pairs]))

    assert gap(2, 1, 1.0) > 1.3 * gap(1, 2, 1.0) > 2 * gap(1, 2, 0.0)
    assert gap(1, 2, 0.0) < 0.005


def test_a_warm_hand_shows_darker_veins() -> None:
    hand = simulate_hand(0, 3, "left")
    captures = [simulate_capture(hand, 1, 1, drift=0.0)]
    captures.append(type(captures[0])(**{**vars(captures[0]), "dilation": 1.3}))
    from lineament.datasets.simulate.vein_images import _shadows

    cool, warm = (_shadows(hand, capture, (140, 188)) for capture in captures)
    assert warm.sum() == pytest.approx(1.69 * cool.sum(), rel=1e-3)  # as the cross-section does


def test_scattering_blurs_a_vein_and_keeps_its_sum() -> None:
    spots = np.column_stack([np.full(200, 50.0), np.linspace(20, 80, 200)])
    near, deep = (_blurred_lines(spots, np.ones(200), np.full(200, blur), (100, 100)) for blur in (1.0, 5.0))
    assert near.sum() == pytest.approx(200, rel=1e-3)
    assert deep.sum() == pytest.approx(200, rel=1e-3)
    assert near[50, 50] > 4 * deep[50, 50]


def test_spots_share_their_mass_and_those_outside_are_dropped() -> None:
    rng = np.random.default_rng(0)
    spots, masses = rng.uniform(1, 8, (50, 2)), rng.random(50)
    slow = np.zeros((10, 12))
    for (column, row), mass in zip(spots, masses, strict=True):
        for x, y in itertools.product(range(12), range(10)):
            slow[y, x] += mass * max(0, 1 - abs(column - x)) * max(0, 1 - abs(row - y))
    np.testing.assert_allclose(splat(spots, masses, (10, 12)), slow, atol=1e-6)
    assert splat(np.array([[-5.0, 3.0], [40.0, 3.0]]), np.ones(2), (10, 12)).sum() == 0


def test_the_region_is_found_and_tells_hands_apart() -> None:
    data = simulated_veins(3, 2, 1, seed=4)
    regions = np.stack([localise("hand", sample.values[0, :, :, 0], (70, 80)).ravel() for sample in data])
    unit = regions / np.linalg.norm(regions, axis=1, keepdims=True)
    similarity = unit[0::2] @ unit[1::2].T  # session 1 with session 2, as the table is ordered
    assert (similarity.argmax(axis=1) == np.arange(6)).all()


def test_files_are_what_the_data_set_is_and_are_continued(tmp_path) -> None:
    assert write_veins(tmp_path, 2, 1, 2, VeinPlan(seed=3)) == 8
    assert write_veins(tmp_path, 2, 2, 2, VeinPlan(seed=3)) == 8
    read, made = open_dataset(tmp_path), simulated_veins(2, 2, 2, seed=3)
    assert str(read) == str(made)
    assert list(read.table["subject"]) == list(made.table["subject"])
    assert read.people() == made.people() == ["sim3-00000", "sim3-00001"]
    for row in (0, 5, 15):
        np.testing.assert_allclose(read.load(row).values, made.load(row).values, atol=1e-9)
    with pytest.raises(LineamentError, match="another data set"):
        write_veins(tmp_path, 2, 1, 2, VeinPlan(seed=3, drift=2.0))


@pytest.mark.parametrize("numbers", [(0, 1, 1), (1, 0, 1), (1, 1, 0)])
def test_nothing_is_refused(numbers) -> None:
    with pytest.raises(LineamentError, match="at least one"):
        simulated_veins(*numbers)
