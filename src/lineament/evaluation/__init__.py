"""Runtime wing: evaluation by protocol, displays and the report."""

from lineament.evaluation.displays import BarDisplay, Curve, CurveDisplay, HeatMapDisplay, ScoreHistogramDisplay
from lineament.evaluation.enrolment import Amount, Recording, amounts_for, draw_cuts, span_label, use_times_for
from lineament.evaluation.figures import evaluate_scores
from lineament.evaluation.grids import AccuracyGrid, EmbeddingSystem, System, accuracy_grid
from lineament.evaluation.report import Report
from lineament.evaluation.score_evaluation import Difference, ScoreEvaluation, compare
from lineament.evaluation.scores import Scores
from lineament.evaluation.tracks import Track, embed_tracks

__all__ = [
    "AccuracyGrid",
    "Amount",
    "BarDisplay",
    "Curve",
    "CurveDisplay",
    "Difference",
    "EmbeddingSystem",
    "HeatMapDisplay",
    "Recording",
    "Report",
    "ScoreEvaluation",
    "ScoreHistogramDisplay",
    "Scores",
    "System",
    "Track",
    "accuracy_grid",
    "amounts_for",
    "compare",
    "draw_cuts",
    "embed_tracks",
    "evaluate_scores",
    "span_label",
    "use_times_for",
]
