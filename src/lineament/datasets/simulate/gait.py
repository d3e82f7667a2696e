"""Walkers who do not exist, with a sensor at the waist: slow and fast walks, in as many sessions as wanted.

A pelvis moves with the stride: each of three accelerations and three turns is a sum of harmonics of the stride's
frequency (up, forward and pitch mostly of even ones, sideways, yaw and roll of odd ones; Winter 1991, Kavanagh and Menz
2008), whose sizes and phases are the walker's own. A quicker walk takes more strides and its accelerations grow. Every
step ends in a heel strike that rings. Strides vary from one to the next, walks of one session a little more, sessions
more again; and so does how the sensor sits.

Sizes are rough figures of healthy walkers at the waist; they were set so that a plain classifier of window statistics
finds these walkers about as hard as those of SisFall (docs/results/gait-sisfall.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from lineament.datasets.dataset import Dataset
from lineament.errors import LineamentError
from lineament.signals import Sample
from lineament.signals.inertial import GRAVITY, inertial_sample

FloatArray = NDArray[np.float64]
Pace = Literal["slow walk", "fast walk"]
PACES: dict[Pace, float] = {"slow walk": 0.78, "fast walk": 1.02}
"""Strides a second of the median walker."""
HARMONICS = 8
SIZES = np.array(
    [
        [1.10, 0.27, 0.46, 0.31, 0.90, 0.44, 0.70, 0.40],
        [0.18, 3.10, 0.36, 1.00, 0.47, 1.40, 0.60, 1.10],
        [0.27, 2.60, 0.24, 1.10, 0.27, 0.85, 0.27, 0.60],
        [0.08, 0.18, 0.06, 0.10, 0.06, 0.10, 0.08, 0.10],
        [0.47, 0.12, 0.18, 0.08, 0.14, 0.06, 0.10, 0.06],
        [0.28, 0.05, 0.44, 0.05, 0.07, 0.05, 0.09, 0.05],
    ]
)
"""Size of each harmonic at one stride a second: sideways, up and forward (m/s²), pitch, yaw and roll (rad/s)."""
GROWTH = np.array([1.6, 3.0, 2.2, 1.5, 1.6, 2.0])[:, None]
"""With which power of the strides a second each of them grows."""
PHASES = np.random.default_rng(20170120).uniform(-np.pi, np.pi, SIZES.shape)
"""The phases that all walkers share."""
Spread = Mapping[str, float]
BETWEEN: Spread = {"stride": 0.05, "size": 0.27, "phase": 0.6, "strike": 0.35, "pitch": 9.0, "roll": 2.5}
"""Spread between walkers: logarithms, radians, degrees of how the sensor sits."""
WITHIN: Spread = {"stride": 0.03, "size": 0.10, "phase": 0.15, "strike": 0.15, "pitch": 4.0, "roll": 2.0}
"""Spread between sessions of one walker."""
WALKS: Spread = {"stride": 0.08, "size": 0.22, "phase": 0.40, "strike": 0.20, "pitch": 1.2, "roll": 0.7}
"""Spread between walks of one session: what a walker does otherwise at another pace."""
STRIDES: Spread = {"stride": 0.025, "size": 0.16, "pitch": 1.0, "roll": 0.6, "curve": 0.09}
"""Spread from stride to stride; curve: yaw, rad/s."""
OFFSETS = np.array([0.1, 0.1, 0.1, 0.03, 0.03, 0.01])
"""Spread of the sensor's offsets between sessions, m/s² and rad/s."""
UNREST = np.array([0.55, 0.45, 0.40, 0.12, 0.08, 0.06])
"""Deviation of what follows no stride, at one stride a second; grows with its square."""
STRIKE_HZ, STRIKE_S = 11.0, 0.06
"""A heel strike rings so fast, and dies down so soon (median walker)."""


