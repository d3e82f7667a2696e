"""Whether a person moves like that, and if not, how the numbers would have to be read to be one.

A reading says what x, y and z of positions and rotations mean. `strain` adds up how far the evidence of `body` lies
beyond what people show; `read` weighs the recording as it stands against 146 other readings: all axis conventions,
positions or rotations with axes exchanged or mirrored, quaternions stored w first, Euler angles in a wrong order.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations, product
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from lineament.signals.body import HANDS, Body, evidence

FloatArray = NDArray[np.float64]
EulerOrder = Literal["xyz", "XYZ", "yxz", "YXZ"]

STRAIN_LIMIT = 2.2
"""From here on nobody moves like that."""
GAIN_LIMIT, DOUBTFUL = 0.6, 1.0
"""Nor from this strain on, where another reading fits better by this much."""
UNSTRAINED = 0.5
"""Below this a recording is taken as it stands, however well another reading fits."""
SEARCH_STEPS = 500
GAZE_LIMIT = 2.5
"""Strain of the opposite gaze less that of this one, from which on the gaze counts as told."""


@dataclass(frozen=True)
class Reading:
    """One way to read the numbers.

    `kind` is "as it stands", "axes" (positions and rotations in other axes), "positions", "rotations" (only these read
    otherwise), "order" (w first) or "euler" (angles applied in another order); `matrix` what multiplies the vectors.
    """

    kind: str
    matrix: FloatArray
    quaternions: Callable[[FloatArray], FloatArray] | None = None

    def of(self, body: Body) -> Body:
        """Return the body read this way."""
        if self.kind == "axes":
            return body.read_as(self.matrix, np.linalg.det(self.matrix).round() * self.matrix)
        if self.kind == "positions":
            return body.read_as(self.matrix)
        if self.kind == "rotations":
            return body.read_as(None, self.matrix)
        return body.read_as(quaternions=self.quaternions)

    def letters(self, gaze: int) -> str:
        """Return what the axes are called that the recording seems to be in, e.g. "FRU"."""
        names = np.array([["R", "L"], ["U", "D"], ["F", "B"]])
        total = np.diag([1.0, 1.0, gaze]) @ self.matrix
        return "".join(
            names[np.argmax(np.abs(column)), int(column[np.argmax(np.abs(column))] < 0)] for column in total.T
        )

    def order(self) -> str:
        """Return how x, y, z have to be read, e.g. "z, y, -x"."""
        return ", ".join(("-" if row.min() < 0 else "") + "xyz"[int(np.argmax(np.abs(row)))] for row in self.matrix)


@dataclass(frozen=True)
class Verdict:
    """How a recording reads as it stands, and the reading that fits best."""

    gaze: int
    gaze_told: bool
    strain: Mapping[str, float]
    shown: Mapping[str, float]
    best: Reading
    best_gaze: int
    gain: float

    @property
    def total(self) -> float:
        """The strain as it stands."""
        return sum(self.strain.values())

    @property
    def broken(self) -> bool:
        """Whether no person moves like that."""
        return self.total >= STRAIN_LIMIT or (self.total >= DOUBTFUL and self.gain >= GAIN_LIMIT)


AS_IT_STANDS = Reading("as it stands", np.eye(3))


def readings() -> Iterator[Reading]:
    """Yield every other reading, likelier ones first."""
    yield Reading("order", np.eye(3), lambda q: q[..., [1, 2, 3, 0]])
    signed = [
        np.array(
            [[float(sign) * (axis == column) for column in range(3)] for axis, sign in zip(order, signs, strict=True)]
        )
        for order in permutations(range(3))
        for signs in product((1, -1), repeat=3)
    ]
    for kind in ("axes", "rotations", "positions"):
        yield from (Reading(kind, matrix) for matrix in signed[1:])
    orders: tuple[tuple[EulerOrder, EulerOrder], ...] = (("xyz", "XYZ"), ("XYZ", "xyz"), ("yxz", "YXZ"), ("YXZ", "yxz"))
    for applied, meant in orders:
        yield Reading("euler", np.eye(3), _reordered(applied, meant))


def _reordered(applied: EulerOrder, meant: EulerOrder) -> Callable[[FloatArray], FloatArray]:
    def convert(quaternions: FloatArray) -> FloatArray:
        flat = quaternions.reshape(-1, 4)
        out = np.full(flat.shape, np.nan)
        known = np.isfinite(flat).all(axis=1)
        if known.any():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # of gimbal lock: any of the angles will do
                angles = Rotation.from_quat(flat[known]).as_euler(applied)
            out[known] = Rotation.from_euler(meant, angles).as_quat()
        return out.reshape(quaternions.shape)

    return convert


def strain(shown: Mapping[str, float], hands: int, seconds: float) -> dict[str, float]:
    """Return how far each piece of evidence lies beyond what people show; 0 is within, 5 the most.

    Parameters
    ----------
    shown : mapping
        From `evidence`.
    hands : int
        How many hands have a position.
    seconds : float
        The length of the recording. The limits are what 0.5 % of the windows of that length exceed in recordings of
        people (2,000 windows of 3 to 60 s).
    """
    short, brief = (float(np.clip((enough - seconds) / enough, 0.0, 1.0)) for enough in (20.0, 10.0))
    limits = {
        "up": (0.6, 0.1),
        "tilt": (0.25, 0.06),
        "below": (-5.0, 6.0),
        "front": (-5.0 - 25.0 * brief, 5.0),
        "side": (-8.0 * short, 4.0) if hands == 2 else (-5.0 - 20.0 * brief, 10.0),
        "pitch": (0.05 - 0.25 * short, 0.1),
        "yaw": (-0.1 - 0.4 * short, 0.12),
        "lean": (-0.1 - 0.2 * short, 0.12),
        "swing": (0.35 - 0.25 * short, 0.1),
        "lift": (0.3 - 0.15 * short, 0.1),
    }
    if not hands and "pitch" not in shown:
        # a seated viewer with nothing to do leans much farther than somebody at work
        limits |= {"up": (0.55, 0.1), "tilt": (0.55 + 0.35 * float(np.clip((60.0 - seconds) / 60.0, 0.0, 1.0)), 0.06)}
    signs = {"tilt": -1.0}
    return {
        name: float(np.clip(signs.get(name, 1.0) * (limit - shown[name]) / unit, 0.0, 5.0))
        for name, (limit, unit) in limits.items()
        if name in shown
    }


def fit(shown: Mapping[str, float], strained: Mapping[str, float]) -> float:
    """Return how well a reading fits: the mean correlation of the laws and of the head's level, less its strain."""
    weights = {"pitch": 1.0, "yaw": 0.5, "lean": 0.5, "swing": 1.0, "lift": 1.0, "tilt": -2.0}
    laws = [weight * shown[name] for name, weight in weights.items() if name in shown]
    return (float(np.mean(laws)) if laws else 0.0) - 0.3 * sum(strained.values())


