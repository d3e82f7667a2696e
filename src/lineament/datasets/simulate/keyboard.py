"""A US keyboard: where its keys lie, which finger a trained typist takes for each, and what a text is in strokes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lineament.errors import LineamentError
from lineament.signals.key_codes import CODES, NAMES

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
SHIFT, SPACE, ENTER, BACKSPACE = NAMES["Shift"], NAMES["Space"], NAMES["Enter"], NAMES["Backspace"]
_ROWS = (("`1234567890-=", 0.0), ("qwertyuiop[]\\", 1.5), ("asdfghjkl;'", 1.75), ("zxcvbnm,./", 2.25))
_OTHERS = {SHIFT: (0.5, 3.0), SPACE: (6.0, 4.0), ENTER: (13.0, 2.0), BACKSPACE: (13.0, 0.0)}
_SHIFTED = dict(zip('~!@#$%^&*()_+{}|:"<>?', "`1234567890-=[]\\;',./", strict=True))
_FINGERS = ("`1qaz", "2wsx", "3edc", "4rfv5tgb", " ", "6yhn7ujm", "8ik,", "9ol.", "0p;/-['=]\\")
"""Left little finger to right little finger; the thumbs in the middle."""
THUMB, FINGERS = 4, 9
COMMON = "etaoinsrhldcumfpgwybvkxjqz"
"""Letters from the most to the least common in English text."""


@dataclass(frozen=True)
class Stroke:
    """A key to be struck: its code, and whether shift is held."""

    code: int
    shifted: bool = False


def strokes(text: str) -> list[Stroke]:
    """Return the strokes of a text; a line feed is Enter.

    Raises
    ------
    LineamentError
        When a character lies on no key.

    Examples
    --------
    >>> [(stroke.code, stroke.shifted) for stroke in strokes("aB")]
    [(65, False), (66, True)]
    """
    found = []
    for character in text:
        if character == "\n":
            found.append(Stroke(ENTER))
            continue
        plain = _SHIFTED.get(character, character.lower())
        if plain not in NAMES:
            raise LineamentError("simulated typing: characters of a US keyboard", repr(character), "leave it out")
        found.append(Stroke(NAMES[plain], plain != character))
    return found


def key_places() -> FloatArray:
    """Return where each key lies (256, 2): to the right and downwards, in widths of a key; NaN where there is none."""
    places = np.full((CODES, 2), np.nan)
    for row, (keys, left) in enumerate(_ROWS):
        for column, key in enumerate(keys):
            places[NAMES[key]] = left + column, row
    for code, place in _OTHERS.items():
        places[code] = place
    return places


def touch_fingers() -> IntArray:
    """Return the finger of each key (256,) in touch typing, 0 (left little finger) to 8; thumbs where there is no key.

    Examples
    --------
    >>> touch_fingers()[[65, 70, 32, 74, 80]].tolist()  # a f Space j p
    [0, 3, 4, 5, 8]
    """
    fingers = np.full(CODES, THUMB)
    for finger, keys in enumerate(_FINGERS):
        for key in keys:
            fingers[NAMES[key]] = finger
    fingers[[SHIFT, ENTER, BACKSPACE]] = 0, 8, 8
    return fingers


def familiarity() -> FloatArray:
    """Return how seldom each key is struck (256,), from 0 (e, Space) to 1 (z, signs)."""
    seldom = np.full(CODES, 1.0)
    for place, letter in enumerate(COMMON):
        seldom[NAMES[letter]] = place / len(COMMON)
    for digit in "0123456789":
        seldom[NAMES[digit]] = 0.9
    seldom[[SPACE, ENTER, BACKSPACE, SHIFT]] = 0.0, 0.3, 0.4, 0.5
    return seldom
