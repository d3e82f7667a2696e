"""Simulated people at a mouse: the same from one seed, like themselves, within their screens."""

from __future__ import annotations

import numpy as np

from lineament.datasets.simulate.mouse import MouseUser, simulate_recording, simulated_mouse
from lineament.encodings.mouse import Movements
from lineament.signals.mouse import STATES


def test_a_number_and_a_seed_are_a_person() -> None:
    first, again, other = (simulated_mouse([4], minutes=(0.2,), seed=seed).load(0) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.values, again.values)
    assert (first.subject, first.session) == ("m00004", "1")
    assert len(other) != len(first) or (other.values != first.values).any()


def test_sessions_differ_and_device_and_screen_stay() -> None:
    one, two = simulated_mouse([4], minutes=(0.2,)).filter(subject=("m00004",))
    assert one.attributes == two.attributes
    assert len(one) != len(two) or (one.values != two.values).any()


def test_nobody_leaves_the_screen_or_reports_what_rests() -> None:
    for number in range(5):
        user = MouseUser.of(number)
        sample = simulate_recording(user, 0, 20.0)
        places = sample.columns(("x", "y"))
        moves = np.isin(sample.column("state"), [STATES.index("move"), STATES.index("drag")])
        assert (places[moves] >= 0).all()
        assert (places[moves] < np.array(user.screen)).all()
        assert ((np.diff(places, axis=0) != 0).any(axis=1) | ~moves[1:]).all()
        assert (np.diff(sample.times) >= 0).all()
        assert sample.times[-1] <= 20.0


def test_presses_are_released_and_drags_lie_between() -> None:
    states = simulate_recording(MouseUser.of(3), 0, 30.0).column("state")
    held = np.cumsum((states == STATES.index("press")) * 1 - (states == STATES.index("release")) * 1)
    assert set(held) <= {0, 1}
    np.testing.assert_array_equal(states == STATES.index("drag"), (states <= 1) & (held == 1))


def test_people_move_about_as_often_and_as_far_as_people_do() -> None:
    """SapiMouse: 36 movements a second (a deviation of 14 over people), half of them below 8.6 px (2.7)."""
    moves = [Movements.of(sample) for sample in simulated_mouse(12, sessions=1, minutes=(0.5,))]
    assert 25 < np.mean([len(one.steps) / 30 for one in moves]) < 55
    assert 5 < np.mean([np.median(one.lengths) for one in moves]) < 13
