from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from lineament.cli import app

SMALL = ("--strangers", "1000", "--largest", "10", "--people", "30", "--repetitions", "2", "--no-others", "--json")


def test_the_study_is_run_from_the_command_line(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["reproduce", "false-alarms", "--out", str(tmp_path), *SMALL])
    assert result.exit_code == 0, (result.output, result.exception)
    content = json.loads(result.stdout)
    assert content["plan"]["sizes"] == [10]
    assert (tmp_path / "false-alarms.html").is_file()


def test_people_are_numbers(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["reproduce", "false-alarms", "--out", str(tmp_path), "--people", "many"])
    assert result.exit_code == 2
