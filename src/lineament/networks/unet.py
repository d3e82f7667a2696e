"""U-Nets as networks of embeddings: the map of features at full size, plain or with attention on the skips, is pooled.

Paper 003 (Table 2) names both without their layers. Taken here: the layers of Ronneberger et al. (2015), padded and
with batch norm, `base` channels at full size; the gates of Oktay et al. (2018).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lineament.networks.cnn import check_halvings, convolved
from lineament.networks.image_network import ImageNetwork, PooledHead, Shape
from lineament.recipes.image_components import AttentionUNet, UNet


class AttentionGate(nn.Module):
    """Weighs the places of a skip by what the level below found there (additive attention, Oktay et al. 2018)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        hidden = max(1, channels // 2)
        self.skip = nn.Sequential(nn.Conv2d(channels, hidden, 1, bias=False), nn.BatchNorm2d(hidden))
        self.signal = nn.Sequential(nn.Conv2d(channels, hidden, 1, bias=False), nn.BatchNorm2d(hidden))
        self.score = nn.Sequential(nn.Conv2d(hidden, 1, 1, bias=False), nn.BatchNorm2d(1), nn.Sigmoid())

    def forward(self, skip: Tensor, signal: Tensor) -> Tensor:
        """Return the skip (B, C, H, W), weighed by itself and the signal (B, C, H, W)."""
        weighed: Tensor = skip * self.score(torch.relu(self.skip(skip) + self.signal(signal)))
        return weighed


class PlainSkip(nn.Module):
    """Hands the skip on as it is."""

    def forward(self, skip: Tensor, signal: Tensor) -> Tensor:
        """Return the skip (B, C, H, W)."""
        return skip


class Ascent(nn.Module):
    """One level up: the lower maps enlarged, joined with the skip."""

    def __init__(self, channels: int, size: tuple[int, int], *, attention: bool) -> None:
        super().__init__()
        self.enlarge = nn.Sequential(nn.Upsample(size=size, mode="nearest"), convolved(2 * channels, channels))
        self.gate = AttentionGate(channels) if attention else PlainSkip()
        self.join = twice(2 * channels, channels)

    def forward(self, below: Tensor, skip: Tensor) -> Tensor:
        """Return maps (B, C, H, W) of maps (B, 2 C, H / 2, W / 2) and the skip (B, C, H, W)."""
        signal = self.enlarge(below)
        joined: Tensor = self.join(torch.cat([self.gate(skip, signal), signal], dim=1))
        return joined


class UNetNetwork(ImageNetwork):
    """A U-Net, its last map of features pooled.

    Parameters
    ----------
    spec : UNet or AttentionUNet
    shape, normalise
        See `ImageNetwork`.

    Raises
    ------
    RecipeError
        Where the image is too small to be halved as often as there are levels.
    """

    def __init__(self, spec: UNet | AttentionUNet, shape: Shape, *, normalise: bool) -> None:
        super().__init__(shape, spec.dim, normalise)
        check_halvings(spec.name, shape, spec.levels)
        widths = [spec.base << level for level in range(spec.levels + 1)]
        self.descent = nn.ModuleList(
            twice(inputs, outputs) for inputs, outputs in zip([shape[0], *widths], widths, strict=False)
        )
        sizes = [(shape[1] >> level, shape[2] >> level) for level in range(spec.levels)]
        attention = isinstance(spec, AttentionUNet)
        self.ascent = nn.ModuleList(
            Ascent(width, size, attention=attention) for width, size in zip(widths, sizes, strict=False)
        )
        self.halve = nn.MaxPool2d(2)
        self.head = PooledHead(spec, spec.base)

    def embed_images(self, images: Tensor) -> Tensor:
        """Embed images (B, C, H, W) to (B, dim)."""
        maps, skips = images, []
        for level, block in enumerate(self.descent):
            maps = block(self.halve(maps) if level else maps)
            skips.append(maps)
        for level in reversed(range(len(self.ascent))):
            maps = self.ascent[level](maps, skips[level])
        embeddings: Tensor = self.head(maps)
        return embeddings


def twice(inputs: int, outputs: int) -> nn.Sequential:
    """Return two 3x3 convolutions, each with batch norm and ReLU."""
    return nn.Sequential(convolved(inputs, outputs), convolved(outputs, outputs))
