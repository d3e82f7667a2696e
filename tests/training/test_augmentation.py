"""Augmentation in features is what the same change of the recording would have given."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lineament.encodings import build_encoding
from lineament.encodings.normalisation import Normalisation
from lineament.recipes.augmentations import Augmentation
from lineament.recipes.components import MotionEncoding
from lineament.signals import Sample
from lineament.training.augmentation import MotionAugmenter

from .people import CHANNELS, person

SPEC = MotionEncoding(
    features=("positions", "statics", "velocities", "turns", "differences"), joints=("head", "right_hand")
)
ROTATED = MotionEncoding(features=("BRV", "BRA"), joints=("head",))


def moved(sample: Sample, *, height: float = 0.0, scale: float = 1.0) -> Sample:
    values = sample.values.copy()
    for place, channel in enumerate(CHANNELS):
        if "_pos_" in channel:
            values[:, place] *= scale
        if channel.endswith("pos_y"):
            values[:, place] += height
    return sample.replace(values=values)


def augmenter(spec: MotionEncoding, normalisation: Normalisation | None = None, **what: float) -> MotionAugmenter:
    names = build_encoding(spec).names
    plain = Normalisation(np.zeros(len(names)), np.ones(len(names)))
    return MotionAugmenter(Augmentation(**what), names, normalisation or plain, seed=5)


def frames(spec: MotionEncoding, sample: Sample) -> torch.Tensor:
    (segment,) = build_encoding(spec).encode(sample)
    return torch.from_numpy(segment.values[:100])[None]


def test_height_is_that_of_a_higher_floor() -> None:
    sample = person(1, 1)
    before = frames(SPEC, sample)
    after = augmenter(SPEC, height_cm=4.0)(before, step=3)
    names = build_encoding(SPEC).names
    shift = float((after - before)[0, 0, names.index("statics_head_pos_y")])
    assert 0.01 < abs(shift) < 20
    torch.testing.assert_close(after, frames(SPEC, moved(sample, height=shift)), atol=1e-3, rtol=1e-4)


def test_scale_is_that_of_a_larger_body() -> None:
    sample = person(1, 1)
    before = frames(SPEC, sample)
    after = augmenter(SPEC, scale=0.1)(before, step=3)
    place = build_encoding(SPEC).names.index("statics_head_pos_y")
    factor = float((after / before)[0, 0, place])
    assert 0.001 < abs(np.log(factor)) < 0.5
    torch.testing.assert_close(after, frames(SPEC, moved(sample, scale=factor)), atol=1e-3, rtol=1e-4)


@pytest.mark.parametrize("spec", [SPEC, ROTATED], ids=["vectors", "quaternions"])
def test_speed_scales_changes_from_frame_to_frame(spec: MotionEncoding) -> None:
    """A motion so slow that it is smooth between frames, played 1.25 times as fast."""
    t = np.arange(0, 20, 1 / 15)

    def play(speed: float) -> Sample:
        s = speed * t
        pitch = 0.4 * np.sin(0.5 * s)
        still = np.zeros_like(s)
        head = np.stack([5 * np.sin(0.3 * s), 170 + 3 * np.cos(0.4 * s), still], axis=1)
        rotation = np.stack([np.sin(pitch / 2), still, still, np.cos(pitch / 2)], axis=1)
        hand = head + np.stack([20 + 9 * np.sin(0.6 * s), -40 + still, 25 + 8 * np.cos(0.5 * s)], axis=1)
        return Sample("motion", np.hstack([head, rotation, hand, rotation]), t, CHANNELS)

    (slow,), (fast,) = (build_encoding(spec).encode(play(speed)) for speed in (1.0, 1.25))
    names = build_encoding(spec).names
    places = 1.25 * np.arange(200)
    drawn = np.stack([np.interp(places, np.arange(len(slow)), slow.values[:, k]) for k in range(len(names))], axis=1)
    augmented = augmenter(spec, speed=0.3)(torch.from_numpy(drawn[None].astype(np.float32)), 0, np.array([1.25]))[0]
    wanted = fast.values[:200]
    spread = np.maximum(wanted.std(0), 1e-4)
    lags = [2 if name.startswith("differences") else 1 for name in names]
    error = np.abs(augmented.numpy() - wanted) / spread
    assert (error.mean(0) < 0.12 * np.array(lags)).all()


def test_what_is_normalised_is_changed_in_its_own_units() -> None:
    sample = person(1, 1)
    before = frames(SPEC, sample)
    normalisation = Normalisation.fit([before[0].double().numpy()])
    mean, deviation = torch.from_numpy(normalisation.mean), torch.from_numpy(normalisation.deviation)
    plain = augmenter(SPEC, height_cm=4.0, scale=0.1)(before, 3)
    normal = augmenter(SPEC, normalisation, height_cm=4.0, scale=0.1)(((before - mean) / deviation).float(), 3)
    torch.testing.assert_close(normal.double() * deviation + mean, plain.double(), atol=1e-3, rtol=1e-4)


def test_noise_has_its_deviation_and_mask_blanks_whole_groups() -> None:
    ones = torch.ones(200, 50, len(build_encoding(SPEC).names))
    noise = augmenter(SPEC, noise=0.3)(ones, 0) - ones
    assert float(noise.std()) == pytest.approx(0.3, rel=0.01)
    augment = augmenter(SPEC, mask=0.25)
    masked = augment(ones, 0)
    assert set(masked.unique().tolist()) == {0.0, 1.0}
    assert (masked == masked[:, :1]).all()
    for group in augment.kinds.groups:
        assert (masked[..., list(group)] == masked[..., [group[0]]]).all()
    assert float(1 - masked.mean()) == pytest.approx(0.25, abs=0.04)


def test_a_step_is_varied_the_same_way_again_and_others_differently() -> None:
    augment = augmenter(SPEC, height_cm=3, scale=0.1, speed=0.1, noise=0.1, mask=0.1)
    batch = frames(SPEC, person(1, 1)).repeat(4, 1, 1)
    speeds = augment.speeds(7, 4)
    assert speeds is not None
    assert ((speeds > 1 / 1.1 - 1e-9) & (speeds < 1.1 + 1e-9)).all()
    once, again = (augment(batch, 7, speeds) for _ in range(2))
    assert torch.equal(once, again)
    assert not torch.equal(once, augment(batch, 8, augment.speeds(8, 4)))


def test_nothing_is_varied_by_default() -> None:
    augment = augmenter(SPEC)
    batch = frames(SPEC, person(1, 1))
    assert augment.speeds(0, 4) is None
    assert torch.equal(augment(batch, 0), batch)
