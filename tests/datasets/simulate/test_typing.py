"""Simulated typists: what they type, when, and how hard it is to tell them apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from lineament.cli import app
from lineament.datasets.simulate.keyboard import (
    BACKSPACE,
    ENTER,
    SHIFT,
    familiarity,
    key_places,
    strokes,
    touch_fingers,
)
from lineament.datasets.simulate.typing import simulated_typing, type_phrase, type_sentence
from lineament.datasets.simulate.typing_text import random_phrase
from lineament.datasets.simulate.typists import simulate_typist
from lineament.errors import LineamentError
from lineament.signals.key_codes import NAMES
from lineament.studies.typing_simulator import difficulty, simulated_times

PASSWORD = ".tie5Roanl\n"


def test_a_keyboard_has_each_key_at_one_place() -> None:
    places = key_places()
    known = places[~np.isnan(places[:, 0])]
    assert len(np.unique(known, axis=0)) == len(known) == 51
    assert touch_fingers()[NAMES["f"]] == 3
    assert familiarity()[NAMES["e"]] < familiarity()[NAMES["z"]] < familiarity()[NAMES["/"]]


def test_strokes_of_a_text() -> None:
    typed = strokes("A b?\n")
    assert [stroke.code for stroke in typed] == [NAMES[key] for key in ("a", " ", "b", "/", "Enter")]
    assert [stroke.shifted for stroke in typed] == [True, False, False, True, False]
    with pytest.raises(LineamentError, match="'é'"):
        strokes("é")


def test_a_phrase_is_typed_in_order_with_shift_around_its_capitals() -> None:
    press, release, codes = type_phrase(simulate_typist(0, 3), 1, PASSWORD, 20)
    assert press.shape == release.shape == (20, 12)
    assert codes[5] == SHIFT
    assert codes[-1] == ENTER
    assert (np.diff(press, axis=1) > 0).all()
    assert (release > press).all()
    assert (release[:, 5] > press[:, 6]).all()  # held while the letter is struck
    assert (press[:, 0] == 0).all()


def test_whoever_is_drawn_types_the_same_in_whatever_company() -> None:
    alone = simulated_typing([7], sessions=2, seed=3, phrase="hello you", repetitions=3)
    among = simulated_typing(9, sessions=2, seed=3, phrase="hello you", repetitions=3).filter(subject=["sim3-00007"])
    for one, other in zip(alone, among, strict=True):
        np.testing.assert_array_equal(one.values, other.values)
    assert not np.array_equal(alone.load(0).values, alone.load(3).values)
    assert alone.load(4).attributes == {"repetition": 2, "simulated": True}


def test_of_several_phrases_everybody_types_one() -> None:
    data = simulated_typing(range(1, 4), sessions=1, seed=0, phrase=("one two", "three"), repetitions=1)
    assert [len(sample) for sample in data] == [5, 7, 5]


def test_sentences_are_everybody_s_own_and_hold_their_errors() -> None:
    data = simulated_typing(4, sessions=1, seed=1, sentences=6)
    lengths = {len(sample) for sample in data}
    assert len(data) == 24
    assert len(lengths) > 5
    careless = max((simulate_typist(1, index) for index in range(4)), key=lambda typist: typist.errors)
    typed = np.concatenate([type_sentence(careless, 1, number)[2] for number in range(1, 30)])
    assert 0.3 * careless.errors < (typed == BACKSPACE).mean() < 2 * careless.errors


def test_phrases_by_lot_can_be_typed() -> None:
    for seed in range(100):
        assert 8 <= len(strokes(random_phrase(np.random.default_rng(seed)))) <= 29


def test_a_new_phrase_is_slow_at_first() -> None:
    first, last = [], []
    for index in range(20):
        press, _, _ = type_phrase(simulate_typist(2, index), 1, PASSWORD, 100)
        first.append(press[:5, -1].mean())
        last.append(press[-5:, -1].mean())
    assert np.mean(first) > 1.2 * np.mean(last)


@pytest.mark.parametrize(
    "wrong",
    [{"people": 0}, {"people": 2, "sessions": 0}, {"people": 2, "phrase": ""}, {"people": 1, "phrase": ["a", ""]}],
)
def test_nothing_to_type_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(LineamentError, match="at least one person"):
        simulated_typing(**wrong)  # type: ignore[arg-type]


def test_they_are_as_hard_to_tell_apart_as_people() -> None:
    """Scaled Manhattan on the 51 people of keystroke-cmu: 0.096 from 200 repetitions, 0.084 from the latest five."""
    found = difficulty(simulated_times(40, seed=5))
    assert 0.06 < found.mean_eer["first 200"] < 0.13
    assert 0.05 < found.mean_eer["latest 5"] < 0.12
    assert found.mean_eer["first 5"] > 1.5 * found.mean_eer["latest 5"]
    assert 0.07 < found.hold_s < 0.11
    assert 0.02 < found.overlaps < 0.2


def test_real_and_simulated_typists_are_compared(shared_data: Callable[[str], Path]) -> None:
    result = CliRunner().invoke(
        app, ["simulate", "check-typing", "--data", str(shared_data("keystroke-cmu")), "--json"]
    )
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["real"]["people"] == 51
    assert found["real"]["mean_eer"]["first 200"] == pytest.approx(0.096, abs=0.001)
