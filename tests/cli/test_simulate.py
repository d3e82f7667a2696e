import json

import pytest
import typer
from typer.testing import CliRunner

from lineament.cli import simulate
from lineament.errors import LineamentError
from lineament.studies import simulator, typing_simulator, vein_simulator


@pytest.fixture
def run():
    app = typer.Typer()
    simulate.register(app)
    return lambda *words: CliRunner().invoke(app, ["simulate", *map(str, words)])


def test_motion_is_written_and_the_rest_kept(run, tmp_path):
    words = ("motion", "--people", 2, "--sessions", 1, "--minutes", 0.05, "--seed", 3, "--out", tmp_path, "--fps", 15)
    first = run(*words)
    assert first.exit_code == 0
    assert "2 simulated recordings written" in first.stdout
    again = run(*words, "--json")
    assert json.loads(again.stdout) == {"written": 0, "kept": 2, "folder": str(tmp_path), "simulated": True}
    assert (tmp_path / "sim3-00001" / "S001.parquet").is_file()


def test_csv_is_written_where_it_is_asked_for(run, tmp_path):
    run("motion", "--people", 1, "--sessions", 1, "--minutes", 0.05, "--out", tmp_path, "--format", "csv")
    assert (tmp_path / "sim0-00000" / "S001.csv").is_file()


@pytest.mark.parametrize(
    "words", [("--format", "xlsx"), ("--task", "swim"), ("--minutes", "-1"), ("--layout", "round")]
)
def test_bad_words_end_in_one_sentence(run, tmp_path, words):
    result = run("motion", "--people", 1, "--sessions", 1, "--out", tmp_path / "new", *words)
    assert isinstance(result.exception, LineamentError)
    assert not (tmp_path / "new").exists()


def test_nobody_is_wrong_usage(run, tmp_path):
    assert run("motion", "--people", 0, "--out", tmp_path).exit_code == 2


def comparison(simulated):
    views = dict.fromkeys(simulator.VIEWS, 0.8)
    return simulator.Comparison(views, dict.fromkeys(views, (simulated,)), {}, 16, 3200)


def test_check_shows_both_and_says_whether_they_are_alike(run, tmp_path, monkeypatch):
    monkeypatch.setattr("lineament.datasets.open_dataset", lambda path: None)
    for rate, code, words in ((0.79, 0, "are as hard as"), (0.5, 1, "are NOT as hard as")):
        monkeypatch.setattr(simulator, "compare", lambda *_, rate=rate, **__: comparison(rate))
        result = run("check", "--data", tmp_path)
        assert result.exit_code == code
        assert words in " ".join(result.stdout.split())
        as_json = run("check", "--data", tmp_path, "--json")
        assert as_json.exit_code == code
        assert json.loads(as_json.stdout)["views"]["all"]["simulated"] == [rate]


def test_veins_are_written_and_the_rest_kept(run, tmp_path):
    words = ("veins", "--people", 1, "--sessions", 1, "--images", 1, "--seed", 3, "--out", tmp_path)
    assert "2 simulated images written" in run(*words).stdout
    assert json.loads(run(*words, "--json").stdout) == {
        "written": 0,
        "kept": 2,
        "folder": str(tmp_path),
        "simulated": True,
    }
    assert (tmp_path / "sim3-00000" / "left" / "S001" / "1.png").is_file()


def test_check_veins_shows_both_and_says_whether_they_are_alike(run, tmp_path, monkeypatch):
    monkeypatch.setattr("lineament.datasets.open_dataset", lambda path: None)
    real = vein_simulator.Difficulty(0.9, 0.05, 0.7, 0.2, 82)
    for rate, code, words in ((0.87, 0, "are as hard as"), (0.5, 1, "are NOT as hard as")):
        other = vein_simulator.Difficulty(rate, 0.05, 0.7, 0.2, 82)
        pairs = dict.fromkeys(vein_simulator.PAIRS)
        found = vein_simulator.Comparison(
            dict.fromkeys(pairs, real), dict.fromkeys(pairs, (other,)), {"real": 0.0, "simulated": 0.01}
        )
        monkeypatch.setattr(vein_simulator, "compare", lambda *_, found=found, **__: found)
        result = run("check-veins", "--data", tmp_path)
        assert result.exit_code == code
        assert words in " ".join(result.stdout.split())
        assert json.loads(run("check-veins", "--data", tmp_path, "--json").stdout)["alike"] == (code == 0)


def test_a_phrase_of_one_s_own_is_typed(run, tmp_path):
    words = ("--people", 2, "--sessions", 1, "--phrase", "open sesame", "--format", "csv")
    result = run("keystrokes", *words, "--out", tmp_path / "typed")
    assert result.exit_code == 0, result.exception
    assert "10 simulated recordings written" in result.stdout
    file = tmp_path / "typed" / "sim0-00001" / "S001" / "5.csv"
    assert len(file.read_text().splitlines()) == 1 + len("open sesame")
    other = run("keystrokes", "--people", 2, "--sessions", 1, "--format", "csv", "--out", tmp_path / "typed")
    assert isinstance(other.exception, LineamentError)  # another simulation is not mixed in
    assert isinstance(run("mouse", *words, "--out", tmp_path / "moved").exception, LineamentError)


def test_check_typing_shows_both_and_says_whether_they_are_alike(run, tmp_path, monkeypatch):
    rates = {"first 5": 0.25, "latest 5": 0.08, "first 200": 0.1}
    real = typing_simulator.Difficulty(51, rates, 0.085, 0.2, 0.1)
    easy = typing_simulator.Difficulty(51, {**rates, "latest 5": 0.02}, 0.085, 0.2, 0.1)
    monkeypatch.setattr("lineament.datasets.open_dataset", lambda folder: None)
    for simulated, code, verdict in ((real, 0, "are as hard as"), (easy, 1, "are NOT as hard as")):
        found = typing_simulator.Comparison(real, (simulated,))
        monkeypatch.setattr(typing_simulator, "compare", lambda *_, found=found, **__: found)
        result = run("check-typing", "--data", tmp_path)
        assert result.exit_code == code
        assert verdict in result.stdout.replace("\n", " ")
