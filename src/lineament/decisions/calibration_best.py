"""Rates at which strangers are accepted in one gallery: counted, with no model of what happens in others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from lineament.errors import EncoderError

KEPT = 400
"""Scores that are kept: the highest, and of the others fewer and fewer."""


@dataclass(frozen=True)
class BestScores:
    """The best scores of strangers in one gallery, highest first.

    Parameters
    ----------
    scores : tuple of float
        Some of them, descending.
    ranks : tuple of int
        How many are at least as high.
    probes : int
        How many there were.
    gallery : int
        Subjects who were enrolled; 0 where it is not known.
    """

    scores: tuple[float, ...]
    ranks: tuple[int, ...]
    probes: int
    gallery: int = 0

    @classmethod
    def of(cls, scores: ArrayLike, gallery: int = 0) -> Self:
        """Return them from every stranger's best score, (probes,).

        Examples
        --------
        >>> BestScores.of([0.1, 0.3, 0.2])
        BestScores(scores=(0.3, 0.2, 0.1), ranks=(1, 2, 3), probes=3, gallery=0)
        """
        ordered = np.sort(np.asarray(scores, dtype=np.float64))[::-1]
        ranks: NDArray[np.intp] = np.arange(1, len(ordered) + 1)
        if len(ordered) > KEPT:
            ranks = np.unique(np.concatenate([ranks[: KEPT // 2], np.geomspace(KEPT // 2, len(ordered), KEPT // 2)]))
            ranks = ranks.astype(np.intp)
        return cls(tuple(ordered[ranks - 1].tolist()), tuple(ranks.tolist()), len(ordered), gallery)

    def accepted(self, score: float) -> int:
        """Return how many strangers reach a score, at most."""
        reached = int(np.searchsorted(-np.asarray(self.scores), -score, side="right"))
        return (*self.ranks, self.probes + 1)[reached] - 1

    def threshold(self, rate: float, confidence: float | None = None) -> float:
        """Return the lowest score that at most this share of the strangers reach.

        Parameters
        ----------
        rate : float
        confidence : float, optional
            That the rate of all strangers is no higher (Clopper and Pearson 1934), probes taken as independent.

        Examples
        --------
        >>> strangers = BestScores.of([0.1, 0.3, 0.5, 0.4])
        >>> 0.4 < strangers.threshold(0.25) < 0.5, strangers.threshold(0.1) > 0.5
        (True, True)
        """
        allowed = int(np.floor(rate * self.probes + 1e-9))
        if confidence is not None:
            while allowed >= 0 and self.bound(allowed, confidence) > rate:
                allowed -= 1
            if allowed < 0:
                needed = int(np.ceil(np.log(1 - confidence) / np.log(1 - rate)))
                raise EncoderError(
                    f"calibration: {needed} strangers, to promise {rate:.2%} with confidence {confidence:g}",
                    str(self.probes),
                    "calibrate with more people, or ask for a higher rate",
                )
        # Of scores that were not kept, the next higher one stands for all.
        place = int(np.searchsorted(self.ranks, allowed + 1, side="right")) - 1
        return float(np.nextafter(self.scores[max(place, 0)], np.inf))

    def bound(self, accepted: int, confidence: float) -> float:
        """Return the rate that is not exceeded with this confidence, where so many strangers were accepted."""
        if accepted >= self.probes:
            return 1.0
        return float(stats.beta.ppf(confidence, accepted + 1, self.probes - accepted))

    def rate(self, score: float, gallery_size: int) -> float:
        """Return the share of the strangers that reach a score, whatever the size asked for."""
        return self.accepted(score) / self.probes

    def promise(
        self, rate: float, gallery_size: int, confidence: float | None = None, *, strict: bool = True
    ) -> tuple[float, tuple[float, float]]:
        """Return the score that keeps a rate in this gallery, or a smaller one, and where the rate lies (90 %).

        Raises
        ------
        EncoderError
            When it is asked for strictly and there are too few strangers, or for a single comparison.
        """
        if strict and gallery_size == 1 != self.gallery:
            raise EncoderError(
                "calibration: scores of strangers with every enrolled person, for single comparisons",
                "the best scores alone",
                "calibrate with at least 20 strangers and 20 enrolled people",
            )
        if strict and rate * (self.probes + 1) < 1:
            raise EncoderError(
                f"calibration: {int(np.ceil(1 / rate)) - 1} strangers, for an FPIR of {rate:.2%}",
                str(self.probes),
                "calibrate with more people, or ask for a higher rate",
            )
        score = self.threshold(rate, confidence)
        return score, self.interval(score)

    def doubts(self, rate: float, gallery_size: int) -> tuple[str, ...]:
        """Return sentences on why a rate may not be kept."""
        said = larger_gallery(rate, gallery_size, self.gallery)
        if rate * (self.probes + 1) >= 1:
            return said
        return (
            *said,
            f"the threshold rests on {self.probes} probes of strangers: "
            f"up to {self.bound(0, 0.95):.0%} of strangers may be accepted rather than {rate:.2%}",
        )

    def interval(self, score: float) -> tuple[float, float]:
        """Return where the rate at a score lies with 90 % confidence."""
        accepted = self.accepted(score)
        low = float(stats.beta.ppf(0.05, accepted, self.probes - accepted + 1)) if accepted else 0.0
        return low, self.bound(accepted, 0.95)

    def to_json(self) -> dict[str, Any]:
        """Return them as JSON."""
        return {
            "kind": "best",
            "scores": list(self.scores),
            "ranks": list(self.ranks),
            "probes": self.probes,
            "gallery": self.gallery,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Return them from JSON.

        Raises
        ------
        EncoderError
            When a key is missing or a number is not what it should be.
        """
        try:
            scores, ranks = np.array(content["scores"], np.float64), np.array(content["ranks"], np.int64)
            probes, gallery = int(content["probes"]), int(content["gallery"])
        except (KeyError, TypeError, ValueError) as error:
            raise EncoderError("calibration: strangers' best scores", f"'{error}'", "calibrate again") from error
        ordered = len(scores) == len(ranks) > 0 and bool((np.diff(scores) <= 0).all() and (np.diff(ranks) > 0).all())
        if not ordered or not np.isfinite(scores).all() or ranks[0] != 1 or probes < ranks[-1]:
            raise EncoderError("calibration: strangers' best scores", "damaged ones", "calibrate again")
        return cls(tuple(scores.tolist()), tuple(ranks.tolist()), probes, gallery)


def larger_gallery(rate: float, size: int, calibrated: int) -> tuple[str, ...]:
    """Return a sentence where more people are enrolled than a threshold was fixed with (0: nobody knows)."""
    if not calibrated or size <= calibrated:
        return ()
    grown = 1 - (1 - rate) ** (size / calibrated)
    return (
        f"the threshold was fixed with {calibrated} enrolled and {size} are: "
        f"of strangers, up to {grown:.0%} rather than {rate:.0%} may be accepted",
    )
