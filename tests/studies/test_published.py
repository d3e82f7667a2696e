from __future__ import annotations

import numpy as np
import pytest

from lineament.studies.published import published_figures
from tests.conftest import SHARED


def test_the_grids_are_nine_by_seven_and_27_users_strong() -> None:
    published = published_figures()
    for grid in (published.embedding, published.classification, published.delta):
        assert grid.shape == (9, 7)
    assert published.rows == ("all", "35 min", "30 min", "25 min", "20 min", "15 min", "10 min", "5 min", "1 min")
    assert published.columns == ("1 min", "5 min", "10 min", "15 min", "20 min", "25 min", "30 min")
    assert published.content["parameters"] == {"embedding": 3_161_676, "classification": 861_027}


def test_the_printed_difference_is_that_of_the_grids_to_a_point_of_rounding() -> None:
    published = published_figures()
    assert np.abs(published.embedding - published.classification - published.delta).max() <= 0.0101


def test_the_numbers_stand_in_the_paper_s_own_text() -> None:
    papers = sorted((SHARED.parent / "seeds").glob("002*.txt"))
    if not papers:
        pytest.skip("needs paper 002 beside the project (../shared/seeds)")
    text = papers[0].read_text(encoding="utf-8")
    content = published_figures().content
    for figure in ("figure_4a", "figure_4b"):
        assert "".join(f"{value}%" for row in content[figure] for value in row) in text
    # The figure prints one of its zeros as "-0".
    printed = "".join(str(value) for row in content["figure_4c"] for value in row)
    assert printed in text.replace("-7-3-0222", "-7-30222")
    bars = zip(content["figure_7"]["embedding"], content["figure_7"]["classification"], strict=True)
    assert "".join(f"{a}%{b}%" for a, b in bars) in text
    assert "".join(map(str, content["figure_6"]["training_subjects"])) in text
    assert "3,161,676 861,027" in text


def test_rows_that_the_paper_lacks_are_not_made_up() -> None:
    published = published_figures()
    column = published.column("5 min", published.classification, ["20 s", "all"])
    assert np.isnan(column[0])
    assert column[1] == 0.96
    assert np.isnan(published.column("20 s", published.embedding, ["all"])).all()
    assert "swapped" in published.note("table_3")
    assert "inferred" in published.note("figure_7")
