"""The rotation of the head alone, on `xr-360`: people who were not trained on, probed while watching other videos.

Two settings. *Held out*: people are dealt into groups of 20, each group in turn is enrolled from half of the videos and
probed in the other half, with an encoder trained on everybody else; for several seeds, each of which deals people and
videos anew. *Closed set*: all 60 train and are enrolled from 18 of the videos (9 of each person's 14) and probed in the
other 10, as in the figure that the data set's floor was measured in.

All of it is one sitting of each person. `lineament.studies.head_fusion` asks what this set gives to the hand encoder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lineament.datasets import Dataset
from lineament.errors import ProtocolError
from lineament.evaluation import Track
from lineament.evaluation.protocol_run import enrol_tracks
from lineament.evaluation.tracks import merge_tracks
from lineament.recipes.recipe import Recipe
from lineament.studies.cells import Cells
from lineament.studies.installed import need_training
from lineament.studies.xr_objects_summary import Summary, summarise
from lineament.studies.xr_objects_systems import TableSystem
from lineament.studies.xr_objects_table import STRIDE_S, Fold, Progress, judge_probes

if TYPE_CHECKING:
    from lineament.training.fit import Fitted
    from lineament.training.windows import Recording as Encoded

INTRODUCTION = "Intro"
"""The video that everybody saw first: it trains, but is neither enrolled nor probed."""
GALLERY, CLOSED_ENROLLED = 20, 18
SPANS: dict[str, float | None] = {"20 s": 20.0, "1 min": 60.0, "all videos": None}
HELD_OUT, CLOSED = "20 people held out in turn", "closed set of everybody"
BESIDE = "head-objects"
"""The system that also learns from the heads of `xr-objects`."""

_LDA = {"projection": "lda", "name": "window_statistics"}
_MEAN_STD = {**_LDA, "statistics": ["mean", "std"]}
SYSTEMS: tuple[TableSystem, ...] = (
    TableSystem("lda", "LDA on mean, std, p10, p90", "xr-motion-head", {"network": _LDA}),
    TableSystem(
        "lda-mean-std", "LDA on mean, std", "xr-motion-head", {"network": {**_LDA, "statistics": ["mean", "std"]}}
    ),
    TableSystem("moments", "ours without kernels", "xr-motion-head", {"network.kernels": 0}),
    TableSystem("head", "ours (xr-motion-head)", "xr-motion-head"),
    TableSystem(BESIDE, "ours, the heads of xr-objects learned from too", "xr-motion-head"),
)


@dataclass(frozen=True, eq=False)
class HeadResults:
    """What came out: for each setting, each system's summary."""

    people: int
    seeds: tuple[int, ...]
    settings: dict[str, dict[str, Summary]] = field(default_factory=dict)


