"""Convolutions over the events of a window (the keys of a sentence), pooled as a whole and by kinds of events.

A sentence holds few of any one key, so that what somebody's ``e`` is like is a mean of very few: the mean of a kind is
taken over the weights of its events and a constant beside them, and lies at zero, which says nothing, where the window
has no such event.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from lineament.networks.categories import CategoryEmbedding
from lineament.networks.network import Network
from lineament.recipes.event_components import EventConv

VARIANCE_FLOOR = 1e-4
ABSENT = -1e4
"""Score of a frame without an event, beside scores of a few units."""
RARE = -2.0
"""Where the score of a kind begins: an event belongs to few of them."""


class PaddedBlock(nn.Module):
    """A dilated convolution, normalised, rectified and added to its input; frames without an event stay zero."""

    def __init__(self, channels: int, kernel: int, dilation: int, dropout: float) -> None:
        super().__init__()
        padding = dilation * (kernel - 1) // 2
        self.convolution = nn.Conv1d(channels, channels, kernel, padding=padding, dilation=dilation, bias=False)
        self.rest = nn.Sequential(nn.BatchNorm1d(channels), nn.GELU(), nn.Dropout1d(dropout))

    def forward(self, features: Tensor, live: Tensor) -> Tensor:
        """Map features (B, C, W), of which those with ``live`` (B, 1, W) 1.0 are events, to (B, C, W)."""
        change: Tensor = self.rest(self.convolution(features))
        return features + change * live


class HeadStatistics(nn.Module):
    """Mean and deviation of each share of the channels, by an attention of its own."""

    def __init__(self, channels: int, told: int, heads: int) -> None:
        super().__init__()
        self.heads, self.size, self.outputs = heads, channels // heads, 2 * channels
        self.scorer = nn.Sequential(nn.Conv1d(told, 64, 1), nn.Tanh(), nn.Conv1d(64, heads, 1))

    def forward(self, features: Tensor, told: Tensor, live: Tensor) -> Tensor:
        """Pool features (B, C, W), scored by what is told of the events (B, told, W), to float32 (B, 2 C)."""
        scores = self.scorer(told).float().masked_fill(live < 0.5, ABSENT)
        weights = scores.softmax(-1)[:, :, None]
        values = features.float().reshape(-1, self.heads, self.size, features.shape[-1])
        mean = (values * weights).sum(-1)
        variance = (values.square() * weights).sum(-1) - mean.square()
        return torch.cat([mean.flatten(1), variance.clamp(min=VARIANCE_FLOOR).sqrt().flatten(1)], dim=1)


class KindMeans(nn.Module):
    """The shrunken mean of each of several learned kinds of events."""

    def __init__(self, channels: int, told: int, kinds: int, size: int) -> None:
        super().__init__()
        self.kinds, self.size, self.outputs = kinds, size, kinds * size
        self.scorer = nn.Conv1d(told, kinds, 1)
        nn.init.constant_(self.scorer.bias, RARE)  # type: ignore[arg-type]
        self.values = nn.Conv1d(channels, kinds * size, 1)
        self.constant = nn.Parameter(torch.zeros(kinds))

    def forward(self, features: Tensor, told: Tensor, live: Tensor) -> Tensor:
        """Pool features (B, C, W), sorted by what is told of the events (B, told, W), to float32 (B, kinds size)."""
        weights = torch.sigmoid(self.scorer(told).float()) * live
        values = self.values(features).float().reshape(-1, self.kinds, self.size, features.shape[-1])
        weight = weights.sum(-1) + nn.functional.softplus(self.constant)
        means: Tensor = (values * weights[:, :, None]).sum(-1) / weight[..., None]
        return means.flatten(1)


class EventConvolution(Network):
    """An embedding of a window of events.

    Parameters
    ----------
    spec : EventConv
    inputs, window, normalise
        See `Network`.
    categories : mapping
        Features that are class numbers, and of how many classes.
    """

    def __init__(
        self,
        spec: EventConv,
        inputs: int,
        window: int,
        *,
        normalise: bool,
        categories: Mapping[int, int] | None = None,
    ) -> None:
        super().__init__(inputs, window, spec.dim, normalise)
        self.present = spec.present
        self.front = CategoryEmbedding(inputs, categories or {}, spec.category_dim)
        self.numbers = len(self.front.numeric)
        self.stem = nn.Sequential(
            nn.Conv1d(self.front.outputs, spec.channels, spec.kernel, padding=spec.kernel // 2, bias=False),
            nn.BatchNorm1d(spec.channels),
            nn.GELU(),
        )
        self.blocks = nn.ModuleList(
            PaddedBlock(spec.channels, spec.kernel, dilation, spec.dropout) for dilation in spec.dilations
        )
        classes = self.front.outputs - self.numbers
        self.whole = HeadStatistics(spec.channels, spec.channels + classes, spec.heads)
        told = spec.channels + 2 * classes
        self.kinds = KindMeans(spec.channels, told, spec.kinds, spec.kind_channels) if spec.kinds else None
        pooled = self.whole.outputs + (self.kinds.outputs if self.kinds else 0)
        self.head = nn.Sequential(nn.BatchNorm1d(pooled), nn.Dropout(spec.dropout), nn.Linear(pooled, spec.dim))

    def forward(self, frames: Tensor) -> Tensor:
        """Embed windows (B, W, F) to (B, dim)."""
        live = torch.ones_like(frames[:, None, :, 0]) if self.present is None else frames[:, None, :, self.present]
        told = self.front(frames).transpose(1, 2)
        features = self.stem(told) * live
        for block in self.blocks:
            features = block(features, live)
        classes = told[:, self.numbers :]
        pooled = [self.whole(features, torch.cat([features, classes], 1), live)]
        if self.kinds is not None:
            before = nn.functional.pad(classes, (1, 0))[..., :-1]
            pooled.append(self.kinds(features, torch.cat([features, classes, before], 1), live))
        embeddings: Tensor = self.head(torch.cat(pooled, 1))
        return self.finish(embeddings)
