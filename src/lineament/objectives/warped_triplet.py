"""Triplets of sequences that are compared by dynamic time warping.

The path is found without a gradient; the mean distance along it then has the gradient of the least one, since the best
path does not change with a small step (the envelope theorem), wherever it is the only best one.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from lineament.decisions.alignment import best_paths
from lineament.recipes.signature_components import WarpedTriplet

NEAREST = 1e-6
"""Bound of a squared distance, whose root has no gradient at zero, and of a distance, which has a logarithm."""


def warped_distances(one: Tensor, other: Tensor, band: int) -> Tensor:
    """Return the warping distance of each pair of sequences (see `lineament.decisions.alignment`), differentiable.

    Parameters
    ----------
    one, other : Tensor (pairs, T, features)
    band : int

    Returns
    -------
    Tensor (pairs,)
    """
    squares = (one**2).sum(-1)[:, :, None] + (other**2).sum(-1)[:, None] - 2 * one @ other.transpose(1, 2)
    local = squares.clamp_min(NEAREST).sqrt()
    with torch.no_grad():
        across = np.ascontiguousarray(local.detach().cpu().float().numpy().transpose(1, 2, 0))
        weights = torch.from_numpy(best_paths(across, band)).permute(2, 0, 1).to(local)
    return (local * weights).sum((1, 2)) / (2 * one.shape[1])


class WarpedTripletLoss(nn.Module):
    """The mean of ``softplus(s (log d(a, p) - log d(a, n) + margin))`` over triplets of a batch.

    Each embedding is an anchor with every other one of its label, and with the `negatives` nearest of other labels;
    which are the nearest is judged without warping. Distances enter as logarithms because scores are ratios too.

    Parameters
    ----------
    spec : WarpedTriplet
    """

    def __init__(self, spec: WarpedTriplet) -> None:
        super().__init__()
        self.spec = spec

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Return the loss of embeddings (B, T features) of subjects (B,)."""
        spec = self.spec
        anchors, positives, negatives = self._triplets(embeddings.detach(), labels)
        if not len(anchors):
            return embeddings.sum() * 0.0
        sequences = embeddings.float().reshape(len(embeddings), spec.points, -1)
        asked = torch.stack([torch.cat([anchors, anchors]), torch.cat([positives, negatives])], dim=1)
        pairs, place = torch.unique(asked.sort(dim=1).values, dim=0, return_inverse=True)
        distances = warped_distances(sequences[pairs[:, 0]], sequences[pairs[:, 1]], spec.band)
        near, far = (distances + NEAREST).log()[place].chunk(2)
        return nn.functional.softplus(spec.sharpness * (near - far + spec.margin)).mean()

    def _triplets(self, embeddings: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the places of anchors, positives and negatives, (triplets,) each."""
        same = labels[:, None] == labels
        apart = torch.cdist(embeddings, embeddings).masked_fill(same, torch.inf)
        count = min(self.spec.negatives, int((~same).sum(1).min()))
        if not count:
            empty = torch.empty(0, dtype=torch.long)
            return empty, empty, empty
        nearest = apart.topk(count, largest=False).indices
        same.fill_diagonal_(False)
        anchors, positives = same.nonzero(as_tuple=True)
        return anchors.repeat_interleave(count), positives.repeat_interleave(count), nearest[anchors].flatten()
