"""Statistics of the frames and of fixed random convolutions, for every sliding window from one pass."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lineament.errors import RecipeError
from lineament.networks.network import Network, every_start, full_precision
from lineament.networks.pooling import SlidingStatistics, two_block_sums, unbroken
from lineament.networks.projection import Projection
from lineament.networks.window_statistics import FLATTEST, feature_pairs, feature_places, fisher_z
from lineament.recipes.components import DenseStatistics


class RandomKernels(nn.Module):
    """Rectified convolutions whose kernels are drawn once, from ``kernel_seed``, and never trained (after ROCKET).

    Each kernel takes one feature, the features in turn: kernels whose taps sum to zero take any, the others those that
    the spec allows (a constant of a person, as the height is, had better not be told by many of them). An output is
    divided by ``scales``, its deviation in training (see `fit_scales`); a bias with a deviation of 0.5 is added; and
    the sum is rectified.

    Parameters
    ----------
    spec : DenseStatistics
    inputs : int
        Features of a frame; they should have a deviation of about 1.

    Attributes
    ----------
    receptive_field : int
        Frames seen by an output: that of the largest dilation, at which all outputs are cropped and centred.
    """

    places: Tensor
    taps: Tensor
    biases: Tensor
    scales: Tensor

    def __init__(self, spec: DenseStatistics, inputs: int) -> None:
        super().__init__()
        self.bound, self.dilations = spec.bound, spec.dilations
        self.reach = (spec.kernel - 1) * max(spec.dilations)
        self.receptive_field = 1 + self.reach
        self.groups = [len(group) for group in np.array_split(np.arange(spec.kernels), len(spec.dilations))]
        features = np.array(feature_places(spec.convolved, inputs), dtype=np.int64)
        rng = np.random.default_rng(spec.kernel_seed)
        places, taps = [], []
        for members in self.groups:
            centred = round(spec.zero_mean * members)
            places += [_in_turn(np.arange(inputs), centred, rng), _in_turn(features, members - centred, rng)]
            drawn = rng.standard_normal((members, spec.kernel))
            drawn[:centred] -= drawn[:centred].mean(1, keepdims=True)
            taps.append(drawn / np.linalg.norm(drawn, axis=1, keepdims=True))
        self.register_buffer("places", torch.from_numpy(np.concatenate(places)))
        self.register_buffer("taps", torch.from_numpy(np.concatenate(taps)).float())
        self.register_buffer("biases", torch.from_numpy(0.5 * rng.standard_normal(spec.kernels)).float())
        self.register_buffer("scales", torch.ones(spec.kernels))

    def forward(self, frames: Tensor) -> Tensor:
        """Convolve frames (B, T, F) to (B, T - receptive_field + 1, kernels)."""
        outputs = self._convolved(frames) / self.scales[:, None] + self.biases[:, None]
        return outputs.relu().transpose(1, 2)

    def fit_scales(self, recordings: Iterable[Tensor]) -> None:
        """Set the scales from recordings (B, T, F), of which those shorter than the receptive field do not count."""
        variances = [
            self._convolved(frames).var(2).mean(0) for frames in recordings if frames.shape[1] > self.receptive_field
        ]
        if variances:
            scales = torch.stack(variances).mean(0).sqrt()
            self.scales = torch.where(scales > FLATTEST, scales, 1.0)  # of a feature that never moves: left alone

    def _convolved(self, frames: Tensor) -> Tensor:
        """Return what the kernels give for frames (B, T, F), unscaled: (B, kernels, T - receptive_field + 1)."""
        signals = frames.float().clamp(-self.bound, self.bound).transpose(1, 2)
        outputs, first = [], 0
        for members, dilation in zip(self.groups, self.dilations, strict=True):
            some = slice(first, first + members)
            first += members
            spare = self.reach - (self.taps.shape[1] - 1) * dilation
            left = spare // 2
            taken = signals[:, self.places[some], left : signals.shape[-1] - (spare - left)]
            with full_precision(taken):
                outputs.append(nn.functional.conv1d(taken, self.taps[some, None], dilation=dilation, groups=members))
        return torch.cat(outputs, dim=1)


def _in_turn(features: NDArray[np.int64], count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return ``count`` of the features, in random order, each as often as the others to within one."""
    turns = [rng.permutation(features) for _ in range(-(-count // len(features)))]
    return np.concatenate([*turns, np.empty(0, np.int64)])[:count]


class SlidingProjection(Network):
    """Statistics of each window, projected: `window_statistics` without its quantiles, but for whole recordings.

    Moments and correlations are taken over the W frames of a window, those of the kernels' outputs over the frames
    whose receptive field lies inside it and spans no seam. Sums are two-block sums, in float64: the deviation of what
    barely moves is a difference of numbers that are nearly equal.

    Parameters
    ----------
    spec : DenseStatistics
    inputs, window, normalise
        See `Network`.

    Raises
    ------
    RecipeError
        Where the window is shorter than a kernel, or the spec names features that are not there.
    """

    dense = True
    first: Tensor
    second: Tensor

    def __init__(self, spec: DenseStatistics, inputs: int, window: int, *, normalise: bool) -> None:
        super().__init__(inputs, window, 0, normalise)
        self.spec = spec
        pairs = feature_pairs(spec.correlated, inputs) if "correlation" in spec.statistics else []
        self.register_buffer("first", torch.tensor([pair[0] for pair in pairs], dtype=torch.int64), persistent=False)
        self.register_buffer("second", torch.tensor([pair[1] for pair in pairs], dtype=torch.int64), persistent=False)
        self.kernels = RandomKernels(spec, inputs) if spec.kernels else None
        sizes = [len(pairs) if name == "correlation" else inputs for name in spec.statistics]
        if self.kernels is not None:
            reach = self.kernels.receptive_field
            if window < reach:
                raise RecipeError(
                    f"network dense_statistics: a window of at least {reach} frames, the reach of its kernels",
                    str(window),
                    "widen the window, or take shorter kernels or smaller dilations",
                )
            length = window - reach + 1
            self.pooling = SlidingStatistics(spec.kernels, length, 0, spec.kernel_statistics, torch.float64)
            sizes.append(self.pooling.outputs)
        if not sum(sizes):
            raise RecipeError("network dense_statistics: statistics or kernels", "neither", "ask for either")
        self.projection = Projection(spec, sum(sizes), spec.dim or sum(sizes))

    @property
    def dim(self) -> int:
        """Size of an embedding."""
        return self.projection.dim

    def forward(self, frames: Tensor, seams: Tensor | None = None, starts: Tensor | None = None) -> Tensor:
        """Embed windows of recordings (see `DenseConvolution.forward`)."""
        statistics, alive = self.statistics(frames, seams, starts)
        return self.finish(self.projection(statistics) * alive[..., None])

    def statistics(self, frames: Tensor, seams: Tensor | None, starts: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return the statistics (B, N, S) in float32, and whether a window has any frame left (B, N)."""
        frames = frames.float()
        if seams is None:
            seams = torch.zeros_like(frames[..., 0])
        if starts is None:
            starts = every_start(frames, self.window)
        columns = self._moments(frames, starts) if self.spec.statistics else []
        alive = torch.ones_like(seams[:, starts], dtype=torch.bool)
        if self.kernels is not None:
            live = unbroken(seams, self.kernels.receptive_field)
            pooled, alive = self.pooling(self.kernels(frames), live, starts)
            columns.append(pooled.clamp(min=0).sqrt())
        return torch.cat(columns, dim=-1), alive

    def _moments(self, frames: Tensor, starts: Tensor) -> list[Tensor]:
        """Return the statistics of the features of each window, in the order of the spec."""
        features = self.inputs
        exact = frames.double()
        products = exact[..., self.first] * exact[..., self.second]
        sums = two_block_sums(torch.cat([exact, exact.square(), products], dim=-1), self.window, starts)
        means = sums / self.window
        mean = means[..., :features]
        std = (means[..., features : 2 * features] - mean.square()).clamp(min=0).sqrt()
        moments = {"mean": mean, "std": std, "log_std": torch.log(std + FLATTEST)}
        if "correlation" in self.spec.statistics:
            covariance = means[..., 2 * features :] - mean[..., self.first] * mean[..., self.second]
            scale = std + FLATTEST
            moments["correlation"] = fisher_z(covariance / (scale[..., self.first] * scale[..., self.second]))
        return [moments[name].float() for name in self.spec.statistics]
