from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from lineament.cli import inspect as command

app = typer.Typer(pretty_exceptions_enable=False)
command.register(app)


@app.callback()
def _root() -> None:
    """Keep `inspect` a command of its own."""


def run(*words: object):
    return CliRunner().invoke(app, ["inspect", *map(str, words)])


@pytest.fixture
def looking_around(tmp_path: Path) -> Path:
    """Ten seconds of a head that turns, without position and hands; no one's."""
    times = np.arange(600) / 60
    half = np.sin(times) / 2
    columns = {"delta_time_ms": times * 1e3, "head_rot_x": 0.0, "head_rot_y": np.sin(half)}
    frame = pd.DataFrame(columns | {"head_rot_z": 0.0, "head_rot_w": np.cos(half)})
    frame.to_csv(tmp_path / "head.csv", index=False)
    return tmp_path / "head.csv"


def test_a_good_file_ends_with_its_verdict(looking_around: Path):
    result = run(looking_around)

    assert result.exit_code == 0, result.output
    assert "59.999" not in result.output
    assert "missing: left_hand, right_hand" in result.output
    assert [line for line in result.output.splitlines() if "verdict" in line] == result.output.splitlines()[-2:-1]


def test_json_holds_every_file(looking_around: Path, tmp_path: Path):
    result = run(looking_around, tmp_path / "none.csv", "--json")

    assert result.exit_code == 1
    good, bad = json.loads(result.output)
    assert good["verdict"] == "usable with warnings"
    assert good["facts"]["fps"] == pytest.approx(60, rel=1e-3)
    assert [(finding["level"], finding["code"]) for finding in bad["findings"]] == [("fault", "file")]


def test_a_file_without_a_clock_needs_a_rate(looking_around: Path, tmp_path: Path):
    pd.read_csv(looking_around).drop(columns="delta_time_ms").to_csv(tmp_path / "b.csv", index=False)

    assert "--fps 90" in run(tmp_path / "b.csv").output
    assert run(tmp_path / "b.csv").exit_code == 1
    assert run(tmp_path / "b.csv", "--fps", 60).exit_code == 0


@pytest.mark.parametrize("words", [("--fps", 0), ("--fps", "fast"), ("--axes", "RUU"), ()])
def test_wrong_usage(looking_around: Path, words: tuple[object, ...]):
    result = run(looking_around, *words) if words else run()

    assert result.exit_code == 2


@pytest.mark.parametrize("content", [b"", b"delta_time_ms,head_rot_x\n", b"\xff\xfe\x00", b"head_pos_x\nwhat\n"])
def test_bad_files_are_faults_not_tracebacks(tmp_path: Path, content: bytes):
    (tmp_path / "bad.csv").write_bytes(content)

    result = run(tmp_path / "bad.csv")

    assert result.exit_code == 1
    assert "Traceback" not in result.output
    assert "fault" in result.output
