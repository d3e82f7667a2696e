"""The figures that training watches and the threshold that it hands over, on people who are not trained on.

For an encoder the figure is paper 002's Acc(enrolment: all, use-time: 5 minutes), or as long as a recording is: each
person's first session is enrolled, the others are identified; where there is one session, its first half is enrolled.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lineament.decisions import Calibration
from lineament.encodings import Encoding
from lineament.evaluation.judging import Judgement, judge_spans, merge_judgements
from lineament.evaluation.open_set import halves
from lineament.evaluation.protocol_run import enrol_tracks
from lineament.evaluation.spans import sliding_spans, tiled_spans
from lineament.evaluation.tracks import Track
from lineament.gallery import Metric
from lineament.recipes.components import Component

USE_S = 300.0
TARGET_FPIR = 0.05
CALIBRATED_USE_S = 60.0
ENROLMENT = "the first session, or the first half of the only one"


def use_time(encoding: Encoding, seconds: float) -> float:
    """Return how many seconds of a recording are decided together; of captures without a clock, each is for itself."""
    return seconds if encoding.max_gap_s is not None else 1 / encoding.fps


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
            middle = max(track.stop / 2, track.starts[0] + track.window_s)
            enrolled.append(part(track, track.inside(0.0, middle)))
            after = np.flatnonzero(track.starts >= middle - 1e-6)
            if len(after):
                used.append(part(track, after))
    return enrolled, used


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


def calibrate(
    tracks: Sequence[Track],
    rule: Component,
    *,
    metric: Metric = "cosine",
    use_s: float = CALIBRATED_USE_S,
    target_fpir: float = TARGET_FPIR,
    seed: int = 0,
) -> Calibration | None:
    """Fix the threshold at which strangers among the validation people are accepted at a wanted rate.

    Half of the people are enrolled and the others are strangers, in many ways in turn; a probe is ``use_s`` seconds
    long, or a recording where that is shorter.

    Returns
    -------
    Calibration or None
        None where there are not two people with recordings to enrol and to identify.
    """
    scores = decision_scores(tracks, rule, metric=metric, use_s=use_s, seed=seed)
    if scores is None:
        return None
    return Calibration.fit(
        scores.known,
        scores.strangers,
        target_fpir,
        match_rule=rule.model_dump(mode="json"),
        gallery_size=scores.gallery_size,
        enrolment=ENROLMENT,
        use_time_s=use_s,
    )


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
    """Enrol half of the people and take the others for strangers, in many ways in turn (see `calibrate`).

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
