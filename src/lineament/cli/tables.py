"""What commands print, and lists of words as options take them."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table


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
