"""`lineament calibrate`: an encoder's calibration from people whom it was not trained on. Needs no torch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from lineament.datasets import Dataset, Protocol
from lineament.decisions import Calibration, MatchRule, build_match_rule
from lineament.decisions.calibration_threshold import Balance, Criterion
from lineament.encoder import Encoder, shipped_encoders
from lineament.encoder.folder import CALIBRATION, find_encoder
from lineament.errors import EncoderError, ProtocolError, RecipeError, SignalError
from lineament.evaluation.calibrating import (
    CALIBRATED_USE_S,
    ENROLMENT,
    TARGET_FPIR,
    ValidationScores,
    calibration_of,
    enrol_and_use,
    use_time,
    validation_scores,
)
from lineament.evaluation.tracks import Track, embed_track, merge_tracks
from lineament.gallery import Gallery

SIZES = (10, 100, 1_000, 10_000)
RATES = (0.1, 0.01, 0.001)
BALANCES: tuple[Balance, ...] = ("eer", "max_oscr")
Progress = Callable[[str, int], Iterable[int]]


@dataclass(frozen=True, eq=False)
class Promise:
    """A threshold for one rate and one size of gallery.

    Parameters
    ----------
    fpir : float or None
        None for a threshold by another criterion.
    gallery_size : int
    threshold : float or None
        None where this cannot be promised on so few people.
    missed : float or None
        Share of the probes of enrolled people that score below it: the price.
    reason : str
        Why it cannot be promised.
    criterion : {"fpir", "eer", "max_oscr"}
    """

    fpir: float | None
    gallery_size: int
    threshold: float | None
    missed: float | None
    reason: str = ""
    criterion: Criterion = "fpir"


@dataclass(frozen=True, eq=False)
class Calibrated:
    """A calibration, and what it rests on.

    Parameters
    ----------
    calibration : Calibration
    dataset : str
    people, enrolled, probes, comparisons, failed : int
        People, subjects enrolled, probes, comparisons of probes with somebody else, and recordings or images that gave
        no embedding.
    promises : tuple of Promise
        For `RATES` and `SIZES`, and the `BALANCES`.
    notes : tuple of str
    """

    calibration: Calibration
    dataset: str
    people: int
    enrolled: int
    probes: int
    comparisons: int
    failed: int
    promises: tuple[Promise, ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the figures as JSON."""
        return {
            "calibration": self.calibration.id,
            "match_rule": dict(self.calibration.match_rule),
            "data": self.dataset,
            "people": self.people,
            "enrolled": self.enrolled,
            "probes": self.probes,
            "comparisons": self.comparisons,
            "failed": self.failed,
            "target_fpir": self.calibration.target_fpir,
            "promises": [vars(promise) for promise in self.promises],
            "notes": list(self.notes),
        }


def calibrate_encoder(
    encoder: Encoder,
    dataset: Dataset,
    protocol: Protocol | None = None,
    *,
    rule: MatchRule,
    target_fpir: float = TARGET_FPIR,
    use_s: float = CALIBRATED_USE_S,
    progress: Progress = lambda what, total: range(total),
) -> Calibrated:
    """Fit a calibration to a protocol's validation people, or to everybody in a data set.

    Parameters
    ----------
    encoder : Encoder
    dataset : Dataset
    protocol : Protocol, optional
        Where it says who of the validation people is enrolled and who is a stranger, so it is done; else their first
        sessions are enrolled, or the first half of a single one.
    rule : MatchRule
        By which it will be decided.
    target_fpir : float
        The share of strangers accepted, where nothing else is asked of the calibration.
    use_s : float
        Seconds of a probe; of images each is one, and of events each window.

    Raises
    ------
    ProtocolError
        When there are no validation people, or fewer than two with something to enrol and something to identify.
    SignalError
        When not one recording or image gives an embedding.
    """
    seconds = use_time(encoder.encoding, encoder.window, use_s)
    persons, failed, notes = dataset.person_of(), 0, []
    if protocol is None:
        used, failed = _embedded(encoder, dataset, progress)
        enrolled, used = enrol_and_use(used)
        enrolment = ENROLMENT
        trained = [str(entry.get("name")) for entry in encoder.card.get("data", ()) if isinstance(entry, dict)]
        if dataset.name in trained:
            notes.append(
                f"{encoder.name} was trained on {dataset.name}: whoever was trained on is told apart too well, and the "
                "promise does not hold for others; give a protocol"
            )
    else:
        enrolled, used, failed = _sides(encoder, dataset, protocol.check(), progress)
        enrolment = f"as protocol {protocol.name} says" if protocol.calibration else ENROLMENT
    scores = validation_scores(enrolled, used, rule, metric=encoder.metric, use_s=seconds, persons=persons)
    if scores is None:
        raise ProtocolError(
            f"{dataset.name}: two validation people or more, with something to enrol and something to identify",
            f"{len({persons[track.subject] for track in enrolled})}",
            "add people, or sessions",
        )
    if failed:
        notes.append(f"{failed} of {len(dataset)} recordings or images gave no embedding and were left out")
    people = len({*(persons[track.subject] for track in (*enrolled, *used))})
    fitted = calibration_of(
        scores,
        rule,
        target_fpir=target_fpir,
        use_s=seconds if encoder.encoding.unit != "images" else 0.0,
        unit=encoder.encoding.unit,
        enrolment=f"{enrolment}; {people} people of {dataset.name}",
    )
    calibration = replace(fitted, encoder=encoder.id)
    return Calibrated(
        calibration,
        dataset.name,
        people,
        len(scores.subjects),
        len(scores.people),
        len(scores.people) * scores.others,
        failed,
        (
            *(_promise(calibration, scores, rate, size) for rate in RATES for size in SIZES),
            *(_promise(calibration, scores, None, size, by) for by in BALANCES for size in SIZES),
        ),
        tuple(notes),
    )


