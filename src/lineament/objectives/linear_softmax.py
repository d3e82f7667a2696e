"""A classifier of the training subjects on top of the embedding, which is thrown away once it has taught."""

from __future__ import annotations

from torch import Tensor, nn

from lineament.recipes.mouse_components import LinearSoftmax


class LinearSoftmaxLoss(nn.Module):
    """Cross entropy of ``linear(embeddings)``.

    Parameters
    ----------
    spec : LinearSoftmax
    dim : int
        Embedding size.
    classes : int
        Number of training subjects.
    """

    def __init__(self, spec: LinearSoftmax, dim: int, classes: int) -> None:
        super().__init__()
        self.linear = nn.Linear(dim, classes)

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Return the mean cross entropy of embeddings (B, dim) whose subjects are ``labels`` (B,)."""
        return nn.functional.cross_entropy(self.linear(embeddings), labels)
