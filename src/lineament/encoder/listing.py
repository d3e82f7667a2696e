"""The encoders that ship, as their cards describe them, for `lineament list` and the docs."""

from __future__ import annotations

import fnmatch
from typing import Any

from lineament.encoder import folder
from lineament.errors import EncoderError
from lineament.registry import nearest


def rows(pattern: str = "*") -> list[dict[str, Any]]:
    """Return what the cards of the shipped encoders say of them, of those whose name matches a shell pattern.

    Returns
    -------
    list of dict
        ``name``, ``version``, ``bytes`` (of all files), ``data`` (a mapping for each set: name, licence, people ...),
        ``licences`` (of the sets, each once), ``intended_use`` and ``not_for``. No network is loaded.

    Raises
    ------
    EncoderError
        When nothing ships, nothing matches, or a card is damaged.
    """
    names = folder.shipped_encoders()
    if not names:
        raise EncoderError("list: encoders that ship", "none", "train one with 'lineament train'")
    found = [_row(name) for name in names if fnmatch.fnmatch(name, pattern)]
    if not found:
        raise EncoderError("list: a pattern that fits some of the encoders", repr(pattern), nearest(pattern, names))
    return found


def _row(name: str) -> dict[str, Any]:
    place = folder.SHIPPED / name
    card = folder.read_card(place / folder.CARD)
    data = card.get("data", [])
    return {
        "name": name,
        "version": card["version"],
        "bytes": sum(path.stat().st_size for path in place.iterdir()),
        "data": data,
        "licences": list(dict.fromkeys(str(entry.get("licence", "none found")) for entry in data)),
        "intended_use": card.get("intended_use", ""),
        "not_for": card.get("not_for", ""),
    }