@dataclass(frozen=True, eq=False)
class Manner:
    """How somebody walks, as deviations from the median walker; those of walker, session and walk add up.

    Parameters
    ----------
    stride : float
        Logarithm of the strides a second.
    size, phase : array (6, HARMONICS)
        Logarithms and radians of each harmonic.
    strike : array (3,)
        Logarithms of a heel strike's size and rate, and how much harder the left heel strikes.
    tilt : array (3,)
        How the sensor sits: turns about the axes sideways, up and forward, degrees.
    """

    stride: float
    size: FloatArray
    phase: FloatArray
    strike: FloatArray
    tilt: FloatArray

    @staticmethod
    def draw(spread: Spread, rng: np.random.Generator) -> Manner:
        """Draw deviations."""
        # Half of what is own to a harmonic is own to its axis: bodies differ as wholes.
        axis, harmonic = rng.standard_normal((len(SIZES), 1)), rng.standard_normal(SIZES.shape)
        return Manner(
            stride=spread["stride"] * float(rng.standard_normal()),
            size=spread["size"] * (axis + harmonic) / np.sqrt(2),
            phase=spread["phase"] * rng.standard_normal(SIZES.shape),
            strike=spread["strike"] * rng.standard_normal(3),
            tilt=np.array([spread["pitch"], spread["pitch"] / 2, spread["roll"]]) * rng.standard_normal(3),
        )

    def __add__(self, other: Manner) -> Manner:
        """Return both deviations together."""
        return Manner(
            self.stride + other.stride,
            self.size + other.size,
            self.phase + other.phase,
            self.strike + other.strike,
            self.tilt + other.tilt,
        )


@dataclass(frozen=True)
class Walker:
    """A simulated walker: number `index` of the population of a seed, the same in every data set."""

    seed: int
    index: int

    @property
    def name(self) -> str:
        """What the walker is called."""
        return f"sim{self.seed}-{self.index:05d}"

    def manner(self, session: int, pace: Pace) -> Manner:
        """Return how this walker walks in one walk of a session."""
        own, day, walk = ([self.seed, self.index, *more] for more in ((0,), (1, session), (2, session, _number(pace))))
        manner = Manner.draw(BETWEEN, np.random.default_rng(own)) + Manner.draw(WITHIN, np.random.default_rng(day))
        return manner + Manner.draw(WALKS, np.random.default_rng(walk))


def simulate_walk(walker: Walker, session: int, pace: Pace, seconds: float = 100.0, fps: float = 50.0) -> Sample:
    """Return one walk.

    Parameters
    ----------
    walker : Walker
    session : int
        Walks of one session are more alike than those of two, and the sensor sits alike.
    pace : {"slow walk", "fast walk"}
    seconds : float
    fps : float
        Frames a second, 10 or more.

    Raises
    ------
    LineamentError
        When it is shorter than a second, or the rate too low to show steps.

    Examples
    --------
    >>> walk = simulate_walk(Walker(seed=0, index=3), 1, "slow walk", seconds=10)
    >>> walk.subject, walk.session, walk.values.shape
    ('sim0-00003', 'S001', (500, 6))
    """
    if not (seconds >= 1 and fps >= 10):
        expected = "a simulated walk: a second or more at 10 frames a second or more"
        raise LineamentError(expected, f"{seconds:g} s at {fps:g}", "ask for more")
    manner = walker.manner(session, pace)
    rng = np.random.default_rng([walker.seed, walker.index, 3, session, _number(pace)])
    rate, times = PACES[pace] * float(np.exp(manner.stride)), np.arange(round(seconds * fps)) / fps
    strides = _Strides.draw(rate, times, rng)
    sizes = SIZES * np.exp(manner.size) * rate**GROWTH
    waves = np.cos(np.arange(1, HARMONICS + 1) * strides.phase[:, None, None] + PHASES + manner.phase)
    pelvis = (sizes * waves).sum(axis=2) * strides.size[:, None]
    pelvis[:, :3] += _strikes(strides.phase, fps, manner.strike, rate)
    pelvis += UNREST * rate**2 * rng.standard_normal(pelvis.shape)
    pelvis[:, 1] += GRAVITY
    pelvis[:, 4] += strides.curve
    sits = Rotation.from_euler("xyz", manner.tilt + strides.tilt, degrees=True)
    seen = np.concatenate([sits.apply(pelvis[:, :3]), sits.apply(pelvis[:, 3:])], axis=1)
    offsets = OFFSETS * np.random.default_rng([walker.seed, walker.index, 4, session]).standard_normal(6)
    return inertial_sample(
        seen + offsets,
        times,
        subject=walker.name,
        session=f"S{session:03d}",
        attributes={"activity": pace, "simulated": True},
        source=f"{walker.name}, session {session}, {pace}",
    )


