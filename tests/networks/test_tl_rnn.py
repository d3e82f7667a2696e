"""TL-RNN: the published number of parameters, its cell state by a slow loop, its loss by another."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lineament.encodings import build_encoding
from lineament.errors import RecipeError
from lineament.networks import build_network
from lineament.networks.tl_rnn import CellState
from lineament.objectives import build_loss
from lineament.recipes.recipe import load_recipe
from lineament.recipes.visit_components import ManhattanTriplet, TlRnn


def small(**options: object) -> CellState:
    torch.manual_seed(0)
    network = build_network(TlRnn(cells=5), 2, 7, categories={0: 13, 1: 40}, **options)
    assert isinstance(network, CellState)
    return network


def test_the_recipe_has_the_published_number_of_parameters() -> None:
    recipe = load_recipe("web-tlrnn")
    encoding = build_encoding(recipe.encoding)
    network = build_network(
        recipe.network, encoding.inputs, recipe.window.frames, normalise=False, categories=encoding.categories
    )
    count = sum(weight.numel() for weight in network.parameters())
    # 12,001 classes x 33 numbers, and four gates of 512 cells, each fed by 33 + 512 numbers and two biases.
    assert count == 12_001 * 33 + 4 * 512 * (33 + 512 + 2) == 1_516_289
    assert round(count / 1e6, 1) == 1.5
    assert network.dim == 512


def test_the_embedding_is_the_last_cell_state() -> None:
    network = small(normalise=False)
    frames = torch.stack([torch.arange(7.0), torch.arange(7.0) + 20], dim=-1)[None]
    vectors = torch.cat([network.tables[place].weight[frames[0, :, place].long()] for place in (0, 1)], dim=-1)
    hidden, cell = torch.zeros(5), torch.zeros(5)
    inward, across, first, second = (weight.detach() for weight in network.lstm.parameters())
    for vector in vectors.detach():
        enter, forget, new, leave = (inward @ vector + across @ hidden + first + second).split(5)
        cell = torch.sigmoid(forget) * cell + torch.sigmoid(enter) * torch.tanh(new)
        hidden = torch.sigmoid(leave) * torch.tanh(cell)
    torch.testing.assert_close(network(frames)[0].detach(), cell, atol=1e-6, rtol=1e-5)


def test_numbers_beyond_the_classes_do_no_harm() -> None:
    beyond = small()(torch.full((1, 7, 2), 99.0))
    torch.testing.assert_close(beyond, small()(torch.tensor([12.0, 39.0]).expand(1, 7, 2)))
    assert abs(float(beyond.detach().norm()) - 1) < 1e-5


def test_features_that_are_no_classes_are_refused() -> None:
    with pytest.raises(RecipeError, match="3 class numbers in a frame"):
        build_network(TlRnn(), 3, 7, categories={0: 5})


def test_the_loss_is_that_of_a_slow_loop() -> None:
    rng = np.random.default_rng(0)
    vectors, labels = rng.normal(size=(9, 4)), np.arange(9) % 3
    costs = []
    for anchor in range(9):
        for positive in range(9):
            for negative in range(9):
                if anchor != positive and labels[anchor] == labels[positive] != labels[negative]:
                    apart = np.abs(vectors[anchor] - vectors[negative]).sum()
                    costs.append(max(0.0, np.abs(vectors[anchor] - vectors[positive]).sum() - apart + 0.5))
    wanted = np.mean([cost for cost in costs if cost > 0])
    loss = build_loss(ManhattanTriplet(margin=0.5), 4, 3)
    assert float(loss(torch.tensor(vectors), torch.tensor(labels))) == pytest.approx(wanted)
