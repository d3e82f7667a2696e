"""The published models at their full size: graph, counts, and a short run that is killed and resumed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from lineament.encodings import build_encoding
from lineament.networks import build_classifier, build_network
from lineament.objectives import build_loss
from lineament.recipes.recipe import load_recipe, with_changes
from lineament.training.fit import fit
from lineament.training.learner import Learner

from .people import people

SHORT = [
    "encoding.joints=[head, right_hand]",
    "training.steps=4",
    "training.steps_per_epoch=2",
    "training.windows_per_subject=2",
    "training.validation_stride_s=4",
]


def count(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_the_papers_parameter_counts() -> None:
    """Table 3 prints the two totals in swapped columns."""
    gru, classifier = load_recipe("xr-motion-gru"), load_recipe("xr-motion-classifier")
    inputs = len(build_encoding(gru.encoding).names)
    network = build_network(gru.network, inputs, gru.window.frames, normalise=gru.normalise)
    loss = build_loss(gru.loss, network.dim, 27)
    assert count(network) == 3_156_492
    assert count(network) + count(loss) == 3_161_676
    assert not any(parameter.requires_grad for parameter in loss.parameters())
    assert count(build_classifier(classifier.network, inputs, 500, 27)) == 861_027  # type: ignore[arg-type]


def test_the_published_embeddings_are_not_normalised() -> None:
    recipe = load_recipe("xr-motion-gru")
    network = build_network(recipe.network, 18, 500, normalise=recipe.normalise).eval()
    with torch.no_grad():
        lengths = network.embed_windows(torch.randn(2, 500, 18)).norm(dim=1)
    assert (lengths - 1).abs().min() > 0.05


@pytest.mark.slow
@pytest.mark.parametrize("name", ["xr-motion-gru", "xr-motion-classifier"])
def test_a_short_run_resumes_to_the_same_weights(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = with_changes(load_recipe(name), SHORT)
    train, validation = people(range(3), seconds=45), people(range(10, 12), seconds=45)
    watched = None if name.endswith("classifier") else validation
    whole = fit(recipe, train, watched, progress=False)
    step = Learner.training_step

    def killed(self: Learner, *args: Any) -> torch.Tensor:
        if self.global_step == 3:
            raise RuntimeError("killed")
        return step(self, *args)

    with monkeypatch.context() as patch:
        patch.setattr(Learner, "training_step", killed)
        with pytest.raises(RuntimeError, match="killed"):
            fit(recipe, train, watched, tmp_path, progress=False)
    resumed = fit(recipe, train, watched, tmp_path, resume=True, progress=False)
    for key, value in whole.network.state_dict().items():
        assert torch.equal(resumed.network.state_dict()[key], value)
