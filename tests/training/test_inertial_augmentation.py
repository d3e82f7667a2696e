"""What augmentation does to windows of walking: as if the sensor, the speed or the size had been others."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lineament.encodings import build_encoding
from lineament.encodings.inertial import InertialFrames
from lineament.errors import RecipeError
from lineament.recipes.augmentations import Augmentation
from lineament.recipes.inertial_components import InertialAugmentation, InertialEncoding
from lineament.signals.inertial import inertial_sample
from lineament.training.augmentation import build_augmenter
from tests.signals.test_inertial import walk

FEATURES = ("raw", "aligned", "changes", "upright", "magnitudes")


def encoding(features: tuple[str, ...] = FEATURES) -> InertialFrames:
    built = build_encoding(InertialEncoding(features=features, gravity_s=1.0))  # type: ignore[arg-type]
    assert isinstance(built, InertialFrames)
    built.fit([inertial_sample(*walk(20.0))])
    return built


def windows(built: InertialFrames) -> torch.Tensor:
    (segment,) = built.encode(inertial_sample(*walk(20.0)))
    return torch.from_numpy(np.stack([segment.values[start : start + 200] for start in (0, 130, 470)]))


def measured(built: InertialFrames, frames: torch.Tensor) -> dict[str, np.ndarray]:
    """The features (B, W) by name, in their own units."""
    assert built.normalisation is not None
    raw = frames.numpy() * built.normalisation.deviation + built.normalisation.mean
    return {name: raw[..., place] for place, name in enumerate(built.names)}


@pytest.mark.parametrize("what", [{"rotation_degrees": 30}, {"scale": 0.2}, {"noise": 0.1}, {"speed": 0.2}])
def test_seed_and_step_say_what_is_varied(what: dict[str, float]) -> None:
    built = encoding()
    augmenter = build_augmenter(InertialAugmentation(**what), built, seed=3)  # type: ignore[arg-type]
    frames = windows(built)
    speeds = augmenter.speeds(5, len(frames))
    assert (speeds is not None) == ("speed" in what)
    first = augmenter(frames, 5, speeds)
    torch.testing.assert_close(first, augmenter(frames, 5, speeds), rtol=0, atol=0)
    assert not torch.equal(first, frames)
    still = build_augmenter(InertialAugmentation(), built, seed=3)
    assert still.speeds(5, 3) is None
    torch.testing.assert_close(still(frames, 5), frames, rtol=0, atol=0)


def test_a_turn_leaves_what_is_blind_to_it_and_every_length() -> None:
    built = encoding()
    frames = windows(built)
    before = measured(built, frames)
    after = measured(built, build_augmenter(InertialAugmentation(rotation_degrees=60), built, 1)(frames, 2))
    for name in built.names:
        blind = name.startswith(("upright", "magnitudes")) or (name.endswith("_y") and not name.startswith("raw"))
        assert np.allclose(before[name], after[name], atol=1e-3) == blind
    for kind in ("raw", "aligned", "changes"):
        for sensor in ("acc", "gyr"):
            sizes = [np.sqrt(sum(part[f"{kind}_{sensor}_{axis}"] ** 2 for axis in "xyz")) for part in (before, after)]
            np.testing.assert_allclose(sizes[0], sizes[1], atol=1e-3)
    # What is aligned, and its changes, turn together.
    turned = np.diff(after["aligned_acc_x"], axis=1)
    np.testing.assert_allclose(after["changes_acc_x"][:, 1:], turned, atol=1e-3)


def test_size_and_speed_leave_gravity_alone() -> None:
    built = encoding(("raw",))
    frames = windows(built)
    augmenter = build_augmenter(InertialAugmentation(scale=0.3), built, 1)
    before, after = measured(built, frames), measured(built, augmenter(frames, 4))
    np.testing.assert_allclose(after["raw_acc_y"].mean(axis=1), before["raw_acc_y"].mean(axis=1), atol=1e-4)
    factors = after["raw_acc_y"].std(axis=1) / before["raw_acc_y"].std(axis=1)
    np.testing.assert_allclose(after["raw_gyr_x"].std(axis=1) / before["raw_gyr_x"].std(axis=1), factors, rtol=1e-4)
    quicker = measured(built, augmenter(frames, 4, np.full(3, 1.1)))
    np.testing.assert_allclose(
        quicker["raw_acc_y"].std(axis=1) / before["raw_acc_y"].std(axis=1), factors * 1.21, rtol=1e-4
    )
    np.testing.assert_allclose(
        quicker["raw_gyr_x"].std(axis=1) / before["raw_gyr_x"].std(axis=1), factors * 1.1, rtol=1e-4
    )


def test_another_modality_is_refused() -> None:
    with pytest.raises(RecipeError, match="augmentation"):
        build_augmenter(Augmentation(), encoding(), 0)
