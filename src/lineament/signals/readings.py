"""Whether a person moves like that, and if not, how the numbers would have to be read to be one.

A reading says what x, y and z of positions and rotations mean. `strain` adds up how far the evidence of `body` lies
beyond what people show; `read` weighs the recording as it stands against 146 other readings: all axis conventions,
positions or rotations with axes exchanged or mirrored, quaternions stored w first, Euler angles in a wrong order.
"""

from __future__ import annotations

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
"""People stay below 1.3 (73 recordings), however little of the body is recorded."""
GAIN_LIMIT = 0.35
"""Another reading must fit better by this much before it is believed against the one that stands."""
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
        return self.total >= STRAIN_LIMIT or self.gain >= GAIN_LIMIT


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
        The length of the recording: of a few seconds, correlations say little.
    """
    trust = float(np.clip(seconds / 5.0, 0.3, 1.0))
    found: dict[str, float] = {}

    def add(name: str, key: str, limit: float, unit: float, weight: float = 1.0) -> None:
        if key in shown:
            found[name] = weight * float(np.clip((limit - shown[key]) / unit, 0.0, 5.0))

    add("up", "up", 0.7, 0.1)
    if "tilt" in shown:
        # a seated viewer without a task leans farther than somebody at work
        limit = 0.22 if hands or "yaw" in shown else 0.48
        found["tilt"] = float(np.clip((shown["tilt"] - limit) / 0.06, 0.0, 5.0))
    add("below", "below", 3.0, 5.0)
    add("front", "front", -1.0, 4.0)
    add("side", "side", *((4.0, 4.0) if hands == 2 else (2.0, 8.0)))
    if "yaw" in shown:
        neck = {"neck": (shown["yaw"] + shown["pitch"]) / 2, "worse": min(shown["yaw"], shown["pitch"])}
        found["neck"] = trust * float(np.clip((0.2 - neck["neck"]) / 0.1, 0.0, 5.0))
        found["neck sense"] = trust * float(np.clip(-neck["worse"] / 0.12, 0.0, 5.0))
    add("lean", "lean", -0.05, 0.15, trust)
    add("forearm", "forearm", 0.15, 0.1, trust)
    return found


def fit(shown: Mapping[str, float], strained: Mapping[str, float]) -> float:
    """Return how well a reading fits: the mean correlation of the laws and of the head's level, less its strain."""
    laws = [shown[key] for key in ("yaw", "pitch", "lean", "forearm") if key in shown]
    if "tilt" in shown:
        laws.append(-2.0 * shown["tilt"])
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
    tried = {g: _weigh(AS_IT_STANDS, body, g) for g in (1, -1)}
    chosen = max(gazes, key=lambda g: tried[g][0])
    score, strained, shown = tried[chosen]
    told = sum(tried[-chosen][1].values()) - sum(strained.values()) >= GAZE_LIMIT
    best, best_gaze, best_score = AS_IT_STANDS, chosen, score
    if "yaw" in shown or sum(strained.values()) >= STRAIN_LIMIT:
        few = Body(
            {joint: p[:, :: _every(body)] for joint, p in body.positions.items()},
            {joint: q[:, :: _every(body)] for joint, q in body.rotations.items()},
            body.dt[:: _every(body)],
            body.seconds,
        )
        best_score = _weigh(AS_IT_STANDS, few, chosen)[0]
        start = best_score
        for reading in readings():
            for g in gazes:
                other = _weigh(reading, few, g)[0]
                if other > best_score + 0.02:
                    best, best_gaze, best_score = reading, g, other
        return Verdict(chosen, told, strained, shown, best, best_gaze, best_score - start)
    return Verdict(chosen, told, strained, shown, best, best_gaze, 0.0)


def _every(body: Body) -> int:
    return max(1, len(body.dt) // 1200)


def _weigh(reading: Reading, body: Body, gaze: int) -> tuple[float, dict[str, float], dict[str, float]]:
    shown = evidence(reading.of(body), gaze)
    hands = sum(hand in body.positions for hand in HANDS) if "head" in body.positions else 0
    strained = strain(shown, hands, body.seconds)
    return fit(shown, strained), strained, shown
