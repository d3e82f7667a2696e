from __future__ import annotations

import json

import numpy as np
import pytest

from lineament.errors import ScoreError
from lineament.evaluation.figures import evaluate_scores
from lineament.evaluation.score_evaluation import compare
from lineament.evaluation.scores import Scores
from lineament.metrics import (
    detection_identification_rate_at,
    equal_error_rate,
    false_non_match_rate_at,
    open_set_area,
    rank_one_correct,
)


def world(
    people: int = 24, gallery: int = 12, probes: int = 4, references: int = 2, seed: int = 0, shift: float = 3.0,
    prefix: str = "p",
) -> Scores:  # fmt: skip
    """Scores of people, half of them strangers, who differ in how hard they are."""
    rng = np.random.default_rng(seed)
    hard = np.random.default_rng(99).normal(size=people) * 0.7
    probe, reference = np.repeat(np.arange(people), probes), np.repeat(np.arange(gallery), references)
    mated = probe[:, None] == reference
    table = rng.normal(size=mated.shape) + mated * (shift + hard[probe][:, None])
    names = [f"{prefix}{n:02d}" for n in range(people)]
    return Scores.from_matrix(
        table, probes=[names[n] for n in probe], references=[names[n] for n in reference], name=f"system {seed}"
    )


def test_every_estimate_is_that_of_the_metric_by_itself() -> None:
    scores = world()
    found = evaluate_scores(scores, replicates=50)
    table, subjects = scores.by_subject(), scores.subjects
    known = scores.known
    mates = [subjects.index(who) for who in scores.probes["subject"][known]]
    same = scores.probes["subject"].to_numpy(str)[:, None] == scores.references["subject"].to_numpy(str)
    one = {"mated": scores.values[same], "non_mated": scores.values[~same]}
    correct = rank_one_correct(scores=table[known], mates=mates)
    expected = {
        "eer": equal_error_rate(**one),
        "fnmr_at_fmr_0.01": false_non_match_rate_at(**one, rate=0.01),
        "rank_1": correct.mean(),
        "oscr": open_set_area(known=table[known].max(axis=1), correct=correct, strangers=table[~known].max(axis=1)),
        "dir_at_fpir_0.1": detection_identification_rate_at(
            known=table[known], mates=mates, strangers=table[~known], rate=0.1
        ),
        "open_set_eer": equal_error_rate(mated=table[known].max(axis=1), non_mated=table[~known].max(axis=1)),
    }
    for key, value in expected.items():
        interval = found.figure(key)
        assert interval.estimate == pytest.approx(value, abs=1e-12), key
        assert interval.low <= value <= interval.high
    assert {"map", "map_at_r", "fpr95", "tpr_at_fpr_0.001"} <= {figure.key for figure in found.figures}
    with pytest.raises(KeyError, match="rank_1"):
        found.figure("rank_one")


def test_numbers_are_json_and_hold_everything() -> None:
    found = evaluate_scores(world(), validation=world(seed=5, prefix="v"), threshold=2.0, replicates=30)
    content = json.loads(json.dumps(found.numbers(), allow_nan=False))
    assert content["gallery_size"] == 12
    assert content["probes_of_strangers"] == 48
    keys = [point["key"] for point in content["thresholds"]]
    assert keys == ["given", "validation_eer", "validation_fmr_0.1", "validation_fmr_0.01", "validation_fmr_0.001",
                    "validation_fpir_0.1"]  # fmt: skip
    assert content["figures"]["fmr_given"]["estimate"] == pytest.approx(
        (found.comparisons.comparisons.non_mated >= 2.0).mean()  # type: ignore[union-attr]
    )
    assert len(content["people_table"]) == 24
    assert any("cannot show an FPIR of 0.01, 0.001" in note for note in content["notes"])


def test_thresholds_fixed_on_tested_people_are_refused() -> None:
    with pytest.raises(ScoreError, match="24 people in system 1"):
        evaluate_scores(world(), validation=world(seed=1))
    with pytest.raises(ScoreError, match="finite threshold"):
        evaluate_scores(world(), threshold=float("nan"))


def test_two_systems_are_compared_on_the_same_people() -> None:
    ours, same, worse = (evaluate_scores(world(shift=s), replicates=200) for s in (3.0, 3.0, 1.0))
    assert all(line.difference.estimate == 0 and line.verdict == "not told apart" for line in compare(ours, same))
    lines = {line.key: line for line in compare(ours, worse)}
    assert lines["eer"].verdict == lines["auroc"].verdict == "better"
    assert {line.key: line.verdict for line in compare(worse, ours)}["eer"] == "worse"
    with pytest.raises(ScoreError, match="scores of others"):
        compare(ours, evaluate_scores(world(prefix="q"), replicates=200))


def test_a_list_gives_one_to_one_figures_alone_and_says_so() -> None:
    scores = world(references=1)
    values, probe, reference = scores.flat()
    sides = {"probes": scores.probes, "references": scores.references}
    some = Scores.from_pairs(values[5:], probe=probe[5:], reference=reference[5:], **sides)
    found = evaluate_scores(some, replicates=20)
    assert found.searches is None
    assert "only one-to-one figures" in " ".join(found.notes)
    assert found.figure("eer").estimate > 0


def test_strangers_alone_or_nothing_non_mated_is_refused_or_told() -> None:
    with pytest.raises(ScoreError, match="spelt as among the references"):
        evaluate_scores(Scores.from_matrix([[0.1, 0.2]], probes=["c"], references=["a", "b"]))
    with pytest.raises(ScoreError, match="neither"):
        evaluate_scores(Scores.from_matrix([[0.1]], probes=["a"], references=["a"]))


def test_votes_decide_who_comes_first_and_scores_whether() -> None:
    scores = Scores.from_matrix(
        [[0.9, 0.6, 0.1], [0.2, 0.8, 0.3], [0.5, 0.4, 0.1]],
        probes=["a", "b", "s"],
        references=["a", "b", "c"],
        ranking=[[1, 2, 0], [0, 3, 0], [0, 0, 5]],
    )
    found = evaluate_scores(scores, threshold=0.55, replicates=10)
    assert found.figure("rank_1").estimate == 0.5
    assert found.figure("fpir_given").estimate == 0.0  # the first ranked candidate scores 0.1
    assert found.figure("misidentified_given").estimate == 0.5


def test_failures_are_counted() -> None:
    table = world(references=1).matrix()
    table[:6] = np.nan
    scores = Scores.from_matrix(table, probes=world().probes["subject"], references=[f"p{n:02d}" for n in range(12)])
    found = evaluate_scores(scores, replicates=50)
    assert found.failures["fta"].estimate == pytest.approx(6 / 96)
    assert "fte" not in found.failures


def test_two_hands_of_a_person_are_neither_mated_nor_non_mated() -> None:
    rng = np.random.default_rng(0)
    subjects = [f"{n}-{side}" for n in range(8) for side in "lr"]
    people = [name.split("-")[0] for name in subjects]
    side = {"subject": subjects, "person": people}
    found = evaluate_scores(
        Scores.from_matrix(rng.normal(size=(16, 16)) + 3 * np.eye(16), probes=side, references=side), replicates=20
    )
    assert found.comparisons is not None
    assert found.comparisons.comparisons.left_out == 16
    assert "16 comparisons between two subjects of one person" in " ".join(found.notes)
