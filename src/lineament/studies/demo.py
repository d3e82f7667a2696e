"""The main job in three minutes: enrol people from one session, identify their next, and tell them from strangers.

Needs no torch: it runs the encoder that ships with the package.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lineament.datasets import Dataset, Protocol, open_dataset
from lineament.datasets.simulate.populations import simulated
from lineament.decisions import Calibration, Decision, Threshold, build_match_rule, identify
from lineament.encoder import DEFAULT_ENCODER, HEAD_ENCODER, SIMULATED_ENCODER, Encoder
from lineament.errors import EncoderError, ProtocolError
from lineament.evaluation.displays import BarDisplay, Curve, ScoreHistogramDisplay
from lineament.evaluation.report import Report
from lineament.evaluation.spans import tiled_spans
from lineament.evaluation.tracks import embed_track
from lineament.gallery import FlatGallery
from lineament.signals import Sample
from lineament.studies.shipped_simulated import PLANS

PROTOCOLS = Path(__file__).parents[1] / "datasets" / "protocols"
ENCODERS = {"xr-360": HEAD_ENCODER}
"""The shipped encoder for a set of real people, where it is not the default one."""
SEED = 20_001
"""A population that no shipped encoder was trained or calibrated on."""
KNOWN, STRANGERS = 20, 10
OUTCOMES = ("right", "wrong", "rightly unknown", "missed")

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""


@dataclass(frozen=True)
class Trial:
    """One probe of the demonstration and what was decided about it."""

    subject: str
    known: bool
    decision: Decision

    @property
    def outcome(self) -> str:
        """One of `OUTCOMES`; a stranger who is taken for somebody is wrong."""
        if self.decision.subject is None:
            return "missed" if self.known else "rightly unknown"
        return "right" if self.known and self.decision.subject == self.subject else "wrong"


@dataclass(frozen=True)
class Demonstration:
    """What the demonstration found."""

    data: str
    simulated: bool
    encoder: str
    unit: str
    calibration: Calibration
    enrolled: int
    enrol_seconds: float
    recorded_seconds: float
    trials: tuple[Trial, ...]

    @property
    def threshold(self) -> Threshold:
        """From which score on a probe was accepted, and what is promised of it."""
        return self.calibration.threshold(gallery_size=self.enrolled)

    def count(self, outcome: str, subject: str | None = None) -> int:
        """Return how many probes (of one subject) had an outcome."""
        return sum(t.outcome == outcome and subject in (None, t.subject) for t in self.trials)

    def rows(self) -> list[tuple[str | int, ...]]:
        """Return a row a person: name, enrolled or stranger, probes, and each of `OUTCOMES`; enrolled people first."""
        rows: list[tuple[str | int, ...]] = []
        for stranger, name in sorted({(not t.known, t.subject) for t in self.trials}):
            probes = sum(t.subject == name for t in self.trials)
            counts = (self.count(outcome, name) for outcome in OUTCOMES)
            rows.append((name, "stranger" if stranger else "enrolled", probes, *counts))
        return rows


@dataclass(frozen=True)
class Cast:
    """Who is enrolled, who probes, who is a stranger, and which encoder was made for people of this kind."""

    name: str
    simulated: bool
    gallery: Dataset
    mated: Dataset
    non_mated: Dataset
    encoder: str = DEFAULT_ENCODER


def cast(folder: Path | None, modality: str = "motion") -> Cast:
    """Return the people of the demonstration: simulated ones, or the real ones that a committed protocol reserves.

    Parameters
    ----------
    folder : path, optional
        Of real people.
    modality : str
        Of simulated ones.

    Raises
    ------
    LineamentError
        When people of that modality cannot be simulated.
    ProtocolError
        When no protocol is committed for the set in the folder.
    """
    if folder is None:
        people = simulated(modality, range(KNOWN + STRANGERS), seed=SEED)
        names = people.subjects()
        first, second = people.sessions()
        return Cast(
            f"{modality} of {KNOWN} simulated people and {STRANGERS} simulated strangers",
            True,
            people.filter(subject=names[:KNOWN], session=[first]),
            people.filter(subject=names[:KNOWN], session=[second]),
            people.filter(subject=names[KNOWN:], session=[second]),
            PLANS[modality].encoder if modality in PLANS else SIMULATED_ENCODER,
        )
    data = open_dataset(folder)
    path = PROTOCOLS / f"{data.name}-reserved.json"
    if not path.is_file():
        known = sorted(p.stem.removesuffix("-reserved") for p in PROTOCOLS.glob("*-reserved.json"))
        raise ProtocolError(
            f"{folder}: a set of which the shipped encoder never saw some people ({', '.join(known)})",
            data.name,
            "judge it with 'lineament evaluate' under a protocol of your own",
        )
    sides = data.split(Protocol.load(path))
    encoder = ENCODERS.get(data.name, DEFAULT_ENCODER)
    return Cast(f"{data.name}: real people", False, sides["gallery"], sides["mated"], sides["non_mated"], encoder)


def demonstrate(
    folder: Path | None = None,
    *,
    modality: str = "motion",
    encoder: str | None = None,
    progress: Progress = lambda what, done, of: None,
) -> Demonstration:
    """Enrol one session of each known person, then decide about spans of everybody's other sessions.

    Parameters
    ----------
    folder : path, optional
        A set with a committed protocol (xr-objects); simulated people by default.
    modality : str
        Of the simulated people: motion, keystrokes, mouse, signature, visits or inertial.
    encoder : str, optional
        A shipped encoder's name or a folder; by default the one made for people of this kind.
    progress : callable
        See `Progress`.

    Raises
    ------
    EncoderError
        When there is no such encoder, or it has no threshold.
    ProtocolError
        When no protocol is committed for the set in the folder.
    SignalError
        When a recording cannot be read or is too short.
    """
    people = cast(folder, modality)
    model = Encoder.load(encoder or people.encoder)
    calibration = model.calibration
    if calibration is None:
        raise EncoderError(f"encoder {model.name}: a calibration", "none", "train it with validation people")
    gallery = FlatGallery(model.dim, model.metric, model.mark)
    spent = recorded = 0.0
    for done, sample in enumerate(people.gallery, start=1):
        began = time.perf_counter()
        starts, embeddings = model.embed_timed(sample)
        gallery.enrol(str(sample.subject), embeddings, sample.session)
        spent += time.perf_counter() - began
        recorded += model.covered_seconds(starts)
        progress("enrolling", done, len(people.gallery))
    rule = build_match_rule(calibration.match_rule)
    trials: list[Trial] = []
    sides = [(side, index) for side in (people.mated, people.non_mated) for index in range(len(side))]
    for done, (side, index) in enumerate(sides, start=1):
        sample = side.load(index)
        for embeddings in probes(model, sample, calibration.use_time_s):
            decision = identify(embeddings, gallery, rule, calibration)
            trials.append(Trial(str(sample.subject), side is people.mated, decision))
        progress("identifying", done, len(sides))
    return Demonstration(
        data=people.name,
        simulated=people.simulated,
        encoder=model.id,
        unit=model.encoding.unit,
        calibration=calibration,
        enrolled=len(gallery),
        enrol_seconds=spent,
        recorded_seconds=recorded,
        trials=tuple(trials),
    )


def probes(model: Encoder, sample: Sample, seconds: float) -> list[np.ndarray]:
    """Return the embeddings of each span of so many seconds of signal, as the threshold was fixed on them.

    Spans follow one another without overlap; a recording that is shorter than one is one.
    """
    track = embed_track(model, sample, stride_s=model.stride_s)
    if track is None:
        return [model.embed(sample)]  # which says how long a recording must be
    seconds = max(seconds, track.window_s)
    whole = track.stop - track.starts[0] < seconds
    bounds = tiled_spans(track.starts, window_s=track.window_s, use_s=None if whole else seconds)
    return [track.vectors[first:last] for first, last in bounds]


def report(found: Demonstration) -> Report:
    """Return the report of a demonstration: figures in words, who was taken for whom, and the scores."""
    counts = {outcome: found.count(outcome) for outcome in OUTCOMES}
    known = [t for t in found.trials if t.known]
    strangers = [t for t in found.trials if not t.known]
    numbers = {
        "data": found.data,
        "simulated": found.simulated,
        "encoder": found.encoder,
        "enrolled": found.enrolled,
        "enrol_seconds_each": found.enrol_seconds / max(found.enrolled, 1),
        "recorded_seconds_each": found.recorded_seconds / max(found.enrolled, 1),
        "probe_seconds": found.calibration.use_time_s,
        "unit": found.unit,
        "threshold": found.threshold.value,
        "target_fpir": found.calibration.target_fpir,
        "promise": found.threshold.to_json(),
        "counts": counts,
        "people": [dict(zip(("subject", "role", "probes", *OUTCOMES), row, strict=True)) for row in found.rows()],
    }
    page = Report("Who it is, or that it is nobody we know", f"{found.data}; encoder {found.encoder}", numbers)
    if found.simulated:
        page.notice("These people are simulated. The figures say that the system works, not how well it knows people.")
    page.facts(
        {
            f"of {len(known)} probes of enrolled people named rightly": counts["right"],
            f"of {len(strangers)} probes of strangers called unknown": counts["rightly unknown"],
            "named wrongly": counts["wrong"],
            "enrolled, but called unknown": counts["missed"],
            "to enrol a person": f"{numbers['enrol_seconds_each']:.2f} s",
        }
    )
    page.text(
        f"{found.enrolled} people were enrolled from one session each, {numbers['recorded_seconds_each']:.0f} "
        f"{found.unit} on average, without any training. Everybody's next sessions, and those of strangers, were then "
        f"cut into probes of {found.calibration.use_time_s:.0f} {found.unit}. A probe is named when its comparison "
        f"score reaches the threshold {found.threshold.value:.3f}. {_promise(found)}"
    )
    mated = [t.decision.score for t in known]
    non_mated = [t.decision.score for t in strangers]
    histogram = ScoreHistogramDisplay.from_scores(
        mated=mated, non_mated=non_mated, threshold=found.threshold.value, title="Score of the likeliest person"
    )
    groups = ["enrolled people", "strangers"]
    bars = [Curve(outcome, np.array([_share(side, outcome) for side in (known, strangers)])) for outcome in OUTCOMES]
    outcomes = BarDisplay.from_groups(groups, bars, title="What was decided", y_label="share of probes, %")
    page.figures(
        [
            (histogram.plot(), "Probes to the right of the line are named; the others are called unknown."),
            (outcomes.plot(), "Shares of the probes."),
        ]
    )
    page.heading("Person by person")
    return page.table(["person", "role", "probes", *OUTCOMES], found.rows())


def _promise(found: Demonstration) -> str:
    """Return what was promised of strangers, and what came of it."""
    threshold, rate = found.threshold, f"an FPIR of {found.calibration.target_fpir:.0%}"
    strangers = [trial for trial in found.trials if not trial.known]
    people = len({trial.subject for trial in strangers})
    came = f"Here {sum(trial.outcome == 'wrong' for trial in strangers)} of {len(strangers)} probes of {people} "
    if threshold.interval is None:
        return (
            f"It was fixed on {found.calibration.people or 'a few'} other people for {rate} in their own gallery; for "
            f"{found.enrolled} it is not promised. {came}strangers were named."
        )
    low, high = threshold.interval
    return (
        f"It promises {rate} in a gallery of {threshold.gallery_size} (with 90 % confidence {low:.1%} to {high:.1%}; "
        f"it rests on {found.calibration.people} other people). {came}strangers were named."
    )


def _share(trials: list[Trial], outcome: str) -> float:
    return sum(t.outcome == outcome for t in trials) / max(len(trials), 1)
