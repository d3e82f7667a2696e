from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineament.metrics import macro_accuracy, per_person_accuracy, pooled_accuracy, rank_one_correct

probes = st.lists(st.tuples(st.booleans(), st.sampled_from("abcd")), min_size=1, max_size=40)


@given(probes)
def test_macro_accuracy_is_the_mean_of_shares_counted_by_hand(rows: list[tuple[bool, str]]) -> None:
    by_person = defaultdict(list)
    for right, who in rows:
        by_person[who].append(right)
    expected = sum(sum(r) / len(r) for r in by_person.values()) / len(by_person)
    correct, subjects = zip(*rows, strict=True)
    assert macro_accuracy(correct=correct, subjects=subjects) == pytest.approx(expected)
    assert pooled_accuracy(correct=correct, subjects=subjects) == pytest.approx(sum(correct) / len(correct))


def test_a_person_with_many_probes_has_no_louder_voice() -> None:
    correct, subjects = [True] * 90 + [False] * 10, ["a"] * 90 + ["b"] * 10
    assert per_person_accuracy(correct=correct, subjects=subjects) == {"a": 1.0, "b": 0.0}
    assert macro_accuracy(correct=correct, subjects=subjects) == 0.5


def test_rank_one_counts_ties_against_the_system() -> None:
    scores = np.array([[3.0, 1.0, 2.0], [1.0, 1.0, 0.0], [0.0, 0.0, 5.0]])
    assert rank_one_correct(scores=scores, mates=[0, 0, 1]).tolist() == [True, False, False]


def test_a_gallery_of_one_is_always_right() -> None:
    assert rank_one_correct(scores=[[0.1]], mates=[0]).all()


@pytest.mark.parametrize(("scores", "mates"), [([[0.1, 0.2]], [0, 1]), ([[0.1, 0.2]], [2])])
def test_shapes_that_disagree_are_refused(scores: list[float], mates: list[int]) -> None:
    with pytest.raises(ValueError, match="mate for each probe"):
        rank_one_correct(scores=scores, mates=mates)


def test_no_probes_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one probe"):
        macro_accuracy(correct=[], subjects=[])
