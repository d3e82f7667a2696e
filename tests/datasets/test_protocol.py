from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineament.datasets import Dataset, Protocol, Selection, make_protocol
from lineament.errors import LineamentError, ProtocolError
from lineament.signals import Sample


def people(count: int, sessions: int = 2) -> Dataset:
    return Dataset.of(
        "toy",
        [
            Sample("motion", [[0.0]], [0.0], ("head_pos_y",), f"p{person:03d}", str(session))
            for person in range(count)
            for session in range(1, sessions + 1)
        ],
    )


def protocol(**sides: Selection) -> Protocol:
    return Protocol(name="toy", dataset="toy", **sides)


@given(count=st.integers(4, 40), seed=st.integers(0, 5), train=st.floats(0, 0.5), strangers=st.floats(0, 0.5))
def test_made_protocols_never_leak_and_use_everybody(count: int, seed: int, train: float, strangers: float) -> None:
    made = make_protocol(people(count), train=train, strangers=strangers, seed=seed)
    sides = made.check().sides()
    tested = set(sides["gallery"].subjects)
    assert tested == set(sides["mated"].subjects)
    groups = [set(sides[side].subjects) for side in ("train", "validation", "non_mated")] + [tested]
    assert sum(map(len, groups)) == len(set.union(*groups)) == count


def test_the_seed_decides_alone() -> None:
    one, same, other = (make_protocol(people(20), seed=seed) for seed in (1, 1, 2))
    assert one == same
    assert one.train != other.train


def test_numbers_and_shares_of_people() -> None:
    made = make_protocol(people(10), train=4, validation=0.2, strangers=1)
    assert [len(side.subjects) for side in made.sides().values()] == [4, 2, 3, 3, 1]
    assert made.gallery.sessions == ("1",)
    assert made.mated.sessions == ("2",)


@pytest.mark.parametrize(
    ("sides", "words"),
    [
        ({"train": Selection(subjects=("a",)), "gallery": Selection(subjects=("a",))}, "train or in gallery"),
        ({"train": Selection(subjects=("a",)), "validation": Selection(subjects=("a",))}, "train or in validation"),
        ({"gallery": Selection(subjects=("a",)), "non_mated": Selection(subjects=("a",))}, "gallery or in non_mated"),
        (
            {
                "gallery": Selection(subjects=("a",), sessions=("1",)),
                "mated": Selection(subjects=("a",), sessions=("1", "2")),
            },
            "enrolled or probed",
        ),
        ({"mated": Selection(subjects=("a",))}, "people in the gallery"),
    ],
)
def test_leakage_is_refused(sides: dict[str, Selection], words: str) -> None:
    with pytest.raises(ProtocolError, match=words):
        protocol(**sides).check()


def test_it_survives_the_disk_and_splits_a_set(tmp_path: Path) -> None:
    made = make_protocol(people(8), train=2, strangers=3, seed=3)
    made.save(tmp_path / "p.json")
    again = Protocol.load(tmp_path / "p.json")
    assert again == made
    sides = people(8).split(again)
    assert [len(side) for side in sides.values()] == [4, 0, 3, 3, 3]


@pytest.mark.parametrize("content", ["", "[]", "{}", json.dumps({"name": "x", "dataset": "y", "format_version": 99})])
def test_a_file_that_is_no_protocol_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "p.json").write_text(content)
    with pytest.raises(LineamentError, match="was expected"):
        Protocol.load(tmp_path / "p.json")


def test_too_few_people_or_sessions_are_refused() -> None:
    with pytest.raises(ProtocolError, match="train on fewer people"):
        make_protocol(people(4), train=3)
    with pytest.raises(ProtocolError, match="enrol fewer sessions"):
        make_protocol(people(8, sessions=1))


def test_sessions_to_enrol_must_occur() -> None:
    assert make_protocol(people(8), enrol_sessions=["2"]).gallery.sessions == ("2",)
    with pytest.raises(ProtocolError, match=r"sessions that occur in it.* 9"):
        make_protocol(people(8), enrol_sessions=["1", "9"])
    with pytest.raises(ProtocolError, match="enrol one or more"):
        make_protocol(people(8), enrol_sessions=[])
