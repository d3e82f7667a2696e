from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from lineament.cli import evaluate
from lineament.errors import LineamentError, ScoreError
from lineament.evaluation.score_files import write_scores
from tests.evaluation.test_figures import world

APP = typer.Typer()
evaluate.register(APP)


@APP.callback()
def _root() -> None:
    pass


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(APP, ["evaluate", *map(str, words)], terminal_width=200)


def ok(*words: str | Path) -> str:
    result = run(*words)
    assert result.exit_code == 0, (result.output, result.exception)
    return str(result.stdout)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    folder = tmp_path_factory.mktemp("scores")
    ours = write_scores(world(seed=1), folder / "ours.csv")
    theirs = write_scores(world(seed=1, shift=1.0), folder / "theirs.parquet")
    return ours, theirs, write_scores(world(seed=2, prefix="v"), folder / "others.csv")


def test_anybody_s_scores_are_judged_without_a_word_about_an_encoder(
    files: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    shown = ok("--scores", files[0], "--out", tmp_path)
    assert "OSCR" in shown
    assert "One probe with one reference" in shown
    names = {path.name for path in tmp_path.iterdir()}
    beside = {"evaluation.html", "evaluation.json", "evaluation.csv", "evaluation-people.csv", "evaluation.tex"}
    assert beside <= names
    content: Any = json.loads(ok("--scores", files[0], "--json"))
    assert content == json.loads((tmp_path / "evaluation.json").read_text())
    assert content["gallery_size"] == 12


def test_two_systems_are_compared_in_pairs_at_thresholds_of_other_people(files: tuple[Path, Path, Path]) -> None:
    ours, theirs, others = files
    shown = ok("--scores", ours, "--scores", theirs)
    assert "better" in shown
    words = ("--scores", ours, "--scores", theirs, "--validation", others, "--threshold", "2.5", "--json")
    content: Any = json.loads(ok(*words))
    assert [point["key"] for point in content["thresholds"]][:2] == ["given", "validation_eer"]
    verdicts = {line["key"]: line["verdict"] for line in content["differences"]}
    assert verdicts["auroc"] == "better"


def refused(kind: type[LineamentError], *words: str | Path) -> str:
    result = run(*words)
    assert isinstance(result.exception, kind), (result.output, result.exception)
    return str(result.exception)


def test_what_does_not_fit_is_refused(files: tuple[Path, Path, Path], tmp_path: Path) -> None:
    ours, theirs, others = files
    assert "24 people in theirs and in ours" in refused(ScoreError, "--scores", ours, "--validation", theirs)
    assert "scores of others" in refused(ScoreError, "--scores", ours, "--scores", others)
    assert "no such file" in refused(ScoreError, "--scores", tmp_path / "no.csv")
    for words in (
        (),
        ("--scores", ours, "--data", tmp_path),
        ("--data", tmp_path, "--llr"),
        ("--scores", ours, "--criterion", "eer"),
        ("--scores", ours) * 3,
    ):
        assert run(*words).exit_code == 2
