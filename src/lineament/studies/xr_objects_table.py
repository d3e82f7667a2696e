"""The table on `xr-objects`: people who were not trained on, enrolled from session 1, probed in sessions 2 to 4.

Every person is held out in turn: people are dealt into groups of 4 (12 train) or of 8 (8 train), each group is once the
gallery, and this is repeated for several seeds. Windows lie 5 s apart; probes of 20 s and 60 s follow one another
without overlap. Open-set EER: half of the group enrolled, in every way (at most 35).

Each fold's judgements are kept in a file, so that a run that was interrupted goes on. What stands in the table is made
of them in `xr_objects_summary`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from lineament.datasets import Dataset
from lineament.datasets.simulate import simulated_motion
from lineament.errors import ProtocolError
from lineament.evaluation import Track, span_label
from lineament.evaluation.judging import judge_spans, merge_judgements
from lineament.evaluation.protocol_run import SPANS, enrol_tracks
from lineament.evaluation.spans import span_winners, tiled_spans
from lineament.evaluation.tracks import merge_tracks
from lineament.gallery import Gallery
from lineament.recipes.components import Component, CrossEntropy
from lineament.recipes.recipe import Recipe
from lineament.studies.cells import Cells
from lineament.studies.installed import need_training
from lineament.studies.xr_motion_systems import fitting_batches
from lineament.studies.xr_objects_summary import summarise
from lineament.studies.xr_objects_systems import TableSystem

if TYPE_CHECKING:
    from lineament.training.fit import Fitted
    from lineament.training.windows import Recording as Encoded

STRIDE_S = 5.0
Progress = Callable[[str, int], Iterable[int]]


@dataclass(frozen=True)
class Fold:
    """Who trains, what is enrolled and what probes; keys are subject and session."""

    name: str
    train: tuple[tuple[str, str], ...]
    enrol: tuple[tuple[str, str], ...]
    probe: tuple[tuple[str, str], ...]
    seed: int


def held_out_folds(dataset: Dataset, *, gallery: int, seeds: Sequence[int]) -> list[Fold]:
    """Return folds in which every person is held out once a seed, in groups of ``gallery`` people.

    Raises
    ------
    ProtocolError
        When the people cannot be dealt into groups of that size, or there are not two sessions of each.
    """
    people = dataset.subjects()
    if len(people) % gallery or len(people) == gallery:
        raise ProtocolError(
            f"{dataset.name}: people that can be dealt into groups of {gallery}",
            f"{len(people)}",
            "choose another size",
        )
    keys = _keys(dataset)
    first = {who: min(session for other, session in keys if other == who) for who in people}
    folds = []
    for seed in seeds:
        dealt = np.random.default_rng(1000 + seed).permutation(people)
        for start in range(0, len(people), gallery):
            held = {str(who) for who in dealt[start : start + gallery]}
            folds.append(
                Fold(
                    name=f"train{len(people) - gallery} seed{seed} fold{start // gallery}",
                    train=tuple(key for key in keys if key[0] not in held),
                    enrol=tuple(key for key in keys if key[0] in held and key[1] == first[key[0]]),
                    probe=tuple(key for key in keys if key[0] in held and key[1] != first[key[0]]),
                    seed=seed,
                )
            )
    return folds


def inner_folds(fold: Fold) -> list[Fold]:
    """Return folds among the training people of a fold, each held out once: by fours of twelve, else by twos."""
    people = sorted({subject for subject, _ in fold.train})
    size = 4 if len(people) >= 12 else 2
    dealt = np.random.default_rng(fold.seed).permutation(people)
    first = {who: min(session for other, session in fold.train if other == who) for who in people}
    folds = []
    for start in range(0, len(people), size):
        held = {str(who) for who in dealt[start : start + size]}
        folds.append(
            Fold(
                name=f"{fold.name} inner{start // size}",
                train=tuple(key for key in fold.train if key[0] not in held),
                enrol=tuple(key for key in fold.train if key[0] in held and key[1] == first[key[0]]),
                probe=tuple(key for key in fold.train if key[0] in held and key[1] != first[key[0]]),
                seed=fold.seed,
            )
        )
    return folds


def session_folds(dataset: Dataset, *, seeds: Sequence[int]) -> list[Fold]:
    """Return folds that leave one session out: the others train and are enrolled, everybody is known."""
    keys = _keys(dataset)
    return [
        Fold(
            name=f"sessions seed{seed} without {session}",
            train=(rest := tuple(key for key in keys if key[1] != session)),
            enrol=rest,
            probe=tuple(key for key in keys if key[1] == session),
            seed=seed,
        )
        for seed in seeds
        for session in dataset.sessions()
    ]


class TableRun:
    """Runs systems over folds, reading and encoding each recording once for each encoding.

    Parameters
    ----------
    dataset : Dataset
    out : path
        Folder where each fold's judgements are kept.
    """

    def __init__(self, dataset: Dataset, out: Path) -> None:
        need_training()
        self.dataset, self.out = dataset, Path(out)
        self._encoded: dict[int, tuple[str, list[Encoded]]] = {}
        self._simulated: tuple[str, Fitted | None] = ("", None)

    def judgements(self, system: TableSystem, folds: Sequence[Fold], progress: Progress) -> list[dict[str, Any]]:
        """Return what the system says of every probe of every fold; computed where it is not on file."""
        recipes = system.candidates()
        setting = [self.dataset.name, [recipe.model_dump(mode="json") for recipe in recipes], system.learns_from]
        cells = Cells(self.out / "folds" / system.key, setting)
        found = []
        for step in progress(system.label, len(folds)):
            fold = folds[step]
            if fold.name not in cells:
                chosen = self._choose(system, recipes, fold) if len(recipes) > 1 else 0
                cells[fold.name] = {**self._run(system, recipes[chosen], fold), "chosen": chosen}
            found.append(cells[fold.name])
        return found

    def _choose(self, system: TableSystem, recipes: Sequence[Recipe], fold: Fold) -> int:
        """Return the recipe that does best when the fold's training people are held out among themselves.

        By the prototypes' Rank-1 less the open-set EER, both at a minute.
        """
        worth = []
        inner = inner_folds(fold)
        for recipe in recipes:
            summary = summarise([self._run(system, recipe, part) for part in inner])
            span = summary.spans[min(1, len(summary.spans) - 1)]
            worth.append((summary.centroid_rank_one(span) or 0.0) - summary.eer_estimate(span))
        return int(np.argmax(worth))

    def _fit(self, system: TableSystem, recipe: Recipe, train: list[Encoded], seed: int) -> Fitted:
        """Train on the fold's people, on simulated ones beside them, before them or in their place."""
        from lineament.training.hand_over import hand_over

        if not system.simulated:
            return _fit(recipe, train, seed)
        if system.mixing == "beside":
            return _fit(recipe, train + self._all(recipe, simulated=system.simulated), seed)
        first = self._fit_simulated(recipe, system.simulated)
        if system.mixing == "alone":
            return first
        with TemporaryDirectory() as folder:
            # The weights are started from; features are normalised on the fold's people, as for every other system.
            hand_over(first, Path(folder) / "encoder")
            return _fit(recipe, train, seed, init=Path(folder) / "encoder")

    def _fit_simulated(self, recipe: Recipe, people: int) -> Fitted:
        """Train on simulated people alone, once for all folds."""
        mark = f"{people} {recipe.model_dump_json()}"
        if self._simulated[0] != mark or self._simulated[1] is None:
            self._simulated = mark, _fit(recipe, self._all(recipe, simulated=people), seed=0)
        fitted = self._simulated[1]
        assert fitted is not None
        return fitted

    def _run(self, system: TableSystem, recipe: Recipe, fold: Fold) -> dict[str, Any]:
        """Train, enrol and judge."""
        encoded = {(recording.subject, recording.session): recording for recording in self._all(recipe)}
        classifies = isinstance(recipe.loss, CrossEntropy)
        fitted = self._fit(
            system, recipe, [encoded[key] for key in (fold.enrol if classifies else fold.train)], fold.seed
        )
        probes = merge_tracks(fitted.tracks([encoded[key] for key in fold.probe], STRIDE_S))
        if classifies:
            return {"subjects": list(fitted.subjects), "seconds": fitted.seconds, "spans": _classified(probes)}
        enrolled = merge_tracks(fitted.tracks([encoded[key] for key in fold.enrol], STRIDE_S))
        gallery = enrol_tracks(enrolled, metric="cosine" if recipe.normalise else "euclidean")
        spans = {span_label(use_s): judge_probes(probes, gallery, recipe.match_rule, use_s) for use_s in SPANS}
        return {"subjects": gallery.subjects(), "seconds": fitted.seconds, "spans": spans}

    def _all(self, recipe: Recipe, *, simulated: int = 0) -> list[Encoded]:
        """Return every recording, or those of simulated people, encoded as a recipe says; the last are remembered."""
        from lineament.encodings import build_encoding
        from lineament.training.encoded import encode

        mark = recipe.encoding.model_dump_json()
        if self._encoded.get(simulated, ("",))[0] != mark:
            encoding = build_encoding(recipe.encoding)
            people = _simulated(simulated, encoding.fps) if simulated else self.dataset
            self._encoded[simulated] = mark, encode(encoding, people)
        return self._encoded[simulated][1]


