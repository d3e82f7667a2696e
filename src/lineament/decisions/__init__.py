"""Match rules, calibration, decisions."""

from __future__ import annotations

from lineament.decisions.calibration import Calibration
from lineament.decisions.calibration_threshold import Threshold
from lineament.decisions.comparison import comparison_scores
from lineament.decisions.decision import Decision, Verification, identify, verify
from lineament.decisions.match_rules import (
    KnnVoteRule,
    MatchRule,
    PrototypeKnnRule,
    PrototypeRule,
    TopMeanRule,
    build_match_rule,
)
from lineament.decisions.score_normalisation import NormalisedRule, synthetic_cohort
from lineament.decisions.warping import WarpingRule

__all__ = [
    "Calibration",
    "Decision",
    "KnnVoteRule",
    "MatchRule",
    "NormalisedRule",
    "PrototypeKnnRule",
    "PrototypeRule",
    "Threshold",
    "TopMeanRule",
    "Verification",
    "WarpingRule",
    "build_match_rule",
    "comparison_scores",
    "identify",
    "synthetic_cohort",
    "verify",
]
