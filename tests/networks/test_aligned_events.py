"""Events compared place by place: what is not there does not count, and what differs at a place alone is told apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from onnxruntime import InferenceSession

from lineament.errors import RecipeError
from lineament.networks import build_network
from lineament.objectives import build_loss
from lineament.recipes.aligned_components import AlignedEvents
from lineament.recipes.components import NETWORKS
from lineament.recipes.recipe import component
from lineament.recipes.supervised_contrast import SupConSoftmax
from lineament.training.export import export_onnx

SPEC = AlignedEvents(channels=16, dilations=(1,), category_dim=4, present=2, place_dim=4, whole_dim=6, dropout=0.0)
CATEGORIES = {3: 10}


def network(window: int = 12) -> torch.nn.Module:
    torch.manual_seed(0)
    return build_network(SPEC, 4, window, categories=CATEGORIES).eval()


def events(count: int, window: int = 12) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    numbers = torch.randn(count, window, 2, generator=generator)
    keys = torch.randint(1, 10, (count, window, 1), generator=generator)
    return torch.cat([numbers, torch.ones(count, window, 1), keys], -1)


def test_what_is_filled_up_says_nothing() -> None:
    frames = events(3)
    frames[:, :5] = 0.0
    other = frames.clone()
    other[:, :3, 3] = 7.0  # a key where there is none, out of the kernels' reach of those that are there
    with torch.no_grad():
        embedded = network()(frames)
        torch.testing.assert_close(embedded, network()(other))
    assert embedded.shape == (3, 54)
    places = embedded[:, :48].reshape(3, 4, 12)
    assert float(places[:, :, :5].abs().max()) == 0.0
    np.testing.assert_allclose(embedded.norm(dim=1).numpy(), 1.0, rtol=1e-5)


def test_a_window_without_events_is_finite() -> None:
    with torch.no_grad():
        assert torch.isfinite(network()(torch.zeros(2, 12, 4))).all()


def test_people_who_differ_in_when_alone_are_told_apart() -> None:
    generator = torch.Generator().manual_seed(2)
    habits = torch.stack([torch.randperm(12, generator=generator).float() / 6 - 1 for _ in range(6)])
    labels = torch.arange(6).repeat_interleave(8)
    frames = torch.ones(48, 12, 4)
    frames[..., 0] = habits[labels] + 0.1 * torch.randn(48, 12, generator=generator)
    frames[..., 1] = torch.randn(48, 12, generator=generator)
    net, loss = network().train(), build_loss(SupConSoftmax(), 54, 6)
    optimiser = torch.optim.Adam(net.parameters(), 0.01)
    for _ in range(30):
        optimiser.zero_grad()
        value = loss(net(frames), labels)
        value.backward()
        optimiser.step()
    with torch.no_grad():
        embedded = net.eval()(frames)
    nearest = (embedded @ embedded.T - 2 * torch.eye(48)).argmax(1)
    assert float((labels[nearest] == labels).float().mean()) > 0.95


def test_the_runtime_gives_the_same(tmp_path: Path) -> None:
    net, frames = network(), events(5)
    export_onnx(net, tmp_path / "network.onnx")
    session = InferenceSession(str(tmp_path / "network.onnx"))
    (came,) = session.run(None, {session.get_inputs()[0].name: frames.numpy()})
    with torch.no_grad():
        np.testing.assert_allclose(came, net(frames).numpy(), atol=1e-5)


def test_a_kernel_without_a_middle_is_refused() -> None:
    with pytest.raises(RecipeError, match="an odd number"):
        component(NETWORKS, {"name": "aligned_events", "kernel": 4})
