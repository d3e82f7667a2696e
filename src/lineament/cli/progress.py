"""Progress bars of long commands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

ShowProgress = Callable[[str, int], Iterable[int]]


@contextmanager
def bars() -> Iterator[ShowProgress]:
    """Show progress bars on standard error; yields a function from what is done and how often to an iterable."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as shown:

        def progress(what: str, total: int) -> Iterator[int]:
            task = shown.add_task(what, total=total)
            for step in range(total):
                yield step
                shown.advance(task)

        yield progress
