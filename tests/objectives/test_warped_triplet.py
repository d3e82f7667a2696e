"""The loss on warped sequences: its distances, its gradient, and what it takes for triplets."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lineament.decisions.alignment import warping_distances
from lineament.errors import RecipeError
from lineament.objectives import build_loss
from lineament.objectives.warped_triplet import warped_distances
from lineament.recipes.signature_components import WarpedTriplet


def series(count: int, seed: int = 0) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(count, 8, 2)))


def test_distances_are_those_of_the_match_rule() -> None:
    one, other = series(5), series(5, seed=1)
    wanted = [warping_distances(a, b[None], band=3)[0] for a, b in zip(one.numpy(), other.numpy(), strict=True)]
    np.testing.assert_allclose(warped_distances(one, other, 3).numpy(), wanted, rtol=1e-3)


def test_the_gradient_is_that_of_the_least_distance() -> None:
    one, other = series(2).requires_grad_(), series(2, seed=1)
    assert torch.autograd.gradcheck(lambda x: warped_distances(x, other, 3), (one,), eps=1e-6, atol=1e-4)


def slow_loss(embeddings: torch.Tensor, labels: list[int], spec: WarpedTriplet) -> float:
    flat = embeddings.reshape(len(labels), -1)
    terms = []
    for anchor, label in enumerate(labels):
        others = sorted((float((flat[anchor] - flat[n]).norm()), n) for n, x in enumerate(labels) if x != label)
        for positive in (n for n, x in enumerate(labels) if x == label and n != anchor):
            for _, negative in others[: spec.negatives]:
                sides = embeddings[[positive, negative]]
                near, far = warped_distances(embeddings[[anchor, anchor]], sides, spec.band).log().tolist()
                terms.append(np.log1p(np.exp(spec.sharpness * (near - far + spec.margin))))
    return float(np.mean(terms))


def test_the_loss_is_that_of_a_slow_loop() -> None:
    spec = WarpedTriplet(points=8, band=2, negatives=2)
    labels = [0, 0, 1, 1, 1, 2]
    sequences = series(6, seed=4)
    came = build_loss(spec, 16, 3)(sequences.reshape(6, 16), torch.tensor(labels))
    assert float(came) == pytest.approx(slow_loss(sequences, labels, spec), rel=1e-3)


def test_a_batch_of_one_subject_costs_nothing() -> None:
    embeddings = series(3).reshape(3, 16).requires_grad_()
    loss = build_loss(WarpedTriplet(points=8), 16, 1)(embeddings, torch.zeros(3, dtype=torch.long))
    loss.backward()
    assert loss.item() == 0.0
    assert embeddings.grad is not None
    assert not embeddings.grad.any()


def test_embeddings_that_are_no_sequences_are_refused() -> None:
    with pytest.raises(RecipeError, match="sequences of 100 frames"):
        build_loss(WarpedTriplet(), 128, 3)
