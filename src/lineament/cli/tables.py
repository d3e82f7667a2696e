"""What commands print, and lists of words and numbers as options take them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

import typer
from rich.console import Console
from rich.table import Table

from lineament.registry import nearest

Thing = TypeVar("Thing")


def print_table(
    console: Console, title: str, columns: Iterable[str], rows: Iterable[Iterable[object]], caption: str | None = None
) -> None:
    """Print a table, the first column to the left."""
    table = Table(title=title, title_justify="left", caption=caption, caption_justify="left")
    for place, column in enumerate(columns):
        table.add_column(column, justify="right" if place else "left")
    for row in rows:
        table.add_row(*("–" if cell is None else str(cell) for cell in row))
    console.print(table)


def words_of(text: str | None) -> tuple[str, ...] | None:
    """Return comma-separated words.

    Examples
    --------
    >>> words_of("a, b,"), words_of(None)
    (('a', 'b'), None)
    """
    return None if text is None else tuple(word.strip() for word in text.split(",") if word.strip())


def numbers_of(text: str | None, option: str) -> tuple[int, ...]:
    """Return comma-separated whole numbers.

    Raises
    ------
    typer.BadParameter
        When there is something else among them.

    Examples
    --------
    >>> numbers_of("0, 1", "--seeds")
    (0, 1)
    """
    try:
        return tuple(int(word) for word in words_of(text) or ())
    except ValueError as error:
        raise typer.BadParameter(f"{option}: whole numbers, separated by commas, not {text!r}") from error


def chosen_of(text: str | None, known: Mapping[str, Thing], option: str = "--systems") -> list[Thing]:
    """Return what comma-separated keys stand for; all where nothing is given.

    Raises
    ------
    typer.BadParameter
        When there is no such key.
    """
    keys = words_of(text) or tuple(known)
    for key in keys:
        if key not in known:
            raise typer.BadParameter(f"{option}: {nearest(key, list(known))}, not {key!r}")
    return [known[key] for key in keys]
