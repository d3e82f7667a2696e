"""Statistics of each window, standardised and projected: closed form, fitted by `lineament.training.discriminant`."""

from __future__ import annotations

import torch
from torch import Tensor

from lineament.errors import RecipeError
from lineament.networks.network import Network
from lineament.networks.projection import Projection
from lineament.recipes.components import WindowStatistics

FLATTEST = 1e-3  # added to a deviation (of features that the encoding gave one of about 1), so that none is zero
CLOSEST = 0.97  # bound of a correlation, whose Fisher z would run to infinity at 1


class ProjectedStatistics(Network):
    """Window statistics, z-scored, clipped where the spec says so, and projected.

    Until it is fitted (see `lineament.training.discriminant`) an embedding is the statistics, or the first ``dim``.

    Parameters
    ----------
    spec : WindowStatistics
    inputs, window, normalise
        See `Network`.
    """

    pairs: Tensor

    def __init__(self, spec: WindowStatistics, inputs: int, window: int, *, normalise: bool) -> None:
        chosen = range(inputs) if spec.correlated is None else spec.correlated
        pairs = [(first, second) for place, first in enumerate(chosen) for second in list(chosen)[place + 1 :]]
        sizes = [len(pairs) if name == "correlation" else inputs for name in spec.statistics]
        super().__init__(inputs, window, spec.dim or sum(sizes), normalise)
        if "correlation" in spec.statistics and not all(0 <= feature < inputs for feature in chosen):
            raise RecipeError(
                f"network window_statistics, correlated: places from 0 to {inputs - 1}", str(chosen), "correct them"
            )
        self.spec = spec
        places = [first * inputs + second for first, second in pairs]  # in the flattened matrix of correlations
        self.register_buffer("pairs", torch.tensor(places, dtype=torch.int64), persistent=False)
        self.projection = Projection(spec, sum(sizes), spec.dim or sum(sizes))

    @property
    def dim(self) -> int:
        """Size of an embedding."""
        return self.projection.dim

    def statistics(self, frames: Tensor) -> Tensor:
        """Return the statistics (B, S) of windows (B, W, F), in the order of the spec, in float32."""
        frames = frames.float()
        mean = frames.mean(1)
        centred = frames - mean[:, None]
        std = centred.square().mean(1).sqrt()
        # Sorted once for all quantiles.
        ordered = frames.sort(1).values if any(name[0] == "p" for name in self.spec.statistics) else frames
        columns = []
        for name in self.spec.statistics:
            if name == "mean":
                columns.append(mean)
            elif name == "std":
                columns.append(std)
            elif name == "log_std":
                columns.append(torch.log(std + FLATTEST))
            elif name == "correlation":
                columns.append(self._correlations(centred, std))
            else:
                columns.append(self._quantile(ordered, int(name[1:]) / 100))
        return torch.cat(columns, dim=1)

    def _correlations(self, centred: Tensor, std: Tensor) -> Tensor:
        """Return Fisher's z (B, pairs) of the correlations between features of centred windows (B, W, F)."""
        scaled = centred / (std + FLATTEST)[:, None]
        matrix = scaled.transpose(1, 2) @ scaled / self.window
        chosen = matrix.flatten(1)[:, self.pairs].clamp(-CLOSEST, CLOSEST)
        return 0.5 * (torch.log1p(chosen) - torch.log1p(-chosen))  # atanh, which ONNX export lacks

    def _quantile(self, ordered: Tensor, share: float) -> Tensor:
        """Return a quantile (B, F) of windows (B, W, F) sorted in time, interpolated linearly (as numpy does)."""
        place = share * (self.window - 1)
        below = int(place)
        above = min(below + 1, self.window - 1)
        return ordered[:, below] + (place - below) * (ordered[:, above] - ordered[:, below])

    def forward(self, frames: Tensor) -> Tensor:
        """Embed windows (B, W, F) to (B, dim)."""
        return self.finish(self.projection(self.statistics(frames)))
