"""Generators of people who do not exist."""

from lineament.datasets.simulate.dataset import simulated_motion
from lineament.datasets.simulate.motion import simulate_session
from lineament.datasets.simulate.people import Person, simulate_person

__all__ = ["Person", "simulate_person", "simulate_session", "simulated_motion"]
