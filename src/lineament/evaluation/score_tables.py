"""One side of a score file, put together chunk by chunk: which row of its table each comparison belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from lineament.errors import ScoreError


class Coded:
    """The distinct values of a column, numbered as they are met.

    Examples
    --------
    >>> column = Coded()
    >>> column.codes(pa.chunked_array([["a", "b", "a"]])).tolist(), column.codes(pa.chunked_array([["b"]])).tolist()
    ([0, 1, 0], [1])
    """

    def __init__(self) -> None:
        self._number: dict[Any, int] = {}

    def codes(self, values: pa.ChunkedArray) -> NDArray[np.int32]:
        """Return the number of each value; an empty one is a value of its own."""
        encoded = values.combine_chunks().dictionary_encode(null_encoding="encode")
        ours = [self._number.setdefault(value, len(self._number)) for value in encoded.dictionary.to_pylist()]
        numbers: NDArray[np.int32] = np.array(ours, dtype=np.int32)[encoded.indices.to_numpy()]
        return numbers

    def values(self) -> list[Any]:
        """Return the distinct values in the order of their numbers."""
        return list(self._number)

    def __len__(self) -> int:
        """Return how many values were met."""
        return len(self._number)


class Side:
    """All probes, or all references, of a score file.

    Parameters
    ----------
    side : str
        ``probe`` or ``reference``: what its columns begin with.
    path : Path
        The file, for messages.
    """

    def __init__(self, side: str, path: Path) -> None:
        self.side, self.path = side, path
        self._ids = Coded()
        self._counted = 0
        self._columns: dict[str, Coded] = {}
        self._rows: dict[str, NDArray[np.int32]] = {}

    def add(self, chunk: pa.Table) -> NDArray[np.int32]:
        """Take in a chunk; return the row of this side's table for each of its comparisons.

        Raises
        ------
        ScoreError
            When an id is empty, or stands with two values in one column.
        """
        place = self._places(chunk)
        for name in self._names(chunk):
            column = self._columns.setdefault(name, Coded())
            known = self._rows.get(name, np.empty(0, dtype=np.int32))
            found = column.codes(chunk[f"{self.side}_{name}"])
            rows = np.full(len(self), -1, dtype=np.int32)
            rows[: len(known)] = known
            fresh = rows[place] < 0
            rows[place[fresh]] = found[fresh]
            torn = np.flatnonzero(rows[place] != found)
            if len(torn):
                self._refuse_torn(name, int(place[torn[0]]), column, (int(rows[place[torn[0]]]), int(found[torn[0]])))
            self._rows[name] = rows
        return place

    def table(self) -> pd.DataFrame:
        """Return the table: a row a probe or reference, without the prefix of its columns."""
        columns: dict[str, Any] = {"id": self._ids.values()} if len(self._ids) else {}
        for name, column in self._columns.items():
            values = np.array([*column.values(), None], dtype=object)
            columns[name] = values[self._rows[name]]
        return pd.DataFrame(columns).infer_objects()

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._ids) or self._counted

    def _places(self, chunk: pa.Table) -> NDArray[np.int32]:
        """Return the number of each comparison's probe or reference."""
        name = f"{self.side}_id"
        if name not in chunk.column_names and self.side == "reference":
            name = "reference_subject"  # one reference a subject
        if name in chunk.column_names:
            if chunk[name].null_count:
                raise ScoreError(f"{self.path}: a {name} in every row", "an empty one", "fill the column or drop it")
            return self._ids.codes(chunk[name])
        first = self._counted
        self._counted += len(chunk)
        return np.arange(first, self._counted, dtype=np.int32)

    def _names(self, chunk: pa.Table) -> Iterator[str]:
        """Yield the columns of this side, without prefix and without the id."""
        for column in chunk.column_names:
            name = column.removeprefix(f"{self.side}_")
            if name not in (column, "id"):
                yield name

    def _refuse_torn(self, name: str, row: int, column: Coded, codes: tuple[int, int]) -> None:
        values = column.values()
        raise ScoreError(
            f"{self.path}: one {name} for {self.side} {self._ids.values()[row]}",
            " and ".join(repr(values[code]) for code in codes),
            "give every capture its own id",
        )
