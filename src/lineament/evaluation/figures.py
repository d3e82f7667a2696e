"""Every figure of a score file, with intervals by person.

`evaluate_scores` is all a study needs: it makes `Scores`, hands them over, and gives what comes back to
`lineament.evaluation.score_report`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from lineament.errors import ScoreError
from lineament.evaluation.operating_points import OperatingPoint, operating_points
from lineament.evaluation.score_evaluation import AT_POINT, OPEN_SET, SEARCH, VERIFICATION, Figure, ScoreEvaluation
from lineament.evaluation.scores import Scores
from lineament.metrics import (
    Interval,
    ResampledComparisons,
    ResampledSearches,
    average_precisions,
    average_precisions_at_r,
    pooled_interval,
    subject_errors,
)

RATES = (0.1, 0.01, 0.001)
RANKS = (1, 5, 10)
LARGEST_MATRIX = 400_000_000
FEW = 10


def evaluate_scores(
    scores: Scores,
    *,
    validation: Scores | None = None,
    threshold: float | None = None,
    fmr: Sequence[float] = RATES,
    fpir: Sequence[float] = RATES,
    ranks: Sequence[int] = RANKS,
    log_likelihood_ratios: bool = False,
    replicates: int = 1000,
    seed: int = 0,
) -> ScoreEvaluation:
    """Return every figure that a score file allows, with 95 % intervals over resampled people.

    Parameters
    ----------
    scores : Scores
    validation : Scores, optional
        Of other people: thresholds are fixed on them (EER, FMR, FPIR) and judged on `scores`.
    threshold : float, optional
        A threshold that was fixed elsewhere.
    fmr, fpir : sequence of float
        Rates at which the other error is read.
    ranks : sequence of int
    log_likelihood_ratios : bool
        Whether scores are natural-log likelihood ratios, so that Cllr and actual costs mean something.
    replicates, seed : int
        Of the resampling of people.

    Raises
    ------
    ScoreError
        When there is nothing to compare: no mated or no non-mated comparison, and no searches.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> who = [f"p{n:02d}" for n in range(40)]
    >>> table = rng.normal(size=(40, 20)) + 4 * np.eye(40, 20)
    >>> found = evaluate_scores(Scores.from_matrix(table, probes=who, references=who[:20]), fpir=(0.1,), ranks=(1,))
    >>> print(found.figure("rank_1"))
    0.950 [0.732, 1.000]
    """
    _refuse_too_large(scores)
    comparisons = _comparisons(scores, replicates, seed)
    searches, reason = _searches(scores, replicates, seed)
    if comparisons is None and searches is None:
        raise ScoreError(
            f"{scores.name}: mated comparisons, and non-mated ones or a whole gallery",
            "neither",
            "give every probe's subject, spelt as among the references",
        )
    points = operating_points(scores, validation=validation, threshold=threshold, fmr=fmr, fpir=fpir)
    figures: list[Figure] = []
    if comparisons is not None:
        figures += _verification(comparisons, fmr, log_likelihood_ratios)
    if searches is not None:
        figures += [*_closed_set(scores, searches, ranks), *_open_set(searches, fpir)]
    for point in points:
        figures += _at_point(point, comparisons, searches)
    errors = None
    if comparisons is not None:
        errors = subject_errors(**_sides(scores), threshold=_threshold_of_subjects(comparisons, points))
    notes = [*scores.warnings, *_notes(scores, comparisons, searches, reason, fpir)]
    if errors is not None and not points:
        notes.append("people's error rates are shown at the threshold of these scores' own EER")
    return ScoreEvaluation(
        scores=scores,
        figures=tuple(figures),
        points=points,
        comparisons=comparisons,
        searches=searches,
        errors=errors,
        failures=_failures(scores, replicates, seed),
        notes=tuple(notes),
        options={"replicates": replicates, "seed": seed, "level": 0.95},
    )


def _sides(scores: Scores) -> dict[str, Any]:
    """Return the scores as the metrics take them."""
    return {
        "scores": scores.matrix(),
        "probe_subjects": scores.probes["subject"].to_numpy(str),
        "reference_subjects": scores.references["subject"].to_numpy(str),
        "probe_people": scores.probes["person"].to_numpy(str),
        "reference_people": scores.references["person"].to_numpy(str),
    }


def _refuse_too_large(scores: Scores) -> None:
    cells = len(scores.probes) * len(scores.references)
    if cells > LARGEST_MATRIX:
        raise ScoreError(
            f"{scores.name}: at most {LARGEST_MATRIX:,} pairs of probe and reference",
            f"{cells:,}",
            "name probes by probe_id, or read the file in two passes (lineament.metrics.ComparisonStream)",
        )


def _comparisons(scores: Scores, replicates: int, seed: int) -> ResampledComparisons | None:
    """Return the comparisons; None without mated or without non-mated ones."""
    try:
        return ResampledComparisons(**_sides(scores), replicates=replicates, seed=seed)
    except ValueError:
        return None


class _Searched(NamedTuple):
    searches: ResampledSearches | None
    reason: str


def _searches(scores: Scores, replicates: int, seed: int) -> _Searched:
    """Return the searches of the gallery, or why there are none."""
    known = scores.known
    if not known.any():
        return _Searched(None, "nobody who probes is enrolled: there are no searches with a mate")
    table = scores.by_subject()
    if np.isnan(table).any():
        return _Searched(None, "not every probe was compared with every subject: only one-to-one figures are given")
    if table.shape[1] < 2:
        return _Searched(None, "one subject is enrolled: only one-to-one figures are given")
    place = {subject: column for column, subject in enumerate(scores.subjects)}
    people = scores.probes["person"].to_numpy(str)
    ranking = None if scores.ranking is None else scores.by_subject(ranking=True)
    searches = ResampledSearches(
        known=table[known],
        mates=[place[subject] for subject in scores.probes["subject"][known]],
        known_people=people[known],
        strangers=table[~known] if not known.all() else None,
        stranger_people=people[~known] if not known.all() else None,
        known_ranking=None if ranking is None else ranking[known],
        stranger_ranking=None if ranking is None or known.all() else ranking[~known],
        replicates=replicates,
        seed=seed,
    )
    return _Searched(searches, "")


def _verification(found: ResampledComparisons, rates: Iterable[float], llr: bool) -> Iterator[Figure]:
    group = VERIFICATION
    yield Figure("eer", "EER", group, found.equal_error_rate())
    yield Figure("eer_hull", "EER of the convex hull", group, found.convex_hull_equal_error_rate())
    yield Figure("auroc", "AUROC", group, found.area_under_roc(), True, rate=False)
    for rate in rates:
        yield Figure(f"fnmr_at_fmr_{rate:g}", f"FNMR at FMR {rate:g}", group, found.false_non_match_rate_at(rate))
    yield Figure("d_prime", "d′", group, found.decidability(), True, rate=False)
    yield Figure("min_dcf", "minDCF (prior 0.01)", group, found.minimum_detection_cost(), rate=False)
    yield Figure("min_cllr", "minimum Cllr, bits", group, found.minimum_log_likelihood_ratio_cost(), rate=False)
    if llr:
        yield Figure("cllr", "Cllr, bits", group, found.log_likelihood_ratio_cost(), rate=False)
        yield Figure("act_dcf", "actual DCF (prior 0.01)", group, found.detection_cost(), rate=False)


def _closed_set(scores: Scores, found: ResampledSearches, ranks: Iterable[int]) -> Iterator[Figure]:
    for rank in ranks:
        if rank < found.gallery_size:
            yield Figure(f"rank_{rank}", f"Rank-{rank}", SEARCH, found.rank_rate(rank), True)
    if scores.one_a_subject or scores.pairs is not None:
        return
    known = scores.known
    subjects = scores.probes["subject"].to_numpy(str)[known, None], scores.references["subject"].to_numpy(str)[None]
    lists = {"scores": scores.matrix()[known], "relevant": subjects[0] == subjects[1]}
    yield Figure("map", "mAP over references", SEARCH, found.known_mean(average_precisions(**lists)), True, rate=False)
    yield Figure(
        "map_at_r",
        "MAP@R over references",
        SEARCH,
        found.known_mean(average_precisions_at_r(**lists)),
        True,
        rate=False,
    )


def _open_set(found: ResampledSearches, rates: Iterable[float]) -> Iterator[Figure]:
    if not len(found.strangers):
        return
    group = OPEN_SET
    yield Figure("oscr", "OSCR", group, found.open_set_area(), True, rate=False)
    yield Figure("open_set_auroc", "AUROC", group, found.area_under_roc(), True, rate=False)
    yield Figure("open_set_eer", "EER", group, found.open_set_equal_error_rate())
    yield Figure("fpr95", "FPR95", group, found.false_positive_rate_at_95())
    for rate in rates:
        value = found.detection_identification_rate_at(rate)
        yield Figure(f"dir_at_fpir_{rate:g}", f"DIR (R = 1) at FPIR {rate:g}", group, value, True)
    for rate in rates:
        value = found.true_positive_rate_at(rate)
        yield Figure(f"tpr_at_fpr_{rate:g}", f"TPR at FPR {rate:g}", group, value, True)


def _at_point(
    point: OperatingPoint, comparisons: ResampledComparisons | None, searches: ResampledSearches | None
) -> Iterator[Figure]:
    key, label, at = point.key, point.label, point.threshold
    if comparisons is not None:
        yield Figure(f"fmr_{key}", f"FMR, {label}", AT_POINT, comparisons.false_match_rate(at))
        yield Figure(f"fnmr_{key}", f"FNMR, {label}", AT_POINT, comparisons.false_non_match_rate(at))
        yield Figure(f"hter_{key}", f"HTER, {label}", AT_POINT, comparisons.half_total_error_rate(at))
    if searches is None:
        return
    if len(searches.strangers):
        yield Figure(f"fpir_{key}", f"FPIR, {label}", AT_POINT, searches.false_positive_identification_rate(at))
    yield Figure(f"fnir_{key}", f"FNIR, {label}", AT_POINT, searches.false_negative_identification_rate(at))
    yield Figure(f"misidentified_{key}", f"taken for another, {label}", AT_POINT, searches.misidentification_rate(at))
    if len(searches.strangers):
        value = searches.selectivity(at, of_strangers=True)
        yield Figure(f"selectivity_{key}", f"candidates per search of a stranger, {label}", AT_POINT, value, rate=False)


def _threshold_of_subjects(found: ResampledComparisons, points: Sequence[OperatingPoint]) -> float:
    """Return the threshold at which people's errors are counted."""
    from lineament.metrics import threshold_at_equal_error_rate

    if points:
        return points[0].threshold
    return threshold_at_equal_error_rate(mated=found.comparisons.mated, non_mated=found.comparisons.non_mated)


