"""What a comparison score is worth as evidence: the logarithm of a likelihood ratio."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from lineament.metrics import log_likelihood_ratio_cost, minimum_log_likelihood_ratio_cost

FloatArray = NDArray[np.float64]
LARGEST = 200_000
"""Comparisons that are fitted to, at most: the others are left out by chance."""
RIDGE = 1e-6
"""Keeps the slope finite where no stranger scores above any mate."""


@dataclass(frozen=True)
class LikelihoodRatio:
    """Natural-log likelihood ratios, a straight line in the score (Brümmer and du Preez, CSL 2006).

    Parameters
    ----------
    slope, offset : float
    lowest, highest : float
        More evidence than there were people cannot be claimed: ratios stay within one in as many as were compared.
    cost, minimum_cost : float
        Cllr in bits on the scores it was fitted to, and the least that any rising function could have there; the
        difference is what is lost by the straight line.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> ratio = LikelihoodRatio.fit(rng.normal(2, 1, 2000), rng.normal(0, 1, 2000))
    >>> ratio([0.0, 2.0]).round().tolist()
    [-2.0, 2.0]
    >>> bool(0 <= ratio.cost - ratio.minimum_cost < 0.02)
    True
    """

    slope: float
    offset: float
    lowest: float
    highest: float
    cost: float
    minimum_cost: float

    @classmethod
    def fit(cls, mated: ArrayLike, non_mated: ArrayLike, *, seed: int = 0) -> Self:
        """Return the line for scores of mates and of strangers, (comparisons,) each."""
        rng = np.random.default_rng(seed)
        known, strange = _some(mated, rng), _some(non_mated, rng)
        scores = np.concatenate([known, strange])
        centre, spread = scores.mean(), scores.std() or 1.0
        slope, offset = _logistic((known - centre) / spread, (strange - centre) / spread)
        line = cls(
            slope=float(slope / spread),
            offset=float(offset - slope * centre / spread),
            lowest=-float(np.log(np.size(mated) + 1)),
            highest=float(np.log(np.size(non_mated) + 1)),
            cost=0.0,
            minimum_cost=0.0,
        )
        cost = log_likelihood_ratio_cost(mated=line(known), non_mated=line(strange))
        least = minimum_log_likelihood_ratio_cost(mated=known, non_mated=strange)
        return cls(line.slope, line.offset, line.lowest, line.highest, float(cost), float(least))

    def __call__(self, scores: ArrayLike) -> FloatArray:
        """Return the natural-log likelihood ratio of each score."""
        line = self.slope * np.asarray(scores, dtype=np.float64) + self.offset
        return np.asarray(np.clip(line, self.lowest, self.highest))


def _some(scores: ArrayLike, rng: np.random.Generator) -> FloatArray:
    values = np.asarray(scores).ravel()
    kept = values if len(values) <= LARGEST else values[rng.choice(len(values), LARGEST, replace=False)]
    return np.asarray(kept, dtype=np.float64)


def _logistic(known: FloatArray, strange: FloatArray) -> tuple[float, float]:
    """Return slope (zero or more) and offset of the logistic regression, both kinds weighing the same."""
    scores = np.concatenate([known, strange])
    weight = np.concatenate([np.full(len(known), 0.5 / len(known)), np.full(len(strange), 0.5 / len(strange))])
    label = np.arange(len(scores)) < len(known)
    columns = np.stack([scores, np.ones_like(scores)], axis=1)
    line = np.zeros(2)
    for _ in range(100):
        chance = special.expit(columns @ line)
        slope = columns.T @ (weight * (chance - label)) + RIDGE * line
        bend = (columns * (weight * chance * (1 - chance))[:, None]).T @ columns + RIDGE * np.eye(2)
        step = np.linalg.solve(bend, slope)
        # A step too far from where the curve is flat is cut short.
        size = float(np.abs(step).max())
        line -= step * (5.0 / size if size > 5.0 else 1.0)
        if size < 1e-9:
            break
    return max(float(line[0]), 0.0), float(line[1])
