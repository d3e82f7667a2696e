"""A network whose embedding of a window is the sequence of its frames' embeddings, for comparison by warping."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lineament.errors import RecipeError
from lineament.networks.network import Network
from lineament.recipes.signature_components import FrameSequence

FIRST_SHARE = 0.3
"""What the learned part weighs before training: the comparison begins near that of the features alone."""


class FrameSequenceNetwork(Network):
    """The features of each frame as they are; or projected; or weighted, with what a recurrent layer adds beside them.

    Parameters
    ----------
    spec : FrameSequence
    inputs, window, normalise
        See `Network`. With unit norm the scale of a whole sequence is lost: recipes set ``normalise`` to false.

    Attributes
    ----------
    width : int
        Numbers a frame; ``dim`` is as many for each frame of the window.
    projection : Tensor (inputs, metric)
        Where the spec has a `metric`: fitted by `lineament.training.warped_metric`; before that, the first features.
    """

    projection: Tensor

    def __init__(self, spec: FrameSequence, inputs: int, window: int, *, normalise: bool) -> None:
        width = (spec.metric or inputs) + (spec.learned if spec.hidden else 0)
        if spec.metric and spec.metric > inputs:
            raise RecipeError(
                f"network frame_sequence: a metric of at most {inputs} numbers", str(spec.metric), "ask for fewer"
            )
        super().__init__(inputs, window, window * width, normalise)
        self.spec, self.width = spec, width
        self.recurrent: nn.GRU | None = None
        self.register_buffer("projection", torch.eye(inputs, spec.metric or inputs))
        if spec.hidden:
            self.mix = nn.Linear(inputs, inputs, bias=False)
            nn.init.eye_(self.mix.weight)
            self.recurrent = nn.GRU(inputs, spec.hidden, batch_first=True, bidirectional=True)
            self.dropout = nn.Dropout(spec.dropout)
            self.linear = nn.Linear(2 * spec.hidden, spec.learned)
            self.share = nn.Parameter(torch.tensor(FIRST_SHARE))

    def forward(self, frames: Tensor) -> Tensor:
        """Embed windows (B, W, F) to (B, W width)."""
        if self.recurrent is None:
            return self.finish((frames @ self.projection).flatten(1))
        states, _ = self.recurrent(frames)
        learned = self.share * self.linear(self.dropout(states))
        return self.finish(torch.cat([self.mix(frames), learned], dim=-1).flatten(1))
