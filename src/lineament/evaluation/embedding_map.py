"""A map of embeddings: the two directions in which they spread most (principal components)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lineament.evaluation.displays import COLOURS, MARKERS, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]


def principal_components(embeddings: ArrayLike, count: int = 2) -> tuple[FloatArray, FloatArray]:
    """Return the places of embeddings along the directions of greatest spread, and the share of spread of each.

    Parameters
    ----------
    embeddings : array (n, dim)
    count : int
        Directions; their signs are such that the greatest loading is positive.

    Returns
    -------
    places : array (n, count)
    shares : array (count,)
        Of the variance.

    Examples
    --------
    >>> places, shares = principal_components([[0.0, 0.0], [2.0, 2.0], [4.0, 4.0]])
    >>> places[:, 0].round(3).tolist(), shares.round(3).tolist()
    ([-2.828, 0.0, 2.828], [1.0, 0.0])
    """
    table = np.asarray(embeddings, dtype=np.float64)
    if table.ndim != 2 or len(table) < 2 or table.shape[1] < count:
        raise ValueError(f"at least two embeddings of {count} numbers or more, not {table.shape}")
    centred = table - table.mean(axis=0)
    _, spread, directions = np.linalg.svd(centred, full_matrices=False)
    padded = np.zeros((count, table.shape[1]))
    padded[: min(count, len(directions))] = directions[:count]
    signs = np.sign(padded[np.arange(count), np.abs(padded).argmax(axis=1)])
    variance = np.append(spread**2, np.zeros(count))
    return centred @ (padded * np.where(signs == 0, 1, signs)[:, None]).T, variance[:count] / max(
        float((spread**2).sum()), np.finfo(np.float64).tiny
    )


@dataclass(frozen=True, eq=False)
class EmbeddingMapDisplay:
    """Embeddings in the plane, each person with a colour and a marker; strangers in grey.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> display = EmbeddingMapDisplay.from_embeddings(rng.normal(size=(6, 4)), list("aabbcc"), enrolled=["a", "b"])
    >>> display.plot().get_legend_handles_labels()[1]
    ['a', 'b', 'not enrolled']
    """

    places: FloatArray
    shares: FloatArray
    subjects: NDArray[np.str_]
    enrolled: tuple[str, ...]
    title: str
    named: int = 14

    @classmethod
    def from_embeddings(
        cls,
        embeddings: ArrayLike,
        subjects: ArrayLike,
        *,
        enrolled: ArrayLike | None = None,
        title: str = "Embeddings",
    ) -> Self:
        """Make the display; everybody is enrolled where nothing is said."""
        who = np.asarray(subjects).astype(str)
        places, shares = principal_components(embeddings)
        if len(who) != len(places):
            raise ValueError(f"a subject for each embedding, not {len(who)} for {len(places)}")
        known = np.unique(who if enrolled is None else np.asarray(enrolled).astype(str))
        return cls(places, shares, who, tuple(known.tolist()), title)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw into axes, or into new ones."""
        ax = ax or new_axes(width=6.4, height=5.2)
        for number, subject in enumerate(self.enrolled):
            mine = self.places[self.subjects == subject]
            marker = MARKERS[number // len(COLOURS) % len(MARKERS)]
            label = subject if len(self.enrolled) <= self.named else None
            ax.scatter(
                mine[:, 0],
                mine[:, 1],
                s=16,
                alpha=0.75,
                color=COLOURS[number % len(COLOURS)],
                marker=marker,
                label=label,
            )
        others = self.places[~np.isin(self.subjects, self.enrolled)]
        if len(others):
            ax.scatter(
                others[:, 0],
                others[:, 1],
                s=12,
                alpha=0.6,
                color="0.5",
                marker="x",
                linewidths=0.8,
                label="not enrolled",
            )
        ax.set_xlabel(f"first component ({self.shares[0]:.0%} of the variance)", size=9)
        ax.set_ylabel(f"second component ({self.shares[1]:.0%})", size=9)
        ax.tick_params(labelsize=8)
        ax.set_title(self.title, size=10)
        if ax.get_legend_handles_labels()[1]:
            ax.legend(fontsize=8, ncols=2)
        return ax
