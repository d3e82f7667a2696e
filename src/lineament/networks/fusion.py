"""Several networks side by side, their unit-norm embeddings concatenated."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from lineament.networks.network import Network, every_start, gather_windows


class FusedNetwork(Network):
    """Networks side by side: the cosine of two embeddings is the weighted mean of the parts' cosines.

    Each part's embedding has unit norm and is multiplied by the square root of its weight, the weights summing to 1.
    The fusion is dense where any part is; a windowed part then takes a copy of each window wanted.

    Parameters
    ----------
    parts : sequence of Network
        Built to give unit norm.
    weights : sequence of float
        One a part, above zero.

    Raises
    ------
    ValueError
        Where the parts differ in inputs or window, or do not give unit norm.
    """

    def __init__(self, parts: Sequence[Network], weights: Sequence[float]) -> None:
        if len({(part.inputs, part.window) for part in parts}) != 1 or not all(part.normalise for part in parts):
            raise ValueError("parts of a fusion must share inputs and window and give unit norm")
        super().__init__(parts[0].inputs, parts[0].window, 0, True)
        self.parts = nn.ModuleList(parts)
        self.factors = [math.sqrt(weight / sum(weights)) for weight in weights]
        self.dense = any(part.dense for part in parts)

    @property
    def networks(self) -> list[Network]:
        """The parts."""
        return [part for part in self.parts if isinstance(part, Network)]

    @property
    def dim(self) -> int:
        """Size of an embedding: the sum of the parts' sizes, as they stand."""
        return sum(part.dim for part in self.networks)

    def forward(self, frames: Tensor, seams: Tensor | None = None, starts: Tensor | None = None) -> Tensor:
        """Embed windows (B, W, F) to (B, dim), or, where dense, recordings (see `DenseConvolution.forward`)."""
        if not self.dense:
            return self._join([part(frames) for part in self.networks])
        if starts is None:
            starts = every_start(frames, self.window)
        return self._join(
            [part(frames, seams, starts) if part.dense else _by_window(part, frames, starts) for part in self.networks]
        )

    def _join(self, embeddings: list[Tensor]) -> Tensor:
        """Weight and concatenate; zero where any part is zero, which has nothing to say then."""
        told = torch.stack([embedding.square().sum(-1) > 0 for embedding in embeddings]).all(0)
        joined = torch.cat([factor * part for factor, part in zip(self.factors, embeddings, strict=True)], dim=-1)
        return joined * told[..., None]


def _by_window(part: Network, frames: Tensor, starts: Tensor) -> Tensor:
    """Apply a windowed network to the windows of recordings (B, T, F) at ``starts`` (N,): (B, N, dim)."""
    windows = gather_windows(frames, starts, part.window)
    embeddings: Tensor = part(windows.flatten(0, 1))
    return embeddings.reshape(frames.shape[0], starts.shape[0], -1)
