"""Embeddings of people who do not exist, as an encoder spreads real ones: unevenly.

On an ideal encoder people would lie evenly on the sphere, every stranger would be as likely as any other to resemble
somebody, and a rate measured in one gallery would carry over to any other by arithmetic. Real encoders are not so, and
each way in which they are not is one parameter here: few directions carry most of the differences (`decay`); people of
one region, and within it of one kin, are alike (`region`, `kin`), and regions and kins are of very different sizes;
some people lie near to everybody (`typical`: the lambs and wolves of Doddington et al., ICSLP 1998); some are recorded
less steadily than others (`unsteady`); a later session lies elsewhere, and for everybody in part the same way
(`session`, `drift`); a probe is the mean of few windows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Embeddings = NDArray[np.float32]
BLOCK = 10_000
"""People drawn at a time: a population is the same however much of it is asked for."""


@dataclass(frozen=True)
class EmbeddingPopulation:
    """An endless population of people and their embeddings.

    Parameters
    ----------
    dim : int
        Size of the embedding.
    decay : float
        The k-th direction's standard deviation is ``k ** -decay``.
    regions, kins : int
        Groups that people belong to; the k-th largest has ``1 / k`` of the people of the largest.
    region, kin : float
        Share of people's variance that is common to their region and, beyond it, to their kin.
    typical : float
        Standard deviation of the logarithm of people's distance from the mean person.
    centre : float
        Length of the mean person's vector, in standard deviations of people.
    noise : float
        Length of a window's deviation from its session's mean, likewise.
    unsteady : float
        Standard deviation of the logarithm of people's noise.
    session, drift : float
        Length of a session's deviation from the person, each person's own and everybody's in the second session.
    enrolled_windows, probe_windows : int
        Windows that make a prototype, of the first session, and a probe, of the second.
    seed : int
        Of the population.

    Examples
    --------
    >>> population = EmbeddingPopulation(seed=3)
    >>> prototypes = population.prototypes(0, 100)
    >>> prototypes.shape, bool(np.allclose(np.linalg.norm(prototypes, axis=1), 1, atol=1e-5))
    ((100, 64), True)
    >>> probes = population.probes(0, 100)
    >>> int(((probes @ prototypes.T).argmax(axis=1) == np.arange(100)).sum()) > 90
    True
    """

    dim: int = 64
    decay: float = 0.25
    regions: int = 12
    kins: int = 3000
    region: float = 0.06
    kin: float = 0.12
    typical: float = 0.2
    centre: float = 0.3
    noise: float = 0.9
    unsteady: float = 0.35
    session: float = 0.35
    drift: float = 0.15
    enrolled_windows: int = 10
    probe_windows: int = 5
    seed: int = 0

    def prototypes(self, first: int, count: int) -> Embeddings:
        """Return the prototypes of people `first` to `first + count - 1`, (count, dim), unit norm."""
        return self._take(first, count, session=1)

    def probes(self, first: int, count: int) -> Embeddings:
        """Return one probe, of a later session, of each of these people, (count, dim), unit norm."""
        return self._take(first, count, session=2)

    def _take(self, first: int, count: int, session: int) -> Embeddings:
        blocks = range(first // BLOCK, -(-(first + count) // BLOCK))
        kept = []
        for block in blocks:
            start = max(first - block * BLOCK, 0)
            kept.append(self._block(block, session)[start : first + count - block * BLOCK])
        return np.concatenate(kept) if kept else np.empty((0, self.dim), np.float32)

    @cached_property
    def _spread(self) -> Embeddings:
        """Standard deviation of each direction; a person's squared length is one on average."""
        spread = np.arange(1, self.dim + 1, dtype=np.float32) ** np.float32(-self.decay)
        return spread / np.float32(np.linalg.norm(spread))

    @cached_property
    def _groups(self) -> tuple[Embeddings, NDArray[np.float64], NDArray[np.float64]]:
        """Each kin's centre, the share of people that belong to it or a larger one; mean person and drift."""
        rng = np.random.default_rng([self.seed, 1])
        regions = self._vectors(rng, self.regions) * np.sqrt(self.region)
        home = rng.choice(self.regions, self.kins, p=_zipf(self.regions))
        centres = regions[home] + self._vectors(rng, self.kins) * np.sqrt(self.kin)
        common = self._vectors(rng, 2)
        common /= np.linalg.norm(common, axis=1, keepdims=True)
        return centres.astype(np.float32), np.cumsum(_zipf(self.kins)), common.astype(np.float32)

    def _vectors(self, rng: np.random.Generator, count: int) -> Embeddings:
        vectors: Embeddings = rng.standard_normal((count, self.dim), dtype=np.float32) * self._spread
        return vectors

    def _block(self, block: int, session: int) -> Embeddings:
        """Return one session's mean embedding of each person of a block."""
        rng = np.random.default_rng([self.seed, 2, block])
        centres, shares, common = self._groups
        kin = np.searchsorted(shares, rng.random(BLOCK) * shares[-1])
        own = self._vectors(rng, BLOCK) * np.float32(np.sqrt(1 - self.region - self.kin))
        distance = np.exp(self.typical * rng.standard_normal((BLOCK, 1), dtype=np.float32))
        noise = self.noise * np.exp(self.unsteady * rng.standard_normal((BLOCK, 1), dtype=np.float32))
        people = np.float32(self.centre) * common[0] + (centres[kin] + own) * distance
        rng = np.random.default_rng([self.seed, 2 + session, block])
        windows = self.enrolled_windows if session == 1 else self.probe_windows
        moved = people + np.float32(self.session) * self._vectors(rng, BLOCK)
        if session == 2:
            moved += np.float32(self.drift) * common[1]
        total = np.zeros_like(moved)
        for _ in range(windows):
            total += _unit(moved + noise * self._vectors(rng, BLOCK))
        return _unit(total)


def _zipf(count: int) -> NDArray[np.float64]:
    shares: NDArray[np.float64] = 1 / np.arange(1, count + 1)
    return np.asarray(shares / shares.sum())


def _unit(vectors: NDArray[np.float32]) -> Embeddings:
    lengths: Embeddings = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return lengths.astype(np.float32)
