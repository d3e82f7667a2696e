"""The figures of paper 002 as they were printed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lineament.files import read_json

FloatArray = NDArray[np.float64]
FILE = Path(__file__).with_name("published_xr_motion.json")


@dataclass(frozen=True, eq=False)
class Published:
    """Paper 002's figures; accuracies and differences as shares.

    Parameters
    ----------
    rows, columns : tuple of str
        Of the grids: "all" down to "1 min" of enrolment; use-time.
    embedding, classification, delta : array (9, 7)
        Figures 4(a), (b), (c).
    content : mapping
        The whole file.

    Examples
    --------
    >>> published = published_figures()
    >>> published.embedding.shape, published.rows[0], published.columns[1], float(published.embedding[0, 1])
    ((9, 7), 'all', '5 min', 0.82)
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    embedding: FloatArray
    classification: FloatArray
    delta: FloatArray
    content: dict[str, Any]

    def note(self, figure: str) -> str:
        """Return what must be known of a figure."""
        return str(self.content["notes"][figure])

    def column(self, label: str, grid: FloatArray, rows: tuple[str, ...] | list[str]) -> FloatArray:
        """Return one column of a grid for rows of ours, NaN where the paper has no such row.

        Examples
        --------
        >>> published = published_figures()
        >>> published.column("5 min", published.embedding, ["1 min", "2 min", "all"]).tolist()
        [0.38, nan, 0.82]
        """
        if label not in self.columns:
            return np.full(len(rows), np.nan)
        place = self.columns.index(label)
        return np.array([grid[self.rows.index(row), place] if row in self.rows else np.nan for row in rows])


def published_figures() -> Published:
    """Read the figures that ship with the package."""
    content: dict[str, Any] = read_json(FILE, "the published figures of paper 002")
    rows = tuple("all" if m == "all" else f"{m} min" for m in content["enrolment_minutes"])
    columns = tuple(f"{m} min" for m in content["use_minutes"])
    embedding, classification, delta = (np.array(content[f"figure_4{x}"], dtype=np.float64) / 100 for x in "abc")
    return Published(rows, columns, embedding, classification, delta, content)
