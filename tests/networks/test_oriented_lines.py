from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import nn

from lineament.networks import build_network
from lineament.networks.oriented_lines import ProjectedLines, line_filters
from lineament.recipes.image_components import OrientedLines
from lineament.training.discriminant import fit_closed_form
from lineament.training.export import export_onnx

SHAPE = (1, 30, 40)


def build(shape: tuple[int, int, int] = SHAPE, **spec: object) -> ProjectedLines:
    network = build_network(OrientedLines(**spec), 1, 1, shape=shape)  # type: ignore[arg-type]
    assert isinstance(network, ProjectedLines)
    return network


def test_filters_are_derivatives_of_gaussians() -> None:
    """Against scipy's, across columns, rows and a diagonal."""
    image = np.random.default_rng(0).standard_normal((60, 60))
    filters = line_filters(2.0, 4).double()
    came = torch.nn.functional.conv2d(torch.from_numpy(image)[None, None], filters, padding=filters.shape[-1] // 2)[0]
    xx, yy, xy = (ndimage.gaussian_filter(image, 2.0, order=order) * 4 for order in ((0, 2), (2, 0), (1, 1)))
    inside = (slice(10, -10), slice(10, -10))
    for place, wanted in enumerate((xx, (xx + yy) / 2 + xy, yy, (xx + yy) / 2 - xy)):
        np.testing.assert_allclose(came[place].numpy()[inside], wanted[inside], atol=0.01)


def test_a_dark_line_answers_in_its_direction_and_place() -> None:
    image = np.zeros(SHAPE, dtype=np.float32)
    image[0, :, 20] = -1  # down the rows
    strengths = build(orientations=4, step=5).statistics(torch.from_numpy(image).reshape(1, 1, -1))
    maps = strengths.reshape(4, 6, 8)
    assert maps[0].argmax() % 8 == 4
    assert maps[0, 3, 4] > 3 * maps[2, 3, 4]
    assert maps[0, 3, 4] > 20 * maps[0, 3, 0]
    bright = build(orientations=4, step=5).statistics(torch.from_numpy(-image).reshape(1, 1, -1)).reshape(4, 6, 8)
    assert bright[0, 3, 4] < maps[0, 3, 4]
    assert build().statistics(torch.full((1, 1, 1200), 0.7)).reshape(6, 6, 8)[:, 2:-2, 2:-2].abs().max() < 1e-5


@pytest.mark.parametrize("shape", [(1, 30, 40), (3, 31, 28)])
def test_sizes(shape: tuple[int, int, int]) -> None:
    network = build(shape, widths=(1.0, 2.0), orientations=3)
    frames = torch.randn(5, 1, network.inputs)
    places = 6 * (8 if shape[2] == 40 else 6) if shape[1] == 30 else 7 * 6
    assert network.statistics(frames).shape == (5, network.dim) == (5, shape[0] * 2 * 3 * places)
    torch.testing.assert_close(network(frames).norm(dim=1), torch.ones(5))
    assert not list(network.parameters())


def test_it_is_fitted_and_exported(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    own = rng.standard_normal((12, 1, 1200)).repeat(4, axis=0)
    windows = (own + 0.5 * rng.standard_normal((48, 1, 1200))).astype(np.float32)
    subjects = np.arange(12).repeat(4)
    network = build(dim=20, shifts=(-2, 0, 2))
    fit_closed_form(network, windows, subjects)
    assert network.dim == 20
    embeddings = network(torch.from_numpy(windows)).numpy()
    similar = embeddings @ embeddings.T
    same = subjects[:, None] == subjects
    assert similar[same & ~np.eye(48, dtype=bool)].min() > similar[~same].max()
    assert export_onnx(network, tmp_path / "network.onnx") < 1e-4
    again = build(dim=20, shifts=(-2, 0, 2))
    again.load_state_dict(network.state_dict())
    torch.testing.assert_close(again(torch.from_numpy(windows)), network(torch.from_numpy(windows)))


def test_shifts_are_looks_whose_embeddings_are_averaged() -> None:
    images = torch.randn(3, 1, 30, 40)
    plain, looking = build(), build(shifts=(-4, 0, 3))
    looks = []
    for by in (-4, 0, 3):
        moved = torch.zeros_like(images)
        moved[..., max(by, 0) : 40 + min(by, 0)] = images[..., max(-by, 0) : 40 - max(by, 0)]
        looks.append(plain(moved.reshape(3, 1, -1)))
    wanted = nn.functional.normalize(torch.stack(looks).mean(0), dim=-1)
    torch.testing.assert_close(looking(images.reshape(3, 1, -1)), wanted)


def test_bright_lines_come_apart_and_roots_are_roots() -> None:
    images = torch.randn(2, 1, 1200)
    dark, both = build().statistics(images), build(bright=True).statistics(images)
    torch.testing.assert_close(both, torch.cat([dark, build().statistics(-images)], dim=1))
    torch.testing.assert_close(build(root=True).statistics(images), dark.sqrt())
