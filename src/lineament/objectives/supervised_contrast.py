"""Supervised contrast (Khosla et al. 2020) with a softmax over proxies of the training subjects.

Written here and not taken from pytorch-metric-learning because a matrix of a batch's cosines is all that it takes: the
library makes lists of pairs first, which takes longer than a small network's step.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lineament.recipes.supervised_contrast import SupConSoftmax


def supervised_contrast(embeddings: Tensor, labels: Tensor, temperature: float) -> Tensor:
    """Return the supervised contrastive loss (Khosla et al. 2020, eq. 2, "out"), averaged over the anchors.

    Parameters
    ----------
    embeddings : Tensor (B, dim)
        Of any length; their unit forms are compared.
    labels : int Tensor (B,)
        Whose each is. Anchors alone of their subject count for nothing.
    temperature : float
        By which the cosines are divided.

    Returns
    -------
    Tensor ()
        0, with a gradient of 0, where no anchor counts.

    Examples
    --------
    >>> x = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])  # two anchors: -log(e / (e + 1)) each
    >>> round(float(supervised_contrast(x, torch.tensor([0, 0, 1]), temperature=1.0)), 4)
    0.3133
    """
    unit = nn.functional.normalize(embeddings, dim=1)
    itself = torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    same = (labels[:, None] == labels) & ~itself
    counts = same.any(1)
    if not counts.any():
        return embeddings.sum() * 0.0
    logits = (unit @ unit.T / temperature).masked_fill(itself, -torch.inf)
    unlikely = logits.logsumexp(1, keepdim=True) - logits
    return (unlikely.masked_fill(~same, 0.0).sum(1)[counts] / same.sum(1)[counts]).mean()


class SupConSoftmaxLoss(nn.Module):
    """Supervised contrast, and a weighted softmax over proxies, which are parameters: they belong in the optimiser.

    Parameters
    ----------
    spec : SupConSoftmax
    dim : int
        Embedding size.
    classes : int
        Number of training subjects.
    """

    def __init__(self, spec: SupConSoftmax, dim: int, classes: int) -> None:
        super().__init__()
        self.spec = spec
        self.proxies = nn.Parameter(torch.randn(classes, dim) / dim**0.5)

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Return the loss of embeddings (B, dim) of subjects (B,)."""
        unit, proxies = nn.functional.normalize(embeddings, dim=1), nn.functional.normalize(self.proxies, dim=1)
        softmax = nn.functional.cross_entropy(unit @ proxies.T / self.spec.proxy_temperature, labels)
        contrast = supervised_contrast(embeddings, labels, self.spec.temperature)
        return contrast + self.spec.proxy_weight * softmax
