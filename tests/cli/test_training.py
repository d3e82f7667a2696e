"""`lineament train`, `tune`, `recipe` and `list`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from click.testing import Result
from typer.testing import CliRunner

from lineament.cli import training as commands
from lineament.encoder import Encoder, folder
from lineament.errors import EncoderError, LineamentError, RecipeError, SignalError
from lineament.recipes.components import KINDS
from lineament.recipes.recipe import to_yaml
from lineament.signals.motion import write_motion
from tests.encoder.tiny import tiny_encoder
from tests.training.people import people, tiny

APP = typer.Typer()
TOY = ("--uninspected", "--data")
commands.register(APP)


def run(*words: object) -> Result:
    return CliRunner().invoke(APP, [str(word) for word in words], terminal_width=200)


def ok(*words: object) -> str:
    result = run(*words)
    assert result.exit_code == 0, (result.output, result.exception)
    return str(result.stdout)


def refused(kind: type[LineamentError], *words: object) -> str:
    result = run(*words)
    assert isinstance(result.exception, kind), (result.output, result.exception)
    assert "\n" not in str(result.exception)
    return str(result.exception)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("toy")
    for sample in people(range(6)):
        path = folder / str(sample.subject) / f"{sample.session}.csv"
        path.parent.mkdir(exist_ok=True)
        write_motion(sample, path)
    return folder


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipes") / "tiny.yaml"
    path.write_text(to_yaml(tiny()))
    return path


def test_recordings_that_cannot_be_trusted_are_not_trained_on(data: Path, recipe: Path, tmp_path: Path) -> None:
    refused = run("train", recipe, "--data", data, "--out", tmp_path / "out")
    assert "without a fault" in str(refused.exception)
    assert "--uninspected" in str(refused.exception)
    assert not (tmp_path / "out" / "encoder").exists()


def test_training_writes_an_encoder_and_says_where(data: Path, recipe: Path, tmp_path: Path) -> None:
    said = ok("train", recipe, *TOY, data, "--out", tmp_path, "--validation", 0.34)
    assert f"The encoder is at {tmp_path / 'encoder'}" in said.replace("\n", "")
    assert "trained on 4 subjects" in said
    assert Encoder.load(tmp_path / "encoder").calibration is not None


def test_training_as_json_and_resumed(data: Path, recipe: Path, tmp_path: Path) -> None:
    words = (
        "train",
        recipe,
        *TOY,
        data,
        "--out",
        tmp_path,
        "--steps",
        16,
        "--set",
        "loss=triplet",
        "--json",
    )
    first: dict[str, Any] = json.loads(ok(*words))
    assert first["people"] == 4
    assert [record["step"] for record in first["history"]] == [8, 16]
    assert "resume it" in refused(LineamentError, *words)
    again = json.loads(ok(*words, "--resume"))
    assert again["id"] == first["id"]
    assert again["history"] == first["history"]


def test_one_seed_gives_one_encoder(data: Path, recipe: Path, tmp_path: Path) -> None:
    ids = []
    for place, seed in enumerate((5, 5, 6)):
        out = tmp_path / str(place)
        said = ok("train", recipe, *TOY, data, "--out", out, "--steps", 8, "--seed", seed, "--json")
        ids.append(json.loads(said)["id"])
    assert ids[0] == ids[1] != ids[2]


def test_pre_training_and_fine_tuning(data: Path, recipe: Path, tmp_path: Path) -> None:
    ok(
        "train",
        recipe,
        *TOY,
        data,
        "--data",
        data,
        "--out",
        tmp_path / "a",
        "--validation",
        0,
        "--steps",
        8,
    )
    words = ("--init", tmp_path / "a" / "encoder", "--name", "tuned", "--version", "2")
    ok("train", recipe, *TOY, data, "--out", tmp_path / "b", *words)
    encoder = Encoder.load(tmp_path / "b" / "encoder")
    assert (encoder.name, encoder.version) == ("tuned", "2")
    assert encoder.card["protocol"]["initialised_from"] == "encoder"


@pytest.mark.parametrize(
    ("kind", "message", "words"),
    [
        (RecipeError, "use 'steps'", ("--set", "training.stpes=3")),
        (SignalError, "no folder of that name", ("--data", "nowhere")),
        (RecipeError, "steps", ("--steps", "-3")),
    ],
)
def test_wrong_input_is_one_sentence(
    kind: type[LineamentError], message: str, words: tuple[str, ...], data: Path, recipe: Path, tmp_path: Path
) -> None:
    assert message in refused(kind, "train", recipe, *TOY, data, "--out", tmp_path / "out", *words)
    assert not (tmp_path / "out").exists()


def test_missing_words_are_wrong_usage(recipe: Path) -> None:
    assert run("train", recipe).exit_code == 2
    assert run("tune", recipe, "--data", ".", "--study", "x.db", "--trials", 0).exit_code == 2


def test_tuning_goes_on(data: Path, recipe: Path, tmp_path: Path) -> None:
    words = (
        "tune",
        recipe,
        *TOY,
        data,
        "--study",
        tmp_path / "s.db",
        "--steps",
        4,
        "--set",
        "loss=triplet",
    )
    said = ok(*words, "--trials", 1)
    assert "1 trials; the best has accuracy" in said
    found = json.loads(ok(*words, "--trials", 2, "--json"))
    assert found["trials"] == 2
    assert yaml.safe_load(Path(found["recipe"]).read_text())["loss"]["name"] == "triplet"


def test_a_recipe_is_shown_with_every_default() -> None:
    shown = yaml.safe_load(ok("recipe", "show", "xr-motion-gru", "--set", "training.steps=7"))
    assert shown["training"]["steps"] == 7
    assert shown["training"]["weight_decay"] == 0.0
    assert shown["encoding"]["max_gap_s"] == 0.5
    assert json.loads(ok("recipe", "show", "xr-motion-gru", "--json"))["network"]["hidden"] == 450
    assert "use 'xr-motion-gru'" in refused(RecipeError, "recipe", "show", "xr-motion-grue")


def test_lists() -> None:
    assert "temporal_conv" in ok("list", "networks", "*conv*")
    assert {"knn_vote", "prototype"} < {row["name"] for row in json.loads(ok("list", "match-rules", "--json"))}
    assert "elastic=0.0" in ok("list", "augmentations", "image")
    for kind in KINDS:
        assert json.loads(ok("list", kind, "--json"))
    assert "xr-motion-gru" in ok("recipe", "list", "*gru*")
    assert "use 'losses'" in refused(RecipeError, "list", "loses")


def test_shipped_encoders_are_listed_with_their_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "SHIPPED", tmp_path)
    assert "train one" in refused(EncoderError, "list", "encoders")
    tiny_encoder().save(tmp_path / "tiny")
    tiny_encoder().save(tmp_path / "small")
    card = json.loads((tmp_path / "tiny" / "card.json").read_text())
    card["data"] = [
        {"name": "toys", "licence": "MIT", "people_trained_on": 3},
        {"name": "dolls", "licence": "CC-BY-4.0"},
        {"name": "bears", "licence": "MIT"},
    ]
    (tmp_path / "tiny" / "card.json").write_text(json.dumps(card))
    small, row = json.loads(ok("list", "encoders", "--json"))
    assert (small["name"], small["data"], small["licences"]) == ("small", [], [])
    assert (row["name"], row["version"], row["licences"]) == ("tiny", "1", ["MIT", "CC-BY-4.0"])
    assert row["data"] == card["data"]
    assert row["bytes"] == sum(path.stat().st_size for path in (tmp_path / "tiny").iterdir())
    said = ok("list", "encoders", "t*")
    assert "toys, dolls, bears" in said
    assert "MIT, CC-BY-4.0" in said
    assert "small" not in said
    assert "use 'tiny'" in refused(EncoderError, "list", "encoders", "tinny")
    assert "use 'encoders'" in refused(RecipeError, "list", "encoder")
    (tmp_path / "tiny" / "card.json").write_text("{")
    assert "not JSON" in refused(EncoderError, "list", "encoders")


def test_lists_and_recipes_do_without_torch() -> None:
    program = (
        "import sys, typer; from lineament.cli import training; from typer.testing import CliRunner; "
        "app = typer.Typer(); training.register(app); "
        "assert CliRunner().invoke(app, ['list', 'networks']).exit_code == 0; "
        "CliRunner().invoke(app, ['list', 'encoders']); "
        "assert CliRunner().invoke(app, ['recipe', 'show', 'xr-motion-small']).exit_code == 0; "
        "assert 'torch' not in sys.modules; "
        "sys.modules['torch'] = None; "
        "said = CliRunner().invoke(app, ['train', 'xr-motion-small', '--data', '.', '--out', 'x']).exception; "
        "assert \"pip install 'lineament[train]'\" in str(said), said"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
