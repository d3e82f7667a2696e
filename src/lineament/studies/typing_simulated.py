"""How far simulated typists carry: the encoder ``typing-simulated`` on people, who never trained it.

On a password that everybody types (`keystroke-cmu`) it answers the trials of Killourhy and Maxion (DSN 2009) beside a
detector that learns from the enrolment alone, and what its calibration promises of strangers is held against what real
ones get: the one that ships, and one for this very password, on simulated typists of it. On free text
(`keystroke-aalto`), which it was not made for, it is given the first keys of each sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lineament.datasets import Dataset
from lineament.datasets.simulate.typing import simulated_typing
from lineament.decisions import Calibration, MatchRule, build_match_rule
from lineament.encoder import Encoder
from lineament.errors import EncoderError
from lineament.evaluation import BarDisplay, Curve, Report
from lineament.evaluation.calibrating import ValidationScores, calibration_of, validation_scores
from lineament.evaluation.protocol_run import enrol_tracks
from lineament.evaluation.tracks import Track, embed_track, merge_tracks
from lineament.gallery import MemoryGallery
from lineament.metrics import Interval, mean_interval
from lineament.recipes.components import Prototype
from lineament.signals import Sample
from lineament.studies.keystroke_aalto import SENTENCES, figures_of, scores_of
from lineament.studies.keystroke_aalto import Sides as FreeSides
from lineament.studies.keystroke_detectors import manhattan_scaled
from lineament.studies.keystroke_trials import Plan, Taken, Typing, trial_errors
from lineament.studies.shipped_typing import ENROLLED, without_shift
from lineament.studies.typing_simulator import PASSWORD, REPETITIONS

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
Vectors = NDArray[np.float32]
Sides = list[IntArray]
TAKEN = (Taken(5, 200), Taken(5, 200, latest=True), Taken(50, 200, latest=True), Taken(200, 200))
RATES = (0.05, 0.01)
USED = 50
"""Repetitions of a probe's session: the fifth, the day after those that enrol."""
TYPISTS, TYPISTS_SEED, TYPISTS_PROBES = 300, 14, 10
"""Simulated ones who calibrate for the password: how many, of which population, and probes of each."""
COSINE, NORMALISED, DETECTOR = "typing-simulated", "T-normalised by simulated typists", "scaled Manhattan"
SHIPPED, OWN, REAL = "as it ships", "on 300 simulated typists of the password", "on 21 of the people"
OWN_NORMALISED = "T-normalised by 150 simulated typists of the password, on 150 others"
CALIBRATING, ENROLLING = 21, 15
"""Real people who calibrate and enrol, in each way of taking them; the others are strangers."""
SPLITS = 20
Progress = Callable[[str, int], Iterable[int]]


@dataclass(frozen=True, eq=False)
class Promise:
    """What strangers get of what was promised, five repetitions enrolled, each later one a probe.

    Parameters
    ----------
    by : str
        Which calibration promised it.
    fpir : float
        That was promised, in a gallery of `enrolled`.
    enrolled : int
    measured, missed : Interval
        Share of strangers' probes that were named, and of enrolled people's that were not named rightly.
    """

    by: str
    fpir: float
    enrolled: int
    measured: Interval
    missed: Interval


