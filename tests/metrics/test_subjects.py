from __future__ import annotations

import numpy as np
import pytest

from lineament.metrics import (
    comparisons,
    failure_rate,
    false_accept_rate,
    false_match_rate,
    false_non_match_rate,
    false_reject_rate,
    generalised_false_accept_rate,
    generalised_false_reject_rate,
    subject_errors,
)


@pytest.fixture(name="world")
def make_world() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    people = np.repeat([f"p{i:02d}" for i in range(40)], 3)
    scores = rng.normal(size=(120, 120)) + 5 * (people[:, None] == people[None])
    scores[people == "p07"] -= 3.0  # hard to recognise: a goat
    scores[:, people == "p11"] += 2.0  # everybody resembles them: a lamb
    scores[people == "p23"] += 2.0  # resembles everybody: a wolf
    return {"scores": scores, "probe_subjects": people, "reference_subjects": people}


def test_the_animals_are_found(world: dict[str, np.ndarray]) -> None:
    errors = subject_errors(**world, threshold=3.0)
    assert errors.animals() == {"goats": ["p07"], "lambs": ["p11"], "wolves": ["p23"]}
    assert errors.rows()[0]["person"] == "p07"
    assert {row["kind"] for row in errors.rows()} == {"", "goats", "lambs", "wolves"}


def test_the_rates_of_the_people_make_up_the_rates_of_all(world: dict[str, np.ndarray]) -> None:
    errors, found = subject_errors(**world, threshold=2.0), comparisons(**world)
    fmr = false_match_rate(non_mated=found.non_mated, threshold=2.0)
    assert errors.false_matches_as_probe.sum() / errors.as_probe.sum() == pytest.approx(fmr)
    assert errors.false_matches_as_reference.sum() / errors.as_reference.sum() == pytest.approx(fmr)
    fnmr = false_non_match_rate(mated=found.mated, threshold=2.0)
    assert np.average(errors.false_non_match, weights=errors.mated) == pytest.approx(fnmr)


def test_nobody_is_an_animal_where_all_are_alike() -> None:
    errors = subject_errors(scores=np.eye(5), probe_subjects=range(5), reference_subjects=range(5), threshold=0.5)
    assert errors.animals() == {"goats": [], "lambs": [], "wolves": []}


def test_hands_of_one_person_and_missing_comparisons_are_left_out() -> None:
    subjects, people = ["a-left", "a-right", "b-left"], ["a", "a", "b"]
    scores = [[0.9, 0.8, 0.1], [0.7, np.nan, 0.2], [0.3, 0.4, 0.95]]
    found = comparisons(
        scores=scores,
        probe_subjects=subjects,
        reference_subjects=subjects,
        probe_people=people,
        reference_people=people,
    )
    assert found.mated.tolist() == [0.9, 0.95]
    assert found.non_mated.tolist() == [0.1, 0.2, 0.3, 0.4]
    assert found.left_out == 2
    with pytest.raises(ValueError, match="each subject of one person"):
        comparisons(
            scores=[[1.0]], probe_subjects=["x"], reference_subjects=["x"], probe_people=["a"], reference_people=["b"]
        )
    with pytest.raises(ValueError, match="a subject for each"):
        comparisons(scores=[[1.0]], probe_subjects=["x", "y"], reference_subjects=["x"])


def test_transactions_by_hand() -> None:
    """Of ten people one cannot be enrolled; of the nine's probes a third cannot be captured; of those half match."""
    fte, fta = failure_rate(failed=[True] + [False] * 9), failure_rate(failed=[True, False, False])
    assert false_accept_rate(false_match=0.5, failure_to_acquire=fta) == pytest.approx(1 / 3)
    assert false_reject_rate(false_non_match=0.5, failure_to_acquire=fta) == pytest.approx(2 / 3)
    refused = generalised_false_reject_rate(false_non_match=0.5, failure_to_acquire=fta, failure_to_enrol=fte)
    assert refused == pytest.approx(0.1 + 0.9 * 2 / 3)
    accepted = generalised_false_accept_rate(false_match=0.5, failure_to_acquire=fta, failure_to_enrol=fte)
    assert accepted == pytest.approx(0.9 / 3)
    assert np.isnan(failure_rate(failed=[]))
    with pytest.raises(ValueError, match="rates between"):
        false_accept_rate(false_match=1.5)
