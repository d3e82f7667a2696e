"""Statistics of each window, standardised and projected: closed form, fitted by `lineament.training.discriminant`."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor

from lineament.errors import RecipeError
from lineament.networks.network import Network, full_precision
from lineament.networks.projection import Projection
from lineament.recipes.components import WindowStatistics

FLATTEST = 1e-3  # added to a deviation (of features that the encoding gave one of about 1), so that none is zero
CLOSEST = 0.97  # bound of a correlation, whose Fisher z would run to infinity at 1


def feature_pairs(chosen: Sequence[int] | None, inputs: int) -> list[tuple[int, int]]:
    """Return every pair of the chosen of ``inputs`` features (by place; all where None).

    Raises
    ------
    RecipeError
        Where there is no such feature.
    """
    return list(itertools.combinations(feature_places(chosen, inputs), 2))


def feature_places(chosen: Sequence[int] | None, inputs: int) -> list[int]:
    """Return the chosen of ``inputs`` features; see `feature_pairs`."""
    places = list(range(inputs) if chosen is None else chosen)
    if not all(0 <= place < inputs for place in places):
        raise RecipeError(f"network: features by place, from 0 to {inputs - 1}", str(places), "correct them")
    return places


def fisher_z(correlations: Tensor) -> Tensor:
    """Return Fisher's z of correlations, bounded."""
    bounded = correlations.clamp(-CLOSEST, CLOSEST)
    return 0.5 * (torch.log1p(bounded) - torch.log1p(-bounded))  # atanh, which ONNX export lacks


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
        pairs = feature_pairs(spec.correlated, inputs) if "correlation" in spec.statistics else []
        special = {"correlation": len(pairs), "frames": inputs * window}
        sizes = [special.get(name, inputs) for name in spec.statistics]
        super().__init__(inputs, window, spec.dim or sum(sizes), normalise)
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
            elif name == "frames":
                columns.append(frames.flatten(1))
            else:
                columns.append(self._quantile(ordered, int(name[1:]) / 100))
        return torch.cat(columns, dim=1)

    def _correlations(self, centred: Tensor, std: Tensor) -> Tensor:
        """Return Fisher's z (B, pairs) of the correlations between features of centred windows (B, W, F)."""
        scaled = centred / (std + FLATTEST)[:, None]
        with full_precision(scaled):
            matrix = scaled.transpose(1, 2) @ scaled / self.window
        return fisher_z(matrix.flatten(1)[:, self.pairs])

    def _quantile(self, ordered: Tensor, share: float) -> Tensor:
        """Return a quantile (B, F) of windows (B, W, F) sorted in time, interpolated linearly (as numpy does)."""
        place = share * (self.window - 1)
        below = int(place)
        above = min(below + 1, self.window - 1)
        return ordered[:, below] + (place - below) * (ordered[:, above] - ordered[:, below])

    def forward(self, frames: Tensor) -> Tensor:
        """Embed windows (B, W, F) to (B, dim)."""
        return self.finish(self.projection(self.statistics(frames)))
