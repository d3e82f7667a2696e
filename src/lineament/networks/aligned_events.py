"""Embeddings that keep the places of events, for phrases: the same key at the same place is compared with itself."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from lineament.networks.categories import CategoryEmbedding
from lineament.networks.event_conv import PaddedBlock
from lineament.networks.network import Network
from lineament.recipes.aligned_components import AlignedEvents


class AlignedEventsNetwork(Network):
    """An embedding of a window of events: a few numbers of each place, and some of all events together.

    A cosine of two embeddings of one phrase is a sum over its keys, each against itself, as far as its neighbours and
    which key it is let it tell. Places without an event hold zeros.

    Parameters
    ----------
    spec : AlignedEvents
    inputs, window, normalise
        See `Network`.
    categories : mapping, optional
        Features that are class numbers, and of how many classes.

    Examples
    --------
    >>> network = AlignedEventsNetwork(AlignedEvents(place_dim=4, whole_dim=6), inputs=3, window=10, normalise=True)
    >>> network(torch.zeros(2, 10, 3)).shape
    torch.Size([2, 46])
    """

    def __init__(
        self,
        spec: AlignedEvents,
        inputs: int,
        window: int,
        *,
        normalise: bool,
        categories: Mapping[int, int] | None = None,
    ) -> None:
        super().__init__(inputs, window, window * spec.place_dim + spec.whole_dim, normalise)
        self.present = spec.present
        self.front = CategoryEmbedding(inputs, categories or {}, spec.category_dim)
        self.stem = nn.Sequential(
            nn.Conv1d(self.front.outputs, spec.channels, spec.kernel, padding=spec.kernel // 2, bias=False),
            nn.BatchNorm1d(spec.channels),
            nn.GELU(),
        )
        self.blocks = nn.ModuleList(
            PaddedBlock(spec.channels, spec.kernel, dilation, spec.dropout) for dilation in spec.dilations
        )
        self.place = nn.Conv1d(spec.channels, spec.place_dim, 1)
        self.whole = nn.Linear(spec.channels, spec.whole_dim) if spec.whole_dim else None

    def forward(self, frames: Tensor) -> Tensor:
        """Embed windows (B, W, F) to (B, dim)."""
        live = torch.ones_like(frames[:, None, :, 0]) if self.present is None else frames[:, None, :, self.present]
        features = self.stem(self.front(frames).transpose(1, 2)) * live
        for block in self.blocks:
            features = block(features, live)
        count = live.sum(-1).clamp(min=1.0)
        parts = [(self.place(features) * live).flatten(1) / count.sqrt()]
        if self.whole is not None:
            parts.append(self.whole((features * live).sum(-1) / count))
        return self.finish(torch.cat(parts, 1))
