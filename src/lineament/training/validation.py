"""The figures that training watches, on people who are not trained on.

For an encoder the figure is paper 002's Acc(enrolment: all, use-time: 5 minutes), or as long as a recording is: each
person's first session is enrolled, the others are identified; where there is one session, its first half is enrolled.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lineament.evaluation.calibrating import CALIBRATED_USE_S, enrol_and_use
from lineament.evaluation.judging import Judgement, judge_spans, merge_judgements
from lineament.evaluation.open_set import halves
from lineament.evaluation.protocol_run import enrol_tracks
from lineament.evaluation.spans import sliding_spans, tiled_spans
from lineament.evaluation.tracks import Track
from lineament.gallery import Metric
from lineament.recipes.components import Component

USE_S = 300.0


def identification_accuracy(
    tracks: Sequence[Track], rule: Component, *, metric: Metric = "cosine", use_s: float = USE_S
) -> float | None:
    """Return the share of use-time spans whose person is named rightly, averaged over people.

    Parameters
    ----------
    tracks : sequence of Track
        Of at least two people.
    rule : Component
        The spec of a match rule.
    metric : {"cosine", "euclidean"}
    use_s : float
        Seconds of use-time decided together, where a recording is that long.

    Returns
    -------
    float or None
        None where there are not two people, or nobody to identify.
    """
    enrolled, used = enrol_and_use(tracks)
    if len({track.subject for track in enrolled}) < 2 or not used:
        return None
    gallery = enrol_tracks(enrolled, metric=metric)
    right: dict[str, list[bool]] = defaultdict(list)
    for track in used:
        whole = track.stop - track.starts[0] < use_s
        spans = sliding_spans(track.starts, window_s=track.window_s, use_s=None if whole else use_s)
        right[track.subject] += list(judge_spans(track, spans, gallery, rule).correct(gallery.subjects()))
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


@dataclass(frozen=True, eq=False)
class DecisionScores:
    """What a threshold is fixed on.

    Parameters
    ----------
    known, strangers : array (probes,)
        Comparison scores of the candidates that were chosen, for enrolled people and for strangers.
    gallery_size : int
        Subjects who were enrolled at a time.
    """

    known: NDArray[np.float64]
    strangers: NDArray[np.float64]
    gallery_size: int


def decision_scores(
    tracks: Sequence[Track],
    rule: Component,
    *,
    metric: Metric = "cosine",
    use_s: float = CALIBRATED_USE_S,
    seed: int = 0,
) -> DecisionScores | None:
    """Enrol half of the people and take the others for strangers, in many ways in turn.

    Returns
    -------
    DecisionScores or None
        None where there are not two people with recordings to enrol and to identify.
    """
    enrolled, used = enrol_and_use(tracks)
    people = sorted({track.subject for track in enrolled} & {track.subject for track in used})
    if len(people) < 2:
        return None
    known, strangers = [], []
    ways = halves(len(people), seed=seed)
    for way in ways:
        inside = {people[place] for place in way}
        gallery = enrol_tracks([track for track in enrolled if track.subject in inside], metric=metric)
        judged: list[Judgement] = []
        for track in used:
            whole = track.stop - track.starts[0] < use_s
            spans = tiled_spans(track.starts, window_s=track.window_s, use_s=None if whole else use_s)
            judged.append(judge_spans(track, spans, gallery, rule))
        said = merge_judgements(judged)
        mated = np.array([person in inside for person in said.people])
        known.append(said.decision_scores[mated])
        strangers.append(said.decision_scores[~mated])
    return DecisionScores(np.concatenate(known), np.concatenate(strangers), len(ways[0]))
