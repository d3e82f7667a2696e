"""Curves of error rates with pointwise intervals over people: ROC, DET, CMC, DIR over FPIR, OSCR, EPC.

Each is made of one or several systems and drawn later; systems in one plot differ by colour, stroke and marker.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from lineament.evaluation.displays import COLOURS, MARKERS, new_axes
from lineament.metrics import Band, ResampledComparisons, ResampledSearches, threshold_at_minimum_error
from lineament.metrics.comparisons import Comparisons

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]
STROKES = ("-", "--", "-.", ":")
POINTS = 80
DET_TICKS = (0.0001, 0.001, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95)


@dataclass(frozen=True, eq=False)
class BandDisplay:
    """Curves with shaded intervals.

    Parameters
    ----------
    bands : mapping
        From the system's name to its curve.
    title : str
    """

    x_label: ClassVar[str] = ""
    y_label: ClassVar[str] = ""
    logarithmic: ClassVar[bool] = False
    marked: ClassVar[bool] = False
    legend: ClassVar[Any] = "best"

    bands: Mapping[str, Band]
    title: str = ""

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw into axes, or into new ones."""
        ax = ax or new_axes()
        for number, (name, band) in enumerate(self.bands.items()):
            colour = COLOURS[number % len(COLOURS)]
            x, *lines = self._placed(band)
            marker = MARKERS[number % len(MARKERS)] if self.marked else None
            ax.plot(x, lines[0], STROKES[number % len(STROKES)], color=colour, marker=marker, markersize=4, label=name)
            ax.fill_between(x, lines[1], lines[2], color=colour, alpha=0.18, linewidth=0)
        if self.logarithmic:
            ax.set_xscale("log")
        self._finish(ax)
        ax.set_xlabel(self.x_label, size=9)
        ax.set_ylabel(self.y_label, size=9)
        ax.tick_params(labelsize=8)
        ax.grid(visible=True, alpha=0.3)
        ax.set_title(self.title, size=10)
        ax.legend(fontsize=8, loc=self.legend)
        return ax

    def _placed(self, band: Band) -> tuple[FloatArray, ...]:
        """Return x, the curve, its lower and its upper bound, as they are drawn."""
        return band.x, 100 * band.estimate, 100 * band.low, 100 * band.high

    def _finish(self, ax: Axes) -> None:
        lowest = min(float(np.nanmin(band.low)) for band in self.bands.values())
        ax.set_ylim(max(0.0, 10 * np.floor(10 * lowest - 0.5)), 101)


class RocDisplay(BandDisplay):
    """True matches over false matches, one with one.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> who = np.arange(30)
    >>> found = ResampledComparisons(scores=rng.normal(size=(30, 30)) + 3 * np.eye(30), probe_subjects=who,
    ...     reference_subjects=who, replicates=50)
    >>> RocDisplay.from_comparisons({"ours": found}).plot().get_xlabel()
    'FMR (non-mated comparisons accepted)'
    """

    x_label = "FMR (non-mated comparisons accepted)"
    y_label = "1 − FNMR (mated accepted), %"
    logarithmic = True
    legend = "lower right"

    @classmethod
    def from_comparisons(cls, systems: Mapping[str, ResampledComparisons], title: str = "ROC") -> Self:
        """Make the display."""
        bands = {}
        for name, found in systems.items():
            band = found.roc_band(_rates(len(found.comparisons.non_mated)))
            bands[name] = rising(Band(band.x, 1 - band.estimate, 1 - band.high, 1 - band.low, band.level))
        return cls(bands, title)


class DetDisplay(BandDisplay):
    """FNMR over FMR on normal deviate axes, where normal scores give a straight line (Martin et al. 1997)."""

    x_label = "FMR, %"
    y_label = "FNMR, %"
    legend = "upper right"

    @classmethod
    def from_comparisons(cls, systems: Mapping[str, ResampledComparisons], title: str = "DET") -> Self:
        """Make the display."""
        bands = {}
        for name, found in systems.items():
            band = found.roc_band(_rates(len(found.comparisons.non_mated))[:-1])
            accepted = rising(Band(band.x, 1 - band.estimate, 1 - band.high, 1 - band.low, band.level))
            bands[name] = Band(band.x, band.estimate, 1 - accepted.high, 1 - accepted.low, band.level)
        return cls(bands, title)

    def _placed(self, band: Band) -> tuple[FloatArray, ...]:
        return tuple(_deviates(values) for values in (band.x, band.estimate, band.low, band.high))

    def _finish(self, ax: Axes) -> None:
        ends = [band.x.min() for band in self.bands.values()]
        ticks = [tick for tick in DET_TICKS if tick >= min(ends) * 0.9]
        for axis, lowest in ((ax.xaxis, min(ends)), (ax.yaxis, 1e-4)):
            shown = ticks if axis is ax.xaxis else [tick for tick in DET_TICKS if tick >= 0.001]
            axis.set_ticks(_deviates(shown).tolist(), [f"{100 * tick:g}" for tick in shown])
            low, high = _deviates([max(lowest, 2e-5), 0.97])
            (ax.set_xlim if axis is ax.xaxis else ax.set_ylim)(float(low), float(high))
        ax.plot(*[_deviates([2e-5, 0.97])] * 2, color="grey", linewidth=0.7, zorder=0)


