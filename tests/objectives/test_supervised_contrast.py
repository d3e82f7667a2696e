"""Supervised contrast against a slow loop and pytorch-metric-learning."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pytorch_metric_learning import losses

from lineament.objectives import build_loss
from lineament.objectives.supervised_contrast import SupConSoftmaxLoss, supervised_contrast
from lineament.recipes.supervised_contrast import SupConSoftmax
from tests.objectives.test_hard_triplets import batch


def slow(x: torch.Tensor, y: torch.Tensor, temperature: float) -> float:
    rows = [[float(v) / math.hypot(*map(float, row)) for v in row] for row in x]
    costs = []
    for a, who in enumerate(y):
        others = [o for o in range(len(rows)) if o != a]
        powers = {o: math.exp(float(np.dot(rows[a], rows[o])) / temperature) for o in others}
        positives = [o for o in others if y[o] == who]
        if positives:
            total = sum(powers.values())
            costs.append(-sum(math.log(powers[p] / total) for p in positives) / len(positives))
    return sum(costs) / len(costs) if costs else 0.0


@given(
    labels=st.lists(st.integers(0, 3), min_size=1, max_size=10),
    seed=st.integers(0, 1000),
    temperature=st.sampled_from([0.1, 0.5, 1.0]),
)
def test_any_batch_agrees_with_a_slow_loop(labels: list[int], seed: int, temperature: float) -> None:
    x = torch.from_numpy(np.random.default_rng(seed).standard_normal((len(labels), 3))).requires_grad_()
    value = supervised_contrast(x, torch.tensor(labels), temperature)
    assert float(value.detach()) == pytest.approx(slow(x.detach(), torch.tensor(labels), temperature), abs=1e-9)
    value.backward()
    assert x.grad is not None
    assert torch.isfinite(x.grad).all()


@pytest.mark.parametrize("seed", range(3))
def test_value_and_gradient_are_those_of_pytorch_metric_learning(seed: int) -> None:
    x, y = batch(seed)
    ours = supervised_contrast(x, y, temperature=0.2)
    (gradient,) = torch.autograd.grad(ours, x)
    theirs = losses.SupConLoss(temperature=0.2)(x, y)
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=0)
    torch.testing.assert_close(gradient, torch.autograd.grad(theirs, x)[0])


def test_the_softmax_over_proxies_is_added_and_its_proxies_are_trained() -> None:
    x, y = batch(0)
    spec = SupConSoftmax(temperature=0.2, proxy_temperature=0.5, proxy_weight=3.0)
    loss = build_loss(spec, 6, 5)
    assert isinstance(loss, SupConSoftmaxLoss)
    peer = losses.NormalizedSoftmaxLoss(5, 6, temperature=0.5).double()
    peer.W = torch.nn.Parameter(loss.proxies.detach().double().T.clone())
    value = loss.double()(x, y)
    torch.testing.assert_close(value, supervised_contrast(x, y, 0.2) + 3.0 * peer(x, y))
    value.backward()
    assert loss.proxies.grad is not None
    assert float(loss.proxies.grad.abs().sum()) > 0
