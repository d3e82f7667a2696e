"""Verification by online signatures: writers who were not trained on, against skilled and random forgeries.

Writers are dealt into groups; each group in turn is tested by a system that was trained on everybody else, and those
who are tested are enrolled from their first session alone. Plain warping is not trained, and is tested on the same
groups in the same trials (`lineament.studies.signature_trials`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lineament.datasets import Dataset
from lineament.decisions.alignment import warping_distances
from lineament.errors import ProtocolError
from lineament.files import replacing
from lineament.recipes.components import Component
from lineament.recipes.recipe import Recipe, load_recipe, with_changes
from lineament.recipes.signature_components import Warping
from lineament.studies.cells import Cells
from lineament.studies.installed import need_training
from lineament.studies.signature_trials import ENROLLED, FIRST, FORGED, SECOND, DistanceTable

if TYPE_CHECKING:
    from lineament.training.windows import Recording

Progress = Callable[[str, int], Iterable[int]]
FOLDS = 4


@dataclass(frozen=True)
class SignatureSystem:
    """A system of the study.

    Parameters
    ----------
    key, label : str
    recipe : str
        Name of a shipped recipe.
    changes : tuple of str
        Made to it; see `with_changes`.
    """

    key: str
    label: str
    recipe: str
    changes: tuple[str, ...] = ()

    def load(self) -> Recipe:
        """Return the recipe."""
        return with_changes(load_recipe(self.recipe), self.changes)


SYSTEMS: tuple[SignatureSystem, ...] = (
    SignatureSystem(
        "dtw",
        "plain DTW",
        "signature-dtw",
        ("encoding.features=[path, velocity, pressure]", "match_rule.own=1"),
    ),
    SignatureSystem("dtw-all", "DTW, all function features", "signature-dtw"),
    SignatureSystem("embedding", "one embedding a signature", "signature-small"),
    SignatureSystem("gru", "frames learned by a GRU, DTW", "signature-gru"),
    SignatureSystem("ours", "ours: metric in closed form, DTW", "signature"),
)


def folds(dataset: Dataset, seed: int, count: int = FOLDS) -> list[tuple[str, ...]]:
    """Return the writers dealt into groups, each of which is tested once.

    Raises
    ------
    ProtocolError
        When a group would have fewer than two writers, or a writer lacks signatures to enrol or to test.
    """
    table = dataset.table
    needed = {"forgery", "target"} - set(table.columns)
    if needed:
        raise ProtocolError(
            f"{dataset.name}: signatures, forgeries among them", f"a set without {sorted(needed)}", "choose another set"
        )
    own = table[~table["forgery"].astype(bool)]
    writers = sorted(table["target"].unique())
    for writer in writers:
        sessions = own[own["target"] == writer]["session"]
        first = int((sessions == sessions.min()).sum()) if len(sessions) else 0
        forged = int((table[table["target"] == writer]["forgery"].astype(bool)).sum())
        if first < ENROLLED or first == len(sessions) or not forged:
            raise ProtocolError(
                f"{dataset.name}: of each writer {ENROLLED} signatures or more of a first session, later ones and "
                "forgeries",
                f"{first}, {len(sessions) - first} and {forged} of {writer}",
                "leave that writer out",
            )
    if len(writers) < 2 * count:
        raise ProtocolError(f"{dataset.name}: {2 * count} writers or more", str(len(writers)), "add writers")
    dealt = np.random.default_rng([seed, 2004]).permutation(writers)
    return [tuple(sorted(map(str, dealt[place::count]))) for place in range(count)]


class SignatureStudy:
    """Runs systems over the folds of a set of signatures; what was computed is kept.

    Parameters
    ----------
    dataset : Dataset
        With the columns of `lineament.datasets.forgeries`.
    out : path
        Folder where the distances of each fold are kept.
    """

    def __init__(self, dataset: Dataset, out: Path) -> None:
        need_training()
        self.dataset, self.out = dataset, Path(out)
        self._encoded: dict[str, list[Recording]] = {}

    def tables(self, system: SignatureSystem, seed: int, progress: Progress) -> list[DistanceTable]:
        """Return the distances of every fold; computed where they are not on file."""
        recipe = system.load()
        groups = folds(self.dataset, seed)
        setting = [self.dataset.name, len(self.dataset), recipe.model_dump(mode="json", exclude={"title"})]
        cells = Cells(self.out / "distances", setting)
        found = []
        for step in progress(f"{system.label}, seed {seed}", len(groups)):
            path = self.out / "distances" / f"{system.key}-{seed}-{step}-{cells.mark}.npz"
            if not path.is_file():
                table = self._table(recipe, groups[step], seed)
                with replacing(path) as beside:
                    np.savez_compressed(
                        beside, distances=table.distances, row_writer=table.row_writer, row_kind=table.row_kind
                    )
            with np.load(path) as content:
                found.append(DistanceTable(groups[step], **content))
        return found

    def _table(self, recipe: Recipe, tested: tuple[str, ...], seed: int) -> DistanceTable:
        """Train on everybody else and compare the tested writers' signatures."""
        from lineament.training.fit import fit_recordings

        targets = self.dataset.table["target"].to_numpy(str)
        inside = np.isin(targets, tested)
        encoded = self._recordings(recipe)
        trained = [recording for recording, held in zip(encoded, inside, strict=True) if not held]
        fitted = fit_recordings(recipe, trained, seed=seed, progress=False)
        tracks = fitted.tracks([recording for recording, held in zip(encoded, inside, strict=True) if held])
        vectors = np.concatenate([track.vectors for track in tracks])
        kinds = self._kinds()[inside]
        return DistanceTable(
            tested,
            distances_to(vectors, vectors[kinds == FIRST], recipe.match_rule),
            np.searchsorted(tested, targets[inside]),
            kinds,
        )

    def _kinds(self) -> NDArray[np.intp]:
        """Return the kind of every signature of the set."""
        table = self.dataset.table
        forged = table["forgery"].to_numpy(bool)
        first = table["session"].where(~forged).groupby(table["target"]).transform("min")
        later = (table["session"] != first).to_numpy(bool)
        return np.where(forged, FORGED, np.where(later, SECOND, FIRST))

    def _recordings(self, recipe: Recipe) -> list[Recording]:
        """Return every signature encoded as a recipe says, each once."""
        from lineament.encodings import build_encoding
        from lineament.training.encoded import encode
        from lineament.training.train import Loaded

        mark = recipe.encoding.model_dump_json()
        if mark not in self._encoded:
            self._encoded[mark] = encode(build_encoding(recipe.encoding), Loaded([self.dataset], prefixed=False))
        return self._encoded[mark]


def distances_to(vectors: NDArray[np.float32], references: NDArray[np.float32], rule: Component) -> NDArray[np.float32]:
    """Return the distances of embeddings to references that a match rule rests on, (embeddings, references).

    Parameters
    ----------
    vectors, references : float32 array (n, dim), (m, dim)
    rule : Component
        `Warping`, or one that takes cosines of unit embeddings, whose distance is what they lack of 1.
    """
    if not isinstance(rule, Warping):
        return 1 - vectors @ references.T
    sequences = references.reshape(len(references), rule.points, -1)
    return np.stack([warping_distances(one.reshape(rule.points, -1), sequences, band=rule.band) for one in vectors])


def power_of(rule: Component) -> float | None:
    """Return the power of a subject's own distances that a rule divides by; None where it takes means of cosines."""
    return rule.own if isinstance(rule, Warping) else None
