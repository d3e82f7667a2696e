from __future__ import annotations

import pytest

from lineament.datasets import Dataset, Selection
from lineament.errors import ProtocolError, SignalError
from lineament.signals import Sample


def sample(subject: str | None, session: str | None, **attributes: str) -> Sample:
    return Sample("motion", [[0.0]], [0.0], ("head_pos_y",), subject, session, attributes)


@pytest.fixture
def data() -> Dataset:
    return Dataset.of("toy", [sample("b", "1", task="x"), sample("a", "1", task="x"), sample("a", "2", task="y")])


def test_it_lists_and_loads_what_it_was_given(data: Dataset) -> None:
    assert data.subjects() == ["a", "b"]
    assert data.sessions() == ["1", "2"]
    assert [s.subject for s in data] == ["b", "a", "a"]
    assert str(data) == "toy: 3 samples of 2 subjects in 1 to 2 sessions each"


def test_filters_keep_the_loader_in_step_with_the_table(data: Dataset) -> None:
    kept = data.filter(subject=["a"]).filter(task=["y"])
    assert [(s.subject, s.session) for s in kept] == [("a", "2")]
    assert len(data.filter(subject=None)) == 3
    assert len(data.select(Selection(subjects=("a",), sessions=("1",)))) == 1


def test_an_empty_filter_gives_an_empty_set(data: Dataset) -> None:
    empty = data.filter(subject=[])
    assert len(empty) == 0
    assert str(empty) == "toy: no samples"


def test_unknown_attributes_and_subjects_are_refused_by_name(data: Dataset) -> None:
    with pytest.raises(ProtocolError, match="use 'subject'"):
        data.filter(subjekt=["a"])
    with pytest.raises(ProtocolError, match="but z came"):
        data.filter(subject=["z"])


@pytest.mark.parametrize("who", [(None, "1"), ("a", None)])
def test_a_sample_without_subject_or_session_is_refused(who: tuple[str | None, str | None]) -> None:
    with pytest.raises(SignalError, match="a subject and a session"):
        Dataset.of("toy", [sample(*who)])
