"""Attentive statistics of every sliding window, at a cost that does not depend on the window's length."""

from __future__ import annotations

import torch
from torch import Tensor, nn

SCORE_BOUND = 5.0
VARIANCE_FLOOR = 1e-3  # beside features whose variance is about 1


def two_block_sums(values: Tensor, length: int, starts: Tensor) -> Tensor:
    """Sum ``length`` consecutive frames from each start, exactly at any length of the recording.

    The frames are cut into blocks as long as the sum. Each sum then is the end of one block plus the beginning of
    the next, so that nothing is ever added up over more than one block: float32 keeps an error of about 1e-6, where
    differences of a running sum over the recording lose all digits after minutes.

    Parameters
    ----------
    values : float tensor (B, T, C)
    length : int
        Frames in a sum, at most T.
    starts : int64 tensor (N,)
        First frame of each sum, from 0 to T - length.

    Returns
    -------
    float tensor (B, N, C)
    """
    batch, frames, channels = values.shape
    if frames == length:  # single windows, as in training: half of a step's time is saved
        return values.sum(1, keepdim=True)[:, starts]
    blocks = frames // length + 1  # at least one frame of padding: the last sum ends at the start of a block
    padded = torch.cat([values, values.new_zeros(batch, length, channels)], dim=1)[:, : blocks * length]
    blocked = padded.reshape(batch, blocks, length, channels)
    ends = blocked.flip(2).cumsum(2).flip(2).reshape(batch, blocks * length, channels)
    # Shifted, not subtracted: sums of numbers that are zero or above are exactly zero or above.
    before = torch.cat([torch.zeros_like(blocked[:, :, :1]), blocked[:, :, :-1].cumsum(2)], dim=2)
    beginnings = before.reshape(batch, blocks * length, channels)
    return ends[:, starts] + beginnings[:, starts + length]


def unbroken(seams: Tensor, reach: int) -> Tensor:
    """Mark with 1.0 the frame features (B, T - reach + 1) whose receptive field spans none of the seams (B, T).

    Feature j sees the frames j to j + reach - 1. A seam at j itself lies before what it sees, so does no harm.
    """
    passed = seams.float().cumsum(1)  # whole numbers: exact in float32
    spanned = passed[:, reach - 1 :] - passed[:, : seams.shape[1] - reach + 1]
    return (spanned < 0.5).float()


class SlidingStatistics(nn.Module):
    """Weighted mean and standard deviation of frame features over each window (Okabe et al. 2018, eq. 3 to 6).

    A frame weighs ``exp(5 tanh(score / 5))``, its score coming from a two-layer scorer: the bound keeps a weight
    within e^10 of any other, hence the sums exact. A masked frame weighs nothing.

    Parameters
    ----------
    channels : int
        Features of a frame; they should lie around zero with a variance of about one.
    length : int
        Frames pooled.
    attention : int
        Hidden size of the scorer; with 0 every frame weighs the same.
    statistics : tuple of str
        Of "mean" and "std".
    precision : torch.dtype
        Of the sums; float64 for features that do not lie around zero.
    """

    def __init__(
        self,
        channels: int,
        length: int,
        attention: int,
        statistics: tuple[str, ...],
        precision: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self.length, self.statistics, self.precision = length, statistics, precision
        self.outputs = channels * len(statistics)
        self.scorer = (
            nn.Sequential(nn.Linear(channels, attention), nn.Tanh(), nn.Linear(attention, 1)) if attention else None
        )

    def forward(self, features: Tensor, live: Tensor, starts: Tensor) -> tuple[Tensor, Tensor]:
        """Pool features (B, T, C), of which those with ``live`` (B, T) 1.0 count, over the windows at ``starts`` (N,).

        Returns
        -------
        statistics : float32 tensor (B, N, outputs)
        alive : bool tensor (B, N)
            Whether a window has any frame that counts.
        """
        weights = live[..., None]
        if self.scorer is not None:
            scores = self.scorer(features).float()
            weights = weights * torch.exp(SCORE_BOUND * torch.tanh(scores / SCORE_BOUND))
        features = features.to(self.precision)
        weighted = features * weights
        parts = [weights, weighted, weighted * features] if "std" in self.statistics else [weights, weighted]
        sums = two_block_sums(torch.cat([part.to(self.precision) for part in parts], dim=-1), self.length, starts)
        channels = features.shape[-1]
        total = sums[..., :1]
        alive = total > 0
        total = total.clamp(min=1e-6)  # a single live frame weighs more than e^-5
        mean = sums[..., 1 : channels + 1] / total
        pooled = {"mean": mean}
        if "std" in self.statistics:
            variance = sums[..., channels + 1 :] / total - mean.square()
            pooled["std"] = torch.sqrt(variance.clamp(min=0) + VARIANCE_FLOOR)
        return torch.cat([pooled[name] for name in self.statistics], dim=-1).float(), alive[..., 0]
