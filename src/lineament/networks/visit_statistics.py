"""Counts of the sites of a window, weighed; sites as vectors beside counts of hours and pauses, projected."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from lineament.errors import RecipeError
from lineament.networks.network import Network, full_precision
from lineament.networks.projection import Projection
from lineament.recipes.visit_components import SiteCounts, SiteWeights, VisitStatistics

TINY = 1e-12


class SiteBag(nn.Module):
    """The weighed counts of a window's sites, as a unit vector with a number for each class.

    Parameters
    ----------
    spec : SiteWeights
    classes : int
        Of sites; class 0 is not known, and counts for nothing.
    """

    weights: Tensor

    def __init__(self, spec: SiteWeights, classes: int) -> None:
        super().__init__()
        self.spec, self.classes = spec, classes
        self.register_buffer("weights", torch.ones(classes))
        self.weights[0] = 0.0

    def forward(self, sites: Tensor) -> Tensor:
        """Map sites (B, W) to weighed counts (B, classes) of unit norm; zero where no site is known."""
        counts = count(sites, self.classes)
        return nn.functional.normalize((counts.sqrt() if self.spec.root else counts) * self.weights, dim=-1)

    def mean(self, sites: Tensor, vectors: Tensor) -> Tensor:
        """Return what `forward` gives for sites (B, W), multiplied by vectors (classes, V): (B, V).

        Taken visit by visit, which is far less work than class by class.
        """
        places = sites.round().long().clamp(0, self.classes - 1)
        alike = (places[:, :, None] == places[:, None, :]).sum(-1).float()
        shares = self.weights[places] * (alike.rsqrt() if self.spec.root else 1.0)
        length = (shares.square() * alike).sum(-1, keepdim=True).sqrt()
        total: Tensor = (shares[:, None] @ vectors[places])[:, 0]
        return total / length.clamp(min=TINY)


def count(numbers: Tensor, classes: int) -> Tensor:
    """Return how often each class occurs in windows of class numbers (B, W): (B, classes).

    Examples
    --------
    >>> count(torch.tensor([[2.0, 0.0, 2.0]]), 4)
    tensor([[1., 0., 2., 0.]])
    """
    places = numbers.round().long().clamp(0, classes - 1)
    return torch.zeros(numbers.shape[0], classes, device=numbers.device).scatter_add(
        1, places, torch.ones_like(numbers)
    )


class CountedSites(Network):
    """The weighed counts of a window's sites are its embedding: tf-idf.

    Until it is fitted (see `lineament.training.site_weights`) every site weighs the same.

    Parameters
    ----------
    spec : SiteCounts
    inputs, window, normalise
        See `Network`.
    categories : mapping
        From the place of a class number in a frame to the number of classes; the last feature is the site.
    """

    def __init__(
        self, spec: SiteCounts, inputs: int, window: int, *, normalise: bool, categories: Mapping[int, int]
    ) -> None:
        counts = _all_classes(spec.name, inputs, categories)
        super().__init__(inputs, window, counts[-1], normalise)
        self.bag = SiteBag(spec, counts[-1])

    def forward(self, frames: Tensor) -> Tensor:
        """Embed windows (B, W, F) to (B, classes)."""
        return self.finish(self.bag(frames[..., -1]))


class ProjectedVisits(Network):
    """Sites as vectors, averaged by their weighed counts, and square roots of shares of the other classes, projected.

    It is fitted by `lineament.training.site_weights` and `lineament.training.discriminant`.

    Parameters
    ----------
    spec : VisitStatistics
    inputs, window, normalise, categories
        See `CountedSites`.
    """

    vectors: Tensor

    def __init__(
        self, spec: VisitStatistics, inputs: int, window: int, *, normalise: bool, categories: Mapping[int, int]
    ) -> None:
        self.counts = _all_classes(spec.name, inputs, categories)
        size = min(spec.vector, self.counts[-1])
        sizes = [size, *(classes - 1 for classes in self.counts[:-1])]
        super().__init__(inputs, window, sum(sizes), normalise)
        self.bag = SiteBag(spec, self.counts[-1])
        self.register_buffer("vectors", torch.eye(self.counts[-1], size))
        self.projection = Projection(spec, sum(sizes), spec.dim or sum(sizes))

    @property
    def dim(self) -> int:
        """Size of an embedding."""
        return self.projection.dim

    def statistics(self, frames: Tensor) -> Tensor:
        """Return the statistics (B, S) of windows (B, W, F), in float32."""
        frames = frames.float()
        with full_precision(frames):
            columns = [self.bag.mean(frames[..., -1], self.vectors)]
        for place, classes in enumerate(self.counts[:-1]):
            columns.append((count(frames[..., place], classes)[:, 1:] / self.window).sqrt())
        return torch.cat(columns, dim=1)

    def forward(self, frames: Tensor) -> Tensor:
        """Embed windows (B, W, F) to (B, dim)."""
        return self.finish(self.projection(self.statistics(frames)))


def _all_classes(name: str, inputs: int, categories: Mapping[int, int]) -> list[int]:
    """Return the number of classes of each feature.

    Raises
    ------
    RecipeError
        Where a feature is no class number.
    """
    if len(categories) != inputs:
        raise RecipeError(
            f"network {name}: {inputs} class numbers in a frame", str(len(categories)), "choose the encoding visits"
        )
    return [categories[place] for place in range(inputs)]
