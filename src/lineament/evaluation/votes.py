"""What each window says of each enrolled person: votes of its nearest templates, or likeness to prototypes.

The semantics are those of `lineament.decisions` (`knn_vote`, `prototype`); here the windows are judged once, and
spans of any length are summed from them (`lineament.evaluation.spans`), where a rule would search anew for every span.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Search = Callable[[NDArray[np.float32], int], tuple[NDArray[np.float32], NDArray[np.intp]]]
CHUNK = 4096


def nearest_votes(
    search: Search, vectors: NDArray[np.float32], *, subjects: int, k: int, soft: bool = True
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the votes (see `neighbour_votes`), and the score of each subject's nearest voting template.

    Returns
    -------
    votes : int array (windows, subjects)
    nearness : float32 array (windows, subjects)
        ``-inf`` where none of the k is a subject's. `KnnVoteRule` breaks ties by its greatest over a span.
    """
    votes = np.zeros((len(vectors), subjects), dtype=np.int64)
    nearness = np.full((len(vectors), subjects), -np.inf, dtype=np.float32)
    for first in range(0, len(vectors), CHUNK):
        part = slice(first, first + CHUNK)
        scores, labels = search(vectors[part], k)
        counts = _count(np.asarray(labels), subjects)
        votes[part] = counts if soft else _majority(counts, np.asarray(labels))
        row, column = np.nonzero(np.asarray(labels) >= 0)
        np.maximum.at(nearness[part], (row, np.asarray(labels)[row, column]), np.asarray(scores)[row, column])
    return votes, nearness


def neighbour_votes(
    search: Search, vectors: NDArray[np.float32], *, subjects: int, k: int, soft: bool = True
) -> NDArray[np.int64]:
    """Return how many of each window's k nearest templates belong to each subject.

    Parameters
    ----------
    search : callable
        ``gallery.search``: from embeddings and k to scores and subject indices, each (windows, k), nearest first.
    vectors : float32 array (windows, dim)
    subjects : int
        Number of people enrolled.
    k : int
        Neighbours that vote; templates permitting.
    soft : bool
        True: the counts themselves (the published code of paper 002). False: one vote for the most frequent subject, of
        several the one met first, nearest first (the published text; ties as its code breaks them).

    Returns
    -------
    int array (windows, subjects)

    Examples
    --------
    >>> labels = np.array([[1, 0, 0], [1, 0, 2]])
    >>> found = lambda vectors, k: (np.zeros((2, k)), labels[:, :k])
    >>> neighbour_votes(found, np.zeros((2, 4)), subjects=3, k=3).tolist()
    [[2, 1, 0], [1, 1, 1]]
    >>> neighbour_votes(found, np.zeros((2, 4)), subjects=3, k=3, soft=False).tolist()
    [[1, 0, 0], [0, 1, 0]]
    """
    return nearest_votes(search, vectors, subjects=subjects, k=k, soft=soft)[0]


def _count(labels: NDArray[np.intp], subjects: int) -> NDArray[np.int64]:
    """Return how often each subject stands in each row; negative labels (no such neighbour) are left out."""
    rows = np.broadcast_to(np.arange(len(labels))[:, None], labels.shape)
    there = labels >= 0
    flat = rows[there] * subjects + labels[there]
    return np.bincount(flat, minlength=len(labels) * subjects).reshape(len(labels), subjects).astype(np.int64)


def _majority(counts: NDArray[np.int64], labels: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return one vote a row for its most frequent subject, of several the nearest."""
    rows = np.arange(len(labels))
    of_neighbour = np.where(labels >= 0, counts[rows[:, None], labels], -1)
    winner = labels[rows, of_neighbour.argmax(axis=1)]
    voted = np.zeros_like(counts)
    voted[rows, winner] = 1
    return voted
