"""Each of paper 003's networks goes the whole way, small: simulated hands, a few steps, hand-over."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lineament.datasets.simulate import simulated_veins
from lineament.errors import EncoderError
from lineament.recipes.recipe import Recipe, load_recipe, with_changes
from lineament.training.fit import fit
from lineament.training.hand_over import hand_over

SMALL = (
    "encoding.height=32",
    "encoding.width=40",
    "training.subjects_per_batch=3",
    "training.windows_per_subject=2",
    "training.steps=2",
    "training.steps_per_epoch=1",
    "network.dim=16",
)
NETWORKS = {
    "vein-resnet50-cbam": (),
    "vein-triplet-centre": (),
    "vein-attention-unet": ("network.base=4",),
    "vein-unet": ("network.base=4",),
    "vein-cnn": ("network.channels=[8, 16]",),
}


@pytest.fixture(scope="module")
def hands():
    return list(simulated_veins(3, 2, 2, seed=1, sides=("left",)))


def small(name: str, *changes: str) -> Recipe:
    return with_changes(load_recipe(name), [*SMALL, *NETWORKS[name], *changes])


@pytest.mark.parametrize("name", NETWORKS)
def test_a_short_run_trains_and_is_handed_over(name: str, hands, tmp_path) -> None:
    fitted = fit(small(name), hands, hands, progress=False)
    assert all(np.isfinite(epoch["loss"]) for epoch in fitted.history)
    encoder = hand_over(fitted, tmp_path / "encoder")
    assert encoder.embed(hands[0]).shape == (1, 16)


def test_the_centres_are_trained(hands) -> None:
    torch.manual_seed(0)
    first, second = (
        fit(small("vein-triplet-centre", f"loss.centre_weight={weight}"), hands, progress=False).network.state_dict()
        for weight in (0.0, 5.0)
    )
    assert any(not torch.equal(first[name], second[name]) for name in first)


def test_missing_weights_are_named(hands, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(EncoderError, match="torchvision's resnet50"):
        fit(small("vein-resnet50-cbam", "network.weights=resnet50-11ad3fa6.pth"), hands, progress=False)


@pytest.mark.slow
def test_a_plain_network_learns_simulated_hands() -> None:
    """More than chance on hands it was not trained on, across captures."""
    train, strangers = simulated_veins(20, 2, 2, seed=1), simulated_veins(range(20, 30), 2, 1, seed=1)
    changes = ("encoding.height=70", "encoding.width=80", "network.channels=[8, 16, 32, 64]", "network.dim=64")
    steps = ("training.steps=150", "training.steps_per_epoch=150", "training.subjects_per_batch=16")
    recipe = small("vein-cnn", *changes, *steps, "training.learning_rate=0.001", "augmentation.flip=0")
    fitted = fit(recipe, list(train), progress=False)
    # the captures of a hand follow each other
    vectors = np.concatenate([track.vectors for track in fitted.embed(list(strangers))])
    similarity = vectors[1::2] @ vectors[0::2].T
    hits = similarity.argmax(axis=1) == np.arange(len(similarity))
    assert hits.mean() > 5 / len(hits)
