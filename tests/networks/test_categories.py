from __future__ import annotations

import pytest
import torch

from lineament.networks import build_network
from lineament.networks.categories import CategoryEmbedding
from lineament.recipes.components import Component, Gru, Lstm, TemporalConv
from lineament.training.export import export_onnx

CATEGORIES = {1: 4}
SPECS = [
    Gru(hidden=5, layers=1, dim=3, category_dim=2),
    Lstm(hidden=5, layers=1, dim=3, category_dim=2),
    TemporalConv(channels=6, dilations=(1,), attention=0, dim=3, category_dim=2),
]


def test_a_class_number_becomes_its_own_vector_and_the_others_pass() -> None:
    front = CategoryEmbedding(3, CATEGORIES, dim=2)
    frames = torch.tensor([[[0.5, 3.0, -1.0], [0.25, 0.0, 2.0]]])
    table = front.tables[0].weight
    wanted = torch.stack(
        [torch.cat([torch.tensor([0.5, -1.0]), table[3]]), torch.cat([torch.tensor([0.25, 2.0]), table[0]])]
    )
    assert torch.equal(front(frames)[0], wanted)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_networks_tell_classes_apart_and_survive_the_export(spec: Component, tmp_path) -> None:  # type: ignore[no-untyped-def]
    torch.manual_seed(0)
    network = build_network(spec, 3, 6, categories=CATEGORIES).eval()
    frames = torch.zeros(2, 6, 3)
    frames[1, :, 1] = 2
    with torch.no_grad():
        first, second = network.embed_windows(frames)
    assert not torch.allclose(first, second)
    assert export_onnx(network, tmp_path / "network.onnx") < 1e-5


def test_numbers_beyond_the_classes_are_taken_for_the_nearest() -> None:
    front = CategoryEmbedding(1, {0: 4}, dim=2)
    assert torch.equal(front(torch.tensor([[99.0]])), front(torch.tensor([[3.0]])))
    assert torch.equal(front(torch.tensor([[-1.0]])), front(torch.tensor([[0.0]])))
