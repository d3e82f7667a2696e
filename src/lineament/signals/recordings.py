"""Which modality a table of measurements is of, told by its columns; reading and writing recordings of all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from lineament.errors import SignalError
from lineament.signals import inertial, keystrokes, motion, mouse, signature, visits
from lineament.signals.sample import Sample
from lineament.signals.tables import read_table


@dataclass(frozen=True)
class Format:
    """The canonical form of a modality's recordings in a file.

    Parameters
    ----------
    modality : str
    tells : set of str
        Columns of which each tells this modality from those that come later.
    from_table : callable
        From a table, with the keyword ``source``, to the `Sample`.
    write : callable
        Takes a `Sample` and the path of a CSV or Parquet file.
    """

    modality: str
    tells: frozenset[str]
    from_table: Callable[..., Sample]
    write: Callable[[Sample, str | Path], None]


FORMATS = (
    Format("motion", frozenset(motion.CHANNELS), motion.sample_from_table, motion.write_motion),
    Format("keystrokes", frozenset({"press_ms"}), keystrokes.keystrokes_from_table, keystrokes.write_keystrokes),
    Format("visits", frozenset({"site"}), visits.visits_from_table, visits.write_visits),
    Format("inertial", frozenset(inertial.ACCELERATIONS), inertial.inertial_from_table, inertial.write_inertial),
    Format("signature", frozenset({"down", "pressure"}), signature.signature_from_table, signature.write_signature),
    Format("mouse", frozenset({"x", "y"}), mouse.mouse_from_table, mouse.write_mouse),
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


def recording_from_table(table: pd.DataFrame, *, source: str = "table") -> Sample:
    """Return the recording in a table, of whichever modality its columns tell.

    Raises
    ------
    SignalError
        When the columns are of no known modality, or the recording is faulty.
    """
    return format_of(table.columns, source).from_table(table, source=source)


def read_recording(path: str | Path) -> Sample:
    """Read a recording from a CSV or Parquet file, of whichever modality its columns tell.

    Raises
    ------
    SignalError
        When the file is missing or no such table, or as `recording_from_table`.
    """
    return recording_from_table(read_table(Path(path)), source=str(path))


def write_recording(sample: Sample, path: str | Path) -> None:
    """Write a recording in its modality's canonical form, as CSV or Parquet by the file's ending.

    Raises
    ------
    SignalError
        When the modality has no such form (images), or the ending is another one.
    LineamentError
        When the file cannot be written.
    """
    for known in FORMATS:
        if known.modality == sample.modality:
            return known.write(sample, path)
    raise SignalError(f"{path}: a recording", f"one of {sample.modality}", "write it as what it is")
