"""How often strangers are accepted in a gallery of any size: the model that carries a promise from one to another.

One comparison's rate (`calibration_tail`) and how false alarms clump (`calibration_clumping`) give the FPIR at any
score and size. How far it may be off is found by resampling the people: strangers and enrolled ones are weighed at
random, independently (the Bayesian bootstrap of Rubin, Ann. Stat. 1981, in both directions: every score belongs to two
people), and the model is fitted again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize

from lineament.decisions.calibration_clumping import (
    RISES,
    SHARES,
    expected_hits,
    fit_clumping,
    index_at,
    log_variance,
    survivals,
)
from lineament.decisions.calibration_tail import (
    STRAIGHT,
    FloatArray,
    Scale,
    guess_scale,
    log_survival,
    pareto_shape,
    stretch,
    unstretch,
)
from lineament.errors import EncoderError

REPLICATES = 100
BEND, BENT = (0.001, 0.01), 20_000
"""Share of all comparisons, the highest, that the tail's shape is told by: the least at which there are so many."""
SHAPE_SD, SHAPE_LIMITS = 0.05, (-0.15, 0.1)
"""Shapes are drawn towards none as much as if this were their spread among encoders; and bounded."""
FEWEST = 50
"""Comparisons that the tail starts from, at least; else the square root of all."""
SEEN = 30
"""Comparisons that must reach a score before clumping is told from it."""
RAREST = -60.0
"""No comparison's log rate is taken to be lower."""
FEWEST_PEOPLE = 20
"""Strangers, and enrolled people, below which nothing is fitted."""
DOUBTED, REFUSED = 1e-2, 1e-4
"""Of the calibration's comparisons, how many must be expected to reach a threshold: two decades may be gone on from
what was seen without a doubt, and four with one."""


