"""Open-set identification on photographs of faces, for size: thousands of strangers who were never seen.

People of whom there are many pictures train an encoder. All others are tested: of whom there are several pictures, the
first is enrolled and the others probe; of whom there is one, it is a stranger's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lineament.datasets import Dataset
from lineament.errors import ProtocolError
from lineament.evaluation.figures import evaluate_scores
from lineament.evaluation.report import Report
from lineament.evaluation.score_report import save_report, score_report
from lineament.evaluation.scores import Scores
from lineament.recipes.recipe import Recipe
from lineament.studies.installed import need_training

if TYPE_CHECKING:
    from lineament.training.fit import Fitted

TRAINED_FROM = 4
"""Pictures of a person who trains, at least."""
EMBEDDINGS = "embeddings.npz"


@dataclass(frozen=True)
class Sides:
    """Who trains and who is tested.

    Parameters
    ----------
    train, test : tuple of str
        Subjects.
    """

    train: tuple[str, ...]
    test: tuple[str, ...]

    @classmethod
    def of(cls, dataset: Dataset) -> Sides:
        """Divide the people of a data set by the number of their pictures.

        Raises
        ------
        ProtocolError
            When fewer than two people train, or nobody could be enrolled and probed, or nobody is a stranger.
        """
        counts = dataset.table["subject"].value_counts().sort_index()
        train = counts.index[counts >= TRAINED_FROM]
        test = counts.index[counts < TRAINED_FROM]
        known = int((counts[test] > 1).sum())
        if len(train) < 2 or known < 2 or known == len(test):
            raise ProtocolError(
                f"{dataset.name}: two people or more with {TRAINED_FROM} pictures, two with fewer but several, and one "
                "with a single picture",
                f"{len(train)}, {known} and {len(test) - known}",
                "add people",
            )
        return cls(tuple(map(str, train)), tuple(map(str, test)))


def run(
    dataset: Dataset, recipe: Recipe, out: Path, *, replicates: int = 1000, seed: int = 0, progress: bool = True
) -> Report:
    """Train, embed everybody else, write the embeddings and the report into a folder, and return the report.

    Parameters
    ----------
    dataset : Dataset
        Of pictures.
    recipe : Recipe
        Of an encoder of images.
    out : path
        Gets ``embeddings.npz`` (``embeddings`` and ``subject`` of the tested people, in the order of their names and
        pictures) and the report ``open-set-face``.
    replicates : int
        Draws of people for the intervals.
    seed : int
    progress : bool
        Show progress bars.

    Raises
    ------
    MissingExtraError
        When torch is not installed.
    ProtocolError
        As `Sides.of` does.
    """
    need_training()
    sides = Sides.of(dataset)
    fitted, vectors, table = embedded(dataset, recipe, sides, seed=seed, progress=progress)
    out.mkdir(parents=True, exist_ok=True)
    np.savez(out / EMBEDDINGS, embeddings=vectors, subject=table["subject"].to_numpy().astype(np.str_))
    found = evaluate_scores(open_set_scores(vectors, table), replicates=replicates, seed=seed)
    page = score_report(
        found,
        title=f"Open-set identification on {dataset.name}, {recipe.name}",
        notices=_notices(dataset, recipe, sides, fitted),
    )
    save_report(page, found, out, "open-set-face")
    return page


def embedded(
    dataset: Dataset, recipe: Recipe, sides: Sides, *, seed: int, progress: bool
) -> tuple[Fitted, NDArray[np.float32], pd.DataFrame]:
    """Train a recipe; return it, the embeddings (pictures, dim) of the tested people, and their rows of the table."""
    from lineament.training.fit import fit
    from lineament.training.train import Loaded

    train, test = (dataset.filter(subject=side) for side in (sides.train, sides.test))
    fitted = fit(recipe, Loaded([train], prefixed=False), seed=seed, progress=progress)
    tracks = fitted.embed(Loaded([test], prefixed=False))
    return fitted, np.concatenate([track.vectors for track in tracks]), test.table


def open_set_scores(vectors: NDArray[np.float32], table: pd.DataFrame) -> Scores:
    """Return the scores of every later picture, and of every stranger's only one, with everybody's first.

    Parameters
    ----------
    vectors : float array (pictures, dim)
        Unit norm.
    table : DataFrame
        With ``subject`` and ``session``, a row each.
    """
    order = table.reset_index(drop=True).sort_values(["subject", "session"])
    counts = order["subject"].map(order["subject"].value_counts())
    first = ~order["subject"].duplicated()
    enrolled, probes = order[first & (counts > 1)], order[~first | (counts == 1)]
    values = vectors[probes.index] @ vectors[enrolled.index].T
    described = [rows[["subject", "session"]].reset_index(drop=True) for rows in (probes, enrolled)]
    return Scores.from_matrix(values.astype(np.float64), probes=described[0], references=described[1])


def _notices(dataset: Dataset, recipe: Recipe, sides: Sides, fitted: Fitted) -> Iterable[str]:
    """Yield what a reader must know of the protocol."""
    yield (
        f"{recipe.name} was trained on the {len(sides.train)} people of {dataset.name} with {TRAINED_FROM} pictures or "
        f"more, and nothing else ({fitted.seconds:.0f} s); the {len(sides.test)} tested people are others."
    )
    yield (
        "Who trains is told by the number of pictures, not by lot: the tested people are less often photographed. One "
        "picture a person is enrolled."
    )
    yield "Pictures of one person may be of one event: figures across longer times are worse."
