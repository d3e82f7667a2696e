"""An encoder on a protocol: enrol its gallery side, identify its mated and its non-mated probes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lineament.errors import ProtocolError
from lineament.evaluation.enrolment import span_label
from lineament.evaluation.judging import Judgement, judge_spans, merge_judgements
from lineament.evaluation.open_set import DetectionScores, half_enrolled_scores, halves
from lineament.evaluation.scores import Scores
from lineament.evaluation.spans import tiled_spans
from lineament.evaluation.tracks import Track
from lineament.gallery import FlatGallery, Gallery, Metric
from lineament.metrics import Interval, jackknife_interval, left_out, macro_accuracy, pooled_interval
from lineament.recipes.components import Component

FloatArray = NDArray[np.float64]
SPANS: tuple[float | None, ...] = (20.0, 60.0, None)


@dataclass(frozen=True, eq=False)
class SpanResult:
    """The figures for probes of one length, with intervals over people.

    Parameters
    ----------
    use_s : float or None
        Seconds of each probe; ``None``: whole sessions.
    unit : str
        What `use_s` is counted in where not in seconds (an encoding's).
    mated, non_mated : int
        Probes of enrolled people and of strangers.
    rank_one : Interval
        Share of mated probes whose person comes first, all pooled.
    macro : float
        The same averaged over people.
    eer : Interval
        Open-set EER by the best comparison score in the gallery.
    fpir, fnir, misidentified : Interval or None
        At the threshold: strangers accepted; enrolled people not returned; enrolled people taken for others.
    known_scores, stranger_scores : array
        What was held against the threshold.
    scores : Scores
        Every comparison, so that any figure can be redone (`lineament.evaluation.score_files`).
    """

    use_s: float | None
    unit: str
    mated: int
    non_mated: int
    rank_one: Interval
    macro: float
    eer: Interval
    fpir: Interval | None
    fnir: Interval | None
    misidentified: Interval | None
    known_scores: FloatArray
    stranger_scores: FloatArray
    scores: Scores

    @property
    def label(self) -> str:
        """The length of the probes in words."""
        return span_label(self.use_s, self.unit)

    def as_json(self) -> dict[str, Any]:
        """Return the figures."""
        rates = {name: getattr(self, name) for name in ("rank_one", "eer", "fpir", "fnir", "misidentified")}
        return {
            "use_s": self.use_s,
            **({"unit": self.unit} if self.unit != "s" else {}),
            "mated": self.mated,
            "non_mated": self.non_mated,
            "macro": self.macro,
            **{name: rate.as_json() if rate else None for name, rate in rates.items()},
        }


def enrol_tracks(tracks: Sequence[Track], *, metric: Metric = "cosine") -> FlatGallery:
    """Return a gallery of every window of the tracks, people in alphabetical order.

    Raises
    ------
    ProtocolError
        When there is nothing to enrol.
    """
    if not tracks:
        raise ProtocolError("protocol: recordings to enrol", "none as long as a window", "enrol longer recordings")
    gallery = FlatGallery(tracks[0].vectors.shape[1], metric)
    for track in sorted(tracks, key=lambda track: track.key):
        gallery.enrol(track.subject, track.vectors, track.session)
    return gallery


def run_protocol(
    gallery: Gallery,
    mated: Sequence[Track],
    non_mated: Sequence[Track],
    *,
    rule: Component,
    threshold: float | None = None,
    spans: Sequence[float | None] = SPANS,
    unit: str = "s",
    people: Mapping[str, str] | None = None,
    seed: int = 0,
) -> list[SpanResult]:
    """Identify probes of several lengths that follow one another without overlap.

    Parameters
    ----------
    gallery : Gallery
        The enrolled people.
    mated, non_mated : sequence of Track
        Recordings of enrolled people, and of strangers. Without strangers, half of the enrolled people stand for them
        in turn in the open-set EER, and there is no FPIR.
    rule : Component
        The spec of the match rule.
    threshold : float, optional
        From which comparison score on a probe is accepted; without it there are no rates at a threshold.
    spans : sequence of float or None
        Seconds of the probes; those shorter than a window or longer than every recording are left out.
    unit : str
        What these are counted in where not in seconds (an encoding's).
    people : mapping, optional
        From subject to person, where a person has several subjects.

    Raises
    ------
    ProtocolError
        When no mated probe is left.
    """
    results = []
    for use_s in spans:
        known = _judge(mated, gallery, rule, use_s)
        if known is not None:
            strangers = _judge(non_mated, gallery, rule, use_s)
            scores = probe_scores(gallery, known, strangers, people=people, name=span_label(use_s, unit))
            results.append(_result(use_s, unit, gallery, known, strangers, threshold, scores, seed))
    if not results:
        raise ProtocolError("protocol: mated probes", "none as long as a window", "probe longer recordings")
    return results


def _judge(tracks: Sequence[Track], gallery: Gallery, rule: Component, use_s: float | None) -> Judgement | None:
    """Judge all spans of all tracks; None where there are none."""
    judged = []
    for track in tracks:
        bounds = tiled_spans(track.starts, window_s=track.window_s, use_s=use_s)
        if len(bounds):
            judged.append(judge_spans(track, bounds, gallery, rule))
    return merge_judgements(judged) if judged else None


def _result(
    use_s: float | None,
    unit: str,
    gallery: Gallery,
    known: Judgement,
    strangers: Judgement | None,
    threshold: float | None,
    scores: Scores,
    seed: int,
) -> SpanResult:
    """Return the figures of one length."""
    right = known.correct(gallery.subjects())
    fpir = fnir = misidentified = None
    outside = np.empty(0) if strangers is None else strangers.decision_scores
    if threshold is not None:
        accepted = known.decision_scores >= threshold
        fnir = pooled_interval(correct=~(right & accepted), subjects=known.people, seed=seed)
        misidentified = pooled_interval(correct=~right & accepted, subjects=known.people, seed=seed)
        if strangers is not None:
            fpir = pooled_interval(correct=outside >= threshold, subjects=strangers.people, seed=seed)
    return SpanResult(
        use_s=use_s,
        unit=unit,
        mated=len(known),
        non_mated=len(outside),
        rank_one=pooled_interval(correct=right, subjects=known.people, seed=seed),
        macro=macro_accuracy(correct=right, subjects=known.people),
        eer=_open_set_eer(known, strangers, gallery, seed),
        fpir=fpir,
        fnir=fnir,
        misidentified=misidentified,
        known_scores=known.decision_scores,
        stranger_scores=outside,
        scores=scores,
    )


def probe_scores(
    gallery: Gallery,
    known: Judgement,
    strangers: Judgement | None,
    *,
    people: Mapping[str, str] | None = None,
    name: str = "scores",
) -> Scores:
    """Return the comparison scores of probes with everybody enrolled, and where votes decide, who came first.

    Parameters
    ----------
    gallery : Gallery
    known, strangers : Judgement
        Of enrolled people's probes, and of others'.
    people : mapping, optional
        From subject to person.
    name : str
    """
    judged = known if strangers is None else merge_judgements([known, strangers])
    rows, persons = np.arange(len(judged)), people or {}
    names = pd.Series([f"{who}/{session}" for who, session in zip(judged.people, judged.sessions, strict=True)])
    table = judged.comparison
    ranking = table.copy()
    ranking[rows, judged.winners] = table.max(axis=1) + 1.0  # first comes whom the rule names, then by the score
    alone = (table == table.max(axis=1, keepdims=True)).sum(axis=1) == 1
    by_score = bool((alone & (table.argmax(axis=1) == judged.winners)).all())
    return Scores.from_matrix(
        table,
        probes={
            "id": names + "/" + (names.groupby(names).cumcount() + 1).astype(str),
            "subject": list(judged.people),
            "person": [persons.get(who, who) for who in judged.people],
            "session": list(judged.sessions),
        },
        references={"subject": gallery.subjects(), "person": [persons.get(who, who) for who in gallery.subjects()]},
        ranking=None if by_score else ranking,
        name=name,
    )


def _open_set_eer(known: Judgement, strangers: Judgement | None, gallery: Gallery, seed: int) -> Interval:
    """Return the EER of enrolled people against strangers, or against those of them who are left out in turn."""
    subjects = gallery.subjects()
    if strangers is None:
        if len(subjects) < 2:
            return Interval(float("nan"), float("nan"), float("nan"))
        mates = [subjects.index(who) for who in known.people]
        scores = half_enrolled_scores(known.comparison, mates, halves(len(subjects), seed=seed))
        people = len(subjects)
    else:
        names = sorted({*known.people, *strangers.people})
        best = np.concatenate([known.comparison.max(axis=1), strangers.comparison.max(axis=1)])
        enrolled = np.arange(len(best)) < len(known)
        person = np.array([names.index(who) for who in (*known.people, *strangers.people)], dtype=np.intp)
        scores, people = DetectionScores(best, enrolled, person), len(names)
    estimate = float(scores.equal_error_rates(np.ones((1, people)))[0])
    return jackknife_interval(estimate, scores.equal_error_rates(left_out(people)))


def result_table(results: Sequence[SpanResult]) -> tuple[list[str], list[list[object]]]:
    """Return header and rows of a table: a row a figure with its interval, a column a length of probe."""
    rates = {
        "Rank-1": "rank_one",
        "open-set EER": "eer",
        "FPIR": "fpir",
        "FNIR": "fnir",
        "taken for another": "misidentified",
    }
    rows: list[list[object]] = [
        ["probes of enrolled people", *(result.mated for result in results)],
        ["probes of strangers", *(result.non_mated for result in results)],
    ]
    rows += [[name, *(_written(getattr(result, field)) for result in results)] for name, field in rates.items()]
    return ["", *(result.label for result in results)], rows


def _written(rate: Interval | None) -> str | None:
    """Return a figure with its interval, or None for a dash."""
    return None if rate is None or not np.isfinite(rate.estimate) else str(rate)
