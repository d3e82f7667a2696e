"""The siamese loss against a slow loop."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lineament.objectives import build_loss
from lineament.objectives.contrastive_cross_entropy import ContrastiveCrossEntropyLoss, contrastive
from lineament.recipes.inertial_components import ContrastiveCrossEntropy


def slow(rows: list[list[float]], labels: list[int], margin: float) -> float:
    """Hadsell et al. 2006, eq. 4, a pair at a time; the mean over each kind of pair."""
    kinds: dict[bool, list[float]] = {True: [], False: []}
    for a in range(len(rows)):
        for b in range(a):
            distance = math.dist(rows[a], rows[b])
            same = labels[a] == labels[b]
            kinds[same].append(distance**2 / 2 if same else max(0.0, margin - distance) ** 2 / 2)
    return sum(sum(costs) / len(costs) for costs in kinds.values() if costs)


@given(
    labels=st.lists(st.integers(0, 3), min_size=1, max_size=9),
    seed=st.integers(0, 1000),
    margin=st.sampled_from([0.5, 1.5, 4.0]),
)
def test_any_batch_agrees_with_a_slow_loop(labels: list[int], seed: int, margin: float) -> None:
    x = torch.from_numpy(np.random.default_rng(seed).standard_normal((len(labels), 3))).requires_grad_()
    value = contrastive(x, torch.tensor(labels), margin)
    assert float(value.detach()) == pytest.approx(slow(x.tolist(), labels, margin), abs=1e-9)
    value.backward()
    assert x.grad is not None
    assert torch.isfinite(x.grad).all()


def test_gradients_stay_finite_where_two_coincide() -> None:
    x = torch.zeros(4, 3, requires_grad=True)
    contrastive(x, torch.tensor([0, 0, 1, 1]), 1.5).backward()
    assert x.grad is not None
    assert torch.isfinite(x.grad).all()


def test_the_classifier_is_weighed_by_gamma() -> None:
    torch.manual_seed(0)
    x, labels = torch.randn(6, 4), torch.tensor([0, 0, 1, 1, 2, 2])
    loss = build_loss(ContrastiveCrossEntropy(gamma=0.3), 4, 3)
    assert isinstance(loss, ContrastiveCrossEntropyLoss)
    logits = loss.classifier(x).detach().numpy().astype(np.float64)
    named = np.mean([math.log(sum(np.exp(row - row[who]))) for row, who in zip(logits, labels.tolist(), strict=True)])
    wanted = slow(x.tolist(), labels.tolist(), 1.5) + 0.3 * named
    assert float(loss(x, labels).detach()) == pytest.approx(wanted, abs=1e-5)
    assert {name for name, p in loss.named_parameters() if p.requires_grad} == {"classifier.weight", "classifier.bias"}
    alone = build_loss(ContrastiveCrossEntropy(gamma=0.0), 4, 3)
    assert float(alone(x, labels).detach()) == pytest.approx(slow(x.tolist(), labels.tolist(), 1.5), abs=1e-5)
