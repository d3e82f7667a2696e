"""Walks at two paces, who trains and who is tested on them, and what a system says of them.

A slow walk of each person is enrolled, the fast one probes. Both are cut at 100 s, so that people weigh alike. Settings
were chosen among half of the people alone (`set_apart`); every other split takes all people in turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lineament.datasets import Dataset
from lineament.errors import ProtocolError
from lineament.evaluation.protocol_run import enrol_tracks
from lineament.recipes.recipe import Recipe, load_recipe, with_changes
from lineament.signals import Sample
from lineament.studies.cells import Cells
from lineament.studies.installed import need_training
from lineament.studies.xr_objects_table import judge_probes

if TYPE_CHECKING:
    from lineament.training.windows import Recording

FloatArray = NDArray[np.float64]
SLOW, FAST = "slow walk", "fast walk"
SHORTEST_S, LONGEST_S = 25.0, 100.0
SPANS: dict[str, float] = {"5 s": 5.0, "20 s": 20.0}
STRIDE_S = 1.0
FEWEST = 12
CHOOSING = 2026
"""Seed of the deal that sets people apart."""


@dataclass(frozen=True)
class System:
    """A row of the tables.

    Parameters
    ----------
    key : str
        What it is called on the command line.
    label : str
    recipe : str
    changes : tuple of str
        Of the recipe, as on the command line.
    splits : int or None
        Only so many of them, where it takes long.
    """

    key: str
    label: str
    recipe: str
    changes: tuple[str, ...] = ()
    splits: int | None = None

    def load(self) -> Recipe:
        """Return the recipe."""
        return with_changes(load_recipe(self.recipe), self.changes)


SYSTEMS: tuple[System, ...] = (
    System("lda", "LDA on window statistics, as recorded", "gait-lda"),
    System("lda-aligned", "the same without gravity and offsets", "gait-lda", ("encoding.features=[aligned]",)),
    System("small", "ours (gait-small): blind to tilt and offsets", "gait-small"),
    System(
        "small-raw",
        "ours, seeing how the sensor sits",
        "gait-small",
        ("encoding.features=[raw,changes]", "network.statistics=[mean,log_std,correlation]"),
    ),
    System(
        "small-blind",
        "ours, blind to any turn of the sensor",
        "gait-small",
        ("encoding.features=[upright,magnitudes]",),
    ),
    System("lenet4", "LeNet-4, siamese (100 epochs)", "gait-lenet4"),
    System("vgg8", "VGG-8, siamese (33 epochs)", "gait-vgg8", ("training.steps=400",), splits=1),
    System("mobilenetv2", "MobileNetV2, siamese (10 epochs)", "gait-mobilenetv2", ("training.steps=120",), splits=1),
)


@dataclass(frozen=True)
class Deal:
    """Who trains, who fixes thresholds, who is tested."""

    name: str
    seed: int
    train: tuple[str, ...]
    test: tuple[str, ...]
    validation: tuple[str, ...] = ()


def walks(dataset: Dataset) -> list[Sample]:
    """Return everybody's first slow and fast walk, the pace as session.

    Raises
    ------
    ProtocolError
        When fewer than twelve people walk at both paces, or somebody for less than 25 s.
    """
    if "activity" not in dataset.table:
        raise ProtocolError(f"{dataset.name}: slow and fast walks (a column activity)", "none", "choose another set")
    table = dataset.table[dataset.table["activity"].isin([SLOW, FAST])].sort_values(["subject", "activity", "session"])
    first = table.drop_duplicates(["subject", "activity"])
    both = first.groupby("subject")["activity"].nunique() == 2
    kept = first[first["subject"].isin(both.index[both])]
    people = kept["subject"].nunique()
    if people < FEWEST:
        raise ProtocolError(f"{dataset.name}: {FEWEST} people with both paces", str(people), "add people")
    rows = kept.index.to_numpy(dtype=np.intp).tolist()
    return [
        _cut(dataset.load(row)).replace(session=str(pace)) for row, pace in zip(rows, kept["activity"], strict=True)
    ]


def _cut(sample: Sample) -> Sample:
    if sample.duration < SHORTEST_S:
        expected = f"{sample.source}: a walk of {SHORTEST_S:g} s or more"
        raise ProtocolError(expected, f"one of {sample.duration:.3g} s", "leave it out")
    return sample.between(float(sample.times[0]), float(sample.times[0]) + LONGEST_S)


def halves(people: Sequence[str], seeds: Sequence[int]) -> list[Deal]:
    """Return two deals a seed: each half trains once and is tested once."""
    deals = []
    for seed in seeds:
        dealt = _dealt(people, 5000 + seed)
        middle = len(dealt) // 2
        one, other = dealt[:middle], dealt[middle:]
        deals += [Deal(f"seed{seed} half0", seed, one, other), Deal(f"seed{seed} half1", seed, other, one)]
    return deals


def set_apart(people: Sequence[str]) -> Deal:
    """Return the one deal whose tested people no setting was chosen by."""
    dealt = _dealt(people, CHOOSING)
    middle = len(dealt) // 2
    return Deal("set apart", 0, dealt[:middle], dealt[middle:])


def thirds(people: Sequence[str], seeds: Sequence[int]) -> list[Deal]:
    """Return a deal a seed with people who only fix thresholds: of 38, 16 train, 10 validate, 12 are tested."""
    deals = []
    for seed in seeds:
        dealt = _dealt(people, 6000 + seed)
        trained, watched = round(0.42 * len(dealt)), round(0.26 * len(dealt))
        sides = dealt[:trained], dealt[trained : trained + watched], dealt[trained + watched :]
        deals.append(Deal(f"thirds seed{seed}", seed, sides[0], sides[2], sides[1]))
    return deals


def _dealt(people: Sequence[str], seed: int) -> tuple[str, ...]:
    return tuple(str(who) for who in np.random.default_rng(seed).permutation(sorted(people)))


@dataclass(frozen=True, eq=False)
class Said:
    """What a system said of the walks of some people, all of them enrolled from one pace.

    Parameters
    ----------
    subjects : tuple of str
    people, paces : array of str (probes,)
    scores : array (probes, subjects)
    """

    subjects: tuple[str, ...]
    people: NDArray[np.str_]
    paces: NDArray[np.str_]
    scores: FloatArray

    @property
    def mates(self) -> NDArray[np.intp]:
        """The place of each probe's person among the subjects."""
        return pd.Index(self.subjects).get_indexer(pd.Index(self.people))

    def at(self, pace: str) -> Said:
        """Return the probes of one pace."""
        kept = self.paces == pace
        return Said(self.subjects, self.people[kept], self.paces[kept], self.scores[kept])