class CmcDisplay(BandDisplay):
    """Share of enrolled people's probes whose person comes within a rank."""

    x_label = "rank"
    y_label = "probes found within the rank, %"
    marked = True
    legend = "lower right"

    @classmethod
    def from_searches(cls, systems: Mapping[str, ResampledSearches], title: str = "CMC", largest: int = 20) -> Self:
        """Make the display, up to a rank."""
        bands = {}
        for name, found in systems.items():
            bands[name] = rising(found.cumulative_match_band(np.arange(1, min(largest, found.gallery_size) + 1)))
        return cls(bands, title)

    def _finish(self, ax: Axes) -> None:
        super()._finish(ax)
        last = int(max(band.x[-1] for band in self.bands.values()))
        ax.set_xticks([1, *range(5, last + 1, 5)] if last > 5 else range(1, last + 1))


class DetectionDisplay(BandDisplay):
    """Enrolled people found (R = 1) over strangers who are named."""

    x_label = "FPIR (strangers' searches with a candidate)"
    y_label = "DIR (enrolled, found at rank 1), %"
    logarithmic = True
    legend = "lower right"

    @classmethod
    def from_searches(cls, systems: Mapping[str, ResampledSearches], title: str = "DIR over FPIR") -> Self:
        """Make the display."""
        bands = {name: rising(found.detection_band(_rates(len(found.strangers)))) for name, found in systems.items()}
        return cls(bands, title)


class OpenSetDisplay(BandDisplay):
    """The OSCR curve: known probes that are named rightly over strangers who are named (Dhamija et al. 2018)."""

    x_label = "false positive rate (strangers named)"
    y_label = "correct classification rate, %"
    legend = "lower right"

    @classmethod
    def from_searches(cls, systems: Mapping[str, ResampledSearches], title: str = "OSCR") -> Self:
        """Make the display; the area under each curve stands beside its name."""
        bands = {}
        for name, found in systems.items():
            area = found.open_set_area().estimate
            bands[f"{name}: area {area:.3f}"] = rising(found.open_set_band(np.linspace(0, 1, POINTS + 1)))
        return cls(bands, title)


class ExpectedPerformanceDisplay(BandDisplay):
    """EPC: the error at thresholds that validation scores fixed, over what a false match costs (Bengio et al. 2005)."""

    x_label = "weight of a false match"
    y_label = "HTER on the test scores, %"

    @classmethod
    def from_comparisons(
        cls, systems: Mapping[str, tuple[Comparisons, ResampledComparisons]], title: str = "EPC", points: int = 11
    ) -> Self:
        """Make the display of the validation and the test comparisons of each system."""
        costs = np.linspace(0, 1, points)
        bands = {}
        for name, (validation, test) in systems.items():
            intervals = []
            for cost in costs:
                at = threshold_at_minimum_error(
                    mated=validation.mated, non_mated=validation.non_mated, cost=float(cost)
                )
                intervals.append(test.half_total_error_rate(at).interval())
            lines = np.array([[each.estimate, each.low, each.high] for each in intervals]).T
            bands[name] = Band(costs, *lines)
        return cls(bands, title)

    def _finish(self, ax: Axes) -> None:
        ax.set_ylim(bottom=0)


def rising(band: Band) -> Band:
    """Return a band whose bounds rise as its curve must: what holds at one place holds at all further ones.

    Examples
    --------
    >>> made = rising(Band(np.arange(3.0), np.array([0.5, 0.6, 0.6]), np.array([0.4, 0.3, 0.5]), np.ones(3)))
    >>> made.low.tolist()
    [0.4, 0.4, 0.5]
    """
    low = np.fmax.accumulate(band.low)
    high = np.fmin.accumulate(band.high[::-1])[::-1]
    return Band(band.x, band.estimate, np.fmin(low, band.estimate), np.fmax(high, band.estimate), band.level)


def _rates(trials: int) -> FloatArray:
    """Return rates from one in all trials up to all of them, evenly on a logarithmic axis."""
    return np.geomspace(max(1 / max(trials, 2), 1e-6), 1.0, POINTS)


def _deviates(rates: ArrayLike) -> FloatArray:
    """Return the normal deviates of rates; those that are not drawable are moved to the edge."""
    return np.asarray(ndtri(np.clip(np.asarray(rates, dtype=np.float64), 1e-6, 1 - 1e-6)))
