"""Match rules, calibration, decisions."""

from __future__ import annotations

from lineament.decisions.calibration import Calibration
from lineament.decisions.calibration_threshold import Threshold
from lineament.decisions.decision import Decision, Verification, identify, verify
from lineament.decisions.match_rules import KnnVoteRule, MatchRule, PrototypeRule, build_match_rule, comparison_scores

__all__ = [
    "Calibration",
    "Decision",
    "KnnVoteRule",
    "MatchRule",
    "PrototypeRule",
    "Threshold",
    "Verification",
    "build_match_rule",
    "comparison_scores",
    "identify",
    "verify",
]
