"""Promised FPIR against measured FPIR, from galleries of ten to galleries of a million.

A calibration is fitted to some people; the threshold it gives for a rate and a gallery's size is then applied to
strangers and galleries of other people. That is repeated with other calibration people, so that what one calibration
may be off by is seen, and done for other rules too, so that it is seen what they would have done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from lineament.datasets.simulate.embeddings import EmbeddingPopulation
from lineament.decisions import Calibration
from lineament.decisions.calibration_best import BestScores
from lineament.decisions.calibration_clumping import LOWEST
from lineament.decisions.calibration_strangers import StrangerModel
from lineament.files import read_json, replacing, write_json

FloatArray = NDArray[np.float64]
Best = Mapping[int, NDArray[np.float32]]
"""For each size, the best score of each stranger in each gallery, (strangers, galleries)."""
Progress = Callable[[str, int], Iterable[int]]

SIZES = (10, 100, 1_000, 10_000, 100_000, 1_000_000)
RATES = (0.1, 0.01, 0.001)
METHODS = {
    "ours": "tail and clumping, on average",
    "confident": "the same, with confidence 0.95",
    "independent": "tail, comparisons independent",
    "own gallery": "order statistic in the calibration's gallery",
    "one-to-one": "one-to-one threshold, right for a gallery of ten",
}
POPULATIONS: dict[str, dict[str, float]] = {
    "usual": {},
    "even": {"decay": 0, "region": 0, "kin": 0, "typical": 0, "centre": 0, "unsteady": 0, "drift": 0},
    "uneven": {"typical": 0.35, "centre": 0.5, "kin": 0.25, "region": 0.12, "unsteady": 0.5},
    "few directions": {"dim": 128, "decay": 0.6, "kin": 0.2, "kins": 20_000},
}
BLOCK, STRANGERS_AT_ONCE = 10_000, 1_000
TESTED, ENROLLED, CALIBRATING = 50_000_000, 60_000_000, 1_000_000
"""Numbers of the first person of each kind; nobody is of two."""
REPLICATES = 1_000


@dataclass(frozen=True)
class Chosen:
    """A threshold, and where the calibration says that its rate lies (see `Cell`)."""

    method: str
    people: int
    size: int
    rate: float
    threshold: float
    stated: Sequence[float] | None = None


@dataclass(frozen=True)
class Cell:
    """What one threshold of one calibration gave.

    Parameters
    ----------
    method : str
        A key of `METHODS`.
    people : int
        Strangers, and enrolled people, of the calibration, each.
    size : int
        Of the galleries.
    rate : float
        FPIR promised.
    measured, low, high : float
        FPIR of other strangers in galleries of other people, with its 95 % interval over both.
    stated : (float, float) or None
        Where the calibration says that it lies (90 %).
    """

    method: str
    people: int
    size: int
    rate: float
    measured: float
    low: float
    high: float
    stated: tuple[float, float] | None = None


@dataclass(frozen=True)
class Plan:
    """How much is done.

    Parameters
    ----------
    strangers : int
        Strangers never used before, in thousands of whole ones.
    sizes : tuple of int
    people : tuple of int
        How many strangers and as many enrolled people a calibration has.
    repetitions : int
        Calibrations of each.
    seed : int
        Of the population.
    """

    strangers: int = 100_000
    sizes: tuple[int, ...] = SIZES
    people: tuple[int, ...] = (500, 2_000, 5_000)
    repetitions: int = 10
    seed: int = 2026


def simulated(plan: Plan, name: str, out: Path, progress: Progress) -> list[Cell]:
    """Return the cells of one population; what was done before is read from the folder.

    Parameters
    ----------
    plan : Plan
    name : str
        A key of `POPULATIONS`.
    out : path
    progress : callable
    """
    population = EmbeddingPopulation(**{"seed": plan.seed, **POPULATIONS[name]})  # type: ignore[arg-type]
    mark = f"{name.replace(' ', '-')}-{plan.seed}"
    chosen: list[Chosen] = []
    todo = [(people, r) for people in plan.people for r in range(plan.repetitions)]
    for step in progress(f"{name}: calibrations", len(todo)):
        people, repetition = todo[step]
        path = out / "thresholds" / f"{mark}-{max(plan.sizes)}-{people}-{repetition}.json"
        if not path.is_file():
            mates, table = calibration_scores(population, people, repetition)
            found = choose(mates, table, plan.sizes, people=people, seed=repetition)
            write_json(path, [asdict(choice) for choice in found])
        chosen += [Chosen(**choice) for choice in read_json(path, "thresholds")]
    best = best_scores(population, plan, out / "best" / mark, progress)
    return [apply(chosen[step], best) for step in progress(f"{name}: measuring", len(chosen))]


def calibration_scores(
    population: EmbeddingPopulation, people: int, repetition: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return mates' scores (people,) and strangers' (people, people) of one calibration."""
    first = CALIBRATING * (repetition + 1)
    prototypes = population.prototypes(first, people)
    mates = (population.probes(first, people) * prototypes).sum(axis=1)
    return mates, population.probes(first + CALIBRATING // 2, people) @ prototypes.T


def best_scores(population: EmbeddingPopulation, plan: Plan, folder: Path, progress: Progress) -> Best:
    """Return the best scores of the tested strangers in galleries of all sizes, a thousand strangers at a time."""
    largest = max(plan.sizes)
    parts = [folder / f"{largest}-{part:04d}.npz" for part in range(-(-plan.strangers // STRANGERS_AT_ONCE))]
    if not all(part.is_file() for part in parts):
        gallery = np.concatenate(
            [
                population.prototypes(ENROLLED + step * BLOCK, min(BLOCK, largest - step * BLOCK))
                for step in progress("enrolling", -(-largest // BLOCK))
            ]
        )
        for step in progress("searching", len(parts)):
            if not parts[step].is_file():
                probes = population.probes(TESTED + step * STRANGERS_AT_ONCE, STRANGERS_AT_ONCE)
                found = search(probes, gallery, plan.sizes)
                with replacing(parts[step]) as beside, beside.open("wb") as file:
                    np.savez(file, **{str(size): scores for size, scores in found.items()})  # type: ignore[arg-type]
    loaded = [np.load(part) for part in parts]
    return {size: np.concatenate([part[str(size)] for part in loaded]) for size in plan.sizes}


def search(probes: NDArray[np.float32], gallery: NDArray[np.float32], sizes: Sequence[int]) -> Best:
    """Return the best score of each probe in galleries of each size, up to a hundred of them that share nobody.

    Parameters
    ----------
    probes : float32 array (strangers, dim)
    gallery : float32 array (subjects, dim)
        Unit norm; smaller galleries are parts of it.
    sizes : sequence of int
        Each at most a block of 10,000, or a multiple of one.
    """
    found: dict[int, list[NDArray[np.float32]]] = {size: [] for size in sizes}
    running: dict[int, NDArray[np.float32]] = {}
    for number, start in enumerate(range(0, len(gallery), BLOCK)):
        scores = probes @ gallery[start : start + BLOCK].T
        whole = scores.max(axis=1)
        place = 0
        for size in sizes:
            if size < scores.shape[1]:
                # One gallery of each size a block; they follow one another where there is room.
                place = place if place + size <= scores.shape[1] else 0
                found[size].append(scores[:, place : place + size].max(axis=1))
                place += size
            else:
                running[size] = np.maximum(running[size], whole) if size in running else whole
                if (number + 1) * BLOCK % size == 0 or start + BLOCK >= len(gallery):
                    found[size].append(running.pop(size))
    return {size: np.stack(scores, axis=1) for size, scores in found.items()}


def choose(
    mates: NDArray[Any],
    table: NDArray[Any],
    sizes: Sequence[int],
    *,
    people: int,
    rates: Sequence[float] = RATES,
    seed: int = 0,
) -> list[Chosen]:
    """Return every method's thresholds.

    Parameters
    ----------
    mates : float array (probes,)
    table : float array (strangers, subjects)
        Comparison scores of the calibration's people.
    sizes : sequence of int
        Of the galleries.
    people : int
        What the calibration is called by.
    """
    calibration = Calibration.fit(mates, table, min(rates), seed=seed)
    model = calibration.rates
    assert isinstance(model, StrangerModel)
    alone = replace(model, clumping=np.tile([LOWEST[0], 0.0, 0.25, 0.0], (len(model.clumping), 1)))
    own = BestScores.of(table.max(axis=1), table.shape[1])
    chosen = []
    for size in sizes:
        for rate in rates:
            value, interval = model.promise(rate, size, strict=False)
            thresholds = {
                "ours": value,
                "confident": model.threshold(rate, size, 0.95),
                "independent": alone.threshold(rate, size),
                "own gallery": own.threshold(rate),
                "one-to-one": model.threshold(rate / 10, 1),
            }
            for method, threshold in thresholds.items():
                stated = interval if method == "ours" else None
                chosen.append(Chosen(method, people, size, rate, threshold, stated))
    return chosen


def apply(chosen: Chosen, best: Best) -> Cell:
    """Return what a threshold gives on people who were not used before."""
    measured, low, high = measure(best[chosen.size], chosen.threshold)
    stated = None if chosen.stated is None else (chosen.stated[0], chosen.stated[1])
    return Cell(chosen.method, chosen.people, chosen.size, chosen.rate, measured, low, high, stated)


def measure(best: NDArray[np.float32], threshold: float, *, seed: int = 0) -> tuple[float, float, float]:
    """Return the FPIR with its 95 % interval, strangers and galleries resampled.

    Parameters
    ----------
    best : float array (strangers, galleries)

    Examples
    --------
    >>> measure(np.array([[0.1, 0.2], [0.6, 0.3], [0.1, 0.1], [0.9, 0.8]], np.float32), 0.5)[0]
    0.375
    """
    strangers, galleries = best.shape
    counts, hits = np.empty(strangers, np.float32), np.zeros(galleries)
    for start in range(0, strangers, STRANGERS_AT_ONCE):
        # As floats: whole numbers this small are exact, and products are many times faster than sums of truth values.
        accepted = (best[start : start + STRANGERS_AT_ONCE] >= threshold).astype(np.float32)
        counts[start : start + STRANGERS_AT_ONCE] = accepted @ np.ones(galleries, np.float32)
        hits += np.ones(len(accepted), np.float32) @ accepted
    by_gallery = hits / strangers
    rng = np.random.default_rng(seed)
    # Strangers who are accepted by as many galleries are alike.
    times, alike = np.unique(counts, return_counts=True)
    drawn = rng.multinomial(strangers, alike / strangers, REPLICATES) @ (times / galleries) / strangers
    drawn += by_gallery[rng.integers(galleries, size=(REPLICATES, galleries))].mean(axis=1) - by_gallery.mean()
    low, high = np.quantile(drawn, [0.025, 0.975])
    # Where nobody is accepted, resampling shows no doubt; up to 3.7 / strangers is possible.
    least_high = -np.log(0.025) / strangers if not hits.any() else 0.0
    return float(by_gallery.mean()), float(max(low, 0.0)), float(max(high, least_high))


@dataclass(frozen=True)
class Summary:
    """What the calibrations of one method, size and rate gave together.

    Parameters
    ----------
    mean, low, high : float
        Measured FPIR over all calibrations, with the 95 % interval of that mean, over calibrations and tested people.
    least, most : float
        Of single calibrations.
    within : float or None
        Share of the calibrations whose stated 90 % interval meets the measured one.
    kept : float
        Share of the calibrations that measured no more than promised.
    """

    method: str
    people: int
    size: int
    rate: float
    mean: float
    low: float
    high: float
    least: float
    most: float
    within: float | None
    kept: float

    @property
    def met(self) -> bool:
        """Whether the promise lies in the interval of the mean."""
        return self.low <= self.rate <= self.high


def summarise(cells: Sequence[Cell]) -> list[Summary]:
    """Return a summary of each method, size, rate and number of calibration people."""
    groups: dict[tuple[str, int, int, float], list[Cell]] = {}
    for cell in cells:
        groups.setdefault((cell.method, cell.people, cell.size, cell.rate), []).append(cell)
    return [_summary(key, group) for key, group in groups.items()]


def _summary(key: tuple[str, int, int, float], group: Sequence[Cell]) -> Summary:
    measured = np.array([cell.measured for cell in group])
    tested = np.mean([(cell.high - cell.low) / 3.92 for cell in group])
    between = measured.std(ddof=1) if len(group) > 1 else 0.0
    half = stats.t.ppf(0.975, max(len(group) - 1, 1)) * between / np.sqrt(len(group))
    half = float(np.hypot(half, 1.96 * tested))
    stated = [cell.stated[0] <= cell.high and cell.low <= cell.stated[1] for cell in group if cell.stated]
    mean = float(measured.mean())
    return Summary(
        *key,
        mean=mean,
        low=max(mean - half, 0.0),
        high=mean + half,
        least=float(measured.min()),
        most=float(measured.max()),
        within=float(np.mean(stated)) if stated else None,
        kept=float(np.mean(measured <= key[3])),
    )
