"""Decisions: who a probe is, or that it is nobody we know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from lineament.decisions.calibration import Calibration
from lineament.decisions.match_rules import MatchRule, comparison_scores
from lineament.gallery import Gallery

Outcome = Literal["identified", "unknown"]
CANDIDATES = 5


@dataclass(frozen=True)
class Decision:
    """What was decided about one probe.

    Parameters
    ----------
    subject : str or None
        Who it is; None where it is nobody we know.
    outcome : {"identified", "unknown"}
    score : float
        The comparison score of the first candidate; accepted when at least `threshold`.
    threshold : float
    candidates : tuple of (str, float)
        The likeliest subjects, as the match rule ranks them, with their comparison scores.
    support : tuple of float
        The match rule's score of each candidate (for ``knn_vote`` the share of the votes).
    doubts : tuple of str
        Sentences on how the question lies outside the calibration's context.
    """

    subject: str | None
    outcome: Outcome
    score: float
    threshold: float
    candidates: tuple[tuple[str, float], ...]
    support: tuple[float, ...] = ()
    doubts: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the decision as JSON."""
        return {
            "subject": self.subject,
            "outcome": self.outcome,
            "score": self.score,
            "threshold": self.threshold,
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
        Whether `score` is at least `threshold`.
    score : float
        The comparison score of the probe with that subject.
    threshold : float
    doubts : tuple of str
        Sentences on how the question lies outside the calibration's context.
    """

    subject: str
    accepted: bool
    score: float
    threshold: float
    doubts: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the verification as JSON."""
        return {
            "subject": self.subject,
            "accepted": self.accepted,
            "score": self.score,
            "threshold": self.threshold,
            "doubts": list(self.doubts),
        }


def identify(
    embeddings: ArrayLike,
    gallery: Gallery,
    rule: MatchRule,
    calibration: Calibration,
    *,
    use_time_s: float | None = None,
    candidates: int = CANDIDATES,
) -> Decision:
    """Say who a probe is, or that it is nobody we know.

    The match rule says *who* (its greatest score); the comparison score of that subject, against the calibration's
    threshold, says *whether*.

    Parameters
    ----------
    embeddings : float array (windows, dim)
        All windows of one probe; they are decided together.
    gallery : Gallery
    rule : MatchRule
    calibration : Calibration
    use_time_s : float, optional
        Length of the probe in seconds, to be held against the calibration's.
    candidates : int
        How many to return at most.

    Raises
    ------
    GalleryError
        When the gallery is empty, or the embeddings do not fit it or are none.

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
    scores = comparison_scores(embeddings, gallery)
    order = np.lexsort((-scores, -support))[: max(1, candidates)]
    names = gallery.subjects()
    best = float(scores[order[0]])
    threshold = calibration.threshold(gallery_size=len(gallery))
    known = best >= threshold.value
    return Decision(
        subject=names[order[0]] if known else None,
        outcome="identified" if known else "unknown",
        score=best,
        threshold=threshold.value,
        candidates=tuple((names[i], float(scores[i])) for i in order),
        support=tuple(float(support[i]) for i in order),
        doubts=calibration.doubts(len(gallery), use_time_s, rule.spec),
    )


def verify(
    embeddings: ArrayLike,
    gallery: Gallery,
    subject: str,
    calibration: Calibration,
    *,
    use_time_s: float | None = None,
) -> Verification:
    """Say whether a probe is the subject it claims to be.

    The threshold is the one for identification, which is stricter than a comparison of one with one needs.

    Parameters
    ----------
    embeddings : float array (windows, dim)
    gallery : Gallery
    subject : str
    calibration : Calibration
    use_time_s : float, optional
        Length of the probe in seconds, to be held against the calibration's.

    Raises
    ------
    GalleryError
        When nobody of that name is enrolled (the message names the nearest), or the embeddings do not fit or are none.
    """
    number = gallery.index(subject)
    score = float(comparison_scores(embeddings, gallery)[number])
    # One comparison is made whatever the gallery's size: only the use-time can lie outside.
    doubts = calibration.doubts(1, use_time_s)
    threshold = calibration.threshold(gallery_size=1).value
    return Verification(subject, score >= threshold, score, threshold, doubts)