@dataclass
class Judge:
    """Trains systems and asks them; what they said is kept in a folder.

    Parameters
    ----------
    samples : list of Sample
        From `walks`.
    out : path
    name : str
        Of the data set.
    """

    samples: list[Sample]
    out: Path
    name: str
    _encoded: dict[str, dict[tuple[str, str], Recording]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse to begin without torch."""
        need_training()

    @property
    def people(self) -> list[str]:
        """Everybody, sorted."""
        return sorted({str(sample.subject) for sample in self.samples})

    def said(self, system: System, deal: Deal, *, span: str = "5 s", among: str = "test", enrolled: str = SLOW) -> Said:
        """Return what a system says of all walks of the tested (or the validation) people."""
        recipe = system.load()
        cells = Cells(self.out / "deals" / system.key, [self.name, recipe.model_dump(mode="json"), deal])
        key = f"{deal.name} {enrolled}"
        if key not in cells:
            cells[key] = self._run(recipe, deal, enrolled)
        told = cells[key][among]
        part = told["spans"][span]
        return Said(
            tuple(told["subjects"]),
            np.array(part["people"], dtype=np.str_),
            np.array(part["sessions"], dtype=np.str_),
            np.array(part["comparison"], dtype=np.float64),
        )

    def _run(self, recipe: Recipe, deal: Deal, enrolled: str) -> dict[str, Any]:
        from lineament.training.fit import fit_recordings

        recordings = self._recordings(recipe)
        closed = set(deal.train) & set(deal.test)
        train = [r for (who, pace), r in recordings.items() if who in deal.train and (not closed or pace == enrolled)]
        fitted = fit_recordings(recipe, train, seed=deal.seed, progress=False)
        told: dict[str, Any] = {"seconds": fitted.seconds}
        for side, people in (("test", deal.test), ("validation", deal.validation)):
            if not people:
                continue
            own = {key: recording for key, recording in recordings.items() if key[0] in people}
            metric = "cosine" if recipe.normalise else "euclidean"
            # The enrolled windows of the closed-form floor are those that it was fitted to.
            stride = recipe.window.stride_s
            gallery = enrol_tracks(
                fitted.tracks([r for (_, pace), r in own.items() if pace == enrolled], stride),
                metric=metric,  # type: ignore[arg-type]
            )
            probes = fitted.tracks(list(own.values()), STRIDE_S)
            spans = {name: judge_probes(probes, gallery, recipe.match_rule, use_s) for name, use_s in SPANS.items()}
            told[side] = {"subjects": gallery.subjects(), "spans": spans}
        return told

    def _recordings(self, recipe: Recipe) -> dict[tuple[str, str], Recording]:
        """Return every walk, encoded."""
        from lineament.encodings import build_encoding
        from lineament.training.encoded import encode

        mark = recipe.encoding.model_dump_json()
        if mark not in self._encoded:
            encoded = encode(build_encoding(recipe.encoding), self.samples)
            self._encoded[mark] = {(recording.subject, recording.session): recording for recording in encoded}
        return self._encoded[mark]
