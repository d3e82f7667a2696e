"""Subject-balanced batches."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineament.errors import RecipeError
from lineament.objectives import SubjectBatches


@given(
    windows=st.lists(st.integers(1, 30), min_size=2, max_size=12),
    people=st.integers(2, 14),
    m=st.integers(1, 6),
    seed=st.integers(0, 99),
    step=st.integers(0, 1000),
)
def test_every_batch_is_balanced_valid_and_repeatable(
    windows: list[int], people: int, m: int, seed: int, step: int
) -> None:
    batches = SubjectBatches(tuple(windows), people, m, seed)
    subjects, drawn = batches.draw(step)
    assert len(subjects) == len(drawn) == len(batches)
    who, counts = np.unique(subjects, return_counts=True)
    assert len(who) == min(people, len(windows))
    assert (counts == m).all()
    assert (drawn >= 0).all()
    assert (drawn < np.array(windows)[subjects]).all()
    again = SubjectBatches(tuple(windows), people, m, seed).draw(step)
    np.testing.assert_array_equal(subjects, again[0])
    np.testing.assert_array_equal(drawn, again[1])


def test_windows_repeat_only_where_a_subject_has_too_few() -> None:
    subjects, drawn = SubjectBatches((3, 8), 2, 8).draw(5)
    assert len(set(drawn[subjects == 1])) == 8
    assert set(drawn[subjects == 0]) <= {0, 1, 2}


def test_everybody_comes_up_equally_often() -> None:
    batches = SubjectBatches((9,) * 7, 3, 2, seed=4)
    seen = np.bincount(np.concatenate([batches.subjects(step) for step in range(2000)]), minlength=7)
    assert seen.min() > 0.93 * seen.mean()
    assert seen.max() < 1.07 * seen.mean()


def test_seeds_and_steps_differ() -> None:
    draw = SubjectBatches((500, 500), 2, 8, seed=0).draw
    assert not np.array_equal(draw(0)[1], draw(1)[1])
    assert not np.array_equal(draw(0)[1], SubjectBatches((500, 500), 2, 8, seed=1).draw(0)[1])


@pytest.mark.parametrize(("windows", "message"), [((5,), "two subjects"), ((5, 0), "without one")])
def test_too_little_data_is_refused(windows: tuple[int, ...], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        SubjectBatches(windows, 2, 2)


@given(m=st.integers(1, 6), step=st.integers(0, 200), counts=st.lists(st.integers(1, 5), min_size=1, max_size=4))
def test_sessions_take_turns(m: int, step: int, counts: list[int]) -> None:
    sessions = np.repeat(np.arange(len(counts)), counts)
    batches = SubjectBatches((len(sessions), 9), 2, m, 0, (sessions, np.zeros(9, dtype=np.int64)))
    subjects, drawn = batches.draw(step)
    taken = np.bincount(sessions[drawn[subjects == 0]], minlength=len(counts))
    assert taken.sum() == m
    assert taken[taken > 0].max() - taken[taken > 0].min() <= 1
    assert (taken > 0).sum() == min(m, len(counts))
    for session, count in enumerate(counts):
        here = drawn[subjects == 0][sessions[drawn[subjects == 0]] == session]
        assert len(set(here)) == len(here) or count < len(here)
