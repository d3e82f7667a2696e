"""The networks of paper 003's Table 2: sizes, counts, names, learning, and hand-over."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from lineament.errors import EncoderError, RecipeError
from lineament.networks import build_network
from lineament.networks.image_network import Average, GeneralisedMean, ImageNetwork
from lineament.networks.resnet_cbam import (
    ATTENTION,
    ChannelAttention,
    ResNet50CbamNetwork,
    SpatialAttention,
    load_imagenet,
)
from lineament.networks.unet import AttentionGate, UNetNetwork
from lineament.objectives import build_loss
from lineament.recipes.components import Component, Triplet
from lineament.recipes.image_components import AttentionUNet, Cnn, ResNet50Cbam, UNet
from lineament.training.export import export_onnx

SHAPE = (1, 37, 52)
SPECS: list[Component] = [ResNet50Cbam(), AttentionUNet(base=8), Cnn(), UNet(base=8)]


def build(spec: Component, shape: tuple[int, int, int] = SHAPE, *, normalise: bool = True) -> ImageNetwork:
    torch.manual_seed(0)
    network = build_network(spec, int(np.prod(shape)), 1, normalise=normalise, shape=shape)
    assert isinstance(network, ImageNetwork)
    return network


def count(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_images_become_unit_embeddings_and_everything_learns(spec: Component) -> None:
    network = build(spec)
    embeddings = network(torch.randn(3, 1, 37 * 52))
    assert embeddings.shape == (3, 128) == (3, network.dim)
    torch.testing.assert_close(embeddings.norm(dim=1), torch.ones(3))
    embeddings[:, 0].sum().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())
    assert (network.window, network.inputs, network.dense) == (1, 37 * 52, False)


@pytest.mark.parametrize("pooling", ["average", "gem"])
@pytest.mark.parametrize("dim", [128, 256, 384, 512])
def test_the_papers_embedding_sizes(pooling: str, dim: int) -> None:
    network = build(Cnn(pooling=pooling, dim=dim, channels=(4, 8)), normalise=False)  # type: ignore[arg-type]
    assert network.eval()(torch.randn(2, 1, 37 * 52)).shape == (2, dim)


@pytest.mark.parametrize("spec", [AttentionUNet(base=4), Cnn(channels=(4, 8)), UNet(base=4, levels=3)])
def test_colour_images_are_taken_too(spec: Component) -> None:
    assert build(spec, (3, 32, 40)).eval()(torch.randn(2, 1, 3 * 32 * 40)).shape == (2, 128)


def test_the_counts_of_parameters() -> None:
    resnet = build(ResNet50Cbam(dim=512))
    named = dict(resnet.named_parameters())
    attention = sum(value.numel() for name, value in named.items() if ATTENTION in name)
    # torchvision's resnet50 has 25,557,032 parameters, 2,049,000 of them in its classifier.
    assert sum(v.numel() for n, v in named.items() if n.startswith("backbone.") and ATTENTION not in n) == 23_508_032
    # Two linear layers with biases a block, and a 7x7 convolution of 2 maps with its norm: with them and the classifier
    # 28.09 million, as the paper of CBAM prints.
    widths = [256] * 3 + [512] * 4 + [1024] * 6 + [2048] * 3
    assert attention == sum(2 * c * (c // 16) + c // 16 + c + 2 * 49 + 2 for c in widths) == 2_532_592
    assert count(resnet.head) == 2048 * 512 + 512 + 1  # type: ignore[arg-type]
    assert count(build(Cnn())) == sum(9 * i * o + 2 * o for i, o in ((1, 32), (32, 64), (64, 128), (128, 256))) + 32_897
    plain, gated = build(UNet(base=32)), build(AttentionUNet(base=32))
    gates = sum(2 * (c * (c // 2) + c) + c // 2 + 2 for c in (32, 64, 128, 256))
    assert count(gated) - count(plain) == gates


def torchvision_names() -> dict[str, torch.Size]:
    """The names and shapes of torchvision's resnet50, written out by its rule."""
    shapes: dict[str, tuple[int, ...]] = {"conv1.weight": (64, 3, 7, 7), "fc.weight": (1000, 2048), "fc.bias": (1000,)}

    def norm(name: str, channels: int) -> None:
        shapes.update({f"{name}.{key}": (channels,) for key in ("weight", "bias", "running_mean", "running_var")})
        shapes[f"{name}.num_batches_tracked"] = ()

    norm("bn1", 64)
    inputs = 64
    for layer, (width, blocks) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3)), start=1):
        for block in range(blocks):
            at = f"layer{layer}.{block}"
            for number, shape in enumerate(
                ((width, inputs, 1, 1), (width, width, 3, 3), (4 * width, width, 1, 1)), start=1
            ):
                shapes[f"{at}.conv{number}.weight"] = shape
                norm(f"{at}.bn{number}", shape[0])
            if block == 0:
                shapes[f"{at}.downsample.0.weight"] = (4 * width, inputs, 1, 1)
                norm(f"{at}.downsample.1", 4 * width)
            inputs = 4 * width
    return {name: torch.Size(shape) for name, shape in shapes.items()}


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_torchvisions_file_loads(suffix: str, tmp_path: Path) -> None:
    shapes = torchvision_names()
    assert len(shapes) == 320  # len(torchvision.models.resnet50().state_dict())
    weights = {name: torch.full(shape, 0.5) for name, shape in shapes.items()}
    path = tmp_path / f"resnet50{suffix}"
    torch.save(weights, path) if suffix == ".pth" else save_file(weights, path)
    network = build(ResNet50Cbam())
    assert isinstance(network, ResNet50CbamNetwork)
    load_imagenet(network, path)
    state = network.backbone.state_dict()
    assert all((state[n] == 0.5).all() for n in shapes if not n.startswith("fc.") and "num_batches" not in n)
    assert not any((value == 0.5).all() for name, value in state.items() if name.endswith("perceptron.0.weight"))


