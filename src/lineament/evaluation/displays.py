"""Plots. Each `Display` is made from numbers and drawn later: computing and drawing stay apart.

Colours are safe for the colour-blind; nothing is said by colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lineament.evaluation.grids import AccuracyGrid

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FloatArray = NDArray[np.float64]
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")


def new_axes(*, width: float = 6.4, height: float = 4.2) -> Axes:
    """Return the axes of a new figure that belongs to no window (inches)."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure.subplots()


def figure_of(ax: Axes) -> Figure:
    """Return the figure that axes stand in."""
    figure = ax.get_figure(root=True)
    if figure is None:
        raise ValueError("axes that stand in a figure")
    return figure


@dataclass(frozen=True, eq=False)
class HeatMapDisplay:
    """A table of accuracies, or of differences, as a heat map with its numbers written in.

    Examples
    --------
    >>> display = HeatMapDisplay.from_table([[0.25, 0.5]], rows=["all"], columns=["1 min", "5 min"], title="toy")
    >>> ax = display.plot()
    >>> [text.get_text() for text in ax.texts]
    ['25', '50']
    """

    values: FloatArray
    rows: Sequence[str]
    columns: Sequence[str]
    title: str
    delta: bool = False
    x_label: str = "use-time"
    y_label: str = "enrolment"

    @classmethod
    def from_table(
        cls,
        values: ArrayLike,
        *,
        rows: Sequence[str],
        columns: Sequence[str],
        title: str,
        delta: bool = False,
        x_label: str = "use-time",
        y_label: str = "enrolment",
    ) -> Self:
        """Make a display of shares (0 to 1), or with ``delta`` of differences of shares (-1 to 1)."""
        table = np.asarray(values, dtype=np.float64)
        if table.shape != (len(rows), len(columns)):
            raise ValueError(f"values of shape ({len(rows)}, {len(columns)}), not {table.shape}")
        return cls(table, tuple(rows), tuple(columns), title, delta, x_label, y_label)

    @classmethod
    def from_grid(cls, grid: AccuracyGrid, *, title: str | None = None) -> Self:
        """Make a display of a grid, the most enrolment on top as in paper 002's Figure 4."""
        return cls.from_table(
            grid.mean[::-1], rows=grid.rows[::-1], columns=grid.columns, title=title or f"{grid.system}: accuracy, %"
        )

    @classmethod
    def from_difference(cls, ours: AccuracyGrid, theirs: AccuracyGrid, *, title: str | None = None) -> Self:
        """Make a display of one grid minus another of the same shape."""
        return cls.from_table(
            (ours.mean - theirs.mean)[::-1],
            rows=ours.rows[::-1],
            columns=ours.columns,
            title=title or f"{ours.system} minus {theirs.system}, points",
            delta=True,
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw into axes, or into new ones."""
        if ax is None:
            ax = new_axes(width=1.6 + 0.62 * len(self.columns), height=1.5 + 0.36 * len(self.rows))
        points = 100 * self.values
        reach = max(float(np.nanmax(np.abs(points), initial=0.0)), 20.0)  # small differences should look small
        low, high = (-reach, reach) if self.delta else (0.0, 100.0)
        ax.imshow(points, aspect="auto", cmap="PuOr" if self.delta else "Blues", vmin=low, vmax=high)
        for (row, column), value in np.ndenumerate(points):
            # Dark cells lie at the end of the one map and at both ends of the other.
            dark = abs(value) > 0.6 * reach if self.delta else value > 60
            ax.text(
                column, row, self._written(value), ha="center", va="center", color="white" if dark else "black", size=8
            )
        ax.set_xticks(range(len(self.columns)), list(self.columns), size=8)
        ax.set_yticks(range(len(self.rows)), list(self.rows), size=8)
        ax.set_xlabel(self.x_label, size=9)
        ax.set_ylabel(self.y_label, size=9)
        ax.set_title(self.title, size=10)
        ax.tick_params(length=0)
        return ax

    def _written(self, value: float) -> str:
        """Return what is written into a cell: whole points, a sign on differences."""
        if not np.isfinite(value):
            return "–"
        whole = round(float(value))
        return f"{whole:+d}" if self.delta and whole else f"{whole:d}"


@dataclass(frozen=True)
class Curve:
    """A line with its interval, and single repetitions as dots."""

    name: str
    y: FloatArray
    low: FloatArray | None = None
    high: FloatArray | None = None
    repetitions: FloatArray | None = None
    dashed: bool = False


@dataclass(frozen=True, eq=False)
class CurveDisplay:
    """Curves over shared positions, with shaded intervals.

    Examples
    --------
    >>> curve = Curve("ours", np.array([0.2, 0.9]), np.array([0.1, 0.8]), np.array([0.3, 1.0]))
    >>> ax = CurveDisplay.from_curves(["1 min", "all"], [curve], title="toy", x_label="enrolment").plot()
    >>> ax.get_lines()[0].get_ydata().tolist()
    [20.0, 90.0]
    """

    positions: FloatArray
    labels: tuple[str, ...]
    curves: tuple[Curve, ...]
    title: str
    x_label: str
    y_label: str

    @classmethod
    def from_curves(
        cls,
        positions: Sequence[str] | Sequence[float],
        curves: Sequence[Curve],
        *,
        title: str,
        x_label: str,
        y_label: str = "accuracy, %",
    ) -> Self:
        """Make a display; positions in words stand at equal distances, numbers at their place."""
        labels = tuple(p if isinstance(p, str) else f"{p:g}" for p in positions)
        numeric = not any(isinstance(p, str) for p in positions)
        places = np.asarray(positions, dtype=np.float64) if numeric else np.arange(len(labels), dtype=np.float64)
        return cls(places, labels, tuple(curves), title, x_label, y_label)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw into axes, or into new ones."""
        ax = ax or new_axes()
        for number, curve in enumerate(self.curves):
            colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]
            style = "--" if curve.dashed else "-"
            known = np.isfinite(curve.y)  # a line goes on over what is not known
            ax.plot(
                self.positions[known],
                100 * curve.y[known],
                style,
                color=colour,
                marker=marker,
                markersize=5,
                label=curve.name,
                zorder=3,
            )
            if curve.low is not None and curve.high is not None:
                ax.fill_between(
                    self.positions[known],
                    100 * curve.low[known],
                    100 * curve.high[known],
                    color=colour,
                    alpha=0.15,
                    linewidth=0,
                )
            if curve.repetitions is not None:
                # A little to the side, so that they do not hide under the mean.
                spread = (
                    np.linspace(-0.08, 0.08, curve.repetitions.shape[1]) if len(self.positions) > 1 else np.zeros(1)
                )
                for place, values in zip(self.positions, curve.repetitions, strict=True):
                    ax.scatter(
                        place + spread,
                        100 * values,
                        s=12,
                        facecolors="none",
                        edgecolors=colour,
                        linewidths=0.8,
                        zorder=2,
                    )
        ax.set_xticks(self.positions, list(self.labels), size=8)
        ax.set_xlabel(self.x_label, size=9)
        ax.set_ylabel(self.y_label, size=9)
        ax.set_ylim(0, 102)
        ax.tick_params(labelsize=8)
        ax.grid(visible=True, axis="y", alpha=0.3)
        ax.set_title(self.title, size=10)
        ax.legend(fontsize=8, loc="best")
        return ax


