"""Simulated signatures: overlapping strokes with lognormal speeds, of writers who do not exist, and forgeries of them.

The sigma-lognormal model (Plamondon 1995; O'Reilly and Plamondon 2009): each stroke of a rapid movement is an arc whose
speed is a lognormal of time, and strokes overlap. A writer has a plan of strokes and a manner (pace, pressure, tilt);
sessions drift, signatures vary. A forger copies the shape well and the dynamics badly: slower, each stroke timed and
pressed after the forger's own manner. How far all of it varies was set against `signature-svc2004` (docs/simulator.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lineament.datasets.dataset import Dataset
from lineament.datasets.forgeries import signature_row
from lineament.errors import LineamentError
from lineament.signals.sample import Sample
from lineament.signals.signature import CHANNELS, signature_sample

FloatArray = NDArray[np.float64]
RATE = 100.0
"""Points a second."""
LEAD_S = 0.03
"""Before the first stroke begins."""
LATEST_S = 0.6
"""After the last stroke began, that the pen may go on moving."""
SLANT = 0.3
"""Standard deviation of writers' slants, radians."""
ELSEWHERE = 0.2
"""Share of strokes in any direction."""
RIGHTWARD = 0.12
"""Millimetres to the right in a millimetre of path."""
PLAN, SESSION, SIGNATURE, FORGER = 1, 2, 3, 4
"""Tags of streams of random numbers."""
CAPTURES_PER_FORGER = 5


@dataclass(frozen=True, eq=False)
class Plan:
    """The strokes of a signature: arrays (strokes,).

    Parameters
    ----------
    length : array
        Millimetres.
    begin : array
        Seconds.
    start_angle, end_angle : array
        Direction of the pen at both ends of the arc, radians.
    mu, sigma : array
        Of the lognormal: logarithm of the delay to its middle, and its spread.
    pressure : array
        Share of the largest.
    up : bool array
        Whether the pen is in the air.
    azimuth, altitude : float
        Degrees.
    """

    length: FloatArray
    begin: FloatArray
    start_angle: FloatArray
    end_angle: FloatArray
    mu: FloatArray
    sigma: FloatArray
    pressure: FloatArray
    up: NDArray[np.bool_]
    azimuth: float
    altitude: float

    def varied(self, rng: np.random.Generator, shape: float, timing: float, pressure: float) -> Plan:
        """Return the plan as it comes out once.

        Parameters
        ----------
        rng : Generator
        shape, timing, pressure : float
            Standard deviations: of angles in radians (and of logarithms of lengths), of logarithms of durations, of
            pressure.
        """
        strokes, whole = len(self.length), rng.normal(size=4)
        pauses = np.diff(self.begin, prepend=0.0) * np.exp(timing * (rng.normal(size=strokes) + 0.5 * whole[0]))
        turn = 0.5 * shape * whole[1]
        return replace(
            self,
            length=self.length * np.exp(shape * (rng.normal(size=strokes) + 0.5 * whole[2])),
            begin=np.cumsum(pauses),
            start_angle=self.start_angle + shape * rng.normal(size=strokes) + turn,
            end_angle=self.end_angle + shape * rng.normal(size=strokes) + turn,
            mu=self.mu + timing * rng.normal(size=strokes),
            sigma=self.sigma * np.exp(timing * rng.normal(size=strokes)),
            pressure=np.clip(self.pressure + pressure * (rng.normal(size=strokes) + whole[3]), 0.05, 1.0),
            azimuth=float(self.azimuth + 3.0 * rng.normal()),
            altitude=float(np.clip(self.altitude + 1.5 * rng.normal(), 20, 88)),
        )


@dataclass(frozen=True)
class Difficulty:
    """How far things vary; see `Plan.varied`.

    Parameters
    ----------
    session, signature : tuple of float
        Of shape, timing and pressure, from one session, and from one signature, to the next.
    copied : tuple of float
        The same of a forger's copy of the shape, and of its timing and pressure beside the forger's own manner.
    manner : float
        Share of a forger's own manner in the timing and pressure of the copy.
    slower : float
        Mean logarithm of how much longer a forger takes.
    """

    session: tuple[float, float, float] = (0.04, 0.06, 0.05)
    signature: tuple[float, float, float] = (0.09, 0.10, 0.05)
    copied: tuple[float, float, float] = (0.12, 0.15, 0.08)
    manner: float = 0.7
    slower: float = 0.25