def _failures(scores: Scores, replicates: int, seed: int) -> dict[str, Interval]:
    """Return the failure-to-acquire and the failure-to-enrol rate, by probes and references."""
    rates = {}
    sides = {"fta": (scores.probes, scores.failed_probes), "fte": (scores.references, scores.failed_references)}
    for name, (there, failed) in sides.items():
        if len(failed):
            people = [*there["person"], *failed["person"]]
            lost = np.arange(len(people)) >= len(there)
            rates[name] = pooled_interval(correct=lost, subjects=people, replicates=replicates, seed=seed)
    return rates


def _notes(
    scores: Scores,
    comparisons: ResampledComparisons | None,
    searches: ResampledSearches | None,
    reason: str,
    fpir: Iterable[float],
) -> Iterator[str]:
    """Yield what a reader must know of how the figures came about."""
    if reason:
        yield reason
    if comparisons is None:
        yield "there are no mated or no non-mated comparisons of two people: no one-to-one figures are given"
    elif comparisons.comparisons.left_out:
        yield (
            f"{comparisons.comparisons.left_out} comparisons between two subjects of one person (as her left and right "
            "hand) are left out of the FMR"
        )
    if searches is None:
        return
    counts = {
        "enrolled": scores.probes["person"][scores.known].nunique(),
        "strangers": scores.probes["person"][~scores.known].nunique(),
    }
    few = [f"{count} {kind}" for kind, count in counts.items() if 0 < count < FEW]
    if few:
        yield f"there are few people ({', '.join(few)}): their intervals are rough, and may be too narrow"
    strangers = len(searches.strangers)
    beyond = [rate for rate in fpir if strangers and rate * strangers < 1]
    if beyond:
        yield (
            f"{strangers} probes of strangers cannot show an FPIR of {', '.join(f'{rate:g}' for rate in beyond)}: the "
            "figures there are those at no false positive at all"
        )
