"""Decisions: who a probe is, or that it is nobody we know, and what was promised of saying so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lineament.decisions.calibration import Calibration
from lineament.decisions.calibration_threshold import Balance, Outcome, Threshold
from lineament.decisions.match_rules import MatchRule, build_match_rule
from lineament.errors import EncoderError
from lineament.gallery import Gallery

CANDIDATES = 5


@dataclass(frozen=True)
class Decision:
    """What was decided about one probe.

    Parameters
    ----------
    subject : str or None
        Who it is; None where it is nobody we know, or a person is to look first.
    outcome : {"identified", "review", "unknown"}
    score : float
        The comparison score of the first candidate; identified when at least `threshold.value`.
    threshold : Threshold
        With its target FPIR, the gallery's size and the calibration's id.
    candidates : tuple of (str, float)
        The likeliest subjects, as the match rule ranks them, with their comparison scores.
    support : tuple of float
        The match rule's score of each candidate (for ``knn_vote`` the share of the votes).
    llr : float or None
        Natural logarithm of the likelihood ratio of `score`: how many times likelier it is where the probe is the first
        candidate than where it is somebody else. None where the calibration cannot tell.
    doubts : tuple of str
        Sentences on how the question lies outside the calibration's context.
    """

    subject: str | None
    outcome: Outcome
    score: float
    threshold: Threshold
    candidates: tuple[tuple[str, float], ...]
    support: tuple[float, ...] = ()
    llr: float | None = None
    doubts: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the decision as JSON."""
        return {
            "subject": self.subject,
            "outcome": self.outcome,
            "score": self.score,
            **_promise(self.threshold),
            "llr": self.llr,
            "candidates": [
                {"subject": subject, "score": score, "support": support}
                for (subject, score), support in zip(self.candidates, self.support, strict=True)
            ],
            "doubts": list(self.doubts),
        }


