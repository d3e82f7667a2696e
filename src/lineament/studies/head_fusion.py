"""Whether what `xr-360` teaches about heads helps the encoder of head and hand on `xr-objects`.

The encoder of head rotation is fitted to everybody of `xr-360` and to nobody of `xr-objects`. Its comparison scores
are added, with a weight, to those of the hand's encoder on the very folds of the table on `xr-objects`. The weight of a
fold is chosen by the figures of the same seed's other folds: on people who are not scored in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from lineament.datasets import Dataset
from lineament.evaluation import span_label
from lineament.evaluation.protocol_run import SPANS, enrol_tracks
from lineament.evaluation.tracks import merge_tracks
from lineament.studies.cells import Cells
from lineament.studies.xr_360 import HeadStudy
from lineament.studies.xr_objects_summary import Summary, summarise
from lineament.studies.xr_objects_systems import TableSystem, available
from lineament.studies.xr_objects_table import STRIDE_S, Fold, Progress, TableRun, held_out_folds, judge_probes

WEIGHTS = (0.0, 0.1, 0.2, 0.3, 0.5)
"""Of the head's comparison scores, among which a fold's is chosen."""
GALLERIES, SEEDS = (4, 8), (0, 1, 2)
"""Those of the table."""
HEAD = TableSystem("head", "the head alone, learned on xr-360", "xr-motion-head")
LABELS = {"ours": "ours (xr-motion)", "head": HEAD.label, "fused": "ours and the head, weight chosen on other people"}


@dataclass(frozen=True, eq=False)
class Fused:
    """What came out.

    Parameters
    ----------
    settings : mapping
        For each size of gallery, in words, the summaries of ``ours``, ``head`` and ``fused``.
    weights : mapping
        For each, the weights chosen.
    """

    settings: dict[str, dict[str, Summary]] = field(default_factory=dict)
    weights: dict[str, list[float]] = field(default_factory=dict)


def run(study: HeadStudy, objects: Dataset, table: Path, *, progress: Progress) -> Fused:
    """Judge the folds of the table by the hand's encoder, by the head's, and by both.

    Parameters
    ----------
    study : HeadStudy
        Of `xr-360`, which the head's encoder is fitted to.
    objects : Dataset
        `xr-objects`.
    table : path
        Folder of the table on `xr-objects`, whose folds are gone on from where they are on file.
    """
    (ours,) = available(["ours"])
    found, hand = Fused(), TableRun(objects, table)
    people = len(objects.subjects())
    for gallery in GALLERIES:
        folds = held_out_folds(objects, gallery=gallery, seeds=SEEDS)
        name = f"train {people - gallery}, gallery of {gallery}"
        first = hand.judgements(ours, folds, progress)
        second = _by_head(study, objects, folds, progress)
        both, weights = fused(first, second, [fold.seed for fold in folds])
        found.settings[name] = {
            key: summarise(judged) for key, judged in (("ours", first), ("head", second), ("fused", both))
        }
        found.weights[name] = weights
    return found


def fused(
    first: Sequence[dict[str, Any]], second: Sequence[dict[str, Any]], seeds: Sequence[int]
) -> tuple[list[dict[str, Any]], list[float]]:
    """Return judgements by both, the weight of each fold chosen on the same seed's other folds; and the weights."""
    mixed = {weight: [_mixed(a, b, weight) for a, b in zip(first, second, strict=True)] for weight in WEIGHTS}
    chosen, weights = [], []
    for place, seed in enumerate(seeds):
        others = [other for other, its in enumerate(seeds) if its == seed and other != place]
        worth = {weight: _worth([folds[other] for other in others]) for weight, folds in mixed.items()}
        best = max(WEIGHTS, key=worth.__getitem__)
        chosen.append(mixed[best][place])
        weights.append(best)
    return chosen, weights


def _worth(folds: Sequence[dict[str, Any]]) -> float:
    """Return Rank-1 less the open-set EER, both at a minute."""
    summary = summarise(folds)
    span = summary.spans[1]
    return (summary.centroid_rank_one(span) or 0.0) - summary.eer_estimate(span)


def _mixed(first: Mapping[str, Any], second: Mapping[str, Any], weight: float) -> dict[str, Any]:
    """Return a fold's judgements by the weighted mean of both comparison scores.

    Raises
    ------
    ValueError
        When they are not of the same probes and people.
    """
    if first["subjects"] != second["subjects"]:
        raise ValueError("two judgements of one fold have the same subjects")
    spans = {}
    for label, ours in first["spans"].items():
        theirs = second["spans"][label]
        if (ours["people"], ours["sessions"]) != (theirs["people"], theirs["sessions"]):
            raise ValueError(f"two judgements of one fold have the same probes of {label}")
        scores = (1 - weight) * np.array(ours["comparison"]) + weight * np.array(theirs["comparison"])
        spans[label] = {**ours, "winners": scores.argmax(axis=1).tolist(), "comparison": scores.tolist()}
    return {**first, "spans": spans}


def _by_head(study: HeadStudy, objects: Dataset, folds: Sequence[Fold], progress: Progress) -> list[dict[str, Any]]:
    """Return what the head's encoder says of every probe; it is fitted once, to `xr-360` alone."""
    from lineament.training.fit import fit_recordings

    recipe = HEAD.load()
    cells = Cells(study.out / "folds" / "head-on-objects", [objects.name, recipe.model_dump(mode="json")])
    if any(fold.name not in cells for fold in folds):
        fitted = fit_recordings(recipe, study.encoded(recipe), progress=False)
        tracks = {track.key: track for track in merge_tracks(fitted.tracks(study.encoded(recipe, objects), STRIDE_S))}
        for step in progress(HEAD.label, len(folds)):
            fold = folds[step]
            gallery = enrol_tracks([tracks[key] for key in fold.enrol])
            probes = [tracks[key] for key in fold.probe]
            spans = {span_label(use_s): judge_probes(probes, gallery, recipe.match_rule, use_s) for use_s in SPANS}
            cells[fold.name] = {"subjects": gallery.subjects(), "seconds": fitted.seconds, "spans": spans}
    return [cells[fold.name] for fold in folds]
