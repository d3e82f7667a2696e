"""All spans of a recording judged against a gallery at once: who comes first, and how like everybody the span is.

What `lineament.decisions.identify` says of one probe is said here of hundreds, with the same outcome.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lineament.decisions import (
    KnnVoteRule,
    MatchRule,
    NormalisedRule,
    PrototypeKnnRule,
    PrototypeRule,
    TopMeanRule,
    WarpingRule,
    build_match_rule,
)
from lineament.decisions.comparison import compare_means
from lineament.evaluation.spans import Bounds, span_means, span_winners
from lineament.evaluation.tracks import Track
from lineament.evaluation.votes import nearest_votes
from lineament.gallery import Gallery
from lineament.recipes.components import Component

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Judgement:
    """What was said of the spans of one or more recordings.

    Parameters
    ----------
    people, sessions : tuple of str (spans,)
        Whose span it is, and of which session.
    winners : int array (spans,)
        The subject (by number in the gallery) that the match rule puts first.
    comparison : array (spans, subjects)
        Comparison scores: what the match rule holds against thresholds (`MatchRule.comparison`).
    """

    people: tuple[str, ...]
    sessions: tuple[str, ...]
    winners: NDArray[np.intp]
    comparison: FloatArray

    def __len__(self) -> int:
        """Return the number of spans."""
        return len(self.people)

    @property
    def decision_scores(self) -> FloatArray:
        """The comparison score of each span's winner: what is held against the threshold (`Decision.score`)."""
        return np.asarray(self.comparison[np.arange(len(self)), self.winners])

    def correct(self, subjects: Sequence[str]) -> NDArray[np.bool_]:
        """Return whether each winner is the right person, given the gallery's subjects."""
        return np.array([subjects[w] == who for w, who in zip(self.winners, self.people, strict=True)], dtype=bool)


def judge_spans(track: Track, bounds: Bounds, gallery: Gallery, rule: Component | MatchRule) -> Judgement:
    """Judge the spans of one recording.

    Parameters
    ----------
    track : Track
        Embeddings.
    bounds : int array (spans, 2)
        From `lineament.evaluation.spans`.
    gallery : Gallery
    rule : Component or MatchRule
        The match rule, or its spec; one that normalises scores must be built, with its cohort.
    """
    built = rule if isinstance(rule, MatchRule) else build_match_rule(rule)
    winners, comparison = _judged(built, track.vectors, bounds, gallery)
    return Judgement((track.subject,) * len(bounds), (track.session,) * len(bounds), winners, comparison)


def merge_judgements(judgements: Sequence[Judgement]) -> Judgement:
    """Return one judgement of all spans of several recordings, against one gallery."""
    return Judgement(
        sum((j.people for j in judgements), ()),
        sum((j.sessions for j in judgements), ()),
        np.concatenate([j.winners for j in judgements]),
        np.concatenate([j.comparison for j in judgements]),
    )


def _judged(
    rule: MatchRule, vectors: NDArray[np.float32], bounds: Bounds, gallery: Gallery
) -> tuple[NDArray[np.intp], FloatArray]:
    """Return the winner and the comparison scores of every span: all windows looked at once, not once for each span."""
    if isinstance(rule, TopMeanRule):
        means = span_means(rule.window_scores(vectors, gallery), bounds)
        return means.argmax(axis=1), means
    if isinstance(rule, WarpingRule):
        scores = np.array([rule.scores(vectors[first:last], gallery) for first, last in bounds])
        return scores.reshape(-1, len(gallery)).argmax(axis=1), scores.reshape(-1, len(gallery))
    if isinstance(rule, NormalisedRule):
        spans = [vectors[first:last] for first, last in bounds]
        winners = np.array([rule.scores(span, gallery).argmax() for span in spans], dtype=np.intp)
        return winners, np.array([rule.comparison(span, gallery) for span in spans]).reshape(-1, len(gallery))
    likeness = compare_means(span_means(gallery.checked_probes(vectors), bounds), gallery)
    if isinstance(rule, KnnVoteRule):
        k, soft = min(rule.spec.k, gallery.size), rule.spec.soft
        votes, nearness = nearest_votes(gallery.search, vectors, subjects=len(gallery), k=k, soft=soft)
        return span_winners(votes, bounds, nearness)[0], likeness
    if isinstance(rule, PrototypeKnnRule):
        return likeness.argmax(axis=1), rule.averaged(likeness)
    if isinstance(rule, PrototypeRule):
        return likeness.argmax(axis=1), likeness
    raise TypeError(f"no way to judge spans by {type(rule).__name__}")
