"""Keys by number: the virtual-key codes of JavaScript's ``keyCode`` and of Windows, and the names they go by.

A key can be given as that number, as a browser's ``KeyboardEvent.code`` ("KeyA", "ShiftLeft") or as its
``KeyboardEvent.key`` ("a", "Shift"). Characters are those of a US keyboard; a character that is on none of its keys
("é") is a key that is not known.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from lineament.errors import SignalError

UNKNOWN = 0
CODES = 256
"""Codes run from 0 (not known) to 255."""

_NAMED = {
    "Backspace": 8, "Tab": 9, "Clear": 12, "Enter": 13, "Return": 13, "Shift": 16, "Control": 17, "Alt": 18,
    "Pause": 19, "CapsLock": 20, "Escape": 27, "Space": 32, "PageUp": 33, "PageDown": 34, "End": 35, "Home": 36,
    "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "PrintScreen": 44, "Insert": 45, "Delete": 46,
    "Meta": 91, "OS": 91, "ContextMenu": 93, "NumpadMultiply": 106, "NumpadAdd": 107, "NumpadSubtract": 109,
    "NumpadDecimal": 110, "NumpadDivide": 111, "NumLock": 144, "ScrollLock": 145, "AltGraph": 225,
    "Semicolon": 186, "Equal": 187, "Comma": 188, "Minus": 189, "Period": 190, "Slash": 191, "Backquote": 192,
    "BracketLeft": 219, "Backslash": 220, "BracketRight": 221, "Quote": 222, "IntlBackslash": 226,
    "NumpadEnter": 13, "Unidentified": UNKNOWN, "Dead": UNKNOWN, "Process": 229,
}  # fmt: skip
_SIDED = ("Shift", "Control", "Alt", "Meta", "OS")
_TWINS = {
    ";:": 186, "=+": 187, ",<": 188, "-_": 189, ".>": 190, "/?": 191, "`~": 192, "[{": 219, "\\|": 220, "]}": 221,
    "'\"": 222, " ": 32,
}  # fmt: skip
_SHIFTED_DIGITS = ")!@#$%^&*("


def _names() -> dict[str, int]:
    """Return the code of every name."""
    names = dict(_NAMED)
    names.update({f"{name}{side}": names[name] for name in _SIDED for side in ("Left", "Right")})
    names.update({f"F{number}": 111 + number for number in range(1, 25)})
    for digit, sign in enumerate(_SHIFTED_DIGITS):
        names.update({f"Digit{digit}": 48 + digit, str(digit): 48 + digit, sign: 48 + digit})
        names[f"Numpad{digit}"] = 96 + digit
    for code in range(ord("A"), ord("Z") + 1):
        names.update({f"Key{chr(code)}": code, chr(code): code, chr(code).lower(): code})
    names.update({character: code for twins, code in _TWINS.items() for character in twins})
    return names


NAMES = _names()
"""From each name of a key to its code."""


def key_codes(keys: Iterable[object], source: str = "keys") -> NDArray[np.float64]:
    """Return the codes (T,) of keys given as their codes or as names; 0 where a key is not known.

    Parameters
    ----------
    keys : iterable of int, float or str
        Numbers from 0 to 255; names; NaN, None or "" where a key is not known. A digit between quotes is the digit's
        key: "8" is 56, 8 is Backspace.
    source : str
        For messages.

    Raises
    ------
    SignalError
        When a number is out of range or no whole one, or no key has that name.

    Examples
    --------
    >>> key_codes(["KeyT", "t", 84, "Enter", "5", "é"]).tolist()
    [84.0, 84.0, 84.0, 13.0, 53.0, 0.0]
    """
    given = list(keys)
    codes = np.array([_named(key, source) if isinstance(key, str) else key for key in given], dtype=np.float64)
    codes[np.isnan(codes)] = UNKNOWN
    wrong = ~((codes >= 0) & (codes < CODES) & (codes == np.floor(codes)))
    if wrong.any():
        raise SignalError(
            f"{source}: key codes that are whole numbers from 0 to {CODES - 1}",
            f"{codes[wrong][0]:g}",
            "give the keyCode of the event, and 0 for a key that is not known",
        )
    return codes


def _named(name: str, source: str) -> int:
    """Return the code of a name."""
    if name in NAMES:
        return NAMES[name]
    if len(name) <= 1:
        return UNKNOWN
    close = difflib.get_close_matches(name, NAMES, n=1)
    remedy = f"use {close[0]!r}" if close else "leave it empty where it is not known"
    raise SignalError(f"{source}: a key's code, or its name in a browser", repr(name[:20]), remedy)
