"""What everybody's events of a class are like, after each other class: learned from those who train."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from lineament.networks import Network
from lineament.networks.class_statistics import ProjectedClasses
from lineament.networks.fusion import FusedNetwork

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def fit_classes(network: Network, recordings: Sequence[NDArray[np.float32]]) -> None:
    """Set the commonest classes and pairs and everybody's means, wherever a network has any, in a fusion too.

    Parameters
    ----------
    network : Network
    recordings : sequence of float32 array (T, F)
        Encoded; those shorter than a window are passed over.
    """
    for part in network.networks if isinstance(network, FusedNetwork) else [network]:
        long = [one[: part.window] for one in recordings if len(one) >= part.window]
        if isinstance(part, ProjectedClasses) and long:
            _fit(part, np.stack(long))


def _fit(part: ProjectedClasses, frames: NDArray[np.float32]) -> None:
    """Set the tables of one network from windows (N, W, F)."""
    device = part.ranks.device
    live = np.ones(frames.shape[:2], bool) if part.spec.present is None else frames[..., part.spec.present] > 0.5
    classes = frames[..., part.place][live].round().astype(np.int64).clip(0, len(part.ranks) - 1)
    part.ranks = torch.from_numpy(commonest(classes, len(part.ranks), part.spec.classes)).to(device)
    ranks, before, counted = (found.numpy() for found in part.pairs(torch.from_numpy(frames)))
    chosen = counted > 0.5
    pair, last = (before * part.places + ranks)[chosen], ranks[chosen]
    part.slots = torch.from_numpy(commonest(pair, part.places**2, part.spec.pairs, zero=True)).to(device)
    values = frames[..., part.numeric][chosen].astype(np.float64)
    mean, deviation = tables(values, pair, last, part.places, part.spec.population_prior)
    part.mean = torch.from_numpy(mean.astype(np.float32)).to(device)
    part.deviation = torch.from_numpy(deviation.astype(np.float32)).to(device)


def commonest(groups: IntArray, count: int, kept: int, *, zero: bool = False) -> IntArray:
    """Return each group's place among the commonest, from 1, or 0; group 0 has none unless it may.

    Examples
    --------
    >>> commonest(np.array([2, 2, 0, 0, 0, 1]), 4, 1).tolist()
    [0, 0, 1, 0]
    """
    counts = np.bincount(groups, minlength=count)
    if not zero:
        counts[0] = 0
    order = np.argsort(-counts, kind="stable")[:kept]
    order = order[counts[order] > 0]
    places = np.zeros(count, dtype=np.int64)
    places[order] = np.arange(1, len(order) + 1)
    return places


def tables(
    values: FloatArray, pairs: IntArray, last: IntArray, places: int, prior: float
) -> tuple[FloatArray, FloatArray]:
    """Return mean and deviation (places squared, numbers) of values (N, numbers) by pair of classes.

    A pair's are those of its events and of ``prior`` events like its last class's, whose are those of its events and
    as many like anybody's.

    Parameters
    ----------
    values : float array (N, numbers)
    pairs, last : int arrays (N,)
        Of each event: its pair (the class before, times `places`, and its own), and its own class.
    places : int
        Classes.
    prior : float
    """
    everybody = np.stack([values.mean(0), values.var(0)])
    by_class = _pooled(values, last, places, prior, np.broadcast_to(everybody[:, None], (2, places, values.shape[1])))
    by_pair = _pooled(values, pairs, places**2, prior, np.tile(by_class, (1, places, 1)))
    return by_pair[0], np.sqrt(by_pair[1])


def _pooled(values: FloatArray, groups: IntArray, count: int, prior: float, expected: FloatArray) -> FloatArray:
    """Return mean and variance (2, count, numbers) of groups, each with ``prior`` events as expected."""
    events = np.bincount(groups, minlength=count)[:, None]
    columns = values.T
    sums = np.stack([np.bincount(groups, column, count) for column in columns], 1)
    squares = np.stack([np.bincount(groups, column**2, count) for column in columns], 1)
    mean = (sums + prior * expected[0]) / (events + prior)
    variance = (squares + prior * (expected[1] + expected[0] ** 2)) / (events + prior) - mean**2
    return np.stack([mean, np.maximum(variance, 1e-6)])