def judge_probes(probes: Sequence[Track], gallery: Gallery, rule: Component, use_s: float | None) -> dict[str, Any]:
    """Return what is said of every probe of so many seconds, as JSON (see `lineament.evaluation.judging.Judgement`)."""
    judged = merge_judgements(
        [
            judge_spans(track, bounds, gallery, rule)
            for track in probes
            if len(bounds := tiled_spans(track.starts, window_s=track.window_s, use_s=use_s))
        ]
    )
    return {
        "people": list(judged.people),
        "sessions": list(judged.sessions),
        "winners": judged.winners.tolist(),
        "comparison": judged.comparison.round(6).tolist(),
    }


def _simulated(people: int, fps: float) -> Dataset:
    """Return simulated people who do trials in four sessions, as those of `xr-objects` do."""
    return simulated_motion(people, 4, layout="trials", fps=fps)


def _fit(recipe: Recipe, train: Sequence[Encoded], seed: int, init: Path | None = None) -> Fitted:
    """Train on recordings, in batches that fit them."""
    from lineament.training.fit import fit_recordings

    recipe = fitting_batches(recipe, len({recording.subject for recording in train}))
    return fit_recordings(recipe, train, seed=seed, progress=False, init=init)


def _classified(probes: Sequence[Track]) -> dict[str, dict[str, Any]]:
    """Return a classifier's winners: each window votes for its likeliest class."""
    spans: dict[str, dict[str, Any]] = {}
    for use_s in SPANS:
        people, sessions, winners = [], [], []
        for track in probes:
            bounds = tiled_spans(track.starts, window_s=track.window_s, use_s=use_s)
            if len(bounds):
                votes = np.eye(track.vectors.shape[1], dtype=np.int64)[track.vectors.argmax(axis=1)]
                # Of classes with as many votes, the one with the greatest logit wins.
                winners += span_winners(votes, bounds, track.vectors)[0].tolist()
                people += [track.subject] * len(bounds)
                sessions += [track.session] * len(bounds)
        spans[span_label(use_s)] = {"people": people, "sessions": sessions, "winners": winners, "comparison": None}
    return spans


def _keys(dataset: Dataset) -> list[tuple[str, str]]:
    pairs = dataset.table[["subject", "session"]].astype(str).itertuples(index=False, name=None)
    return sorted({(str(subject), str(session)) for subject, session in pairs})
