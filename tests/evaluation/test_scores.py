from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineament.errors import ScoreError
from lineament.evaluation.scores import Scores


def hands() -> Scores:
    """Two people with two hands each, one hand enrolled twice, and a stranger."""
    probes = {"subject": ["1-l", "1-r", "2-l", "9-l"], "person": ["1", "1", "2", "9"], "session": list("2222")}
    references = {"subject": ["1-l", "1-l", "1-r", "2-l"], "person": ["1", "1", "1", "2"]}
    values = [[0.5, 0.9, 0.3, 0.1], [0.2, 0.1, 0.8, 0.3], [0.1, 0.2, 0.3, 0.7], [0.4, 0.2, 0.1, 0.3]]
    return Scores.from_matrix(values, probes=probes, references=references)


def test_it_says_who_is_known_and_takes_the_best_reference_of_each_subject() -> None:
    scores = hands()
    assert scores.known.tolist() == [True, True, True, False]
    assert scores.subjects == ["1-l", "1-r", "2-l"]
    assert scores.people == ["1", "2", "9"]
    assert scores.by_subject().tolist() == [[0.9, 0.3, 0.1], [0.2, 0.8, 0.3], [0.2, 0.3, 0.7], [0.4, 0.1, 0.3]]
    assert scores.warnings == ()


@given(seed=st.integers(0, 20), left_out=st.integers(0, 10))
def test_a_shuffled_list_says_the_same_as_the_matrix(seed: int, left_out: int) -> None:
    rng = np.random.default_rng(seed)
    scores = hands()
    values, probe, reference = scores.flat()
    order = rng.permutation(len(values))[left_out:]
    described: Any = {"probes": scores.probes, "references": scores.references}
    pairs = Scores.from_pairs(values[order], probe=probe[order], reference=reference[order], **described)
    assert len(pairs) == 16 - left_out
    full = scores.matrix()
    for (row, column), value in np.ndenumerate(pairs.matrix()):
        at = scores.probes["id"].tolist().index(pairs.probes["id"][row])
        beside = scores.references["id"].tolist().index(pairs.references["id"][column])
        assert np.isnan(value) or value == full[at, beside]
    if not left_out:
        assert pairs.pairs is None
        assert np.array_equal(pairs.values, scores.values)


@pytest.mark.parametrize("as_list", [False, True])
def test_some_probes_and_references_are_selected(as_list: bool) -> None:
    scores = hands()
    if as_list:
        values, probe, reference = scores.flat()
        sides: Any = {"probes": scores.probes, "references": scores.references}
        scores = Scores.from_pairs(values[:-1], probe=probe[:-1], reference=reference[:-1], **sides)
    some = scores.select(probes=[False, True, True, False], references=[True, False, True, True])
    assert some.matrix().tolist() == [[0.2, 0.8, 0.3], [0.1, 0.3, 0.7]]
    assert some.probes["subject"].tolist() == ["1-r", "2-l"]
    with pytest.raises(ScoreError, match="at least one comparison"):
        scores.select(probes=np.zeros(4, dtype=bool))


def test_rows_and_columns_of_nan_are_failures_and_other_nan_are_refused() -> None:
    nan = float("nan")
    scores = Scores.from_matrix(
        [[0.9, nan, 0.1], [nan, nan, nan]], probes=["a", "b"], references=["a", "b", "c"], ranking=[[1, nan, 2]] * 2
    )
    assert scores.values.tolist() == [[0.9, 0.1]]
    assert scores.failed_probes["subject"].tolist() == ["b"]
    assert scores.failed_references["subject"].tolist() == ["b"]
    assert scores.by_subject(ranking=True).tolist() == [[1.0, 2.0]]
    with pytest.raises(ScoreError, match="finite scores was expected, but nan for probe probe-1 and reference b"):
        Scores.from_matrix([[0.9, nan], [0.1, 0.2]], probes=["a", "b"], references=["a", "b"])
    with pytest.raises(ScoreError, match="inf for probe probe-1"):
        Scores.from_matrix([[np.inf]], probes=["a"], references=["a"])


@pytest.mark.parametrize(
    ("probes", "references", "words"),
    [
        (["a"], ["a", "b"], "shape"),
        ({"subject": ["a", "b"], "id": ["x", "x"]}, ["a", "b"], "x twice"),
        ({"who": ["a", "b"]}, ["a", "b"], "a column 'subject'"),
        ({"subject": ["a", None]}, ["a", "b"], "a subject in every row"),
        ({"subject": ["a", "b"], "person": ["1", "2"]}, {"subject": ["a", "b"], "person": ["2", "1"]}, "one person a"),
    ],
)
def test_metadata_that_cannot_be_are_refused(probes: Any, references: Any, words: str) -> None:
    with pytest.raises(ScoreError, match=words):
        Scores.from_matrix([[0.9, 0.1], [0.2, 0.8]], probes=probes, references=references)


def test_a_comparison_made_twice_is_refused() -> None:
    with pytest.raises(ScoreError, match="probe probe-2 with reference a twice"):
        Scores.from_pairs(
            [0.1, 0.2, 0.3], probe=[0, 1, 1], reference=[0, 0, 0], probes=["a", "b"], references=["a", "b"]
        )


def test_it_warns_of_enrolled_people_among_the_strangers_and_of_a_sample_against_itself() -> None:
    table = pd.DataFrame({"subject": ["1-l", "2-l"], "person": ["1", "2"], "id": ["im1", "im2"]})
    probes = {"subject": ["1-l", "2-r"], "person": ["1", "2"], "id": ["im1", "im3"]}
    scores = Scores.from_matrix([[1.0, 0.2], [0.1, 0.2]], probes=probes, references=table)
    leak, itself = scores.warnings
    assert "1 people are enrolled under one subject" in leak
    assert "1 probes carry the id of a reference" in itself
