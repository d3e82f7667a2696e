"""What sites weigh, and which go together, learned in closed form from the windows of those who train."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse

from lineament.networks import Network
from lineament.networks.fusion import FusedNetwork
from lineament.networks.visit_statistics import CountedSites, ProjectedVisits, SiteBag

FloatArray = NDArray[np.float64]
SURPLUS = 0.1
"""Added to the logarithm of the rarity of people, so that a site that everybody visits still weighs a little."""
SPARE = 20
"""Directions that a randomised decomposition takes beyond those wanted."""
ROUNDS = 2


def fit_sites(
    network: Network, recordings: Sequence[NDArray[np.float32]], subjects: Sequence[Hashable], *, stride: int
) -> None:
    """Set the weights of sites, and their vectors, wherever a network has any, in a fusion too.

    Parameters
    ----------
    network : Network
    recordings : sequence of float32 array (T, F)
        Encoded; the last feature is the site's class.
    subjects : sequence
        Whose each recording is.
    stride : int
        Visits from one window to the next.
    """
    for part in network.networks if isinstance(network, FusedNetwork) else [network]:
        if not isinstance(part, CountedSites | ProjectedVisits):
            continue
        counts, owners = window_counts(recordings, subjects, part.bag.classes, part.window, stride)
        weights = site_weights(counts, owners, by_people=part.bag.spec.by_people)
        part.bag.weights = torch.from_numpy(weights).to(part.bag.weights)
        if isinstance(part, ProjectedVisits):
            vectors = site_vectors(weighed(counts, part.bag), part.vectors.shape[1])
            part.vectors = torch.from_numpy(vectors).to(part.vectors)


def window_counts(
    recordings: Sequence[NDArray[np.float32]], subjects: Sequence[Hashable], classes: int, window: int, stride: int
) -> tuple[sparse.csr_matrix, NDArray[np.int64]]:
    """Return how often each class of sites occurs in each window, (windows, classes), and whose it is, (windows,)."""
    places: dict[Hashable, int] = {}
    rows, owners = [], []
    for frames, subject in zip(recordings, subjects, strict=True):
        owner = places.setdefault(subject, len(places))
        for start in range(0, len(frames) - window + 1, stride):
            rows.append(frames[start : start + window, -1].round().astype(np.int64).clip(0, classes - 1))
            owners.append(owner)
    sites = np.array(rows).reshape(-1, window)
    ones, which = np.ones(sites.size), np.repeat(np.arange(len(sites)), window)
    counts = sparse.coo_matrix((ones, (which, sites.ravel())), shape=(len(sites), classes)).tocsr()
    return counts, np.array(owners, dtype=np.int64)


def site_weights(counts: sparse.csr_matrix, owners: NDArray[np.int64], *, by_people: bool) -> FloatArray:
    """Return what each class of sites weighs, (classes,); that which is not known, nothing.

    It is the smooth inverse document frequency of scikit-learn, ``ln((1 + n) / (1 + n_site)) + 1``, over windows; by
    people, multiplied by ``ln((1 + people) / (1 + people_site)) + 0.1``.

    Parameters
    ----------
    counts : sparse matrix (windows, classes)
    owners : int array (windows,)
        Whose each window is, from 0 without gaps.
    by_people : bool
    """
    there = (counts > 0).astype(np.float64)
    weights = np.log((1 + len(owners)) / (1 + _totals(there))) + 1
    if by_people:
        people = owners.max(initial=0) + 1
        members = sparse.coo_matrix((np.ones(len(owners)), (owners, np.arange(len(owners)))), (people, len(owners)))
        visited = _totals((members.tocsr() @ there > 0).astype(np.float64))
        weights *= np.log((1 + people) / (1 + visited)) + SURPLUS
    weights[0] = 0.0
    return weights


def weighed(counts: sparse.csr_matrix, bag: SiteBag) -> sparse.csr_matrix:
    """Return counts (windows, classes) as a network weighs them, rows of unit norm or zero."""
    damped = counts.sqrt() if bag.spec.root else counts
    rows: sparse.csr_matrix = damped @ sparse.diags(bag.weights.double().cpu().numpy())
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    unit: sparse.csr_matrix = (sparse.diags(1 / np.maximum(lengths, np.finfo(float).tiny)) @ rows).tocsr()
    return unit


def site_vectors(rows: sparse.csr_matrix, size: int, seed: int = 0) -> FloatArray:
    """Return the vectors (classes, size) of sites along which windows differ most: latent semantic analysis.

    The leading right singular vectors of the windows' weighed counts, by a randomised decomposition (Halko et al. 2011,
    algorithm 4.4); zero where there are fewer.

    Parameters
    ----------
    rows : sparse matrix (windows, classes)
    size : int
    seed : int
        Of the random directions that it begins with.
    """
    rank = min(size + SPARE, *rows.shape)
    basis, _ = np.linalg.qr(rows @ np.random.default_rng(seed).standard_normal((rows.shape[1], rank)))
    for _ in range(ROUNDS):
        across, _ = np.linalg.qr(rows.T @ basis)
        basis, _ = np.linalg.qr(rows @ across)
    _, _, directions = np.linalg.svd((rows.T @ basis).T, full_matrices=False)
    vectors = np.zeros((rows.shape[1], size))
    kept = directions[:size].T
    # The sign of a singular vector is a matter of the machine: make its largest entry positive.
    vectors[:, : kept.shape[1]] = kept * np.sign(kept[np.abs(kept).argmax(axis=0), np.arange(kept.shape[1])])
    return vectors


def _totals(there: sparse.csr_matrix) -> FloatArray:
    return np.asarray(there.sum(axis=0), dtype=np.float64).ravel()
