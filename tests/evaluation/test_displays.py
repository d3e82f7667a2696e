from __future__ import annotations

import numpy as np
import pytest

from lineament.evaluation import Amount, BarDisplay, Curve, CurveDisplay, HeatMapDisplay, ScoreHistogramDisplay
from lineament.evaluation.grids import AccuracyGrid


def grid(name: str, accuracy: list[list[float]]) -> AccuracyGrid:
    by_person = np.repeat(np.array(accuracy)[:, None, :, None], 3, axis=3)
    return AccuracyGrid(name, (Amount(seconds=60), Amount()), (60.0, 300.0), ("a", "b", "c"), by_person)


def test_a_grid_stands_as_in_the_paper_most_enrolment_on_top() -> None:
    ax = HeatMapDisplay.from_grid(grid("ours", [[0.25, 0.38], [0.5, 0.82]])).plot()
    written = {(text.get_position()): text.get_text() for text in ax.texts}
    assert written == {(0, 0): "50", (1, 0): "82", (0, 1): "25", (1, 1): "38"}
    assert [label.get_text() for label in ax.get_yticklabels()] == ["all", "1 min"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1 min", "5 min"]


def test_differences_carry_their_sign() -> None:
    ours, theirs = grid("a", [[0.5, 0.5], [0.5, 0.5]]), grid("b", [[0.6, 0.5], [0.25, 0.504]])
    ax = HeatMapDisplay.from_difference(ours, theirs).plot()
    assert [text.get_text() for text in ax.texts] == ["+25", "0", "-10", "0"]
    assert ax.get_title() == "a minus b, points"


def test_missing_cells_are_dashes_and_wrong_shapes_are_refused() -> None:
    ax = HeatMapDisplay.from_table([[np.nan, 0.1]], rows=["r"], columns=["a", "b"], title="t").plot()
    assert [text.get_text() for text in ax.texts] == ["–", "10"]
    with pytest.raises(ValueError, match="shape"):
        HeatMapDisplay.from_table([[0.1]], rows=["r"], columns=["a", "b"], title="t")


def test_curves_are_drawn_with_interval_and_repetitions() -> None:
    curve = Curve(
        "ours", np.array([0.5, 0.9]), np.array([0.4, 0.8]), np.array([0.6, 1.0]), np.array([[0.45, 0.55], [0.9, 0.9]])
    )
    published = Curve("published", np.array([np.nan, 0.82]), dashed=True)
    ax = CurveDisplay.from_curves([5.0, 27.0], [curve, published], title="t", x_label="people").plot()
    assert len(ax.get_lines()) == 2
    assert ax.get_lines()[0].get_xdata().tolist() == [5.0, 27.0]
    bands = [c for c in ax.collections if type(c).__name__ in {"PolyCollection", "FillBetweenPolyCollection"}]
    assert len(bands) == 1
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["ours", "published"]


def test_bars_have_a_height_and_a_number() -> None:
    bars = [Curve("a", np.array([0.58]), np.array([0.5]), np.array([0.7])), Curve("b", np.array([0.45]))]
    ax = BarDisplay.from_groups(["Cosmos"], bars, title="t").plot()
    assert [round(patch.get_height()) for patch in ax.patches] == [58, 45]
    assert [text.get_text() for text in ax.texts] == ["58", "45"]


def test_a_histogram_shows_both_lots_and_the_threshold() -> None:
    ax = ScoreHistogramDisplay.from_scores(mated=[0.9, 0.8], non_mated=[], threshold=0.5).plot()
    assert ax.get_legend_handles_labels()[1] == ["threshold 0.5", "enrolled (2)"]
    assert sum(patch.get_height() for patch in ax.patches) == pytest.approx(100)


def test_displays_draw_into_axes_that_are_given() -> None:
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    assert HeatMapDisplay.from_table([[0.1]], rows=["r"], columns=["a"], title="t").plot(ax) is ax
