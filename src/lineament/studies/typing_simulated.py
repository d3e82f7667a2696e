"""How far simulated typists carry: the encoder ``typing-simulated`` on people, who never trained it.

On a password that everybody types (`keystroke-cmu`) it answers the trials of Killourhy and Maxion (DSN 2009) beside a
detector that learns from the enrolment alone, and what its calibration promises of strangers is held against what real
ones get. On free text (`keystroke-aalto`), which it was not made for, it is given the first keys of each sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lineament.datasets import Dataset
from lineament.decisions import build_match_rule
from lineament.encoder import Encoder
from lineament.errors import EncoderError
from lineament.evaluation import BarDisplay, Curve, Report
from lineament.gallery import MemoryGallery
from lineament.metrics import Interval, mean_interval
from lineament.recipes.components import Prototype
from lineament.signals import Sample
from lineament.studies.keystroke_aalto import SENTENCES, Sides, figures_of, scores_of
from lineament.studies.keystroke_detectors import manhattan_scaled
from lineament.studies.keystroke_trials import Plan, Taken, Typing, trial_errors

FloatArray = NDArray[np.float64]
Vectors = NDArray[np.float32]
TAKEN = (Taken(5, 200), Taken(5, 200, latest=True), Taken(50, 200, latest=True), Taken(200, 200))
RATES = (0.05, 0.01)
USED = 50
"""Repetitions of a probe's session: the fifth, the day after those that enrol."""
SPLITS = 20
Progress = Callable[[str, int], Iterable[int]]


@dataclass(frozen=True, eq=False)
class Promise:
    """What strangers get of what was promised, five repetitions enrolled, each later one a probe.

    Parameters
    ----------
    fpir : float
        That was promised, in a gallery of `enrolled`.
    enrolled : int
    measured, missed : Interval
        Share of strangers' probes that were named, and of enrolled people's that were not named rightly.
    """

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
    ours, detector : dict
        From an enrolment's key to each person's equal error rate (people,): of the encoder, and of the scaled Manhattan
        distance.
    promises : tuple of Promise
    """

    people: int
    ours: dict[str, FloatArray]
    detector: dict[str, FloatArray]
    promises: tuple[Promise, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the figures with their intervals."""
        sides = {"typing-simulated": self.ours, "manhattan-scaled": self.detector}
        return {
            "people": self.people,
            "mean_eer": {
                name: {key: _mean(rates).as_json() for key, rates in side.items()} for name, side in sides.items()
            },
            "promises": [
                {
                    "fpir": promise.fpir,
                    "gallery_size": promise.enrolled,
                    "measured": promise.measured.as_json(),
                    "missed": promise.missed.as_json(),
                }
                for promise in self.promises
            ],
        }


