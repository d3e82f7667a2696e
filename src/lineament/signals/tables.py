"""Reading a CSV or Parquet table, with one kind of error for all that can be wrong with the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from lineament.errors import SignalError

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
