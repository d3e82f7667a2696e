from __future__ import annotations

import pytest
import torch

from lineament.errors import RecipeError
from lineament.networks import build_network
from lineament.networks.fusion import FusedNetwork
from lineament.recipes.components import Fusion, Gru, TemporalConv, WindowStatistics
from lineament.recipes.recipe import Recipe, parse

CONV = TemporalConv(channels=8, dilations=(1, 2), attention=3, dim=5)
STATISTICS = WindowStatistics(statistics=("mean", "std"))
GRU = Gru(hidden=6, layers=1, dim=4)


def built(*parts: TemporalConv | WindowStatistics | Gru, weights: tuple[float, ...] | None = None) -> FusedNetwork:
    torch.manual_seed(0)
    network = build_network(Fusion(parts=parts, weights=weights), inputs=3, window=20).eval()
    assert isinstance(network, FusedNetwork)
    return network


def test_its_cosine_is_the_weighted_mean_of_its_parts_cosines() -> None:
    network = built(GRU, STATISTICS, weights=(3, 1))
    assert not network.dense
    first, second = torch.randn(7, 20, 3), torch.randn(7, 20, 3)
    cosines = [(part(first) * part(second)).sum(1) for part in network.networks]
    torch.testing.assert_close((network(first) * network(second)).sum(1), 0.75 * cosines[0] + 0.25 * cosines[1])
    assert network(first).shape == (7, network.dim) == (7, 10)


def test_weights_are_equal_unless_given() -> None:
    network = built(GRU, STATISTICS)
    torch.testing.assert_close(torch.tensor(network.factors), torch.full((2,), 0.5).sqrt())


def test_one_dense_part_makes_it_dense_and_each_window_equals_itself_alone() -> None:
    network = built(CONV, STATISTICS)
    assert network.dense
    frames, seams = torch.randn(1, 70, 3), torch.zeros(1, 70)
    seams[0, 33] = 1
    with torch.no_grad():
        every = network(frames, seams)
        assert every.shape == (1, 51, 11)
        for start in range(0, 51, 5):
            cut = slice(start, start + 20)
            torch.testing.assert_close(network(frames[:, cut], seams[:, cut])[0, 0], every[0, start], atol=1e-6, rtol=0)
        starts = torch.tensor([50, 3, 3])
        torch.testing.assert_close(network(frames, seams, starts), every[:, starts], atol=1e-6, rtol=0)
        assert network.embed_windows(torch.randn(4, 20, 3)).shape == (4, 11)
    torch.testing.assert_close(every.norm(dim=2), torch.ones(1, 51))


def test_it_is_zero_where_a_part_has_nothing_to_say() -> None:
    network = built(CONV, STATISTICS)
    seams = torch.zeros(1, 70)
    seams[0, 20:50:3] = 1
    embeddings = network(torch.randn(1, 70, 3), seams)[0]
    assert embeddings[22].abs().max() == 0
    lengths = embeddings.norm(dim=1)
    assert ((lengths == 0) | ((lengths - 1).abs() < 1e-5)).all()


def test_fusions_nest() -> None:
    torch.manual_seed(0)
    inner = Fusion(parts=(GRU, STATISTICS))
    network = build_network(Fusion(parts=(inner, CONV)), inputs=3, window=20).eval()
    assert network.dense
    assert network(torch.randn(1, 30, 3)).shape == (1, 11, network.dim)


def test_gradients_reach_every_part() -> None:
    network = built(CONV, GRU).train()
    network.embed_windows(torch.randn(4, 20, 3))[:, ::2].sum().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())


def test_parts_must_share_inputs_and_window() -> None:
    parts = [build_network(GRU, 3, 20), build_network(GRU, 3, 21)]
    with pytest.raises(ValueError, match="share inputs and window"):
        FusedNetwork(parts, [1, 1])
    with pytest.raises(ValueError, match="unit norm"):
        FusedNetwork([build_network(GRU, 3, 20, normalise=False)], [1])


def test_parts_are_read_by_name_from_a_recipe() -> None:
    content = {
        "name": "both",
        "network": {"name": "fusion", "weights": [2, 1], "parts": ["gru", {"name": "temporal_conv", "channels": 9}]},
    }
    recipe = parse(Recipe, content, "both.yaml")
    assert recipe.network == Fusion(parts=(Gru(), TemporalConv(channels=9)), weights=(2, 1))
    assert parse(Recipe, recipe.model_dump(mode="json"), "again") == recipe
    content["network"]["parts"][1]["chanels"] = 9  # type: ignore[index]
    with pytest.raises(RecipeError, match="use 'channels'"):
        parse(Recipe, content, "both.yaml")


@pytest.mark.parametrize(("weights", "message"), [((1.0,), "2 weights"), ((1.0, 0.0), "above 0")])
def test_weights_must_fit(weights: tuple[float, ...], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        Fusion(parts=(GRU, CONV), weights=weights)
