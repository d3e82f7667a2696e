"""What 1,000 replicates over people cost, against sorting weighted scores for each of them.

``python benchmarks/interval_speed.py`` times every figure of one matrix of comparisons, by counts a pair of people and
(a few replicates, scaled up) by a weight for every comparison; it writes ``benchmarks/results/interval_speed.json`` and
``.md``. Only the ratios mean anything on another machine.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from lineament.files import write_json, write_text
from lineament.metrics import ResampledComparisons, ResampledSearches, comparisons, equal_error_rate, multiplicities

RESULTS = Path(__file__).parent / "results"
SLOW_REPLICATES = 3
Row = dict[str, str | int | float]


def timed(call: Callable[[], object]) -> float:
    """Return the processor seconds that a call takes."""
    start = time.process_time()
    call()
    return time.process_time() - start


def figures(drawn: ResampledComparisons) -> None:
    """Ask for every figure, with its interval."""
    for figure in (
        drawn.equal_error_rate(),
        drawn.convex_hull_equal_error_rate(),
        drawn.area_under_roc(),
        *(drawn.false_non_match_rate_at(rate) for rate in (0.1, 0.01, 0.001)),
        drawn.false_match_rate(2.0),
        drawn.false_non_match_rate(2.0),
        drawn.half_total_error_rate(2.0),
        drawn.decidability(),
        drawn.minimum_detection_cost(),
        drawn.detection_cost(),
        drawn.log_likelihood_ratio_cost(),
        drawn.minimum_log_likelihood_ratio_cost(),
    ):
        figure.interval()


def searched(people: int, samples: int) -> None:
    """Ask for the open-set figures of as many known people and strangers."""
    rng = np.random.default_rng(1)
    mates = np.repeat(np.arange(people), samples)
    known = rng.normal(size=(len(mates), people)) + 4 * (mates[:, None] == np.arange(people)[None])
    strangers = rng.normal(size=(len(mates), people))
    drawn = ResampledSearches(known=known, mates=mates, known_people=mates, strangers=strangers, stranger_people=mates)
    for figure in (
        drawn.rank_rate(1),
        drawn.open_set_area(),
        drawn.area_under_roc(),
        drawn.open_set_equal_error_rate(),
        drawn.detection_identification_rate_at(0.01),
        drawn.false_positive_rate_at_95(),
    ):
        figure.interval()


def measure(people: int, samples: int) -> Row:
    """Return what one matrix costs."""
    rng = np.random.default_rng(0)
    subjects = np.repeat(np.arange(people), samples)
    scores = rng.normal(size=(len(subjects), len(subjects))) + 3 * (subjects[:, None] == subjects[None])
    sides = {"scores": scores, "probe_subjects": subjects, "reference_subjects": subjects}
    drawn: list[ResampledComparisons] = []
    start = timed(lambda: drawn.append(ResampledComparisons(**sides)))
    first = timed(lambda: drawn[0].equal_error_rate().interval())
    every = start + first + timed(lambda: figures(drawn[0]))
    found = comparisons(**sides)
    times = multiplicities(people, SLOW_REPLICATES, 0)

    def slow() -> None:
        for weight in times:
            equal_error_rate(
                mated=found.mated,
                non_mated=found.non_mated,
                mated_weights=weight[found.mated_people],
                non_mated_weights=weight[found.probe_people] * weight[found.reference_people],
            )

    return {
        "people": people,
        "samples": samples,
        "comparisons": int(scores.size),
        "eer_seconds": start + first,
        "all_figures_seconds": every,
        "eer_slow_seconds": timed(slow) * 1000 / SLOW_REPLICATES,
        "searches_seconds": timed(lambda: searched(people, samples)),
    }


def markdown(rows: list[Row]) -> str:
    """Return the table."""
    lines = [
        "# What intervals over people cost",
        "",
        "1,000 replicates; processor seconds of one thread, on a machine that was busy with other work.",
        "",
        "| people | comparisons | EER, s | all 14 figures, s | EER by a weight a comparison, s | times faster"
        " | 6 open-set figures, s |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        ratio = float(row["eer_slow_seconds"]) / float(row["eer_seconds"])
        lines.append(
            f"| {row['people']} × {row['samples']} | {row['comparisons']:,} | {row['eer_seconds']:.2f}"
            f" | {row['all_figures_seconds']:.2f} | {row['eer_slow_seconds']:.0f} | {ratio:.0f}"
            f" | {row['searches_seconds']:.2f} |"
        )
    return "\n".join([*lines, "", "Made by `python benchmarks/interval_speed.py`.", ""])


def main() -> None:
    """Measure, print and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    rows = [measure(people, samples) for people, samples in ((60, 6), (500, 1), (500, 3))]
    text = markdown(rows)
    print(text)
    write_text(given.out / "interval_speed.md", text)
    write_json(given.out / "interval_speed.json", {"replicates": 1000, "rows": rows})


if __name__ == "__main__":
    main()