def simulate_writer(seed: int, index: int) -> Plan:
    """Return the plan of a writer: person ``index`` of a seed is always the same.

    Examples
    --------
    >>> bool((simulate_writer(0, 3).length == simulate_writer(0, 3).length).all())
    True
    """
    rng = np.random.default_rng([seed, index, PLAN])
    strokes = int(rng.integers(10, 26))
    pace = rng.normal(np.log(0.085), 0.2)
    begin = np.cumsum(np.exp(rng.normal(pace, 0.25, strokes))) - np.exp(pace)
    size = np.exp(rng.normal(np.log(9.0), 0.25))
    length = size * np.exp(rng.normal(0, 0.5, strokes))
    swing = _swings(length, rng)
    # They bend one way more often than the other.
    bend = np.where(rng.uniform(size=strokes) < rng.uniform(0.6, 0.95), 1.0, -1.0) * rng.uniform(0.3, 2.2, strokes)
    return Plan(
        length=length,
        begin=begin,
        start_angle=swing + bend / 2,
        end_angle=swing - bend / 2,
        mu=rng.normal(pace + 0.4, 0.15, strokes),
        sigma=np.clip(rng.normal(0.3, 0.06, strokes), 0.12, 0.6),
        pressure=np.clip(rng.normal(rng.uniform(0.35, 0.75), 0.12, strokes), 0.1, 1.0),
        up=(rng.uniform(size=strokes) < 0.12) & (np.arange(strokes) > 0) & (np.arange(strokes) < strokes - 1),
        azimuth=float(rng.uniform(100, 170)),
        altitude=float(rng.uniform(45, 70)),
    )


