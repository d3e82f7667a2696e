"""Promised and measured FPIR on real people: the embeddings that any encoder gave of any data set.

People of whom there are several pictures (or recordings) can be enrolled; those of whom there is one are strangers.
Each kind is dealt into a half that calibrates and a half that is tested, many times; nobody is in both halves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lineament.datasets import Dataset
from lineament.errors import SignalError
from lineament.studies.false_alarms import Cell, apply, choose

Embeddings = NDArray[np.float32]
RATES = (0.1, 0.01)
SIDE, KEPT, DIM = 30, 200, 80
"""Pixels of the grey pictures that the plain encoder sees; principal components it keeps; size of its embedding."""


@dataclass(frozen=True, eq=False)
class EmbeddedPeople:
    """Embeddings of people whom the encoder was not trained on.

    Parameters
    ----------
    name : str
        Of the encoder and the data.
    vectors : float32 array (pictures, dim)
        Unit norm.
    subjects : array (pictures,)
        Whose they are.
    """

    name: str
    vectors: Embeddings
    subjects: NDArray[np.str_]

    @classmethod
    def load(cls, path: Path, name: str | None = None) -> EmbeddedPeople:
        """Read them from an ``.npz`` file with the arrays ``embeddings`` and ``subject``; its name is the file's.

        Raises
        ------
        SignalError
            When the file cannot be read or has not these arrays.
        """
        try:
            with np.load(path) as content:
                vectors, subjects = content["embeddings"].astype(np.float32), content["subject"].astype(np.str_)
        except (OSError, ValueError, KeyError) as error:
            raise SignalError(
                f"{path}: an .npz file with the arrays 'embeddings' and 'subject'", f"'{error}'", "make it again"
            ) from error
        if vectors.ndim != 2 or len(vectors) != len(subjects):
            raise SignalError(f"{path}: an embedding for each subject", "other shapes", "make it again")
        return cls(name or path.stem, _unit(vectors), subjects)


def plain_encoder(dataset: Dataset, progress: Callable[[str, int], Iterable[int]]) -> EmbeddedPeople:
    """Return embeddings by linear discriminants of pixels, fitted to half of the people with several pictures.

    A plain encoder that needs nothing but the pictures: the promise must hold for a bad encoder as for a good one.
    """
    pictures = np.stack([_small(dataset.load(row).values[0]) for row in progress("reading", len(dataset))])
    subjects = dataset.table["subject"].to_numpy().astype(np.str_)
    _, place, counts = np.unique(subjects, return_inverse=True, return_counts=True)
    several = np.random.default_rng(0).permutation(np.flatnonzero(counts > 1))
    training = np.isin(place, several[: len(several) // 2])
    centre = pictures[training].mean(axis=0)
    seen = pictures[training] - centre
    axes = np.linalg.svd(seen, full_matrices=False)[2][:KEPT].T
    seen = seen @ axes
    means = np.stack([seen[place[training] == person].mean(axis=0) for person in np.unique(place[training])])
    inside = seen - means[np.searchsorted(np.unique(place[training]), place[training])]
    lengths, turns = np.linalg.eigh(inside.T @ inside / len(inside) + 1e-3 * np.eye(axes.shape[1]))
    whiten = turns / np.sqrt(lengths)
    between = np.linalg.svd((means - means.mean(axis=0)) @ whiten, full_matrices=False)[2][:DIM].T
    vectors = ((pictures[~training] - centre) @ axes @ whiten @ between).astype(np.float32)
    return EmbeddedPeople(f"Linear discriminants of pixels on {dataset.name}", _unit(vectors), subjects[~training])


def judged_people(
    people: EmbeddedPeople, *, splits: int, seed: int, progress: Callable[[str, int], Iterable[int]]
) -> list[Cell]:
    """Return the cells of several splits into people who calibrate and people who are tested.

    Raises
    ------
    SignalError
        When there are not 40 people with several pictures and 40 with one.
    """
    _, place, counts = np.unique(people.subjects, return_inverse=True, return_counts=True)
    several, single = np.flatnonzero(counts > 1), np.flatnonzero(counts == 1)
    if min(len(several), len(single)) < 40:
        raise SignalError(
            f"{people.name}: 40 people with several pictures and 40 with one, at least",
            f"{len(several)} and {len(single)}",
            "give more people",
        )
    cells = []
    for split in progress(f"{people.name}: splits", splits):
        rng = np.random.default_rng([seed, split])
        enrolled = np.array_split(rng.permutation(several), 2)
        strangers = np.array_split(rng.permutation(single), 2)
        (first, again), (tested, _) = (_two_each(place, who, rng) for who in enrolled)
        outside = [np.flatnonzero(np.isin(place, who)) for who in strangers]
        vectors = people.vectors
        mates = (vectors[first] * vectors[again]).sum(axis=1)
        table = vectors[outside[0]] @ vectors[first].T
        scores = vectors[outside[1]] @ vectors[tested].T
        sizes = [size for size in (10, 100, 1_000, 10_000) if size < len(tested)] + [len(tested)]
        best = {size: _best(scores, size, rng) for size in sizes}
        chosen = choose(mates, table, sizes, people=len(first), rates=RATES, seed=split)
        cells += [apply(choice, best) for choice in chosen]
    return cells


def _two_each(
    place: NDArray[np.intp], who: NDArray[np.intp], rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return two pictures of each person, by chance: one to enrol, one to probe with."""
    pairs = np.array([rng.choice(np.flatnonzero(place == person), 2, replace=False) for person in who])
    return pairs[:, 0], pairs[:, 1]


def _best(scores: Embeddings, size: int, rng: np.random.Generator) -> Embeddings:
    """Return the best score of each stranger in galleries that share nobody, a hundred at most."""
    order = rng.permutation(scores.shape[1])
    galleries = [order[start : start + size] for start in range(0, len(order) - size + 1, size)][:100]
    return np.stack([scores[:, gallery].max(axis=1) for gallery in galleries], axis=1)


def _small(picture: NDArray[np.floating]) -> Embeddings:
    """Return a picture's middle as few grey pixels, each row of them of mean zero and unit length."""
    grey = picture.mean(axis=2)
    height, width = (side // SIDE * SIDE for side in grey.shape)
    cut = grey[(grey.shape[0] - height) // 2 :, (grey.shape[1] - width) // 2 :][:height, :width]
    pixels = cut.reshape(SIDE, height // SIDE, SIDE, width // SIDE).mean(axis=(1, 3)).ravel()
    pixels = pixels - pixels.mean()
    return np.asarray(pixels / max(float(np.linalg.norm(pixels)), 1e-9), dtype=np.float32)


def _unit(vectors: Embeddings) -> Embeddings:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12), dtype=np.float32)