def on_a_phrase(encoder: Encoder, dataset: Dataset, progress: Progress) -> PhraseFigures:
    """Judge the encoder on a phrase that everybody typed often, such as CMU's password.

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
    probes = typing.probes(plan)
    genuine = typing.repetitions - plan.enrolled
    ours, detector = {}, {}
    for taken in TAKEN:
        table = _table(vectors, taken)
        scores = np.array([_trials(table, person, plan) for person in range(len(table))])
        ours[taken.key] = trial_errors(scores, genuine)
        detector[taken.key] = trial_errors(manhattan_scaled(typing.times[:, taken.rows])(probes), genuine)
    promises = tuple(_promise(encoder, _table(vectors, TAKEN[1]), rate, plan) for rate in RATES)
    return PhraseFigures(len(typing.subjects), ours, detector, promises)


def on_free_text(encoder: Encoder, dataset: Dataset, progress: Progress, *, tested: int = 500) -> dict[str, Any]:
    """Judge the encoder on the sentences of people whom encoders of free text are tested on; five enrol.

    Returns
    -------
    dict
        EER (global, and person by person), Rank-1 and Rank-5, with intervals, as JSON.
    """
    people = Sides.of(dataset, tested=tested).test
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
    keys = list(phrase.ours)
    rows = [
        [name, *(str(_mean(side[key])) for key in keys)]
        for name, side in (("typing-simulated", phrase.ours), ("scaled Manhattan", phrase.detector))
    ]
    page.table(["mean EER, enrolled:", *keys], rows, caption=f"{phrase.people} people; 95 % intervals over people")
    page.heading("What the calibration promises real strangers")
    page.table(
        ["promised FPIR", "enrolled", "strangers named", "enrolled, not named rightly"],
        [[f"{p.fpir:.0%}", p.enrolled, str(p.measured), str(p.missed)] for p in phrase.promises],
        caption="The latest five repetitions of a session enrol half of the people; each repetition of the next "
        f"session probes; {SPLITS} ways of taking halves",
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
    for name, side in (("typing-simulated", phrase.ours), ("scaled Manhattan", phrase.detector)):
        means = [_mean(rates) for rates in side.values()]
        mean, low, high = np.array([(mean.estimate, mean.low, mean.high) for mean in means]).T
        bars.append(Curve(name, mean, low, high))
    groups = [f"{key} enrolled" for key in phrase.ours]
    return BarDisplay.from_groups(groups, bars, title="Mean EER on a password", y_label="EER, %").plot()


def _embedded(encoder: Encoder, samples: list[Sample], progress: Progress) -> Vectors:
    """Embed samples of one window each, (samples, dim)."""
    return np.concatenate([encoder.embed(samples[place])[:1] for place in progress("embedding", len(samples))])


def _table(vectors: Vectors, taken: Taken) -> FloatArray:
    """Return the scores of each repetition with each enrolled person, (people, repetitions, people)."""
    names = [f"{place:04d}" for place in range(len(vectors))]
    gallery, rule = MemoryGallery(vectors.shape[2]), build_match_rule("prototype")
    for name, own in zip(names, vectors, strict=True):
        gallery.enrol(name, own[taken.rows])
    return np.array([[rule.comparison(one[None], gallery) for one in own] for own in vectors])


def _trials(table: FloatArray, person: int, plan: Plan) -> FloatArray:
    """Return the scores of a person's own later repetitions, then of everybody else's first ones."""
    others = np.delete(np.arange(len(table)), person)
    return np.concatenate([table[person, plan.enrolled :, person], table[others, : plan.impostors, person].ravel()])


def _promise(encoder: Encoder, table: FloatArray, rate: float, plan: Plan) -> Promise:
    """Hold a promised rate against what strangers get, half of the people being enrolled, in several ways."""
    if encoder.calibration is None:
        raise EncoderError(f"{encoder.id}: a calibrated encoder", "one without", "calibrate it: 'lineament calibrate'")
    people, used = len(table), table[:, plan.enrolled : plan.enrolled + USED]
    named, missed = np.full((2, SPLITS, people), np.nan)
    for split in range(SPLITS):
        inside = np.sort(np.random.default_rng(split).permutation(people)[: people // 2])
        threshold = encoder.calibration.threshold(fpir=rate, gallery_size=len(inside)).value
        scores = used[:, :, inside]
        accepted = scores.max(axis=2) >= threshold
        outside = np.setdiff1d(np.arange(people), inside)
        named[split, outside] = accepted[outside].mean(axis=1)
        right = inside[scores[inside].argmax(axis=2)] == inside[:, None]
        missed[split, inside] = 1 - (accepted[inside] & right).mean(axis=1)
    return Promise(rate, people // 2, _mean(np.nanmean(named, axis=0)), _mean(np.nanmean(missed, axis=0)))


def _mean(rates: FloatArray) -> Interval:
    """Return the mean over people and its 95 % interval, people being resampled."""
    low, high = mean_interval(per_person=rates, seed=0)
    return Interval(float(rates.mean()), float(low), float(high))
