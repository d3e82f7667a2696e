"""`lineament demo` and `lineament doctor`, and how the command line ends."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from lineament import cli
from lineament.encoder import folder
from lineament.errors import ProtocolError
from lineament.signals.motion import write_motion
from lineament.studies import demo, doctor
from lineament.studies.doctor import Check
from tests.encoder.tiny import person, tiny_encoder


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Tiny encoders ship, and few people take part."""
    monkeypatch.setattr(folder, "SHIPPED", tmp_path / "shipped")
    for name in ("xr-motion", "xr-motion-simulated"):
        tiny_encoder().save(tmp_path / "shipped" / name)
    for name, value in (("KNOWN", 3), ("STRANGERS", 2)):
        monkeypatch.setattr(demo, name, value)
    return tmp_path


def run(*words: object) -> Result:
    return CliRunner().invoke(cli.app, [str(word) for word in words], terminal_width=120)


def test_a_demonstration_prints_a_table_and_writes_a_report(small: Path) -> None:
    result = run("demo", "--out", small / "out")
    assert result.exit_code == 0, (result.output, result.exception)
    report, figures = small / "out" / "report.html", json.loads((small / "out" / "report.json").read_text())
    assert f"The report is at {report}" in result.stdout
    assert "Simulated people: the figures show that the system works" in result.stdout.replace("\n", " ")
    assert "These people are simulated" in report.read_text()
    assert result.stdout.count("enrolled") == 3
    assert result.stdout.count("stranger") == 2 + 1  # and in the title
    assert all(word in result.stdout for outcome in demo.OUTCOMES for word in outcome.split())
    assert sum(figures["counts"].values()) == sum(row["probes"] for row in figures["people"]) >= 5


def test_json_is_the_same_figures(small: Path) -> None:
    result = run("demo", "--out", small / "out", "--json")
    assert result.exit_code == 0, (result.output, result.exception)
    assert json.loads(result.stdout) == json.loads((small / "out" / "report.json").read_text())


def test_a_set_without_a_protocol_is_refused_before_anything_is_written(small: Path) -> None:
    write_motion(person(0), small / "own" / "ann" / "1.csv")
    assert isinstance(run("demo", "--data", small / "own", "--out", small / "out").exception, ProtocolError)
    assert not (small / "out").exists()


@pytest.mark.parametrize(("states", "code"), [(["works"], 0), (["works", "missing"], 0), (["missing", "fails"], 1)])
def test_doctor_fails_on_failures_only(states: list[str], code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    checks = [Check("train", state, "torch", "pip install 'lineament[train]'") for state in states]
    monkeypatch.setattr(doctor, "examine", lambda: checks)
    shown = run("doctor")
    assert shown.exit_code == code
    assert "lineament[train]" in shown.stdout
    told = run("doctor", "--json")
    assert told.exit_code == code
    assert [check["state"] for check in json.loads(told.stdout)] == states


def test_every_group_of_commands_is_there() -> None:
    assert not cli.BROKEN


def test_errors_keep_their_brackets_and_end_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["lineament", "inspect", "[bold].csv"])
    with pytest.raises(SystemExit, match="1"):
        cli.main()
    monkeypatch.setattr(sys, "argv", ["lineament", "gallery", "list", "[bold].gallery"])
    with pytest.raises(SystemExit, match="1"):
        cli.main()
    assert "error: [bold].gallery" in capsys.readouterr().err
