"""Any readable recording or data set, written in the unified XR motion format."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from lineament.datasets.dataset import Dataset
from lineament.datasets.layouts import open_dataset
from lineament.errors import SignalError
from lineament.files import write_json
from lineament.signals import Sample
from lineament.signals.motion import convert_axes, read_motion, write_motion


def convert_file(
    source: Path, target: Path, *, axes: str | None = None, unit: str = "cm", fps: float | None = None
) -> Sample:
    """Read one recording, bring it into the canonical axes and unit, and write it.

    Parameters
    ----------
    source, target : path
        The target ends in ``.csv`` or ``.parquet``.
    axes : str, optional
        Where the source's x, y and z point ("RUB", "FRU" ...); where not given, as the source declares. A source that
        does not is written as it stands, its axes as undeclared as they were.
    unit : str
        The source's unit of length.
    fps : float, optional
        Frames a second, for a source without a clock.

    Raises
    ------
    SignalError
        When the source cannot be read or the axes or unit are unknown.
    """
    sample = convert_axes(read_motion(source, fps, axes=axes), None, unit)
    write_motion(sample, target)
    return sample


def convert_dataset(
    source: Path,
    target: Path,
    *,
    suffix: str = ".parquet",
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Dataset:
    """Write every sample of a data set as ``<subject>/<session>`` into a folder; what lies there already is kept.

    Parameters
    ----------
    source : path
        A folder in a layout that `open_dataset` knows.
    target : path
        A folder; files are whole or not there, so that an interrupted conversion goes on where it stopped.
    suffix : str
        ``.csv`` or ``.parquet``.
    progress : callable
        Called with the number of samples done and of all.

    Raises
    ------
    SignalError
        When the source cannot be read, or source and target are one.
    """
    if source.resolve() == target.resolve():
        raise SignalError("target: another folder than the source", str(target), "choose another folder")
    dataset = open_dataset(source)
    names = _names(dataset)
    for index, name in enumerate(names):
        path = target / f"{name}{suffix}"
        if not path.is_file():
            write_motion(dataset.load(index), path)
        progress(index + 1, len(names))
    simulated = bool("simulated" in dataset.table and dataset.table["simulated"].any())
    about = {"name": dataset.name, "licence": dataset.licence, "citation": dataset.citation, "simulated": simulated}
    write_json(target / "dataset.json", about)
    return dataset


def _names(dataset: Dataset) -> list[str]:
    """Return a path without suffix for each sample: unique, and safe on every file system."""
    names: list[str] = []
    for row in dataset.table.itertuples():
        name = f"{_safe(row.subject)}/{_safe(row.session)}"
        for attribute in ("system", "video"):
            if attribute in dataset.table.columns:
                name += f"-{_safe(getattr(row, attribute))}"
        names.append(name if name not in names else f"{name}-{names.count(name) + 1}")
    return names


def _safe(text: object) -> str:
    return re.sub(r"[^\w.-]+", "_", str(text))
