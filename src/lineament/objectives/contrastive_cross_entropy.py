"""The siamese loss of Wang et al. 2020 (paper 000): contrastive, with a classifier beside it.

Every two embeddings of a batch are a pair. Pairs of one subject cost half their squared distance, pairs of two subjects
half the square of what they lack to the margin (Hadsell et al. 2006); the means of both kinds are added, as siamese
training shows as many of one as of the other. Written here and not taken from pytorch-metric-learning, whose
contrastive loss does not square and averages over what still costs something.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lineament.recipes.inertial_components import ContrastiveCrossEntropy

NEAREST = 1e-12
"""Bound of a squared distance, whose root has no gradient at zero."""


def contrastive(embeddings: Tensor, labels: Tensor, margin: float) -> Tensor:
    """Return the contrastive loss of embeddings (B, dim), as they are, of subjects (B,); 0 of a kind without pairs.

    Examples
    --------
    >>> x = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 0.5]])
    >>> float(contrastive(x, torch.tensor([0, 0, 1]), margin=1.0))  # 1/2 + ((1 - 0.5)² + 0) / 2 / 2
    0.5625
    """
    first, second = torch.triu_indices(len(labels), len(labels), 1, device=labels.device)
    squares = (embeddings[first] - embeddings[second]).square().sum(1)
    same = labels[first] == labels[second]
    lacking = (margin - squares.clamp(min=NEAREST).sqrt()).clamp(min=0).square()
    return 0.5 * (_mean(squares[same]) + _mean(lacking[~same]))


def _mean(values: Tensor) -> Tensor:
    return values.sum() / max(len(values), 1)


class ContrastiveCrossEntropyLoss(nn.Module):
    """The contrastive loss plus `gamma` times the cross entropy of a linear classifier of the embeddings.

    The classifier's weights are parameters: they belong in the optimiser.

    Parameters
    ----------
    spec : ContrastiveCrossEntropy
    dim : int
        Embedding size.
    classes : int
        Number of training subjects.
    """

    def __init__(self, spec: ContrastiveCrossEntropy, dim: int, classes: int) -> None:
        super().__init__()
        self.spec = spec
        self.classifier = nn.Linear(dim, classes)

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Return the loss of embeddings (B, dim) of subjects (B,)."""
        named = nn.functional.cross_entropy(self.classifier(embeddings), labels)
        return contrastive(embeddings, labels, self.spec.margin) + self.spec.gamma * named
