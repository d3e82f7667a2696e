from __future__ import annotations

import warnings

import pytest
import torch

from lineament.networks import build_classifier, build_network
from lineament.recipes.components import Gru, Lstm
from lineament.recipes.recipe import load_recipe


def parameters(network: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def test_the_papers_embedding_model_has_its_parameters() -> None:
    recipe = load_recipe("xr-motion-gru")
    network = build_network(recipe.network, inputs=18, window=recipe.window.frames, normalise=recipe.normalise)
    assert parameters(network) == 3_156_492
    # Table 3 counts ArcFace's proxies, 27 people of 192 numbers (and prints this count in the other column).
    assert parameters(network) + 27 * 192 == 3_161_676


def test_the_papers_classifier_has_its_parameters() -> None:
    network = build_classifier(Gru(hidden=200, layers=4, dropout=0.19), inputs=18, window=500, subjects=27)
    assert parameters(network) == 861_027
    assert network(torch.zeros(2, 500, 18)).shape == (2, 27)
    assert not network.normalise


def slow_gru(cell: torch.nn.GRU, frames: torch.Tensor) -> torch.Tensor:
    """The GRU's last state by its equations, one layer."""
    state = torch.zeros(len(frames), cell.hidden_size)
    for frame in frames.unbind(1):
        from_input = frame @ cell.weight_ih_l0.T + cell.bias_ih_l0
        from_state = state @ cell.weight_hh_l0.T + cell.bias_hh_l0
        reset_i, update_i, new_i = from_input.chunk(3, dim=1)
        reset_h, update_h, new_h = from_state.chunk(3, dim=1)
        reset, update = torch.sigmoid(reset_i + reset_h), torch.sigmoid(update_i + update_h)
        state = (1 - update) * torch.tanh(new_i + reset * new_h) + update * state
    return state


def test_a_gru_is_its_last_state_through_a_linear_layer() -> None:
    torch.manual_seed(0)
    network = build_network(Gru(hidden=7, layers=1, dim=5), inputs=4, window=9, normalise=False)
    frames = torch.randn(3, 9, 4)
    wanted = network.linear(slow_gru(network.recurrent, frames))
    torch.testing.assert_close(network(frames), wanted, atol=1e-6, rtol=0)


@pytest.mark.parametrize("spec", [Gru(hidden=8, dim=6), Lstm(hidden=8, dim=6), Gru(hidden=8, layers=1, dropout=0.3)])
def test_recurrent_networks_learn_and_keep_to_their_sizes(spec: Gru | Lstm) -> None:
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        network = build_network(spec, inputs=3, window=10)
    embeddings = network(torch.randn(4, 10, 3))
    assert embeddings.shape == (4, network.dim)
    torch.testing.assert_close(embeddings.norm(dim=1), torch.ones(4))
    embeddings[:, 0].sum().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())
    assert not network.dense


def test_without_the_unit_norm_embeddings_keep_their_length() -> None:
    torch.manual_seed(0)
    raw = build_network(Gru(hidden=8, dim=6), 3, 10, normalise=False).eval()
    torch.manual_seed(0)
    unit = build_network(Gru(hidden=8, dim=6), 3, 10).eval()
    frames = torch.randn(2, 10, 3)
    torch.testing.assert_close(torch.nn.functional.normalize(raw(frames), dim=1), unit(frames))
    assert not torch.allclose(raw(frames), unit(frames))
