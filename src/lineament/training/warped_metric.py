"""How frames are compared by warping, learned in closed form.

Sequences of one subject are aligned in pairs, and so are those of each subject with the forgeries of it, where there
are any (`lineament.datasets.forgeries`), else with the nearest other subject. Of the frames that the best paths join,
the directions are kept in which the second kind differs most, in units of how the first does (Fisher's criterion on
aligned differences), with equal weight. Forgers are no subjects here: they do not write as one, and what varies among
them is what tells them from their targets.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg import eigh

from lineament.datasets.forgeries import FORGED
from lineament.decisions.alignment import best_paths, local_distances, warping_distances
from lineament.errors import ProtocolError
from lineament.networks import Network
from lineament.networks.frame_sequence import FrameSequenceNetwork

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
ANCHORS = 20
"""Sequences of a subject that are aligned, at most."""
PARTNERS = 3
"""Sequences that each of them is aligned with, of its own subject and of another, or forged."""


@dataclass(frozen=True, eq=False)
class Group:
    """The places of one subject's sequences, and of the forgeries of them: int arrays."""

    own: NDArray[np.intp]
    forged: NDArray[np.intp]


def fit_warped(network: Network, sequences: Float32Array, subjects: Sequence[Hashable]) -> None:
    """Fit the metric of a `FrameSequenceNetwork` that has one; leave other networks alone.

    Parameters
    ----------
    network : Network
        Fitted in place.
    sequences : float32 array (sequences, T, F)
    subjects : sequence
        Whose each is.

    Raises
    ------
    ProtocolError
        When there are not two subjects with two sequences.
    """
    if not isinstance(network, FrameSequenceNetwork) or network.spec.metric is None:
        return
    groups = grouped([str(subject) for subject in subjects])
    if len(groups) < 2:
        raise ProtocolError("warping metric: two subjects with two sequences", str(len(groups)), "add recordings")
    within, between = scatters(sequences, groups, network.spec.band)
    network.projection.copy_(
        torch.from_numpy(directions(within, between, network.spec.metric, network.spec.shrinkage)).float()
    )


def grouped(subjects: Sequence[str]) -> list[Group]:
    """Return the subjects with two sequences or more, each with the forgeries of it.

    Examples
    --------
    >>> [(group.own.tolist(), group.forged.tolist()) for group in grouped(["a", "b", "a", "a-forged", "a-forged"])]
    [([0, 2], [3, 4])]
    """
    names = np.array(subjects)
    groups = []
    for name in sorted(set(subjects)):
        own, forged = np.flatnonzero(names == name), np.flatnonzero(names == name + FORGED)
        if len(own) > 1 and not name.endswith(FORGED):
            groups.append(Group(own, forged))
    return groups


def directions(within: FloatArray, between: FloatArray, count: int, shrinkage: float) -> FloatArray:
    """Return the directions of the largest ratios of two scatters, (F, count), each of unit scatter within.

    Parameters
    ----------
    within, between : array (F, F)
    count : int
    shrinkage : float
        Of the first towards its diagonal.

    Examples
    --------
    >>> np.abs(directions(np.eye(2), np.diag([1.0, 4.0]), 1, 0.0)).round(6).tolist()
    [[0.0], [1.0]]
    """
    shrunk = (1 - shrinkage) * within + shrinkage * np.diag(np.diag(within))
    # A feature that is constant varies neither within nor between.
    steady = shrunk + 1e-6 * np.trace(shrunk) / len(shrunk) * np.eye(len(shrunk))
    _, vectors = eigh(between, steady)
    chosen: FloatArray = vectors[:, ::-1][:, :count].copy()
    return chosen


def scatters(frames: Float32Array, groups: Sequence[Group], band: int, seed: int = 0) -> tuple[FloatArray, FloatArray]:
    """Return the scatters of differences of aligned frames, within subjects and to forgeries of them, (F, F) each.

    Parameters
    ----------
    frames : float32 array (sequences, T, F)
    groups : sequence of Group
    band : int
    seed : int
        Of which sequences are paired.
    """
    rng = np.random.default_rng(seed)
    nearest: NDArray[np.intp] | None = None
    within, between = [], []
    for place, group in enumerate(groups):
        anchors, others = rng.permutation(group.own)[:ANCHORS], group.forged
        if not len(others):
            nearest = nearest_subjects(frames, groups, band) if nearest is None else nearest
            others = groups[nearest[place]].own
        own = [(a, b) for a in anchors for b in rng.permutation(group.own[group.own != a])[:PARTNERS]]
        apart = [(a, b) for a in anchors for b in rng.permutation(others)[:PARTNERS]]
        within.append(_differences(frames, own, band))
        between.append(_differences(frames, apart, band))
    return np.mean(within, axis=0), np.mean(between, axis=0)


def nearest_subjects(frames: Float32Array, groups: Sequence[Group], band: int) -> NDArray[np.intp]:
    """Return for each subject the place of the other whose sequences are the nearest by warping, (subjects,).

    A few sequences of each stand for it.
    """
    some = [group.own[:PARTNERS] for group in groups]
    owner = np.repeat(np.arange(len(groups)), [len(group) for group in some])
    references = frames[np.concatenate(some)]
    nearest = np.empty(len(groups), dtype=np.intp)
    for place, group in enumerate(some):
        distances = np.mean([warping_distances(frames[one], references, band=band) for one in group], axis=0)
        means = np.bincount(owner, weights=distances) / np.bincount(owner)
        means[place] = np.inf
        nearest[place] = means.argmin()
    return nearest


def _differences(frames: Float32Array, pairs: Sequence[tuple[int, int]], band: int) -> FloatArray:
    """Return the mean outer product of the differences of frames that best paths join, (F, F)."""
    first, second = (np.array(side) for side in zip(*pairs, strict=True))
    local = np.stack(
        [local_distances(frames[a], frames[b][None])[..., 0] for a, b in zip(first, second, strict=True)], axis=-1
    )
    weights = best_paths(np.ascontiguousarray(local), band)
    rows, columns, pair = np.nonzero(weights)
    weight = weights[rows, columns, pair].astype(np.float64)[:, None]
    steps = (frames[first[pair], rows] - frames[second[pair], columns]).astype(np.float64)
    scatter: FloatArray = (weight * steps).T @ steps / weight.sum()
    return scatter
