from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from lineament.cli import app


def test_wrong_systems_and_seeds_are_refused_in_one_sentence(tmp_path: Path) -> None:
    for options, message in ((["--systems", "tfidf"], "tf-idf"), (["--seeds", "one"], "whole numbers")):
        result = CliRunner().invoke(app, ["reproduce", "web-bpu150", "--out", str(tmp_path), *options])
        assert result.exit_code == 2
        assert message in result.output
