"""Backs of hands that do not exist: their outline and the veins under their skin, grown from the knuckles to the wrist.

Coordinates are millimetres on the back of a left hand whose fingers point down: x from the thumb's side to the little
finger's, y from the knuckle line towards the wrist. A right hand is a left hand mirrored when it is looked at.

Veins drain from the webs between the fingers to the wrist. Each root is a tip that grows by steps, held to a trunk it
drains into, astray by chance; a tip that meets another vein ends in it, and what flows on is wider by Murray's law
(1926): the cubes of the radii add up. Tips may split, and arches join neighbours, so that there are loops.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Path = tuple[FloatArray, FloatArray]
"""Points (n, 2) and radii (n,) of a vein, mm."""

HAND, PERSON = 11, 12
"""Tags that keep the streams of random numbers of hands and people apart."""
STEP = 2.0
"""Millimetres that a tip grows at once."""
LENGTH = 135.0
"""Millimetres from the knuckle line at which growth ends: beyond the picture."""
MEETING = 1.6
"""Side of the cells (mm): a tip runs into a vein in its own or a neighbouring one."""
PULLED = 6.0
"""Millimetres about the end of an arch within which veins bend towards it."""
SPLITTING = 0.02
"""Chance that a tip splits at a step."""


@dataclass(frozen=True)
class Vein:
    """One vessel, from where it begins to where it ends.

    Parameters
    ----------
    points : array (n, 2)
        Its middle, mm.
    radii : array (n,)
        mm.
    depth : array (n,)
        Of its middle below the skin, mm.
    """

    points: FloatArray
    radii: FloatArray
    depth: FloatArray


@dataclass(frozen=True)
class Outline:
    """The silhouette of a hand, mm.

    Parameters
    ----------
    half_width : float
        At the knuckles.
    tapers : tuple of float
        Share of it that is lost from the knuckles to the wrist, on the thumb's and on the little finger's side.
    knuckles : array (4, 3)
        Of the index to the little finger: x, how far it stands out downwards, half its breadth.
    slant : float
        Slope of the knuckle line.
    """

    half_width: float
    tapers: tuple[float, float]
    knuckles: FloatArray
    slant: float


@dataclass(frozen=True)
class Hand:
    """One simulated hand: the same for the same seed, person and side, however many are drawn.

    Parameters
    ----------
    seed, person : int
        Which person of which population.
    side : str
        ``"left"`` or ``"right"``.
    outline : Outline
    veins : tuple of Vein
    hair : array (n, 4)
        Ends of hairs: x, y, x, y in mm.
    tendons : array (n, 3)
        x at the knuckles, x at the wrist, height of the ridge (share of the brightness).
    grain : float
        How rough the skin looks (share of the brightness).
    """

    seed: int
    person: int
    side: str
    outline: Outline
    veins: tuple[Vein, ...] = field(repr=False)
    hair: FloatArray = field(repr=False)
    tendons: FloatArray = field(repr=False)
    grain: float = 0.0

    @property
    def name(self) -> str:
        """The subject's name."""
        return f"{self.person_name}-{self.side}"

    @property
    def person_name(self) -> str:
        """The name of the person whose hand it is."""
        return f"sim{self.seed}-{self.person:05d}"


def simulate_hand(seed: int, person: int, side: str) -> Hand:
    """Return one hand of one person of a population.

    A person's two hands are alike in size, fat and hair; their veins have nothing in common.

    Parameters
    ----------
    seed, person : int
    side : str
        ``"left"`` or ``"right"``.

    Examples
    --------
    >>> hand = simulate_hand(0, 3, "left")
    >>> hand.name, len(hand.veins) == len(simulate_hand(0, 3, "left").veins)
    ('sim0-00003-left', True)
    """
    whole = np.random.default_rng([seed, PERSON, person])
    size, fat, hairiness = whole.normal(44.5, 2.3), np.exp(whole.normal(0.0, 0.35)), whole.beta(0.9, 2.2)
    rng = np.random.default_rng([seed, HAND, person, side == "right"])
    outline = _outline(rng, size)
    return Hand(
        seed,
        person,
        side,
        outline,
        veins=tuple(_veins(rng, outline, fat)),
        hair=_hair(rng, outline, hairiness),
        tendons=_tendons(rng, outline),
        grain=float(whole.uniform(0.01, 0.05)),
    )


