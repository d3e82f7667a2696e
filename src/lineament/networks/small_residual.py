"""A small residual network of images whose embedding knows where in the image it saw what."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lineament.networks.cnn import check_halvings, convolved
from lineament.networks.image_network import ImageNetwork, Shape
from lineament.recipes.image_components import SmallResidual


class SmallResidualNetwork(ImageNetwork):
    """A convolution, residual stages that halve the image, and a linear layer over a grid of averages.

    Parameters
    ----------
    spec : SmallResidual
    shape, normalise
        See `ImageNetwork`.

    Raises
    ------
    RecipeError
        Where the image is too small to be halved as often as there are stages.
    """

    def __init__(self, spec: SmallResidual, shape: Shape, *, normalise: bool) -> None:
        super().__init__(shape, spec.dim, normalise)
        check_halvings(spec.name, shape, len(spec.channels) + spec.stem_stride - 2)
        stages = [ResidualStage(*pair) for pair in zip(spec.channels, spec.channels[1:], strict=False)]
        self.backbone = nn.Sequential(convolved(shape[0], spec.channels[0], spec.stem_stride), *stages)
        height, width = shape[1:]
        for _ in range(len(stages) + spec.stem_stride - 1):
            height, width = (height + 1) // 2, (width + 1) // 2
        self.pool = GridAverage((height, width), spec.grid)
        self.head = nn.Sequential(
            nn.Dropout(spec.dropout),
            nn.Linear(spec.channels[-1] * spec.grid**2, spec.dim, bias=False),
            nn.BatchNorm1d(spec.dim),
        )

    def embed_images(self, images: Tensor) -> Tensor:
        """Embed images (B, C, H, W) to (B, dim)."""
        embeddings: Tensor = self.head(self.pool(self.backbone(images)))
        return embeddings


class ResidualStage(nn.Module):
    """Two convolutions of which the first halves the map, added to a halved copy of it (He et al. 2016, option B)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride=2, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, maps: Tensor) -> Tensor:
        """Return maps (B, outputs, ceil(H / 2), ceil(W / 2))."""
        return nn.functional.relu(self.convolutions(maps) + self.shortcut(maps))


class GridAverage(nn.Module):
    """Averages of a map over a grid of rectangles, flattened: torch's adaptive average pooling as two products.

    The rectangles overlap where the map does not divide evenly. (Adaptive pooling itself can only be exported to ONNX
    where it does.)

    Parameters
    ----------
    size : (int, int)
        Height and width of the maps.
    grid : int
        Rows and columns of the grid.
    """

    rows: Tensor
    columns: Tensor

    def __init__(self, size: tuple[int, int], grid: int) -> None:
        super().__init__()
        for name, length in zip(("rows", "columns"), size, strict=True):
            self.register_buffer(name, _shares(length, grid), persistent=False)

    def forward(self, maps: Tensor) -> Tensor:
        """Return averages (B, C grid grid) of maps (B, C, H, W)."""
        return (self.rows @ maps @ self.columns.T).flatten(1)


def _shares(length: int, parts: int) -> Tensor:
    """Return the share (parts, length) of each place in each part's average."""
    shares = torch.zeros(parts, length)
    for part in range(parts):
        first, last = part * length // parts, -(-(part + 1) * length // parts)
        shares[part, first:last] = 1 / (last - first)
    return shares
