"""A data set of recordings that can be trusted: each is inspected when it is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from lineament.datasets.dataset import Dataset
from lineament.signals import Sample
from lineament.signals.inspection import refuse_faults
from lineament.signals.motion import UNDECLARED


def inspected(dataset: Dataset, note: Callable[[str], object]) -> Dataset:
    """Return the data set, whose loader refuses recordings with faults or with axes that they ought to declare.

    Those of readers that know their layout's axes, images and simulated people are left alone.

    Parameters
    ----------
    dataset : Dataset
    note : callable
        Takes a sentence that the user should see: that recordings do not declare their axes, once.
    """
    told: list[str] = []

    def load(row: Mapping[str, Any]) -> Sample:
        sample = dataset.loader(row)
        axes = sample.attributes.get("axes")
        if sample.modality != "motion" or axes is None or row.get("simulated"):
            return sample
        refuse_faults(sample, "add a column axes with {} if it was recorded so")
        if axes == UNDECLARED and not told:
            told.append(sample.source)
            note(
                f"{sample.source} does not declare its axes, and others of {dataset.name} may not either; they are "
                "taken for X right, Y up, Z forward (otherwise add a column axes)"
            )
        return sample

    return replace(dataset, loader=load)
