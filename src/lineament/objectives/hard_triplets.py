"""Batch-hard triplets, alone and with a centre for each subject (paper 003, §3.2.2 and Table 4).

Written here and not taken from pytorch-metric-learning because it has no centre loss, and because its batch-hard miner
with its triplet loss averages over the triplets that still cost something, where Hermans et al. (2017) average over
all anchors. Embeddings are compared by the Euclidean distance of their unit forms, as by the other losses.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lineament.recipes.hard_triplets import BatchHardTriplet, TripletCentre

NEAREST = 1e-12
"""Bound of a squared distance, whose root has no gradient at zero."""


def batch_hard(embeddings: Tensor, labels: Tensor, margin: float) -> Tensor:
    """Return the batch-hard triplet loss (Hermans et al. 2017, eq. 5), averaged over the anchors.

    Each embedding in turn is the anchor, with the farthest of its subject and the nearest of the others.

    Parameters
    ----------
    embeddings : Tensor (B, dim)
        Of any length; their unit forms are compared.
    labels : int Tensor (B,)
        Whose each is. Anchors alone of their subject, or without anybody else, count for nothing.
    margin : float

    Returns
    -------
    Tensor ()
        0, with a gradient of 0, where no anchor counts.

    Examples
    --------
    >>> x = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    >>> round(float(batch_hard(x, torch.tensor([0, 0, 1]), margin=0.2)), 4)  # anchors: sqrt 2 - 2, sqrt 2 - sqrt 2
    0.1
    """
    unit = nn.functional.normalize(embeddings, dim=1)
    distances = (2 - 2 * unit @ unit.T).clamp(min=NEAREST).sqrt()
    same = labels[:, None] == labels
    itself = torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    farthest = distances.masked_fill(~same | itself, -torch.inf).amax(1)
    nearest = distances.masked_fill(same, torch.inf).amin(1)
    counts = torch.isfinite(farthest) & torch.isfinite(nearest)
    if not counts.any():
        return embeddings.sum() * 0.0
    return (farthest[counts] - nearest[counts] + margin).clamp(min=0).mean()


class BatchHardTripletLoss(nn.Module):
    """The batch-hard triplet loss of a spec."""

    def __init__(self, spec: BatchHardTriplet) -> None:
        super().__init__()
        self.margin = spec.margin

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Return the loss of embeddings (B, dim) of subjects (B,)."""
        return batch_hard(embeddings, labels, self.margin)


class TripletCentreLoss(BatchHardTripletLoss):
    """Batch-hard triplets, and half the squared distance to the subject's centre (Wen et al. 2016, eq. 2), weighted.

    Centres are parameters: they belong in the optimiser.

    Parameters
    ----------
    spec : TripletCentre
    dim : int
        Embedding size.
    classes : int
        Number of training subjects.
    """

    def __init__(self, spec: TripletCentre, dim: int, classes: int) -> None:
        super().__init__(spec)
        self.weight = spec.centre_weight
        self.centres = nn.Parameter(torch.zeros(classes, dim))

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Return the loss of embeddings (B, dim) of subjects (B,)."""
        unit = nn.functional.normalize(embeddings, dim=1)
        scatter = 0.5 * (unit - self.centres[labels]).square().sum(1).mean()
        return super().forward(embeddings, labels) + self.weight * scatter
