"""Simulated people who browse: favourites, habits by hour, pages that bring other hosts along, weeks that differ.

There is a world of sites, the n-th visited in proportion to a power of n (Zipf; Adamic and Huberman 2002); each brings
hosts of its own and third parties' along, as pages do. A person has favourites, popular and odd ones, some of which are
given up for others from week to week; each week has errands, sites that matter in that week alone. Sessions come at the
person's hours, stay with a few sites, and go from page to page at the person's pace; a page and what it brings fall
into a second or two.

Spreads are rough figures, set so that tf-idf tells simulated people apart about as well as those of `web-bpu150`
(docs/results/web-bpu150.md). Nothing of a real person goes into it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lineament.datasets.dataset import Dataset
from lineament.datasets.histories import MONDAY_S, WEEK_S, monday
from lineament.errors import LineamentError
from lineament.signals import Sample
from lineament.signals.visits import visit_sample

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
PAGES, THIRD_PARTIES, OWN_HOSTS = 20_000, 600, 3
"""Sites that are opened; hosts that many of them bring along; hosts of its own that a site may have."""
BROUGHT = 5.0
"""Of them, by a page."""
POPULARITY, THIRD_POPULARITY = 1.0, 1.0
"""Exponents of Zipf's law."""
REPEATS = 1.2
"""Further visits to a page's own site at a time."""
FAVOURITES, GIVEN_UP, ODD = 60, 0.08, 0.15
"""A person's favourites; how many are given up from a week to the next; how many are drawn without regard to rank."""
PREFERENCE = 1.1
"""Exponent of how a person's visits fall among the favourites."""
ERRANDS, ERRAND_SHARE, CASUAL_SHARE = 6, 0.32, 0.2
"""Sites of a week alone; the share of sessions' sites that are among them, and that are anything popular."""
SITES_A_SESSION, PAGES_A_SITE = 4.0, 2.0
WEEKLY_VISITS, LEAST_VISITS = 500.0, 60
FIRST_WEEK = 2_200
"""In March 2012."""


@dataclass(frozen=True, eq=False)
class World:
    """The sites that there are.

    Parameters
    ----------
    popularity : array (pages,)
        Shares of the pages up to each.
    brought : list of (hosts, chances)
        What each page brings along, and how likely.
    """

    popularity: FloatArray = field(repr=False)
    brought: list[tuple[IntArray, FloatArray]] = field(repr=False)


@lru_cache(maxsize=1)
def world() -> World:
    """Return the world, which is the same for every population."""
    rng = np.random.default_rng(90)
    third = np.cumsum(_zipf(THIRD_PARTIES, THIRD_POPULARITY))
    brought = []
    for page in range(PAGES):
        own = PAGES + THIRD_PARTIES + OWN_HOSTS * page + np.arange(rng.integers(0, OWN_HOSTS + 1))
        others = PAGES + _ranks(rng, rng.poisson(BROUGHT), third)
        hosts = np.unique(np.concatenate([own, others])).astype(np.int64)
        brought.append((hosts, rng.uniform(0.2, 1.0, len(hosts))))
    return World(np.cumsum(_zipf(PAGES, POPULARITY)), brought)


