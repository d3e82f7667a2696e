"""The encoders that ship, and how they are made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lineament.datasets import Protocol, open_dataset
from lineament.datasets.simulate import simulated_motion
from lineament.encoder import DEFAULT_ENCODER, SIMULATED_ENCODER, Encoder, shipped_encoders
from lineament.errors import EncoderError
from lineament.studies import shipped_encoder
from lineament.studies.demo import PROTOCOLS, demonstrate
from lineament.studies.evaluate import evaluate


def test_both_encoders_ship() -> None:
    assert shipped_encoders() == [DEFAULT_ENCODER, SIMULATED_ENCODER]


def test_another_data_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="the data set xr-objects"):
        shipped_encoder.make([simulated_motion(2, sessions=2, minutes=0.1)], tmp_path / "encoder")


def test_the_figures_on_the_card_are_those_of_the_people_held_back(shared_data: Callable[[str], Path]) -> None:
    encoder = Encoder.load(DEFAULT_ENCODER)
    protocol = Protocol.load(PROTOCOLS / "xr-objects-reserved.json")
    found = evaluate(encoder, open_dataset(shared_data("xr-objects")), protocol)
    (written,) = encoder.card["figures"].values()
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