@dataclass(frozen=True, eq=False)
class BarDisplay:
    """Groups of bars with their numbers, and whiskers where an interval is given (as paper 002's Figure 7).

    Examples
    --------
    >>> ax = BarDisplay.from_groups(["Quest", "Vive"], [Curve("ours", np.array([0.65, 0.68]))], title="toy").plot()
    >>> [round(patch.get_height()) for patch in ax.patches]
    [65, 68]
    """

    groups: tuple[str, ...]
    bars: tuple[Curve, ...]
    title: str
    y_label: str

    @classmethod
    def from_groups(
        cls, groups: Sequence[str], bars: Sequence[Curve], *, title: str, y_label: str = "accuracy, %"
    ) -> Self:
        """Make a display of one bar a group for each of `bars`."""
        return cls(tuple(groups), tuple(bars), title, y_label)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw into axes, or into new ones."""
        ax = ax or new_axes(width=max(6.0, 1.8 + 0.55 * len(self.groups) * max(len(self.bars), 1)))
        width = 0.8 / max(len(self.bars), 1)
        places = np.arange(len(self.groups))
        for number, bar in enumerate(self.bars):
            at = places + (number - (len(self.bars) - 1) / 2) * width
            drawn = ax.bar(
                at, 100 * bar.y, width * 0.92, color=COLOURS[number], label=bar.name, hatch="//" * (number % 2)
            )
            ax.bar_label(
                drawn,
                labels=[f"{100 * y:.0f}" for y in bar.y],
                size=8,
                padding=1,
                label_type="center",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1, "alpha": 0.85},
            )
            if bar.low is not None and bar.high is not None:
                reach = 100 * np.abs(np.stack([bar.y - bar.low, bar.high - bar.y]))
                ax.errorbar(at, 100 * bar.y, yerr=reach, fmt="none", ecolor="black", elinewidth=1, capsize=3)
        ax.set_xticks(places, list(self.groups), size=8)
        ax.set_ylim(0, 105)
        ax.set_ylabel(self.y_label, size=9)
        ax.tick_params(labelsize=8)
        ax.set_title(self.title, size=10)
        ax.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=2)
        return ax


@dataclass(frozen=True, eq=False)
class ScoreHistogramDisplay:
    """Scores of enrolled people and of strangers, with the threshold between them.

    Examples
    --------
    >>> display = ScoreHistogramDisplay.from_scores(mated=[0.8, 0.9], non_mated=[0.1, 0.3], threshold=0.5)
    >>> ax = display.plot()
    >>> ax.get_legend_handles_labels()[1]
    ['threshold 0.5', 'enrolled (2)', 'strangers (2)']
    """

    mated: FloatArray
    non_mated: FloatArray
    thresholds: Mapping[str, float]
    title: str
    names: tuple[str, str]
    counted: str

    @classmethod
    def from_scores(
        cls,
        *,
        mated: ArrayLike,
        non_mated: ArrayLike,
        threshold: float | None = None,
        thresholds: Mapping[str, float] | None = None,
        title: str = "Scores",
        names: tuple[str, str] = ("enrolled", "strangers"),
        counted: str = "probes",
    ) -> Self:
        """Make a display of two lots of scores, with one threshold or several by name."""
        marked = dict(thresholds or {})
        if threshold is not None:
            marked[f"threshold {threshold:.3g}"] = threshold
        lots = np.asarray(mated, dtype=np.float64), np.asarray(non_mated, dtype=np.float64)
        return cls(*lots, marked, title, names, counted)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw into axes, or into new ones."""
        ax = ax or new_axes()
        together = np.concatenate([self.mated, self.non_mated])
        bins = 30 if len(together) < 5000 else 60
        edges = np.histogram_bin_edges(together if len(together) else [0.0, 1.0], bins=bins).tolist()
        strokes = ("--", ":", "-.", (0, (5, 1)), (0, (1, 3)))
        for stroke, (label, value) in zip(cycle(strokes), self.thresholds.items(), strict=False):
            ax.axvline(value, color="black", linestyle=stroke, linewidth=1.2, label=label)
        lots = ((self.names[0], self.mated, "", COLOURS[0]), (self.names[1], self.non_mated, "//", COLOURS[1]))
        for name, scores, hatch, colour in lots:
            if len(scores):
                share = np.full(len(scores), 100 / len(scores))
                label = f"{name} ({len(scores):,})"
                ax.hist(
                    scores, edges, weights=share, alpha=0.55, label=label, hatch=hatch, color=colour, edgecolor=colour
                )
        ax.set_xlabel("score (higher = more alike)", size=9)
        ax.set_ylabel(f"share of {self.counted}, %", size=9)
        ax.tick_params(labelsize=8)
        ax.set_title(self.title, size=10)
        ax.legend(fontsize=8)
        return ax