@dataclass(frozen=True, eq=False)
class StrangerModel:
    """Rates at which strangers reach a score, with what is not known about them.

    Parameters
    ----------
    scale : {"cosine", "distance", "plain"}
        On which tails are straight.
    points : float array (levels,)
        Stretched scores, ascending; a tail is fitted beyond the last.
    log_rates : float array (replicates, levels)
        Logarithm of the share of comparisons that reach them.
    tail : float array (replicates, 2)
        Scale and shape of the generalised Pareto law.
    clumping : float array (replicates, 4)
        See `calibration_clumping`.
    strangers, gallery : int
        People it was fitted on.
    """

    scale: Scale
    points: FloatArray
    log_rates: FloatArray
    tail: FloatArray
    clumping: FloatArray
    strangers: int
    gallery: int

    @classmethod
    def fit(
        cls,
        scores: ArrayLike,
        *,
        people: Sequence[Any] | None = None,
        subjects: Sequence[Any] | None = None,
        scale: Scale | None = None,
        seed: int = 0,
        replicates: int = REPLICATES,
    ) -> Self:
        """Return the model of a table of comparison scores.

        Parameters
        ----------
        scores : float array (probes, subjects)
            Of strangers' probes with the subjects of a gallery.
        people : sequence (probes,), optional
            Whose the probes are, where somebody gave several.
        subjects : sequence (subjects,), optional
            Who is enrolled, where some give probes too: a person who is on both sides is weighed once.
        scale : {"cosine", "distance", "plain"}, optional
            Guessed from the scores where nothing is said.

        Raises
        ------
        EncoderError
            When there are not twenty strangers and twenty subjects, a score is not finite, or all are equal.
        """
        table = np.asarray(scores)
        _, person = np.unique(np.arange(len(table)) if people is None else np.asarray(people), return_inverse=True)
        _refuse(table, person)
        scale = scale or guess_scale(float(table.min()), float(table.max()))
        rng = np.random.default_rng(seed)
        rows = rng.standard_exponential((replicates, int(person.max()) + 1))[:, person]
        columns = rng.standard_exponential((replicates, table.shape[1]))
        if subjects is not None:
            columns = _same_weights(columns, rows, list(subjects), np.arange(len(table)) if people is None else people)
        rows = rows / rows.mean(axis=1, keepdims=True)
        columns = columns / columns.mean(axis=1, keepdims=True)
        hits = _Hits.of(table, scale)
        log_rates = hits.log_rates(rows, columns)
        return cls(
            scale=scale,
            points=hits.points,
            log_rates=log_rates,
            tail=hits.tails(rows, columns),
            clumping=hits.clumping(rows, rng.permutation(np.linspace(*RISES, replicates))),
            strangers=int(person.max()) + 1,
            gallery=table.shape[1],
        )

    @property
    def comparisons(self) -> int:
        """Pairs of people that were compared."""
        return self.strangers * self.gallery

    def drawn_rates(self, score: float, gallery_size: int) -> FloatArray:
        """Return the FPIR as each replicate has it, (replicates,); of one comparison (the FMR) for a gallery of one."""
        at = float(stretch(score, self.scale))
        beyond = max(at - self.points[-1], 0.0)
        after = int(np.clip(np.searchsorted(self.points, at), 1, len(self.points) - 1))
        low, high = self.points[after - 1], self.points[after]
        share = float(np.clip((at - low) / max(high - low, STRAIGHT), 0.0, 1.0))
        inside = (1 - share) * self.log_rates[:, after - 1] + share * self.log_rates[:, after]
        log_rate = inside + log_survival(np.full(len(inside), beyond), self.tail[:, 0], self.tail[:, 1])
        log_rate = np.clip(log_rate, RAREST, -1e-9)
        if gallery_size == 1:
            return np.exp(log_rate)
        chances = -gallery_size * np.log1p(-np.exp(log_rate))
        variance = np.exp(log_variance(log_rate, self.clumping))
        return np.asarray(-np.expm1(-expected_hits(chances, variance, index_at(log_rate, self.clumping))))

    def rate(self, score: float, gallery_size: int) -> float:
        """Return the FPIR that is to be expected, the mean over all that the people at hand allow."""
        return float(self.drawn_rates(score, gallery_size).mean())

    def bound(self, score: float, gallery_size: int, confidence: float) -> float:
        """Return the rate that is not exceeded with this confidence."""
        return float(np.quantile(self.drawn_rates(score, gallery_size), confidence))

    def threshold(self, rate: float, gallery_size: int, confidence: float | None = None) -> float:
        """Return the score at which the expected rate, or its bound, is so much."""

        def excess(stretched: float) -> float:
            score = float(unstretch(stretched, self.scale))
            given = self.rate(score, gallery_size)
            reached = given if confidence is None else self.bound(score, gallery_size, confidence)
            return float(np.log(max(reached, 1e-300)) - np.log(rate))

        low, high = float(self.points[0]), float(self.points[-1])
        step = max(high - low, 1e-6)
        while excess(high) > 0:
            high += step
        if excess(low) < 0:
            return float(unstretch(low, self.scale))
        return float(unstretch(optimize.brentq(excess, low, high, xtol=1e-9), self.scale))

    def promise(
        self, rate: float, gallery_size: int, confidence: float | None = None, *, strict: bool = True
    ) -> tuple[float, tuple[float, float]]:
        """Return the score that keeps a rate in a gallery of this size, and where the rate lies (90 %).

        Raises
        ------
        EncoderError
            When it is asked for strictly and lies too far beyond what was seen.
        """
        size = max(gallery_size, 1)
        if strict and self.comparisons * rate / size < REFUSED:
            needed = int(np.ceil(np.sqrt(DOUBTED * size / rate)))
            raise EncoderError(
                f"calibration: {needed} strangers and as many enrolled people, for a rate of {rate:.3g} among {size}",
                f"{self.strangers} and {self.gallery}",
                "calibrate with more people, or ask for a higher rate",
            )
        score = self.threshold(rate, size, confidence)
        return score, self.interval(score, size)

    def interval(self, score: float, gallery_size: int) -> tuple[float, float]:
        """Return where the rate at a score lies with 90 % confidence."""
        return self.bound(score, gallery_size, 0.05), self.bound(score, gallery_size, 0.95)

    def doubts(self, rate: float, gallery_size: int) -> tuple[str, ...]:
        """Return a sentence where a rate lies far beyond what was seen."""
        size = max(gallery_size, 1)
        if self.comparisons * rate / size >= DOUBTED:
            return ()
        low, high = self.interval(self.threshold(rate, size), size)
        return (
            f"a rate of {rate:.3g} among {size} lies far beyond what {self.strangers} strangers and {self.gallery} "
            f"enrolled people tell: it is {low:.2g} to {high:.2g} if tails go on as they begin",
        )

    def to_json(self) -> dict[str, Any]:
        """Return the model as JSON."""
        numbers = {name: getattr(self, name) for name in ("points", "log_rates", "tail", "clumping")}
        rounded = {name: [_short(row) for row in np.atleast_2d(table)] for name, table in numbers.items()}
        return {"kind": "model", "scale": self.scale, **rounded, "strangers": self.strangers, "gallery": self.gallery}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Return a model from JSON.

        Raises
        ------
        EncoderError
            When a key is missing or a number is not what it should be.
        """
        try:
            tables = {name: np.array(content[name], float) for name in ("points", "log_rates", "tail", "clumping")}
            strangers, gallery, scale = int(content["strangers"]), int(content["gallery"]), content["scale"]
        except (KeyError, TypeError, ValueError) as error:
            raise EncoderError("calibration: a model of strangers' scores", f"'{error}'", "calibrate again") from error
        replicates, levels = tables["log_rates"].shape if tables["log_rates"].ndim == 2 else (0, 0)
        fits = tables["points"].shape == (1, levels) and tables["tail"].shape == (replicates, 2)
        whole = fits and tables["clumping"].shape == (replicates, 4) and replicates > 1
        if not whole or scale not in ("cosine", "distance", "plain") or not all(map(_finite, tables.values())):
            raise EncoderError("calibration: a model of strangers' scores", "a damaged one", "calibrate again")
        return cls(
            scale, tables["points"][0], tables["log_rates"], tables["tail"], tables["clumping"], strangers, gallery
        )


@dataclass(frozen=True, eq=False)
class _Hits:
    """The comparisons that reach scores, as few numbers as fitting needs.

    Parameters
    ----------
    size : (int, int)
        Probes, subjects.
    points : float array (levels,)
        Stretched scores.
    by_probe, by_subject : float array (common levels, probes or subjects)
        Share of each one's comparisons that reach the common levels, of which there are too many to keep.
    high : float array (hits,)
        Stretched scores of the highest comparisons, ascending; `probe` and `subject` say whose.
    """

    size: tuple[int, int]
    points: FloatArray
    by_probe: FloatArray
    by_subject: FloatArray
    high: FloatArray
    probe: NDArray[np.intp]
    subject: NDArray[np.intp]

    @classmethod
    def of(cls, table: NDArray[Any], scale: Scale) -> Self:
        flat = table.ravel()
        kept = max(int(np.clip(BENT, BEND[0] * flat.size, BEND[1] * flat.size)), FEWEST)
        places = np.argpartition(flat, flat.size - kept)[flat.size - kept :]
        places = places[np.argsort(flat[places])]
        last = max(FEWEST, int(np.sqrt(flat.size)))
        steps = 10.0 ** -np.arange(0.25, 12, 0.25) * flat.size
        common = [int(step) for step in steps if step > kept]
        rare = [int(step) for step in steps if last < step <= kept] + [last]
        cuts = np.unique(np.partition(flat, [flat.size - rank for rank in common])[[flat.size - r for r in common]])
        reached = [table >= cut for cut in cuts]
        high = stretch(flat[places], scale)
        points = np.concatenate([stretch(cuts, scale), high[[kept - rank for rank in rare]]])
        return cls(
            table.shape,
            points,
            np.array([level.mean(axis=1) for level in reached]).reshape(len(cuts), table.shape[0]),
            np.array([level.mean(axis=0) for level in reached]).reshape(len(cuts), table.shape[1]),
            high,
            *np.divmod(places, table.shape[1]),
        )

    def log_rates(self, rows: FloatArray, columns: FloatArray) -> FloatArray:
        """Return the logarithm of the rate at each point, for each weighing of people."""
        # Two directions of resampling, to first order: what every probe and what every subject adds.
        common = rows @ self.by_probe.T / self.size[0] + columns @ self.by_subject.T / self.size[1]
        common -= self.by_probe.mean(axis=1)
        first = np.searchsorted(self.high, self.points[len(self.by_probe) :])
        rare = np.empty((len(rows), len(first)))
        for place in range(len(rows)):
            weights = rows[place][self.probe] * columns[place][self.subject]
            rare[place] = (np.cumsum(weights[::-1])[::-1] / (self.size[0] * self.size[1]))[first]
        rates = np.clip(np.hstack([common, rare]), np.finfo(np.float64).tiny, 1.0)
        return np.log(np.minimum.accumulate(rates, axis=1))

    def tails(self, rows: FloatArray, columns: FloatArray) -> FloatArray:
        """Return scale and shape of the tail, for each weighing of people."""
        start = int(np.searchsorted(self.high, self.points[-1]))
        excess, bend = self.high[start:] - self.points[-1], self.high - self.high[0]
        shapes, means = np.empty(len(rows)), np.empty(len(rows))
        for place in range(len(rows)):
            weights = rows[place][self.probe] * columns[place][self.subject]
            shapes[place] = pareto_shape(bend, weights)
            means[place] = excess @ weights[start:] / weights[start:].sum()
        shapes = _drawn_in(shapes, pareto_shape(bend, np.ones(len(bend))))
        return np.stack([np.maximum(means, 1e-9) * (1 - shapes), shapes], axis=1)

    def clumping(self, rows: FloatArray, rises: FloatArray) -> FloatArray:
        """Return the four numbers of clumping, for each weighing of the strangers and rise of the index."""
        cases: list[tuple[FloatArray, float, float, FloatArray]] = []
        for rank in (10.0 ** -np.arange(2, 12, 0.5) * self.size[0] * self.size[1]).astype(int):
            if SEEN <= rank <= len(self.high):
                counts = np.bincount(self.probe[len(self.high) - rank :], minlength=self.size[0])
                rate = rows @ counts / (self.size[0] * self.size[1])
                witnesses = float(min((counts > 0).sum(), self.size[0] / 2))
                cases += [(rate, share, witnesses, rows @ survivals(counts, share) / self.size[0]) for share in SHARES]
        fitted = []
        for place in range(len(rows)):
            own = [(rate[place], share, seen, missed[place]) for rate, share, seen, missed in cases]
            told = np.array([case for case in own if 0.05 < case[3] < 1 and case[0] > 0]).reshape(-1, 4)
            rates, shares, seen, missed = told.T
            chances = rates * shares * self.size[1]
            fitted.append(fit_clumping(np.log(rates), chances, -np.log(missed), seen, rises[place]))
        return np.array(fitted)


def _drawn_in(shapes: FloatArray, estimate: float) -> FloatArray:
    """Return shapes as they lie once what is known of other encoders' tails has been weighed in."""
    trusted = SHAPE_SD**2 / (SHAPE_SD**2 + shapes.var(ddof=1))
    return np.asarray(np.clip(trusted * estimate + np.sqrt(trusted) * (shapes - shapes.mean()), *SHAPE_LIMITS))


