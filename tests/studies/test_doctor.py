from __future__ import annotations

import importlib
import json
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest

from lineament.encoder import folder
from lineament.gallery import FlatGallery
from lineament.studies import doctor
from lineament.studies.doctor import DISTRIBUTIONS, EXTRAS, RUNTIME, Check, examine
from tests.encoder.tiny import tiny_encoder


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One tiny encoder ships."""
    monkeypatch.setattr(folder, "SHIPPED", tmp_path)
    tiny_encoder().save(tmp_path / "tiny")
    return tmp_path


def found(part: str, words: str = "") -> Check:
    checks = [check for check in examine() if check.part == part and words in check.found]
    assert len(checks) == 1, examine()
    return checks[0]


def without(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let a distribution be missing."""
    version = metadata.version

    def gone(distribution: str) -> str:
        if distribution == name:
            raise metadata.PackageNotFoundError(name)
        return version(distribution)

    monkeypatch.setattr(metadata, "version", gone)


def test_everything_works_here(shipped: Path) -> None:
    checks = examine()
    assert not [check for check in checks if check.state == "fails"]
    assert found("search").state == "works"
    assert found("encoder").found == f"{tiny_encoder().id}: 57 windows of a simulated minute, 24 numbers each"
    assert found("machine").found.startswith("lineament ")


def test_a_missing_package_of_an_extra_is_missing_and_says_how_to_get_it(
    shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without(monkeypatch, "optuna")
    check = found("tune")
    assert (check.state, check.found) == ("missing", "optuna is not installed")
    assert check.remedy == "pip install 'lineament[tune]'"


def test_a_missing_package_of_the_runtime_fails(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "faiss-cpu")
    assert found("runtime", "faiss").state == "fails"


def test_a_package_that_cannot_be_imported_fails(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.import_module

    def broken(name: str, package: str | None = None) -> ModuleType:
        if name == "optuna":
            raise OSError("libsomething.so: cannot open")
        return real(name, package)

    monkeypatch.setattr(importlib, "import_module", broken)
    check = found("tune")
    assert check.state == "fails"
    assert "cannot be imported: OSError" in check.found


def test_without_encoders_nothing_can_be_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "SHIPPED", tmp_path)
    assert found("encoder").state == "fails"


def test_a_damaged_encoder_fails_alone(shipped: Path) -> None:
    tiny_encoder().save(shipped / "broken")
    (shipped / "broken" / "network.onnx").write_bytes(b"no network")
    assert found("encoder", "broken").state == "fails"
    assert found("encoder", "tiny").state == "works"


def test_a_search_that_fails_is_told(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def search(*words: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(FlatGallery, "search", search)
    assert found("search").found == "FlatGallery: RuntimeError"


@pytest.mark.parametrize("module", ["faiss", "numpy", "onnxruntime"])
def test_a_damaged_package_of_the_runtime_leaves_the_doctor_to_name_it(module: str, tmp_path: Path) -> None:
    lines = f"""
import sys

class Damaged:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "{module}":
            raise OSError("lib.so: cannot open")

sys.meta_path.insert(0, Damaged())
from lineament.cli import main
main()
"""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-c", lines, *words], capture_output=True, text=True, cwd=tmp_path)

    told = run("doctor", "--json")
    checks = {check["found"]: check for check in json.loads(told.stdout)}
    assert told.returncode == 1
    assert [found for found in checks if found.startswith(module) and "OSError" in found]
    assert run("--help").returncode == 0
    assert "--force-reinstall" in next(check["remedy"] for found, check in checks.items() if found.startswith(module))
    refused = run("enrol", "a.gallery", "ann", "a.csv")
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert ("doctor" in refused.stderr) == (module != "faiss")  # which is loaded when it is wanted
    assert run("--version").stdout.strip()


def test_it_looks_at_every_package_that_is_asked_for() -> None:
    project = tomllib.loads((Path(doctor.__file__).parents[3] / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    for asked, looked_at in ((project["dependencies"], RUNTIME), *((extras[extra], EXTRAS[extra]) for extra in EXTRAS)):
        names = {requirement.split(">")[0].split("=")[0] for requirement in asked} - {"lineament[train]"}
        assert names == {DISTRIBUTIONS.get(name, name.replace("_", "-")) for name in looked_at}
