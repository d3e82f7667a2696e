"""All spans of a recording judged against a gallery at once: who comes first, and how like everybody the span is.

What `lineament.decisions.identify` says of one probe is said here of hundreds, with the same outcome.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lineament.decisions import build_match_rule
from lineament.evaluation.spans import Bounds, span_means, span_winners
from lineament.evaluation.tracks import Track
from lineament.evaluation.votes import nearest_votes
from lineament.gallery import Gallery
from lineament.recipes.components import Component, KnnVote

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
        Comparison scores: cosine with, or negative distance to, each subject's mean template.
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


def judge_spans(track: Track, bounds: Bounds, gallery: Gallery, rule: Component) -> Judgement:
    """Judge the spans of one recording.

    Parameters
    ----------
    track : Track
        Embeddings.
    bounds : int array (spans, 2)
        From `lineament.evaluation.spans`.
    gallery : Gallery
    rule : Component
        The spec of the match rule.
    """
    who = (track.subject,) * len(bounds), (track.session,) * len(bounds)
    comparison = _comparison(track, bounds, gallery)
    if isinstance(rule, KnnVote):
        votes, nearness = nearest_votes(
            gallery.search, track.vectors, subjects=len(gallery), k=min(rule.k, gallery.size), soft=rule.soft
        )
        winners = span_winners(votes, bounds, nearness)[0]
    else:
        built = build_match_rule(rule)
        scores = [built.scores(track.vectors[first:last], gallery) for first, last in bounds]
        winners = np.array([row.argmax() for row in scores], dtype=np.intp)
    return Judgement(*who, winners, comparison)


def merge_judgements(judgements: Sequence[Judgement]) -> Judgement:
    """Return one judgement of all spans of several recordings, against one gallery."""
    return Judgement(
        sum((j.people for j in judgements), ()),
        sum((j.sessions for j in judgements), ()),
        np.concatenate([j.winners for j in judgements]),
        np.concatenate([j.comparison for j in judgements]),
    )


def _comparison(track: Track, bounds: Bounds, gallery: Gallery) -> FloatArray:
    """Return `comparison_scores` of every span, (spans, subjects)."""
    means = span_means(gallery.checked_probes(track.vectors), bounds)
    prototypes = gallery.prototypes().astype(np.float64)
    if gallery.metric == "euclidean":
        return np.asarray(-np.linalg.norm(means[:, None] - prototypes[None], axis=2))
    lengths = np.maximum(np.linalg.norm(means, axis=1, keepdims=True), np.finfo(np.float64).tiny)
    return np.asarray(means / lengths @ prototypes.T)
