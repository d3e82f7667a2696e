"""How hard and how alike to real hands the simulated ones are: set against `vein-dorsal` by one measure.

The measure needs no training: regions of hands (`lineament.encodings.regions`) are compared by the largest normalised
correlation over small shifts; each hand's first image of one capture is the reference, an image of the same capture or
the first of the other the probe. Of `vein-dorsal` only persons 73 and up are looked at: people 1 to 72 are kept for
tests, and what the simulator is set by must not have seen them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lineament.datasets import Dataset
from lineament.datasets.simulate import simulated_veins
from lineament.encodings.regions import localise
from lineament.errors import ProtocolError, SignalError
from lineament.metrics import equal_error_rate

FloatArray = NDArray[np.float64]
Progress = Callable[[str, int, int], None]

SIZE = (70, 80)
"""Rows and columns of a region."""
REACH = 10
"""Pixels of a region by which the two are shifted against each other."""
DEVELOPING = tuple(f"{number:03d}" for number in range(73, 139))
"""The persons of `vein-dorsal` by whom settings may be chosen."""
TOLERANCE = 0.05
"""Largest difference, of the rates and of the median mated correlation, at which both count as alike."""
PAIRS = ("same capture", "across captures")


@dataclass(frozen=True)
class Difficulty:
    """How well correlation tells hands apart.

    Parameters
    ----------
    rank_one : float
        Share of probes whose own hand is the most similar of all hands of that side.
    equal_error_rate : float
    mated, non_mated : float
        Median correlation.
    hands : int
        Compared.
    """

    rank_one: float
    equal_error_rate: float
    mated: float
    non_mated: float
    hands: int


@dataclass(frozen=True)
class Comparison:
    """Real beside simulated hands.

    Parameters
    ----------
    real : mapping
        From "same capture" and "across captures" to the difficulty.
    simulated : mapping
        The same, of each simulated population.
    failed : mapping
        From "real" and "simulated" to the share of images without a region.
    """

    real: dict[str, Difficulty]
    simulated: dict[str, tuple[Difficulty, ...]]
    failed: dict[str, float]

    def mean(self, pair: str, figure: str) -> float:
        """Return a figure's mean over the simulated populations."""
        return float(np.mean([getattr(each, figure) for each in self.simulated[pair]]))

    @property
    def alike(self) -> bool:
        """Whether, across captures, Rank-1, EER and the median mated correlation differ little enough."""
        pair = "across captures"
        figures = ("rank_one", "equal_error_rate", "mated")
        return all(abs(self.mean(pair, name) - getattr(self.real[pair], name)) <= TOLERANCE for name in figures)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "measure": "largest normalised correlation of hand regions over small shifts, galleries of one side",
            "tolerance": TOLERANCE,
            "alike": self.alike,
            "failed": self.failed,
            "real": {pair: vars(found) for pair, found in self.real.items()},
            "simulated": {pair: [vars(each) for each in found] for pair, found in self.simulated.items()},
        }


def compare(
    real: Dataset,
    *,
    populations: int = 3,
    seed: int = 0,
    people: Sequence[str] = DEVELOPING,
    progress: Progress = lambda what, done, of: None,
) -> Comparison:
    """Measure real hands and as many simulated ones, several populations of them, in the same way.

    Parameters
    ----------
    real : Dataset
        `vein-dorsal`.
    populations : int
        How many to simulate, each of as many people as the real set has with two captures.
    seed : int
        Of the first; they count up.
    people : sequence of str
        The real persons that may be looked at.
    progress : callable
        Called with what is measured, how many images are done, and of how many.

    Raises
    ------
    ProtocolError
        When fewer than two of them have two captures, or no population is asked for.
    """
    twice = real.table.groupby("person")["session"].nunique() == 2
    chosen = sorted(set(twice.index[twice]) & set(people))
    if len(chosen) < 2 or populations < 1:
        raise ProtocolError(
            "comparison: two persons or more with two captures, and a simulated population",
            f"{len(chosen)} and {populations}",
            "use vein-dorsal, and ask for more",
        )
    found, failures = _measure(real.filter(person=chosen), lambda done, of: progress("real", done, of))
    simulated, failed = [], []
    for number in range(populations):
        data = simulated_veins(len(chosen), 2, 2, seed=seed + number)
        each, share = _measure(data, lambda done, of, n=number: progress(f"simulated {n + 1}", done, of))  # type: ignore[misc]
        simulated.append(each)
        failed.append(share)
    return Comparison(
        real=found,
        simulated={pair: tuple(each[pair] for each in simulated) for pair in PAIRS},
        failed={"real": failures, "simulated": float(np.mean(failed))},
    )


