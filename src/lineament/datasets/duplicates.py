"""Samples that stand on two sides of a protocol: the same values, or nearly the same. No embedding is asked.

A sample is described by a short signature: an image by a mosaic of 16 × 16 means at its own brightness and contrast, a
signal by the quantiles of each channel, measured in the spread they have over the data set. Images that were scaled and
compressed mostly lie within 0.03 of the original, as may captures that follow each other at once; signals that were
trimmed a little or resampled within 0.15, where two recordings of one person lie at about 0.5.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lineament.datasets.dataset import Dataset
from lineament.datasets.protocol import Protocol
from lineament.signals import Sample

FloatArray = NDArray[np.float64]
MOSAIC = 16
QUANTILES = np.linspace(0.05, 0.95, 13)
NEAR_IMAGE = 0.03
NEAR_SIGNAL = 0.15
BLOCK = 1024


@dataclass(frozen=True)
class Twin:
    """Two samples on two sides that are the same, or nearly.

    Parameters
    ----------
    sides : tuple of str
        Names of the two sides.
    samples : tuple of str
        Their ids (`Dataset.sample_ids`).
    distance : float
        Root mean square over the signature; 0 for equal values.
    """

    sides: tuple[str, str]
    samples: tuple[str, str]
    distance: float

    @property
    def exact(self) -> bool:
        """Whether the values are equal."""
        return self.distance == 0


def find_twins(
    dataset: Dataset,
    protocol: Protocol,
    *,
    progress: Callable[[str, int], Iterable[int]] = lambda what, total: range(total),
) -> list[Twin]:
    """Return the samples that stand on two sides of a protocol, the likest first.

    Parameters
    ----------
    dataset : Dataset
    protocol : Protocol
        Its five sides are held against each other.
    progress : callable
        From what is done and how often to an iterable that shows it.

    Raises
    ------
    ProtocolError
        When the protocol asks for samples that are not there.
    """
    ids = dataset.sample_ids()
    every = dataset.table.assign(_row=np.arange(len(dataset)))
    rows = {
        side: Dataset(dataset.name, every, dataset.loader).select(selection).table["_row"].to_numpy()
        for side, selection in protocol.sides().items()
        if selection.subjects
    }
    used = sorted({int(row) for side in rows.values() for row in side})
    place = {row: number for number, row in enumerate(used)}
    hashes, kinds, images = [], [], []
    for number in progress("comparing", len(used)):
        sample = dataset.load(used[number])
        hashes.append(fingerprint(sample))
        kinds.append(signature(sample))
        images.append(sample.values.ndim == 4)
    placed = {side: np.array([place[int(row)] for row in chosen], dtype=np.intp) for side, chosen in rows.items()}
    pairs = _near_pairs(placed, kinds, np.array(images))
    for sides in combinations(placed, 2):
        pairs |= {
            (sides, (int(a), int(b))): 0.0
            for a, b in _equal(*([(n, hashes[n]) for n in placed[side]] for side in sides))
        }
    found = [
        Twin(sides, (str(ids[used[a]]), str(ids[used[b]])), distance) for (sides, (a, b)), distance in pairs.items()
    ]
    return sorted(found, key=lambda twin: (twin.distance, twin.samples))


def fingerprint(sample: Sample) -> str:
    """Return a hash of a sample's values; times and names do not count.

    Examples
    --------
    >>> one, other = (Sample("motion", [[1.0], [2.0]], [t, t + 1], ("head_pos_y",)) for t in (0.0, 5.0))
    >>> fingerprint(one) == fingerprint(other)
    True
    """
    values = np.ascontiguousarray(sample.values, dtype=np.float64) + 0.0  # a negative zero is a zero
    return hashlib.sha256(repr(values.shape).encode() + values.tobytes()).hexdigest()


def signature(sample: Sample) -> FloatArray:
    """Return a short description that copies of a sample share.

    Returns
    -------
    array (places,)
        As long for every image of as many colours, and for every signal of as many channels. What is not finite is
        left out.
    """
    values = np.asarray(sample.values, dtype=np.float64)
    if values.ndim == 4:
        tiles = _mosaic(values.mean(axis=0)).ravel()
        return np.asarray((tiles - tiles.mean()) / max(float(tiles.std()), np.finfo(np.float64).tiny))
    channels = values.reshape(-1, values.shape[-1])
    described = []
    for channel in channels.T:
        finite = channel[np.isfinite(channel)]
        described.append(np.quantile(finite, QUANTILES) if len(finite) else np.zeros(len(QUANTILES)))
    return np.concatenate(described)


def _mosaic(image: FloatArray) -> FloatArray:
    """Return the means of 16 × 16 tiles of an image (height, width, colours); pixels are shared between tiles."""
    for axis in (0, 1):
        lines = np.moveaxis(image, axis, 0)
        sums = np.concatenate([np.zeros_like(lines[:1]), np.cumsum(lines, axis=0)])
        edges = np.linspace(0, len(lines), MOSAIC + 1)
        whole = np.minimum(edges.astype(np.intp), len(lines) - 1)
        part = (edges - whole)[:, None, None]
        up_to = sums[whole] * (1 - part) + sums[whole + 1] * part
        image = np.moveaxis(np.diff(up_to, axis=0) * MOSAIC / len(lines), 0, axis)
    return image


Pairs = dict[tuple[tuple[str, str], tuple[int, int]], float]


def _near_pairs(placed: Mapping[str, NDArray[np.intp]], kinds: list[FloatArray], images: NDArray[np.bool_]) -> Pairs:
    """Return pairs of samples of two sides whose signatures are near; those of other lengths are never near."""
    pairs: Pairs = {}
    lengths = np.array([len(kind) for kind in kinds])
    for length in np.unique(lengths):
        alike = np.flatnonzero(lengths == length)
        table = np.stack([kinds[n] for n in alike])
        pictures = bool(images[alike].all())
        near = NEAR_IMAGE if pictures else NEAR_SIGNAL
        spread = np.ones(length) if pictures else table.std(axis=0)
        moving = spread > 0
        scaled = np.full((len(kinds), int(moving.sum())), np.nan)
        scaled[alike] = table[:, moving] / spread[moving]
        for sides in combinations(placed, 2):
            ours, theirs = ([n for n in placed[side] if lengths[n] == length] for side in sides)
            for first in range(0, len(ours), BLOCK):
                part = ours[first : first + BLOCK]
                distances = _distances(scaled[part], scaled[theirs])
                for a, b in np.argwhere(distances <= near):
                    # A hair above zero where the values themselves are not equal.
                    pairs[sides, (int(part[a]), int(theirs[b]))] = max(float(distances[a, b]), 1e-9)
    return pairs


def _distances(ours: FloatArray, theirs: FloatArray) -> FloatArray:
    """Return root mean square distances, (ours, theirs)."""
    squares = (ours**2).sum(axis=1)[:, None] + (theirs**2).sum(axis=1) - 2 * ours @ theirs.T
    return np.asarray(np.sqrt(np.maximum(squares, 0) / max(ours.shape[1], 1)))


def _equal(ours: list[tuple[Any, str]], theirs: list[tuple[Any, str]]) -> Iterable[tuple[Any, Any]]:
    """Yield pairs with the same hash."""
    by_hash: dict[str, list[Any]] = {}
    for number, value in ours:
        by_hash.setdefault(value, []).append(number)
    for number, value in theirs:
        for twin in by_hash.get(value, ()):
            yield twin, number
