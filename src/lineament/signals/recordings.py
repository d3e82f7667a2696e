"""Which modality a table of measurements is of, told by its columns; reading and writing recordings of all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from lineament.errors import SignalError
from lineament.signals import inertial, keystrokes, motion, mouse, signature, visits
from lineament.signals.sample import Sample
from lineament.signals.tables import read_table, write_recording_table


@dataclass(frozen=True)
class Format:
    """The canonical form of a modality's recordings in a file.

    Parameters
    ----------
    modality : str
    tells : set of str
        Columns of which each tells this modality from those that come later.
    from_table : callable
        From a table, with the keywords ``subject``, ``session`` and ``source``, to the `Sample`.
    columns : callable
        From a `Sample` to the columns of a file, by name.
    """

    modality: str
    tells: frozenset[str]
    from_table: Callable[..., Sample]
    columns: Callable[[Sample], Mapping[str, Any]]


FORMATS = (
    Format("motion", frozenset(motion.CHANNELS), motion.sample_from_table, motion.motion_columns),
    Format("keystrokes", frozenset({"press_ms"}), keystrokes.keystrokes_from_table, keystrokes.keystrokes_columns),
    Format("visits", frozenset({"site"}), visits.visits_from_table, visits.visits_columns),
    Format("inertial", frozenset(inertial.ACCELERATIONS), inertial.inertial_from_table, inertial.inertial_columns),
    Format("signature", frozenset({"down", "pressure"}), signature.signature_from_table, signature.signature_columns),
    Format("mouse", frozenset({"x", "y"}), mouse.mouse_from_table, mouse.mouse_columns),
)
"""In the order in which they are tried."""


def format_of(columns: Iterable[object], source: str = "table") -> Format:
    """Return the format that a table with these columns is in.

    Raises
    ------
    SignalError
        When it is none that is known.

    Examples
    --------
    >>> format_of(["press_ms", "release_ms", "key"]).modality, format_of(["time_s", "x", "y"]).modality
    ('keystrokes', 'mouse')
    """
    given = [str(column) for column in columns]
    names = {*given, *map(motion.canonical_name, given)}
    for known in FORMATS:
        if names & known.tells:
            return known
    raise SignalError(
        f"{source}: a table of {', '.join(known.modality for known in FORMATS)}",
        f"the columns {', '.join(given[:6])}",
        "name the columns as the modality's page in the docs does",
    )


def recording_from_table(
    table: pd.DataFrame, *, subject: str | None = None, session: str | None = None, source: str = "table"
) -> Sample:
    """Return the recording in a table, of whichever modality its columns tell (see `read_recording`)."""
    sample = format_of(table.columns, source).from_table(table, source=source)
    return sample.replace(subject=subject or sample.subject, session=session or sample.session)


def read_recording(path: str | Path, *, subject: str | None = None, session: str | None = None) -> Sample:
    """Read a recording from a CSV or Parquet file, of whichever modality its columns tell.

    Parameters
    ----------
    path : path
        ``.csv``, ``.csv.gz`` or ``.parquet``.
    subject, session : str, optional
        Where not given: those of the columns ``user`` and ``session``.

    Raises
    ------
    SignalError
        When the file is missing or no table, its columns are of no known modality or some are missing, it holds several
        people or sessions, or the recording is not what its modality's constructor takes.
    """
    return recording_from_table(read_table(Path(path)), subject=subject, session=session, source=str(path))


def write_recording(sample: Sample, path: str | Path) -> None:
    """Write a recording in its modality's canonical form, as CSV or Parquet by the file's ending.

    ``user`` and ``session`` follow where they are known; NaN becomes an empty cell.

    Raises
    ------
    SignalError
        When the modality has no such form (images), or the ending is another one.
    LineamentError
        When the file cannot be written.
    """
    for known in FORMATS:
        if known.modality == sample.modality:
            return write_recording_table(sample, path, known.columns)
    raise SignalError(f"{path}: a recording", f"one of {sample.modality}", "write it as what it is")
