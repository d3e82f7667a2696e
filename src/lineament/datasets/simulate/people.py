"""People who do not exist: their bodies and habits, and how these drift from session to session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from lineament.datasets.simulate.traits import LIMIT, TRAITS
from lineament.errors import LineamentError

PERSON, SESSION = 1, 2
"""Tags that keep the streams of random numbers of persons and sessions apart."""

MEASURES = ("stature", "shoulder_height", "shoulder_width", "upper_arm", "forearm")
MEN = np.array([(175.6, 6.9), (144.1, 6.3), (41.6, 1.9), (33.5, 1.7), (26.8, 1.5)])
WOMEN = np.array([(162.9, 6.4), (133.5, 5.8), (36.5, 1.8), (31.1, 1.7), (24.3, 1.6)])
"""Means and standard deviations in cm: stature, acromial height, biacromial breadth, acromion to radiale, radiale to
stylion; those of ANSUR II (Gordon et al. 2014, NATICK/TR-15/007) as they are remembered, not checked against it."""

CORRELATIONS = np.array(
    [
        [1.00, 0.96, 0.50, 0.80, 0.75],
        [0.96, 1.00, 0.50, 0.80, 0.75],
        [0.50, 0.50, 1.00, 0.45, 0.40],
        [0.80, 0.80, 0.45, 1.00, 0.75],
        [0.75, 0.75, 0.40, 0.75, 1.00],
    ]
)
"""Correlations within a sex, rounded to the order found in that survey (its predecessor prints them: Cheverud et al.
1990, NATICK/TR-90/032)."""

EYES_BELOW_CROWN = 11.5
SHOES = 2.0
GRIP = 8.0
"""Centimetres: eyes below the crown (ANSUR: 11 to 12), height of soles, from wrist to the controller's origin."""


@dataclass(frozen=True)
class Body:
    """Sizes in cm.

    Parameters
    ----------
    stature, shoulder_height, shoulder_width, upper_arm, forearm : float
        As in ANSUR II, without shoes.
    """

    stature: float
    shoulder_height: float
    shoulder_width: float
    upper_arm: float
    forearm: float

    @property
    def eye_height(self) -> float:
        """Height of the eyes above the floor, in shoes (cm)."""
        return self.stature - EYES_BELOW_CROWN + SHOES

    @property
    def arm(self) -> float:
        """Longest distance from shoulder to controller (cm)."""
        return self.upper_arm + self.forearm + GRIP


@dataclass(frozen=True)
class Person:
    """One simulated person: the same for the same seed and index, however many are drawn.

    Parameters
    ----------
    seed, index : int
        Which person of which population.
    sex : str
        ``"f"`` or ``"m"``.
    body : Body
        Sizes.
    left_handed : bool
        Which hand does what one hand does.
    deviations : mapping
        From each trait to the person's deviation from its centre.
    """

    seed: int
    index: int
    sex: str
    body: Body
    left_handed: bool
    deviations: Mapping[str, float] = field(repr=False)

    @property
    def name(self) -> str:
        """The subject's name."""
        return f"sim{self.seed}-{self.index:05d}"

    def trait(self, name: str) -> float:
        """Return the person's own value of a trait, without any session's drift."""
        return next(trait for trait in TRAITS if trait.name == name).value(self.deviations[name])


@dataclass(frozen=True)
class Manner:
    """A person as on the day of one session.

    Parameters
    ----------
    traits : mapping
        Each trait's value in this session.
    floor : float
        Centimetres by which the device takes the floor to lie too low (calibration).
    display : tuple of float
        Pitch and roll by which the display sits on the head today, degrees.
    """

    traits: Mapping[str, float]
    floor: float
    display: tuple[float, float]

    def __getitem__(self, name: str) -> float:
        """Return a trait's value."""
        return self.traits[name]


FLOOR_SPREAD, FLOOR_LIMIT, RECALIBRATED = 0.5, 6.0, 0.08
"""Floor calibration: its usual standard deviation (cm); how far off it lies at most where it was set anew without care,
evenly spread, so that two sessions of one person differ by up to 12 cm; and how often that is so. On `xr-objects`
standing height (90th percentile) keeps to 0.8 cm between sessions of one person, mean height to 3.1 cm (up to 12)."""
DISPLAY_SPREAD = (2.2, 0.9)
"""Standard deviations of how the display sits, from session to session: pitch, roll (degrees)."""


def simulate_person(seed: int, index: int) -> Person:
    """Return person `index` of the population of `seed`.

    Raises
    ------
    LineamentError
        When either is negative.

    Examples
    --------
    >>> someone = simulate_person(seed=1, index=7)
    >>> someone == simulate_person(seed=1, index=7), someone.name
    (True, 'sim1-00007')
    """
    if seed < 0 or index < 0:
        raise LineamentError(
            "simulated people: a seed and an index of at least 0", f"{seed} and {index}", "count from 0"
        )
    rng = np.random.default_rng([PERSON, seed, index])
    sex = "f" if rng.random() < 0.5 else "m"
    left_handed = bool(rng.random() < 0.1)
    body = _body(sex, rng)
    vigour = rng.standard_normal()
    own = rng.standard_normal(len(TRAITS))
    deviations = {}
    for trait, alone in zip(TRAITS, own, strict=True):
        standard = trait.vigour * vigour + np.sqrt(1.0 - trait.vigour**2) * alone
        deviations[trait.name] = float(trait.between * np.clip(standard, -LIMIT, LIMIT))
    return Person(seed, index, sex, body, left_handed, deviations)


def session_rng(person: Person, session: int) -> np.random.Generator:
    """Return the source of randomness of one session of one person."""
    return np.random.default_rng([SESSION, person.seed, person.index, session])


def manner(person: Person, rng: np.random.Generator, drift: float = 1.0) -> Manner:
    """Return the person as in one session.

    Parameters
    ----------
    person : Person
        Who.
    rng : numpy Generator
        The session's.
    drift : float
        Factor on every spread between sessions; 0 makes all sessions alike.
    """
    mood = rng.standard_normal()
    standard = np.clip(
        0.4 * mood * _VIGOUR + np.sqrt(1 - (0.4 * _VIGOUR) ** 2) * rng.standard_normal(len(TRAITS)), -LIMIT, LIMIT
    )
    traits = {
        trait.name: trait.value(person.deviations[trait.name] + drift * trait.within * float(deviation))
        for trait, deviation in zip(TRAITS, standard, strict=True)
    }
    careless = rng.random() < RECALIBRATED
    floor = float(rng.uniform(-FLOOR_LIMIT, FLOOR_LIMIT) if careless else rng.normal(0.0, FLOOR_SPREAD)) * drift
    pitch, roll = rng.normal(0.0, DISPLAY_SPREAD) * drift
    return Manner(traits, floor, (float(pitch), float(roll)))


_VIGOUR = np.array([np.sign(trait.vigour) for trait in TRAITS])


def _body(sex: str, rng: np.random.Generator) -> Body:
    """Draw the sizes of a body."""
    means, spreads = (MEN if sex == "m" else WOMEN).T
    standard = np.linalg.cholesky(CORRELATIONS) @ np.clip(rng.standard_normal(len(MEASURES)), -LIMIT, LIMIT)
    return Body(*(float(size) for size in means + spreads * standard))
