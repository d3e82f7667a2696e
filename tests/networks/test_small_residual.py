from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from lineament.errors import RecipeError
from lineament.networks import build_network
from lineament.networks.small_residual import GridAverage, SmallResidualNetwork
from lineament.recipes.image_components import SmallResidual
from lineament.training.export import export_onnx


def build(shape: tuple[int, int, int] = (1, 37, 52), **spec: object) -> SmallResidualNetwork:
    torch.manual_seed(0)
    network = build_network(SmallResidual(**spec), 1, 1, shape=shape)  # type: ignore[arg-type]
    assert isinstance(network, SmallResidualNetwork)
    return network


@pytest.mark.parametrize(("size", "grid"), [((9, 10), 4), ((5, 7), 3), ((8, 8), 4), ((6, 5), 1), ((3, 3), 4)])
def test_the_grid_is_adaptive_average_pooling(size: tuple[int, int], grid: int) -> None:
    maps = torch.randn(2, 3, *size)
    wanted = nn.functional.adaptive_avg_pool2d(maps, grid).flatten(1)
    torch.testing.assert_close(GridAverage(size, grid)(maps), wanted)


def test_sizes_and_counts() -> None:
    network = build(channels=(8, 16, 32), grid=3, dim=24)
    assert network(torch.randn(4, 1, 37 * 52)).shape == (4, 24)
    stages = sum(9 * i * o + 9 * o * o + i * o + 6 * o for i, o in ((8, 16), (16, 32)))
    assert sum(p.numel() for p in network.parameters()) == 9 * 8 + 16 + stages + 32 * 9 * 24 + 48
    assert build((3, 32, 32)).eval()(torch.randn(1, 1, 3 * 1024)).shape == (1, 128)
    with pytest.raises(RecipeError, match="at least 8x8"):
        build((1, 7, 20))


def test_the_head_keeps_positions() -> None:
    """A spot in another corner is another embedding; with a grid of one, hardly."""
    spots = torch.zeros(2, 1, 48, 48)
    spots[0, 0, 8:14, 8:14] = spots[1, 0, 32:38, 32:38] = 3
    for grid, alike in ((4, False), (1, True)):
        network = build((1, 48, 48), grid=grid).eval()
        first, second = network(spots.reshape(2, 1, -1)).detach()
        assert (float(first @ second) > 0.99) == alike


def test_it_is_exported(tmp_path: Path) -> None:
    assert export_onnx(build(), tmp_path / "network.onnx") < 1e-4
