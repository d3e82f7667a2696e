"""How somebody's events differ from everybody's of their class (a key), averaged by class and by pair of classes.

What a key's latencies are depends first on which key it is and which came before; what is left is the typist's. A
window holds few events of any class: means are taken with events at everybody's mean added, so that what is rare in a
window says little, and what is not there says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from lineament.errors import RecipeError
from lineament.networks.network import Network, full_precision
from lineament.networks.projection import Projection
from lineament.recipes.event_components import ClassStatistics

LEVELS = (-1.5, -0.75, 0.0, 0.75, 1.5)
"""Of deviations: the share of events above each is a statistic (softly)."""
SOFTNESS = 4.0
BOUND = 4.0
"""Of deviations, in standard deviations."""


class ProjectedClasses(Network):
    """Deviations of events from everybody's, averaged, projected.

    Until it is fitted (see `lineament.training.class_tables` and `lineament.training.discriminant`) all classes are one
    and nothing is projected.

    Parameters
    ----------
    spec : ClassStatistics
    inputs, window, normalise
        See `Network`.
    categories : mapping
        The one feature that is a class number, and of how many classes.

    Attributes
    ----------
    ranks : int64 tensor (classes,)
        From a class to its place among the commonest, from 1; 0 for the others.
    slots : int64 tensor (places squared,)
        From a pair of places (the one before, times their number, and this) to its own mean, from 1; 0 for none.
    mean, deviation : float tensors (places squared, numbers)
        Everybody's, of each number of an event, by pair of places.

    Raises
    ------
    RecipeError
        Where not one feature is a class number.
    """

    ranks: Tensor
    slots: Tensor
    mean: Tensor
    deviation: Tensor

    def __init__(
        self,
        spec: ClassStatistics,
        inputs: int,
        window: int,
        *,
        normalise: bool,
        categories: Mapping[int, int] | None = None,
    ) -> None:
        if len(categories or {}) != 1:
            raise RecipeError(
                "network class_statistics: one class number in a frame", str(len(categories or {})), "choose an "
                "encoding of keystrokes, with their keys",
            )  # fmt: skip
        ((self.place, classes),) = (categories or {}).items()
        self.numeric = [place for place in range(inputs) if place not in (self.place, spec.present)]
        self.spec, self.places = spec, spec.classes + 1
        sizes = self.sizes(len(self.numeric))
        super().__init__(inputs, window, sum(sizes), normalise)
        self.register_buffer("ranks", torch.zeros(classes, dtype=torch.int64))
        self.register_buffer("slots", torch.zeros(self.places**2, dtype=torch.int64))
        self.register_buffer("mean", torch.zeros(self.places**2, len(self.numeric)))
        self.register_buffer("deviation", torch.ones(self.places**2, len(self.numeric)))
        self.projection = Projection(spec, sum(sizes), spec.dim or sum(sizes))

    def sizes(self, numbers: int) -> tuple[int, ...]:
        """Return how many statistics there are: of all events, by class, by the class before, by pair; of classes."""
        by_class = self.spec.classes * numbers
        return (2 + len(LEVELS)) * numbers, by_class, by_class, self.spec.pairs * numbers, self.spec.classes

    @property
    def dim(self) -> int:
        """Size of an embedding."""
        return self.projection.dim

    def pairs(self, frames: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return places of classes (B, W), and of those before (B, W); and 1.0 where both are events (B, W)."""
        there = None if self.spec.present is None else frames[..., self.spec.present] > 0.5
        live = torch.ones_like(frames[..., 0]) if there is None else there.to(frames.dtype)
        classes = frames[..., self.place].round().long().clamp(0, len(self.ranks) - 1)
        ranks = self.ranks[classes]
        before, lived = (nn.functional.pad(part, (1, 0))[:, :-1] for part in (ranks, live))
        return ranks, before, live * lived

    def statistics(self, frames: Tensor) -> Tensor:
        """Return the statistics (B, S) of windows (B, W, F), in float32."""
        frames = frames.float()
        ranks, before, counted = self.pairs(frames)
        pair = before * self.places + ranks
        raw = (frames[..., self.numeric] - self.mean[pair]) / self.deviation[pair]
        weight = counted[..., None]
        deviations = raw.clamp(-BOUND, BOUND) * weight
        with full_precision(frames):
            total = weight.sum(1).clamp(min=1.0)
            mean = deviations.sum(1) / total
            spread = ((deviations - mean[:, None]).square() * weight).sum(1) / total
            above = [(torch.sigmoid(SOFTNESS * (deviations - at)) * weight).sum(1) / total for at in LEVELS]
            told = self._by(ranks, self.places, deviations, weight)
            preceded = self._by(before, self.places, deviations, weight)
            paired = self._by(self.slots[pair], self.spec.pairs + 1, deviations, weight)
            shares = (nn.functional.one_hot(ranks, self.places).float() * weight).sum(1)[:, 1:] / total
        return torch.cat([mean, spread.sqrt(), *above, told, preceded, paired, shares], dim=1)

    def _by(self, groups: Tensor, count: int, values: Tensor, weight: Tensor) -> Tensor:
        """Return shrunken means (B, (count - 1) numbers) of values (B, W, numbers) by group (B, W), but for group 0."""
        member = nn.functional.one_hot(groups, count)[..., 1:].float() * weight
        sums = member.transpose(1, 2) @ values
        means: Tensor = sums / (member.sum(1)[..., None] + self.spec.prior)
        return means.flatten(1)

    def forward(self, frames: Tensor) -> Tensor:
        """Embed windows (B, W, F) to (B, dim)."""
        return self.finish(self.projection(self.statistics(frames)))