def _outline(rng: np.random.Generator, half_width: float) -> Outline:
    """Draw an outline about a width that the person has."""
    places = np.array([-0.72, -0.22, 0.27, 0.74]) + rng.normal(0, 0.035, 4)
    heights = np.array([6.0, 11.0, 8.0, 3.5]) + rng.normal(0, 2.0, 4)
    breadths = np.array([9.0, 8.0, 7.5, 8.0]) + rng.normal(0, 0.8, 4)
    tapers = (float(np.clip(rng.normal(0.48, 0.09), 0.2, 0.7)), float(np.clip(rng.normal(0.12, 0.06), 0.0, 0.35)))
    knuckles = np.column_stack([half_width * places, np.maximum(heights, 0.5), breadths])
    return Outline(half_width, tapers, knuckles, slant=float(rng.normal(0.05, 0.03)))


def sides(
    outline: Outline, y: NDArray[np.floating[Any]]
) -> tuple[NDArray[np.floating[Any]], NDArray[np.floating[Any]]]:
    """Return x of the thumb's and of the little finger's side of a hand at heights y, mm."""
    share = np.clip(y / 110.0, -0.2, 1.3)
    rounded = outline.half_width * 0.16 * np.exp(-np.maximum(y + 4.0, 0.0) / 7.0)
    thumb, little = outline.tapers
    left = -outline.half_width * (1 - thumb * share) + rounded
    right = outline.half_width * (1 - little * share**2) - rounded
    return left, right


@dataclass(eq=False)
class _Tip:
    """The growing end of a vein."""

    points: list[tuple[float, float]]
    radii: list[float]
    angle: float
    target: float
    alive: bool = True
    ends_in: _Tip | None = None
    parent: _Tip | None = None


class _Ground:
    """Where veins have grown: cells of the hand, and the tip that passed there."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int], tuple[_Tip, int]] = {}

    @staticmethod
    def _cell(point: tuple[float, float]) -> tuple[int, int]:
        return round(point[0] / MEETING), round(point[1] / MEETING)

    def take(self, tip: _Tip) -> None:
        """Note a tip's last point."""
        self._cells.setdefault(self._cell(tip.points[-1]), (tip, len(tip.points) - 1))

    def met(self, tip: _Tip) -> tuple[_Tip, int] | None:
        """Return the other vein that a tip's end has come upon, and at which of its points."""
        column, row = self._cell(tip.points[-1])
        for across in (0, -1, 1):
            for along in (0, -1, 1):
                other, place = self._cells.get((column + across, row + along), (tip, 0))
                related = other is tip or other.ends_in is tip or other is tip.parent or other.parent is tip
                if not related:
                    return other, place
        return None


def _veins(rng: np.random.Generator, outline: Outline, fat: float) -> list[Vein]:
    """Grow the veins of a hand."""
    paths = [(np.array(tip.points), np.array(tip.radii)) for tip in _grow(rng, outline) if len(tip.points) > 3]
    paths += _arches(rng, paths)
    paths += _twigs(rng, paths)
    width, surface = np.exp(rng.normal(0, 0.16)), rng.normal(0.0, 0.35, 5)
    veins = []
    for points, radii in paths:
        along = np.linspace(0, 1, len(points))
        radii = radii * width * (1 + 0.12 * np.sin(2 * np.pi * (rng.random() + along * rng.uniform(0.5, 2))))
        depth = 1.35 * fat * np.exp(rng.normal(0, 0.25)) * np.exp(_field(points, surface)) + 0.8 * radii
        veins.append(Vein(points, radii, depth))
    return veins


def _field(points: FloatArray, weights: FloatArray) -> FloatArray:
    """Return a smooth field over the hand at points (n, 2): fat is thicker here, thinner there."""
    x, y = points[:, 0] / 40, points[:, 1] / 60
    waves = [np.sin(2 * x + 1), np.cos(2 * y), np.sin(2 * (x + y)), np.cos(3 * x - y), np.sin(3 * y)]
    total: FloatArray = weights @ np.array(waves)
    return total


