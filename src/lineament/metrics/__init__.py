"""Ground floor: pure functions on scores and decisions. Higher = more alike; ``score >= threshold`` accepts.

Every figure with its definition and conventions is listed in ``docs/metrics.md``.
"""

from lineament.metrics.comparisons import Comparisons, comparisons
from lineament.metrics.costs import (
    bayes_threshold,
    detection_cost,
    log_likelihood_ratio_cost,
    minimum_detection_cost,
    minimum_log_likelihood_ratio_cost,
    pav_log_likelihood_ratios,
)
from lineament.metrics.curves import ErrorCurve, error_curve
from lineament.metrics.identification import (
    cumulative_match_curve,
    macro_accuracy,
    mate_ranks,
    per_person_accuracy,
    pooled_accuracy,
    rank_one_correct,
    rank_rate,
)
from lineament.metrics.intervals import (
    Interval,
    SignedRankTest,
    clopper_pearson_interval,
    jackknife_interval,
    left_out,
    mean_interval,
    multiplicities,
    percentile_interval,
    pooled_interval,
    wilcoxon_signed_rank,
)
from lineament.metrics.open_set import (
    OpenSetCurve,
    best_candidates,
    false_positive_rate_at_95,
    open_set_area,
    open_set_curve,
)
from lineament.metrics.replicates import Band, Resampled
from lineament.metrics.resampled_comparisons import ResampledComparisons
from lineament.metrics.resampled_searches import ResampledSearches
from lineament.metrics.retrieval import average_precisions, average_precisions_at_r
from lineament.metrics.search import (
    DetectionCurve,
    detection_identification_curve,
    detection_identification_rate_at,
    false_negative_identification_rate,
    false_positive_identification_rate,
    misidentification_rate,
    open_set_equal_error_rate,
    selectivity,
)
from lineament.metrics.streaming import ComparisonStream
from lineament.metrics.subjects import SubjectErrors, subject_errors
from lineament.metrics.transactions import (
    failure_rate,
    false_accept_rate,
    false_reject_rate,
    generalised_false_accept_rate,
    generalised_false_reject_rate,
)
from lineament.metrics.verification import (
    area_under_roc,
    convex_hull_equal_error_rate,
    decidability,
    equal_error_rate,
    expected_performance_curve,
    false_match_rate,
    false_non_match_rate,
    false_non_match_rate_at,
    half_total_error_rate,
    threshold_at_equal_error_rate,
    threshold_at_false_match_rate,
    threshold_at_minimum_error,
    true_positive_rate_at,
)

__all__ = [
    "Band",
    "ComparisonStream",
    "Comparisons",
    "DetectionCurve",
    "ErrorCurve",
    "Interval",
    "OpenSetCurve",
    "Resampled",
    "ResampledComparisons",
    "ResampledSearches",
    "SignedRankTest",
    "SubjectErrors",
    "area_under_roc",
    "average_precisions",
    "average_precisions_at_r",
    "bayes_threshold",
    "best_candidates",
    "clopper_pearson_interval",
    "comparisons",
    "convex_hull_equal_error_rate",
    "cumulative_match_curve",
    "decidability",
    "detection_cost",
    "detection_identification_curve",
    "detection_identification_rate_at",
    "equal_error_rate",
    "error_curve",
    "expected_performance_curve",
    "failure_rate",
    "false_accept_rate",
    "false_match_rate",
    "false_negative_identification_rate",
    "false_non_match_rate",
    "false_non_match_rate_at",
    "false_positive_identification_rate",
    "false_positive_rate_at_95",
    "false_reject_rate",
    "generalised_false_accept_rate",
    "generalised_false_reject_rate",
    "half_total_error_rate",
    "jackknife_interval",
    "left_out",
    "log_likelihood_ratio_cost",
    "macro_accuracy",
    "mate_ranks",
    "mean_interval",
    "minimum_detection_cost",
    "minimum_log_likelihood_ratio_cost",
    "misidentification_rate",
    "multiplicities",
    "open_set_area",
    "open_set_curve",
    "open_set_equal_error_rate",
    "pav_log_likelihood_ratios",
    "per_person_accuracy",
    "percentile_interval",
    "pooled_accuracy",
    "pooled_interval",
    "rank_one_correct",
    "rank_rate",
    "selectivity",
    "subject_errors",
    "threshold_at_equal_error_rate",
    "threshold_at_false_match_rate",
    "threshold_at_minimum_error",
    "true_positive_rate_at",
    "wilcoxon_signed_rank",
]
