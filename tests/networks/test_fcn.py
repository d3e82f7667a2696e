"""The published network of mice: its parameters, its standardised windows, its refusals."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from lineament.errors import RecipeError
from lineament.networks import build_network
from lineament.objectives import build_loss
from lineament.recipes.mouse_components import Fcn, LinearSoftmax
from lineament.recipes.recipe import parse


def test_parameters_are_those_of_the_published_graph() -> None:
    """The published code's layers, counted by hand: convolutions with bias, batch normalisation, 72 classes."""
    network = build_network(Fcn(), inputs=2, window=128, normalise=False)
    convolutions = (2 * 8 + 1) * 128 + (128 * 5 + 1) * 256 + (256 * 3 + 1) * 128
    assert sum(p.numel() for p in network.parameters()) == convolutions + 2 * (128 + 256 + 128) == 265_728
    head = build_loss(LinearSoftmax(), network.dim, 72)
    assert sum(p.numel() for p in head.parameters()) == 128 * 72 + 72 == 9_288


def test_it_is_the_plain_stack_of_layers() -> None:
    torch.manual_seed(0)
    network = build_network(Fcn(filters=(4, 6, 5)), inputs=2, window=32, normalise=False).eval()
    frames = torch.randn(3, 32, 2) * 7 + 3
    x = torch.stack([(frame - frame.mean()) / frame.std(correction=0) for frame in frames]).transpose(1, 2)
    layers = [layer for layer in network.modules() if isinstance(layer, nn.Conv1d)]
    for layer in layers:
        before = (layer.kernel_size[0] - 1) // 2
        x = nn.functional.pad(x, (before, layer.kernel_size[0] - 1 - before))
        x = nn.functional.conv1d(x, layer.weight, layer.bias)
        x = torch.relu(x / (1 + 1e-5) ** 0.5)
    torch.testing.assert_close(network(frames), x.mean(-1))


def test_a_window_of_one_number_throughout_is_borne() -> None:
    network = build_network(Fcn(filters=(4,), kernels=(3,)), inputs=2, window=8).eval()
    assert torch.isfinite(network(torch.full((1, 8, 2), 5.0))).all()


def test_the_loss_is_cross_entropy_of_a_linear_layer() -> None:
    torch.manual_seed(0)
    loss, embeddings, labels = build_loss(LinearSoftmax(), 6, 4), torch.randn(10, 6), torch.arange(10) % 4
    layer = next(module for module in loss.modules() if isinstance(module, nn.Linear))
    logits = embeddings @ layer.weight.T + layer.bias
    expected = torch.stack([logits[i].logsumexp(0) - logits[i, labels[i]] for i in range(10)]).mean()
    torch.testing.assert_close(loss(embeddings, labels), expected)


def test_kernels_must_be_as_many_as_convolutions() -> None:
    with pytest.raises(RecipeError, match="network fcn: 3 kernels was expected, but 2 came"):
        parse(Fcn, {"kernels": [8, 5]}, "network fcn")