def _grow(rng: np.random.Generator, outline: Outline) -> list[_Tip]:
    """Let the roots grow from the webs to the wrist, all at the same time."""
    wrist = np.sort(rng.uniform(-0.4, 0.75, rng.integers(2, 5))) * outline.half_width
    tips = [_root(rng, x, y, wrist) for x, y in _roots(rng, outline)]
    ground = _Ground()
    for _ in range(int(1.6 * LENGTH / STEP)):
        growing = [tip for tip in tips if tip.alive]
        if not growing:
            break
        for tip in growing:
            _advance(rng, tip, outline)
            _meet(tip, ground)
            if tip.alive and len(tip.points) > 5 and rng.random() < SPLITTING:
                tips.append(_split(rng, tip, wrist))
    return tips


def _roots(rng: np.random.Generator, outline: Outline) -> list[tuple[float, float]]:
    """Return where veins begin: one or two in each web, and at both edges of the hand."""
    knuckles = outline.knuckles[:, 0]
    roots = []
    for web in (knuckles[:-1] + knuckles[1:]) / 2:
        apart = rng.uniform(2.5, 6.0) if rng.random() < 0.55 else 0.0
        for side in (-1, 1) if apart else (0,):
            roots.append((web + side * apart + rng.normal(0, 1.0), rng.uniform(-4.0, 3.0)))
    if rng.random() < 0.75:
        roots.append((-0.93 * outline.half_width, rng.uniform(4.0, 22.0)))
    if rng.random() < 0.75:
        roots.append((0.93 * outline.half_width, rng.uniform(2.0, 18.0)))
    return roots


def _root(rng: np.random.Generator, x: float, y: float, wrist: FloatArray) -> _Tip:
    near = np.exp(-np.abs(wrist - x) / rng.uniform(8.0, 40.0))
    target = float(rng.choice(wrist, p=near / near.sum()))
    return _Tip([(x, y)], [float(np.exp(rng.normal(-0.05, 0.22)))], angle=rng.normal(0, 0.3), target=target)


def _advance(rng: np.random.Generator, tip: _Tip, outline: Outline) -> None:
    """Let a tip grow by a step."""
    x, y = tip.points[-1]
    wanted = math.atan2(tip.target - x, max(LENGTH - y, 25.0) * 0.8)
    tip.angle += 0.09 * (wanted - tip.angle) + rng.normal(0, 0.11)
    x, y = x + STEP * math.sin(tip.angle), y + STEP * math.cos(tip.angle)
    left, right = (float(side) for side in sides(outline, np.array(y)))
    if not left + 2 < x < right - 2:
        x = min(max(x, left + 2), right - 2)
        tip.angle *= 0.5
    tip.points.append((x, y))
    tip.radii.append(tip.radii[-1])
    tip.alive = -8.0 < y < LENGTH


def _meet(tip: _Tip, ground: _Ground) -> None:
    """Let a tip that has run into another vein end in it; where that still grows, it is wider from then on."""
    met = ground.met(tip) if len(tip.points) > 5 else None
    if met is None:
        ground.take(tip)
        return
    tip.ends_in, place = met
    tip.points.append(tip.ends_in.points[place])
    tip.radii.append(tip.radii[-1])
    tip.alive = False
    tip.ends_in.radii[-1] = (tip.ends_in.radii[-1] ** 3 + tip.radii[-1] ** 3) ** (1 / 3)


def _split(rng: np.random.Generator, tip: _Tip, wrist: FloatArray) -> _Tip:
    """Return a new tip that leaves a vein sideways."""
    side = rng.choice([-1.0, 1.0])
    angle, radius = tip.angle + side * rng.uniform(0.5, 1.0), tip.radii[-1] * rng.uniform(0.6, 0.95)
    tip.angle -= side * rng.uniform(0.1, 0.3)
    return _Tip([tip.points[-1]], [radius], angle, target=float(rng.choice(wrist)), parent=tip)


