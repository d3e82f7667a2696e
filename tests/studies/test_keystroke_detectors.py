"""The detectors of the DSN 2009 table against peers and slow loops."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from lineament.studies.keystroke_detectors import DETECTORS, Detector
from lineament.studies.keystroke_networks import Networks
from lineament.studies.one_class_svm import support, train_svm

RNG = np.random.default_rng(0)
TEMPLATES = RNG.lognormal(-2, 0.4, (3, 40, 7))
PROBES = RNG.lognormal(-2, 0.6, (3, 25, 7))
BY_KEY = {detector.key: detector for detector in DETECTORS}
QUICK = [detector for detector in DETECTORS if detector.key not in ("auto-associative", "neural-network")]


def test_the_table_is_whole_and_best_first() -> None:
    assert len(DETECTORS) == 14
    means = [detector.published[0] for detector in DETECTORS]
    assert means == sorted(means)


@pytest.mark.parametrize("detector", QUICK, ids=lambda detector: detector.key)
def test_each_person_is_scored_by_their_own_templates_alone(detector: Detector) -> None:
    together = detector.train(TEMPLATES)(PROBES)
    assert together.shape == (3, 25)
    alone = np.concatenate([detector.train(TEMPLATES[[n]])(PROBES[[n]]) for n in range(3)])
    np.testing.assert_allclose(together, alone, rtol=1e-7)
    assert np.isfinite(detector.train(TEMPLATES[:, : detector.least])(PROBES)).all()


def test_distances_are_those_of_scipy() -> None:
    mean = TEMPLATES[0].mean(0, keepdims=True)
    inverse = np.linalg.inv(np.cov(TEMPLATES[0].T))
    scale = 1 / np.abs(TEMPLATES[0] - mean).mean(0)
    expected = {
        "euclidean": cdist(PROBES[0], mean, "sqeuclidean")[:, 0],
        "manhattan": cdist(PROBES[0], mean, "cityblock")[:, 0],
        "manhattan-scaled": cdist(PROBES[0], mean, "cityblock", w=scale)[:, 0],
        "mahalanobis": cdist(PROBES[0], mean, "mahalanobis", VI=inverse)[:, 0] ** 2,
        "nearest-mahalanobis": cdist(PROBES[0], TEMPLATES[0], "mahalanobis", VI=inverse).min(1),
    }
    for key, distances in expected.items():
        np.testing.assert_allclose(-BY_KEY[key].train(TEMPLATES)(PROBES)[0], distances, rtol=1e-6, err_msg=key)


def test_filter_and_outliers_are_those_of_a_slow_loop() -> None:
    filtered, counted = (BY_KEY[key].train(TEMPLATES)(PROBES)[1] for key in ("manhattan-filtered", "outlier-count"))
    own, probes = TEMPLATES[1], PROBES[1]
    for row, probe in enumerate(probes):
        distance, outliers = 0.0, 0
        for time in range(7):
            values = own[:, time]
            kept = [v for v in values if abs(v - values.mean()) <= 3 * values.std(ddof=1)]
            distance += abs(probe[time] - np.mean(kept))
            outliers += abs(probe[time] - values.mean()) > 1.96 * values.std(ddof=1)
        assert filtered[row] == pytest.approx(-distance)
        assert counted[row] == -outliers


def test_the_support_vector_machine_is_that_of_a_peer() -> None:
    svm = pytest.importorskip("sklearn.svm")
    own = (TEMPLATES[0] - TEMPLATES[0].mean(0)) / TEMPLATES[0].std(0, ddof=1)
    seen = (PROBES[0] - TEMPLATES[0].mean(0)) / TEMPLATES[0].std(0, ddof=1)
    squares = cdist(own, own, "sqeuclidean")[np.triu_indices(40, 1)]
    gamma = np.mean(1 / np.quantile(squares, [0.1, 0.9]))
    peer = svm.OneClassSVM(nu=0.5, gamma=gamma, tol=1e-8).fit(own)
    ours = train_svm(TEMPLATES)(PROBES)[0]
    # libsvm's weights sum to nu times the templates, ours to 1
    np.testing.assert_allclose(ours * 20, peer.score_samples(seen), atol=1e-4)


def test_weights_of_the_machine_keep_their_bounds() -> None:
    kernel = np.exp(-cdist(TEMPLATES[2], TEMPLATES[2], "sqeuclidean"))
    for nu in (0.1, 0.33, 1.0):
        weights = support(kernel, nu)
        assert weights.sum() == pytest.approx(1.0)
        assert weights.min() >= 0
        assert weights.max() <= 1 / (nu * 40) + 1e-12


@pytest.mark.parametrize("linear", [True, False])
def test_a_step_of_the_networks_goes_down_the_gradient(linear: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lineament.studies.keystroke_networks.EPOCHS", 1)
    inputs, targets = RNG.normal(size=(2, 1, 4)), RNG.uniform(size=(2, 1, 3))

    def loss(networks: Networks) -> float:
        return float(0.5 * ((networks(inputs) - targets) ** 2).sum())

    before, after = (Networks.drawn(2, (4, 5, 3), linear=linear) for _ in range(2))
    after.train(inputs, targets, rate=1e-6)
    for name in ("hidden", "out"):
        weights = getattr(before, name)
        for place in [(0, 1, 2), (1, 4, 1), (1, weights.shape[1] - 1, 0)]:
            held = weights[place]
            weights[place] = held + 1e-5
            up = loss(before)
            weights[place] = held - 1e-5
            slope = (up - loss(before)) / 2e-5
            weights[place] = held
            assert getattr(after, name)[place] == pytest.approx(held - 1e-6 * slope, abs=1e-11)


def test_networks_learn_what_they_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lineament.studies.keystroke_networks.EPOCHS", 20)
    networks = Networks.drawn(3, (7, 7, 7), linear=True)
    first = np.abs(networks(TEMPLATES) - TEMPLATES).mean()
    networks.train(TEMPLATES, TEMPLATES, rate=0.05, momentum=0.1)
    assert np.abs(networks(TEMPLATES) - TEMPLATES).mean() < first / 3
