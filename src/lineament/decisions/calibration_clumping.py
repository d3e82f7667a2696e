"""How false alarms clump: a few strangers have most of them, so a gallery twice as large has fewer than twice as many.

Let a stranger's comparison with somebody drawn at random reach a score with the chance p. In a gallery of N that
stranger is accepted with the chance ``1 - (1 - p) ** N``; and strangers differ in p (the wolves of Doddington et al.,
ICSLP 1998), the more so the higher the score. With ``h`` the mean of p the FPIR is ``1 - E[(1 - p) ** N]``, which is
``1 - (1 - h) ** N`` only if they do not differ. Taking p to follow the power-variance law (Hougaard, Biometrika 1986)
of mean h and of variance ``a h^2``, of which the gamma law is one end (``index`` 0), the expectation is in closed form:

    FPIR(N) = 1 - exp(-((1 + a x / (1 - g)) ** g - 1) (1 - g) / (g a)),      x = -N log(1 - h).

The variance follows ``log a = b0 - b1 log h``. The three numbers are fitted to how the rate grows with the gallery
within the people at hand: every subset of their gallery is a smaller gallery.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize

FloatArray = NDArray[np.float64]
ANCHOR = np.log(1e-4)
"""`log h` at which the first number is log a, so that the numbers hardly depend on each other."""
SHARES = 2.0 ** -np.arange(8.0)
"""Of the gallery, that make the smaller ones."""
RISES, STEEPEST = (0.0, 0.06), 0.8
"""By how much the index may rise with each e-fold that a score is rarer, and to what: strangers do not differ in the
same way at all scores, and the people at hand do not tell. Four kinds of simulated populations lay between these."""
START, PRIOR, PRIOR_SD = (0.0, 0.3, 0.25), (0.35, 0.25), (0.2, 0.1)
"""Where fitting starts; what is taken for b1 and the index as far as the people at hand do not tell otherwise."""
LOWEST, HIGHEST = (-9.0, 0.0, 0.01), (7.0, 0.9, 0.6)
NOISE = 5.0
"""Subsets of one gallery tell the same story several times over: each counts as this part of a witness."""


def expected_hits(chances: ArrayLike, variance: ArrayLike, index: ArrayLike) -> FloatArray:
    """Return ``-log(1 - FPIR)`` for N times the mean chance of one comparison.

    Examples
    --------
    >>> expected_hits([0.1, 10.0], 1e-9, 0.25).round(4).tolist()
    [0.1, 10.0]
    >>> expected_hits([0.1, 10.0], 20.0, 0.25).round(4).tolist()
    [0.0576, 0.4567]
    """
    spread, power = np.asarray(variance, dtype=np.float64), np.asarray(index, dtype=np.float64)
    inner = np.log1p(spread * np.asarray(chances) / (1 - power))
    return np.asarray(np.expm1(power * inner) * (1 - power) / (power * spread))


def log_variance(log_rate: ArrayLike, numbers: FloatArray) -> FloatArray:
    """Return log a where one comparison's log rate is so much; `numbers` begin with b0 and b1."""
    return np.asarray(numbers[..., 0] - numbers[..., 1] * (np.asarray(log_rate) - ANCHOR))


def index_at(log_rate: ArrayLike, numbers: FloatArray) -> FloatArray:
    """Return the index there; `numbers` (..., 4) hold, third and fourth, the index at `ANCHOR` and its rise."""
    index = numbers[..., 2] + numbers[..., 3] * (ANCHOR - np.asarray(log_rate))
    return np.asarray(np.clip(index, LOWEST[2], STEEPEST))


def survivals(counts: NDArray[np.integer], share: float) -> FloatArray:
    """Return the chance that none of a stranger's hits are in a random share of the gallery.

    Parameters
    ----------
    counts : int array (strangers,)
        How many of the gallery's subjects each stranger reaches.
    """
    return np.asarray((1 - share) ** counts.astype(np.float64))


def fit_clumping(
    log_rates: FloatArray, chances: FloatArray, hits: FloatArray, witnesses: FloatArray, rise: float = 0.0
) -> FloatArray:
    """Return b0, b1, the index and its rise, which is given.

    Parameters
    ----------
    log_rates : float array (cases,)
        log h of the score that a case is about.
    chances : float array (cases,)
        h times the smaller gallery's size.
    hits : float array (cases,)
        -log(1 - FPIR) in it.
    witnesses : float array (cases,)
        Strangers who tell of it.
    rise : float
    """
    if not len(hits):
        return np.array([LOWEST[0], *PRIOR, rise])

    def misfit(numbers: FloatArray) -> FloatArray:
        variance = np.exp(log_variance(log_rates, numbers))
        model = expected_hits(chances, variance, index_at(log_rates, np.append(numbers, rise)))
        told = np.sqrt(witnesses) * (np.log(model) - np.log(hits)) / NOISE
        return np.concatenate([told, (numbers[1:] - PRIOR) / PRIOR_SD])

    found = optimize.least_squares(misfit, START, bounds=(LOWEST, HIGHEST))
    return np.append(found.x, rise)
