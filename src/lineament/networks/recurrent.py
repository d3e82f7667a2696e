"""Recurrent networks: the last state of a GRU or LSTM, then a linear layer (paper 002, §4.2)."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from lineament.networks.categories import CategoryEmbedding
from lineament.networks.network import Network
from lineament.recipes.components import Gru, Lstm


class Recurrent(Network):
    """A GRU or LSTM over one window; PyTorch's implementation, with its dropout between the layers.

    Parameters
    ----------
    spec : Gru or Lstm
    inputs, window, normalise
        See `Network`.
    categories : mapping, optional
        See `CategoryEmbedding`.
    """

    def __init__(
        self,
        spec: Gru | Lstm,
        inputs: int,
        window: int,
        *,
        normalise: bool,
        categories: Mapping[int, int] | None = None,
    ) -> None:
        super().__init__(inputs, window, spec.dim, normalise)
        cell = nn.GRU if isinstance(spec, Gru) else nn.LSTM
        # PyTorch warns of a dropout that a single layer has no place for.
        dropout = spec.dropout if spec.layers > 1 else 0.0
        self.front = CategoryEmbedding(inputs, categories, spec.category_dim) if categories else None
        features = inputs if self.front is None else self.front.outputs
        self.recurrent = cell(features, spec.hidden, spec.layers, batch_first=True, dropout=dropout)
        self.linear = nn.Linear(spec.hidden, spec.dim)

    def forward(self, frames: Tensor) -> Tensor:
        """Embed windows (B, W, F) to (B, dim)."""
        states, _ = self.recurrent(frames if self.front is None else self.front(frames))
        return self.finish(self.linear(states[:, -1]))
