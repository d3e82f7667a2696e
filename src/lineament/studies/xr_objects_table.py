"""The table on `xr-objects`: people who were not trained on, enrolled from session 1, probed in sessions 2 to 4.

Every person is held out in turn: people are dealt into groups of 4 (12 train) or of 8 (8 train), each group is once the
gallery, and this is repeated for several seeds. Windows lie 5 s apart; probes of 20 s and 60 s follow one another
without overlap. Open-set EER: half of the group enrolled, in every way (at most 35).

Each fold's judgements are kept in a file, so that a run that was interrupted goes on. What stands in the table is made
of them in `xr_objects_summary`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lineament.datasets import Dataset
from lineament.errors import ProtocolError, RecipeError
from lineament.evaluation import Track, span_label
from lineament.evaluation.judging import judge_spans, merge_judgements
from lineament.evaluation.protocol_run import SPANS, enrol_tracks
from lineament.evaluation.spans import span_winners, tiled_spans
from lineament.evaluation.tracks import merge_tracks
from lineament.recipes.components import CrossEntropy
from lineament.recipes.recipe import Recipe, load_recipe, names, parse
from lineament.registry import nearest
from lineament.studies.cells import Cells
from lineament.studies.xr_motion_systems import fitting_batches, need_training
from lineament.studies.xr_objects_summary import summarise

if TYPE_CHECKING:
    from lineament.training.windows import Recording as Encoded

STRIDE_S = 5.0
Progress = Callable[[str, int], Iterable[int]]


@dataclass(frozen=True)
class TableSystem:
    """A row of the table.

    Parameters
    ----------
    key : str
        What it is called on the command line.
    label : str
        What stands in the table.
    recipe : str
        Name or path of its recipe.
    changes : mapping
        Keys of the recipe that are replaced, dotted where they lie deeper ("network.shrinkage").
    part : str
        The table it stands in: ``main``, ``encodings`` or ``classification``.
    init : str, optional
        Folder of an encoder that training starts from.
    choices : tuple of mapping
        Further changes, of which one is chosen in each fold by cross-validation among its training people alone.
    """

    key: str
    label: str
    recipe: str
    changes: dict[str, Any] = field(default_factory=dict)
    part: str = "main"
    init: str | None = None
    choices: tuple[dict[str, Any], ...] = ()

    def candidates(self) -> list[Recipe]:
        """Return the recipe with each of the choices; the recipe alone where there are none."""
        return [self.load(choice) for choice in self.choices or ({},)]

    def load(self, choice: dict[str, Any] | None = None) -> Recipe:
        """Return the recipe with its changes, and with a choice's.

        Windows may span the pauses between trials, which are shorter than a window.

        Raises
        ------
        RecipeError
            When the recipe is not there or a change does not fit.
        """
        content = load_recipe(self.recipe).model_dump(mode="json")
        changes = {"encoding.join": True, "name": f"table-{self.key}", **self.changes, **(choice or {})}
        for place, value in changes.items():
            *path, last = place.split(".")
            inner: Any = content
            for key in path:
                inner = inner[int(key) if isinstance(inner, list) else key]
            inner[last] = value
        recipe: Recipe = parse(Recipe, content, f"system {self.key}")
        return recipe


def _encoding_rows(name: str, features: list[str]) -> tuple[TableSystem, TableSystem]:
    """Return the floor and our network on an encoding; ours takes all of its features, since their places differ."""
    key, changes = name.lower(), {"encoding.features": features}
    anywhere = {**changes, "network.correlated": None, "network.convolved": None}
    return (
        TableSystem(f"lda-{key}", f"LDA on {name}", "xr-motion-lda", changes, part="encodings"),
        TableSystem(f"ours-{key}", f"ours on {name}", "xr-motion", anywhere, part="encodings"),
    )


LDA_MEAN_STD = {"network": {"name": "window_statistics", "statistics": ["mean", "std"], "projection": "lda"}}
OUR_CHOICES: tuple[dict[str, Any], ...] = (
    {"network.kernels": 0},
    {"network.shrinkage": 0.05},
    {},
    {"network.shrinkage": 0.2},
)
"""What stood to be chosen among the training people: no random kernels, or how much the scatter is shrunk."""
SYSTEMS: tuple[TableSystem, ...] = (
    TableSystem("lda", "LDA on mean, std, p10, p90", "xr-motion-lda"),
    TableSystem("lda-mean-std", "LDA on mean, std", "xr-motion-lda", LDA_MEAN_STD),
    TableSystem("conv", "dense convolution, ArcFace", "xr-motion-small"),
    TableSystem("ours", "ours", "xr-motion"),
    TableSystem("nested", "ours, settings chosen in each fold", "xr-motion", choices=OUR_CHOICES),
    *(row for name in ("SR", "BR", "BRV", "BRA", "statics") for row in _encoding_rows(name, [name])),
    *_encoding_rows("BRA+statics", ["BRA", "statics"]),
    *_encoding_rows("positions+statics+BRV+BRA", ["positions", "statics", "BRV", "BRA"]),
    TableSystem(
        "classifier",
        "classification, trained on the enrolment",
        "xr-motion-small",
        {"loss": "cross_entropy", "normalise": False, "training": {"steps": 300, "steps_per_epoch": 300}},
        part="classification",
    ),
)
FLOORS = ("lda", "lda-mean-std")
"""The systems that ours is compared with."""


@dataclass(frozen=True)
class Fold:
    """Who trains, what is enrolled and what probes; keys are subject and session."""

    name: str
    train: tuple[tuple[str, str], ...]
    enrol: tuple[tuple[str, str], ...]
    probe: tuple[tuple[str, str], ...]
    seed: int


def available(keys: Sequence[str] | None = None) -> list[TableSystem]:
    """Return the systems asked for, or all whose recipe ships with the package.

    Raises
    ------
    RecipeError
        When a key is unknown.
    """
    known = {system.key: system for system in SYSTEMS}
    if keys is None:
        shipped = names()
        return [system for system in SYSTEMS if system.recipe in shipped]
    unknown = [key for key in keys if key not in known]
    if unknown:
        raise RecipeError("system: one of the table's", repr(unknown[0]), nearest(unknown[0], list(known)))
    return [known[key] for key in keys]


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
        self._encoded: tuple[str, dict[tuple[str, str], Encoded]] = ("", {})

    def judgements(self, system: TableSystem, folds: Sequence[Fold], progress: Progress) -> list[dict[str, Any]]:
        """Return what the system says of every probe of every fold; computed where it is not on file."""
        recipes = system.candidates()
        setting = [self.dataset.name, [recipe.model_dump(mode="json") for recipe in recipes], system.init]
        cells = Cells(self.out / "folds" / system.key, setting)
        found = []
        for step in progress(system.label, len(folds)):
            fold = folds[step]
            if fold.name not in cells:
                chosen = self._choose(recipes, fold, system.init) if len(recipes) > 1 else 0
                cells[fold.name] = {**self._run(recipes[chosen], fold, system.init), "chosen": chosen}
            found.append(cells[fold.name])
        return found

    def _choose(self, recipes: Sequence[Recipe], fold: Fold, init: str | None) -> int:
        """Return the recipe that does best when the fold's training people are held out among themselves.

        By the prototypes' Rank-1 less the open-set EER, both at a minute.
        """
        worth = []
        inner = inner_folds(fold)
        for recipe in recipes:
            summary = summarise([self._run(recipe, part, init) for part in inner])
            span = summary.spans[min(1, len(summary.spans) - 1)]
            worth.append((summary.centroid_rank_one(span) or 0.0) - summary.eer_estimate(span))
        return int(np.argmax(worth))

    def _run(self, recipe: Recipe, fold: Fold, init: str | None) -> dict[str, Any]:
        """Train, enrol and judge."""
        from lineament.training.fit import fit_recordings

        encoded = self._all(recipe)
        classifies = isinstance(recipe.loss, CrossEntropy)
        train = [encoded[key] for key in (fold.enrol if classifies else fold.train)]
        recipe = fitting_batches(recipe, len({recording.subject for recording in train}))
        fitted = fit_recordings(recipe, train, seed=fold.seed, progress=False, init=init)
        probes = merge_tracks(fitted.tracks([encoded[key] for key in fold.probe], STRIDE_S))
        if classifies:
            return {"subjects": list(fitted.subjects), "seconds": fitted.seconds, "spans": _classified(probes)}
        enrolled = merge_tracks(fitted.tracks([encoded[key] for key in fold.enrol], STRIDE_S))
        gallery = enrol_tracks(enrolled, metric="cosine" if recipe.normalise else "euclidean")
        spans = {}
        for use_s in SPANS:
            judged = merge_judgements(
                [
                    judge_spans(track, bounds, gallery, recipe.match_rule)
                    for track in probes
                    if len(bounds := tiled_spans(track.starts, window_s=track.window_s, use_s=use_s))
                ]
            )
            spans[span_label(use_s)] = {
                "people": list(judged.people),
                "sessions": list(judged.sessions),
                "winners": judged.winners.tolist(),
                "comparison": judged.comparison.round(6).tolist(),
            }
        return {"subjects": gallery.subjects(), "seconds": fitted.seconds, "spans": spans}

    def _all(self, recipe: Recipe) -> dict[tuple[str, str], Encoded]:
        """Return every recording encoded as a recipe says; the last encoding is remembered."""
        from lineament.encodings import build_encoding
        from lineament.training.encoded import encode

        mark = recipe.encoding.model_dump_json()
        if self._encoded[0] != mark:
            recordings = encode(build_encoding(recipe.encoding), self.dataset)
            self._encoded = mark, {(recording.subject, recording.session): recording for recording in recordings}
        return self._encoded[1]


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
