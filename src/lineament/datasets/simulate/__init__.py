"""Generators of people who do not exist."""

from lineament.datasets.simulate.dataset import simulated_motion
from lineament.datasets.simulate.motion import simulate_session
from lineament.datasets.simulate.people import Person, simulate_person
from lineament.datasets.simulate.vein_anatomy import Hand, simulate_hand
from lineament.datasets.simulate.veins import simulate_image, simulated_veins

__all__ = [
    "Hand",
    "Person",
    "simulate_hand",
    "simulate_image",
    "simulate_person",
    "simulate_session",
    "simulated_motion",
    "simulated_veins",
]