@dataclass(frozen=True, eq=False)
class Browser:
    """A person who does not exist.

    Parameters
    ----------
    number, seed : int
        Which person, of which population.
    visits : float
        In a typical week.
    sessions : float
        In a typical week.
    pause_s : float
        Typical seconds from page to page.
    hours : array (24,)
        Share of sessions that begin in each hour.
    days : array (7,)
        Share of sessions on each weekday.
    """

    number: int
    seed: int
    visits: float
    sessions: float
    pause_s: float
    hours: FloatArray = field(repr=False)
    days: FloatArray = field(repr=False)

    @classmethod
    def of(cls, number: int, seed: int = 0) -> Browser:
        """Draw the person of a number."""
        rng = np.random.default_rng([seed, number, 91])
        clock = np.arange(24)
        peaks = np.array([rng.normal(9.5, 1.2), rng.normal(14.5, 1.5)])
        bumps = np.exp(-0.5 * ((clock[:, None] - peaks) / rng.uniform(1.0, 2.5, 2)) ** 2) @ rng.uniform(0.3, 1.0, 2)
        hours, days = bumps + 0.003, np.array([1.0] * 5 + [0.05] * 2) * rng.lognormal(0.0, 0.3, 7)
        return cls(
            number,
            seed,
            WEEKLY_VISITS * rng.lognormal(0.0, 0.4),
            3.5 * rng.lognormal(0.0, 0.35),
            12.0 * rng.lognormal(0.0, 0.4),
            hours / hours.sum(),
            days / days.sum(),
        )

    def favourites(self, week: int) -> IntArray:
        """Return the favourites of a week, the dearest first."""
        rng = np.random.default_rng([self.seed, self.number, 92])
        found = self._drawn(rng, FAVOURITES)
        for _ in range(week):
            renewed = rng.random(FAVOURITES) < GIVEN_UP
            found = np.where(renewed, self._drawn(rng, FAVOURITES), found)
        return found

    def _drawn(self, rng: np.random.Generator, count: int) -> IntArray:
        """Draw sites, popular or odd ones."""
        popular = _ranks(rng, count, world().popularity)
        return np.where(rng.random(count) < ODD, rng.integers(PAGES, size=count), popular).astype(np.int64)

    def week(self, week: int) -> tuple[FloatArray, IntArray]:
        """Return when (seconds since 1970) and where this person was in a week, counted from 0."""
        rng = np.random.default_rng([self.seed, self.number, 93, week])
        likes, errands = self.favourites(week), self._drawn(rng, ERRANDS)
        wanted = max(LEAST_VISITS, round(self.visits * rng.lognormal(0.0, 0.5)))
        begins = np.sort(self._beginnings(rng, max(1, rng.poisson(self.sessions))))
        clock, sites = [], []
        for begin, share in zip(begins, rng.dirichlet(np.full(len(begins), 3.0)), strict=True):
            times, hosts = self._session(rng, likes, errands, max(10, round(share * wanted)))
            clock.append(begin + times)
            sites.append(hosts)
        moments, codes = np.concatenate(clock), np.concatenate(sites)
        order = np.argsort(moments, kind="stable")
        start = (FIRST_WEEK + week) * WEEK_S + MONDAY_S
        inside = moments[order] < WEEK_S
        return start + np.floor(moments[order])[inside], codes[order][inside]

    def _beginnings(self, rng: np.random.Generator, count: int) -> FloatArray:
        """Return when sessions begin, seconds since the beginning of the week."""
        days, hours = rng.choice(7, count, p=self.days), rng.choice(24, count, p=self.hours)
        return 86_400.0 * days + 3600.0 * (hours + rng.random(count))

    def _session(
        self, rng: np.random.Generator, likes: IntArray, errands: IntArray, visits: int
    ) -> tuple[FloatArray, IntArray]:
        """Return when, seconds since its beginning, and where one session of so many visits goes."""
        there, now = world(), 0.0
        chosen = self._chosen(rng, likes, errands, 1 + rng.poisson(SITES_A_SESSION - 1))
        clock: list[float] = []
        sites: list[int] = []
        while len(sites) < visits:
            page = int(rng.choice(chosen))
            for _ in range(rng.geometric(1 / PAGES_A_SITE)):
                hosts, chances = there.brought[page]
                come = hosts[rng.random(len(hosts)) < chances]
                parts = [page] * (1 + rng.poisson(REPEATS))
                sites += [*parts, *rng.permutation(come).tolist()]
                clock += [now] * len(parts) + (now + np.sort(rng.exponential(1.0, len(come)))).tolist()
                now += self.pause_s * rng.lognormal(0.0, 1.2)
            if rng.random() < 0.15:
                chosen = np.append(chosen, self._chosen(rng, likes, errands, 1))
        return np.array(clock[:visits]), np.array(sites[:visits], dtype=np.int64)

    def _chosen(self, rng: np.random.Generator, likes: IntArray, errands: IntArray, count: int) -> IntArray:
        """Draw sites that a session is about."""
        kinds = rng.random(count)
        liked = likes[_ranks(rng, count, np.cumsum(_zipf(len(likes), PREFERENCE)))]
        casual = _ranks(rng, count, world().popularity)
        errand = rng.choice(errands, count)
        rest = np.where(kinds < ERRAND_SHARE + CASUAL_SHARE, casual, liked)
        return np.where(kinds < ERRAND_SHARE, errand, rest).astype(np.int64)


def _zipf(count: int, exponent: float) -> FloatArray:
    """Return shares (count,) in proportion to a power of the rank."""
    shares = np.arange(1.0, count + 1) ** -exponent
    return np.asarray(shares / shares.sum())


def _ranks(rng: np.random.Generator, count: int, shares: FloatArray) -> IntArray:
    """Draw ranks (count,) by the shares up to each (ranks,)."""
    found: IntArray = np.searchsorted(shares, rng.random(count) * shares[-1]).astype(np.int64)
    return found


def simulated_browsing(people: int | Iterable[int], *, sessions: int = 14, seed: int = 0) -> Dataset:
    """Return simulated histories, made when they are asked for: one sample a person and week.

    Parameters
    ----------
    people : int or iterable of int
        How many, or which: person 7 of a seed is the same in every data set, so ``range(100, 120)`` are strangers to
        ``100``.
    sessions : int
        Weeks.
    seed : int
        Of the population.

    Raises
    ------
    LineamentError
        When there are no people or weeks.

    Examples
    --------
    >>> data = simulated_browsing(3, sessions=2)
    >>> print(data)
    simulated-browsing-0: 6 samples of 3 subjects in 2 to 2 sessions each
    >>> data.load(0).session
    '2012-03-05'
    """
    which = range(people) if isinstance(people, int) else list(people)
    if not len(which) or sessions < 1:
        raise LineamentError(
            "simulated browsing: at least one person and week", f"{len(which)} and {sessions}", "ask for more"
        )
    rows = [
        {
            "subject": f"sim{seed}-{person:05d}",
            "session": monday(FIRST_WEEK + week),
            "simulated": True,
            "_person": person,
            "_week": week,
        }
        for person in which
        for week in range(sessions)
    ]

    def load(row: Mapping[str, Any]) -> Sample:
        clock, sites = Browser.of(int(row["_person"]), seed).week(int(row["_week"]))
        return visit_sample(
            clock,
            sites.tolist(),
            subject=row["subject"],
            session=row["session"],
            attributes={"simulated": True},
            source=f"simulated {row['subject']}, week of {row['session']}",
        )

    return Dataset(f"simulated-browsing-{seed}", pd.DataFrame(rows), load, licence="Apache-2.0", citation="simulated")
