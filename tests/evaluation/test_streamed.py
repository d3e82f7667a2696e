from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from lineament.cli import app
from lineament.errors import ScoreError
from lineament.evaluation.score_files import write_scores
from lineament.evaluation.scores import Scores
from lineament.evaluation.streamed import streamed_figures
from lineament.metrics import area_under_roc, equal_error_rate, false_non_match_rate_at


def scores(tmp_path: Path, ending: str = ".parquet") -> tuple[Path, np.ndarray, np.ndarray]:
    """Write the scores of 60 people with each other; return the file, the mated and the non-mated scores."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(180, 60))
    people, enrolled = np.repeat(np.arange(60), 3), np.arange(60)
    mated = people[:, None] == enrolled
    values[mated] += 2.5
    table = Scores.from_matrix(
        values, probes=[f"p{person}" for person in people], references=[f"p{person}" for person in enrolled]
    )
    return write_scores(table, tmp_path / f"scores{ending}"), values[mated], values[~mated]


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_two_passes_give_what_one_in_memory_gives(ending: str, tmp_path: Path) -> None:
    path, mated, non_mated = scores(tmp_path, ending)
    seen: list[int] = []
    found = streamed_figures(path, thresholds=[1.0], progress=seen.append)
    assert (found.mated, found.non_mated) == (180, 180 * 59)
    assert seen[-1] == 2 * (found.mated + found.non_mated)
    assert found.equal_error_rate == pytest.approx(equal_error_rate(mated=mated, non_mated=non_mated), abs=1e-9)
    low, high = found.area_under_roc
    assert low - 1e-9 <= area_under_roc(mated=mated, non_mated=non_mated) <= high + 1e-9
    assert [rate for rate, _, _ in found.points] == [1e-1, 1e-2, 1e-3, 1e-4]
    for rate, _, missed in found.points:
        assert missed == pytest.approx(false_non_match_rate_at(rate=rate, mated=mated, non_mated=non_mated), abs=1e-9)
    assert found.at == ((1.0, (non_mated >= 1.0).mean(), (mated < 1.0).mean()),)


def test_the_command_prints_them(tmp_path: Path) -> None:
    path, mated, non_mated = scores(tmp_path)
    said = CliRunner().invoke(app, ["evaluate", "--scores", str(path), "--stream", "--threshold", "1", "--json"])
    assert said.exit_code == 0, said.output
    told = json.loads(said.stdout)
    assert told["equal_error_rate"] == pytest.approx(equal_error_rate(mated=mated, non_mated=non_mated))
    assert told["at_thresholds"][0]["fnmr"] == pytest.approx((mated < 1.0).mean())
    shown = CliRunner().invoke(app, ["evaluate", "--scores", str(path), "--stream"])
    assert "10,620 non-mated" in shown.output
    refused = CliRunner().invoke(app, ["evaluate", "--scores", str(path), "--stream", "--llr"])
    assert refused.exit_code == 2


def test_a_file_without_mates_is_refused(tmp_path: Path) -> None:
    table = Scores.from_matrix([[0.1, 0.2]], probes=["c"], references=["a", "b"])
    with pytest.raises(ScoreError, match="mated and non-mated comparisons was expected, but 0 and 2"):
        streamed_figures(write_scores(table, tmp_path / "scores.csv"))
