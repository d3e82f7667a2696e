"""What the size of the gallery and the number of templates do: FPIR over gallery size, figures over enrolment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

from lineament.errors import ScoreError
from lineament.evaluation.curve_displays import BandDisplay
from lineament.evaluation.displays import COLOURS
from lineament.evaluation.scores import Scores
from lineament.metrics import Band, Resampled, ResampledSearches
from lineament.metrics.replicates import draw_people

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]


def fpir_by_gallery_size(
    strangers: ArrayLike,
    people: ArrayLike,
    *,
    threshold: float,
    sizes: ArrayLike,
    replicates: int = 1000,
    seed: int = 0,
) -> Band:
    """Return the FPIR of a threshold that stays as it is, over the size of the gallery.

    Exact over all ways to draw so many of the enrolled subjects: a probe with k candidates among N has none among n
    drawn ones with probability C(N - k, n) / C(N, n). Intervals are over the strangers.

    Parameters
    ----------
    strangers : array (probes, subjects)
        Scores of probes of strangers against everybody enrolled.
    people : array (probes,)
        Whose probe it is.
    threshold : float
    sizes : int array (n,)
        At most as many as are enrolled.

    Examples
    --------
    >>> band = fpir_by_gallery_size([[0.9, 0.1, 0.2], [0.1, 0.2, 0.3]], ["a", "b"], threshold=0.5, sizes=[1, 3])
    >>> band.estimate.round(3).tolist()
    [0.167, 0.5]
    """
    table = np.asarray(strangers, dtype=np.float64)
    drawn = np.asarray(sizes, dtype=np.float64)
    whole = table.shape[1]
    if (drawn < 1).any() or (drawn > whole).any():
        raise ValueError(f"galleries of 1 to {whole} subjects, not {drawn.min():g} to {drawn.max():g}")
    misses = whole - (table >= threshold).sum(axis=1, keepdims=True)
    possible = misses >= drawn
    left = np.where(possible, misses - drawn, 0.0)
    none = gammaln(misses + 1) - gammaln(left + 1) - gammaln(whole + 1) + gammaln(whole - drawn + 1)
    hit = np.where(possible, -np.expm1(np.minimum(none, 0.0)), 1.0)
    names, place = np.unique(np.asarray(people).astype(str), return_inverse=True)
    sums = np.zeros((len(names), len(drawn)))
    np.add.at(sums, place, hit)
    people_drawn = draw_people(names, replicates=replicates, seed=seed)
    times = people_drawn.times[0]
    return people_drawn.band(drawn, times @ sums / (times @ np.bincount(place))[:, None], 0.95)


class GallerySizeDisplay(BandDisplay):
    """FPIR over the size of the gallery at thresholds that stay as they are; dotted: what independence would give.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> display = GallerySizeDisplay.from_strangers(
    ...     rng.normal(size=(50, 100)), np.arange(50), thresholds={"3": 3.0}, replicates=20)
    >>> bool(display.bands["3"].estimate[0] < display.bands["3"].estimate[-1])
    True
    """

    x_label = "subjects enrolled, N"
    y_label = "FPIR (strangers named), %"
    logarithmic = True
    marked = True
    legend = "lower right"

    @classmethod
    def from_strangers(
        cls,
        strangers: ArrayLike,
        people: ArrayLike,
        *,
        thresholds: Mapping[str, float],
        title: str = "FPIR over gallery size",
        replicates: int = 1000,
        seed: int = 0,
    ) -> Self:
        """Make the display of thresholds by name."""
        whole = np.asarray(strangers).shape[1]
        sizes = np.unique(np.geomspace(1, whole, 13).round())
        bands = {
            name: fpir_by_gallery_size(strangers, people, threshold=at, sizes=sizes, replicates=replicates, seed=seed)
            for name, at in thresholds.items()
        }
        return cls(bands, title)

    def _finish(self, ax: Axes) -> None:
        ax.set_yscale("symlog", linthresh=0.1)
        ax.set_yticks([0, 0.1, 1, 10, 100], ["0", "0.1", "1", "10", "100"])
        lowest = min(float(curve.estimate[0]) for curve in self.bands.values())
        ax.set_ylim(0 if lowest < 0.001 else 50 * lowest, 130)
        last = max(float(curve.x[-1]) for curve in self.bands.values())
        sizes = [size for size in (1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 100_000, 1_000_000) if size <= last]
        ax.set_xticks(sizes, [f"{size:,}" for size in sizes])
        ax.set_xticks([], minor=True)
        for number, curve in enumerate(self.bands.values()):
            alone = curve.estimate[0]  # a gallery of one: the FMR
            independent = 100 * (1 - (1 - alone) ** curve.x)
            ax.plot(curve.x, independent, ":", color=COLOURS[number % len(COLOURS)], linewidth=1, zorder=1)


def by_amount(
    scores: Scores, *, amounts: Iterable[int] | None = None, repeats: int = 5, replicates: int = 1000, seed: int = 0
) -> dict[str, Band]:
    """Return Rank-1 and, with strangers, the open-set EER and OSCR over the number of references enrolled a subject.

    Each amount is drawn `repeats` times at random, and figures are averaged over the draws. Subjects count who have the
    greatest amount.

    Raises
    ------
    ScoreError
        When no two amounts can be compared, or not every probe was compared with every reference.
    """
    table = scores.matrix()
    counts = scores.references["subject"].value_counts()
    chosen = sorted(set(range(1, int(counts.max()) + 1) if amounts is None else amounts))
    enough = [subject for subject in scores.subjects if counts[subject] >= chosen[-1]]
    if len(chosen) < 2 or len(enough) < 2 or np.isnan(table).any():
        raise ScoreError(
            f"{scores.name}: several references a subject, all of them compared",
            f"{len(enough)} subjects with {chosen[-1]}",
            "enrol each subject several times",
        )
    rng = np.random.default_rng(seed)
    places = [np.flatnonzero(scores.references["subject"] == subject) for subject in enough]
    subjects, people = scores.probes["subject"].to_numpy(str), scores.probes["person"].to_numpy(str)
    known, strange = np.isin(subjects, enough), ~scores.known
    values: dict[str, list[Resampled]] = {}
    for amount in chosen:
        draws: dict[str, list[Resampled]] = {}
        for _ in range(repeats if amount < counts[enough].min() else 1):
            columns = [rng.permutation(place)[:amount] for place in places]
            best = np.stack([table[:, column].max(axis=1) for column in columns], axis=1)
            for name, drawn in _figures(best, subjects, people, known, strange, enough, replicates, seed).items():
                draws.setdefault(name, []).append(drawn)
        for name, lots in draws.items():
            values.setdefault(name, []).append(_mean(lots))
    return {name: _over(chosen, lots) for name, lots in values.items()}


def _mean(lots: Sequence[Resampled]) -> Resampled:
    """Return the mean of a figure over draws of references, on the same people."""
    return replace(
        lots[0],
        estimate=float(np.mean([each.estimate for each in lots])),
        drawn=np.mean([each.drawn for each in lots], axis=0),
        influence=np.mean([each.influence for each in lots], axis=0),
    )


def _over(amounts: Sequence[int], lots: Sequence[Resampled]) -> Band:
    intervals = [each.interval() for each in lots]
    lines = np.array([[each.estimate, each.low, each.high] for each in intervals]).T
    return Band(np.array(amounts, dtype=np.float64), *lines)


def _figures(
    best: FloatArray,
    subjects: NDArray[np.str_],
    people: NDArray[np.str_],
    known: NDArray[np.bool_],
    strange: NDArray[np.bool_],
    enough: list[str],
    replicates: int,
    seed: int,
) -> dict[str, Resampled]:
    """Return figures of one gallery."""
    searches = ResampledSearches(
        known=best[known],
        mates=[enough.index(subject) for subject in subjects[known]],
        known_people=people[known],
        strangers=best[strange] if strange.any() else None,
        stranger_people=people[strange] if strange.any() else None,
        replicates=replicates,
        seed=seed,
    )
    found = {"Rank-1": searches.rank_rate(1)}
    if strange.any():
        found |= {"OSCR": searches.open_set_area(), "open-set EER": searches.open_set_equal_error_rate()}
    return found


class EnrolmentDisplay(BandDisplay):
    """Figures over the number of references enrolled a subject."""

    x_label = "references enrolled a subject"
    y_label = "%"
    marked = True

    @classmethod
    def from_scores(cls, scores: Scores, title: str = "What more enrolment brings", replicates: int = 200) -> Self:
        """Make the display (see `by_amount`)."""
        return cls(by_amount(scores, replicates=replicates), title)

    def _finish(self, ax: Axes) -> None:
        from matplotlib.ticker import MaxNLocator

        ax.set_ylim(0, 101)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
