"""The losses of paper 002 (§5.1), by pytorch-metric-learning, its cross entropy, and the losses of papers 003 and 000.

Paper 003's contrastive loss is paper 002's: unit embeddings, unsquared Euclidean distance, margins 0 and 1 (its own are
not published). Its triplets are in `lineament.objectives.hard_triplets`, paper 000's siamese loss with a classifier in
`lineament.objectives.contrastive_cross_entropy`.

What pytorch-metric-learning (2.9) does, and what is made of it here:

- Contrastive and triplet losses compare **unit** embeddings by their unsquared Euclidean distance (the library's
  default, and so the published graph's), whether or not the encoder gives unit embeddings.
- Contrastive and triplet losses average over the pairs or triplets that still cost something, not over all.
- ArcFace's gradient is NaN where an embedding points exactly at its proxy: the angle is kept off zero here.
- `weight_regulariser` (paper 002, Table 2) **has no effect**: the published code hands the weight to the library
  without a regulariser to go with it. It is kept in the spec, so that the published recipe can be written down, and is
  handed on just as it was.
- Proxies are parameters of the loss, and an optimiser that is given the network's parameters alone, as in the
  published code, leaves them as they were drawn. Here they are trained, unless `frozen_proxies` asks for the
  published graph.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from pytorch_metric_learning import distances
from pytorch_metric_learning import losses as pml
from torch import Tensor, nn

from lineament.errors import RecipeError
from lineament.objectives.contrastive_cross_entropy import ContrastiveCrossEntropyLoss
from lineament.objectives.hard_triplets import BatchHardTripletLoss, TripletCentreLoss
from lineament.objectives.linear_softmax import LinearSoftmaxLoss
from lineament.objectives.supervised_contrast import SupConSoftmaxLoss
from lineament.objectives.warped_triplet import WarpedTripletLoss
from lineament.recipes.components import (
    ArcFace,
    Component,
    Contrastive,
    CrossEntropy,
    MultiSimilarity,
    NormalisedSoftmax,
    Triplet,
)
from lineament.recipes.event_components import SquaredTriplet
from lineament.recipes.hard_triplets import BatchHardTriplet, TripletCentre
from lineament.recipes.inertial_components import ContrastiveCrossEntropy
from lineament.recipes.mouse_components import LinearSoftmax
from lineament.recipes.signature_components import WarpedTriplet
from lineament.recipes.supervised_contrast import SupConSoftmax
from lineament.recipes.visit_components import ManhattanTriplet


class SafeArcFaceLoss(pml.ArcFaceLoss):  # type: ignore[misc]  # the library is untyped
    """ArcFace whose gradient stays finite where an embedding points exactly at, or away from, its proxy."""

    def get_angles(self, cosine_of_target_classes: Tensor) -> Tensor:
        """Return the angles (radians) to the target proxies, kept off 0 and pi by the rounding error's square root."""
        edge = 1 - torch.finfo(cosine_of_target_classes.dtype).eps
        return torch.acos(cosine_of_target_classes.clamp(-edge, edge))


class RampedArcFaceLoss(SafeArcFaceLoss):
    """ArcFace whose margin rises from 0 to its full size: none of it stands in the way while little is learned yet.

    Parameters
    ----------
    ramp_steps : int
        Steps over which it rises.
    """

    def __init__(self, *args: Any, ramp_steps: int, **options: Any) -> None:
        super().__init__(*args, **options)
        self.full_margin: float = self.margin
        self.ramp_steps = ramp_steps

    def take_step(self, step: int) -> None:
        """Take the margin of a step."""
        self.margin: float = self.full_margin * min(1.0, step / self.ramp_steps)


def _arcface(spec: ArcFace, dim: int, classes: int) -> nn.Module:
    options = {"margin": spec.margin_degrees, "scale": spec.scale, "weight_reg_weight": spec.weight_regulariser}
    if spec.ramp_steps:
        return RampedArcFaceLoss(classes, dim, ramp_steps=spec.ramp_steps, **options)
    return SafeArcFaceLoss(classes, dim, **options)