def _swings(length: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return the directions of strokes: up and down along a slant, back to the line, now and then elsewhere."""
    slant, height, swings = SLANT * rng.normal(), 0.0, []
    for stroke in length:
        up = -1.0 if height > 0 else 1.0
        angle = up * (np.pi / 2 - slant) + rng.normal(0, 0.4)
        swings.append(angle if rng.uniform() > ELSEWHERE else rng.uniform(-np.pi, np.pi))
        height += float(stroke * np.sin(swings[-1]))
    return np.array(swings)


def forged(plan: Plan, rng: np.random.Generator, difficulty: Difficulty) -> Plan:
    """Return one forger's copy of a plan: its shape, timed and pressed as the forger does."""
    strokes, share = len(plan.length), difficulty.manner
    pauses = np.diff(plan.begin, prepend=0.0)
    own_pauses = np.exp(rng.normal(np.log(max(pauses.mean(), 1e-3)), 0.35, strokes))
    slower = np.exp(rng.normal(difficulty.slower, 0.2))
    mixed = np.exp((1 - share) * np.log(np.maximum(pauses, 1e-3)) + share * np.log(own_pauses)) * slower
    own_pressure = np.clip(rng.normal(rng.uniform(0.35, 0.75), 0.12, strokes), 0.1, 1.0)
    copy = replace(
        plan,
        begin=np.cumsum(mixed) - mixed[0],
        mu=plan.mu + np.log(slower) + share * rng.normal(0, 0.2, strokes),
        sigma=plan.sigma * np.exp(share * rng.normal(0, 0.25, strokes)),
        pressure=(1 - share) * plan.pressure + share * own_pressure,
        azimuth=float(rng.uniform(100, 170)),
        altitude=float(rng.uniform(45, 70)),
    )
    return copy.varied(rng, *difficulty.copied)


def written(plan: Plan, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Return the points of a plan, (T, 6) in the order of `CHANNELS`, and their times (T,)."""
    from scipy.special import erf

    times = np.arange(0.0, LEAD_S + float(plan.begin[-1]) + LATEST_S, 1 / RATE)
    since = np.maximum(times[:, None] - LEAD_S - plan.begin, 1e-6)
    spread = (np.log(since) - plan.mu) / plan.sigma
    gone = 0.5 * (1 + erf(spread / np.sqrt(2)))
    speed = plan.length * np.exp(-(spread**2) / 2) / (plan.sigma * np.sqrt(2 * np.pi) * since)
    angle = plan.start_angle + (plan.end_angle - plan.start_angle) * gone
    drift = RIGHTWARD * speed.sum(axis=1)
    velocity = np.stack([(speed * np.cos(angle)).sum(axis=1) + drift, (speed * np.sin(angle)).sum(axis=1)], axis=1)
    path = np.cumsum(velocity, axis=0) / RATE + rng.normal(0, 0.02, velocity.shape)
    share = speed / np.maximum(speed.sum(axis=1, keepdims=True), 1e-9)
    down = (share * ~plan.up).sum(axis=1) > 0.5
    down[0] = True
    pressure = np.clip((share * plan.pressure).sum(axis=1) + rng.normal(0, 0.01, len(times)), 0.01, 1.0) * down
    tilt = 2.0 * np.sin(2 * np.pi * 0.4 * times[:, None] + rng.uniform(0, 6, 2))
    moving = np.flatnonzero(speed.sum(axis=1) > 1.0)
    last = int(moving[-1]) + 1 if len(moving) else len(times)
    columns = [path[:, 0], path[:, 1], pressure, plan.azimuth + tilt[:, 0], plan.altitude + tilt[:, 1] / 2, down]
    return np.stack(columns, axis=1).astype(np.float64)[:last], times[:last]


def simulated_signatures(
    people: int | Iterable[int],
    sessions: int = 2,
    *,
    signatures: int = 10,
    forgeries: int = 20,
    seed: int = 0,
    difficulty: Difficulty | None = None,
) -> Dataset:
    """Return signatures of simulated writers, and forgeries of them, as a data set; each is made when it is loaded.

    Parameters
    ----------
    people : int or iterable of int
        How many, or which; writer 7 of a seed is the same in every data set.
    sessions, signatures : int
        Of each writer, and in each session.
    forgeries : int
        Of each writer, by several forgers in turn, five by each.
    seed : int
        The population's.
    difficulty : Difficulty, optional

    Returns
    -------
    Dataset
        Named "simulated-signatures-<seed>", with the columns of `lineament.datasets.forgeries`.

    Raises
    ------
    LineamentError
        When there are no people, sessions or signatures.

    Examples
    --------
    >>> data = simulated_signatures(2, signatures=3, forgeries=2, seed=5)
    >>> print(data)
    simulated-signatures-5: 16 samples of 4 subjects in 1 to 2 sessions each
    >>> data.load(0).subject, data.load(7).attributes["forgery"]
    ('sim5-00000', True)
    """
    which = range(people) if isinstance(people, int) else list(people)
    if not len(which) or sessions < 1 or signatures < 1 or forgeries < 0:
        came = f"{len(which)} writers, {sessions} sessions of {signatures} and {forgeries} forgeries"
        raise LineamentError("simulated signatures: at least one writer, session and signature", came, "ask for more")
    rows = []
    for index in which:
        for session in range(1, sessions + 1):
            row = signature_row(name_of(seed, index), f"S{session:03d}", forged=False)
            rows += [
                {**row, "simulated": True, "_person": index, "_session": session, "_number": n}
                for n in range(signatures)
            ]
        row = signature_row(name_of(seed, index), "", forged=True)
        rows += [{**row, "simulated": True, "_person": index, "_session": 0, "_number": n} for n in range(forgeries)]
    hard = difficulty or Difficulty()

    def load(row: Mapping[str, Any]) -> Sample:
        return _simulated(row, seed, hard)

    return Dataset(f"simulated-signatures-{seed}", pd.DataFrame(rows), load, licence="Apache-2.0", citation="simulated")


def name_of(seed: int, index: int) -> str:
    """Return the name of a writer."""
    return f"sim{seed}-{index:05d}"


def _simulated(row: Mapping[str, Any], seed: int, difficulty: Difficulty) -> Sample:
    """Return the signature of a row."""
    person, session, number = int(row["_person"]), int(row["_session"]), int(row["_number"])
    plan = simulate_writer(seed, person)
    rng = np.random.default_rng([seed, person, SIGNATURE, session, number])
    if session:
        day = plan.varied(np.random.default_rng([seed, person, SESSION, session]), *difficulty.session)
        plan = day.varied(rng, *difficulty.signature)
    else:
        forger = np.random.default_rng([seed, person, FORGER, number // CAPTURES_PER_FORGER])
        plan = forged(plan, forger, difficulty).varied(rng, *difficulty.signature)
    values, times = written(plan, rng)
    return signature_sample(
        values,
        times,
        CHANNELS,
        subject=str(row["subject"]),
        session=str(row["session"]),
        attributes={"forgery": not session, "target": str(row["target"])},
        source=f"{row['subject']}/{row['session']}/{number + 1}",
    )
