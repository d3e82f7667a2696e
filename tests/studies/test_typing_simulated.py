"""The shipped encoder of typing: what it promises, and how it is judged on real people."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import lineament.encoders
from lineament.cli import app
from lineament.datasets import open_dataset
from lineament.datasets.simulate.typing import simulated_typing
from lineament.encoder import Encoder
from lineament.errors import SignalError
from lineament.recipes.components import Prototype
from lineament.signals.keystrokes import keystroke_sample
from lineament.signals.recordings import write_recording
from lineament.studies import shipped_typing
from lineament.studies.shipped_typing import group_scores, phrases, promises_by_phrase, training_people
from lineament.studies.typing_simulated import COSINE, DETECTOR, REAL, on_a_phrase

NAME = "typing-simulated"
UNTOUCHED = 20_003
"""A population, and phrases, that nobody has trained, calibrated or judged by."""


def quietly(what: str, total: int) -> Iterator[int]:
    yield from range(total)


def test_it_ships_small_enough_for_a_page_and_says_what_it_is() -> None:
    encoder = Encoder.load(NAME)
    network = Path(lineament.encoders.__path__[0]) / NAME / "network.onnx"
    assert network.stat().st_size < 1_000_000
    assert (encoder.encoding.unit, encoder.window) == ("keys", 32)
    assert all(entry["simulated"] for entry in encoder.card["data"])
    assert "never saw a real person" in encoder.card["not_for"]
    assert encoder.calibration is not None
    assert "5 repetitions of a phrase" in encoder.calibration.enrolment


def test_strangers_are_named_at_the_promised_rate() -> None:
    encoder = Encoder.load(NAME)
    assert encoder.calibration is not None
    named: dict[float, list[float]] = {0.05: [], 0.01: []}
    right = []
    for scores in group_scores(encoder, Prototype(), phrases(4, UNTOUCHED), 240, UNTOUCHED, quietly):
        enrolled = np.arange(len(scores.subjects)) % 2 == 0
        inside = {who for who, kept in zip(scores.subjects, enrolled, strict=True) if kept}
        strange = np.array([who not in inside for who in scores.people])
        best = scores.strangers[strange][:, enrolled].max(axis=1)
        own = scores.known[~strange]
        for rate, found in named.items():
            threshold = encoder.calibration.threshold(fpir=rate, gallery_size=int(enrolled.sum())).value
            found.append(float((best >= threshold).mean()))
        right.append(float((own >= encoder.calibration.threshold(fpir=0.05, gallery_size=30).value).mean()))
    assert np.mean(named[0.05]) < 0.12
    assert np.mean(named[0.01]) < 0.04
    assert np.mean(right) > 0.3


def test_five_repetitions_of_any_phrase_enrol_and_a_stranger_is_unknown(tmp_path: Path) -> None:
    phrase, gallery = "correct horse, battery", str(tmp_path / "people.gallery")
    people = simulated_typing(6, 2, seed=UNTOUCHED, phrase=phrase, repetitions=5)
    runner = CliRunner()
    files: dict[str, list[str]] = {}
    for sample in people:
        path = tmp_path / f"{sample.subject}-{sample.session}-{sample.attributes['repetition']}.csv"
        write_recording(sample.replace(subject=None, session=None), path)
        files.setdefault(f"{sample.subject} {sample.session}", []).append(str(path))
    for who in people.subjects()[:5]:
        done = runner.invoke(app, ["enrol", gallery, who, *files[f"{who} S001"], "--encoder", NAME])
        assert done.exit_code == 0, (done.output, done.exception)
    said = [
        json.loads(runner.invoke(app, ["identify", gallery, file, "--fpir", "0.01", "--json"]).stdout)
        for file in files[f"{people.subjects()[5]} S002"]
    ]
    assert all(one["criterion"] == "fpir" and one["target"] == 0.01 for one in said)
    assert sum(one["outcome"] == "unknown" for one in said) >= 4


def test_a_phrase_that_is_too_short_says_how_many_keys_are_needed() -> None:
    times = 0.2 * np.arange(4)
    with pytest.raises(SignalError, match="keys"):
        Encoder.load(NAME).embed(keystroke_sample(times, times + 0.1, ["a", "b", "c", "d"]))


def test_who_trains_types_many_phrases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped_typing, "PHRASES", 4)
    people = training_people(8, seed=1)
    assert len(people) == 8 * shipped_typing.SESSIONS * len(shipped_typing.TAKEN)
    assert len({len(people.load(15 * who)) for who in range(4)}) > 1


def test_promises_are_told_phrase_by_phrase() -> None:
    rows = promises_by_phrase(Encoder.load(NAME), Prototype(), 60, UNTOUCHED, quietly)
    assert len(rows) == 2 * shipped_typing.JUDGING
    assert all(0 <= row["measured"]["estimate"] <= 1 and row["keys"] >= 8 for row in rows)


@pytest.mark.slow
def test_real_people_are_told_apart_better_than_by_chance(shared_data: Callable[[str], Path]) -> None:
    found = on_a_phrase(Encoder.load(NAME), open_dataset(shared_data("keystroke-cmu")), quietly)
    assert found.people == 51
    assert found.rates[DETECTOR]["first 200"].mean() == pytest.approx(0.096, abs=0.001)
    assert found.rates[COSINE]["latest 5"].mean() < 0.09
    (kept,) = (promise for promise in found.promises if (promise.by, promise.fpir) == (REAL, 0.05))
    assert kept.measured.low < 0.05 < kept.measured.high
