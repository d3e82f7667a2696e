"""ResNet-50 with convolutional block attention modules, under the names of torchvision's state dict.

The backbone is the variant of He et al. (2016) that torchvision has: the stride of a bottleneck lies on its 3x3
convolution. Each bottleneck ends in a CBAM (Woo et al. 2018) between its last normalisation and the sum, as in that
paper's published code.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from lineament.errors import EncoderError
from lineament.networks.image_network import ImageNetwork, PooledHead, Shape
from lineament.recipes.image_components import ResNet50Cbam

BLOCKS = (3, 4, 6, 3)
EXPANSION = 4
COLOURS = 3
ATTENTION = ".attention."
"""What the names of the modules that torchvision's file lacks have in them."""


class ChannelAttention(nn.Module):
    """Weighs channels by their means and maxima over all places, through one shared perceptron."""

    def __init__(self, channels: int, reduction: int) -> None:
        super().__init__()
        hidden = max(1, channels // reduction)
        self.perceptron = nn.Sequential(nn.Linear(channels, hidden), nn.ReLU(), nn.Linear(hidden, channels))

    def forward(self, maps: Tensor) -> Tensor:
        """Return maps (B, C, H, W) with each channel weighed."""
        logits = self.perceptron(maps.mean((2, 3))) + self.perceptron(maps.amax((2, 3)))
        weighed: Tensor = maps * torch.sigmoid(logits)[:, :, None, None]
        return weighed


class SpatialAttention(nn.Module):
    """Weighs places by the mean and the maximum over the channels around them."""

    def __init__(self, kernel: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(2, 1, kernel, padding=kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(1, momentum=0.01)

    def forward(self, maps: Tensor) -> Tensor:
        """Return maps (B, C, H, W) with each place weighed."""
        summary = torch.cat([maps.amax(1, keepdim=True), maps.mean(1, keepdim=True)], dim=1)
        weighed: Tensor = maps * torch.sigmoid(self.norm(self.convolution(summary)))
        return weighed


class Bottleneck(nn.Module):
    """Three convolutions, attention, and the way round them."""

    def __init__(self, inputs: int, width: int, stride: int, spec: ResNet50Cbam) -> None:
        super().__init__()
        outputs = width * EXPANSION
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.attention = nn.Sequential(ChannelAttention(outputs, spec.reduction), SpatialAttention(spec.spatial_kernel))
        self.downsample: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, maps: Tensor) -> Tensor:
        """Return the block's maps (B, 4 width, H / stride, W / stride) of maps (B, inputs, H, W)."""
        came = maps
        maps = torch.relu(self.bn1(self.conv1(maps)))
        maps = torch.relu(self.bn2(self.conv2(maps)))
        maps = self.attention(self.bn3(self.conv3(maps)))
        return torch.relu(maps + self.downsample(came))


class Backbone(nn.Module):
    """ResNet-50 without its classifier; names as torchvision's, ``layer*.*.attention.*`` beside them."""

    def __init__(self, spec: ResNet50Cbam) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(COLOURS, 64, 7, 2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.maxpool = nn.MaxPool2d(3, 2, padding=1)
        self.channels = 64
        for place, count in enumerate(BLOCKS):
            self.add_module(f"layer{place + 1}", self._layer(64 << place, count, 1 if place == 0 else 2, spec))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def _layer(self, width: int, count: int, stride: int, spec: ResNet50Cbam) -> nn.Sequential:
        """Return ``count`` bottlenecks, the first of which has the stride."""
        blocks = []
        for place in range(count):
            blocks.append(Bottleneck(self.channels, width, stride if place == 0 else 1, spec))
            self.channels = width * EXPANSION
        return nn.Sequential(*blocks)

    def forward(self, images: Tensor) -> Tensor:
        """Return maps (B, 2048, H / 32, W / 32) of images (B, 3, H, W)."""
        maps: Tensor = self.maxpool(torch.relu(self.bn1(self.conv1(images))))
        for place in range(len(BLOCKS)):
            maps = self.get_submodule(f"layer{place + 1}")(maps)
        return maps


class ResNet50CbamNetwork(ImageNetwork):
    """Paper 003's default network. Grey images are given to the three colours alike (§4.2).

    Parameters
    ----------
    spec : ResNet50Cbam
    shape, normalise
        See `ImageNetwork`.
    """

    def __init__(self, spec: ResNet50Cbam, shape: Shape, *, normalise: bool) -> None:
        super().__init__(shape, spec.dim, normalise)
        self.backbone = Backbone(spec)
        self.head = PooledHead(spec, self.backbone.channels)

    def embed_images(self, images: Tensor) -> Tensor:
        """Embed grey or colour images (B, 1 or 3, H, W) to (B, dim)."""
        if images.shape[1] == 1:
            images = images.expand(-1, COLOURS, -1, -1)
        embeddings: Tensor = self.head(self.backbone(images))
        return embeddings


def load_imagenet(network: ResNet50CbamNetwork, path: str | Path) -> None:
    """Start a network from torchvision's file of ResNet-50 weights (``resnet50-*.pth``, or as safetensors).

    The classifier in it (``fc``) is left out; the attention modules, which it lacks, stay as they are.

    Raises
    ------
    EncoderError
        When the file cannot be read, or holds another network.
    """
    try:
        weights = (
            load_file(path)
            if Path(path).suffix == ".safetensors"
            else torch.load(path, map_location="cpu", weights_only=True)
        )
    except Exception as error:  # a damaged file fails in as many ways as it can be damaged
        raise EncoderError(
            f"{path}: the weights of torchvision's resnet50",
            f"something else ({type(error).__name__})",
            "load it again",
        ) from error
    counts = "num_batches_tracked"  # older files lack these
    wanted = {name for name in network.backbone.state_dict() if ATTENTION not in name and not name.endswith(counts)}
    came = {name: value for name, value in weights.items() if not name.startswith("fc.") and not name.endswith(counts)}
    if set(came) != wanted:
        raise EncoderError(
            f"{path}: the {len(wanted)} names of torchvision's resnet50",
            f"{len(wanted & set(came))} of them, and {len(set(came) - wanted)} others",
            "take resnet50-11ad3fa6.pth or resnet50-0676ba61.pth",
        )
    try:
        network.backbone.load_state_dict(came, strict=False)
    except RuntimeError as error:
        raise EncoderError(f"{path}: weights of resnet50's shapes", "others", "take torchvision's file") from error
