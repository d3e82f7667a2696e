from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineament.datasets import Dataset, Protocol, Selection, make_protocol, make_protocols
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


def hands(count: int, sessions: int = 2, samples: int = 1) -> Dataset:
    """People with two hands each."""
    recordings = [
        Sample("motion", [[0.0]], [0.0], ("head_pos_y",), f"p{n}-{side}", str(session), {"person": f"p{n}"})
        for n in range(count)
        for side in "lr"
        for session in range(1, sessions + 1)
        for _ in range(samples)
    ]
    return Dataset.of("hands", recordings)


def test_both_hands_of_a_person_stand_on_one_side() -> None:
    made = make_protocol(hands(20), train=0.3, validation=0.2, strangers=0.4, seed=1)
    sides = made.sides()
    assert [len(made.persons(side)) for side in sides.values()] == [6, 4, 6, 6, 4]
    assert all(len(side.subjects) == 2 * len(made.persons(side)) for side in sides.values())
    left, right = made.train.subjects[0], made.train.subjects[1]
    assert left[:-1] == right[:-1]
    torn = made.model_copy(update={"non_mated": Selection(subjects=(made.gallery.subjects[0][:-1] + "r", "x-l"))})
    with pytest.raises(ProtocolError, match="gallery or in non_mated"):
        torn.check()


def test_a_leak_that_only_the_data_set_knows_is_refused() -> None:
    split = protocol(train=Selection(subjects=("p0-l",)), non_mated=Selection(subjects=("p0-r",)))
    assert split.check() is split
    with pytest.raises(ProtocolError, match="train or in non_mated"):
        split.check_people(hands(2).person_of())
    with pytest.raises(ProtocolError, match="train or in non_mated"):
        hands(2).split(split)


def test_validation_people_are_split_for_calibration() -> None:
    made = make_protocol(people(40), train=0.2, validation=0.4, strangers=0.25, seed=3)
    assert made.calibration is not None
    sides = made.calibration.sides()
    assert sides["gallery"].subjects == sides["mated"].subjects
    assert len(sides["non_mated"].subjects) == 4
    assert set(sides["gallery"].subjects) | set(sides["non_mated"].subjects) == set(made.validation.subjects)
    outside = made.calibration.model_copy(update={"non_mated": Selection(subjects=made.non_mated.subjects)})
    with pytest.raises(ProtocolError, match="validation people to calibrate"):
        made.model_copy(update={"calibration": outside}).check()


@settings(max_examples=20)
@given(count=st.integers(4, 12), enrol=st.integers(1, 3), seed=st.integers(0, 3))
def test_samples_enrol_and_the_rest_probe(count: int, enrol: int, seed: int) -> None:
    data = hands(count, sessions=1, samples=4)
    made = make_protocol(data, train=0.25, strangers=1, enrol_samples=enrol, seed=seed)
    gallery, mated = (set(side.samples or ()) for side in (made.gallery, made.mated))
    assert not gallery & mated
    assert len(gallery) == enrol * len(made.gallery.subjects)
    assert len(gallery | mated) == 4 * len(made.gallery.subjects)
    sides = data.split(made)
    assert len(sides["gallery"]) == len(gallery)
    assert len(sides["mated"]) == len(mated)
    assert Protocol.model_validate(made.model_dump()) == made


def test_people_with_too_few_samples_become_strangers() -> None:
    many = [Sample("motion", [[0.0]], [0.0], ("head_pos_y",), f"m{n}", "1") for n in range(4) for _ in range(3)]
    single = [Sample("motion", [[0.0]], [0.0], ("head_pos_y",), f"s{n}", "1") for n in range(6)]
    made = make_protocol(Dataset.of("faces", many + single), train=0, strangers=1, enrol_samples=1, seed=2)
    assert {name for name in made.non_mated.subjects if name.startswith("s")} == {f"s{n}" for n in range(6)}
    assert all(name.startswith("m") for name in made.gallery.subjects)
    with pytest.raises(ProtocolError, match="can be enrolled and probe"):
        make_protocol(Dataset.of("faces", single), train=0, strangers=1, enrol_samples=1)


def test_people_without_the_second_session_become_strangers_only_where_they_can_probe() -> None:
    first = [Sample("motion", [[0.0]], [0.0], ("head_pos_y",), f"p{n}", "1") for n in range(8)]
    second = [Sample("motion", [[0.0]], [0.0], ("head_pos_y",), f"p{n}", "2") for n in range(2, 10)]
    made = make_protocol(Dataset.of("two", first + second), train=0, strangers=1)
    assert set(made.gallery.subjects) <= {f"p{n}" for n in range(2, 8)}
    assert not {"p0", "p1"} & set(made.non_mated.subjects)


def test_repeats_have_seeds_that_follow_one_another() -> None:
    made = make_protocols(people(12), repeats=3, seed=5, train=0.5)
    assert [each.seed for each in made] == [5, 6, 7]
    assert made[1] == make_protocol(people(12), seed=6, train=0.5)
    with pytest.raises(ProtocolError, match="one repeat or more"):
        make_protocols(people(12), repeats=0)


def test_a_sample_that_is_not_there_is_named() -> None:
    data = hands(4, sessions=1, samples=2)
    with pytest.raises(ProtocolError, match="p0-l/1/9"):
        data.select(Selection(subjects=("p0-l",), samples=("p0-l/1/9",)))


def test_files_of_the_first_format_still_load(tmp_path: Path) -> None:
    old = {
        "format_version": 1,
        "name": "old",
        "dataset": "toy",
        "seed": 0,
        "train": {"subjects": ["a"], "sessions": None},
        "validation": {"subjects": [], "sessions": None},
        "gallery": {"subjects": ["b"], "sessions": ["1"]},
        "mated": {"subjects": ["b"], "sessions": ["2"]},
        "non_mated": {"subjects": ["c"], "sessions": ["2"]},
    }
    (tmp_path / "old.json").write_text(json.dumps(old))
    loaded = Protocol.load(tmp_path / "old.json")
    assert loaded.gallery == Selection(subjects=("b",), sessions=("1",))
    assert loaded.calibration is None
    loaded.save(tmp_path / "new.json")
    assert Protocol.load(tmp_path / "new.json") == loaded