def _arches(rng: np.random.Generator, paths: list[Path]) -> list[Path]:
    """Return veins that join neighbours crosswise, as the dorsal arch does; the neighbours bend towards them."""
    arches = []
    for _ in range(rng.choice([1, 2, 3], p=[0.4, 0.4, 0.2])):
        height, slope = rng.uniform(12.0, 62.0), rng.normal(0.0, 0.3)
        crossed = sorted(
            (points[place, 0], number, place)
            for number, (points, _) in enumerate(paths)
            for place in [int(np.abs(points[:, 1] - height - slope * points[:, 0] - rng.normal(0, 5.0)).argmin())]
            if 3 < place < len(points) - 3
        )
        for (left, first, here), (right, second, there) in itertools.pairwise(crossed):
            if 5.0 < right - left < 38.0 and rng.random() < 0.65:
                _pull(rng, paths, paths[first][0][here].copy(), paths[second][0][there].copy())
                arches.append(_bridge(rng, paths[first], here, paths[second], there))
    return arches


def _pull(rng: np.random.Generator, paths: list[Path], first: FloatArray, second: FloatArray) -> None:
    """Bend two veins towards each other about a point of each, and with them whatever lies there."""
    gap = second - first
    for place, way in ((first, gap), (second, -gap)):
        amount = rng.uniform(0, 1) * min(0.25, 0.5 * PULLED / float(np.hypot(*gap)))
        for points, _ in paths:
            near = np.exp(-0.5 * ((points - place) ** 2).sum(axis=1) / PULLED**2)
            points += amount * near[:, None] * way


def _bridge(rng: np.random.Generator, first: Path, here: int, second: Path, there: int) -> Path:
    """Return a vein from a point of one vein to a point of another."""
    start, end = first[0][here], second[0][there]
    sag = (start + end) / 2 + rng.normal(0, 0.12, 2) * np.hypot(*(end - start))
    t = np.linspace(0, 1, 16)[:, None]
    radius = 0.5 * (first[1][here] + second[1][there]) * np.exp(rng.normal(-0.05, 0.2))
    return (1 - t) ** 2 * start + 2 * t * (1 - t) * sag + t**2 * end, np.full(len(t), radius)


def _twigs(rng: np.random.Generator, paths: list[Path]) -> list[Path]:
    """Return thin vessels that begin somewhere on the others and wander off."""
    twigs = []
    for _ in range(rng.integers(6, 18)):
        path, radii = paths[rng.integers(len(paths))]
        place = rng.integers(len(path))
        steps = int(rng.uniform(6, 22))
        angles = rng.uniform(-np.pi, np.pi) + np.cumsum(rng.normal(0, 0.16, steps))
        way = path[place] + STEP * np.cumsum(np.column_stack([np.sin(angles), np.cos(angles)]), axis=0)
        twigs.append((np.vstack([path[place], way]), np.full(steps + 1, radii[place] * rng.uniform(0.3, 0.55))))
    return twigs


def _hair(rng: np.random.Generator, outline: Outline, hairiness: float) -> FloatArray:
    """Return hairs: denser towards the little finger's side and the wrist, and all lying much the same way."""
    count = int(1600 * hairiness**2)
    y = 110 * np.sqrt(rng.random(count))
    left, right = sides(outline, y)
    x = left + (right - left) * rng.beta(1.6, 1.2, count)
    angles = np.pi / 2 + rng.normal(0.25, 0.15) * x / 20 + rng.normal(0, 0.35, count)
    length = rng.uniform(3.0, 8.0, count)
    return np.column_stack([x, y, x + length * np.sin(angles), y - length * np.cos(angles)])


def _tendons(rng: np.random.Generator, outline: Outline) -> FloatArray:
    """Return the ridges of the extensor tendons, from the knuckles to the middle of the wrist."""
    start = outline.knuckles[:, 0]
    end = 0.35 * start + rng.normal(0, 2.0, 4)
    return np.column_stack([start, end, np.abs(rng.normal(0, 0.03, 4))])
