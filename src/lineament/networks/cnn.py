"""A plain convolutional network of images."""

from __future__ import annotations

from torch import Tensor, nn

from lineament.errors import RecipeError
from lineament.networks.image_network import ImageNetwork, PooledHead, Shape
from lineament.recipes.image_components import Cnn


class CnnNetwork(ImageNetwork):
    """Blocks of 3x3 convolution, batch norm, ReLU and 2x2 maximum, then the head.

    Parameters
    ----------
    spec : Cnn
    shape, normalise
        See `ImageNetwork`.

    Raises
    ------
    RecipeError
        Where the image is too small to be halved as often as there are blocks.
    """

    def __init__(self, spec: Cnn, shape: Shape, *, normalise: bool) -> None:
        super().__init__(shape, spec.dim, normalise)
        check_halvings(spec.name, shape, len(spec.channels))
        blocks = []
        for inputs, outputs in zip((shape[0], *spec.channels), spec.channels, strict=False):
            blocks += [convolved(inputs, outputs), nn.MaxPool2d(2)]
        self.backbone = nn.Sequential(*blocks)
        self.head = PooledHead(spec, spec.channels[-1])

    def embed_images(self, images: Tensor) -> Tensor:
        """Embed images (B, C, H, W) to (B, dim)."""
        embeddings: Tensor = self.head(self.backbone(images))
        return embeddings


def convolved(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    """Return a 3x3 convolution that keeps the size (stride 2: halves it), with batch norm and ReLU."""
    convolution = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU())


def check_halvings(name: str, shape: Shape, halvings: int) -> None:
    """Refuse images that cannot be halved so often.

    Raises
    ------
    RecipeError
    """
    least = 1 << halvings
    if min(shape[1:]) < least:
        raise RecipeError(
            f"network {name}: images of at least {least}x{least}",
            f"{shape[1]}x{shape[2]}",
            "encode larger images, or take fewer levels",
        )
