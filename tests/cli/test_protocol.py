from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from lineament.cli import protocol
from lineament.datasets import Protocol
from lineament.errors import ProtocolError
from lineament.signals.motion import write_motion
from tests.encoder.tiny import person

APP = typer.Typer()
protocol.register(APP)


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(APP, ["protocol", *map(str, words)], terminal_width=200)


def ok(*words: str | Path) -> str:
    result = run(*words)
    assert result.exit_code == 0, (result.output, result.exception)
    return str(result.stdout)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for number in range(6):
        for session in (1, 2, 3):
            target = folder / f"p{number}" / f"s{session}.parquet"
            target.parent.mkdir(parents=True, exist_ok=True)
            write_motion(person(number, session, seconds=5.0), target)
    return folder


def test_several_splits_are_written_each_to_its_file(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "split.json"
    words = ("make", "--data", data, "--out", out, "--train", "2", "--repeats", "3")
    assert "split-3.json" in ok(*words, "--seed", "7").replace("\n", "")
    made = [Protocol.load(tmp_path / f"split-{number}.json") for number in (1, 2, 3)]
    assert [each.seed for each in made] == [7, 8, 9]
    assert len({each.train.subjects for each in made}) > 1
    content: Any = json.loads(ok(*words, "--json"))
    assert len(content) == 3


def test_samples_enrol_where_sessions_do_not(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "split.json"
    ok("make", "--data", data, "--out", out, "--train", "2", "--strangers", "1", "--enrol-samples", "2")
    made = Protocol.load(out)
    assert len(made.gallery.samples or ()) == 6
    assert len(made.mated.samples or ()) == 3


def test_a_copy_on_two_sides_is_found_and_refused(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "split.json"
    ok("make", "--data", data, "--out", out, "--train", "2")
    assert "stands on two sides" in ok("check", out, "--data", data)
    made = Protocol.load(out)
    original, copy = data / made.train.subjects[0] / "s1.parquet", data / made.non_mated.subjects[0] / "s2.parquet"
    kept = copy.read_bytes()
    copy.write_bytes(original.read_bytes())
    try:
        result = run("check", out, "--data", data, "--json")
    finally:
        copy.write_bytes(kept)
    assert isinstance(result.exception, ProtocolError)
    assert "1 pairs with equal values" in str(result.exception)
    assert json.loads(result.stdout)["exact"] == 1
