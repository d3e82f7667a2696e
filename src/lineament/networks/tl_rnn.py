"""TL-RNN: learned vectors of classes, then LSTM cells whose last cell state is the embedding (Vamosi et al. 2022)."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from lineament.errors import RecipeError
from lineament.networks.network import Network
from lineament.recipes.visit_components import TlRnn


class CellState(Network):
    """The last cell state of an LSTM over one window of classes.

    Parameters
    ----------
    spec : TlRnn
    inputs, window, normalise
        See `Network`.
    categories : mapping
        From the place of a class number in a frame to the number of classes; every feature must be one.

    Raises
    ------
    RecipeError
        Where a feature is no class number.
    """

    def __init__(
        self, spec: TlRnn, inputs: int, window: int, *, normalise: bool, categories: Mapping[int, int]
    ) -> None:
        if len(categories) != inputs:
            raise RecipeError(
                f"network tl_rnn: {inputs} class numbers in a frame", str(len(categories)), "choose the encoding visits"
            )
        super().__init__(inputs, window, spec.cells, normalise)
        self.counts = [categories[place] for place in range(inputs)]
        self.tables = nn.ModuleList(nn.Embedding(count, vector_size(count)) for count in self.counts)
        self.lstm = nn.LSTM(sum(map(vector_size, self.counts)), spec.cells, batch_first=True)

    def forward(self, frames: Tensor) -> Tensor:
        """Embed windows (B, W, F) to (B, cells)."""
        classes = frames.round().long()
        vectors = [
            table(classes[..., place].clamp(0, count - 1))
            for place, (table, count) in enumerate(zip(self.tables, self.counts, strict=True))
        ]
        _, (_, cells) = self.lstm(torch.cat(vectors, dim=-1))
        return self.finish(cells[0])


def vector_size(classes: int) -> int:
    """Return the size of the learned vector of each of so many classes: three times their fourth root, rounded up.

    Examples
    --------
    >>> vector_size(12_001)
    33
    """
    return 3 * math.ceil(math.sqrt(math.sqrt(classes)))