def held_out_folds(dataset: Dataset, *, gallery: int, seeds: Sequence[int]) -> list[Fold]:
    """Return folds in which every person is held out once a seed, enrolled from some videos and probed in the others.

    Raises
    ------
    ProtocolError
        When the people cannot be dealt into groups of that size.
    """
    people = dataset.subjects()
    if len(people) % gallery or len(people) == gallery:
        expected = f"{dataset.name}: people that can be dealt into groups of {gallery}"
        raise ProtocolError(expected, str(len(people)), "choose another size")
    keys, folds = _keys(dataset), []
    for seed in seeds:
        rng = np.random.default_rng(3000 + seed)
        dealt, enrolled = rng.permutation(people), _some_videos(dataset, len(_videos(dataset)) // 2, rng)
        for start in range(0, len(people), gallery):
            held = {str(who) for who in dealt[start : start + gallery]}
            train = tuple(key for key in keys if key[0] not in held)
            name = f"held-out seed{seed} fold{start // gallery}"
            folds.append(Fold(name, train, *_sides(keys, held, enrolled), seed))
    return folds


def closed_folds(dataset: Dataset, *, enrolled: int, seeds: Sequence[int]) -> list[Fold]:
    """Return a fold a seed in which everybody trains and is enrolled from some videos, and probed in the others."""
    keys, people = _keys(dataset), set(dataset.subjects())
    folds = []
    for seed in seeds:
        videos = _some_videos(dataset, enrolled, np.random.default_rng(4000 + seed))
        enrol, probe = _sides(keys, people, videos)
        folds.append(Fold(f"closed seed{seed}", enrol, enrol, probe, seed))
    return folds


class HeadStudy:
    """Runs systems over folds of `xr-360`; everything is encoded once.

    Parameters
    ----------
    dataset : Dataset
        `xr-360`.
    out : path
        Folder where each fold's judgements are kept.
    objects : Dataset, optional
        `xr-objects`, whose heads one system learns from too.
    """

    def __init__(self, dataset: Dataset, out: Path, objects: Dataset | None = None) -> None:
        need_training()
        self.dataset, self.out, self.objects = dataset, Path(out), objects
        self._encoded: dict[str, list[Encoded]] = {}

    def systems(self) -> list[TableSystem]:
        """Return the systems that can be run."""
        return [system for system in SYSTEMS if self.objects is not None or system.key != BESIDE]

    def judgements(self, system: TableSystem, folds: Sequence[Fold], progress: Progress) -> list[dict[str, Any]]:
        """Return what the system says of every probe of every fold; computed where it is not on file."""
        recipe = system.load()
        beside = self.objects is not None and system.key == BESIDE
        setting = [self.dataset.name, recipe.model_dump(mode="json"), beside]
        cells = Cells(self.out / "folds" / system.key, setting)
        for step in progress(system.label, len(folds)):
            fold = folds[step]
            if fold.name not in cells:
                cells[fold.name] = self._run(recipe, fold, self.encoded(recipe, self.objects) if beside else [])
        return [cells[fold.name] for fold in folds]

    def encoded(self, recipe: Recipe, dataset: Dataset | None = None) -> list[Encoded]:
        """Return every recording of the set, or of another one, encoded as a recipe says."""
        from lineament.encodings import build_encoding
        from lineament.training.encoded import encode

        data = dataset or self.dataset
        mark = f"{data.name} {recipe.encoding.model_dump_json()}"
        if mark not in self._encoded:
            self._encoded[mark] = encode(build_encoding(recipe.encoding), data)
        return self._encoded[mark]

    def _run(self, recipe: Recipe, fold: Fold, beside: Sequence[Encoded]) -> dict[str, Any]:
        """Train, enrol and judge."""
        from lineament.training.fit import fit_recordings

        encoded = {(recording.subject, recording.session): recording for recording in self.encoded(recipe)}
        train = [encoded[key] for key in fold.train]
        fitted = fit_recordings(recipe, [*train, *beside], seed=fold.seed, progress=False)
        gallery = enrol_tracks(fitted.tracks([encoded[key] for key in fold.enrol], STRIDE_S))
        probes = one_after_another(fitted, [encoded[key] for key in fold.probe])
        spans = {label: judge_probes(probes, gallery, recipe.match_rule, use_s) for label, use_s in SPANS.items()}
        return {"subjects": gallery.subjects(), "seconds": fitted.seconds, "spans": spans}


def one_after_another(fitted: Fitted, recordings: Sequence[Encoded]) -> list[Track]:
    """Embed recordings, and lay those of each person one after another."""
    return merge_tracks(replace(track, session="probe") for track in fitted.tracks(recordings, STRIDE_S))


def run(study: HeadStudy, seeds: tuple[int, ...], *, progress: Progress) -> HeadResults:
    """Run every system in both settings."""
    results = HeadResults(len(study.dataset.subjects()), seeds)
    settings = {
        HELD_OUT: held_out_folds(study.dataset, gallery=GALLERY, seeds=seeds),
        CLOSED: closed_folds(study.dataset, enrolled=CLOSED_ENROLLED, seeds=seeds),
    }
    for name, folds in settings.items():
        results.settings[name] = {s.key: summarise(study.judgements(s, folds, progress)) for s in study.systems()}
    return results


def _keys(dataset: Dataset) -> list[tuple[str, str]]:
    pairs = dataset.table[["subject", "session"]].astype(str).itertuples(index=False, name=None)
    return sorted({(str(subject), str(session)) for subject, session in pairs})


def _videos(dataset: Dataset) -> list[str]:
    """Return the videos that some saw and others did not."""
    return [video for video in dataset.sessions() if video != INTRODUCTION]


def _some_videos(dataset: Dataset, count: int, rng: np.random.Generator) -> set[str]:
    return {str(video) for video in rng.permutation(_videos(dataset))[:count]}


def _sides(
    keys: Sequence[tuple[str, str]], people: set[str], enrolled: set[str]
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """Return what is enrolled and what probes of these people."""
    own = [key for key in keys if key[0] in people and key[1] != INTRODUCTION]
    return tuple(key for key in own if key[1] in enrolled), tuple(key for key in own if key[1] not in enrolled)
