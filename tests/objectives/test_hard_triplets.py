"""Batch-hard triplets and centres against a slow loop and pytorch-metric-learning."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pytorch_metric_learning import losses, miners, reducers

from lineament.objectives import build_loss
from lineament.objectives.hard_triplets import batch_hard
from lineament.recipes.hard_triplets import BatchHardTriplet, TripletCentre
from tests.objectives.test_losses import inputs


def batch(seed: int, people: int = 5, images: int = 4, dim: int = 6) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(people * images, dim, generator=generator, dtype=torch.float64, requires_grad=True)
    return x, torch.arange(people).repeat_interleave(images)


def slow(x: torch.Tensor, y: torch.Tensor, margin: float) -> float:
    rows = [[float(v) / math.hypot(*map(float, row)) for v in row] for row in x]
    costs = []
    for a, who in enumerate(y):
        positives = [math.dist(rows[a], rows[p]) for p in range(len(rows)) if p != a and y[p] == who]
        negatives = [math.dist(rows[a], rows[n]) for n in range(len(rows)) if y[n] != who]
        if positives and negatives:
            costs.append(max(0.0, max(positives) - min(negatives) + margin))
    return sum(costs) / len(costs) if costs else 0.0


@given(
    labels=st.lists(st.integers(0, 3), min_size=1, max_size=10),
    seed=st.integers(0, 1000),
    margin=st.sampled_from([0.0, 0.2, 1.0]),
)
def test_any_batch_agrees_with_a_slow_loop(labels: list[int], seed: int, margin: float) -> None:
    x = torch.from_numpy(np.random.default_rng(seed).standard_normal((len(labels), 3))).requires_grad_()
    value = batch_hard(x, torch.tensor(labels), margin)
    assert float(value.detach()) == pytest.approx(slow(x.detach(), torch.tensor(labels), margin), abs=1e-5)
    value.backward()
    assert x.grad is not None
    assert torch.isfinite(x.grad).all()


@pytest.mark.parametrize("seed", range(3))
def test_value_and_gradient_are_those_of_pytorch_metric_learning(seed: int) -> None:
    x, y = batch(seed)
    ours = build_loss(BatchHardTriplet(margin=0.3), 6, 5)(x, y)
    (gradient,) = torch.autograd.grad(ours, x)
    peer = losses.TripletMarginLoss(margin=0.3, reducer=reducers.MeanReducer())
    theirs = peer(x, y, miners.BatchHardMiner()(x, y))
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=0)
    torch.testing.assert_close(gradient, torch.autograd.grad(theirs, x)[0])


def test_the_golden_value() -> None:
    x, y, _ = inputs()
    assert float(batch_hard(x, y, 0.2).detach()) == pytest.approx(1.9465977396, rel=1e-9)


def test_equal_embeddings_have_a_gradient() -> None:
    x = torch.ones(4, 3, requires_grad=True)
    batch_hard(x, torch.tensor([0, 0, 1, 1]), 0.2).backward()
    assert x.grad is not None
    assert torch.isfinite(x.grad).all()


def test_the_centre_term_is_half_the_squared_distance() -> None:
    x, y = batch(0)
    spec = TripletCentre(margin=0.3, centre_weight=0.5)
    loss = build_loss(spec, 6, 5).double()
    (centres,) = loss.parameters()
    assert centres.shape == (5, 6)
    centres.data = torch.from_numpy(np.random.default_rng(1).standard_normal((5, 6)))
    unit = [np.asarray(row) / np.linalg.norm(row) for row in x.detach().numpy()]
    pull = sum(0.5 * sum((u - centres.detach().numpy()[k]) ** 2) for u, k in zip(unit, y, strict=True)) / len(unit)
    assert float(loss(x, y).detach()) == pytest.approx(slow(x.detach(), y, 0.3) + 0.5 * pull, rel=1e-9)


def test_centres_come_to_lie_among_their_subjects() -> None:
    torch.manual_seed(0)
    x, y = batch(0, people=3)
    loss = build_loss(TripletCentre(centre_weight=1.0), 6, 3).double()
    optimiser = torch.optim.SGD(loss.parameters(), lr=1.0)
    for _ in range(60):
        optimiser.zero_grad()
        loss(x.detach(), y).backward()
        optimiser.step()
    unit = torch.nn.functional.normalize(x.detach(), dim=1)
    means = torch.stack([unit[y == who].mean(0) for who in range(3)])
    torch.testing.assert_close(next(loss.parameters()).data, means, atol=1e-3, rtol=0)
