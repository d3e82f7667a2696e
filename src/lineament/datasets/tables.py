"""Reading a CSV or Parquet table, with one kind of error for all that can be wrong with the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from lineament.errors import SignalError


def read_table(path: Path, **options: Any) -> pd.DataFrame:
    """Return the table in a ``.csv`` or ``.parquet`` file; ``options`` go to the pandas reader.

    Raises
    ------
    SignalError
        When the file is missing, empty, or not such a table.
    """
    try:
        frame = pd.read_parquet(path, **options) if path.suffix == ".parquet" else pd.read_csv(path, **options)
    except (OSError, ValueError, pd.errors.ParserError) as error:
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise SignalError(f"{path}: a table", f"'{reason}'", "restore the file from its source") from error
    if frame.empty:
        raise SignalError(f"{path}: a table with rows", "an empty one", "restore the file from its source")
    return frame
