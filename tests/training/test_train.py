"""From data sets to an encoder: who trains, who validates, several sets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lineament.datasets import Dataset, Protocol, Selection
from lineament.encoder import Encoder
from lineament.errors import ProtocolError
from lineament.training.train import Loaded, split_people, train

from .people import people, tiny


@pytest.fixture(scope="module")
def toy() -> Dataset:
    return Dataset.of("toy", people(range(8)))


@pytest.fixture(scope="module")
def more() -> Dataset:
    return Dataset.of("more", people(range(4, 10)))


def names(samples: Loaded) -> set[str | None]:
    return {sample.subject for sample in samples}


def test_people_of_the_first_set_validate_and_nobody_is_on_both_sides(toy: Dataset, more: Dataset) -> None:
    split = split_people([toy, more], validation=0.25, seed=1)
    trained, watched = {s.subject for s in split.train}, {s.subject for s in split.validation}
    assert len(watched) == 2
    assert all(str(name).startswith("toy/") for name in watched)
    assert not trained & watched
    assert len(trained) == 6 + 6  # p04 to p07 of the two sets are different people
    assert [len(own.validation.subjects) for own in split.protocols] == [2, 0]


def test_the_split_follows_from_the_seed(toy: Dataset) -> None:
    splits = [split_people([toy], seed=seed).protocols[0].validation.subjects for seed in (0, 0, 1, 2, 3)]
    assert splits[0] == splits[1]
    assert len(set(splits)) > 1


def test_nobody_may_validate(toy: Dataset) -> None:
    split = split_people([toy], validation=0.0)
    assert len(split.train) == len(toy)
    assert len(split.validation) == 0


def test_a_protocol_says_who(toy: Dataset, more: Dataset) -> None:
    protocol = Protocol(
        name="mine",
        dataset="toy",
        train=Selection(subjects=("p00", "p01"), sessions=("s1",)),
        validation=Selection(subjects=("p02", "p03")),
        gallery=Selection(subjects=("p05",), sessions=("s1",)),
    )
    split = split_people([toy, more], protocol=protocol)
    assert {(s.subject, s.session) for s in split.train if str(s.subject).startswith("toy")} == {
        ("toy/p00", "s1"),
        ("toy/p01", "s1"),
    }
    assert {s.subject for s in split.validation} == {"toy/p02", "toy/p03"}
    with pytest.raises(ProtocolError, match="one for more was expected, but one for toy"):
        split_people([more], protocol=protocol)


def test_too_few_people_to_set_some_aside() -> None:
    with pytest.raises(ProtocolError, match=r"two people or more to train.*3 in all"):
        split_people([Dataset.of("few", people(range(3)))])


def test_an_encoder_from_two_sets(toy: Dataset, more: Dataset, tmp_path: Path) -> None:
    fitted, encoder = train(tiny(), [toy, more], tmp_path, progress=False, name="both", version="3")
    assert Encoder.load(tmp_path / "encoder").id == encoder.id
    assert encoder.name == "both"
    assert len(fitted.subjects) == 12
    assert [(row["name"], row["people_trained_on"], row["people_validated_on"]) for row in encoder.card["data"]] == [
        ("toy", 6, 2),
        ("more", 6, 0),
    ]
    assert {path.name for path in (tmp_path / "protocols").iterdir()} == {"toy.json", "more.json"}
    assert len(Protocol.load(tmp_path / "protocols" / "toy.json").train.subjects) == 6
    assert "p0" not in json.dumps(encoder.card)


def test_a_classifier_trains_on_everybody(toy: Dataset, tmp_path: Path) -> None:
    fitted, encoder = train(tiny(loss="cross_entropy"), [toy], tmp_path, progress=False)
    assert len(fitted.subjects) == 8
    assert fitted.accuracy is not None
    assert encoder.calibration is None