@dataclass(frozen=True, eq=False)
class PhraseFigures:
    """The encoder on a phrase that everybody types.

    Parameters
    ----------
    people : int
    rates : dict
        From a system and an enrolment's key to each person's equal error rate (people,).
    promises : tuple of Promise
    """

    people: int
    rates: dict[str, dict[str, FloatArray]]
    promises: tuple[Promise, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the figures with their intervals."""
        return {
            "people": self.people,
            "mean_eer": {
                name: {key: _mean(rates).as_json() for key, rates in side.items()} for name, side in self.rates.items()
            },
            "promises": [
                {
                    "by": promise.by,
                    "fpir": promise.fpir,
                    "gallery_size": promise.enrolled,
                    "measured": promise.measured.as_json(),
                    "missed": promise.missed.as_json(),
                }
                for promise in self.promises
            ],
        }


def on_a_phrase(encoder: Encoder, dataset: Dataset, progress: Progress) -> PhraseFigures:
    """Judge the encoder on CMU's password.

    Raises
    ------
    ProtocolError
        When people typed it too seldom.
    EncoderError
        When the encoder has no calibration.
    """
    plan = Plan()
    typing = Typing.of(dataset, plan)
    vectors = _embedded(encoder, typing.samples, progress).reshape(len(typing.subjects), typing.repetitions, -1)
    enrolled, used = password_typists(encoder, progress)
    cohort = set(sorted({track.subject for track in enrolled})[: TYPISTS // 2])
    rules = {
        COSINE: build_match_rule("prototype"),
        NORMALISED: build_match_rule(
            {"name": "normalised", "rule": "prototype", "norm": "t"},
            enrol_tracks([track for track in enrolled if track.subject in cohort]),
        ),
    }
    tables = {name: {taken.key: _table(vectors, taken, rule) for taken in TAKEN} for name, rule in rules.items()}
    rates = {name: {key: _rates(table, plan) for key, table in by.items()} for name, by in tables.items()}
    probes, genuine = typing.probes(plan), typing.repetitions - plan.enrolled
    rates[DETECTOR] = {
        taken.key: trial_errors(manhattan_scaled(typing.times[:, taken.rows])(probes), genuine) for taken in TAKEN
    }
    others = [[track for track in side if track.subject not in cohort] for side in (enrolled, used)]
    judged = {
        SHIPPED: (_own(encoder), COSINE),
        OWN: (_calibrated(enrolled, used, rules[COSINE], encoder), COSINE),
        OWN_NORMALISED: (_calibrated(others[0], others[1], rules[NORMALISED], encoder), NORMALISED),
    }
    latest, people = TAKEN[1].key, len(typing.subjects)
    halves, thirds = ([taken(people, split) for split in range(SPLITS)] for taken in (_halves, _thirds))
    promises = [
        _promise(name, [calibration] * SPLITS, halves, tables[rule][latest], rate, plan)
        for name, (calibration, rule) in judged.items()
        for rate in RATES
    ]
    table = tables[COSINE][latest]
    real = [_on_people(table[np.ix_(who, _used(plan), who)], encoder) for who, *_ in thirds]
    promises += [_promise(REAL, real, [sides for _, *sides in thirds], table, rate, plan) for rate in RATES]
    return PhraseFigures(people, rates, tuple(promises))


def password_typists(encoder: Encoder, progress: Progress) -> tuple[list[Track], list[Track]]:
    """Return what simulated typists of the password enrol, and what they probe with on the next day.

    They are as practised as the people who are tested.
    """
    data = simulated_typing(TYPISTS, 5, seed=TYPISTS_SEED, phrase=PASSWORD, repetitions=REPETITIONS)
    enrolled = data.filter(session=["S004"], repetition=range(REPETITIONS - ENROLLED + 1, REPETITIONS + 1))  # type: ignore[arg-type]
    probes = data.filter(session=["S005"], repetition=range(1, TYPISTS_PROBES + 1))  # type: ignore[arg-type]
    sides = []
    for side in (enrolled, probes):
        samples = (without_shift(side.load(row)) for row in progress("simulating", len(side)))
        tracks = [track for sample in samples if (track := embed_track(encoder, sample, stride_s=encoder.stride_s))]
        sides.append(merge_tracks(tracks))
    return sides[0], sides[1]


def _calibrated(enrolled: list[Track], used: list[Track], rule: MatchRule, encoder: Encoder) -> Calibration:
    """Return the calibration by what some enrol and probe with."""
    use_s = float(encoder.window)
    scores = validation_scores(enrolled, used, rule, metric=encoder.metric, use_s=use_s)
    assert scores is not None
    return calibration_of(scores, rule, use_s=use_s, unit=encoder.encoding.unit)


def on_free_text(encoder: Encoder, dataset: Dataset, progress: Progress, *, tested: int = 500) -> dict[str, Any]:
    """Judge the encoder on the sentences of people whom encoders of free text are tested on; five enrol.

    Returns
    -------
    dict
        EER (global, and person by person), Rank-1 and Rank-5, with intervals, as JSON.
    """
    people = FreeSides.of(dataset, tested=tested).test
    rows = dataset.table.groupby("subject", sort=False).indices
    places = [int(place) for who in people for place in rows[who][:SENTENCES]]
    samples = [dataset.load(place) for place in places]
    vectors = _embedded(encoder, samples, progress).reshape(len(people), SENTENCES, -1)
    return {"people": len(people), **figures_of(scores_of(vectors, Prototype()), replicates=1000)}


def report(phrase: PhraseFigures, free: dict[str, Any] | None, encoder: Encoder) -> Report:
    """Return the report."""
    data = {"format_version": 1, "study": "typing-simulated", "encoder": encoder.id, "phrase": phrase.as_json()}
    page = Report(
        "Simulated typists, real people",
        f"{encoder.id}, trained and calibrated on people who do not exist",
        {**data, "free": free},
    )
    page.heading("One password, typed by everybody")
    keys = [taken.key for taken in TAKEN]
    rows = [[name, *(str(_mean(side[key])) for key in keys)] for name, side in phrase.rates.items()]
    page.table(["mean EER, enrolled:", *keys], rows, caption=f"{phrase.people} people; 95 % intervals over people")
    page.heading("What the calibration promises real strangers")
    page.table(
        ["calibration", "promised FPIR", "enrolled", "strangers named", "enrolled, not named rightly"],
        [[p.by, f"{p.fpir:.0%}", p.enrolled, str(p.measured), str(p.missed)] for p in phrase.promises],
        caption="The latest five repetitions of a session enrol; each repetition of the next session probes; "
        f"{SPLITS} ways of taking who enrols, who is a stranger, and who calibrates",
    )
    page.figures([(_picture(phrase), "With 95 % intervals over people.")])
    if free:
        page.heading("Free text, which it was not made for")
        figures = {name: Interval(**entry) for name, entry in free.items() if name != "people"}
        page.table(list(figures), [[str(figure) for figure in figures.values()]], caption=f"{free['people']} people")
    return page


def _picture(phrase: PhraseFigures) -> Any:
    """Draw the mean error rates with their intervals."""
    bars = []
    for name, side in phrase.rates.items():
        means = [_mean(rates) for rates in side.values()]
        mean, low, high = np.array([(mean.estimate, mean.low, mean.high) for mean in means]).T
        bars.append(Curve(name, mean, low, high))
    groups = [f"{key} enrolled" for key in phrase.rates[COSINE]]
    return BarDisplay.from_groups(groups, bars, title="Mean EER on a password", y_label="EER, %").plot()


def _embedded(encoder: Encoder, samples: list[Sample], progress: Progress) -> Vectors:
    """Embed samples of one window each, (samples, dim)."""
    return np.concatenate([encoder.embed(samples[place])[:1] for place in progress("embedding", len(samples))])


def _table(vectors: Vectors, taken: Taken, rule: MatchRule) -> FloatArray:
    """Return the scores of each repetition with each enrolled person, (people, repetitions, people)."""
    gallery = MemoryGallery(vectors.shape[2])
    for place, own in enumerate(vectors):
        gallery.enrol(f"{place:04d}", own[taken.rows])
    return np.array([[rule.comparison(one[None], gallery) for one in own] for own in vectors])


def _rates(table: FloatArray, plan: Plan) -> FloatArray:
    """Return each person's equal error rate over the published trials (people,)."""
    scores = np.array([_trials(table, person, plan) for person in range(len(table))])
    return trial_errors(scores, table.shape[1] - plan.enrolled)


def _trials(table: FloatArray, person: int, plan: Plan) -> FloatArray:
    """Return the scores of a person's own later repetitions, then of everybody else's first ones."""
    others = np.delete(np.arange(len(table)), person)
    return np.concatenate([table[person, plan.enrolled :, person], table[others, : plan.impostors, person].ravel()])


def _own(encoder: Encoder) -> Calibration:
    """Return an encoder's calibration."""
    if encoder.calibration is None:
        raise EncoderError(f"{encoder.id}: a calibrated encoder", "one without", "calibrate it: 'lineament calibrate'")
    return encoder.calibration


def _used(plan: Plan) -> IntArray:
    """Return the places of the repetitions that probe."""
    return np.arange(plan.enrolled, plan.enrolled + USED)


def _halves(people: int, split: int) -> Sides:
    """Return who enrols and who is a stranger: a half each."""
    inside, outside = np.split(np.random.default_rng(split).permutation(people), [people // 2])
    return [inside, outside]


def _thirds(people: int, split: int) -> Sides:
    """Return who calibrates, who enrols and who is a stranger."""
    return np.split(np.random.default_rng(split).permutation(people), [CALIBRATING, CALIBRATING + ENROLLING])


def _on_people(table: FloatArray, encoder: Encoder) -> Calibration:
    """Return the calibration by the scores of people's repetitions with one another, (people, repetitions, people)."""
    people, repetitions, _ = table.shape
    own = np.eye(people, dtype=bool)[:, None].repeat(repetitions, axis=1)
    other = table[np.arange(people)[:, None], np.arange(repetitions), (np.arange(people)[:, None] + 1) % people]
    names = tuple(map(str, range(people)))
    scores = ValidationScores(
        table[own],
        np.where(own, other[:, :, None], table).reshape(-1, people),
        tuple(np.repeat(names, repetitions).tolist()),
        names,
        people - 1,
    )
    return calibration_of(scores, Prototype(), use_s=float(encoder.window), unit=encoder.encoding.unit)


def _promise(
    by: str, calibrations: Sequence[Calibration], sides: Sequence[Sides], table: FloatArray, rate: float, plan: Plan
) -> Promise:
    """Hold a promised rate against what strangers get, in several ways of taking who enrols and who is a stranger."""
    people, used = len(table), table[:, _used(plan)]
    named, missed = np.full((2, len(sides), people), np.nan)
    for split, (calibration, (inside, outside)) in enumerate(zip(calibrations, sides, strict=True)):
        threshold = calibration.threshold(fpir=rate, gallery_size=len(inside)).value
        scores = used[:, :, inside]
        accepted = scores.max(axis=2) >= threshold
        named[split, outside] = accepted[outside].mean(axis=1)
        right = inside[scores[inside].argmax(axis=2)] == inside[:, None]
        missed[split, inside] = 1 - (accepted[inside] & right).mean(axis=1)
    enrolled = len(sides[0][0])
    return Promise(by, rate, enrolled, _mean(np.nanmean(named, axis=0)), _mean(np.nanmean(missed, axis=0)))


def _mean(rates: FloatArray) -> Interval:
    """Return the mean over people and its 95 % interval, people being resampled."""
    low, high = mean_interval(per_person=rates, seed=0)
    return Interval(float(rates.mean()), float(low), float(high))
