"""The whole study of false alarms: simulated people of several kinds, and real ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from lineament.datasets import Dataset
from lineament.evaluation.report import Report
from lineament.files import read_json, write_json
from lineament.studies.false_alarms import POPULATIONS, Cell, Plan, Progress, simulated
from lineament.studies.false_alarms_people import EmbeddedPeople, judged_people, plain_encoder
from lineament.studies.false_alarms_report import Found, report

SPLITS = 20
OTHER_STRANGERS, OTHER_PEOPLE, OTHER_REPETITIONS = 10_000, 2_000, 5
"""How much is done on the populations that the promise is not read off from."""
NAMES = {
    "usual": "Simulated people, unevenly spread",
    "even": "Simulated people, evenly spread",
    "uneven": "Simulated people, more unevenly spread",
    "few directions": "Simulated people who differ in few directions",
}


def run(
    plan: Plan,
    out: Path,
    *,
    dataset: Dataset | None,
    embeddings: Sequence[Path],
    others: bool,
    progress: Progress,
) -> Report:
    """Return the page; what an earlier run into the same folder did is not done again.

    Parameters
    ----------
    plan : Plan
        Of the usual simulated people.
    out : path
    dataset : Dataset, optional
        Pictures, for the plain encoder.
    embeddings : sequence of path
        Of other encoders.
    others : bool
        Whether to try other simulated populations.
    progress : callable
    """
    found = [Found(NAMES["usual"], False, plan.strangers, simulated(plan, "usual", out, progress))]
    if dataset is not None:
        found.append(_real(_plain(dataset, out, progress), out, plan.seed, progress))
    found += [_real(EmbeddedPeople.load(path), out, plan.seed, progress) for path in embeddings]
    if others:
        smaller = replace(
            plan,
            strangers=min(plan.strangers, OTHER_STRANGERS),
            people=(min(max(plan.people), OTHER_PEOPLE),),
            repetitions=min(plan.repetitions, OTHER_REPETITIONS),
        )
        for name in POPULATIONS:
            if name != "usual":
                cells = simulated(smaller, name, out, progress)
                found.append(Found(NAMES[name], False, smaller.strangers, cells))
    return report(found, plan)


def _plain(dataset: Dataset, out: Path, progress: Progress) -> EmbeddedPeople:
    """Return the plain encoder's embeddings, from the folder where they were made before."""
    path = out / f"plain-{dataset.name}.npz"
    if path.is_file():
        return EmbeddedPeople.load(path, f"Linear discriminants of pixels on {dataset.name}")
    people = plain_encoder(dataset, progress)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, embeddings=people.vectors, subject=people.subjects)
    return people


def _real(people: EmbeddedPeople, out: Path, seed: int, progress: Progress) -> Found:
    """Return what was measured on real people."""
    _, counts = np.unique(people.subjects, return_counts=True)
    path = out / "cells" / f"{people.name.replace(' ', '-')}-{len(people.vectors)}-{SPLITS}-{seed}.json"
    if not path.is_file():
        cells = judged_people(people, splits=SPLITS, seed=seed, progress=progress)
        write_json(path, [asdict(cell) for cell in cells])
    cells = [Cell(**cell) for cell in read_json(path, "cells")]
    return Found(people.name, True, int((counts == 1).sum()) // 2, cells)
