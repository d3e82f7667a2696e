"""A one-class support vector machine (Schölkopf et al. 2001), small enough for a few hundred templates."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
NU = 0.5
TOLERANCE = 1e-6
MOST_STEPS = 100_000


def support(kernel: FloatArray, nu: float = NU) -> FloatArray:
    """Return the weights (n,) that minimise ``w @ kernel @ w / 2``, each from 0 to 1 / (nu n), their sum 1.

    By moving weight between the pair that violates the conditions most (Keerthi et al. 2001), until none does.

    Parameters
    ----------
    kernel : array (n, n)
    nu : float
        Bounds the share of outliers from above, that of support vectors from below.

    Examples
    --------
    >>> support(np.eye(4)).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """
    count = len(kernel)
    most = 1 / (nu * count)
    filled = int(nu * count)
    weights = np.zeros(count)
    weights[:filled] = most
    if filled < count:
        weights[filled] = 1 - filled * most
    gradient = kernel @ weights
    for _ in range(MOST_STEPS):
        gives = np.where(weights > 0, gradient, -np.inf)
        takes = np.where(weights < most, gradient, np.inf)
        worst, best = int(gives.argmax()), int(takes.argmin())
        gap = gives[worst] - takes[best]
        if gap < TOLERANCE:
            break
        curvature = max(kernel[worst, worst] + kernel[best, best] - 2 * kernel[worst, best], 1e-12)
        moved = min(gap / curvature, weights[worst], most - weights[best])
        weights[worst] -= moved
        weights[best] += moved
        gradient += moved * (kernel[best] - kernel[worst])
    return weights


def train_svm(templates: FloatArray, nu: float = NU) -> Callable[[FloatArray], FloatArray]:
    """Fit one machine a person to standardised templates (Yu and Cho 2003).

    Parameters
    ----------
    templates : array (people, n, times)
    nu : float
        See `support`.

    Returns
    -------
    callable
        From probes (people, m, times) to scores (people, m): the kernel sums, from which a person's offset is left out.
    """
    mean = templates.mean(axis=1, keepdims=True)
    deviation = np.maximum(templates.std(axis=1, ddof=1, keepdims=True), 1e-9)
    scaled = (templates - mean) / deviation
    gammas = [_gamma(own) for own in scaled]
    weights = [support(_kernel(own, own, gamma), nu) for own, gamma in zip(scaled, gammas, strict=True)]

    def score(probes: FloatArray) -> FloatArray:
        seen = (probes - mean) / deviation
        rows = zip(seen, scaled, gammas, weights, strict=True)
        return np.array([_kernel(one, own, gamma) @ weight for one, own, gamma, weight in rows])

    return score


def _squares(left: FloatArray, right: FloatArray) -> FloatArray:
    squares: FloatArray = (left**2).sum(1)[:, None] + (right**2).sum(1) - 2 * left @ right.T
    return np.maximum(squares, 0.0)


def _kernel(left: FloatArray, right: FloatArray, gamma: float) -> FloatArray:
    """Return the Gaussian kernel (rows of left, rows of right)."""
    return np.exp(-gamma * _squares(left, right))


def _gamma(templates: FloatArray) -> float:
    """Return the width that kernlab's ``sigest`` settles for: a mean of two quantiles of inverse squared distances."""
    squares = _squares(templates, templates)[np.triu_indices(len(templates), 1)]
    low, high = np.quantile(squares[squares > 0], [0.1, 0.9])
    return float((1 / low + 1 / high) / 2)
