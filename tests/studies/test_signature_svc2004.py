"""The study of signatures on simulated writers: folds, trials against the match rule, attacks, report, command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from lineament.cli import app
from lineament.datasets import Dataset
from lineament.datasets.simulate.signatures import simulated_signatures
from lineament.decisions import build_match_rule
from lineament.errors import ProtocolError
from lineament.gallery import MemoryGallery
from lineament.metrics import equal_error_rate
from lineament.recipes.recipe import load_recipe
from lineament.studies import signature_svc2004, signature_svc2004_report
from lineament.studies.signature_attacks import Searches, attack_rates
from lineament.studies.signature_svc2004 import SYSTEMS, SignatureStudy, SignatureSystem, distances_to, folds
from lineament.studies.signature_trials import (
    FIRST,
    FORGED,
    SECOND,
    DistanceTable,
    TrialScores,
    common_rate,
    own_rate,
    run_trials,
)

pytest.importorskip("torch")
QUICK = tuple(
    replace(
        system,
        changes=(
            *system.changes,
            "encoding.length=24",
            "window.frames=24",
            *(
                ["match_rule.points=24", "match_rule.band=4"]
                if system.key != "embedding"
                else ["network.dilations=[1]"]
            ),
            *(["loss.points=24", "loss.band=4"] if system.key == "gru" else []),
            *(["training.steps=2", "training.steps_per_epoch=2"] if system.key in {"embedding", "gru"} else []),
        ),
    )
    for system in SYSTEMS
)

BRIEF = tuple(system for system in QUICK if system.key in {"dtw", "ours"})


def progress(what: str, total: int) -> Iterator[int]:
    yield from range(total)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return simulated_signatures(8, signatures=6, forgeries=4, seed=1)


def test_every_writer_is_tested_once(dataset: Dataset) -> None:
    groups = folds(dataset, seed=3)
    assert sorted(writer for group in groups for writer in group) == sorted(dataset.table["target"].unique())
    assert groups != folds(dataset, seed=4)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (simulated_signatures(7, signatures=6, forgeries=1), "8 writers or more"),
        (simulated_signatures(8, signatures=4, forgeries=1), "5 signatures or more"),
        (simulated_signatures(8, sessions=1, signatures=6, forgeries=1), "later ones"),
        (simulated_signatures(8, signatures=6, forgeries=0), "and forgeries"),
    ],
)
def test_sets_that_will_not_do_are_refused(data: Dataset, expected: str) -> None:
    with pytest.raises(ProtocolError, match=expected):
        folds(data, seed=0)


def test_trials_score_as_the_match_rule_does() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(26, 40)).astype(np.float32)
    rule = load_recipe("signature-dtw").match_rule.model_copy(update={"points": 10, "band": 3})
    kinds, writer = np.tile([FIRST] * 6 + [SECOND] * 4 + [FORGED] * 3, 2), np.repeat([0, 1], 13)
    references = vectors[kinds == FIRST]
    table = DistanceTable(("a", "b"), distances_to(vectors, references, rule), writer, kinds)
    enrolled = [np.array([0, 2, 3, 4, 5]), np.array([6, 7, 8, 9, 11])]
    gallery = MemoryGallery(dim=40, metric="euclidean")
    for name, columns in zip("ab", enrolled, strict=True):
        gallery.enrol(name, references[columns])
    wanted = [build_match_rule(rule).scores(vectors[[row]], gallery) for row in (6, 10, 20)]
    np.testing.assert_allclose(table.scores(np.array([6, 10, 20]), enrolled, rule.own), wanted, rtol=1e-4)


def test_trials_of_cosines_score_as_top_mean_does() -> None:
    vectors = np.random.default_rng(0).normal(size=(12, 5)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rule = load_recipe("signature-small").match_rule
    kinds, writer = np.array([FIRST] * 6 + [SECOND] * 6), np.zeros(12, dtype=np.intp)
    table = DistanceTable(("a",), distances_to(vectors, vectors[:6], rule), writer, kinds)
    gallery = MemoryGallery(dim=5)
    gallery.enrol("a", vectors[:5])
    wanted = build_match_rule(rule).scores(vectors[[8]], gallery) - 1
    np.testing.assert_allclose(table.scores(np.array([8]), [np.arange(5)], None)[0], wanted, atol=1e-5)


def test_systems_are_given_the_same_trials(dataset: Dataset) -> None:
    writer, kinds = np.repeat(np.arange(4), 16), np.tile([FIRST] * 6 + [SECOND] * 6 + [FORGED] * 4, 4)
    marks = np.arange(64)[:, None] + 100.0 * np.arange(24)
    table = DistanceTable(tuple("abcd"), marks.astype(np.float32), writer, kinds)
    one, again = (run_trials([table], power=None, seed=5, trials=2) for _ in range(2))
    np.testing.assert_array_equal(one.random, again.random)
    assert one.genuine.shape == (4, 2, 6)
    assert one.skilled.shape == (4, 2, 4)
    assert one.random.shape == (4, 2, 20)


def test_an_attack_succeeds_where_the_target_comes_first_above_the_threshold() -> None:
    quiet = Searches(
        genuine=np.array([[5.0, 0.0], [1.0, 6.0]]),
        forged=np.array([[4.0, 0.0], [0.5, 0.2], [7.0, 3.0]]),
        genuine_writer=np.array([0, 1]),
        forged_writer=np.array([0, 0, 1]),
        writers=("a", "b"),
    )
    assert quiet.strangers.tolist() == [0.0, 1.0]
    rates = attack_rates([[quiet, replace(quiet, writers=("c", "d"))]], target=0.0)
    assert rates.attacks.estimate == pytest.approx(1 / 3)
    assert (rates.fpir.estimate, rates.fnir.estimate) == (0.0, 0.0)
    wary = attack_rates([[quiet, replace(quiet, writers=("c", "d"))]], target=0.0, fixed_on="forgeries")
    assert (wary.attacks.estimate, wary.fnir.estimate) == (0.0, 0.0)


def test_the_study_runs_is_kept_and_reported(dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lineament.studies.signature_trials.REPLICATES", 20)
    monkeypatch.setattr("lineament.studies.signature_svc2004_report.BAND_DRAWS", 5)
    study = SignatureStudy(dataset, tmp_path)
    results = signature_svc2004_report.run(study, BRIEF, (0,), progress=progress)
    page = signature_svc2004_report.report(results)
    rates = results.groups["all 8 writers"]["dtw"]
    assert rates.own["random"].interval.estimate < 0.1
    assert rates.common["skilled"].interval.estimate < 0.5
    json.dumps(page.data, allow_nan=False)
    assert "These writers are simulated" in page.markdown()

    def never(*_: object) -> DistanceTable:
        raise AssertionError("computed again")

    monkeypatch.setattr(SignatureStudy, "_table", never)
    again = signature_svc2004_report.run(SignatureStudy(dataset, tmp_path), BRIEF, (0,), progress=progress)
    assert signature_svc2004_report.numbers(again) == signature_svc2004_report.numbers(results)


def test_nobody_tested_is_trained_on(dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[set[str]] = []
    from lineament.training import fit

    real = fit.fit_recordings

    def watched(recipe: object, recordings: list, **options: object) -> object:
        seen.append({recording.subject.removesuffix("-forged") for recording in recordings})
        return real(recipe, recordings, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(fit, "fit_recordings", watched)
    tables = SignatureStudy(dataset, tmp_path).tables(QUICK[0], 0, progress)
    for table, trained in zip(tables, seen, strict=True):
        assert not trained & set(table.writers)
        assert len(trained) == 6


def test_the_command(tmp_path: Path, dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lineament.studies.signature_trials.REPLICATES", 10)
    monkeypatch.setattr("lineament.studies.signature_svc2004_report.BAND_DRAWS", 3)
    monkeypatch.setattr(signature_svc2004, "SYSTEMS", QUICK[:2])
    monkeypatch.setattr("lineament.datasets.simulate.signatures.simulated_signatures", lambda writers: dataset)
    options = ["reproduce", "signature-svc2004", "--out", str(tmp_path), "--seeds", "0"]
    done = CliRunner().invoke(app, [*options, "--systems", "dtw"])
    assert done.exit_code == 0, done.output
    assert "plain DTW" in done.output
    assert (tmp_path / "signature-svc2004.html").is_file()
    assert CliRunner().invoke(app, [*options, "--systems", "dwt"]).exit_code == 2
    assert CliRunner().invoke(app, [*options[:-1], "one"]).exit_code == 2


def test_shipped_recipes_are_those_of_the_systems() -> None:
    for system in SYSTEMS:
        assert isinstance(system, SignatureSystem)
        recipe = system.load()
        assert recipe.encoding.length == recipe.window.frames  # type: ignore[attr-defined]


def test_where_nobody_errs_the_interval_is_that_of_as_many_trials_as_writers() -> None:
    shape = np.zeros((4, 2, 3))
    run = TrialScores(tuple("abcd"), shape + 1, shape, shape)
    for rate in (common_rate([run], "skilled"), own_rate([run], "skilled")):
        assert rate.interval.estimate == 0
        assert rate.interval.high == pytest.approx(0.602, abs=1e-3)


def test_a_writer_who_is_drawn_twice_counts_twice() -> None:
    rng = np.random.default_rng(0)
    run = TrialScores(tuple("abc"), *(rng.normal(size=(3, 2, 20)) + shift for shift in (1.0, 0.0, 0.0)))
    doubled = [run.genuine[[0, 0, 2]], run.skilled[[0, 0, 2]]]
    wanted = equal_error_rate(mated=doubled[0].ravel(), non_mated=doubled[1].ravel())
    assert run.common("skilled", np.array([2.0, 0.0, 1.0])) == pytest.approx(wanted)
