"""What augmentation does to images, against Pillow and by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage

from lineament.recipes.augmentations import ImageAugmentation
from lineament.training.image_augmentation import ImageAugmenter

SHAPE = (1, 40, 60)


def images(count: int = 8, shape: tuple[int, int, int] = SHAPE) -> torch.Tensor:
    """Smooth images, nothing near their edges."""
    rng = np.random.default_rng(0)
    values = ndimage.gaussian_filter(rng.standard_normal((count, *shape)), (0, 0, 3, 3))
    values[..., :8, :] = values[..., -8:, :] = values[..., :8] = values[..., -8:] = 0
    return torch.from_numpy(values.astype(np.float32)).reshape(count, 1, -1)


def varied(frames: torch.Tensor, step: int = 3, shape: tuple[int, int, int] = SHAPE, **what: float) -> torch.Tensor:
    return ImageAugmenter(ImageAugmentation(**what), shape, seed=5)(frames, step)  # type: ignore[arg-type]


def test_nothing_is_varied_unless_asked_for() -> None:
    assert varied(images()) is not None
    torch.testing.assert_close(varied(images()), images(), rtol=0, atol=0)


@pytest.mark.parametrize(
    "what",
    [
        {"rotation_degrees": 9},
        {"shift": 0.1},
        {"scale": 0.2},
        {"gain": 0.3},
        {"noise": 0.1},
        {"cut_out": 0.4},
        {"flip": 0.5},
        {"elastic": 0.05},
        {"blur": 2},
        {"contrast": 0.3},
    ],
)
def test_seed_and_step_say_what_is_varied(what: dict[str, float]) -> None:
    first = varied(images(), **what)
    torch.testing.assert_close(first, varied(images(), **what), rtol=0, atol=0)
    assert not torch.equal(first, varied(images(), step=4, **what))
    assert not torch.equal(first, images())
    assert first.shape == images().shape


def test_a_turn_is_a_turn() -> None:
    """A bar turned in a picture that is not square stays straight, as long as it was, and turns either way."""
    bar = np.zeros(SHAPE, dtype=np.float32)
    bar[0, 19:21, 15:45] = 1
    frames = torch.from_numpy(bar).reshape(1, 1, -1).repeat(64, 1, 1)
    turned = varied(frames, rotation_degrees=40).reshape(64, 40, 60).numpy()
    angles = []
    for image in turned:
        rows, columns = np.indices(image.shape)
        places = np.stack([columns.ravel() - 29.5, rows.ravel() - 19.5])
        spread, axes = np.linalg.eigh(places * image.ravel() @ places.T / image.sum())
        assert np.sqrt(12 * spread[1]) == pytest.approx(30, abs=0.5)
        angles.append(np.degrees(np.arctan2(axes[1, 1], axes[0, 1])) % 180)
    angles = [angle - 180 if angle > 90 else angle for angle in angles]
    assert -41 < min(angles) < -25
    assert 25 < max(angles) < 41


def test_shift_and_scale_move_the_middle_and_the_size() -> None:
    square = np.zeros(SHAPE, dtype=np.float32)
    square[0, 15:25, 25:35] = 1
    frames = torch.from_numpy(square).reshape(1, 1, -1).repeat(64, 1, 1)
    shifted = varied(frames, shift=0.2).reshape(64, 40, 60)
    torch.testing.assert_close(shifted.sum((1, 2)), torch.full((64,), 100.0), rtol=1e-3, atol=1e-2)
    rows = (shifted.sum(2) * torch.arange(40)).sum(1) / 100 - 19.5
    columns = (shifted.sum(1) * torch.arange(60)).sum(1) / 100 - 29.5
    assert 6 < rows.abs().max() <= 8.01
    assert 9 < columns.abs().max() <= 12.01
    sizes = varied(frames, scale=0.5).sum((1, 2)) / 100
    assert 1 / 1.5**2 * 0.95 < sizes.min() < 0.6
    assert 1.7 < sizes.max() < 1.5**2 * 1.05


def test_gain_and_noise_have_their_size() -> None:
    frames = torch.ones(200, 1, 2400)
    gains = varied(frames, gain=0.3)[:, 0, 0]
    assert 0.7 <= gains.min() < 0.75
    assert 1.25 < gains.max() <= 1.3
    assert float(varied(frames, noise=0.2).std()) == pytest.approx(0.2, rel=0.01)


def test_cut_out_blanks_one_rectangle_of_all_colours() -> None:
    kept = varied(torch.ones(200, 1, 3 * 2400), shape=(3, 40, 60), cut_out=0.5).reshape(200, 3, 40, 60)
    assert set(kept.unique().tolist()) == {0.0, 1.0}
    torch.testing.assert_close(kept[:, 0], kept[:, 2])
    for image in kept[:, 0].numpy() == 0:
        rows, columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
        assert image.sum() == len(rows) * len(columns)
        assert len(rows) <= 21
        assert len(columns) <= 31


def test_a_flip_exchanges_left_and_right_and_nothing_else() -> None:
    frames = images(64)
    flipped = varied(frames, flip=0.5).reshape(64, *SHAPE)
    whole = frames.reshape(64, *SHAPE)
    same = torch.isclose(flipped, whole).all(3).all(2)[:, 0]
    assert torch.equal(flipped[~same], whole[~same].flip(3))
    assert 20 < int(same.sum()) < 44
    torch.testing.assert_close(varied(frames, flip=1.0).reshape(64, *SHAPE), whole.flip(3), rtol=0, atol=0)


def test_a_bending_is_smooth_and_as_large_as_asked_for() -> None:
    rows, columns = np.mgrid[:40, :60].astype(np.float32)
    frames = torch.from_numpy(np.stack([rows, columns])).reshape(2, 1, -1).repeat(100, 1, 1)
    moved = varied(frames, elastic=0.03).reshape(100, 2, 40, 60)
    inside = (moved.numpy() - np.stack([rows, columns]))[:, :, 8:32, 10:50]
    assert inside[:, 0].std() == pytest.approx(0.03 * 40, rel=0.3)
    assert inside[:, 1].std() == pytest.approx(0.03 * 60, rel=0.3)
    assert np.abs(np.diff(inside, axis=3)).max() < 1


def test_a_blur_is_scipys() -> None:
    augmenter = ImageAugmenter(ImageAugmentation(blur=2.0), (3, 40, 60), seed=0)
    pictures = torch.randn(4, 3, 40, 60)
    deviations = np.array([0.0, 0.5, 1.0, 2.0])
    blurred = augmenter._blurred(pictures, deviations).numpy()
    for picture, found, deviation in zip(pictures.numpy(), blurred, deviations, strict=True):
        wanted = ndimage.gaussian_filter(picture, (0, deviation, deviation), mode="nearest", radius=(0, 6, 6))
        np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_contrast_keeps_the_mean() -> None:
    frames = images(100) + 3
    changed = varied(frames, contrast=0.4)
    torch.testing.assert_close(changed.mean(2), frames.mean(2), rtol=1e-4, atol=1e-4)
    factors = changed.std(2) / frames.std(2)
    assert 0.6 <= factors.min() < 0.65
    assert 1.35 < factors.max() <= 1.401
