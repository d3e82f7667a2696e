from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from lineament.cli import evaluate, evaluation, protocol
from lineament.datasets import Protocol
from lineament.errors import EncoderError, LineamentError, ProtocolError, RecipeError, SignalError
from lineament.signals.motion import write_motion
from tests.encoder.tiny import person, tiny_encoder

APP = typer.Typer()
for group in (protocol, evaluate, evaluation):
    group.register(APP)


def run(*words: str) -> Result:
    return CliRunner().invoke(APP, words, terminal_width=200)


def ok(*words: str) -> str:
    result = run(*words)
    assert result.exit_code == 0, (result.output, result.exception)
    return str(result.stdout)


def refused(kind: type[LineamentError], *words: str) -> str:
    result = run(*words)
    assert isinstance(result.exception, kind), (result.output, result.exception)
    assert "\n" not in str(result.exception)
    return str(result.exception)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a data set of six people and an encoder."""
    folder = tmp_path_factory.mktemp("place")
    for number in range(6):
        for session in (1, 2):
            target = folder / "data" / f"p{number}" / f"s{session}.parquet"
            target.parent.mkdir(parents=True, exist_ok=True)
            write_motion(person(number, session, seconds=65.0), target)
    tiny_encoder().save(folder / "tiny")
    return folder


def test_a_protocol_is_made_written_and_printed(place: Path) -> None:
    file = place / "protocol.json"
    data = ("--data", str(place / "data"), "--out", str(file))
    words = ok("protocol", "make", *data, "--train", "2", "--strangers", "2")
    assert "non_mated" in words
    protocol = Protocol.load(file)
    assert [len(side.subjects) for side in protocol.sides().values()] == [2, 0, 2, 2, 2]
    printed: Any = json.loads(ok("protocol", "make", *data, "--train", "0.34", "--json"))
    assert len(printed["train"]["subjects"]) == 2


def test_protocols_that_cannot_be_are_refused(place: Path) -> None:
    data = ("--data", str(place / "data"), "--out", str(place / "no.json"))
    assert "left to enrol" in refused(ProtocolError, "protocol", "make", *data, "--train", "6")
    assert "a whole number" in refused(ProtocolError, "protocol", "make", *data, "--train", "1.5")
    assert "s9" in refused(ProtocolError, "protocol", "make", *data, "--train", "2", "--enrol-sessions", "s9")
    assert not (place / "no.json").exists()
    nowhere = ("--data", str(place / "nowhere"), "--out", str(place / "no.json"))
    assert "no folder" in refused(SignalError, "protocol", "make", *nowhere)


def test_an_encoder_is_evaluated_with_a_table_a_report_and_json(place: Path, tmp_path: Path) -> None:
    words = ("evaluate", "--data", str(place / "data"), "--encoder", str(place / "tiny"), "--uninspected")
    words += ("--out", str(tmp_path))
    shown = ok(*words)
    assert "Rank-1" in shown
    assert "session" in shown
    assert (tmp_path / "evaluation.html").is_file()
    assert len(list(tmp_path.glob("evaluation-*.parquet"))) == 3
    content = json.loads(ok(*words, "--json"))
    assert [entry["use_s"] for entry in content["results"]] == [20.0, 60.0, None]
    assert content == json.loads((tmp_path / "evaluation.json").read_text()) | {
        "enrol_seconds_each": content["enrol_seconds_each"]
    }


def test_a_protocol_of_other_people_is_refused(place: Path, tmp_path: Path) -> None:
    file = tmp_path / "p.json"
    ok("protocol", "make", "--data", str(place / "data"), "--out", str(file), "--train", "2")
    content = json.loads(file.read_text())
    content["gallery"]["subjects"] = content["mated"]["subjects"] = ["nobody"]
    file.write_text(json.dumps(content))
    words = ("evaluate", "--data", str(place / "data"), "--encoder", str(place / "tiny"))
    assert "nobody" in refused(ProtocolError, *words, "--protocol", str(file))
    assert "shipped name" in refused(EncoderError, *words[:3], "--encoder", str(place / "absent"))


def test_paper_002_is_reproduced_with_an_encoder_alone(place: Path, tmp_path: Path) -> None:
    words = (
        "reproduce", "xr-motion", "--data", str(place / "data"), "--encoder", str(place / "tiny"), "--no-classifier",
        "--repetitions", "2", "--uninspected", "--out", str(tmp_path),
    )  # fmt: skip
    shown = ok(*words)
    assert "embedding: accuracy" in shown
    content = json.loads(ok(*words, "--json"))
    assert content["figure_4a"]["enrolment"] == ["20 s", "30 s", "1 min", "all"]
    assert content["figure_4b"] is None
    assert (tmp_path / "xr-motion.html").is_file()


def test_a_recipe_is_trained_first_and_both_models_are_shown(tmp_path: Path) -> None:
    words = (
        "reproduce", "xr-motion", "--simulate", "5", "--minutes", "1.2", "--recipe", "xr-motion-small", "--train", "2",
        "--classifier-steps", "2", "--repetitions", "1", "--rows", "30 s,all", "--classifier-rows", "all", "--out",
        str(tmp_path),
    )  # fmt: skip
    content = json.loads(ok(*words, "--json"))
    assert content["simulated"] is True
    assert content["figure_4a"]["enrolment"] == ["30 s", "all"]
    assert content["figure_4b"]["enrolment"] == ["all"]
    assert "These people are simulated" in (tmp_path / "xr-motion.html").read_text()


@pytest.mark.parametrize(
    "words",
    [
        ("--encoder", "tiny"),
        ("--simulate", "3"),
        ("--simulate", "3", "--encoder", "tiny", "--recipe", "xr-motion-small"),
        ("--simulate", "3", "--encoder", "tiny", "--training-people", "a,b"),
    ],
)
def test_wrong_usage_exits_with_two(words: tuple[str, ...]) -> None:
    assert run("reproduce", "xr-motion", *words).exit_code == 2


def test_the_table_is_refused_where_people_or_systems_do_not_fit(place: Path, tmp_path: Path) -> None:
    words = ("reproduce", "xr-objects", "--data", str(place / "data"), "--out", str(tmp_path))
    assert "use 'lda'" in refused(RecipeError, *words, "--systems", "ldaa")
    assert "groups of 4" in refused(ProtocolError, *words, "--systems", "lda")


def test_evaluating_and_the_embedding_s_grid_need_neither_torch_nor_sklearn() -> None:
    code = (
        "import sys\n"
        "class Refuse:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in ('torch', 'lightning', 'sklearn'): raise ImportError(name)\n"
        "sys.meta_path.insert(0, Refuse())\n"
        "import lineament.evaluation, lineament.metrics, lineament.cli.evaluation\n"
        "from lineament.studies import evaluate, xr_motion, xr_motion_choice, xr_motion_report, xr_objects_report\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
