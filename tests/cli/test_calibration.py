from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from lineament.cli import calibration as commands
from lineament.encoder import Encoder
from lineament.errors import LineamentError, ProtocolError, SignalError
from lineament.gallery import MemoryGallery
from lineament.signals.motion import write_motion
from tests.encoder.tiny import person, tiny_encoder

APP = typer.Typer()
commands.register(APP)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    tiny_encoder(calibrated=False).save(tmp_path / "tiny")
    for who in range(5):
        for session in (1, 2):
            (tmp_path / "data" / f"p{who}").mkdir(parents=True, exist_ok=True)
            write_motion(person(who, session), tmp_path / "data" / f"p{who}" / f"s{session}.parquet")
    return tmp_path


def run(place: Path, *words: str) -> Result:
    # The tiny people's hands do not hang on arms: nobody moves like that, as an inspection would say.
    words = (str(place / "tiny"), "--data", str(place / "data"), "--use-time", "5", "--uninspected", *words)
    return CliRunner().invoke(APP, words, terminal_width=200)


def test_it_is_written_into_the_encoder(place: Path) -> None:
    result = run(place, "--fpir", "0.2")
    assert result.exit_code == 0, (result.output, result.exception)
    assert "calibrated on 5 people" in result.stdout
    assert "10,000 enrolled" in result.stdout
    own = Encoder.load(place / "tiny").calibration
    assert own is not None
    assert own.id in result.stdout
    assert own.target_fpir == 0.2


def test_a_copy_as_json_by_another_rule(place: Path) -> None:
    result = run(place, "--json", "--out", str(place / "copy"), "--rule", "{name: top_mean, k: 2}")
    assert result.exit_code == 0, (result.output, result.exception)
    said = json.loads(result.stdout)
    assert said["written"] == str(place / "copy")
    assert said["match_rule"] == {"name": "top_mean", "k": 2}
    assert (said["people"], said["enrolled"], said["probes"]) == (5, 5, 10)
    copy = Encoder.load(place / "copy").calibration
    assert copy is not None
    assert copy.id == said["calibration"]
    assert Encoder.load(place / "tiny").calibration is None


def test_scores_normalised_by_a_cohort(place: Path) -> None:
    encoder = Encoder.load(place / "tiny")
    cohort = MemoryGallery(encoder.dim, encoder.metric, encoder.mark)
    for who in range(50, 58):
        cohort.enrol(f"c{who}", encoder.embed(person(who)))
    cohort.save(place / "cohort")
    result = run(place, "--rule", "{name: normalised, norm: s}", "--cohort", str(place / "cohort"))
    assert result.exit_code == 0, (result.output, result.exception)
    own = Encoder.load(place / "tiny").calibration
    assert own is not None
    assert own.match_rule["name"] == "normalised"


@pytest.mark.parametrize("words", [("--fpir", "1.5"), ("--fpir", "0"), ("--use-time", "-1")])
def test_wrong_usage(place: Path, words: tuple[str, ...]) -> None:
    assert run(place, *words).exit_code == 2


def test_recordings_are_inspected(place: Path) -> None:
    words = (str(place / "tiny"), "--data", str(place / "data"), "--use-time", "5")
    result = CliRunner().invoke(APP, words, terminal_width=200)
    assert isinstance(result.exception, SignalError)
    assert "lineament inspect" in str(result.exception)


def test_bad_input_changes_nothing(place: Path) -> None:
    before = sorted((place / "tiny").iterdir())
    for words in (("--rule", "protoype"), ("--protocol", str(place / "none.json")), ("--rule", "normalised")):
        result = run(place, *words)
        assert isinstance(result.exception, LineamentError), result.output
    for who in range(1, 5):
        for file in (place / "data" / f"p{who}").iterdir():
            file.unlink()
    assert isinstance(run(place).exception, ProtocolError)
    assert sorted((place / "tiny").iterdir()) == before