@dataclass(frozen=True)
class Verification:
    """Whether a probe is the subject it claims to be.

    Parameters
    ----------
    subject : str
        Who it claims to be.
    accepted : bool
        Whether `score` is at least `threshold.value`.
    score : float
        The comparison score of the probe with that subject.
    threshold : Threshold
        With its target FMR and the calibration's id.
    llr : float or None
        As in `Decision`.
    doubts : tuple of str
        Sentences on how the question lies outside the calibration's context.
    """

    subject: str
    accepted: bool
    score: float
    threshold: Threshold
    llr: float | None = None
    doubts: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the verification as JSON."""
        return {
            "subject": self.subject,
            "accepted": self.accepted,
            "score": self.score,
            **_promise(self.threshold),
            "llr": self.llr,
            "doubts": list(self.doubts),
        }


def identify(
    embeddings: ArrayLike,
    gallery: Gallery,
    rule: MatchRule,
    calibration: Calibration,
    *,
    fpir: float | None = None,
    criterion: Balance | None = None,
    review_fpir: float | None = None,
    confidence: float | None = None,
    use_time_s: float | None = None,
    candidates: int = CANDIDATES,
) -> Decision:
    """Say who a probe is, or that it is nobody we know.

    The match rule says *who* (its greatest score); the comparison score of that subject, against the threshold that the
    calibration gives for a gallery of this size, says *whether*.

    Parameters
    ----------
    embeddings : float array (windows, dim)
        All windows of one probe; they are decided together.
    gallery : Gallery
    rule : MatchRule
    calibration : Calibration
    fpir : float, optional
        The share of strangers that may be named; else as the calibration was made for.
    criterion : {"eer", "max_oscr", "fixed"}, optional
        Instead of a rate (see `Calibration.threshold`).
    review_fpir : float, optional
        A greater share: whoever scores below the threshold, but above that of this rate, is for a person to look at.
    confidence : float, optional
        That the rate is no higher, over the drawing of the calibration's people (e.g. 0.95); else it is so on average.
    use_time_s : float, optional
        Length of the probe in seconds, to be held against the calibration's.
    candidates : int
        How many to return at most.

    Raises
    ------
    GalleryError
        When the gallery is empty, or the embeddings do not fit it or are none.
    EncoderError
        When the calibration cannot promise such a rate.

    Examples
    --------
    >>> from lineament.decisions import build_match_rule
    >>> from lineament.gallery import MemoryGallery
    >>> gallery = MemoryGallery(dim=2)
    >>> gallery.enrol("anna", [[1.0, 0.0]])
    >>> gallery.enrol("ben", [[0.0, 1.0]])
    >>> decide = lambda probe: identify(probe, gallery, build_match_rule("knn_vote"), Calibration(fixed=0.9))
    >>> decide([[0.1, 1.0]]).subject, decide([[0.7, 0.7]]).outcome
    ('ben', 'unknown')
    """
    support = rule.scores(embeddings, gallery)
    scores = support if rule.ranks_by_comparison else rule.comparison(embeddings, gallery)
    first = _first(support, scores, max(1, candidates))
    if criterion is None:
        _refuse_lower(review_fpir, calibration.target_fpir if fpir is None else fpir)
    threshold = calibration.threshold(
        fpir=fpir, criterion=criterion, review_fpir=review_fpir, confidence=confidence, gallery_size=len(gallery)
    )
    names, best = gallery.subjects(), float(scores[first[0]])
    outcome = threshold.outcome(best)
    return Decision(
        subject=names[first[0]] if outcome == "identified" else None,
        outcome=outcome,
        score=best,
        threshold=threshold,
        candidates=tuple((names[i], float(scores[i])) for i in first),
        support=tuple(float(support[i]) for i in first),
        llr=_llr(calibration, best),
        doubts=calibration.doubts(len(gallery), use_time_s, rule.spec, fpir),
    )


def verify(
    embeddings: ArrayLike,
    gallery: Gallery,
    subject: str,
    calibration: Calibration,
    *,
    rule: MatchRule | None = None,
    fmr: float | None = None,
    criterion: Balance | None = None,
    confidence: float | None = None,
    use_time_s: float | None = None,
) -> Verification:
    """Say whether a probe is the subject it claims to be.

    Nobody else who is enrolled counts: it is a comparison of one with one.

    Parameters
    ----------
    embeddings : float array (windows, dim)
    gallery : Gallery
    subject : str
    calibration : Calibration
    rule : MatchRule, optional
        Else the calibration's.
    fmr : float, optional
        The share of strangers, claiming to be somebody, that may be accepted; else the calibration's own rate.
    criterion, confidence : optional
        As in `identify`.
    use_time_s : float, optional
        Length of the probe in seconds, to be held against the calibration's.

    Raises
    ------
    GalleryError
        When nobody of that name is enrolled (the message names the nearest), or the embeddings do not fit or are none.
    EncoderError
        When the calibration cannot promise such a rate.
    """
    matcher = build_match_rule(calibration.match_rule) if rule is None else rule
    score = float(matcher.comparison(embeddings, gallery.alone(subject))[0])
    threshold = calibration.threshold(fmr=fmr, criterion=criterion, confidence=confidence, gallery_size=1)
    doubts = calibration.doubts(1, use_time_s, matcher.spec)
    return Verification(subject, score >= threshold.value, score, threshold, _llr(calibration, score), doubts)


def _first(support: NDArray[np.float64], scores: NDArray[np.float64], count: int) -> NDArray[np.intp]:
    """Return the subjects with the greatest support, of equals those with the greater scores, without sorting all."""
    if count < len(support):
        # Whoever has less support than `count` others is none of the first, nor among equals whoever scores less.
        least = np.partition(support, -count)[-count]
        surely, equals = np.flatnonzero(support > least), np.flatnonzero(support == least)
        wanted = count - len(surely)
        if wanted < len(equals):
            equals = equals[np.argpartition(-scores[equals], wanted - 1)[:wanted]]
        places = np.concatenate([surely, equals])
    else:
        places = np.arange(len(support))
    order: NDArray[np.intp] = places[np.lexsort((-scores[places], -support[places]))]
    return order


def _promise(threshold: Threshold) -> dict[str, Any]:
    """Return what a decision says of its threshold: the score itself, and every promise by its name."""
    content = threshold.to_json()
    return {"threshold": content.pop("value"), **content}


def _refuse_lower(review_fpir: float | None, fpir: float) -> None:
    """Raise where fewer strangers would be reviewed than may be named."""
    if review_fpir is not None and review_fpir <= fpir:
        raise EncoderError(f"review: an FPIR above {fpir:g}", f"{review_fpir:g}", "ask for a higher one")


def _llr(calibration: Calibration, score: float) -> float | None:
    """Return the natural logarithm of a score's likelihood ratio, where the calibration can tell."""
    return float(calibration.llr([score])[0]) if calibration.has_llr else None