def _same_weights(
    columns: FloatArray, rows: FloatArray, subjects: Sequence[Any], people: Sequence[Any] | NDArray[Any]
) -> FloatArray:
    """Return the weights of the subjects: a person's own where the person gives probes too, and one for each person."""
    row_of = {who: place for place, who in enumerate(people)}
    column_of: dict[Any, int] = {}
    for place, who in enumerate(subjects):
        column_of.setdefault(who, place)
    drawn = [rows[:, row_of[who]] if who in row_of else columns[:, column_of[who]] for who in subjects]
    return np.stack(drawn, axis=1)


def _refuse(table: NDArray[Any], person: NDArray[np.intp]) -> None:
    """Raise where a table of scores cannot be modelled."""
    if table.ndim != 2 or table.shape[1] < FEWEST_PEOPLE or person.max(initial=-1) + 1 < FEWEST_PEOPLE:
        came = f"{person.max(initial=-1) + 1} strangers, a table of {'x'.join(map(str, table.shape))} scores"
        raise EncoderError(
            "calibration: comparison scores of 20 strangers with 20 enrolled people, at least",
            came,
            "calibrate with more people",
        )
    if not np.isfinite(table).all() or not table.min() < table.max():
        raise EncoderError("calibration: finite scores of strangers that differ", "others", "check the embeddings")


def _finite(table: FloatArray) -> bool:
    return bool(np.isfinite(table).all())


def _short(row: FloatArray) -> list[float]:
    return [float(f"{value:.6g}") for value in row]
