"""What every network has in common: sizes, the unit norm, and how windows are asked for."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Network(nn.Module):
    """Base of every network (see the package's docstring for its two kinds).

    Parameters
    ----------
    inputs : int
        Features of a frame.
    window : int
        Frames of a window, W.
    dim : int
        Size of an embedding.
    normalise : bool
        Whether embeddings have unit norm.

    Attributes
    ----------
    dense : bool
        Whether the network takes whole recordings rather than windows.
    """

    dense: bool = False

    def __init__(self, inputs: int, window: int, dim: int, normalise: bool) -> None:
        super().__init__()
        self.inputs, self.window, self.normalise = inputs, window, normalise
        self._dim = dim

    @property
    def dim(self) -> int:
        """Size of an embedding."""
        return self._dim

    def finish(self, embeddings: Tensor) -> Tensor:
        """Give embeddings (..., dim) unit norm where the network is to, in float32; a zero vector stays zero."""
        return nn.functional.normalize(embeddings.float(), dim=-1) if self.normalise else embeddings

    def embed_windows(self, frames: Tensor, seams: Tensor | None = None) -> Tensor:
        """Embed windows (B, W, F), as they come in training, to (B, dim), whichever kind the network is of."""
        if not self.dense:
            embeddings: Tensor = self(frames)
            return embeddings
        dense: Tensor = self(frames, seams)
        return dense[:, 0]


def full_precision(tensor: Tensor) -> torch.autocast:
    """Return a context within which autocast is off: what is fitted in closed form does not bear bfloat16."""
    return torch.autocast(tensor.device.type, enabled=False)


def every_start(frames: Tensor, window: int) -> Tensor:
    """Return the first frame of every window of a recording (B, T, F): int64 (T - W + 1,)."""
    return torch.arange(frames.shape[1] - window + 1, device=frames.device)


def gather_windows(frames: Tensor, starts: Tensor, window: int) -> Tensor:
    """Copy the windows (B, N, W, F) that begin at ``starts`` (N,) out of recordings (B, T, F)."""
    return frames[:, starts[:, None] + torch.arange(window, device=frames.device)]
