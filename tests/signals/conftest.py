from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from lineament.signals.motion import channel_names, motion_sample
from lineament.signals.rotations import from_axis, from_yaw, multiply, rotate
from lineament.signals.sample import Sample


def _wander(rng: np.random.Generator, times: np.ndarray, size: float, count: int = 6) -> np.ndarray:
    """A smooth path of about `size` (standard deviation), below 1 Hz."""
    waves = [np.sin(2 * np.pi * rng.uniform(0.1, 0.8) * times + rng.uniform(0, 7)) for _ in range(count)]
    return size * np.sqrt(2 / count) * np.sum(waves, axis=0)


@pytest.fixture(scope="session")
def person() -> Callable[..., Sample]:
    """A maker of people: head on a neck, hands on forearms, canonical axes; nobody real."""

    def make(seconds: float = 20.0, fps: float = 60.0, seed: int = 0) -> Sample:
        rng = np.random.default_rng(seed)
        times = np.arange(round(seconds * fps)) / fps
        zero = np.zeros(len(times))
        neck = np.stack([_wander(rng, times, 6), 150 + _wander(rng, times, 1), _wander(rng, times, 6)], axis=1)
        heading = _wander(rng, times, 0.4)
        pitch, roll = 0.35 + _wander(rng, times, 0.2), _wander(rng, times, 0.05)
        head = multiply(from_yaw(heading), multiply(from_axis([1, 0, 0], pitch), from_axis([0, 0, 1], roll)))
        columns = [neck + rotate(head, [0.0, 9.0, 8.0]), head]
        for side in (-1, 1):
            turn = heading * 0.5 + _wander(rng, times, 0.3)
            lift = -0.2 + _wander(rng, times, 0.3)
            hand = multiply(from_yaw(turn), from_axis([1, 0, 0], lift))
            elbow = neck + rotate(from_yaw(heading * 0.5), [side * 20.0, -40.0, 8.0])
            elbow = elbow + np.stack([zero, _wander(rng, times, 2), _wander(rng, times, 2)], axis=1)
            columns += [elbow + rotate(hand, [0.0, 0.0, 25.0]), hand]
        return motion_sample(
            np.concatenate(columns, axis=1), times, channel_names("head", "left_hand", "right_hand"), source="person"
        )

    return make
