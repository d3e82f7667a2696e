"""Convolutions over events: what is not there does not count, and what is there is learned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from onnxruntime import InferenceSession

from lineament.errors import RecipeError
from lineament.networks import build_network
from lineament.networks.event_conv import KindMeans
from lineament.objectives import build_loss
from lineament.recipes.components import NETWORKS
from lineament.recipes.event_components import EventConv
from lineament.recipes.recipe import component
from lineament.recipes.supervised_contrast import SupConSoftmax
from lineament.training.export import export_onnx

SPEC = EventConv(channels=16, dilations=(1, 2), category_dim=4, present=2, heads=4, kinds=5, kind_channels=3, dim=8)
CATEGORIES = {3: 10}


def network(spec: EventConv = SPEC, window: int = 12) -> torch.nn.Module:
    torch.manual_seed(0)
    return build_network(spec, 4, window, categories=CATEGORIES)


def events(people: int, each: int, window: int = 12) -> tuple[torch.Tensor, torch.Tensor]:
    """Windows of people whose first number differs by key, filled up in front."""
    generator = torch.Generator().manual_seed(1)
    habits = torch.randn(people, 10, generator=generator)
    labels = torch.arange(people).repeat_interleave(each)
    keys = torch.randint(1, 10, (len(labels), window), generator=generator)
    frames = torch.stack(
        [habits[labels[:, None], keys], torch.randn(keys.shape, generator=generator), torch.ones(keys.shape), keys], -1
    )
    frames[::2, :4] = 0.0
    return frames, labels


def test_kinds_are_shrunken_means_of_what_is_there() -> None:
    torch.manual_seed(0)
    pool = KindMeans(channels=2, told=3, kinds=2, size=4)
    features, told = torch.randn(1, 2, 5), torch.randn(1, 3, 5)
    live = torch.tensor([[[0.0, 1.0, 1.0, 0.0, 1.0]]])
    with torch.no_grad():
        means = pool(features, told, live).reshape(2, 4)
        values, scores = pool.values(features)[0].reshape(2, 4, 5), torch.sigmoid(pool.scorer(told))[0]
        nothing = pool(features, told, torch.zeros_like(live))
    for kind in range(2):
        for size in range(4):
            total = sum(float(scores[kind, t] * values[kind, size, t]) for t in (1, 2, 4))
            weight = sum(float(scores[kind, t]) for t in (1, 2, 4)) + float(np.log1p(np.exp(0.0)))
            assert float(means[kind, size]) == pytest.approx(total / weight, abs=1e-5)
    assert float(nothing.abs().max()) == 0.0


def test_every_weight_has_a_gradient_and_people_are_told_apart() -> None:
    frames, labels = events(people=6, each=8)
    net, loss = network(), build_loss(SupConSoftmax(), 8, 6)
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-2)
    for step in range(60):
        value = loss(net.embed_windows(frames), labels)
        optimiser.zero_grad()
        value.backward()
        if not step:
            assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in net.parameters())
        optimiser.step()
    net.eval()
    with torch.no_grad():
        vectors = net.embed_windows(frames)
    cosines = (vectors @ vectors.T).fill_diagonal_(-1)
    assert (labels[cosines.argmax(1)] == labels).float().mean() > 0.9


def test_what_fills_a_window_up_is_not_pooled() -> None:
    frames, _ = events(people=2, each=2)
    net = network(EventConv(**{**SPEC.model_dump(), "dilations": ()})).eval()
    filled = frames[:1].clone()
    changed = filled.clone()
    changed[:, 0, 3] = 7.0  # a key where there is none, out of the convolution's sight
    with torch.no_grad():
        torch.testing.assert_close(net(filled), net(changed))


def test_the_exported_network_agrees(tmp_path: Path) -> None:
    frames, _ = events(people=3, each=2)
    net = network().eval()
    export_onnx(net, tmp_path / "network.onnx")
    session = InferenceSession((tmp_path / "network.onnx").read_bytes())
    (made,) = session.run(None, {session.get_inputs()[0].name: frames.numpy()})
    with torch.no_grad():
        np.testing.assert_allclose(made, net(frames).numpy(), atol=1e-5)


@pytest.mark.parametrize("change", [{"channels": 10, "heads": 4}, {"kernel": 4}])
def test_sizes_that_do_not_fit_are_refused(change: dict[str, int]) -> None:
    with pytest.raises(RecipeError, match=r"multiple|odd"):
        component(NETWORKS, {"name": "event_conv", **change})
