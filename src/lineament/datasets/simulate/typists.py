"""Typists who do not exist: how long each holds which key, and how soon the next one follows.

Times are logarithms of seconds. Spreads are rough figures of populations, of the size found on `keystroke-cmu` (one
password) and `keystroke-aalto` (sentences) by splitting the variance of logarithms into people, keys, sessions and
repetitions; nothing of anybody in these sets is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lineament.datasets.simulate.keyboard import FINGERS, THUMB, familiarity, key_places, touch_fingers
from lineament.errors import LineamentError
from lineament.signals.key_codes import CODES

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
TYPIST = 31
"""Tag of the stream of random numbers of a typist."""
HOLD, PACE = -2.47, -1.95
"""Means: 85 ms a key, 142 ms from press to press of keys that lie well."""
HOLD_SPREAD, PACE_SPREAD, HOLD_WITH_PACE = 0.21, 0.24, 0.25
HOLD_BY = {"hand": 0.04, "finger": 0.08, "key": 0.11}
"""How people differ in holding keys of one hand, finger, and single keys."""
STEP_BY = {"finger": 0.06, "key": 0.08, "pair": 0.15}
"""How people differ in the way to keys of one finger, to single keys, and from one to another."""
FEWER_FINGERS = (0.35, 0.15)
"""Shares of people who type with the middle and index fingers, and with the index fingers alone."""


@dataclass(frozen=True, eq=False)
class Typist:
    """Who types, and how.

    Parameters
    ----------
    seed, index : int
        Of the population, and within it.
    hold, pace : float
        Logarithms of the seconds a key is held, and from press to press.
    holds : array (256,)
        How much longer each key is held.
    steps : array (256, 256)
        How much later the second of two keys follows the first.
    hold_noise, pace_noise : float
        Standard deviations from one keystroke to the next.
    stumbles : float
        Share of keys before which they hesitate.
    learning : float
        By how much slower a new phrase is.
    errors : float
        Share of keys of free text that are mistyped, and corrected.
    """

    seed: int
    index: int
    hold: float
    pace: float
    holds: FloatArray
    steps: FloatArray
    hold_noise: float
    pace_noise: float
    stumbles: float
    learning: float
    errors: float

    @property
    def name(self) -> str:
        """What they are called."""
        return f"sim{self.seed}-{self.index:05d}"


def simulate_typist(seed: int, index: int) -> Typist:
    """Return typist `index` of the population of `seed`.

    Raises
    ------
    LineamentError
        When either is negative.

    Examples
    --------
    >>> someone = simulate_typist(seed=1, index=7)
    >>> someone.name, bool(someone.hold == simulate_typist(seed=1, index=7).hold)
    ('sim1-00007', True)
    """
    if seed < 0 or index < 0:
        raise LineamentError(
            "simulated typists: a seed and an index of at least 0", f"{seed} and {index}", "count from 0"
        )
    rng = np.random.default_rng([TYPIST, seed, index])
    pace, own = rng.standard_normal(2)
    fingers = _fingers(rng, pace)
    return Typist(
        seed=seed,
        index=index,
        hold=HOLD + HOLD_SPREAD * (HOLD_WITH_PACE * pace + np.sqrt(1 - HOLD_WITH_PACE**2) * own),
        pace=PACE + PACE_SPREAD * pace,
        holds=_holds(rng, fingers),
        steps=_steps(rng, fingers),
        hold_noise=0.14 * np.exp(0.16 * rng.standard_normal()),
        pace_noise=0.20 * np.exp(0.18 * rng.standard_normal()),
        stumbles=0.02 * np.exp(0.5 * rng.standard_normal()),
        learning=0.55 * np.exp(0.3 * rng.standard_normal()),
        errors=min(0.12, 0.03 * np.exp(0.6 * rng.standard_normal())),
    )


def _fingers(rng: np.random.Generator, pace: float) -> IntArray:
    """Return the finger that somebody takes for each key (256,): slow typists use fewer."""
    fingers = touch_fingers()
    trained = rng.random() - 0.15 * pace
    if trained < FEWER_FINGERS[1]:
        fingers = np.where(fingers < THUMB, 3, np.where(fingers > THUMB, 5, fingers))
    elif trained < sum(FEWER_FINGERS):
        fingers = np.where(fingers < 2, 2, np.where(fingers > 6, 6, fingers))
    return fingers


def _holds(rng: np.random.Generator, fingers: IntArray) -> FloatArray:
    """Return how much longer somebody holds each key (256,)."""
    hand = np.sign(fingers - THUMB) * HOLD_BY["hand"] * rng.standard_normal()
    finger = HOLD_BY["finger"] * rng.standard_normal(FINGERS)[fingers]
    little = 0.06 * np.isin(fingers, (0, 1))  # a is held longer by most
    return np.asarray(hand + finger + little + HOLD_BY["key"] * rng.standard_normal(CODES))


def _steps(rng: np.random.Generator, fingers: IntArray) -> FloatArray:
    """Return how much later somebody strikes the second of two keys (256, 256)."""
    places = np.nan_to_num(key_places(), nan=6.0)
    hands = np.sign(fingers - THUMB)
    distance = np.linalg.norm(places[:, None] - places[None], axis=2)
    repeated = np.eye(CODES, dtype=bool)
    one_finger = (fingers[:, None] == fingers[None]) & ~repeated
    one_hand = (hands[:, None] == hands[None]) & ~one_finger & ~repeated
    weights = np.array([0.22, 0.04, 0.03, 0.0, 0.40]) + rng.standard_normal(5) * [0.10, 0.06, 0.012, 0.12, 0.15]
    to_key = STEP_BY["finger"] * rng.standard_normal(FINGERS)[fingers] + STEP_BY["key"] * rng.standard_normal(CODES)
    return np.asarray(
        weights[0] * one_finger
        + weights[1] * one_hand
        + weights[2] * distance
        + weights[3] * repeated
        + weights[4] * familiarity()[None]
        + to_key[None]
        + STEP_BY["pair"] * rng.standard_normal((CODES, CODES))
    )
