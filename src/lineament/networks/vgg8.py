"""VGG-8 along time: the middle network of Wang et al. 2020 (paper 000).

Simonyan and Zisserman's (2015) pairs of convolutions of three with maxima of two, three pairs of them, and two full
layers. The convolutions run along time, with batch norm, and the last maps are averaged over it before the full layers:
the layers of Wang et al. are not published in 000.
"""

from __future__ import annotations

from torch import Tensor, nn

from lineament.errors import RecipeError
from lineament.networks.network import Network
from lineament.recipes.inertial_components import Vgg8


class Vgg8Network(Network):
    """Pairs of convolutions with maxima of two, the mean over time, a full layer, and the embedding.

    Parameters
    ----------
    spec : Vgg8
    inputs, window, normalise
        See `Network`.

    Raises
    ------
    RecipeError
        Where the window cannot be halved as often as there are pairs.
    """

    def __init__(self, spec: Vgg8, inputs: int, window: int, *, normalise: bool) -> None:
        super().__init__(inputs, window, spec.dim, normalise)
        if window < 1 << len(spec.channels):
            least = 1 << len(spec.channels)
            raise RecipeError(f"network vgg8: a window of {least} frames or more", str(window), "widen the window")
        layers: list[nn.Module] = []
        for before, after in zip((inputs, *spec.channels), spec.channels, strict=False):
            layers += [*_convolved(before, after), *_convolved(after, after), nn.MaxPool1d(2)]
        self.convolutions = nn.Sequential(*layers)
        self.head = nn.Sequential(
            nn.Linear(spec.channels[-1], spec.hidden),
            nn.ReLU(),
            nn.Dropout(spec.dropout),
            nn.Linear(spec.hidden, spec.dim),
        )

    def forward(self, frames: Tensor) -> Tensor:
        """Embed windows (B, W, F) to (B, dim)."""
        return self.finish(self.head(self.convolutions(frames.transpose(1, 2)).mean(2)))


def _convolved(before: int, after: int) -> list[nn.Module]:
    return [nn.Conv1d(before, after, 3, padding=1, bias=False), nn.BatchNorm1d(after), nn.ReLU()]
