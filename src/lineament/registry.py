"""Named components: registered once, found by name, listed by pattern."""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Callable
from typing import Generic, TypeVar

from lineament.errors import RecipeError

T = TypeVar("T")


def nearest(word: str, known: list[str]) -> str:
    """Return the advice "use X" with the nearest known word, or all of them.

    Examples
    --------
    >>> nearest("arcfase", ["arcface", "triplet"])
    "use 'arcface'"
    >>> nearest("zzz", ["arcface", "triplet"])
    'use one of arcface, triplet'
    """
    close = difflib.get_close_matches(word, known, n=1)
    return f"use '{close[0]}'" if close else f"use one of {', '.join(known)}"


class Registry(Generic[T]):
    """Components of one kind by name.

    Parameters
    ----------
    kind : str
        What the components are ("network", "loss"); used in messages.

    Examples
    --------
    >>> shapes: Registry[type] = Registry("shape")
    >>> @shapes.register("round")
    ... class Circle: ...
    >>> shapes.get("round") is Circle, shapes.names("r*")
    (True, ['round'])
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._items: dict[str, T] = {}

    def register(self, name: str) -> Callable[[T], T]:
        """Return a decorator that stores a component under ``name``."""

        def store(item: T) -> T:
            if name in self._items:
                raise ValueError(f"{self.kind} {name!r} is registered twice")
            self._items[name] = item
            return item

        return store

    def get(self, name: str) -> T:
        """Return the component called ``name``.

        Raises
        ------
        RecipeError
            Where there is none; the message names the nearest one.
        """
        if name not in self._items:
            raise RecipeError(f"{self.kind}: a registered name", repr(name), nearest(name, self.names()))
        return self._items[name]

    def names(self, pattern: str = "*") -> list[str]:
        """Return the names that match a shell pattern, sorted."""
        return sorted(fnmatch.filter(self._items, pattern))