def match_rule_from(text: str | None, encoder: Encoder, cohort: Gallery | None = None) -> MatchRule:
    """Return the rule to calibrate with: one that was asked for, or the one of before, or the encoder's recipe's.

    Parameters
    ----------
    text : str or None
        A name, or a spec in YAML such as ``{name: top_mean, k: 3}``.
    encoder : Encoder
    cohort : Gallery, optional
        For rules that normalise scores.

    Raises
    ------
    RecipeError
        When there is no such rule.
    """
    if text is not None:
        try:
            spec = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise RecipeError("match rule: a name, or a spec in YAML", repr(text), "write e.g. prototype") from error
        return build_match_rule(spec, cohort)
    recipe = encoder.card.get("recipe")
    own = recipe.get("match_rule") if isinstance(recipe, Mapping) else None
    if encoder.calibration is not None:
        own = encoder.calibration.match_rule
    return build_match_rule(own or "prototype", cohort)


def write_calibration(encoder: Encoder, source: str, calibration: Calibration, out: Path | None) -> Path:
    """Write a calibration into its encoder's folder in one piece, or into a copy of the encoder; return the folder.

    Parameters
    ----------
    encoder : Encoder
    source : str
        The folder, or the shipped name, that it was read from.
    calibration : Calibration
    out : Path or None
        The folder of the copy.

    Raises
    ------
    EncoderError
        When a shipped encoder is to be changed where it lies.
    LineamentError
        When the place cannot be written to.
    """
    if out is not None:
        encoder.described(encoder.card, calibration).save(out)
        return out
    if source in shipped_encoders():
        raise EncoderError(f"{source}: an encoder of one's own", "one that ships", "write a copy of it: --out DIR")
    folder = find_encoder(source)
    calibration.save(folder / CALIBRATION)
    return folder


def _sides(
    encoder: Encoder, dataset: Dataset, protocol: Protocol, progress: Progress
) -> tuple[list[Track], list[Track], int]:
    """Return what is enrolled and what is used of a protocol's validation people, and how many recordings failed."""
    if protocol.calibration is not None:
        sides = [dataset.select(side) for side in protocol.calibration.sides().values() if side.subjects]
        embedded = [_embedded(encoder, side, progress) for side in sides]
        tracks = [tracks for tracks, _ in embedded]
        return tracks[0], [track for side in tracks[1:] for track in side], sum(failed for _, failed in embedded)
    if not protocol.validation.subjects:
        remedy = "make one with 'lineament protocol make --validation'"
        raise ProtocolError(f"protocol {protocol.name}: validation people", "none", remedy)
    embedded_all, failed = _embedded(encoder, dataset.select(protocol.validation), progress)
    return *enrol_and_use(embedded_all), failed


def _embedded(encoder: Encoder, dataset: Dataset, progress: Progress) -> tuple[list[Track], int]:
    """Embed a data set; return its tracks, and how many samples gave no embedding."""
    tracks, refused = [], None
    for row in progress("embedding", len(dataset)):
        sample = dataset.load(row)
        try:
            track = embed_track(encoder, sample, stride_s=encoder.stride_s)
        except SignalError as error:
            refused = error
            continue
        if track is not None:
            tracks.append(track)
    if not tracks:
        wanted = f"{dataset.name}: a sample that {encoder.id} can embed"
        raise refused or SignalError(wanted, "none long enough", "record for longer")
    return merge_tracks(tracks), len(dataset) - len(tracks)


def _promise(
    calibration: Calibration, scores: ValidationScores, fpir: float | None, size: int, by: Balance | None = None
) -> Promise:
    """Return the threshold for a rate or a criterion, and a size; or why there is none."""
    try:
        threshold = calibration.threshold(fpir=fpir, criterion=by, gallery_size=size).value
    except EncoderError as error:
        return Promise(fpir, size, None, None, f"{error.expected}: {error.came}", by or "fpir")
    missed = float(np.mean(scores.known < threshold)) if len(scores.known) else None
    return Promise(fpir, size, threshold, missed, "", by or "fpir")
