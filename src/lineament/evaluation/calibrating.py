"""A calibration from recordings or images of people whom the encoder was not trained on.

Each of them is enrolled, and each is a stranger too: to the gallery of all the others. That gives every probe as many
comparisons with people it is not of as there are others, which a threshold for larger galleries rests on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lineament.decisions import Calibration, MatchRule, build_match_rule
from lineament.encodings import Encoding
from lineament.evaluation.judging import judge_spans
from lineament.evaluation.protocol_run import enrol_tracks
from lineament.evaluation.spans import tiled_spans
from lineament.evaluation.tracks import Track
from lineament.gallery import Metric
from lineament.recipes.components import Component

FloatArray = NDArray[np.float64]
TARGET_FPIR = 0.05
CALIBRATED_USE_S = 60.0
ENROLMENT = "the first session, or the first half of the only one"


@dataclass(frozen=True, eq=False)
class ValidationScores:
    """What a calibration rests on.

    Parameters
    ----------
    known : array (probes,)
        Comparison scores of probes with their own subject.
    strangers : array (probes, subjects)
        Comparison scores of probes with subjects who are somebody else. In the place of a probe's own person stands
        another score of the same probe, drawn at random.
    people : tuple of str (probes,)
        Whose the probes are.
    subjects : tuple of str (subjects,)
        Which person each enrolled subject is.
    others : int
        Subjects with whom a probe was compared as a stranger, at least: the size of the gallery that it met.
    """

    known: FloatArray
    strangers: FloatArray
    people: tuple[str, ...]
    subjects: tuple[str, ...]
    others: int


def use_time(encoding: Encoding, window: int, seconds: float) -> float:
    """Return how much of a recording is decided together: so many seconds, or one window of captures or events.

    Parameters
    ----------
    encoding : Encoding
    window : int
        Frames of a window.
    seconds : float
        Where the encoding counts in seconds.
    """
    return seconds if encoding.max_gap_s is not None else window / encoding.fps


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


def validation_scores(
    enrolled: Sequence[Track],
    used: Sequence[Track],
    rule: Component | MatchRule,
    *,
    metric: Metric = "cosine",
    use_s: float = CALIBRATED_USE_S,
    persons: Mapping[str, str] | None = None,
) -> ValidationScores | None:
    """Compare each probe with everybody who is enrolled; it is a stranger to all but its own person.

    Parameters
    ----------
    enrolled, used : sequence of Track
        What is enrolled, and what is identified; none may share a frame.
    rule : Component or MatchRule
        The match rule, or its spec; one that normalises scores must be built, with its cohort.
    metric : {"cosine", "euclidean"}
    use_s : float
        Seconds of a probe, or a recording where that is shorter.
    persons : mapping, optional
        From a subject to the person, where people have several subjects (hands, fingers): nobody is a stranger to a
        gallery with another hand of theirs.

    Returns
    -------
    ValidationScores or None
        None where nobody is a stranger to anybody.
    """
    built = rule if isinstance(rule, MatchRule) else build_match_rule(rule)
    person_of = {track.subject: (persons or {}).get(track.subject, track.subject) for track in (*enrolled, *used)}
    if len({person_of[track.subject] for track in enrolled}) < 2 or not used:
        return None
    whole = enrol_tracks(enrolled, metric=metric)
    subjects = tuple(person_of[subject] for subject in whole.subjects())
    known, rows, people, rng = [], [], [], np.random.default_rng(0)
    for person in sorted({person_of[track.subject] for track in used}):
        others = [i for i, other in enumerate(subjects) if other != person]
        # What a probe is held to may rest on everybody who is enrolled: then its own person must not be.
        strange = whole
        if not built.compares_alone:
            strange = enrol_tracks([track for track in enrolled if person_of[track.subject] != person], metric=metric)
        for track in (track for track in used if person_of[track.subject] == person):
            short = track.stop - track.starts[0] < use_s
            spans = tiled_spans(track.starts, window_s=track.window_s, use_s=None if short else use_s)
            judged = judge_spans(track, spans, whole, built).comparison
            if track.subject in whole:
                known.append(judged[:, whole.index(track.subject)])
            apart = judged[:, others] if strange is whole else judge_spans(track, spans, strange, built).comparison
            row = rng.choice(apart, len(subjects), axis=1)
            row[:, others] = apart
            rows.append(row)
            people += [person] * len(spans)
    most_own = max(subjects.count(person) for person in set(people))
    return ValidationScores(
        np.concatenate([np.empty(0), *known]), np.concatenate(rows), tuple(people), subjects, len(subjects) - most_own
    )


def calibrate(
    tracks: Sequence[Track],
    rule: Component | MatchRule,
    *,
    metric: Metric = "cosine",
    use_s: float = CALIBRATED_USE_S,
    unit: str = "s",
    target_fpir: float = TARGET_FPIR,
    persons: Mapping[str, str] | None = None,
) -> Calibration | None:
    """Fit a calibration to people who were not trained on.

    Each person's first session is enrolled, the others are probes of ``use_s`` seconds, or a recording where that is
    shorter; where there is one session, its first half is enrolled.

    Parameters
    ----------
    tracks : sequence of Track
    rule, metric, use_s, persons
        As in `validation_scores`.
    unit : str
        What `use_s` is counted in (an encoding's ``unit``).
    target_fpir : float
        The share of strangers accepted, where nothing else is asked of the calibration.

    Returns
    -------
    Calibration or None
        None where there are not two people with recordings to enrol and to identify.
    """
    scores = validation_scores(*enrol_and_use(tracks), rule, metric=metric, use_s=use_s, persons=persons)
    return None if scores is None else calibration_of(scores, rule, target_fpir=target_fpir, use_s=use_s, unit=unit)


def calibration_of(
    scores: ValidationScores,
    rule: Component | MatchRule,
    *,
    target_fpir: float = TARGET_FPIR,
    use_s: float,
    unit: str = "s",
    enrolment: str = ENROLMENT,
) -> Calibration:
    """Return the calibration that rests on these scores; ``unit`` is what `use_s` is counted in (an encoding's).

    Raises
    ------
    EncoderError
        When the target is no rate.
    """
    spec = rule.spec if isinstance(rule, MatchRule) else rule
    return Calibration.fit(
        scores.known,
        scores.strangers,
        target_fpir,
        stranger_ids=scores.people,
        subject_ids=scores.subjects,
        match_rule=spec.model_dump(mode="json"),
        gallery_size=scores.others,
        enrolment=enrolment,
        use_time_s=use_s,
        unit=unit,
    )
