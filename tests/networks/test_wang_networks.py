"""LeNet-4, VGG-8 and MobileNetV2: parameters counted by hand and as published, and at work as ONNX."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from lineament.errors import RecipeError
from lineament.networks import build_network
from lineament.networks.mobilenet_v2 import BLOCKS, backbone, rounded
from lineament.recipes.components import Component
from lineament.recipes.inertial_components import LeNet4, MobileNetV2, Vgg8
from lineament.training.export import export_onnx


def count(network: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def test_mobilenet_v2_has_its_published_parameters_over_images() -> None:
    """Sandler et al. 2018, Table 4: 3.4 M; counted exactly, 3,504,872 with 1,000 classes, 2,223,872 without."""
    over_images = backbone(3, 1.0, axes=2)
    assert count(over_images) == 2_223_872
    classifier = torch.nn.Linear(1280, 1000)
    assert count(over_images) + count(classifier) == 3_504_872


@pytest.mark.parametrize(("width", "published"), [(0.35, 1.7), (0.5, 2.0), (0.75, 2.6), (1.0, 3.5), (1.4, 6.1)])
def test_other_widths_have_theirs(width: float, published: float) -> None:
    """The millions that the authors list for their trained models (1.66, 1.95, 2.61, 3.47, 6.06)."""
    channels = rounded(1280 * max(1.0, width))
    assert (count(backbone(3, width, axes=2)) + channels * 1000 + 1000) / 1e6 == pytest.approx(published, abs=0.06)


def test_along_time_only_the_depthwise_and_first_convolutions_shrink() -> None:
    spec = MobileNetV2(dim=10)
    wide = [1, *(6 for _ in range(16))]
    repeated = [outputs for _, outputs, repetitions, _ in BLOCKS for _ in range(repetitions)]
    depthwise = sum(inputs * times for inputs, times in zip([32, *repeated], wide, strict=False))
    less = 6 * depthwise + 32 * (9 * 3 - 3 * 6)  # nine weights become three; 3 × 3 of 3 colours, 3 of 6 channels
    assert count(build_network(spec, 6, 250)) == 2_223_872 - less + 1280 * 10 + 10


def test_lenet4_by_hand() -> None:
    network = build_network(LeNet4(dim=10), 6, 250)
    convolutions = 4 * (5 * 6 + 1) + 16 * (5 * 4 + 1)
    left = ((250 - 4) // 2 - 4) // 2
    assert count(network) == convolutions + 120 * (16 * left + 1) + 10 * 121


def test_vgg8_by_hand() -> None:
    network = build_network(Vgg8(dim=10), 6, 250)
    pairs = [(6, 64), (64, 64), (64, 128), (128, 128), (128, 256), (256, 256)]
    assert count(network) == sum(3 * i * o + 2 * o for i, o in pairs) + 256 * 257 + 10 * 257
    weights = [m for m in network.modules() if isinstance(m, torch.nn.Conv1d | torch.nn.Linear)]
    assert len(weights) == 8


@pytest.mark.parametrize(
    ("spec", "normalise"),
    [(LeNet4(dim=7), True), (Vgg8(channels=(8, 12), hidden=9, dim=7), False), (MobileNetV2(width=0.35, dim=7), True)],
)
def test_they_hand_over(spec: Component, normalise: bool, tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = build_network(spec, 6, 100, normalise=normalise).eval()
    frames = torch.randn(5, 100, 6)
    truth = network(frames).detach().numpy()
    assert truth.shape == (5, 7)
    export_onnx(network, tmp_path / "network.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "network.onnx"))
    (said,) = session.run(None, {session.get_inputs()[0].name: frames.numpy()})
    np.testing.assert_allclose(said, truth, rtol=0, atol=1e-5)


def test_mobilenet_v2_takes_images_too() -> None:
    torch.manual_seed(0)
    network = build_network(MobileNetV2(width=0.35, dim=5), 3 * 32 * 40, 1, shape=(3, 32, 40)).eval()
    assert network(torch.randn(2, 1, 3 * 32 * 40)).shape == (2, 5)
    with pytest.raises(RecipeError, match="at least 32x32"):
        build_network(MobileNetV2(), 1, 1, shape=(1, 20, 40))


@pytest.mark.parametrize(("spec", "window"), [(LeNet4(), 15), (Vgg8(), 7)])
def test_windows_that_are_too_short(spec: Component, window: int) -> None:
    with pytest.raises(RecipeError, match=f"a window of {window + 1} frames or more"):
        build_network(spec, 6, window)
    assert build_network(spec, 6, window + 1).eval()(torch.randn(1, window + 1, 6)).shape == (1, 64)
