"""Open-set recognition: do we know this person, and if so, who is it? OSCR, and the rates of known against stranger.

Direction: *known* is positive, and a higher best score speaks for known. AUROC is the same the other way round; FPR95
is not (OpenOOD calls strangers positive: its FPR95 is our FNMR at an FMR of 0.05).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lineament.metrics.curves import areas, error_curve, shares, weight_below, with_weights
from lineament.metrics.identification import mate_ranks, score_table

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class OpenSetCurve:
    """Correct classification rate of known probes against false positive rate of strangers (Dhamija et al. 2018).

    Parameters
    ----------
    thresholds : array (K,)
        Every distinct score, rising; the last is infinite.
    false_positive : array (K,)
        Share of strangers whose best score is at least the threshold, falling from 1 to 0.
    correct_rate : array (K,)
        CCR: share of known probes that are identified rightly with at least that score, falling from Rank-1 to 0.
    """

    thresholds: FloatArray
    false_positive: FloatArray
    correct_rate: FloatArray

    def area(self) -> float:
        """Return OSCR: the area under CCR over FPR, by trapezoids between all distinct scores; at most Rank-1."""
        return float(areas(self.false_positive[None], self.correct_rate[None])[0])

    def correct_rate_at(self, rate: float) -> float:
        """Return the CCR at the lowest threshold whose FPR is at most `rate`."""
        within = self.false_positive <= rate
        return float(self.correct_rate[np.argmax(within)]) if within.any() else float("nan")


def open_set_curve(
    *,
    known: ArrayLike,
    correct: ArrayLike,
    strangers: ArrayLike,
    known_weights: ArrayLike | None = None,
    stranger_weights: ArrayLike | None = None,
) -> OpenSetCurve:
    """Return the OSCR curve.

    Parameters
    ----------
    known : array (probes,)
        Best score of each probe of an enrolled person (`best_candidates`).
    correct : bool array (probes,)
        Whether that best candidate is the right person; wrong ones count in the denominator.
    strangers : array (probes,)
        Best score of each probe of a stranger.

    Examples
    --------
    >>> curve = open_set_curve(known=[0.9, 0.6, 0.8, 0.4], correct=[1, 1, 0, 1], strangers=[0.7, 0.5, 0.3, 0.1])
    >>> curve.correct_rate_at(0.25), curve.area()
    (0.5, 0.5625)
    """
    best, weight_k = with_weights(known, known_weights)
    right = np.asarray(correct, dtype=bool)
    if right.shape != best.shape:
        raise ValueError(f"right or wrong for each known probe, not {right.shape} and {best.shape}")
    outside, weight_s = with_weights(strangers, stranger_weights)
    thresholds, correct_rate, false_positive = rates_above(np.where(right, best, -np.inf), weight_k, outside, weight_s)
    return OpenSetCurve(thresholds, false_positive, correct_rate)


def open_set_area(
    *,
    known: ArrayLike,
    correct: ArrayLike,
    strangers: ArrayLike,
    known_weights: ArrayLike | None = None,
    stranger_weights: ArrayLike | None = None,
) -> float:
    """Return OSCR, the area under the curve of `open_set_curve`.

    Examples
    --------
    >>> open_set_area(known=[2.0, 3.0], correct=[True, True], strangers=[0.0, 1.0])
    1.0
    """
    return open_set_curve(
        known=known,
        correct=correct,
        strangers=strangers,
        known_weights=known_weights,
        stranger_weights=stranger_weights,
    ).area()


def false_positive_rate_at_95(
    *,
    known: ArrayLike,
    strangers: ArrayLike,
    known_weights: ArrayLike | None = None,
    stranger_weights: ArrayLike | None = None,
) -> float:
    """Return FPR95: the share of strangers accepted at the highest threshold that accepts 95 % of the known.

    Parameters
    ----------
    known, strangers : array (probes,)
        Best score of each probe.

    Examples
    --------
    >>> false_positive_rate_at_95(known=[0.4, 0.6, 0.8, 0.9], strangers=[0.1, 0.2, 0.3, 0.5])
    0.25
    """
    curve = error_curve(
        mated=known, non_mated=strangers, mated_weights=known_weights, non_mated_weights=stranger_weights
    )
    return curve.false_match_rate_at(0.05)


def best_candidates(*, scores: ArrayLike, mates: ArrayLike) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return each probe's best score in the gallery, and whether it is its mate's alone.

    Parameters
    ----------
    scores : array (probes, subjects)
    mates : int array (probes,)
        The column of each probe's true subject.

    Examples
    --------
    >>> best, correct = best_candidates(scores=[[0.9, 0.1], [0.2, 0.7]], mates=[0, 0])
    >>> best.tolist(), correct.tolist()
    ([0.9, 0.7], [True, False])
    """
    table = score_table(scores)
    return table.max(axis=1), mate_ranks(scores=table, mates=mates) == 1


def rates_above(
    first: FloatArray, first_weight: FloatArray, second: FloatArray, second_weight: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return every distinct finite score and infinity, and the share of either side that is at least that, (K,) each.

    A side's scores of minus infinity are never accepted, but count as part of the whole.

    Examples
    --------
    >>> ones = np.ones(2)
    >>> [values.tolist() for values in rates_above(np.array([1.0, -np.inf]), ones, np.array([0.0, 1.0]), ones)]
    [[0.0, 1.0, inf], [0.5, 0.5, 0.0], [1.0, 0.5, 0.0]]
    """
    scores = np.concatenate([first, second])
    thresholds = np.unique(scores[scores > -np.inf])
    rates = []
    for side, weight in ((first, first_weight), (second, second_weight)):
        below = weight_below(side, weight, thresholds)
        rates.append(shares(below[-1] - below, below[-1:]))
    return np.append(thresholds, np.inf), rates[0], rates[1]