def read(body: Body, gaze: int | None) -> Verdict:
    """Weigh a recording as it stands against every other reading.

    Parameters
    ----------
    body : Body
        The recording.
    gaze : int or None
        1 or -1 where its axes are declared; None where the motion has to tell.
    """
    gazes = (1, -1) if gaze is None else (gaze,)
    tried = _weigh(AS_IT_STANDS, body)
    chosen = max(gazes, key=lambda g: tried[g].fit)
    told = sum(tried[-chosen].strain.values()) - sum(tried[chosen].strain.values()) >= GAZE_LIMIT
    best, best_gaze, gain = AS_IT_STANDS, chosen, 0.0
    if sum(tried[chosen].strain.values()) >= UNSTRAINED:
        few = body.thinned(SEARCH_STEPS)
        start = _weigh(AS_IT_STANDS, few)[chosen].fit
        for reading in readings():
            weighed = _weigh(reading, few)
            for g in gazes:
                if weighed[g].fit - start > gain + 0.02:
                    best, best_gaze, gain = reading, g, weighed[g].fit - start
    return Verdict(chosen, told, tried[chosen].strain, tried[chosen].shown, best, best_gaze, gain)


@dataclass(frozen=True)
class _Weight:
    fit: float
    strain: dict[str, float]
    shown: dict[str, float]


def _weigh(reading: Reading, body: Body) -> dict[int, _Weight]:
    """Return how a reading fits for either gaze."""
    hands = sum(hand in body.positions for hand in HANDS) if "head" in body.positions else 0
    either = evidence(reading.of(body))
    weights = {}
    for gaze in (1, -1):
        shown = either[gaze]
        strained = strain(shown, hands, body.seconds)
        weights[gaze] = _Weight(fit(shown, strained), strained, shown)
    return weights
