"""How often do the intervals hold the truth? Simulated worlds in which it is known; nominal 95 %.

``python benchmarks/interval_coverage.py`` draws people from a population, computes every figure with its interval over
resampled people, and counts how often the interval holds the figure of the population; for FMR and FNMR also how often
one does that takes comparisons as independent. It writes ``benchmarks/results/interval_coverage.json`` and ``.md``.

Comparisons: a mated score is 4.5 + 0.6 g + noise with one g a person, a non-mated one 0.3 u + 0.3 v + noise with one u
a probe's and one v a reference's person; each probe and reference adds 0.3 of its own, and scores are scaled to be
nearly log-likelihood ratios. All scores are normal, and the truth of every figure is a formula.

Searches: the same people in a gallery; the truth is the mean over all worlds, for FPIR the rate of 4,000 more strangers
at this very gallery, which an interval holds fixed.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import integrate, optimize
from scipy.stats import norm

from lineament.files import write_json, write_text
from lineament.metrics import Interval, ResampledComparisons, ResampledSearches

RESULTS = Path(__file__).parent / "results"
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
Scores = TypeVar("Scores", float, FloatArray)
SHIFT, GOAT, WOLF, SAMPLE = 4.5, 0.6, 0.3, 0.3
MATED_SD = float(np.sqrt(1 + GOAT**2 + 2 * SAMPLE**2))
NON_MATED_SD = float(np.sqrt(1 + 2 * WOLF**2 + 2 * SAMPLE**2))
SCALE = SHIFT / ((MATED_SD**2 + NON_MATED_SD**2) / 2)
THRESHOLD = float(norm.isf(0.01, scale=NON_MATED_SD))
SEARCH_THRESHOLD = 3.5
MORE_STRANGERS = 4000


@dataclass(frozen=True)
class World:
    """People, and how they compare."""

    rng: np.random.Generator
    people: IntArray
    goat: FloatArray
    wolf: FloatArray
    lamb: FloatArray

    def references(self, samples: int, people: IntArray) -> tuple[IntArray, FloatArray]:
        """Return whose each reference is and what it adds to every score."""
        owners = np.repeat(people, samples)
        return owners, SAMPLE * self.rng.normal(size=len(owners)) + WOLF * self.lamb[owners]

    def compare(self, probes: IntArray, references: tuple[IntArray, FloatArray]) -> FloatArray:
        """Return scores (probes, references) of one sample a probe."""
        owners, adds = references
        mated = probes[:, None] == owners[None]
        own = SHIFT + GOAT * self.goat[probes][:, None] - WOLF * self.lamb[owners][None]
        scores = self.rng.normal(size=mated.shape) + SAMPLE * self.rng.normal(size=(len(probes), 1)) + adds
        return scores + np.where(mated, own, WOLF * self.wolf[probes][:, None])


def make_world(rng: np.random.Generator, people: int) -> World:
    """Draw people."""
    return World(rng, np.arange(people), *rng.normal(size=(3, people)))


def as_ratio(scores: Scores) -> Scores:
    """Return scores as log-likelihood ratios, were both sides of one variance."""
    return SCALE * (scores - SHIFT / 2)


def true_figures() -> dict[str, float]:
    """Return the figures of the whole population of comparisons."""

    def fmr(threshold: float) -> float:
        return float(norm.sf(threshold, scale=NON_MATED_SD))

    def fnmr(threshold: float) -> float:
        return float(norm.cdf(threshold, SHIFT, MATED_SD))

    def mean_bits(sign: int, middle: float, spread: float) -> float:
        def density(score: float) -> float:
            return float(np.logaddexp(0.0, sign * score) / np.log(2) * norm.pdf(score, middle, spread))

        return float(integrate.quad(density, -100, 100, points=[middle], limit=200)[0])

    crossing = float(optimize.brentq(lambda t: fmr(t) - fnmr(t), -5, 5))
    return {
        "FMR at a threshold": 0.01,
        "FNMR at a threshold": fnmr(THRESHOLD),
        "HTER at a threshold": (0.01 + fnmr(THRESHOLD)) / 2,
        "EER": fnmr(crossing),
        "FNMR at FMR 0.01": fnmr(THRESHOLD),
        "FNMR at FMR 0.001": fnmr(float(norm.isf(0.001, scale=NON_MATED_SD))),
        "AUROC": float(norm.cdf(SHIFT / np.hypot(MATED_SD, NON_MATED_SD))),
        "d'": SHIFT / float(np.sqrt((MATED_SD**2 + NON_MATED_SD**2) / 2)),
        "Cllr": (mean_bits(-1, as_ratio(SHIFT), SCALE * MATED_SD) + mean_bits(1, as_ratio(0), SCALE * NON_MATED_SD))
        / 2,
        "minDCF, prior 0.05": float(optimize.minimize_scalar(lambda t: fnmr(t) + 19 * fmr(t), (1.0, 5.0)).fun),
        "FMR, per comparison": 0.01,
        "FNMR, per comparison": fnmr(THRESHOLD),
    }


def of_comparisons(rng: np.random.Generator, people: int, samples: int, replicates: int) -> dict[str, Interval]:
    """Return the interval of each figure in one world."""
    world = make_world(rng, people)
    probes, references = np.repeat(world.people, samples), world.references(samples, world.people)
    drawn = ResampledComparisons(
        scores=as_ratio(world.compare(probes, references)),
        probe_subjects=probes,
        reference_subjects=references[0],
        replicates=replicates,
        seed=int(rng.integers(2**31)),
    )
    threshold = as_ratio(THRESHOLD)
    fmr, fnmr = drawn.per_comparison(threshold)
    figures = {
        "FMR at a threshold": drawn.false_match_rate(threshold),
        "FNMR at a threshold": drawn.false_non_match_rate(threshold),
        "HTER at a threshold": drawn.half_total_error_rate(threshold),
        "EER": drawn.equal_error_rate(),
        "FNMR at FMR 0.01": drawn.false_non_match_rate_at(0.01),
        "FNMR at FMR 0.001": drawn.false_non_match_rate_at(0.001),
        "AUROC": drawn.area_under_roc(),
        "d'": drawn.decidability(),
        "Cllr": drawn.log_likelihood_ratio_cost(),
        "minDCF, prior 0.05": drawn.minimum_detection_cost(prior=0.05),
    }
    intervals = {name: figure.interval() for name, figure in figures.items()}
    return intervals | {"FMR, per comparison": fmr, "FNMR, per comparison": fnmr}


def of_searches(
    rng: np.random.Generator, people: int, samples: int, replicates: int
) -> tuple[dict[str, Interval], dict[str, float]]:
    """Return the interval of each figure of searching one gallery, and what is true of this very gallery."""
    world = make_world(rng, 2 * people + MORE_STRANGERS)
    known, outside, more = np.split(world.people, [people, 2 * people])
    gallery = world.references(1, known)
    known, outside = np.repeat(known, samples), np.repeat(outside, samples)
    drawn = ResampledSearches(
        known=world.compare(known, gallery),
        mates=known,
        known_people=known,
        strangers=world.compare(outside, gallery),
        stranger_people=outside,
        replicates=replicates,
        seed=int(rng.integers(2**31)),
    )
    figures = {
        "FPIR at a threshold": drawn.false_positive_identification_rate(SEARCH_THRESHOLD),
        "Rank-1": drawn.rank_rate(1),
        "FNIR at a threshold": drawn.false_negative_identification_rate(SEARCH_THRESHOLD),
        "DIR at FPIR 0.1": drawn.detection_identification_rate_at(0.1),
        "OSCR": drawn.open_set_area(),
        "AUROC, known against strangers": drawn.area_under_roc(),
    }
    fpir = float((world.compare(more, gallery).max(axis=1) >= SEARCH_THRESHOLD).mean())
    return {name: figure.interval() for name, figure in figures.items()}, {"FPIR at a threshold": fpir}


def coverage(worlds: int, people: int, samples: int, replicates: int, seed: int = 0) -> dict[str, dict[str, float]]:
    """Return for each figure its truth, the mean width of its interval, and the share of intervals that hold the truth.

    Examples
    --------
    >>> row = coverage(worlds=5, people=12, samples=2, replicates=50)["EER"]
    >>> 0 <= row["held"] <= 1
    True
    """
    rng = np.random.default_rng(seed)
    truth = true_figures()
    compared = [(of_comparisons(rng, people, samples, replicates), truth) for _ in range(worlds)]
    searched = [of_searches(rng, people, samples, replicates) for _ in range(worlds)]
    rows = {}
    for trials in (compared, searched):
        for name in trials[0][0]:
            intervals = [found[name] for found, _ in trials]
            mean = float(np.mean([interval.estimate for interval in intervals]))
            true = np.array([known.get(name, mean) for _, known in trials])
            low, high = (np.array([getattr(interval, side) for interval in intervals]) for side in ("low", "high"))
            rows[name] = {
                "truth": float(true.mean()),
                "mean_estimate": mean,
                "mean_width": float((high - low).mean()),
                "held": float(((low <= true) & (true <= high)).mean()),
                "too_low": float((high < true).mean()),
                "too_high": float((low > true).mean()),
            }
    return rows


def markdown(rows: dict[str, dict[str, float]], worlds: int, people: int, samples: int, replicates: int) -> str:
    """Return the table."""
    error = 100 * np.sqrt(0.95 * 0.05 / worlds)
    lines = [
        "# How often the intervals hold the truth",
        "",
        f"{worlds} simulated worlds of {people} people with {samples} probes and {samples} references each; searches:"
        f" {people} enrolled with one reference, {people} strangers. {replicates} replicates of people; nominal 95 %."
        f" The standard error of a coverage of 95 % is {error:.1f} points. Too low and too high: how often the whole"
        " interval lay below, or above, the truth.",
        "",
        "| figure | truth | mean estimate | mean width | holds the truth | too low | too high |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, row in rows.items():
        numbers = f"{row['truth']:.4f} | {row['mean_estimate']:.4f} | {row['mean_width']:.4f}"
        sides = f"{100 * row['too_low']:.1f} % | {100 * row['too_high']:.1f} %"
        lines.append(f"| {name} | {numbers} | **{100 * row['held']:.1f} %** | {sides} |")
    return "\n".join([*lines, "", "Made by `python benchmarks/interval_coverage.py`.", ""])


def main() -> None:
    """Count, print and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=400)
    parser.add_argument("--people", type=int, default=60)
    parser.add_argument("--samples", type=int, default=3, help="probes, and references, of each")
    parser.add_argument("--replicates", type=int, default=1000)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    setting = {name: getattr(given, name) for name in ("worlds", "people", "samples", "replicates")}
    rows = coverage(**setting)
    text = markdown(rows, **setting)
    print(text)
    write_text(given.out / "interval_coverage.md", text)
    write_json(given.out / "interval_coverage.json", setting | {"level": 0.95, "figures": rows})


if __name__ == "__main__":
    main()
