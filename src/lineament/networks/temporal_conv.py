"""Unpadded dilated convolutions: frame features of a whole recording, then a pooled embedding for every window."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from lineament.errors import RecipeError
from lineament.networks.categories import CategoryEmbedding
from lineament.networks.network import Network, every_start
from lineament.networks.pooling import SlidingStatistics, unbroken
from lineament.networks.projection import Projection
from lineament.recipes.components import TemporalConv


class ChannelNorm(nn.LayerNorm):
    """Layer normalisation over the channels of (B, C, T), frame by frame."""

    def forward(self, features: Tensor) -> Tensor:
        """Normalise features (B, C, T)."""
        normalised: Tensor = super().forward(features.transpose(1, 2))
        return normalised.transpose(1, 2)


def _norm(kind: str, channels: int, affine: bool = True) -> nn.Module:
    """Return a normalisation that never looks across time once trained."""
    if kind == "layer":
        return ChannelNorm(channels, elementwise_affine=affine)
    return nn.BatchNorm1d(channels, affine=affine)


class Block(nn.Module):
    """A dilated convolution, normalised, rectified and added to its input, cropped to the frames that remain."""

    def __init__(self, channels: int, kernel: int, dilation: int, norm: str, dropout: float) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(channels, channels, kernel, dilation=dilation, bias=norm == "layer")
        self.rest = nn.Sequential(_norm(norm, channels), nn.ReLU(), nn.Dropout(dropout))
        self.cropped = (kernel - 1) * dilation

    def forward(self, features: Tensor) -> Tensor:
        """Map features (B, C, T) to (B, C, T - cropped)."""
        left = self.cropped // 2
        kept = features[..., left : features.shape[-1] - (self.cropped - left)]
        change: Tensor = self.rest(self.convolution(features))
        return kept + change


class DenseConvolution(Network):
    """Embeddings of every sliding window from one pass over the recording.

    Each embedding depends on its own W frames alone: it pools the W - R + 1 frame features whose receptive field of
    R frames lies inside the window, and equals the embedding of the window by itself.

    Parameters
    ----------
    spec : TemporalConv
    inputs, window, normalise
        See `Network`.
    categories : mapping, optional
        See `CategoryEmbedding`.

    Attributes
    ----------
    receptive_field : int
        R, frames.

    Raises
    ------
    RecipeError
        Where the window is shorter than the receptive field.
    """

    dense = True

    def __init__(
        self,
        spec: TemporalConv,
        inputs: int,
        window: int,
        *,
        normalise: bool,
        categories: Mapping[int, int] | None = None,
    ) -> None:
        super().__init__(inputs, window, spec.dim, normalise)
        self.receptive_field = 1 + (spec.kernel - 1) * (1 + sum(spec.dilations))
        if window < self.receptive_field:
            raise RecipeError(
                f"network temporal_conv: a window of at least {self.receptive_field} frames, its receptive field",
                str(window),
                "widen the window, or take a smaller kernel or fewer dilations",
            )
        self.front = CategoryEmbedding(inputs, categories, spec.category_dim) if categories else None
        features = inputs if self.front is None else self.front.outputs
        self.stem = nn.Sequential(
            nn.Conv1d(features, spec.channels, spec.kernel, bias=spec.norm == "layer"),
            _norm(spec.norm, spec.channels),
            nn.ReLU(),
        )
        self.blocks = nn.Sequential(
            *(Block(spec.channels, spec.kernel, dilation, spec.norm, spec.dropout) for dilation in spec.dilations)
        )
        # Brings the features to zero mean and unit variance: the pooled variance is then a stable difference.
        self.centre = _norm(spec.norm, spec.channels, affine=False)
        self.pooling = SlidingStatistics(
            spec.channels, window - self.receptive_field + 1, spec.attention, spec.statistics
        )
        self.linear = nn.Linear(self.pooling.outputs, spec.dim)
        self.back_end = Projection(spec.back_end, self.pooling.outputs, 0) if spec.back_end else None

    @property
    def dim(self) -> int:
        """Size of an embedding: the back-end's, once it is fitted."""
        return self.linear.out_features if self.back_end is None else self.back_end.dim or self.linear.out_features

    def forward(self, frames: Tensor, seams: Tensor | None = None, starts: Tensor | None = None) -> Tensor:
        """Embed windows of recordings.

        Parameters
        ----------
        frames : float tensor (B, T, F)
        seams : float tensor (B, T), optional
            1.0 at the first frame after a gap, else 0.0.
        starts : int64 tensor (N,), optional
            First frame of each window wanted; every window where not given.

        Returns
        -------
        float tensor (B, N, dim)
            Zero where every frame of a window is masked by seams.
        """
        statistics, alive = self.statistics(frames, seams, starts)
        head = self.linear if self.back_end is None or not self.back_end.dim else self.back_end
        return self.finish(head(statistics) * alive[..., None])

    def statistics(self, frames: Tensor, seams: Tensor | None, starts: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return the pooled statistics (B, N, S) and whether a window has any frame left (B, N); see `forward`."""
        if seams is None:
            seams = torch.zeros_like(frames[..., 0])
        if starts is None:
            starts = every_start(frames, self.window)
        taken = frames if self.front is None else self.front(frames)
        features = self.centre(self.blocks(self.stem(taken.transpose(1, 2)))).transpose(1, 2)
        pooled: tuple[Tensor, Tensor] = self.pooling(features, unbroken(seams, self.receptive_field), starts)
        return pooled
