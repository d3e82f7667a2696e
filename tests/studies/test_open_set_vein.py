"""The vein study: its splits, its scores by hand-made cases, its figures against the metrics they are made of."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from typer.testing import CliRunner

from lineament.cli import app
from lineament.datasets import Dataset, Protocol, Selection, open_dataset, vein_dorsal
from lineament.datasets.simulate import simulated_veins
from lineament.errors import RecipeError
from lineament.evaluation.scores import Scores
from lineament.metrics import equal_error_rate
from lineament.signals.image import image_sample
from lineament.studies.open_set_vein_figures import Searches, Summary, operating_point
from lineament.studies.open_set_vein_floor import correlations
from lineament.studies.open_set_vein_moves import MOVES, moved
from lineament.studies.open_set_vein_protocols import (
    SEEDS,
    TESTED,
    committed,
    finger_protocol,
    hand_protocol,
    published_protocol,
)
from lineament.studies.open_set_vein_runs import VeinRuns, recordings
from lineament.studies.open_set_vein_scores import (
    Rows,
    added,
    correlation_scores,
    counted,
    embedding_scores,
    fused,
    has_twin,
    standardised,
)
from lineament.studies.open_set_vein_systems import RULES, VeinSystem, systems


def hands(*rows: tuple[str, str, str, int]) -> Dataset:
    """A set of person, hand, session, capture; its images are not read."""
    table = pd.DataFrame(rows, columns=["person", "hand", "session", "capture"])
    table["subject"] = table["person"] + "-" + table["hand"]
    table["hand_id"] = table["subject"]
    table["path"] = [f"{place}.png" for place in range(len(table))]
    return Dataset("toy", table, lambda row: image_sample(np.zeros((20, 20)), subject=row["subject"], session="1"))


def matrix(values: Any, probes: list[str], references: list[str], **more: Any) -> Scores:
    """Scores of hands "1-left" ..., whose person is what stands before the dash."""

    def told(names: list[str], ids: str) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "subject": names,
                "person": [name.split("-")[0] for name in names],
                "hand": [name.split("-")[1] for name in names],
                "hand_id": [name.split("/")[0] for name in names],
                "session": "DB2",
                "capture": 1,
                "id": [f"{ids}{place}" for place in range(len(names))],
                **more,
            }
        )

    return Scores.from_matrix(values, probes=told(probes, "p"), references=told(references, "r"))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_committed_splits_keep_people_apart(seed: int) -> None:
    honest = committed("vein-dorsal", seed)
    tested = honest.persons(honest.gallery) | honest.persons(honest.non_mated)
    assert {int(person) for person in tested} == set(range(1, TESTED + 1))
    assert min(map(int, honest.persons(honest.train) | honest.persons(honest.validation))) > TESTED
    assert (len(honest.gallery.subjects), len(honest.non_mated.subjects)) == (100, 44)
    assert honest.gallery.sessions == ("DB1",)
    assert honest.mated.sessions == honest.non_mated.sessions == ("DB2",)
    labels = committed("vein-dorsal-published", seed)
    everybody = {person for side in labels.sides().values() for person in labels.persons(side)}
    assert len(everybody) == 251
    assert len(labels.persons(labels.non_mated)) == 75
    fingers = committed("vein-sdumla", seed)
    assert len(fingers.persons(fingers.gallery)) == 33


@pytest.mark.parametrize("seed", SEEDS)
def test_the_committed_splits_are_those_that_are_made(shared_data: Callable[[str], Path], seed: int) -> None:
    folder = shared_data("vein-dorsal")
    read = vein_dorsal.read(folder)
    assert hand_protocol(read, seed) == committed("vein-dorsal", seed)
    assert hand_protocol(read, seed, anybody=True) == committed("vein-dorsal-anybody", seed)
    labels = vein_dorsal.read(folder, labels="published")
    assert published_protocol(labels, seed) == committed("vein-dorsal-published", seed)
    assert finger_protocol(open_dataset(shared_data("vein-sdumla")), seed) == committed("vein-sdumla", seed)


def test_correlations_are_those_of_a_slow_loop() -> None:
    rng = np.random.default_rng(0)
    probes, references = rng.normal(size=(3, 7, 9)), rng.normal(size=(2, 7, 9))
    expected = np.full((3, 2), -np.inf)
    for p, probe in enumerate(probes):
        for r, reference in enumerate(references):
            for down in (-1, 0, 1):
                for across in (-2, -1, 0, 1, 2):
                    shifted = np.zeros((7, 9))
                    for row in range(7):
                        for column in range(9):
                            if 0 <= row - down < 7 and 0 <= column - across < 9:
                                shifted[row, column] = probe[row - down, column - across]
                    value = (shifted * reference).sum() / np.sqrt((probe**2).sum() * (reference**2).sum())
                    expected[p, r] = max(expected[p, r], value)
    found = correlations(probes.astype(np.float32), references.astype(np.float32), down=1, across=2)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_an_image_that_does_not_move_stays_and_a_turned_one_turns() -> None:
    image = np.random.default_rng(1).normal(size=(1, 11, 11)).astype(np.float32)
    np.testing.assert_allclose(moved(image, (0.0, 0.0, 0.0)), image, atol=1e-6)
    np.testing.assert_allclose(moved(image, (0.0, 0.0, 90.0))[0], np.rot90(image[0], -1), atol=1e-5)
    assert (0.0, 0.0, 0.0) in MOVES


def test_images_without_a_region_fail_to_enrol_or_to_probe() -> None:
    data = hands(
        ("1", "left", "DB1", 1), ("1", "left", "DB1", 2), ("2", "left", "DB1", 1), ("1", "left", "DB2", 1),
        ("3", "left", "DB2", 1),
    )  # fmt: skip
    vectors = np.array([[1, 0], [np.nan] * 2, [np.nan] * 2, [0.6, 0.8], [np.nan] * 2], dtype=np.float32)
    scores = embedding_scores(data, Rows(np.array([0, 1, 2]), np.array([3, 4])), vectors)
    assert (scores.subjects, len(scores.failed_references), len(scores.failed_probes)) == (["1-left"], 1, 1)
    np.testing.assert_allclose(scores.values, [[0.6]], atol=1e-6)
    regions = np.random.default_rng(0).normal(size=(5, 12, 12)).astype(np.float32)
    regions[2] = np.nan
    assert len(correlation_scores(data, Rows(np.array([0, 1, 2]), np.array([3, 4])), regions).failed_references) == 1


def test_the_likest_look_of_a_moved_probe_counts() -> None:
    data = hands(("1", "left", "DB1", 1), ("2", "left", "DB1", 1), ("1", "left", "DB2", 1))
    vectors = np.array([[1, 0], [0, 1], [0.6, 0.8]], dtype=np.float32)
    looks = {2: np.array([[0.6, 0.8], [0.8, 0.6]], dtype=np.float32)}
    scores = embedding_scores(data, Rows(np.array([0, 1]), np.array([2])), vectors, moved=looks)
    np.testing.assert_allclose(scores.values, [[0.8, 0.8]], atol=1e-6)


@pytest.mark.parametrize("rule", RULES.values())
def test_every_decision_rule_of_the_ablation_scores(rule: dict[str, Any]) -> None:
    rng = np.random.default_rng(2)
    data = hands(*((str(person), "left", "DB1", n) for person in range(6) for n in range(4)))
    scores = embedding_scores(data, Rows(np.arange(0, 20), np.arange(20, 24)), rng.normal(size=(24, 5)), rule)
    assert scores.values.shape == (4, 5)
    assert not scores.known.any()


def test_twins_are_counted_in_three_ways() -> None:
    references = ["1-left/DB1", "2-left/DB1"]
    probes = ["1-left/DB1", "1-left/DB2", "3-left/DB2"]
    scores = matrix([[0.9, 0.1], [0.8, 0.2], [0.3, 0.4]], probes, references)
    assert has_twin(scores).tolist() == [False, True, False]
    assert counted(scores, "naive") is scores
    assert counted(scores, "twins removed").probes["subject"].tolist() == ["1-left/DB1", "3-left/DB2"]
    as_they_are = counted(scores, "twins as who they are")
    assert as_they_are.known.tolist() == [True, True, False]
    assert Searches.of(as_they_are).ranks.tolist() == [1, 1]


def test_both_hands_are_fused_by_their_mean() -> None:
    scores = matrix(
        [[0.9, 0.0, 0.2, 0.0], [0.0, 0.5, 0.0, 0.4], [0.1, 0.0, 0.3, 0.0]],
        ["1-left", "1-right", "3-left"],
        ["1-left", "1-right", "2-left", "2-right"],
    )
    both = fused(scores)
    assert (both.probes["subject"].tolist(), both.subjects) == (["1"], ["1", "2"])
    np.testing.assert_allclose(both.values, [[0.7, 0.3]])


def test_scores_are_added_in_units_of_the_strangers_spread() -> None:
    one = matrix([[0.9, 0.1], [0.2, 0.4]], ["1-left", "3-left"], ["1-left", "2-left"])
    validation = matrix([[1.0, 0.0], [2.0, 4.0]], ["8-left", "9-left"], ["8-left", "7-left"])
    outside = np.array([0.0, 2.0, 4.0])
    expected = (one.values - outside.mean()) / outside.std()
    np.testing.assert_allclose(standardised(one, validation).values, expected)
    np.testing.assert_allclose(added(one, one).values, 2 * one.values)


def test_figures_are_those_of_the_metrics_and_their_intervals_hold_them() -> None:
    rng = np.random.default_rng(3)
    names = [f"{person}-left" for person in range(12)]
    values = rng.normal(size=(24, 8)) + 3.0 * (np.repeat(np.arange(12), 2)[:, None] == np.arange(8))
    split = Searches.of(matrix(values, [name for name in names for _ in range(2)], names[:8]))
    summary = Summary([split, split], tuple(map(str, range(12))))
    best = values.max(axis=1)
    assert summary.figure("EER").estimate == pytest.approx(equal_error_rate(mated=best[:16], non_mated=best[16:]))
    right = values[:16].argmax(axis=1) == np.repeat(np.arange(8), 2)
    assert summary.figure("Rank-1").estimate == pytest.approx(right.mean())
    for name in ("OSCR", "AUROC", "EER", "Rank-1"):
        interval = summary.interval(name)
        assert interval.low <= interval.estimate <= interval.high
    assert (summary.figure("OSCR") - summary.figure("OSCR")).estimate == 0


def test_nobody_who_failed_is_no_promise_that_nobody_will() -> None:
    names = [f"{person}-left" for person in range(6)]
    split = Searches.of(matrix(np.eye(6)[:, :4], names, names[:4]))
    perfect = Summary([split], tuple(map(str, range(6))))
    assert perfect.interval("EER").estimate == 0
    assert perfect.interval("EER").high > 0.3
    assert perfect.interval("Rank-1").low < 0.7


def test_a_threshold_is_fixed_on_validation_people() -> None:
    names = ["1-left", "2-left", "3-left"]
    validation = Searches.of(matrix([[0.8, 0.1], [0.2, 0.7], [0.5, 0.3]], names, names[:2]))
    test = Searches.of(matrix([[0.9, 0.1], [0.2, 0.6], [0.8, 0.3]], names, names[:2]))
    threshold, accuracy, rejection = operating_point(validation, test)
    assert (threshold, accuracy, rejection) == (0.7, 0.5, 0.0)


def test_what_was_done_is_not_done_again(tmp_path: Path) -> None:
    data = hands(("1", "left", "DB1", 1), ("1", "left", "DB1", 2))
    said: list[str] = []
    recipe = systems(["vein-small"])[0].load()
    values = VeinRuns(tmp_path, said.append).regions(data, recipe)
    assert np.isnan(values).all()  # black images have no hand
    VeinRuns(tmp_path, said.append).regions(data, recipe)
    assert len(said) == 1
    assert recordings(data, values, ["1-left"]) == []


def test_simulated_hands_stand_beside_the_real_ones_or_take_their_place(tmp_path: Path) -> None:
    few = ("network.orientations=2", "network.step=12", "network.shifts=[0]")
    runs, system = VeinRuns(tmp_path), VeinSystem("toy", "toy", "vein-lines", few)
    hands, others = simulated_veins(3, 2, 1, seed=1), simulated_veins(4, 2, 1, seed=2)
    split = Protocol(name="toy", dataset=hands.name, seed=0, train=Selection(subjects=tuple(hands.subjects()[:4])))
    every = Protocol(name="all", dataset=others.name, seed=0, train=Selection(subjects=tuple(others.subjects())))
    more = ("others", recordings(others, runs.regions(others, system.load()), others.subjects()))
    alone, beside = (
        runs.embedded(system, hands, split, more=more, mixing=mixing).vectors for mixing in ("alone", "beside")
    )
    plain = runs.embedded(system, hands, split).vectors
    np.testing.assert_allclose(alone, runs.embedded(system, hands, split, trained_on=(others, every)).vectors)
    assert alone.shape != beside.shape or not np.allclose(alone, beside)
    assert plain.shape != beside.shape or not np.allclose(plain, beside)


def test_systems_are_known_by_their_keys() -> None:
    assert systems(["dim-256"])[0].load().network.dim == 256  # type: ignore[attr-defined]
    with pytest.raises(RecipeError, match="use 'triplet'"):
        systems(["tripplet"])
    with pytest.raises(RecipeError, match="nothing is trained"):
        systems(["correlation"])[0].load()


def test_the_papers_tables_are_printed_by_the_command(tmp_path: Path) -> None:
    for capture in (1, 2):
        path = tmp_path / "vein-dorsal" / f"DorsalHandVeins_DB{capture}" / f"person_001_db{capture}_L1.png"
        path.parent.mkdir(parents=True)
        Image.fromarray(np.zeros((20, 20), dtype=np.uint8)).save(path)
    options = ["reproduce", "open-set-vein", "--data", str(tmp_path), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(app, [*options, "--parts", "tables", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["study"] == "open-set-vein"
    page = (tmp_path / "out" / "open-set-vein.md").read_text()
    assert "13.3513" in page
    wrong = CliRunner().invoke(app, [*options, "--parts", "table"])
    assert wrong.exit_code == 1
    assert "use 'tables'" in str(wrong.exception)
