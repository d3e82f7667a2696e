"""The runtime wing enrols and identifies where nothing of the training wing is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from lineament.signals.motion import write_motion
from tests.encoder.tiny import person, tiny_encoder

ROOT = Path(__file__).parents[1]
TRAINING = (
    "torch",
    "lightning",
    "pytorch_lightning",
    "pytorch_metric_learning",
    "sklearn",
    "onnx",
    "tensorboard",
    "optuna",
)

FORBID = f"""
import sys

class Forbid:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {TRAINING}:
            raise ModuleNotFoundError(f"the runtime asked for {{name}}", name=name)

sys.meta_path.insert(0, Forbid())
"""

USE = f"""
import importlib, json, pkgutil, sys
from pathlib import Path

import lineament
from lineament import cli

rooms = "signals encodings datasets metrics recipes gallery decisions encoder evaluation".split()
for room in rooms:
    package = importlib.import_module(f"lineament.{{room}}")
    for module in pkgutil.walk_packages(package.__path__, f"lineament.{{room}}."):
        importlib.import_module(module.name)

def run(*words):
    cli.app(list(map(str, words)), standalone_mode=False)

folder = Path(sys.argv[1])
gallery = folder / "people.gallery"
for number in range(3):
    recording, encoder = folder / f"p{{number}}s1.parquet", folder / "tiny"
    run("enrol", gallery, f"p{{number}}", recording, "--encoder", encoder, "--uninspected")
for number in range(4):
    run("identify", gallery, folder / f"p{{number}}s2.parquet", "--uninspected", "--json")

loaded = sorted({{name.split(".")[0] for name in sys.modules}} & set({TRAINING}))
assert not loaded, f"the runtime loaded {{loaded}}"
print("at", lineament.__file__, file=sys.stderr)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An encoder, two sessions of three people, and one of a stranger."""
    tiny_encoder().save(tmp_path / "tiny")
    for number in range(4):
        for session in (1, 2):
            write_motion(person(number, session), tmp_path / f"p{number}s{session}.parquet")
    return tmp_path


def use(python: Path | str, folder: Path, prelude: str = "") -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    command = [str(python), "-c", prelude + USE, str(folder)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=300, cwd=folder, env=environment, check=False
    )


def assert_identified(ran: subprocess.CompletedProcess[str]) -> None:
    assert ran.returncode == 0, ran.stderr
    for number in range(3):
        assert f'"subject": "p{number}",\n "outcome": "identified"' in ran.stdout
    assert '"subject": null,\n "outcome": "unknown"' in ran.stdout


def test_training_packages_are_not_asked_for(folder: Path) -> None:
    assert_identified(use(sys.executable, folder, prelude=FORBID))


def test_the_guard_guards(folder: Path) -> None:
    ran = use(sys.executable, folder, prelude=f"{FORBID}\nimport torch\n")
    assert ran.returncode != 0
    assert "the runtime asked for torch" in ran.stderr


@pytest.mark.slow
def test_an_environment_of_its_own(folder: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"  # a copy, so that no build folder is left in the tree
    source.mkdir()
    shutil.copytree(ROOT / "src", source / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    constraints = ["-c", str(ROOT / "constraints.txt")] if (ROOT / "constraints.txt").exists() else []
    installed = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(source), *constraints],
        capture_output=True, text=True, timeout=1200, check=False,
    )  # fmt: skip
    assert installed.returncode == 0, installed.stderr

    listed = subprocess.run(
        [python, "-m", "pip", "list", "--format=freeze"], capture_output=True, text=True, check=True
    )
    names = {line.partition("==")[0].lower().replace("-", "_") for line in listed.stdout.splitlines()}
    assert not names & {*TRAINING, "scikit_learn"}

    ran = use(python, folder)
    assert_identified(ran)
    assert str(tmp_path / "venv") in ran.stderr
    script = subprocess.run(
        [tmp_path / "venv" / "bin" / "lineament", "--version"], capture_output=True, text=True, check=True
    )
    assert script.stdout.strip()
