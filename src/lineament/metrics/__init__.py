"""Ground floor: pure functions on scores and decisions. Higher = more alike; ``score >= threshold`` accepts."""

from lineament.metrics.identification import macro_accuracy, per_person_accuracy, pooled_accuracy, rank_one_correct
from lineament.metrics.intervals import (
    Interval,
    SignedRankTest,
    bootstrap_people,
    jackknife_interval,
    left_out,
    mean_interval,
    multiplicities,
    paired_difference,
    percentile_interval,
    pooled_interval,
    wilcoxon_signed_rank,
)
from lineament.metrics.verification import (
    equal_error_rate,
    false_match_rate,
    false_negative_identification_rate,
    false_non_match_rate,
    false_positive_identification_rate,
    misidentification_rate,
    open_set_equal_error_rate,
    threshold_at_equal_error_rate,
)

__all__ = [
    "Interval",
    "SignedRankTest",
    "bootstrap_people",
    "equal_error_rate",
    "false_match_rate",
    "false_negative_identification_rate",
    "false_non_match_rate",
    "false_positive_identification_rate",
    "jackknife_interval",
    "left_out",
    "macro_accuracy",
    "mean_interval",
    "misidentification_rate",
    "multiplicities",
    "open_set_equal_error_rate",
    "paired_difference",
    "per_person_accuracy",
    "percentile_interval",
    "pooled_accuracy",
    "pooled_interval",
    "rank_one_correct",
    "threshold_at_equal_error_rate",
    "wilcoxon_signed_rank",
]
