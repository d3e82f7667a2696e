from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lineament.datasets import Dataset
from lineament.errors import ProtocolError
from lineament.evaluation.open_set import halves
from lineament.metrics import equal_error_rate
from lineament.studies import xr_objects_report, xr_objects_table
from lineament.studies.xr_objects_report import Plan
from lineament.studies.xr_objects_summary import summarise
from lineament.studies.xr_objects_systems import TableSystem
from lineament.studies.xr_objects_table import TableRun, held_out_folds, inner_folds, session_folds
from tests.training.people import people

CHANGES: dict[str, Any] = {
    "encoding.features": ["positions", "statics", "velocities"],
    "window": {"frames": 60, "stride_s": 2.0},
}
LDA = TableSystem("lda", "LDA", "xr-motion-lda", CHANGES)
WORSE = TableSystem("ours", "ours", "xr-motion-lda", {**CHANGES, "encoding.features": ["velocities"]})
CLASSIFIER = TableSystem(
    "classifier",
    "classifier",
    "xr-motion-small",
    {
        **CHANGES,
        "network": {"name": "temporal_conv", "channels": 8, "dilations": [1], "attention": 0},
        "loss": "cross_entropy",
        "normalise": False,
        "training": {"steps": 5, "steps_per_epoch": 5},
    },
    part="classification",
)


@pytest.fixture(scope="module")
def world() -> Dataset:
    return Dataset.of("toy", people(range(8), sessions=3, seconds=65))


def test_everybody_is_held_out_once_a_seed_and_nobody_is_trained_and_scored(world: Dataset) -> None:
    folds = held_out_folds(world, gallery=4, seeds=(0, 1))
    assert len(folds) == 4
    for fold in folds:
        trained, scored = ({subject for subject, _ in keys} for keys in (fold.train, fold.probe))
        assert not trained & scored
        assert {subject for subject, _ in fold.enrol} == scored
        assert {session for _, session in fold.enrol} == {"s1"}
        assert {session for _, session in fold.probe} == {"s2", "s3"}
    for seed in (0, 1):
        scored_once = [s for fold in folds if fold.seed == seed for s, session in fold.probe if session == "s2"]
        assert sorted(scored_once) == world.subjects()
    assert folds[0].probe != folds[2].probe
    with pytest.raises(ProtocolError, match="groups of 3"):
        held_out_folds(world, gallery=3, seeds=(0,))


def test_partitions_are_those_of_the_research(world: Dataset) -> None:
    """Dealt by default_rng(1000 + seed).permutation of the sorted people, as every figure of the log was."""
    dealt = np.random.default_rng(1000).permutation(world.subjects())
    assert {subject for subject, _ in held_out_folds(world, gallery=4, seeds=(0,))[0].probe} == set(dealt[:4])


def test_a_session_left_out_is_neither_trained_on_nor_enrolled(world: Dataset) -> None:
    folds = session_folds(world, seeds=(0,))
    assert len(folds) == 3
    for fold, session in zip(folds, ("s1", "s2", "s3"), strict=True):
        assert {s for _, s in fold.probe} == {session}
        assert session not in {s for _, s in fold.train}
        assert len(fold.probe) == 8


@pytest.fixture(scope="module")
def results(world: Dataset, tmp_path_factory: pytest.TempPathFactory) -> xr_objects_report.Results:
    plan = Plan([LDA, WORSE, CLASSIFIER], seeds=(0, 1), galleries=(4,), ours="ours")
    return xr_objects_report.run(world, tmp_path_factory.mktemp("table"), plan, progress=lambda _, total: range(total))


def test_each_setting_has_every_system_and_probes_of_three_lengths(results: xr_objects_report.Results) -> None:
    assert list(results.settings) == ["train 4, gallery of 4", "leave one session out"]
    held_out = results.settings["train 4, gallery of 4"]
    assert list(held_out) == ["lda", "ours", "classifier"]
    assert held_out["lda"].spans == ["20 s", "1 min", "session"]
    # 8 people x 2 sessions x 2 seeds; each of 65 s holds 3 probes of 20 s (windows 5 s apart) and one of a minute.
    assert [held_out["lda"].probes(span) for span in held_out["lda"].spans] == [96, 32, 32]
    assert held_out["lda"].rank_one("session").estimate > 0.5
    assert held_out["classifier"].eer("session") is None
    assert held_out["classifier"].centroid_rank_one("session") is None


