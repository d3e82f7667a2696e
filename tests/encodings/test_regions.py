"""Regions: on hands and fingers that are drawn, turned and moved, and on real ones where they are at hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from lineament.datasets import open_dataset
from lineament.encodings.finger_regions import locate_finger
from lineament.encodings.hand_regions import locate_hand
from lineament.encodings.local_contrast import local_contrast
from lineament.encodings.regions import localise
from lineament.errors import RecipeError, SignalError


def veins(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Dark branches on bright skin."""
    field = ndimage.gaussian_filter(rng.normal(size=(height, width)), 14)
    return 0.6 - 0.2 * np.exp(-((field / field.std() / 0.2) ** 2))


def hand(seed: int = 0, *, turn: float = 0.0, down: int = 0, right: int = 0) -> np.ndarray:
    """A fist from above, bright on dark: a trapezium with four knuckles, turned in degrees and moved in pixels."""
    rows, columns = np.mgrid[:280, :376]
    skin = (np.abs(columns - 188) < 70 + 0.15 * rows) & (rows < 215)
    for knuckle in (-72, -24, 24, 72):
        skin |= (columns - 188 - knuckle) ** 2 + 1.5 * (rows - 210) ** 2 < 24**2
    image = np.where(skin, veins(np.random.default_rng(seed), 280, 376), 0.02)
    image = ndimage.rotate(np.pad(image, ((200, 0), (0, 0)), mode="edge"), turn, reshape=False, order=1)[200:]
    return np.clip(ndimage.shift(image, (down, right), order=1, mode="nearest"), 0, 1)


def finger(seed: int = 0, *, tilt: float = 0.0, wide: float = 100.0) -> np.ndarray:
    """A finger across the image, bright on a speckled dark ground; its height and its tilt a column in pixels."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:240, :320]
    across = (rows - 120 - tilt * (columns - 160)) / wide
    skin = ndimage.map_coordinates(veins(rng, 120, 320), [(across + 0.5) * 119, columns], order=1, mode="nearest")
    return np.clip(np.where(np.abs(across) < 0.5, skin, 0.05 + 0.01 * rng.normal(size=across.shape)), 0, 1)


def alike(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


@settings(max_examples=8, deadline=None)
@given(turn=st.floats(-8, 8), down=st.integers(-12, 12), right=st.integers(-20, 20))
def test_a_hand_that_is_turned_and_moved_gives_the_same_region(turn: float, down: int, right: int) -> None:
    still, moved = (
        localise("hand", image, (70, 80)) for image in (hand(1), hand(1, turn=turn, down=down, right=right))
    )
    other = localise("hand", hand(2), (70, 80))
    assert alike(still, moved) > 0.55
    assert alike(still, moved) > alike(still, other) + 0.2


def test_a_knuckle_line_is_found_where_it_was_drawn() -> None:
    pose = locate_hand(hand(turn=-6))
    assert np.degrees(pose.angle) == pytest.approx(6, abs=1.5)
    assert locate_hand(hand(right=20)).x - locate_hand(hand()).x == pytest.approx(20, abs=2)


def test_a_smaller_copy_of_a_hand_gives_the_same_region() -> None:
    image = hand(3)
    half = image.reshape(140, 2, 188, 2).mean(axis=(1, 3))
    assert alike(localise("hand", image, (70, 80)), localise("hand", half, (70, 80))) > 0.9


@settings(max_examples=8, deadline=None)
@given(tilt=st.floats(-0.1, 0.1), wide=st.floats(80, 120))
def test_a_finger_that_is_tilted_or_nearer_gives_the_same_region(tilt: float, wide: float) -> None:
    still, moved = (localise("finger", image, (48, 96)) for image in (finger(1), finger(1, tilt=tilt, wide=wide)))
    assert alike(still, moved) > 0.8
    assert alike(still, moved) > alike(still, localise("finger", finger(2), (48, 96))) + 0.3


def test_the_edges_of_a_finger_are_found_where_they_were_drawn() -> None:
    pose = locate_finger(finger(tilt=0.05, wide=90))
    assert np.polyval(pose.upper, 160) == pytest.approx(75, abs=2)
    assert np.polyval(pose.lower, 160) == pytest.approx(165, abs=2)


@pytest.mark.parametrize("name", ["hand", "finger"])
def test_regions_have_the_size_asked_for_and_contrast_in_bounds(name: str) -> None:
    region = localise(name, hand() if name == "hand" else finger(), (33, 47))
    assert region.shape == (33, 47)
    assert np.abs(region).max() <= 3
    assert np.isfinite(region).all()
    assert region.std() > 0.3


@pytest.mark.parametrize("name", ["hand", "finger"])
@pytest.mark.parametrize(
    "image", [np.zeros((60, 80)), np.ones((60, 80)), np.random.default_rng(0).random((60, 80)), np.zeros((9, 9))]
)
def test_an_image_without_a_region_is_a_failure_to_enrol_that_says_so(name: str, image: np.ndarray) -> None:
    with pytest.raises(SignalError, match=r"a\.png: (the back of a hand|a finger).* was expected.*capture the"):
        localise(name, image, (70, 80), "a.png")


def test_unknown_regions_and_colour_images_are_refused() -> None:
    with pytest.raises(RecipeError, match="use 'finger'"):
        localise("fingr", np.zeros((60, 80)), (48, 96))
    with pytest.raises(SignalError, match="a grey image"):
        localise("hand", np.zeros((60, 80, 3)), (48, 96))


def test_local_contrast_is_the_slow_average_inside_the_mask() -> None:
    rng = np.random.default_rng(4)
    image, mask = rng.random((9, 11)), rng.random((9, 11)) < 0.7
    impulse = np.zeros((41, 41))
    impulse[20, 20] = 1
    kernel = ndimage.gaussian_filter(impulse, 1.2)
    reflected = np.pad(mask * 1.0, 15, mode="symmetric"), np.pad(image * mask, 15, mode="symmetric")
    row, column = 4, 5
    window = tuple(part[row : row + 31, column : column + 31] for part in reflected)
    mean = (window[1] * kernel[5:36, 5:36]).sum() / (window[0] * kernel[5:36, 5:36]).sum()
    result = local_contrast(image, 1.2, mask)
    assert (result[~mask] == 0).all()
    if mask[row, column]:
        assert np.sign(result[row, column]) == np.sign(image[row, column] - mean)
    brighter = local_contrast(5 * image + 2, 1.2, mask)
    np.testing.assert_allclose(brighter, result, atol=1e-9)


@pytest.mark.parametrize(("dataset", "region", "step"), [("vein-dorsal", "hand", 60), ("vein-sdumla", "finger", 120)])
def test_real_images_are_localised(shared_data: Callable[[str], Path], dataset: str, region: str, step: int) -> None:
    data = open_dataset(shared_data(dataset))
    for index in range(0, len(data), step):
        assert localise(region, data.load(index).values[0, :, :, 0], (48, 64)).std() > 0.3
