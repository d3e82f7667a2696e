"""Paper 002's Figures 6 and 7: how many people train, and how far an encoder carries to other devices and data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lineament.datasets import Dataset, Protocol
from lineament.errors import ProtocolError
from lineament.evaluation import AccuracyGrid, Amount, accuracy_grid, use_times_for
from lineament.evaluation.tracks import merge_tracks
from lineament.recipes.recipe import Recipe
from lineament.registry import nearest
from lineament.studies.installed import need_training
from lineament.studies.xr_motion_result import Group, Options, Progress, no_progress
from lineament.studies.xr_motion_systems import (
    ClassifierSystem,
    FittedSource,
    Material,
    Source,
    embedding_system,
    fitting_batches,
    read_material,
    split_sessions,
)

if TYPE_CHECKING:
    from lineament.training.fit import Fitted
    from lineament.training.windows import Recording as Encoded


class Trainer:
    """Trains a recipe on the training people of a protocol, or on some of them; reads the data once.

    Raises
    ------
    MissingExtraError
        Without torch.
    """

    def __init__(self, dataset: Dataset, protocol: Protocol, recipe: Recipe, *, seed: int) -> None:
        need_training()
        self.dataset, self.protocol, self.recipe, self.seed = dataset, protocol, recipe, seed
        self._encoded: dict[str, list[Encoded]] = {}

    def fit(self, out: Path | None = None, *, people: int | None = None, progress: bool = True) -> Fitted:
        """Train on everybody, or on the first few people in a random order (a larger number holds the smaller).

        Parameters
        ----------
        out : path, optional
            Folder of the run; one that was interrupted there is resumed.
        people : int, optional
        progress : bool
            Show progress bars.
        """
        from lineament.training.fit import fit_recordings

        subjects = list(self.protocol.train.subjects)
        if people is not None:
            subjects = np.random.default_rng(self.seed).permutation(sorted(subjects))[:people].tolist()
        train = [recording for recording in self._side("train") if recording.subject in subjects]
        validation = self._side("validation") if self.protocol.validation.subjects else None
        recipe = fitting_batches(self.recipe, len(subjects))
        return fit_recordings(recipe, train, validation, out, seed=self.seed, resume=True, progress=progress)

    def encode(self, dataset: Dataset) -> list[Encoded]:
        """Encode every recording of a data set as the recipe says."""
        from lineament.encodings import build_encoding
        from lineament.training.encoded import encode

        return encode(build_encoding(self.recipe.encoding), dataset)

    def _side(self, side: str) -> list[Encoded]:
        if side not in self._encoded:
            self._encoded[side] = self.encode(self.dataset.select(self.protocol.sides()[side]))
        return self._encoded[side]


def figure_6(
    trainer: Trainer,
    test_people: Sequence[str],
    *,
    options: Options,
    out: Path | None = None,
    progress: Progress = no_progress,
) -> list[tuple[int, float, float, float]]:
    """Return accuracy and bounds for each number of training people: everything enrolled, the shortest use-time."""
    tested = trainer.encode(trainer.dataset.filter(subject=list(test_people)))
    points = []
    for step in progress("training people", len(options.training_people)):
        people = options.training_people[step]
        fitted = trainer.fit(None if out is None else out / f"trained-on-{people}", people=people, progress=False)
        material = Material(merge_tracks(fitted.tracks(tested, options.stride_s)), {})
        grid = _whole_session(material, FittedSource(fitted), options)
        low, high = grid.interval()
        points.append((people, float(grid.mean[0, 0]), float(low[0, 0]), float(high[0, 0])))
    return points


def _whole_session(material: Material, source: Source, options: Options) -> AccuracyGrid:
    """Return a grid of one cell: everything enrolled, the shortest use-time."""
    return accuracy_grid(embedding_system(source, material.tracks, hard=options.hard), **_one_cell(material, options))


def _one_cell(material: Material, options: Options) -> dict[str, Any]:
    enrolment, probes = split_sessions(material)
    window_s = material.tracks[0].window_s
    return {
        "enrolment": enrolment,
        "probes": probes,
        "amounts": [Amount()],
        "use_s": use_times_for(probes, window_s=window_s)[:1],
        "repetitions": 1,
        "step_s": max(1.0, options.stride_s),
    }


def figure_7(
    tested: Dataset,
    material: Material,
    other: Dataset | None,
    source: Source,
    options: Options,
    classifier: Recipe | None,
    progress: Progress,
) -> list[Group]:
    """Return a group for each value of an attribute, for all, and for another data set."""
    if options.groups is None and other is None:
        return []
    parts: list[tuple[str, Material]] = []
    if options.groups is not None:
        for value, rows in tested.table.groupby(options.groups):
            keys = zip(rows["subject"].astype(str), rows["session"].astype(str), strict=True)
            parts.append((str(value), material.of(keys)))
    parts.append(("all" if options.groups else tested.name, material))
    if other is not None:
        parts.append((other.name, read_all(other, source, options, classifier, progress)))
    return [_group(label, part, source, options, classifier) for label, part in parts]


def check_attribute(dataset: Dataset, attribute: str) -> None:
    """Check that recordings can be grouped by an attribute.

    Raises
    ------
    ProtocolError
        When they do not have it.
    """
    known = [str(name) for name in dataset.table.columns if not str(name).startswith("_")]
    if attribute not in known:
        raise ProtocolError(
            f"{dataset.name}: an attribute of its recordings", repr(attribute), nearest(attribute, known)
        )


def _group(label: str, part: Material, source: Source, options: Options, classifier: Recipe | None) -> Group:
    """Return one group: everything enrolled, the shortest use-time."""
    trained = None
    if classifier is not None:
        system = ClassifierSystem(
            part.encoded, classifier, stride_s=options.stride_s, seed=options.seed, hard=options.hard
        )
        trained = accuracy_grid(system, **_one_cell(part, options))
    embedding = _whole_session(part, source, options)
    return Group(label, len(embedding.people), embedding, trained)


def read_all(
    dataset: Dataset, source: Source, options: Options, classifier: Recipe | None, progress: Progress
) -> Material:
    """Read a data set, showing how far it is."""
    rows = progress("embedding", len(dataset))
    return read_material(dataset, source, stride_s=options.stride_s, classifier=classifier, rows=rows)