def _normalised_softmax(spec: NormalisedSoftmax, dim: int, classes: int) -> nn.Module:
    loss: nn.Module = pml.NormalizedSoftmaxLoss(classes, dim, temperature=spec.temperature)
    return loss


def _contrastive(spec: Contrastive, dim: int, classes: int) -> nn.Module:
    loss: nn.Module = pml.ContrastiveLoss(pos_margin=spec.positive_margin, neg_margin=spec.negative_margin)
    return loss


def _triplet(spec: Triplet, dim: int, classes: int) -> nn.Module:
    loss: nn.Module = pml.TripletMarginLoss(margin=spec.margin)
    return loss


def _multi_similarity(spec: MultiSimilarity, dim: int, classes: int) -> nn.Module:
    loss: nn.Module = pml.MultiSimilarityLoss(alpha=spec.alpha, beta=spec.beta, base=spec.base)
    return loss


def _cross_entropy(spec: CrossEntropy, dim: int, classes: int) -> nn.Module:
    if dim != classes:
        raise RecipeError(
            f"loss cross_entropy: one output for each of {classes} subjects",
            f"a network with {dim}",
            "set the network's dim to the number of training subjects",
        )
    return nn.CrossEntropyLoss()


def _batch_hard_triplet(spec: BatchHardTriplet, dim: int, classes: int) -> nn.Module:
    return BatchHardTripletLoss(spec)


def _manhattan_triplet(spec: ManhattanTriplet, dim: int, classes: int) -> nn.Module:
    sums = distances.LpDistance(normalize_embeddings=False, p=1)
    loss: nn.Module = pml.TripletMarginLoss(margin=spec.margin, distance=sums)
    return loss


def _squared_triplet(spec: SquaredTriplet, dim: int, classes: int) -> nn.Module:
    squares = distances.LpDistance(normalize_embeddings=False, power=2)
    loss: nn.Module = pml.TripletMarginLoss(margin=spec.margin, distance=squares)
    return loss


def _warped_triplet(spec: WarpedTriplet, dim: int, classes: int) -> nn.Module:
    if dim % spec.points:
        raise RecipeError(
            f"loss warped_triplet: embeddings that are sequences of {spec.points} frames",
            f"{dim} numbers",
            "give it the encoding's length, and the network frame_sequence",
        )
    return WarpedTripletLoss(spec)


_BUILDERS: dict[type[Component], Callable[..., nn.Module]] = {
    ArcFace: _arcface,
    NormalisedSoftmax: _normalised_softmax,
    Contrastive: _contrastive,
    Triplet: _triplet,
    ManhattanTriplet: _manhattan_triplet,
    SquaredTriplet: _squared_triplet,
    MultiSimilarity: _multi_similarity,
    CrossEntropy: _cross_entropy,
    BatchHardTriplet: _batch_hard_triplet,
    TripletCentre: TripletCentreLoss,
    WarpedTriplet: _warped_triplet,
    SupConSoftmax: SupConSoftmaxLoss,
    LinearSoftmax: LinearSoftmaxLoss,
    ContrastiveCrossEntropy: ContrastiveCrossEntropyLoss,
}


def build_loss(spec: Component, dim: int, classes: int) -> nn.Module:
    """Build a loss from its spec.

    Parameters
    ----------
    spec : Component
        One of `lineament.recipes.components.LOSSES`.
    dim : int
        Embedding size (for cross entropy: the number of classes).
    classes : int
        Number of training subjects.

    Returns
    -------
    nn.Module
        Called with embeddings (batch, dim) and subject indices (batch,), gives a scalar. Its parameters (proxies,
        centres) require a gradient, and belong in the optimiser, unless the spec freezes them.

    Raises
    ------
    RecipeError
        When the spec is no loss, or a classifier's outputs do not fit the subjects.
    """
    if type(spec) not in _BUILDERS:
        raise RecipeError("loss: the spec of a loss", f"'{spec.name}'", "see `lineament list losses`")
    loss = _BUILDERS[type(spec)](spec, dim, classes)
    return loss.requires_grad_(not getattr(spec, "frozen_proxies", False))
