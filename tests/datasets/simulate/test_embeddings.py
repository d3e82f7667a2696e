"""Simulated embeddings: the same however asked for, and spread unevenly."""

from __future__ import annotations

import numpy as np

from lineament.datasets.simulate.embeddings import BLOCK, EmbeddingPopulation

EVEN = {"decay": 0, "region": 0, "kin": 0, "typical": 0, "centre": 0, "unsteady": 0, "drift": 0}


def test_a_population_is_the_same_however_much_is_asked_for() -> None:
    population = EmbeddingPopulation(seed=3)
    across = population.prototypes(BLOCK - 30, 60)
    assert across.shape == (60, 64)
    np.testing.assert_array_equal(across[:30], population.prototypes(BLOCK - 30, 30))
    np.testing.assert_array_equal(across[30:], EmbeddingPopulation(seed=3).prototypes(BLOCK, 30))
    assert not np.allclose(across, EmbeddingPopulation(seed=4).prototypes(BLOCK - 30, 60))
    assert population.probes(5, 0).shape == (0, 64)


def test_a_person_is_most_like_themselves() -> None:
    population = EmbeddingPopulation(seed=1)
    scores = population.probes(0, 200) @ population.prototypes(0, 200).T
    assert np.mean(scores.argmax(axis=1) == np.arange(200)) > 0.95
    assert 0.6 < np.median(np.diag(scores)) < 0.95


def test_strangers_differ_in_how_many_they_resemble() -> None:
    def spread(population: EmbeddingPopulation) -> float:
        scores = population.probes(2000, 1000) @ population.prototypes(0, 2000).T
        hits = (scores >= np.quantile(scores, 0.999)).sum(axis=1)
        return float(hits.var() / hits.mean())

    assert spread(EmbeddingPopulation(seed=2)) > 2
    assert 0.8 < spread(EmbeddingPopulation(seed=2, **EVEN)) < 1.3
