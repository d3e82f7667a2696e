"""Behaviour on the command line: enrolled, identified, refused, as a new user would."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from lineament.cli import app
from lineament.datasets.simulate.populations import simulated
from lineament.encoder import Encoder
from lineament.signals.recordings import write_recording

ENCODERS = {
    "keystrokes": "typing-simulated",
    "mouse": "mouse-simulated",
    "signature": "signature-simulated",
    "visits": "web-simulated",
    "inertial": "gait-simulated",
}


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, list(map(str, words)))


@pytest.fixture(params=sorted(ENCODERS))
def people(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, dict[str, list[Path]]]:
    """Return a modality, and files of the first and the second session of two people nobody was trained on."""
    modality, files = request.param, {}
    data = simulated(modality, range(2), seed=30_001)
    for subject in data.subjects():
        first, second = (data.filter(subject=[subject], session=[session]) for session in data.sessions()[:2])
        for name, part in (("enrol", first), ("probe", second)):
            for row in range(min(len(part), 5)):
                path = tmp_path / f"{subject}-{name}-{row}.csv"
                write_recording(part.load(row), path)
                files.setdefault(f"{name} {data.subjects().index(subject)}", []).append(path)
    return modality, files


def test_people_are_enrolled_and_told(people: tuple[str, dict[str, list[Path]]], tmp_path: Path) -> None:
    modality, files = people
    gallery = tmp_path / "people.gallery"
    for subject in ("anna", "ben"):
        who = ("anna", "ben").index(subject)
        said = run("enrol", gallery, subject, *files[f"enrol {who}"], "--encoder", ENCODERS[modality])
        assert said.exit_code == 0, said.output
    found = run("identify", gallery, files["probe 0"][0], "--fpir", "0.05", "--json")
    assert found.exit_code == 0, found.output
    told = json.loads(found.stdout)
    assert told["outcome"] in {"identified", "unknown"}
    assert (told["criterion"], told["target"]) == ("fpir", 0.05)
    assert {candidate["subject"] for candidate in told["candidates"]} == {"anna", "ben"}
    assert json.loads(run("verify", gallery, "anna", files["probe 0"][0], "--json").stdout)["subject"] == "anna"


def test_files_of_something_else_are_refused_in_a_sentence_and_nothing_is_enrolled(
    people: tuple[str, dict[str, list[Path]]], tmp_path: Path
) -> None:
    modality, files = people
    gallery, wrong = tmp_path / "people.gallery", tmp_path / "wrong.csv"
    other = "mouse" if modality != "mouse" else "keystrokes"
    write_recording(simulated(other, range(1), seed=30_001).load(0), wrong)
    said = run("enrol", gallery, "anna", files["enrol 0"][0], wrong, "--encoder", ENCODERS[modality])
    assert said.exit_code == 1
    assert f"{modality}, which {Encoder.load(ENCODERS[modality]).id} takes was expected, but {other} came" in str(
        said.exception
    )
    assert not gallery.exists()
    fps = run("enrol", gallery, "anna", files["enrol 0"][0], "--encoder", ENCODERS[modality], "--fps", "30")
    assert fps.exit_code == 2


def test_too_few_keys_say_how_many_are_missing(tmp_path: Path) -> None:
    short = tmp_path / "short.csv"
    short.write_text("press_ms,release_ms,key\n0,90,KeyA\n200,310,KeyB\n450,500,KeyC\n")
    said = run("enrol", tmp_path / "people.gallery", "anna", short, "--encoder", "typing-simulated")
    assert said.exit_code == 1
    assert "6 keys without a gap was expected, but 3 came; record 3 more at a stretch" in str(said.exception)


def test_the_default_encoder_names_what_it_takes_and_what_came(tmp_path: Path) -> None:
    typed = tmp_path / "typed.csv"
    write_recording(simulated("keystrokes", range(1), seed=30_001).load(0), typed)
    said = run("enrol", tmp_path / "people.gallery", "anna", typed)
    assert said.exit_code == 1
    assert "takes was expected, but keystrokes came; name an encoder of keystrokes" in str(said.exception)