def _number(pace: Pace) -> int:
    return list(PACES).index(pace)


@dataclass(frozen=True, eq=False)
class _Strides:
    """What varies from stride to stride, frame by frame: phase (radians), size, tilt (T, 3; degrees), curve (rad/s)."""

    phase: FloatArray
    size: FloatArray
    tilt: FloatArray
    curve: FloatArray

    @staticmethod
    def draw(rate: float, times: FloatArray, rng: np.random.Generator) -> _Strides:
        count = int(times[-1] * rate * 1.5) + 4
        wander = {name: spread * _wander(count, rng) for name, spread in STRIDES.items()}
        ends = np.cumsum(np.exp(wander["stride"]) / rate)
        frame = {name: np.interp(times, ends, values) for name, values in wander.items()}
        phase = np.interp(times, np.concatenate([[0.0], ends]), 2 * np.pi * np.arange(count + 1))
        tilt = np.stack([frame["pitch"], np.zeros(len(times)), frame["roll"]], axis=1)
        return _Strides(phase + rng.uniform(0, 2 * np.pi), np.exp(frame["size"]), tilt, frame["curve"])


def _wander(count: int, rng: np.random.Generator) -> FloatArray:
    """Return numbers of deviation 1, each like the one before (correlation 0.8)."""
    values = rng.standard_normal(count)
    for place in range(1, count):
        values[place] = 0.8 * values[place - 1] + 0.6 * values[place]
    return values


def _strikes(phase: FloatArray, fps: float, strike: FloatArray, rate: float) -> FloatArray:
    """Return what heel strikes add to the three accelerations, (T, 3): a ringing after each half stride."""
    size, hertz, left = 1.6 * np.exp(strike[0]) * rate**2, STRIKE_HZ * np.exp(0.4 * strike[1]), 1.0 + 0.5 * strike[2]
    steps = np.flatnonzero(np.diff(np.floor(phase / np.pi)) > 0) + 1
    length = round(0.35 * fps)
    since = np.arange(length) / fps
    ringing = np.exp(-since / STRIKE_S) * np.sin(2 * np.pi * hertz * since)
    added = np.zeros((len(phase) + length, 3))
    for number, step in enumerate(steps):
        side = 1.0 if number % 2 else -1.0
        strength = size * (left if side > 0 else 1.0)
        added[step : step + length] += strength * ringing[:, None] * np.array([0.3 * side, 1.0, -0.6])
    return added[: len(phase)]


def simulated_gait(
    people: int | Iterable[int], *, sessions: int = 2, seconds: float = 100.0, seed: int = 0, fps: float = 50.0
) -> Dataset:
    """Return walks of simulated people as a data set; each is simulated when it is loaded.

    Parameters
    ----------
    people : int or iterable of int
        How many, or which: walker 7 of a seed is the same in every data set.
    sessions : int
        Of each walker; each has a slow and a fast walk (column ``activity``).
    seconds, fps
        As in `simulate_walk`.
    seed : int
        The population's.

    Returns
    -------
    Dataset
        Named "simulated-gait-<seed>".

    Raises
    ------
    LineamentError
        When there are no people or sessions.

    Examples
    --------
    >>> data = simulated_gait(3, seconds=5)
    >>> print(data)
    simulated-gait-0: 12 samples of 3 subjects in 2 to 2 sessions each
    """
    which = range(people) if isinstance(people, int) else list(people)
    if len(which) == 0 or sessions < 1:
        raise LineamentError(
            "simulated gait: at least one person and session", f"{len(which)} and {sessions}", "ask for more"
        )
    rows = [
        {
            "subject": Walker(seed, index).name,
            "session": f"S{session:03d}",
            "activity": pace,
            "simulated": True,
            "_person": index,
            "_session": session,
        }
        for index in which
        for session in range(1, sessions + 1)
        for pace in PACES
    ]

    def load(row: Mapping[str, Any]) -> Sample:
        walker = Walker(seed, int(row["_person"]))
        return simulate_walk(walker, int(row["_session"]), row["activity"], seconds, fps)

    return Dataset(f"simulated-gait-{seed}", pd.DataFrame(rows), load, licence="Apache-2.0", citation="simulated")
