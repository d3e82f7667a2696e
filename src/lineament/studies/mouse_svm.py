"""A one-class support vector machine a subject, as Antal et al. (2021) decide by: scikit-learn's with its defaults."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import cdist

from lineament.studies.one_class_svm import NU, support

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class OneClassSvm:
    """Says how much a vector is like the templates it was fitted to, by a Gaussian kernel.

    Parameters
    ----------
    templates : array (n, dim)
        Those with a weight above zero.
    weights : array (n,)
        Their sum is 1 (scikit-learn's is `nu` times the number of templates).
    gamma : float
        Of the kernel ``exp(-gamma |x - y|^2)``.
    offset : float
        The score of a template on the boundary.

    Examples
    --------
    >>> machine = OneClassSvm.fit([[0.0], [0.1], [0.2], [5.0]])
    >>> near, far = machine.scores([[0.1], [9.0]])
    >>> bool(near > machine.offset > far)
    True
    """

    templates: FloatArray
    weights: FloatArray
    gamma: float
    offset: float

    @classmethod
    def fit(cls, templates: ArrayLike, *, nu: float = NU) -> OneClassSvm:
        """Fit to the templates (n, dim) of one subject; `gamma` is 1 over their numbers' variance and size ("scale").

        Raises
        ------
        ValueError
            When there are no templates.
        """
        vectors = np.atleast_2d(np.asarray(templates, dtype=np.float64))
        if not vectors.size:
            raise ValueError(f"templates, not {vectors.shape}")
        spread = float(vectors.var())
        gamma = 1.0 / (vectors.shape[1] * spread) if spread > 0 else 1.0
        kernel = _kernel(vectors, vectors, gamma)
        weights = support(kernel, nu)
        kept = weights > 0
        return cls(vectors[kept], weights[kept], gamma, _boundary(weights, kernel @ weights))

    def scores(self, vectors: ArrayLike) -> FloatArray:
        """Return how like the templates vectors (m, dim) are, (m,)."""
        return np.asarray(_kernel(np.asarray(vectors, dtype=np.float64), self.templates, self.gamma) @ self.weights)


def _kernel(first: FloatArray, second: FloatArray, gamma: float) -> FloatArray:
    return np.asarray(np.exp(-gamma * cdist(first, second, "sqeuclidean")))


def _boundary(weights: FloatArray, scores: FloatArray) -> float:
    """Return the score of templates whose weight is neither none nor full, or the middle of where it may lie."""
    full = weights.max() * (1 - 1e-9)
    between = (weights > 0) & (weights < full)
    if between.any():
        return float(scores[between].mean())
    inside, outside = scores[weights <= 0], scores[weights >= full]
    edges = [outside.max()] + [part.min() for part in (inside,) if len(part)]
    return float(np.mean(edges))
