"""The brute-force attack: how soon a stranger who walks and walks again is taken for somebody else.

A try is one window (5 s) of walking. Tries of one walker resemble each other: who is not accepted at first is unlikely
to be later, and who is once is again. So three curves over the number of tries:

- one walker: the same stranger tries n windows, at random of the own;
- a new walker for every try: each try is by another stranger, drawn anew;
- independent: 1 − (1 − FMR)^n, what a calculator says.

The chance is the mean over pairs of stranger and enrolled person (or over strangers, against a whole gallery), pooled
over deals; intervals are by resampling people, on both sides of a pair.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

from lineament.metrics import Band, Interval, multiplicities, percentile_interval

FloatArray = NDArray[np.float64]
ONE, NEW, INDEPENDENT = "one walker", "a new walker for every try", "as if tries were independent"
REPLICATES = 1000


def at_least_once(accepted: ArrayLike, tried: ArrayLike, tries: ArrayLike) -> FloatArray:
    """Return the chance that among n windows drawn without repetition one at least is accepted.

    Parameters
    ----------
    accepted, tried : array (pairs,)
        How many of how many windows of a walker are accepted.
    tries : array (n,)
        Not more than a walker has windows; beyond that all of them are meant.

    Returns
    -------
    array (pairs, n)

    Examples
    --------
    >>> at_least_once([1, 0, 4], [4, 4, 4], [1, 2, 4]).round(3).tolist()
    [[0.25, 0.5, 1.0], [0.0, 0.0, 0.0], [1.0, 1.0, 1.0]]
    """
    k, m = (np.asarray(values, dtype=np.float64)[:, None] for values in (accepted, tried))
    n = np.minimum(np.asarray(tries, dtype=np.float64)[None], m)
    possible = n <= m - k
    rest = np.where(possible, m - k, n)  # keeps the logarithms finite where n windows must hold an accepted one
    none = np.exp(gammaln(rest + 1) - gammaln(rest - n + 1) - gammaln(m + 1) + gammaln(m - n + 1))
    return np.asarray(1.0 - np.where(possible, none, 0.0))


@dataclass(frozen=True, eq=False)
class Tries:
    """What became of the tries of strangers.

    Parameters
    ----------
    target : array of str (pairs,)
        What each pair's stranger attacked: an enrolled person in one deal (``seed0/SA01``), or the gallery of a deal.
    owner : array of str (pairs,)
        The human being behind the target; empty where it is a gallery.
    walker : array of str (pairs,)
        The stranger.
    accepted, tried : int array (pairs,)
        Windows.
    """

    target: NDArray[np.str_]
    owner: NDArray[np.str_]
    walker: NDArray[np.str_]
    accepted: NDArray[np.int64]
    tried: NDArray[np.int64]

    @staticmethod
    def join(parts: Sequence[Tries]) -> Tries:
        """Return the tries of several deals."""
        names = ("target", "owner", "walker", "accepted", "tried")
        return Tries(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    @property
    def rate(self) -> Interval:
        """The share of tries accepted: FMR against a person, FPIR against a gallery."""
        values = self._replicated(np.array([1]))[ONE][:, 0]
        return percentile_interval(float(values[0]), values[1:])

    def touched(self) -> Interval:
        """Return the share of pairs of which any window at all is accepted."""
        ever = (self.accepted > 0).astype(np.float64)
        weights = self._weights()
        values = weights @ ever / np.maximum(weights.sum(axis=1), 1e-12)
        return percentile_interval(float(values[0]), values[1:])

    def curves(self, tries: ArrayLike) -> dict[str, Band]:
        """Return the chance of being accepted at least once in n tries, each of three ways, with intervals."""
        n = np.asarray(tries, dtype=np.intp)
        bands = {}
        for name, values in self._replicated(n).items():
            low, high = np.nanquantile(values[1:], [0.025, 0.975], axis=0)
            bands[name] = Band(n.astype(np.float64), values[0], low, high, 0.95)
        return bands

    def _replicated(self, n: NDArray[np.intp]) -> dict[str, FloatArray]:
        """Return each curve (1 + replicates, n), with everybody once first."""
        weights = self._weights()
        total = np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)
        share = self.accepted / self.tried
        overall = (weights @ share)[:, None] / total
        return {
            ONE: weights @ at_least_once(self.accepted, self.tried, n) / total,
            NEW: self._anew(weights, share, n),
            INDEPENDENT: 1.0 - (1.0 - overall) ** n,
        }

    def _anew(self, weights: FloatArray, share: FloatArray, n: NDArray[np.intp]) -> FloatArray:
        """Return the chance where every try is by another stranger: mean over targets of 1 − (1 − own rate)^n."""
        _, place = np.unique(self.target, return_inverse=True)
        order = np.argsort(place, kind="stable")
        starts = np.flatnonzero(np.diff(place[order], prepend=-1))
        mass = np.add.reduceat(weights[:, order], starts, axis=1)
        rate = np.add.reduceat((weights * share)[:, order], starts, axis=1) / np.maximum(mass, 1e-12)
        # A target weighs as much as its pairs do.
        values = [(mass * (1.0 - (1.0 - rate) ** k)).sum(axis=1) / np.maximum(mass.sum(axis=1), 1e-12) for k in n]
        return np.stack(values, axis=1)

    def _weights(self) -> FloatArray:
        """Return how often each pair counts: once, then in each replicate as its people were drawn."""
        people = np.unique(np.concatenate([self.owner[self.owner != ""], self.walker]))
        drawn = np.concatenate([np.ones((1, len(people))), multiplicities(len(people), REPLICATES, 0)])
        weights = drawn[:, np.searchsorted(people, self.walker)]
        owned = self.owner != ""
        if owned.all():
            weights = weights * drawn[:, np.searchsorted(people, self.owner)]
        return np.asarray(weights)
