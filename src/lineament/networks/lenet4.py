"""LeNet-4 along time: the smallest network of Wang et al. 2020 (paper 000).

LeCun et al. 1995 have 4 maps, then 16, of 5 × 5 convolutions over images, each averaged two by two, 120 units and an
output; connections between some maps only. Here the convolutions run along time over all channels, every map is joined
to every map, maxima take the averages' place and ReLU that of tanh: what Wang et al. changed is not published in 000.
"""

from __future__ import annotations

from torch import Tensor, nn

from lineament.errors import RecipeError
from lineament.networks.network import Network
from lineament.recipes.inertial_components import LeNet4


class LeNet4Network(Network):
    """Two convolutions with maxima of two, a full layer, and the embedding.

    Parameters
    ----------
    spec : LeNet4
    inputs, window, normalise
        See `Network`.

    Raises
    ------
    RecipeError
        Where the window is too short for the convolutions.
    """

    def __init__(self, spec: LeNet4, inputs: int, window: int, *, normalise: bool) -> None:
        super().__init__(inputs, window, spec.dim, normalise)
        cut = spec.kernel - 1
        left = ((window - cut) // 2 - cut) // 2
        if left < 1:
            raise RecipeError(
                f"network lenet4: a window of {3 * cut + 4} frames or more", str(window), "widen the window"
            )
        first, second = spec.channels
        self.convolutions = nn.Sequential(
            *(nn.Conv1d(inputs, first, spec.kernel), nn.ReLU(), nn.MaxPool1d(2)),
            *(nn.Conv1d(first, second, spec.kernel), nn.ReLU(), nn.MaxPool1d(2)),
        )
        self.head = nn.Sequential(nn.Linear(second * left, spec.hidden), nn.ReLU(), nn.Linear(spec.hidden, spec.dim))

    def forward(self, frames: Tensor) -> Tensor:
        """Embed windows (B, W, F) to (B, dim)."""
        return self.finish(self.head(self.convolutions(frames.transpose(1, 2)).flatten(1)))
