"""MobileNetV2 (Sandler et al. 2018), over images as published, and along time with the same table of blocks.

Along time every 3 × 3 depthwise convolution becomes one of three frames, so that blocks have fewer weights than those
over images; channels, expansions, repetitions and strides stay. The last maps are averaged, and the classifier gives
way to the embedding's layer.
"""

from __future__ import annotations

from torch import Tensor, nn

from lineament.errors import RecipeError
from lineament.networks.image_network import ImageNetwork, Shape
from lineament.networks.network import Network
from lineament.recipes.inertial_components import MobileNetV2

BLOCKS = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
"""Expansion, channels, repetitions and the first one's stride (Table 2)."""
STEM, LAST = 32, 1280
HALVINGS = 5
CONVOLUTIONS: dict[int, type[nn.Conv1d] | type[nn.Conv2d]] = {1: nn.Conv1d, 2: nn.Conv2d}
NORMS: dict[int, type[nn.BatchNorm1d] | type[nn.BatchNorm2d]] = {1: nn.BatchNorm1d, 2: nn.BatchNorm2d}


def backbone(inputs: int, width: float, axes: int) -> nn.Sequential:
    """Return the blocks up to the last maps.

    Parameters
    ----------
    inputs : int
        Channels of what comes in.
    width : float
        Multiplies the channels, which are rounded to multiples of 8; the last ones do not shrink.
    axes : int
        1: along time, (B, C, T); 2: over images, (B, C, H, W).
    """
    channels = rounded(STEM * width)
    layers: list[nn.Module] = [_convolved(inputs, channels, 3, 2, axes)]
    for expansion, outputs, repetitions, stride in BLOCKS:
        for place in range(repetitions):
            after = rounded(outputs * width)
            layers.append(InvertedResidual(channels, after, expansion, stride if place == 0 else 1, axes))
            channels = after
    layers.append(_convolved(channels, last_channels(width), 1, 1, axes))
    return nn.Sequential(*layers)


def last_channels(width: float) -> int:
    """Return the channels of the last maps."""
    return rounded(LAST * max(1.0, width))


def rounded(channels: float) -> int:
    """Return the multiple of 8 nearest to a number of channels, not less than nine tenths of it.

    Examples
    --------
    >>> rounded(24 * 0.5), rounded(32 * 0.35), rounded(1280)
    (16, 16, 1280)
    """
    nearest = max(8, int(channels + 4) // 8 * 8)
    return nearest + 8 if nearest < 0.9 * channels else nearest


class InvertedResidual(nn.Module):
    """Channels widened, convolved one by one, and narrowed without a nonlinearity; added to what came in where it fits.

    Parameters
    ----------
    inputs, outputs : int
        Channels.
    expansion, stride, axes : int
        See `BLOCKS` and `backbone`.
    """

    def __init__(self, inputs: int, outputs: int, expansion: int, stride: int, axes: int) -> None:
        super().__init__()
        wide = inputs * expansion
        layers: list[nn.Module] = [_convolved(inputs, wide, 1, 1, axes)] if expansion > 1 else []
        layers.append(_convolved(wide, wide, 3, stride, axes, groups=wide))
        layers += [CONVOLUTIONS[axes](wide, outputs, 1, bias=False), NORMS[axes](outputs)]
        self.layers = nn.Sequential(*layers)
        self.adds = stride == 1 and inputs == outputs

    def forward(self, maps: Tensor) -> Tensor:
        """Return maps (B, outputs, ...)."""
        change: Tensor = self.layers(maps)
        return maps + change if self.adds else change


class MobileNetV2Windows(Network):
    """MobileNetV2 along time.

    Parameters
    ----------
    spec : MobileNetV2
    inputs, window, normalise
        See `Network`.
    """

    def __init__(self, spec: MobileNetV2, inputs: int, window: int, *, normalise: bool) -> None:
        super().__init__(inputs, window, spec.dim, normalise)
        self.backbone = backbone(inputs, spec.width, axes=1)
        self.head = nn.Sequential(nn.Dropout(spec.dropout), nn.Linear(last_channels(spec.width), spec.dim))

    def forward(self, frames: Tensor) -> Tensor:
        """Embed windows (B, W, F) to (B, dim)."""
        return self.finish(self.head(self.backbone(frames.transpose(1, 2)).mean(2)))


class MobileNetV2Images(ImageNetwork):
    """MobileNetV2 over images.

    Parameters
    ----------
    spec : MobileNetV2
    shape, normalise
        See `ImageNetwork`.

    Raises
    ------
    RecipeError
        Where the image is too small to be halved five times.
    """

    def __init__(self, spec: MobileNetV2, shape: Shape, *, normalise: bool) -> None:
        super().__init__(shape, spec.dim, normalise)
        least = 1 << HALVINGS
        if min(shape[1:]) < least:
            raise RecipeError(
                f"network mobilenet_v2: images of at least {least}x{least}",
                f"{shape[1]}x{shape[2]}",
                "encode larger images",
            )
        self.backbone = backbone(shape[0], spec.width, axes=2)
        self.head = nn.Sequential(nn.Dropout(spec.dropout), nn.Linear(last_channels(spec.width), spec.dim))

    def embed_images(self, images: Tensor) -> Tensor:
        """Embed images (B, C, H, W) to (B, dim)."""
        embeddings: Tensor = self.head(self.backbone(images).mean((2, 3)))
        return embeddings


def _convolved(inputs: int, outputs: int, kernel: int, stride: int, axes: int, groups: int = 1) -> nn.Sequential:
    convolution = CONVOLUTIONS[axes](
        inputs, outputs, kernel, stride=stride, padding=kernel // 2, groups=groups, bias=False
    )
    return nn.Sequential(convolution, NORMS[axes](outputs), nn.ReLU6())
