from __future__ import annotations

import torch

from lineament.recipes.augmentations import NoiseAugmentation
from lineament.training.noise_augmentation import NoiseAugmenter

FULL = NoiseAugmentation(noise=0.3, shift=0.2, scale=0.2, mask=0.3, drop=0.3)


def windows() -> torch.Tensor:
    """Return windows whose place 1 is a class number and place 2 says which frames are events."""
    frames = torch.randn(64, 10, 4, generator=torch.Generator().manual_seed(0))
    frames[..., 1] = 3.0
    frames[..., 2] = 1.0
    frames[:, :4] = 0.0
    return frames


def test_what_is_no_event_stays_empty_and_what_says_so_stays() -> None:
    frames = windows()
    varied = NoiseAugmenter(FULL, 0, categories=[1], present=[2])(frames, step=3)
    assert torch.equal(varied[..., 2], frames[..., 2])
    assert not varied[:, :4].any()


def test_classes_are_blanked_with_their_frame_and_else_left_alone() -> None:
    varied = NoiseAugmenter(FULL, 0, categories=[1], present=[2])(windows(), step=0)[:, 4:]
    classes = varied[..., 1]
    assert set(classes.unique().tolist()) == {0.0, 3.0}
    assert abs(float((classes == 0).float().mean()) - FULL.drop) < 0.08
    assert not varied[classes == 0][:, [0, 1, 3]].any()


def test_one_seed_and_step_vary_alike_and_others_do_not() -> None:
    vary, frames = NoiseAugmenter(FULL, 0), windows()
    assert torch.equal(vary(frames, step=1), NoiseAugmenter(FULL, 0)(frames, step=1))
    assert not torch.equal(vary(frames, step=1), vary(frames, step=2))
    assert torch.equal(NoiseAugmenter(NoiseAugmentation(), 0)(frames, step=1), frames)


def test_the_noise_is_as_large_as_asked_for() -> None:
    added = NoiseAugmenter(NoiseAugmentation(noise=0.3), 0)(torch.zeros(50, 40, 5), step=0)
    assert abs(float(added.std()) - 0.3) < 0.01
