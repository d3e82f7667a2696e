"""The vein study: each system's scores on each split, from fits that are kept.

`lineament reproduce open-set-vein` makes `docs/results/open-set-vein.md` of them (`open_set_vein_report`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lineament.datasets import Dataset, Protocol, open_dataset, vein_dorsal
from lineament.encodings import build_encoding
from lineament.errors import ProtocolError
from lineament.evaluation.scores import Scores
from lineament.recipes.components import Component
from lineament.studies.open_set_vein_floor import correlations
from lineament.studies.open_set_vein_protocols import SEEDS, committed
from lineament.studies.open_set_vein_runs import Mixing, VeinRuns, recordings
from lineament.studies.open_set_vein_scores import (
    SHIFTS,
    Rows,
    added,
    correlation_scores,
    embedding_scores,
    relabelled,
    standardised,
)
from lineament.studies.open_set_vein_systems import FLOOR, OURS, VeinSystem, systems

if TYPE_CHECKING:
    from lineament.training.windows import Recording

FloatArray = NDArray[np.float64]
HANDS, LABELS, FINGERS = "vein-dorsal", "vein-dorsal-published", "vein-sdumla"
ANYBODY = "vein-dorsal-anybody"
SIMULATED = 200
"""Simulated people who are learned from before the real ones."""


@dataclass(frozen=True, eq=False)
class Material:
    """The data sets of the study.

    Parameters
    ----------
    hands : Dataset
        `vein-dorsal`, 276 hands, person 4 put right.
    swapped : Dataset
        The same images in the same order, person 4 as the files say.
    labels : Dataset
        The same images under the 502 published labels, person 4 as the files say.
    fingers : Dataset or None
        `vein-sdumla`, where it is at hand.
    """

    hands: Dataset
    swapped: Dataset
    labels: Dataset
    fingers: Dataset | None = None

    @staticmethod
    def open(folder: Path) -> Material:
        """Read `vein-dorsal` in a folder, or it and `vein-sdumla` in folders of these names below it.

        Raises
        ------
        ProtocolError
            When the dorsal hands are not there.
        """
        place = folder / HANDS if (folder / HANDS).is_dir() else folder
        if not vein_dorsal.recognises(place):
            raise ProtocolError(f"{folder}: vein-dorsal, or a folder that holds it", "another folder", "check the path")
        hands = vein_dorsal.read(place)
        as_filed = vein_dorsal.read(place, fix_swapped=False).table.set_index("path")
        told = as_filed.loc[hands.table["path"], ["subject", "hand", "hand_id"]].reset_index(drop=True)
        fingers = folder / FINGERS
        return Material(
            hands,
            replace(
                hands, table=hands.table.assign(subject=told["subject"], hand=told["hand"], hand_id=told["hand_id"])
            ),
            vein_dorsal.read(place, labels="published", fix_swapped=False),
            open_dataset(fingers) if fingers.is_dir() else None,
        )


class Study:
    """Every score that the tables are made of.

    Parameters
    ----------
    material : Material
    out : path
        Folder for what a later run goes on from.
    seeds : tuple of int
        Of the splits.
    say : callable
        Told what is begun.
    """

    def __init__(
        self,
        material: Material,
        out: Path,
        seeds: tuple[int, ...] = SEEDS,
        say: Callable[[str], None] = lambda what: None,
    ) -> None:
        self.material, self.seeds = material, seeds
        self.runs = VeinRuns(out, say)
        self._made: dict[tuple[object, ...], Scores] = {}

    def hands(
        self, system: VeinSystem, *, swapped: bool = False, validation: bool = False, rule: Component | None = None
    ) -> list[Scores]:
        """Return the scores on each honest split of hands, or of its validation people."""
        dataset = self.material.swapped if swapped else self.material.hands
        return [self._scores(system, dataset, HANDS, seed, validation, rule) for seed in self.seeds]

    def anybody(self, system: VeinSystem) -> list[Scores]:
        """Return the scores on each split of hands in which anybody may be tested."""
        return [self._scores(system, self.material.hands, ANYBODY, seed) for seed in self.seeds]

    def labels(self, system: VeinSystem, *, put_right: bool = False, validation: bool = False) -> list[Scores]:
        """Return the scores on each split of the published labels; ``put_right`` swaps person 4's hands back."""
        found = [self._scores(system, self.material.labels, LABELS, seed, validation) for seed in self.seeds]
        return [relabelled(scores, self.material.hands) for scores in found] if put_right else found

    def fingers(self, system: VeinSystem) -> list[Scores]:
        """Return the scores on each split of `vein-sdumla`."""
        return [self._scores(system, self._fingers(), FINGERS, seed) for seed in self.seeds]

    def across(self, system: VeinSystem, source: str, target: str, *, simulated: bool = False) -> list[Scores]:
        """Return the scores on each split of one set by a network that learned on one: `HANDS` or `FINGERS`.

        Where ``simulated``, it learned from simulated hands beside those of the source.
        """
        sets = {HANDS: self.material.hands, FINGERS: self._fingers()}
        more = self._simulated_hands(system) if simulated else None
        found = []
        for seed in self.seeds:
            protocol = committed(target, seed)
            trained_on = (sets[source], committed(source, seed))
            embedded = self.runs.embedded(
                system, sets[target], protocol, trained_on=trained_on, more=more, mixing="beside"
            )
            rows = Rows.of(sets[target], protocol)
            found.append(embedding_scores(sets[target], rows, embedded.vectors, system.load().match_rule))
        return found

    def simulated(self, system: VeinSystem, mixing: Mixing = "before") -> list[Scores]:
        """Return the scores on each honest split of hands by a network that learned from simulated hands, too.

        Parameters
        ----------
        system : VeinSystem
        mixing : str
            Before the real ones, ``beside`` them, or ``alone``: then it has never seen a real hand.
        """
        more, found = self._simulated_hands(system), []
        for seed in self.seeds:
            protocol, hands = committed(HANDS, seed), self.material.hands
            embedded = self.runs.embedded(system, hands, protocol, more=more, mixing=mixing)
            found.append(embedding_scores(hands, Rows.of(hands, protocol), embedded.vectors, system.load().match_rule))
        return found

    def _simulated_hands(self, system: VeinSystem) -> tuple[str, list[Recording]]:
        """Return a name, and the hands of people who do not exist, as a system encodes them."""
        from lineament.datasets.simulate.veins import simulated_veins

        people = simulated_veins(SIMULATED, 2, 2, seed=0)
        values = self.runs.regions(people, system.load())
        return f"{SIMULATED} simulated people", recordings(people, values, people.subjects())

    def likeness(self) -> tuple[FloatArray, list[str], list[str]]:
        """Return how well each hand of DB2 correlates with each hand of DB1, person 4 as the files say.

        Returns
        -------
        means : array (hands of DB2, hands of DB1)
            Mean over a DB2 hand's images of the best of the DB1 hand's images.
        second, first : list of str
            The hands of DB2 and of DB1.
        """
        dataset = self.material.swapped
        images = self._images(dataset)
        captures = [np.flatnonzero(dataset.table["session"] == name) for name in ("DB1", "DB2")]
        down, across = SHIFTS
        found = correlations(images[captures[1]], images[captures[0]], down=down, across=across)
        first, second = (dataset.table["subject"].to_numpy()[rows] for rows in captures)
        columns = np.stack([found[:, first == hand].max(axis=1) for hand in np.unique(first)], axis=1)
        means = np.stack([columns[second == hand].mean(axis=0) for hand in np.unique(second)])
        return means.astype(np.float64), [str(h) for h in np.unique(second)], [str(h) for h in np.unique(first)]

    def costs(self, system: VeinSystem) -> dict[str, float]:
        """Return what training on the honest splits took, and enrolment or a query, in seconds and milliseconds."""
        kept = [self.runs.embedded(system, self.material.hands, committed(HANDS, seed)) for seed in self.seeds]
        return {
            "train_s": float(np.mean([one.seconds for one in kept])),
            "region_ms": float(np.mean([one.milliseconds["region"] for one in kept])),
            "embedding_ms": float(np.mean([one.milliseconds["embedding"] for one in kept])),
            "parameters": float(kept[0].parameters),
        }

    def _scores(
        self,
        system: VeinSystem,
        dataset: Dataset,
        name: str,
        seed: int,
        validation: bool = False,
        rule: Component | None = None,
    ) -> Scores:
        """Return one split's scores, made once."""
        mark = (system.key, system.correlated, id(dataset), name, seed, validation, repr(rule))
        if mark not in self._made:
            self._made[mark] = self._make(system, dataset, name, seed, validation, rule)
        return self._made[mark]

    def _make(
        self, system: VeinSystem, dataset: Dataset, name: str, seed: int, validation: bool, rule: Component | None
    ) -> Scores:
        protocol = committed(name, seed)
        sides = protocol.calibration if validation and protocol.calibration is not None else protocol
        rows = Rows.of(dataset, sides)
        if system.recipe is None:
            return correlation_scores(dataset, rows, self._images(dataset))
        base = self._base(dataset)
        embedded = self.runs.embedded(system, base, protocol)
        moved = self.runs.moved(system, base, protocol, _probes(base, protocol)) if system.moved else None
        found = embedding_scores(dataset, rows, embedded.vectors, rule or system.load().match_rule, moved)
        return self._with_correlation(found, system, dataset, name, seed, validation) if system.correlated else found

    def _with_correlation(
        self, found: Scores, system: VeinSystem, dataset: Dataset, name: str, seed: int, validation: bool
    ) -> Scores:
        """Add the correlation to a system's scores, both in units of the validation strangers' spread."""
        floor = systems([FLOOR])[0]
        plain = replace(system, correlated=False)
        parts = []
        for part, scores in ((plain, found), (floor, self._scores(floor, dataset, name, seed, validation))):
            fixed = scores if validation else self._scores(part, dataset, name, seed, validation=True)
            parts.append(standardised(scores, fixed))
        return added(*parts)

    def _base(self, dataset: Dataset) -> Dataset:
        """Return the set that a fit is kept for: whose person 4 is put right does not change whom it learns from."""
        return self.material.hands if dataset is self.material.swapped else dataset

    def _images(self, dataset: Dataset) -> NDArray[np.float32]:
        """Return the regions that are correlated, (images, height, width); NaN where none was found."""
        recipe = systems([OURS])[0].load()
        values = self.runs.regions(self._base(dataset), recipe)
        return values.reshape(-1, *build_encoding(recipe.encoding).shape[1:])

    def _fingers(self) -> Dataset:
        if self.material.fingers is None:
            raise ProtocolError("vein-sdumla: a folder of that name beside vein-dorsal", "none", "put it there")
        return self.material.fingers


def _probes(dataset: Dataset, protocol: Protocol) -> NDArray[np.intp]:
    """Return the rows of everything that probes, in the test or when a threshold is fixed."""
    probes = [Rows.of(dataset, protocol).probes]
    if protocol.calibration is not None:
        probes.append(Rows.of(dataset, protocol.calibration).probes)
    return np.unique(np.concatenate(probes))
