"""The encoders that ship, and how they are made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import lineament.encoders
from lineament.datasets import Protocol, open_dataset
from lineament.datasets.simulate import simulated_motion
from lineament.encoder import DEFAULT_ENCODER, HEAD_ENCODER, SIMULATED_ENCODER, Encoder, shipped_encoders
from lineament.errors import EncoderError
from lineament.signals.motion import rotation_names
from lineament.studies import shipped_encoder
from lineament.studies.demo import PROTOCOLS, demonstrate
from lineament.studies.evaluate import evaluate


def test_three_encoders_ship() -> None:
    assert shipped_encoders() == [DEFAULT_ENCODER, HEAD_ENCODER, SIMULATED_ENCODER]


@pytest.mark.parametrize("name", [DEFAULT_ENCODER, HEAD_ENCODER, SIMULATED_ENCODER])
def test_a_card_says_what_it_was_made_from_and_what_it_is_not_for(name: str) -> None:
    encoder = Encoder.load(name)
    assert encoder.name == name
    assert encoder.calibration is not None
    assert all(entry["licence"] in ("MIT", "Apache-2.0") for entry in encoder.card["data"])
    assert encoder.card["protocol"]
    assert encoder.card["intended_use"]
    assert encoder.card["not_for"]
    folder = Path(lineament.encoders.__path__[0]) / name
    assert sum(path.stat().st_size for path in folder.iterdir()) < shipped_encoder.LARGEST_BYTES


def test_the_encoder_of_heads_wants_nothing_but_their_rotation() -> None:
    encoder = Encoder.load(HEAD_ENCODER)
    sample = simulated_motion(1, sessions=1, minutes=0.5).load(0)
    names = rotation_names("head")
    head = sample.replace(values=sample.columns(names), channels=names)
    assert np.array_equal(encoder.embed(head), encoder.embed(sample))


def test_another_data_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="the data set xr-objects"):
        shipped_encoder.make([simulated_motion(2, sessions=2, minutes=0.1)], tmp_path / "encoder")


@pytest.mark.parametrize(
    ("name", "data"),
    [(DEFAULT_ENCODER, "xr-objects"), pytest.param(HEAD_ENCODER, "xr-360", marks=pytest.mark.slow)],
)
def test_the_figures_on_the_card_are_those_of_the_people_held_back(
    name: str, data: str, shared_data: Callable[[str], Path]
) -> None:
    encoder = Encoder.load(name)
    protocol = Protocol.load(PROTOCOLS / f"{data}-reserved.json")
    found = evaluate(encoder, open_dataset(shared_data(data)), protocol)
    (written,) = (figures for what, figures in encoder.card["figures"].items() if what.startswith(data))
    for result, card in zip(found.results, written, strict=True):
        assert (result.mated, result.non_mated) == (card["mated"], card["non_mated"])
        assert result.rank_one.estimate == pytest.approx(card["rank_one"]["estimate"], abs=0.01)


@pytest.mark.slow
def test_the_demonstration_knows_simulated_people_and_not_strangers() -> None:
    found = demonstrate()
    known = sum(trial.known for trial in found.trials)
    # Two minutes under another task among 20 people: chance is one in twenty.
    assert found.count("right") > 0.3 * known
    assert found.count("right") > 2 * found.count("wrong")
    assert found.count("rightly unknown") > 0.6 * (len(found.trials) - known)
