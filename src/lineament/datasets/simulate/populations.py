"""Simulated people of every modality, as the demonstration and `lineament simulate` make them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol as Structure

from lineament.datasets.dataset import Dataset
from lineament.datasets.simulate.browsing import simulated_browsing
from lineament.datasets.simulate.dataset import simulated_motion
from lineament.datasets.simulate.gait import simulated_gait
from lineament.datasets.simulate.mouse import simulated_mouse
from lineament.datasets.simulate.signatures import simulated_signatures
from lineament.datasets.simulate.typing import simulated_typing
from lineament.errors import LineamentError
from lineament.registry import nearest

PHRASE = "every day i type this"
"""What everybody types, five times a session."""


class Simulator(Structure):
    """Makes people of one modality."""

    def __call__(self, people: Iterable[int], sessions: int, seed: int) -> Dataset:
        """Return the recordings of these people of a population (its seed) in some sessions."""
        ...


def _motion(people: Iterable[int], sessions: int, seed: int) -> Dataset:
    return simulated_motion(people, sessions=sessions, seed=seed, layout="trials")


def _keystrokes(people: Iterable[int], sessions: int, seed: int) -> Dataset:
    return simulated_typing(people, sessions, seed=seed, phrase=PHRASE, repetitions=5)


def _mouse(people: Iterable[int], sessions: int, seed: int) -> Dataset:
    return simulated_mouse(people, sessions=sessions, seed=seed)


def _gait(people: Iterable[int], sessions: int, seed: int) -> Dataset:
    return simulated_gait(people, sessions=sessions, seed=seed)


def _browsing(people: Iterable[int], sessions: int, seed: int) -> Dataset:
    return simulated_browsing(people, sessions=sessions, seed=seed)


def _signature(people: Iterable[int], sessions: int, seed: int) -> Dataset:
    return simulated_signatures(people, sessions, signatures=5, forgeries=0, seed=seed)


SIMULATORS: dict[str, Simulator] = {
    "motion": _motion,
    "keystrokes": _keystrokes,
    "mouse": _mouse,
    "inertial": _gait,
    "signature": _signature,
    "visits": _browsing,
}


def simulated(modality: str, people: Iterable[int], *, sessions: int = 2, seed: int = 0) -> Dataset:
    """Return recordings of simulated people.

    Parameters
    ----------
    modality : str
        A key of `SIMULATORS`.
    people : iterable of int
        Person 7 of a seed is the same in every data set: ``range(100, 120)`` are strangers to ``range(100)``.
    sessions : int
        Of each person.
    seed : int
        The population's.

    Raises
    ------
    LineamentError
        When people of that modality cannot be simulated, or there are none.

    Examples
    --------
    >>> print(simulated("motion", range(3)))
    simulated-motion-0: 6 samples of 3 subjects in 2 to 2 sessions each
    """
    if modality not in SIMULATORS:
        known = list(SIMULATORS)
        raise LineamentError("simulated people: a modality", repr(modality), nearest(modality, known))
    return SIMULATORS[modality](people, sessions, seed)