def test_figures_are_those_of_a_slow_count(results: xr_objects_report.Results) -> None:
    summary = results.settings["train 4, gallery of 4"]["lda"]
    for span in summary.spans:
        right, total, rates = 0, 0, []
        for fold in summary.folds:
            part, subjects = fold["spans"][span], fold["subjects"]
            known, strangers = [], []
            for who, winner, scores in zip(part["people"], part["winners"], part["comparison"], strict=True):
                right += subjects[winner] == who
                total += 1
                for way in halves(4):
                    best = max(scores[place] for place in way)
                    (known if subjects.index(who) in way else strangers).append(best)
            rates.append(equal_error_rate(mated=known, non_mated=strangers))
        assert summary.rank_one(span).estimate == pytest.approx(right / total)
        eer = summary.eer(span)
        assert eer is not None
        assert eer.estimate == pytest.approx(np.mean(rates))


def test_a_paired_difference_with_itself_is_nothing_and_a_clear_one_excludes_zero(
    results: xr_objects_report.Results,
) -> None:
    held_out = results.settings["train 4, gallery of 4"]
    same = held_out["lda"].rank_one_gain(held_out["lda"], "session")
    assert (same.estimate, same.low, same.high) == (0, 0, 0)
    everything = [{**fold, "spans": {s: {**p, "winners": [fold["subjects"].index(w) for w in p["people"]]}
                                     for s, p in fold["spans"].items()}} for fold in held_out["lda"].folds]  # fmt: skip
    nothing = [{**fold, "spans": {s: {**p, "winners": [(fold["subjects"].index(w) + 1) % 4 for w in p["people"]]}
                                  for s, p in fold["spans"].items()}} for fold in held_out["lda"].folds]  # fmt: skip
    gain = summarise(everything).rank_one_gain(summarise(nothing), "1 min")
    assert (gain.estimate, gain.low, gain.excludes_zero) == (1.0, 1.0, True)


def test_the_report_compares_ours_with_the_floor_and_names_nobody(
    results: xr_objects_report.Results, tmp_path: Path
) -> None:
    page = xr_objects_report.report(results)
    words = page.save(tmp_path, "t")[1].read_text()
    assert "over LDA" in words
    assert "Classification baseline" in words
    assert "p00" not in words + (tmp_path / "t.json").read_text()
    floor = page.data["settings"]["train 4, gallery of 4"]["lda"]["1 min"]
    assert set(floor["ours_above_rank_one"]) == {"estimate", "low", "high", "level"}


