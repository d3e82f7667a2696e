"""The figure that training watches: identification of people who are not trained on, or, for a classifier, who are.

For an encoder it is paper 002's Acc(enrolment: all, use-time: 5 minutes), or as long as a recording is: each person's
first session is enrolled, the others are identified; where there is one session, its first half is enrolled.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lineament.evaluation.spans import sliding_spans, span_means
from lineament.evaluation.tracks import Track
from lineament.evaluation.votes import neighbour_votes
from lineament.recipes.components import Component, KnnVote

Float32Array = NDArray[np.float32]
FloatArray = NDArray[np.float64]
USE_S = 300.0


def unit(vectors: NDArray[np.floating]) -> FloatArray:
    """Return vectors (n, dim) of unit norm; a zero vector stays zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float64)


def part(track: Track, places: NDArray[np.intp]) -> Track:
    """Return some windows of a track."""
    return Track(track.subject, track.session, track.starts[places], track.window_s, track.vectors[places])


def enrol_and_use(tracks: Sequence[Track]) -> tuple[list[Track], list[Track]]:
    """Split each person's windows into those that are enrolled and those that are identified, none sharing a frame.

    People of whom nothing is left to identify are enrolled alone.
    """
    by_subject: dict[str, list[Track]] = defaultdict(list)
    for track in tracks:
        by_subject[track.subject].append(track)
    enrolled, used = [], []
    for own in by_subject.values():
        first = min(track.session for track in own)
        later = [track for track in own if track.session != first]
        if later:
            enrolled += [track for track in own if track.session == first]
            used += later
            continue
        for track in own:
            middle = track.stop / 2
            before, after = track.inside(0.0, max(middle, track.window_s)), np.flatnonzero(track.starts >= middle)
            enrolled.append(part(track, before))
            after = after[track.starts[after] >= track.starts[before[-1]] + track.window_s - 1e-6]
            if len(after):
                used.append(part(track, after))
    return enrolled, used


def identification_accuracy(
    tracks: Sequence[Track], rule: Component, *, cosine: bool = True, use_s: float = USE_S
) -> float | None:
    """Return the share of use-time spans whose person is named rightly, averaged over people.

    Parameters
    ----------
    tracks : sequence of Track
        Of at least two people.
    rule : Component
        The spec of a match rule.
    cosine : bool
        Whether embeddings are compared by cosine; else by Euclidean distance.
    use_s : float
        Seconds of use-time decided together, where a recording is that long.

    Returns
    -------
    float or None
        None where there are not two people, or nobody to identify.
    """
    enrolled, used = enrol_and_use(tracks)
    people = sorted({track.subject for track in enrolled})
    if len(people) < 2 or not used:
        return None
    judge = _Judge(enrolled, people, rule, cosine)
    right: dict[str, list[float]] = defaultdict(list)
    for track in used:
        whole = track.stop - track.starts[0] < use_s
        spans = sliding_spans(
            track.starts, window_s=track.window_s, use_s=None if whole else use_s, step_s=track.stride_s
        )
        named = judge(track.vectors, spans).argmax(axis=1)
        right[track.subject] += list(named == people.index(track.subject))
    return float(np.mean([np.mean(answers) for answers in right.values()]))


def classification_accuracy(tracks: Sequence[Track], subjects: Sequence[str]) -> float | None:
    """Return the share of windows that a classifier gives to their person, averaged over people; None without any.

    Parameters
    ----------
    tracks : sequence of Track
        Whose vectors are logits, one for each of ``subjects``.
    """
    right: dict[str, list[bool]] = defaultdict(list)
    for track in tracks:
        if track.subject in subjects:
            right[track.subject] += list(track.vectors.argmax(axis=1) == list(subjects).index(track.subject))
    return float(np.mean([np.mean(answers) for answers in right.values()])) if right else None


class _Judge:
    """Scores of spans against the people enrolled."""

    def __init__(self, enrolled: Sequence[Track], people: list[str], rule: Component, cosine: bool) -> None:
        self.people, self.rule, self.cosine = people, rule, cosine
        templates = np.concatenate([track.vectors for track in enrolled]).astype(np.float64)
        self.templates = unit(templates) if cosine else templates
        self.labels = np.concatenate([np.full(len(track), people.index(track.subject)) for track in enrolled])
        self.prototypes = np.stack([self.templates[self.labels == place].mean(0) for place in range(len(people))])

    def __call__(self, vectors: Float32Array, spans: NDArray[np.intp]) -> FloatArray:
        """Return scores (spans, people), higher for more alike."""
        if isinstance(self.rule, KnnVote):
            votes = neighbour_votes(
                self._search, vectors, subjects=len(self.people), k=self.rule.k, soft=self.rule.soft
            )
            return span_means(votes, spans)
        means = span_means(unit(vectors) if self.cosine else vectors, spans)
        return self._scores(unit(means) if self.cosine else means, self.prototypes)

    def _scores(self, probes: FloatArray, references: FloatArray) -> FloatArray:
        """Return cosines, or negative distances, (probes, references)."""
        if self.cosine:
            return np.asarray(probes @ unit(references).T)
        squares = (probes**2).sum(1)[:, None] + (references**2).sum(1) - 2 * probes @ references.T
        return np.asarray(-np.sqrt(np.maximum(squares, 0)))

    def _search(self, vectors: Float32Array, k: int) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
        """Return the k best templates of each window: scores and people, nearest first."""
        probes = unit(vectors) if self.cosine else vectors.astype(np.float64)
        scores = self._scores(probes, self.templates)
        k = min(k, scores.shape[1])
        best = np.argpartition(-scores, k - 1, axis=1)[:, :k]
        best = np.take_along_axis(best, np.argsort(-np.take_along_axis(scores, best, 1), axis=1, kind="stable"), 1)
        return np.take_along_axis(scores, best, 1).astype(np.float32), self.labels[best]
