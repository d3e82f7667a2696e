"""Reading and writing CSV and Parquet tables, with one kind of error for all that can be wrong with the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv, parquet

from lineament.errors import SignalError
from lineament.files import replacing
from lineament.signals.sample import Sample

ENDINGS = (".csv", ".csv.gz", ".parquet")


def read_table(path: Path, **options: Any) -> pd.DataFrame:
    """Return the table in a ``.csv``, ``.csv.gz`` or ``.parquet`` file.

    Parameters
    ----------
    path : Path
    **options
        For pandas' reader. In CSV the columns ``user`` and ``session`` are text: "007" stays "007".

    Raises
    ------
    SignalError
        When the file is missing, empty, too large, or not such a table.
    """
    expected = f"{path}: a recording as .csv or .parquet"
    name = path.name.lower()
    if not name.endswith(ENDINGS):
        raise SignalError(expected, f"a file called {path.name!r}", "convert it first: lineament convert")
    if not path.is_file():
        raise SignalError(expected, "a folder" if path.is_dir() else "no such file", "check the path")
    if path.stat().st_size == 0:
        raise SignalError(expected, "an empty file", "record or download it again")
    try:
        if name.endswith(".parquet"):
            frame = pd.read_parquet(path, **options)
        else:
            text = {"user": str, "session": str}
            frame = pd.read_csv(path, skipinitialspace=True, low_memory=False, dtype=text, **options)
    except UnicodeDecodeError as error:
        raise SignalError(expected, "text that is not UTF-8", "save it as UTF-8") from error
    except MemoryError as error:
        raise SignalError(expected, "one too large for this machine's memory", "cut it into parts") from error
    except (OSError, ValueError, pa.ArrowException) as error:
        reason = " ".join(str(error).split())[:100] or type(error).__name__
        raise SignalError(expected, f"'{reason}'", "restore the file from its source") from error
    if frame.empty:
        raise SignalError(expected, "a table without rows", "record or download it again")
    return frame


def need_columns(table: pd.DataFrame, names: tuple[str, ...], source: str) -> None:
    """Refuse a table without these columns.

    Raises
    ------
    SignalError
    """
    missing = [name for name in names if name not in table.columns]
    if missing:
        raise SignalError(
            f"{source}: the columns {', '.join(names)}", f"a table without {', '.join(missing)}", "name them so"
        )


def numbers_in(table: pd.DataFrame, name: str, source: str) -> NDArray[np.float64]:
    """Return a column of numbers (T,), NaN where it is empty.

    Raises
    ------
    SignalError
        When there is text in it.
    """
    column = table[name]
    numbers = pd.to_numeric(column, errors="coerce")
    text = column.notna() & numbers.isna()
    if text.any():
        row = int(np.flatnonzero(text)[0])
        came = f"{str(column.iloc[row])[:20]!r} in row {row + 1}"
        raise SignalError(f"{source}: column {name}: numbers", came, "correct it, or leave it empty")
    return numbers.to_numpy(np.float64, na_value=np.nan)


def only_entry(table: pd.DataFrame, name: str, source: str) -> str | None:
    """Return the one entry of a column (``user``, ``session``); None where there is no column, or nothing in it.

    Raises
    ------
    SignalError
        When there are several.
    """
    if name not in table.columns:
        return None
    entries = table[name].dropna().astype(str).unique()
    if len(entries) > 1:
        remedy = "open it as a data set, or split it by user and session"
        raise SignalError(f"{source}: one {name}", f"{len(entries)} of them", remedy)
    return str(entries[0]) if len(entries) else None


def write_recording_table(sample: Sample, path: str | Path, columns_of: Callable[[Sample], Mapping[str, Any]]) -> None:
    """Write a recording's columns, and ``user`` and ``session`` where known, as CSV or Parquet by the file's ending.

    Parameters
    ----------
    sample : Sample
    path : path
    columns_of : callable
        From the sample to its columns by name, arrays (T,); NaN becomes an empty cell.

    Raises
    ------
    SignalError
        When the ending is another one.
    LineamentError
        When the file cannot be written.
    """
    path = Path(path)
    if path.suffix not in (".csv", ".parquet"):
        raise SignalError(f"{path}: an ending .csv or .parquet", repr(path.suffix), "choose one of them")
    arrays = {name: pa.array(column, from_pandas=True) for name, column in columns_of(sample).items()}
    for name, entry in (("user", sample.subject), ("session", sample.session)):
        if entry is not None:
            arrays[name] = pa.array([str(entry)] * len(sample)).dictionary_encode()
    with replacing(path) as beside:
        if path.suffix == ".csv":
            csv.write_csv(pa.table(arrays), beside, csv.WriteOptions(quoting_style="needed"))
        else:
            parquet.write_table(pa.table(arrays), beside, compression="zstd")
