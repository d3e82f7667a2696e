"""How a near-infrared camera sees a simulated hand: pose, light, scattering, noise.

Light of about 850 nm comes back from a few millimetres below the skin, and blood takes some of it away. A vein is a
shadow by Beer and Lambert's law, as deep as the vein is thick; tissue above it scatters the light, so that the shadow
of a vein twice as deep is about twice as broad, and the fainter for it (its sum stays).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, zoom

from lineament.datasets.simulate.vein_anatomy import Hand, sides

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
Picture = NDArray[np.floating[Any]]

SIZE = (280, 376)
"""Height and width of an image, as in `vein-dorsal`."""
PIXELS_PER_MM = 2.68
BOTTOM = 0.86
"""Share of the height at which the knuckle line lies."""
SESSION, IMAGE = 21, 22
ABSORPTION = 0.18
"""Of blood in excess of tissue, per mm of vein as it shows through the tissue above it."""
SCATTERING = 0.52
"""Standard deviation of the blur of a shadow per mm of tissue above it."""
BLURS = (1.0, 1.5, 2.2, 3.3, 5.0)
"""Standard deviations (pixels at half size) to which the blur of a vein is rounded."""


@dataclass(frozen=True)
class Capture:
    """The circumstances of one image.

    Parameters
    ----------
    turn : float
        Of the hand in the image plane, radians.
    shift : tuple of float
        mm, to the right and up.
    scale : float
    roll : float
        Of the hand about its length, radians: what lies on its back slides sideways.
    stretch : float
        Along the hand, of what lies on its back: how far the fist is closed.
    slide : tuple of float
        Amplitude (mm) and phases of the skin's sliding over the bones.
    dilation : float
        Factor on the veins' radii: warmth, posture of the arm.
    contrast : float
        Factor on the veins' absorption.
    focus : float
        Blur of the optics, pixels.
    light : tuple of float
        Brightness, and its slopes to the right and up, over the image.
    lamp : float
        How strongly the middle is brighter than the rim.
    fingers : float
        Brightness of what shows of the fingers below the knuckles.
    noise : float
        Of the sensor.
    """

    turn: float
    shift: tuple[float, float]
    scale: float
    roll: float
    stretch: float
    slide: tuple[float, float, float]
    dilation: float
    contrast: float
    focus: float
    light: tuple[float, float, float]
    lamp: float
    fingers: float
    noise: float


def simulate_capture(hand: Hand, session: int, image: int, drift: float = 1.0) -> Capture:
    """Draw the circumstances of one image of one session of a hand.

    Parameters
    ----------
    hand : Hand
    session, image : int
        Counted from 1. Images of a session differ little, sessions more.
    drift : float
        Factor on all that differs between sessions and images.
    """
    key = [hand.seed, hand.person, int(hand.side == "right")]
    day = np.random.default_rng([SESSION, *key, session])
    now = np.random.default_rng([IMAGE, *key, session, image])
    always = np.random.default_rng([SESSION, *key])

    def vary(between: float, within: float) -> float:
        return drift * float(between * day.standard_normal() + within * now.standard_normal())

    return Capture(
        turn=float(always.normal(-0.17, 0.07)) + vary(0.035, 0.02),
        shift=(vary(2.0, 1.0), vary(2.0, 1.0)),
        scale=float(np.exp(vary(0.02, 0.007))),
        roll=vary(0.063, 0.028),
        stretch=float(np.exp(vary(0.025, 0.01))),
        slide=(vary(0.7, 0.35), 6.3 * float(day.random()), 6.3 * float(day.random())),
        dilation=float(np.exp(vary(0.07, 0.015))),
        contrast=float(np.exp(vary(0.2, 0.03))),
        focus=0.8 + abs(vary(0.25, 0.07)),
        light=(0.76 + vary(0.035, 0.007), vary(0.05, 0.015), vary(0.05, 0.015)),
        lamp=0.10 + abs(vary(0.04, 0.007)),
        fingers=max(0.0, float(day.normal(0.0, 0.25))),
        noise=0.01,
    )


def render(hand: Hand, capture: Capture, noise: np.random.Generator) -> Float32Array:
    """Return the image (280, 376) of a hand, brightness 0 to 1.

    Parameters
    ----------
    hand : Hand
    capture : Capture
    noise : Generator
        Of the grain of skin and sensor.
    """
    half = (SIZE[0] // 2, SIZE[1] // 2)
    x, y = _hand_coordinates(capture, half)
    body = _body(hand, capture, x, y) * np.exp(-_shadows(hand, capture, half))
    image = _enlarged(body)
    image *= (1 - _hairs(hand, capture)) * (1 + hand.grain * noise.standard_normal(SIZE, dtype=np.float32))
    image = gaussian_filter(image, capture.focus, truncate=3)
    image += capture.noise * np.sqrt(image) * noise.standard_normal(SIZE, dtype=np.float32)
    if hand.side == "right":
        image = image[:, ::-1]
    return np.ascontiguousarray(image.clip(0, 1), dtype=np.float32)


def _enlarged(picture: Picture) -> Float32Array:
    """Return a picture at full size, interpolated linearly."""
    grown: Float32Array = zoom(picture.astype(np.float32), 2, order=1, grid_mode=True, mode="nearest")
    return grown


def _hand_coordinates(capture: Capture, size: tuple[int, int]) -> tuple[Picture, Picture]:
    """Return x and y on the hand (mm) of every pixel of an image of a size."""
    rows, columns = np.mgrid[: size[0], : size[1]].astype(np.float32)
    per_mm = PIXELS_PER_MM * size[0] / SIZE[0] * capture.scale
    right = (columns - 0.5 * size[1]) / per_mm - capture.shift[0]
    up = (BOTTOM * size[0] - rows) / per_mm - capture.shift[1]
    c, s = np.cos(capture.turn), np.sin(capture.turn)
    return c * right + s * up, -s * right + c * up


def _pixels(capture: Capture, hand: Hand, points: FloatArray) -> FloatArray:
    """Return column and row at full size of points (n, 2) on the back of a hand, as they slide with skin and roll."""
    width = hand.outline.half_width
    x, y = points[:, 0], points[:, 1] * capture.stretch
    dome = 0.35 * width * (1 - np.clip(x / width, -1, 1) ** 2)
    x = x * np.cos(capture.roll) + dome * np.sin(capture.roll)
    amplitude, first, second = capture.slide
    x, y = x + amplitude * np.sin(y / 28 + first), y + amplitude * np.sin(x / 20 + second)
    c, s = np.cos(capture.turn), np.sin(capture.turn)
    right, up = c * x - s * y + capture.shift[0], s * x + c * y + capture.shift[1]
    per_mm = PIXELS_PER_MM * capture.scale
    return np.column_stack([0.5 * SIZE[1] + per_mm * right, BOTTOM * SIZE[0] - per_mm * up])


def _body(hand: Hand, capture: Capture, x: Picture, y: Picture) -> Picture:
    """Return the brightness of a hand without its veins at places x and y (mm)."""
    outline = hand.outline
    left, right = sides(outline, y)
    bottom = outline.slant * x
    glow = np.zeros_like(x)
    for place, height, breadth in outline.knuckles:
        bump = np.exp(-0.5 * ((x - place) / breadth) ** 2)
        bottom = bottom - height * bump
        glow += bump * np.exp(-0.5 * ((y - 4.0) / 9.0) ** 2)
    rim = np.minimum(x - left, (right - x) * 1.7)
    shade = (1 - np.exp(-np.maximum(rim, 0) / 7.0)) * (1 - 0.45 * np.exp(-np.maximum(x - left, 0) / 16.0))
    above = y - bottom
    shade *= 1 - 0.75 * np.exp(-np.maximum(above, 0) / 3.0)
    for web in (outline.knuckles[1:, 0] + outline.knuckles[:-1, 0]) / 2:
        shade *= 1 - 0.35 * np.exp(-(((x - web) / 3.2) ** 2) - np.maximum(above, 0) / 9.0)
    for start, end, height in hand.tendons:
        at = start + (end - start) * np.clip(y / 110, 0, 1.2)
        shade *= 1 + height * np.exp(-0.5 * ((x - at) / 2.6) ** 2)
    level, across, along = capture.light
    light = level + across * x / 50 + along * (y - 45) / 60 - capture.lamp * ((x / 55) ** 2 + ((y - 45) / 75) ** 2)
    inside = _step(rim / 1.2) * _step(above / 1.0)
    hand_light = light * shade * (1 + 0.10 * glow) * inside
    fingers = capture.fingers * glow * np.exp(-0.5 * ((above + 7) / 5) ** 2) * (1 - inside)
    total: Picture = hand_light + 0.6 * fingers
    return total


def _step(value: Picture) -> Picture:
    """Return a soft step from 0 below to 1 above."""
    bounded = np.clip(0.5 * (value + 1), 0, 1)
    soft: Picture = bounded * bounded * (3 - 2 * bounded)
    return soft


def _shadows(hand: Hand, capture: Capture, size: tuple[int, int]) -> Float32Array:
    """Return the absorbance of the veins on a picture of half size."""
    scale = PIXELS_PER_MM * capture.scale / 2
    spots, masses, blurs = [], [], []
    for vein in hand.veins:
        count = max(2, int(2.2 * len(vein.points) * scale))
        along = np.linspace(0, len(vein.points) - 1, count)
        places = np.arange(len(vein.points))
        line = np.column_stack([np.interp(along, places, vein.points[:, axis]) for axis in (0, 1)])
        radius = np.interp(along, places, vein.radii) * capture.dilation
        depth = np.interp(along, places, vein.depth)
        at = _pixels(capture, hand, line) / 2
        gap = np.hypot(*np.diff(at, axis=0, prepend=at[:1]).T)
        spots.append(at)
        masses.append(ABSORPTION * capture.contrast * np.pi * radius**2 * scale * gap)
        blurs.append(scale * np.hypot(0.5 * radius, SCATTERING * depth))
    return _blurred_lines(np.concatenate(spots), np.concatenate(masses), np.concatenate(blurs), size)


def _blurred_lines(spots: FloatArray, masses: FloatArray, blurs: FloatArray, size: tuple[int, int]) -> Float32Array:
    """Return a picture of spots (n, 2), each of a mass, spread by a Gaussian."""
    levels = np.asarray(BLURS)
    nearest = np.abs(np.log(blurs[:, None] / levels)).argmin(axis=1)
    picture = np.zeros(size, dtype=np.float32)
    for level, blur in enumerate(BLURS):
        chosen = nearest == level
        if chosen.any():
            picture += gaussian_filter(splat(spots[chosen], masses[chosen], size), blur, truncate=3)
    return picture


def splat(spots: FloatArray, masses: FloatArray, size: Sequence[int]) -> Float32Array:
    """Return a picture on which each spot (column, row) leaves its mass, shared out among the four pixels about it.

    Examples
    --------
    >>> splat(np.array([[1.5, 0.0]]), np.array([2.0]), (2, 4)).tolist()
    [[0.0, 1.0, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0]]
    """
    height, width = size
    corner = np.floor(spots).astype(np.int64)
    part = spots - corner
    total = np.zeros(height * width)
    for right in (0, 1):
        for down in (0, 1):
            column, row = corner[:, 0] + right, corner[:, 1] + down
            share = np.abs(1 - right - part[:, 0]) * np.abs(1 - down - part[:, 1])
            inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
            places = row[inside] * width + column[inside]
            total += np.bincount(places, (masses * share)[inside], minlength=height * width)
    return total.reshape(height, width).astype(np.float32)


def _hairs(hand: Hand, capture: Capture) -> Float32Array:
    """Return how much light hairs take away, at full size."""
    if not len(hand.hair):
        return np.zeros(SIZE, dtype=np.float32)
    start, end = (_pixels(capture, hand, hand.hair[:, place : place + 2]) for place in (0, 2))
    share = np.linspace(0, 1, 16)[:, None, None]
    spots = (start + share * (end - start)).reshape(-1, 2)
    return (splat(spots, np.full(len(spots), 0.09), SIZE)).clip(0, 0.5)
