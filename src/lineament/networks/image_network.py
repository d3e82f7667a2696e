"""What every network of images has in common: frames become images first, maps of features become embeddings last."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from lineament.networks.network import Network
from lineament.recipes.image_components import ImageHead

Shape = tuple[int, int, int]
SMALLEST = 1e-6
"""Bound of what the generalised mean takes the power of."""


class ImageNetwork(Network, ABC):
    """Base of the networks of images: an image is a frame, flattened, and a window is one frame.

    A subclass says by `embed_images` how images become embeddings.

    Parameters
    ----------
    shape : tuple of int
        Channels, height and width (C, H, W) of an image.
    dim : int
        Size of an embedding.
    normalise : bool
        Whether embeddings have unit norm.
    """

    def __init__(self, shape: Shape, dim: int, normalise: bool) -> None:
        super().__init__(math.prod(shape), 1, dim, normalise)
        self.shape = shape

    @abstractmethod
    def embed_images(self, images: Tensor) -> Tensor:
        """Embed images (B, C, H, W) to (B, dim), of any norm."""

    def forward(self, frames: Tensor) -> Tensor:
        """Embed windows of one flattened image each, (B, 1, C H W), to (B, dim)."""
        return self.finish(self.embed_images(frames.reshape(-1, *self.shape)))


class GeneralisedMean(nn.Module):
    """Generalised mean over all places of a map, its exponent learned (Radenović et al. 2018).

    With exponent 1 it is the mean of what is positive; towards infinity, the maximum.
    """

    def __init__(self, exponent: float = 3.0) -> None:
        super().__init__()
        self.exponent = nn.Parameter(torch.tensor(exponent))

    def forward(self, maps: Tensor) -> Tensor:
        """Pool maps (B, C, H, W) to (B, C), in float32."""
        with torch.autocast(maps.device.type, enabled=False):
            powers: Tensor = maps.float().clamp(min=SMALLEST).pow(self.exponent).mean((2, 3))
            return powers.pow(1 / self.exponent)


class Average(nn.Module):
    """Mean over all places of a map."""

    def forward(self, maps: Tensor) -> Tensor:
        """Pool maps (B, C, H, W) to (B, C)."""
        return maps.mean((2, 3))


class PooledHead(nn.Sequential):
    """Pooling, dropout and a linear layer, as an `ImageHead` says."""

    def __init__(self, spec: ImageHead, channels: int) -> None:
        pooling = GeneralisedMean() if spec.pooling == "gem" else Average()
        super().__init__(pooling, nn.Dropout(spec.dropout), nn.Linear(channels, spec.dim))
