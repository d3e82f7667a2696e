"""`lineament evaluate`: an encoder on a data set's protocol, from recordings to a report. Needs no torch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lineament.datasets import Dataset, Protocol, make_protocol
from lineament.decisions import Threshold
from lineament.decisions.calibration_threshold import Balance
from lineament.encoder import Encoder
from lineament.errors import EncoderError
from lineament.evaluation import Report, ScoreHistogramDisplay, Track, embed_tracks
from lineament.evaluation.protocol_run import SPANS, SpanResult, enrol_tracks, result_table, run_protocol
from lineament.evaluation.score_files import write_scores
from lineament.recipes.components import Component
from lineament.studies.xr_motion_systems import match_rule_of

PROTOCOLS = Path(__file__).parents[1] / "datasets" / "protocols"
Progress = Callable[[str, int], Iterable[int]]


@dataclass(frozen=True, eq=False)
class Evaluated:
    """What came out of evaluating an encoder."""

    encoder: Encoder
    dataset: str
    simulated: bool
    protocol: Protocol
    rule: Component
    gallery_size: int
    templates: int
    enrol_seconds: float
    threshold: Threshold | None
    results: list[SpanResult]
    warnings: tuple[str, ...]


def default_protocol(encoder: Encoder, dataset: Dataset, *, seed: int = 0) -> tuple[Protocol, tuple[str, ...]]:
    """Return the protocol committed for a set, or one that tests everybody; and what must be said of it.

    The committed one (``datasets/protocols/<set>-reserved.json``) names people whom no shipped encoder was trained on.
    """
    path = PROTOCOLS / f"{dataset.name}-reserved.json"
    if path.is_file():
        return Protocol.load(path), ()
    protocol = make_protocol(dataset, train=0, validation=0, strangers=0.5, seed=seed, name=f"{dataset.name}-everybody")
    trained = [str(entry.get("name")) for entry in encoder.card.get("data", ()) if isinstance(entry, dict)]
    if dataset.name in trained:
        return protocol, (f"{encoder.name} was trained on {dataset.name}: the figures flatter it; give a protocol",)
    return protocol, ()


def evaluate(
    encoder: Encoder,
    dataset: Dataset,
    protocol: Protocol | None = None,
    *,
    criterion: Balance | None = None,
    progress: Progress = lambda what, total: range(total),
    seed: int = 0,
) -> Evaluated:
    """Enrol the protocol's gallery side, identify its probes.

    Parameters
    ----------
    encoder : Encoder
    dataset : Dataset
    protocol : Protocol, optional
        Else as `default_protocol` says.
    criterion : {"eer", "max_oscr", "fixed"}, optional
        What the encoder's calibration chooses the threshold by; else the FPIR that it was made for.
    progress : callable
    seed : int

    Raises
    ------
    EncoderError
        When the encoder has no calibration that a criterion could be asked of.
    ProtocolError
        When the protocol leaks, asks for people or sessions that are not there, or leaves nobody to enrol or probe.
    SignalError
        When no recording is as long as a window.
    """
    warnings: tuple[str, ...] = ()
    if protocol is None:
        protocol, warnings = default_protocol(encoder, dataset, seed=seed)
    protocol.check_people(dataset.person_of())
    sides = {name: dataset.select(side) for name, side in protocol.sides().items() if side.subjects}
    began = time.perf_counter()
    enrolled = _embed(encoder, sides.get("gallery"), "enrolling", progress)
    gallery = enrol_tracks(enrolled, metric=encoder.metric)
    spent = time.perf_counter() - began
    mated = _embed(encoder, sides.get("mated"), "identifying", progress)
    non_mated = _embed(encoder, sides.get("non_mated"), "identifying strangers", progress)
    rule = match_rule_of(encoder)
    threshold = _threshold(encoder, criterion, len(gallery))
    results = run_protocol(
        gallery,
        mated,
        non_mated,
        rule=rule,
        spans=spans_for(encoder),
        unit=encoder.encoding.unit,
        threshold=None if threshold is None else threshold.value,
        people=dataset.person_of(),
        seed=seed,
    )
    if encoder.calibration is not None:
        warnings += encoder.calibration.doubts(len(gallery), match_rule=rule)
    simulated = bool("simulated" in dataset.table and dataset.table["simulated"].any())
    return Evaluated(
        encoder,
        dataset.name,
        simulated,
        protocol,
        rule,
        len(gallery),
        gallery.size,
        spent,
        threshold,
        results,
        warnings,
    )


def spans_for(encoder: Encoder) -> tuple[float | None, ...]:
    """Return the lengths of probes that are evaluated: in seconds, or one window of events, five, and all there are."""
    if encoder.encoding.unit in ("s", "images"):
        return SPANS
    return (float(encoder.window), 5.0 * encoder.window, None)


def numbers(found: Evaluated) -> dict[str, Any]:
    """Return the figures."""
    threshold = found.threshold
    return {
        "format_version": 1,
        "encoder": found.encoder.id,
        "data": found.dataset,
        "simulated": found.simulated,
        "protocol": found.protocol.name,
        "match_rule": found.rule.model_dump(mode="json"),
        "gallery_size": found.gallery_size,
        "templates": found.templates,
        "threshold": threshold.value if threshold else None,
        "criterion": threshold.criterion if threshold else None,
        "target_fpir": threshold.target if threshold else None,
        "enrol_seconds_each": round(found.enrol_seconds / max(found.gallery_size, 1), 3),
        "results": [result.as_json() for result in found.results],
        "warnings": list(found.warnings),
    }


def report(found: Evaluated) -> Report:
    """Return the report."""
    strangers = len(found.protocol.non_mated.subjects)
    page = Report(
        f"{found.encoder.name} on {found.dataset}",
        f"protocol {found.protocol.name}: {found.gallery_size} enrolled, {strangers} strangers; {found.encoder.id}",
        numbers(found),
    )
    if found.simulated:
        page.notice("These people are simulated: the figures say how the system behaves, not how well it knows people.")
    for warning in found.warnings:
        page.notice(warning[0].upper() + warning[1:] + ".")
    page.facts(
        {
            "enrolled": found.gallery_size,
            "strangers": strangers,
            "templates": found.templates,
            "to enrol a person": f"{found.enrol_seconds / max(found.gallery_size, 1):.2f} s",
        }
    )
    at = "" if found.threshold is None else f"; FPIR and FNIR (R = 1) at the threshold {found.threshold.value:.3f}"
    caption = f"With 95 % intervals over people; N = {found.gallery_size}{at}"
    page.heading("Figures")
    page.table(*result_table(found.results), caption=caption)
    page.text(
        "Rank-1: share of enrolled people's probes whose person comes first. Open-set EER: enrolled people against "
        "strangers by the best comparison score in the gallery. FPIR: strangers who are named; FNIR: enrolled people "
        "who are not named rightly, and among these those taken for somebody else. Probes follow one another without "
        "overlap. Where everybody has the same rate, resampling them shows no doubt: with n people and no error, up to "
        "3/n is possible. Every comparison lies in the score files beside this report: "
        "lineament evaluate --scores FILE gives all further figures and curves."
    )
    page.heading("Scores")
    page.figures([(_histogram(found, result), f"Probes of {result.label}.") for result in found.results])
    return page


def save(found: Evaluated, folder: str | Path, name: str = "evaluation") -> list[Path]:
    """Write the report, and beside it every comparison score, a file for each length of probe; return the paths.

    Any figure can be redone from a score file: ``lineament evaluate --scores evaluation-20-s.parquet``.
    """
    place = Path(folder)
    paths = report(found).save(place, name)
    for result in found.results:
        paths.append(write_scores(result.scores, place / f"{name}-{result.label.replace(' ', '-')}.parquet"))
    return paths


def _threshold(encoder: Encoder, criterion: Balance | None, size: int) -> Threshold | None:
    """Return from which score on probes are accepted; None where the encoder is not calibrated."""
    if encoder.calibration is not None:
        return encoder.calibration.threshold(criterion=criterion, gallery_size=size)
    if criterion is not None:
        raise EncoderError(f"{encoder.id}: a calibrated encoder", "one without", "calibrate it: 'lineament calibrate'")
    return None


def _histogram(found: Evaluated, result: SpanResult) -> Any:
    display = ScoreHistogramDisplay.from_scores(
        mated=result.known_scores,
        non_mated=result.stranger_scores,
        threshold=None if found.threshold is None else found.threshold.value,
        title=f"Score of the likeliest person, {result.label}",
    )
    return display.plot()


def _embed(encoder: Encoder, side: Dataset | None, what: str, progress: Progress) -> list[Track]:
    """Embed one side of a protocol; nothing where it has nobody."""
    if side is None:
        return []
    samples = (side.load(row) for row in progress(what, len(side)))
    return embed_tracks(encoder, samples)