def test_finished_folds_are_not_run_again(
    world: Dataset, results: xr_objects_report.Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folds = held_out_folds(world, gallery=4, seeds=(0,))
    first = TableRun(world, tmp_path).judgements(LDA, folds, lambda _, total: range(total))
    monkeypatch.setattr(TableRun, "_run", lambda *_: pytest.fail("run again"))
    assert TableRun(world, tmp_path).judgements(LDA, folds, lambda _, total: range(total)) == first


def test_settings_are_chosen_among_the_training_people_alone(world: Dataset, tmp_path: Path) -> None:
    useless = {"network.statistics": ["mean"], "encoding.features": ["velocities"]}
    useful = {"network.projection": "within", "network.shrinkage": 0.3}
    nested = TableSystem("nested", "nested", "xr-motion-lda", CHANGES, choices=(useless, useful))
    fold = held_out_folds(world, gallery=4, seeds=(0,))[0]
    for inner in inner_folds(fold):
        people = [{subject for subject, _ in keys} for keys in (inner.train, inner.enrol, inner.probe)]
        assert not people[0] & people[2]
        assert people[1] == people[2]
        assert all(part <= {subject for subject, _ in fold.train} for part in people)
    found = TableRun(world, tmp_path).judgements(nested, [fold], lambda _, total: range(total))[0]
    assert found["chosen"] == 1
    plain = TableSystem("plain", "plain", "xr-motion-lda", {**CHANGES, **useful})
    alone = TableRun(world, tmp_path).judgements(plain, [fold], lambda _, total: range(total))[0]
    assert found["spans"] == alone["spans"]


CONV = TableSystem(
    "conv",
    "convolution",
    "xr-motion-small",
    {
        **CHANGES,
        "network": {"name": "temporal_conv", "channels": 8, "dilations": [1], "attention": 0, "dim": 8},
        "training": {"steps": 3, "steps_per_epoch": 3},
    },
)


def test_an_attempt_is_set_against_ours_and_a_slow_one_leaves_out_no_session(world: Dataset, tmp_path: Path) -> None:
    attempt = replace(WORSE, key="worse", label="worse attempt", part="attempts")
    plan = Plan([replace(LDA, key="ours"), CONV, attempt], seeds=(0,), galleries=(4,))
    results = xr_objects_report.run(world, tmp_path, plan, progress=lambda _, total: range(total))
    assert list(results.settings["train 4, gallery of 4"]) == ["ours", "conv", "worse"]
    assert list(results.settings["leave one session out"]) == ["ours"]
    page = xr_objects_report.report(results)
    words = page.markdown()
    part = words[words.index("What was tried") :]
    assert "worse attempt" in part[: part.index("Measured before")]
    assert "| convolution | – | – | – |" in words[words.index("Leave one session out") :]
    summaries = results.settings["train 4, gallery of 4"]
    gain = page.data["settings"]["train 4, gallery of 4"]["worse"]["1 min"]
    expected = summaries["worse"].rank_one("1 min").estimate - summaries["ours"].rank_one("1 min").estimate
    assert gain["above_ours_rank_one"]["estimate"] == pytest.approx(expected)
    taken_off = summaries["ours"].eer_estimate("1 min") - summaries["worse"].eer_estimate("1 min")
    assert gain["below_ours_eer"]["estimate"] == pytest.approx(taken_off)


@pytest.fixture
def two_more(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stand-ins for the simulated people, who take long to simulate."""
    monkeypatch.setattr(
        xr_objects_table, "_simulated", lambda count, fps: Dataset.of("s", people(range(50, 50 + count), 2, 30))
    )
    return ["p50", "p51"]


def trained(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], bool]]:
    """Return a list that grows with every training: whom it was on, and whether it started from an encoder."""
    calls: list[tuple[list[str], bool]] = []
    real = xr_objects_table._fit

    def fit(recipe: Any, train: Any, seed: int, init: Path | None = None) -> Any:
        calls.append((sorted({recording.subject for recording in train}), init is not None))
        return real(recipe, train, seed, init)

    monkeypatch.setattr(xr_objects_table, "_fit", fit)
    return calls


@pytest.mark.parametrize("mixing", ["beside", "alone", "before"])
def test_simulated_people_stand_beside_the_real_ones_alone_or_before_them(
    world: Dataset, two_more: list[str], mixing: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = trained(monkeypatch)
    folds = held_out_folds(world, gallery=4, seeds=(0,))
    real = [sorted({subject for subject, _ in fold.train}) for fold in folds]
    system = replace(CONV if mixing == "before" else LDA, simulated=2, mixing=mixing)
    found = TableRun(world, tmp_path).judgements(system, folds, lambda _, total: range(total))
    assert (
        calls
        == {
            "beside": [(who + two_more, False) for who in real],
            "alone": [(two_more, False)],
            "before": [(two_more, False), (real[0], True), (real[1], True)],
        }[mixing]
    )
    for fold, judged in zip(folds, found, strict=True):
        assert set(judged["subjects"]) == {subject for subject, _ in fold.probe}


def test_folds_learned_from_simulated_people_are_kept_apart(
    world: Dataset, two_more: list[str], tmp_path: Path
) -> None:
    folds = held_out_folds(world, gallery=4, seeds=(0,))[:1]
    run = TableRun(world, tmp_path)
    plain, more = (
        run.judgements(replace(LDA, simulated=count), folds, lambda _, total: range(total)) for count in (0, 2)
    )
    assert plain[0]["spans"]["20 s"]["comparison"] != more[0]["spans"]["20 s"]["comparison"]
    assert run.judgements(LDA, folds, lambda _, total: range(total)) == plain


def test_simulated_people_do_the_trials_of_four_sessions_at_the_rate_asked_for() -> None:
    simulated = xr_objects_table._simulated(2, 15.0)
    assert (len(simulated.subjects()), len(simulated.sessions())) == (2, 4)
    sample = simulated.load(0)
    assert len(sample.attributes["trials"]) > 10
    assert np.median(np.diff(sample.times)) == pytest.approx(1 / 15, rel=0.01)