def _measure(data: Dataset, progress: Callable[[int, int], None]) -> tuple[dict[str, Difficulty], float]:
    """Return the difficulty of a set of hands with two captures, and the share of images without a region.

    The first two images of the first capture and the first of the second are looked at.
    """
    first, second = data.sessions()
    table = data.table
    wanted = [(first, 1), (first, 2), (second, 1)]
    pictures: dict[str, list[tuple[FloatArray, ...]]] = {}
    images, lost = 0, 0
    subjects = list(table.groupby("subject"))
    for done, (_, rows) in enumerate(subjects, start=1):
        regions = []
        for session, capture in wanted:
            row = rows.index[(rows["session"] == session) & (rows["capture"] == capture)]
            regions.append(_region(data, int(row[0])) if len(row) else None)
        images, lost = images + len(regions), lost + sum(region is None for region in regions)
        whole = tuple(region for region in regions if region is not None)
        if len(whole) == len(wanted):
            pictures.setdefault(rows["hand"].iloc[0], []).append(whole)
        progress(done, len(subjects))
    sides = [np.array(hands).swapaxes(0, 1) for hands in pictures.values()]
    found = {
        pair: _difficulty([correlations(side[place], side[0]) for side in sides])
        for pair, place in zip(PAIRS, (1, 2), strict=True)
    }
    return found, lost / images


def _region(data: Dataset, index: int) -> FloatArray | None:
    """Return the region of an image; None where none is found."""
    try:
        return localise("hand", data.load(index).values[0, :, :, 0], SIZE)
    except SignalError:
        return None


def correlations(probes: FloatArray, references: FloatArray) -> FloatArray:
    """Return the largest normalised correlation over shifts of up to `REACH` pixels of regions with each other.

    Parameters
    ----------
    probes : array (n, rows, columns)
    references : array (m, rows, columns)

    Returns
    -------
    array (n, m)

    Examples
    --------
    >>> here, there = np.zeros((1, 30, 30)), np.zeros((1, 30, 30))
    >>> here[0, 10, 10], there[0, 14, 7] = 1, 2
    >>> round(float(correlations(here, there)[0, 0]), 6)
    1.0
    """
    padded = (2 * probes.shape[1], 2 * probes.shape[2])
    ours, theirs = np.fft.rfft2(probes, padded), np.conj(np.fft.rfft2(references, padded))
    norms = [np.sqrt((regions**2).sum(axis=(1, 2))) for regions in (probes, references)]
    near = np.r_[-REACH : REACH + 1]
    found = np.stack([np.fft.irfft2(one * theirs, padded)[:, near][:, :, near].max(axis=(1, 2)) for one in ours])
    result: FloatArray = found / np.maximum(np.outer(*norms), 1e-12)
    return result


def _difficulty(scores: Sequence[FloatArray]) -> Difficulty:
    """Return the figures of squares of correlations (hands, hands), one a side, mates on the diagonal."""
    mated = np.concatenate([np.diag(square) for square in scores])
    non_mated = np.concatenate([square[~np.eye(len(square), dtype=bool)] for square in scores])
    hits = np.concatenate([np.diag(square) >= square.max(axis=1) for square in scores])
    return Difficulty(
        rank_one=float(hits.mean()),
        equal_error_rate=equal_error_rate(mated=mated, non_mated=non_mated),
        mated=float(np.median(mated)),
        non_mated=float(np.median(non_mated)),
        hands=len(mated),
    )