def test_other_files_are_refused(tmp_path: Path) -> None:
    network = build(ResNet50Cbam())
    assert isinstance(network, ResNet50CbamNetwork)
    wrong = tmp_path / "wrong.pth"
    wrong.write_bytes(b"nothing")
    for content in (None, {"conv1.weight": torch.zeros(64, 3, 7, 7)}):
        if content is not None:
            torch.save(content, wrong)
        with pytest.raises(EncoderError, match="torchvision's resnet50"):
            load_imagenet(network, wrong)


def test_grey_is_given_to_the_three_colours_alike() -> None:
    network = build(ResNet50Cbam()).eval()
    grey = torch.rand(2, 1, 37, 52)
    torch.testing.assert_close(network.embed_images(grey), network.embed_images(grey.expand(-1, 3, -1, -1)))


def test_channel_and_spatial_attention_follow_their_formulas() -> None:
    torch.manual_seed(0)
    maps = torch.randn(2, 8, 5, 6)
    channel = ChannelAttention(8, 4)
    first, _, last = channel.perceptron
    wanted = torch.zeros(2, 8)
    for image in range(2):
        mean = torch.tensor([maps[image, c].mean() for c in range(8)])
        top = torch.tensor([maps[image, c].max() for c in range(8)])
        for column in (mean, top):
            wanted[image] += last.weight @ (first.weight @ column + first.bias).clamp(min=0) + last.bias
    torch.testing.assert_close(channel(maps), maps * torch.sigmoid(wanted)[:, :, None, None])
    spatial = SpatialAttention(7).eval()
    summary = torch.stack([maps.max(1).values, maps.mean(1)], dim=1)
    logits = torch.nn.functional.conv2d(summary, spatial.convolution.weight, padding=3) / (1 + 1e-5) ** 0.5
    torch.testing.assert_close(spatial(maps), maps * torch.sigmoid(logits))


def test_a_gate_weighs_places_and_never_adds() -> None:
    torch.manual_seed(0)
    skip, signal = torch.randn(2, 6, 4, 5), torch.randn(2, 6, 4, 5)
    ratio = AttentionGate(6).eval()(skip, signal) / skip
    assert ((ratio > 0) & (ratio < 1)).all()
    torch.testing.assert_close(ratio, ratio[:, :1].expand_as(ratio))


def test_generalised_mean_runs_from_the_mean_to_the_maximum() -> None:
    maps = torch.rand(2, 3, 4, 5) + 0.1
    torch.testing.assert_close(GeneralisedMean(1.0)(maps), Average()(maps))
    torch.testing.assert_close(GeneralisedMean(200.0)(maps), maps.amax((2, 3)), rtol=0.03, atol=0)
    loop = torch.stack([torch.stack([(plane**3).mean() ** (1 / 3) for plane in image]) for image in maps])
    torch.testing.assert_close(GeneralisedMean()(maps), loop)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_the_runtime_agrees(spec: Component, tmp_path: Path) -> None:
    network = build(spec)
    network(torch.randn(4, 1, 37 * 52))  # so that the running statistics are not those of a new network
    assert export_onnx(network, tmp_path / "network.onnx") <= 1e-4
    assert isinstance(network, ResNet50CbamNetwork | UNetNetwork) or network.shape == SHAPE


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_a_tiny_batch_is_learned_by_heart(spec: Component) -> None:
    network = build(spec.model_copy(update={"dropout": 0.0}), (1, 32, 32))
    frames, who = torch.randn(6, 1, 32 * 32), torch.arange(6) % 3
    loss = build_loss(Triplet(margin=0.2), 128, 3)
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3)
    for _ in range(10 if isinstance(network, ResNet50CbamNetwork) else 30):
        optimiser.zero_grad()
        value = loss(network(frames), who)
        value.backward()
        optimiser.step()
    similarity = network(frames) @ network(frames).T
    same = who[:, None] == who
    assert similarity[same].min() > similarity[~same].max()


def test_images_are_needed_and_large_enough() -> None:
    with pytest.raises(RecipeError, match="an encoding of images"):
        build_network(Cnn(), 18, 20)
    with pytest.raises(RecipeError, match="at least 16x16"):
        build(UNet(), (1, 15, 40))
