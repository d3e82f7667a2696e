"""The committed split of xr-objects: whom the shipped encoder may learn from, and whom the demonstration shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from lineament import datasets
from lineament.datasets import Protocol, open_dataset

PATH = Path(datasets.__path__[0]) / "protocols" / "xr-objects-reserved.json"


@pytest.fixture
def protocol() -> Protocol:
    return Protocol.load(PATH)


def test_nobody_stands_on_two_sides(protocol: Protocol) -> None:
    assert protocol.check() is protocol
    assert protocol.dataset == "xr-objects"
    groups = [set(side.subjects) for side in (protocol.train, protocol.gallery, protocol.non_mated)]
    assert [len(group) for group in groups] == [8, 5, 3]
    assert len(set.union(*groups)) == 16
    assert not protocol.validation.subjects
    assert set(protocol.mated.subjects) == groups[1]


def test_one_session_is_enrolled_and_the_others_probe(protocol: Protocol) -> None:
    assert protocol.gallery.sessions == ("S001",)
    assert protocol.mated.sessions == protocol.non_mated.sessions == ("S002", "S003", "S004")
    assert protocol.train.sessions is None


def test_it_names_people_of_the_set_and_balances_the_scenes(
    protocol: Protocol, shared_data: Callable[[str], Path]
) -> None:
    data = open_dataset(shared_data("xr-objects"))
    sides = data.split(protocol)
    assert set(data.subjects()) == {*protocol.train.subjects, *protocol.gallery.subjects, *protocol.non_mated.subjects}
    assert {name: len(side) for name, side in sides.items()} == {
        "train": 32, "validation": 0, "gallery": 5, "mated": 15, "non_mated": 9
    }  # fmt: skip
    scenes = data.table.drop_duplicates("subject").set_index("subject")["scene"]
    for people in (
        protocol.train.subjects,
        protocol.gallery.subjects + protocol.non_mated.subjects,
        protocol.gallery.subjects,
        protocol.non_mated.subjects,
    ):
        counts = Counter({"kitchen": 0, "office": 0}) + Counter(scenes[list(people)])
        assert max(counts.values()) - min(counts.values()) == len(people) % 2


def test_of_xr_360_people_and_videos_are_split() -> None:
    protocol = Protocol.load(PATH.with_name("xr-360-reserved.json"))
    groups = [set(side.subjects) for side in (protocol.train, protocol.gallery, protocol.non_mated)]
    assert [len(group) for group in groups] == [40, 12, 8]
    assert len(set.union(*groups)) == 60
    enrolled, probed = set(protocol.gallery.sessions or ()), set(protocol.mated.sessions or ())
    assert len(enrolled) == len(probed) == 14
    assert not enrolled & probed
    assert protocol.non_mated.sessions == protocol.mated.sessions
