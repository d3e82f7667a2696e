"""Paper 002's experiments on any data set: accuracy over enrolment and use-time, embedding against classification.

Figures 4 (the grids) and 5 (one column of them with its tests); 6 and 7 are in `xr_motion_figures`, and
`xr_motion_report` sets them all beside the published ones.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lineament.datasets import Dataset, Protocol, make_protocol
from lineament.errors import ProtocolError
from lineament.evaluation import AccuracyGrid, Amount, accuracy_grid, amounts_for, use_times_for
from lineament.metrics import SignedRankTest, wilcoxon_signed_rank
from lineament.recipes.recipe import Recipe
from lineament.studies.cells import Cells
from lineament.studies.installed import need_training
from lineament.studies.xr_motion_figures import check_attribute, figure_7, read_all
from lineament.studies.xr_motion_result import Options, Progress, Reproduction, no_progress
from lineament.studies.xr_motion_systems import (
    ClassifierSystem,
    FittedSource,
    Material,
    Source,
    embedding_system,
    rule_of,
    small_classifier,
    split_sessions,
)

PAPER_PEOPLE = {"train": 27 / 63, "validation": 9 / 63}


def paper_protocol(dataset: Dataset, *, seed: int) -> Protocol:
    """Return the paper's split, 27 of 63 train, 9 validate, 27 are tested, scaled to the data set."""
    enrol = max(1, _fewest_sessions(dataset) - 1)
    share = PAPER_PEOPLE["validation"]
    # One person cannot be told from nobody: too few to validate on train nothing, and are tested.
    validation = share if round(share * len(dataset.subjects())) > 1 else 0
    return make_protocol(
        dataset,
        train=PAPER_PEOPLE["train"],
        validation=validation,
        strangers=0,
        enrol_sessions=enrol,
        seed=seed,
        name=f"{dataset.name}-paper-{seed}",
    )


def reproduce(
    dataset: Dataset,
    source: Source,
    test_people: Sequence[str],
    *,
    options: Options,
    out: Path | None = None,
    other: Dataset | None = None,
    progress: Progress = no_progress,
) -> Reproduction:
    """Run the experiments with one source of embeddings.

    Parameters
    ----------
    dataset : Dataset
        With at least two sessions for each tested person; the last one probes, those before may be enrolled.
    source : Source
        Not trained on the tested people.
    test_people : sequence of str
    out : path, optional
        Folder where finished cells are kept.
    other : Dataset, optional
        Another data set, for Figure 7.

    Raises
    ------
    ProtocolError
        When fewer than two people can be tested, or the groups' attribute is none of the recordings'.
    """
    if options.classifier:
        need_training()
    classifier = _classifier(source, options)
    tested = dataset.filter(subject=list(test_people))
    if options.groups is not None:
        check_attribute(tested, options.groups)
    began = time.perf_counter()
    material = read_all(tested, source, options, classifier, progress)
    timing = {"embed_s": time.perf_counter() - began}
    # What a cell's value depends on beside its row and repetition; other choices must not make finished cells stale.
    setting = [dataset.name, source.mark, sorted(test_people), options.hard, options.stride_s, options.seed, classifier]
    cells = None if out is None else Cells(out / "cells", setting)
    embedding, classification = _grids(material, source, options, classifier, cells, progress, timing)
    found = Reproduction(
        data=dataset.name,
        simulated=bool(dataset.table.get("simulated", np.zeros(1)).any()),
        source=source.name,
        recipe=source.fitted.recipe.name if isinstance(source, FittedSource) else None,
        people={"tested": len(embedding.people)},
        options=options,
        rule=rule_of(source, hard=options.hard),
        embedding=embedding,
        classification=classification,
        timing=timing,
    )
    found.tests.update(_tests(found))
    found.figure_7.extend(figure_7(tested, material, other, source, options, classifier, progress))
    return found


def _classifier(source: Source, options: Options) -> Recipe | None:
    if not options.classifier:
        return None
    return options.classifier_recipe or small_classifier(source, steps=options.classifier_steps)


def _fewest_sessions(dataset: Dataset) -> int:
    return int(dataset.table.groupby("subject")["session"].nunique().min())


def _grids(
    material: Material,
    source: Source,
    options: Options,
    classifier: Recipe | None,
    cells: Cells | None,
    progress: Progress,
    timing: dict[str, float],
) -> tuple[AccuracyGrid, AccuracyGrid | None]:
    """Return Figure 4(a), and 4(b) where a classifier is wanted."""
    enrolment, probes = split_sessions(material)
    window_s = material.tracks[0].window_s
    amounts = _named(amounts_for(enrolment, window_s=window_s), options.rows)
    shared: dict[str, Any] = {
        "enrolment": enrolment,
        "probes": probes,
        "use_s": use_times_for(probes, window_s=window_s),
        "repetitions": options.repetitions,
        "step_s": max(1.0, options.stride_s),
        "seed": options.seed,
        "progress": progress,
        "cache": cells,
    }
    began = time.perf_counter()
    embedding = accuracy_grid(embedding_system(source, material.tracks, hard=options.hard), amounts=amounts, **shared)
    timing["embedding_grid_s"] = time.perf_counter() - began
    if classifier is None:
        return embedding, None
    system = ClassifierSystem(
        material.encoded, classifier, stride_s=options.stride_s, seed=options.seed, hard=options.hard
    )
    trained = accuracy_grid(system, amounts=_named(amounts, options.classifier_rows), **shared)
    if system.seconds:
        timing["classifier_training_s_each"] = float(np.mean(system.seconds))
    return embedding, trained


def _named(amounts: Sequence[Amount], labels: tuple[str, ...] | None) -> list[Amount]:
    """Return the amounts with some labels, all where none are named.

    Raises
    ------
    ProtocolError
        When a label is none of the rows.
    """
    if labels is None:
        return list(amounts)
    known = {amount.label: amount for amount in amounts}
    unknown = [label for label in labels if label not in known]
    if unknown:
        raise ProtocolError(
            f"rows: amounts of enrolment that the data give ({', '.join(known)})", repr(unknown[0]), "choose among them"
        )
    return [amount for amount in amounts if amount.label in labels]


def _tests(found: Reproduction) -> dict[str, SignedRankTest]:
    """Return Figure 5's tests: for each row, embedding against classification over people."""
    if found.classification is None or found.shared is None:
        return {}
    column = found.use_column
    ours, theirs = found.shared.person_means[:, column], found.classification.person_means[:, column]
    return {
        label: wilcoxon_signed_rank(ours=a, theirs=b)
        for label, a, b in zip(found.shared.rows, ours, theirs, strict=True)
    }
