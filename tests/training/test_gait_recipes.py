"""The recipes of walking at work: trained on simulated walkers, handed over, enrolled, streamed, refused."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lineament.datasets.simulate.gait import Walker, simulate_walk, simulated_gait
from lineament.encoder import Encoder
from lineament.encodings import build_encoding
from lineament.errors import LineamentError, SignalError
from lineament.gallery import MemoryGallery
from lineament.recipes.recipe import load_recipe, with_changes
from lineament.signals.inertial import ACCELERATIONS, inertial_sample
from lineament.training.encoded import encode
from lineament.training.fit import fit_recordings
from lineament.training.learner import OPTIMISERS
from lineament.training.train import train
from tests.signals.test_inertial import walk


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    folder = tmp_path_factory.mktemp("gait")
    people = simulated_gait(16, seconds=40, seed=9)
    return train(load_recipe("gait-small"), [people], folder, validation=0.3, progress=False)[1]


def test_strangers_are_told_from_those_enrolled(encoder: Encoder) -> None:
    gallery = MemoryGallery(encoder.dim)
    for number in range(30, 36):
        gallery.enrol(f"w{number}", encoder.embed(simulate_walk(Walker(9, number), 1, "slow walk", 40)))
    right = 0
    for number in range(30, 36):
        scores = encoder.embed(simulate_walk(Walker(9, number), 1, "slow walk", 40, fps=80)) @ gallery.prototypes().T
        right += int(scores.mean(axis=0).argmax()) == number - 30
    assert right >= 5


def test_a_walk_that_comes_in_pieces_is_embedded_as_a_whole(encoder: Encoder) -> None:
    sample = simulate_walk(Walker(9, 40), 1, "fast walk", 20)
    whole, stream, parts = encoder.embed(sample, 1.0), encoder.stream(1.0), []
    for start in range(0, len(sample), 170):
        stop = start + 170
        piece = sample.replace(values=sample.values[start:stop], times=sample.times[start:stop])
        parts.append(stream.push(piece)[1])
    np.testing.assert_allclose(np.concatenate(parts), whole, atol=1e-4)


def test_too_short_a_walk_says_how_much_is_needed(encoder: Encoder) -> None:
    with pytest.raises(
        LineamentError, match=r"8\.0 s without a gap was expected, but 5\.9 s at the longest came; record 2\.0 s more"
    ):
        encoder.embed(simulate_walk(Walker(9, 40), 1, "fast walk", 6))
    values, times = walk(20.0)
    alone = inertial_sample(values[:, :3], times, ACCELERATIONS)
    with pytest.raises(SignalError, match="gyr_x"):
        encoder.embed(alone)


@pytest.mark.parametrize("name", ["gait-lenet4", "gait-vgg8", "gait-mobilenetv2"])
def test_the_networks_of_wang_learn(name: str) -> None:
    small = {
        "gait-vgg8": ["network.channels=[8,16]", "window.frames=100"],
        "gait-mobilenetv2": ["network.width=0.35", "window.frames=100"],
    }.get(name, [])
    recipe = load_recipe(name)
    assert (recipe.loss.margin, recipe.loss.gamma, recipe.training.optimiser) == (1.5, 0.1, "rmsprop")  # type: ignore[attr-defined]
    assert recipe.training.steps == 100 * recipe.training.steps_per_epoch
    changed = with_changes(recipe, [*small, "training.steps=20", "training.subjects_per_batch=4"])
    recordings = encode(build_encoding(changed.encoding), simulated_gait(5, sessions=1, seconds=20))
    fitted = fit_recordings(changed, recordings, progress=False)
    first, last = (fitted.history[place]["loss"] for place in (0, -1))
    assert last < first
    assert fitted.tracks(recordings)[0].vectors.shape[1] == recipe.network.dim  # type: ignore[attr-defined]


def test_every_optimiser_of_a_recipe_can_be_built() -> None:
    for name in ("adam", "adamw", "rmsprop"):
        recipe = with_changes(load_recipe("gait-lenet4"), [f"training.optimiser={name}"])
        parameter = torch.nn.Parameter(torch.zeros(1))
        assert OPTIMISERS[recipe.training.optimiser]([parameter], lr=0.1, weight_decay=0.0).defaults["lr"] == 0.1
