"""TypeNet against its published size, and against its layers taken one by one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from onnxruntime import InferenceSession

from lineament.encodings import build_encoding
from lineament.networks import build_network
from lineament.objectives import build_loss
from lineament.recipes.event_components import SquaredTriplet, TypeNet
from lineament.recipes.recipe import load_recipe
from lineament.training.export import export_onnx

PUBLISHED_PARAMETERS = 200_458
"""Trainable: 4 (5 + 128 + 1) 128 and 4 (128 + 128 + 1) 128 of the layers, 2 (5 + 128) of the normalisations."""


def test_it_has_the_parameters_of_the_published_layers() -> None:
    recipe = load_recipe("keystroke-typenet")
    encoding = build_encoding(recipe.encoding)
    assert encoding.names[4:] == ("present", "key")
    network = build_network(
        recipe.network, encoding.inputs, recipe.window.frames, normalise=False, categories=encoding.categories
    )
    assert network.dim == 128
    assert sum(p.numel() for p in network.parameters() if p.requires_grad) == PUBLISHED_PARAMETERS
    assert PUBLISHED_PARAMETERS == 4 * (5 + 128 + 1) * 128 + 4 * (128 + 128 + 1) * 128 + 2 * (5 + 128)


def tiny() -> tuple[torch.nn.Module, torch.Tensor]:
    torch.manual_seed(0)
    network = build_network(TypeNet(hidden=6, present=1), 3, 7, normalise=False, categories={2: 256}).eval()
    frames = torch.randn(4, 7, 3)
    frames[..., 2] = torch.randint(0, 256, (4, 7)).float()
    return network, frames


def test_key_codes_become_numbers_below_one_and_the_mask_is_left_out() -> None:
    network, frames = tiny()
    changed = frames.clone()
    changed[..., 1] = 9.0
    with torch.no_grad():
        torch.testing.assert_close(network(frames), network(changed))
        taken = frames[..., [0, 2]] / torch.tensor([1.0, 256.0])
        torch.testing.assert_close(network(frames), network.second(network.first(taken))[:, -1])


def test_the_exported_network_agrees(tmp_path: Path) -> None:
    network, frames = tiny()
    export_onnx(network, tmp_path / "network.onnx")
    session = InferenceSession((tmp_path / "network.onnx").read_bytes())
    (made,) = session.run(None, {session.get_inputs()[0].name: frames.numpy()})
    with torch.no_grad():
        np.testing.assert_allclose(made, network(frames).numpy(), atol=1e-5)


def test_its_loss_is_that_of_squared_distances_of_embeddings_as_they_are() -> None:
    x = torch.tensor([[0.0, 0.0], [2.0, 0.0], [0.0, 1.5]], requires_grad=True)
    value = build_loss(SquaredTriplet(margin=1.5), 2, 2)(x, torch.tensor([0, 0, 1]))
    costs = [4.0 - 2.25 + 1.5, max(0.0, 4.0 - 6.25 + 1.5)]  # the anchors 0 and 1; those above zero are averaged
    assert float(value.detach()) == pytest.approx(costs[0], abs=1e-5)
    value.backward()
    assert x.grad is not None
    assert torch.isfinite(x.grad).all()
