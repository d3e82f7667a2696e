"""The fully convolutional network of Wang, Yan and Oates (2017) over windows, which Antal et al. took for mice."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lineament.networks.network import Network, full_precision
from lineament.recipes.mouse_components import Fcn

FLATTEST = 1e-4
"""The deviation that a window of one number throughout is divided by (as in the published code)."""


class FullyConvolutional(Network):
    """Convolutions that keep the window's length, each normalised over the batch and rectified; then the mean.

    Parameters
    ----------
    spec : Fcn
    inputs, window, normalise
        See `Network`.

    Examples
    --------
    >>> network = FullyConvolutional(Fcn(), inputs=2, window=128, normalise=False)
    >>> network(torch.zeros(3, 128, 2)).shape, sum(p.numel() for p in network.parameters())
    (torch.Size([3, 128]), 265728)
    """

    def __init__(self, spec: Fcn, inputs: int, window: int, *, normalise: bool) -> None:
        super().__init__(inputs, window, spec.dim, normalise)
        self.standardise = spec.standardise
        layers: list[nn.Module] = []
        for filters, kernel in zip(spec.filters, spec.kernels, strict=True):
            before = (kernel - 1) // 2
            layers += [
                nn.ConstantPad1d((before, kernel - 1 - before), 0.0),
                nn.Conv1d(inputs, filters, kernel),
                nn.BatchNorm1d(filters),
                nn.ReLU(),
            ]
            inputs = filters
        self.layers = nn.Sequential(*layers)

    def forward(self, frames: Tensor) -> Tensor:
        """Embed windows (B, W, F) to (B, dim)."""
        if self.standardise:
            with full_precision(frames):
                centred = frames.float() - frames.float().mean((1, 2), keepdim=True)
                deviation = centred.square().mean((1, 2), keepdim=True).sqrt()
                frames = centred / torch.clamp(deviation, min=FLATTEST)
        return self.finish(self.layers(frames.transpose(1, 2)).mean(-1))
