"""TypeNet: two LSTM layers, each behind a batch normalisation (Acien et al. 2021).

As published, but for three things: a window that is filled up is filled up in front, and the filling is read, not
skipped; PyTorch has no dropout from one state of a layer to the next (0.2 in the paper); of its two biases a gate the
second is held at zero, so that the parameters are those of the published network.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from lineament.networks.network import Network
from lineament.recipes.event_components import TypeNet


class NormalisedLstm(nn.Module):
    """Batch normalisation of the features, then a layer of LSTM with one bias a gate."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(inputs)
        self.lstm = nn.LSTM(inputs, hidden, batch_first=True)
        second = self.lstm.bias_hh_l0.requires_grad_(False)
        assert isinstance(second, Tensor)
        second.zero_()

    def forward(self, frames: Tensor) -> Tensor:
        """Map frames (B, W, F) to states (B, W, hidden)."""
        states: Tensor = self.lstm(self.norm(frames.transpose(1, 2)).transpose(1, 2))[0]
        return states


class TypeNetNetwork(Network):
    """TypeNet over one window of keys.

    Parameters
    ----------
    spec : TypeNet
    inputs, window, normalise
        See `Network`.
    categories : mapping
        Features that are class numbers, and of how many classes: they are divided by it, as the published key codes.
    """

    def __init__(
        self,
        spec: TypeNet,
        inputs: int,
        window: int,
        *,
        normalise: bool,
        categories: Mapping[int, int] | None = None,
    ) -> None:
        super().__init__(inputs, window, spec.hidden, normalise)
        self.places = [place for place in range(inputs) if place != spec.present]
        scale = torch.tensor([1.0 / (categories or {}).get(place, 1) for place in self.places])
        self.register_buffer("scale", scale, persistent=False)
        self.scale: Tensor
        self.first = NormalisedLstm(len(self.places), spec.hidden)
        self.dropout = nn.Dropout(spec.dropout)
        self.second = NormalisedLstm(spec.hidden, spec.hidden)

    def forward(self, frames: Tensor) -> Tensor:
        """Embed windows (B, W, F) to (B, hidden)."""
        states = self.second(self.dropout(self.first(frames[..., self.places] * self.scale)))
        return self.finish(states[:, -1])
