"""Simulated walkers: the same walker every time, in the sizes of people who walk."""

from __future__ import annotations

import numpy as np
import pytest

from lineament.datasets.simulate.gait import Walker, simulate_walk, simulated_gait
from lineament.errors import LineamentError


def steps_a_second(up: np.ndarray, fps: float = 50.0) -> float:
    """The strongest frequency of the upward acceleration from 1 to 3 Hz."""
    power = np.abs(np.fft.rfft((up - up.mean()) * np.hanning(len(up)), 8192))
    hertz = np.fft.rfftfreq(8192, 1 / fps)
    inside = (hertz > 1) & (hertz < 3)
    return float(hertz[inside][power[inside].argmax()])


def test_a_walker_is_the_same_in_every_set() -> None:
    one, other = simulated_gait(range(5, 8), seconds=4, seed=3), simulated_gait([7], sessions=1, seconds=4, seed=3)
    assert (one.name, len(one), one.sessions()) == ("simulated-gait-3", 12, ["S001", "S002"])
    assert one.table["simulated"].all()
    same = one.load(8)
    np.testing.assert_array_equal(same.values, other.load(0).values)
    np.testing.assert_array_equal(same.values, one.load(8).values)
    assert (same.subject, same.session, same.attributes["activity"]) == ("sim3-00007", "S001", "slow walk")
    for place in (9, 10):
        assert np.abs(one.load(place).values - same.values).max() > 0.5


def test_walkers_walk_like_people() -> None:
    walks = {pace: [simulate_walk(Walker(1, n), 1, pace, 40) for n in range(12)] for pace in ("slow walk", "fast walk")}  # type: ignore[arg-type]
    for pace, (low, high) in {"slow walk": (1.4, 1.8), "fast walk": (1.8, 2.3)}.items():
        assert low < np.median([steps_a_second(walk.column("acc_y")) for walk in walks[pace]]) < high
    slow, fast = (np.median([walk.values.std(axis=0) for walk in walks[pace]], axis=0) for pace in walks)
    assert (fast > slow).all()
    assert 1.2 < slow[1] < 2.5
    assert 2.3 < fast[1] < 4.5
    assert np.median([np.linalg.norm(walk.values[:, :3].mean(axis=0)) for walk in walks["slow walk"]]) == pytest.approx(
        9.8, abs=0.3
    )


def test_any_rate_shows_the_same_walk() -> None:
    rates = [
        steps_a_second(simulate_walk(Walker(0, 0), 1, "slow walk", 30, fps).column("acc_y"), fps)
        for fps in (25, 50, 100)
    ]
    assert max(rates) - min(rates) < 0.2


def test_what_it_refuses() -> None:
    with pytest.raises(LineamentError, match="at least one person"):
        simulated_gait(0)
    with pytest.raises(LineamentError, match="a second or more"):
        simulate_walk(Walker(0, 0), 1, "slow walk", 0.5)
