"""Standardise, clip and project statistics: a linear map fitted in closed form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from lineament.networks.network import full_precision
from lineament.recipes.components import Discriminant


class Projection(nn.Module):
    """``(clip((statistics - centre) / scale) - offset) @ matrix``, its four buffers set by `training.discriminant`.

    Parameters
    ----------
    spec : Discriminant
    statistics : int
        Numbers that come in.
    dim : int
        Columns of the matrix until it is fitted: the first ones of the identity.
    """

    centre: Tensor
    scale: Tensor
    offset: Tensor
    matrix: Tensor

    def __init__(self, spec: Discriminant, statistics: int, dim: int) -> None:
        super().__init__()
        self.spec = spec
        self.register_buffer("centre", torch.zeros(statistics))
        self.register_buffer("scale", torch.ones(statistics))
        self.register_buffer("offset", torch.zeros(statistics))
        self.register_buffer("matrix", torch.eye(statistics, dim))

    @property
    def dim(self) -> int:
        """Numbers that go out; known for good once fitted."""
        return self.matrix.shape[1]

    def _load_from_state_dict(self, state_dict: Mapping[str, Any], prefix: str, *rest: Any) -> None:
        # The size is known only once fitted, hence the matrix takes that of what is loaded.
        if f"{prefix}matrix" in state_dict:
            self.matrix = self.matrix.new_empty(state_dict[f"{prefix}matrix"].shape)
        super()._load_from_state_dict(state_dict, prefix, *rest)

    def forward(self, statistics: Tensor) -> Tensor:
        """Project statistics (..., S) to (..., dim), in float32."""
        scores = (statistics.float() - self.centre) / self.scale
        if self.spec.clip is not None:
            scores = scores.clamp(-self.spec.clip, self.spec.clip)
        with full_precision(scores):
            return (scores - self.offset) @ self.matrix
