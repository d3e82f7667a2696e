"""Class numbers among the features of a frame (keys, sites), each turned into a learned vector."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn


class CategoryEmbedding(nn.Module):
    """Puts a learned vector in the place of each feature that is a class number; the other features pass.

    Parameters
    ----------
    inputs : int
        Features of a frame, F.
    categories : mapping
        From the place of a class number in the frame to the number of classes; class 0 is what is not known.
    dim : int
        Size of the vector of each.

    Attributes
    ----------
    outputs : int
        Features of a frame afterwards: the numeric ones first, then the vectors, place by place.

    Examples
    --------
    >>> front = CategoryEmbedding(3, {1: 5}, dim=4)
    >>> front(torch.zeros(2, 7, 3)).shape, front.outputs
    (torch.Size([2, 7, 6]), 6)
    """

    def __init__(self, inputs: int, categories: Mapping[int, int], dim: int) -> None:
        super().__init__()
        self.places = tuple(sorted(categories))
        self.numeric = [place for place in range(inputs) if place not in categories]
        self.classes = tuple(categories[place] for place in self.places)
        self.tables = nn.ModuleList(nn.Embedding(count, dim) for count in self.classes)
        self.outputs = len(self.numeric) + dim * len(self.places)

    def forward(self, frames: Tensor) -> Tensor:
        """Map frames (..., F) to (..., outputs); a number beyond the classes is taken for the nearest."""
        vectors = [
            table(frames[..., place].round().clamp(0, count - 1).long())
            for place, count, table in zip(self.places, self.classes, self.tables, strict=True)
        ]
        return torch.cat([frames[..., self.numeric], *vectors], dim=-1)
