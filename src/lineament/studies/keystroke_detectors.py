"""The detectors that Killourhy and Maxion compared (DSN 2009): each is trained on one person's typing alone.

A detector takes everybody's templates, (people, templates, times), and gives back a function from probes, (people,
probes, times), to scores, (people, probes), higher for the more alike; each person's come from that person's templates
alone. Times are the 31 of a timing vector, in seconds.

What the paper leaves open (the fuzzy sets, how networks begin) is chosen here, and said in `Detector.note`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lineament.studies.keystroke_networks import train_auto_associative, train_standard
from lineament.studies.one_class_svm import train_svm

FloatArray = NDArray[np.float64]
Scorer = Callable[[FloatArray], FloatArray]
FLAT = 1e-9
"""Seconds; a spread below it is rounding."""
FILTERED = 3.0
OUTLYING = 1.96
CLUSTERS, ROUNDS = 3, 20
FUZZY_S = 0.08
"""Width of a fuzzy set: the paper's example runs from 210 to 290 ms."""
FUZZY_CENTRES = 0.25 + FUZZY_S * np.arange(-10, 50)


@dataclass(frozen=True)
class Detector:
    """One row of the published table.

    Parameters
    ----------
    key, label : str
        The label is the paper's.
    train : callable
        From templates (people, n, times) to the scorer of probes.
    published : tuple of float
        Mean and standard deviation over people of the equal error rate, from 200 repetitions.
    least : int
        Templates from which on it says anything.
    note : str
        What is not as published.
    """

    key: str
    label: str
    train: Callable[[FloatArray], Scorer]
    published: tuple[float, float]
    least: int = 1
    note: str = ""


def _mean(templates: FloatArray) -> FloatArray:
    """Return each person's mean (people, 1, times)."""
    mean: FloatArray = templates.mean(axis=1, keepdims=True)
    return mean


def _spread(deviations: FloatArray) -> FloatArray:
    """Return spreads of which none is zero."""
    return np.maximum(deviations, FLAT)


def euclidean(templates: FloatArray) -> Scorer:
    """Squared distance to the mean (Duda, Hart and Stork 2001)."""
    mean = _mean(templates)
    return lambda probes: -((probes - mean) ** 2).sum(axis=2)


def euclidean_normed(templates: FloatArray) -> Scorer:
    """Squared distance over the product of both lengths (Bleha, Slivinsky and Hussien 1990)."""
    mean = _mean(templates)
    length = np.linalg.norm(mean, axis=2)
    return lambda probes: -((probes - mean) ** 2).sum(axis=2) / (np.linalg.norm(probes, axis=2) * length)


def manhattan(templates: FloatArray) -> Scorer:
    """City-block distance to the mean."""
    mean = _mean(templates)
    return lambda probes: -np.abs(probes - mean).sum(axis=2)


def manhattan_filtered(templates: FloatArray) -> Scorer:
    """City-block distance to the mean of what lies within three deviations of the mean (Joyce and Gupta 1990)."""
    inside = np.abs(templates - _mean(templates)) <= FILTERED * _spread(templates.std(axis=1, ddof=1, keepdims=True))
    robust = np.where(inside, templates, 0.0).sum(axis=1, keepdims=True) / inside.sum(axis=1, keepdims=True)
    return lambda probes: -np.abs(probes - robust).sum(axis=2)


def manhattan_scaled(templates: FloatArray) -> Scorer:
    """City-block distance to the mean, each time over its mean absolute deviation (Araújo et al. 2005)."""
    mean = _mean(templates)
    scale = _spread(np.abs(templates - mean).mean(axis=1, keepdims=True))
    return lambda probes: -(np.abs(probes - mean) / scale).sum(axis=2)


def _whitening(templates: FloatArray) -> FloatArray:
    """Return the symmetric root of the pseudo-inverse of each covariance, (people, times, times)."""
    deviations = templates - _mean(templates)
    covariance = np.swapaxes(deviations, 1, 2) @ deviations / max(templates.shape[1] - 1, 1)
    values, vectors = np.linalg.eigh(covariance)
    # a third of the times is the sum of two others, so that a third of the directions is rounding
    kept = values > 1e-8 * values[:, -1:]
    root = np.where(kept, 1 / np.sqrt(np.where(kept, values, 1.0)), 0.0)
    whitening: FloatArray = vectors * root[:, None] @ np.swapaxes(vectors, 1, 2)
    return whitening


def mahalanobis(templates: FloatArray) -> Scorer:
    """Squared distance to the mean by the covariance's inverse."""
    mean, whitening = _mean(templates), _whitening(templates)
    return lambda probes: -(((probes - mean) @ whitening) ** 2).sum(axis=2)


def mahalanobis_normed(templates: FloatArray) -> Scorer:
    """Squared distance by the covariance's inverse over both lengths (Bleha, Slivinsky and Hussien 1990)."""
    distance, mean = mahalanobis(templates), np.linalg.norm(_mean(templates), axis=2)
    return lambda probes: distance(probes) / (np.linalg.norm(probes, axis=2) * mean)


def nearest_mahalanobis(templates: FloatArray) -> Scorer:
    """Distance to the nearest template by the covariance's inverse (Cho et al. 2000)."""
    whitening = _whitening(templates)
    white = templates @ whitening

    def score(probes: FloatArray) -> FloatArray:
        seen = probes @ whitening
        squares = (seen**2).sum(2)[:, :, None] + (white**2).sum(2)[:, None] - 2 * seen @ np.swapaxes(white, 1, 2)
        distances: FloatArray = np.sqrt(np.maximum(squares.min(axis=2), 0.0))
        return -distances

    return score


def outlier_count(templates: FloatArray) -> Scorer:
    """How many times lie more than 1.96 deviations off the mean (Haider, Abbas and Zaidi 2000)."""
    mean, deviation = _mean(templates), _spread(templates.std(axis=1, ddof=1, keepdims=True))
    return lambda probes: -(np.abs(probes - mean) > OUTLYING * deviation).sum(axis=2).astype(np.float64)


def k_means(templates: FloatArray) -> Scorer:
    """Distance to the nearest of three centres (Kang, Hwang and Cho 2007)."""
    centres = np.array([_centres(own) for own in templates])

    def score(probes: FloatArray) -> FloatArray:
        distances: FloatArray = np.linalg.norm(probes[:, :, None] - centres[:, None], axis=3).min(axis=2)
        return -distances

    return score


def _centres(templates: FloatArray, seed: int = 0) -> FloatArray:
    """Return the centres (k, times) that Lloyd's iteration finds from templates drawn by lot."""
    draw = np.random.default_rng(seed)
    centres = templates[draw.choice(len(templates), min(CLUSTERS, len(templates)), replace=False)]
    for _ in range(ROUNDS):
        nearest = np.linalg.norm(templates[:, None] - centres, axis=2).argmin(axis=1)
        centres = np.array(
            [templates[nearest == k].mean(axis=0) if (nearest == k).any() else centres[k] for k in range(len(centres))]
        )
    return centres


def fuzzy_logic(templates: FloatArray) -> Scorer:
    """How well times belong to the fuzzy set that the templates' belong to best (Haider, Abbas and Zaidi 2000)."""

    def membership(times: FloatArray, centres: FloatArray) -> FloatArray:
        return np.maximum(1 - np.abs(times - centres) / (FUZZY_S / 2), 0.0)

    belonging = np.stack([membership(templates, centre).mean(axis=1) for centre in FUZZY_CENTRES])
    own = FUZZY_CENTRES[belonging.argmax(axis=0)][:, None]
    return lambda probes: membership(probes, own).mean(axis=2)


NORMED = "published with the figure of Mahalanobis itself, which dividing by both lengths changes"
FUZZY = "the paper gives one of its sets as an example; the others are ours, side by side with it"
K_MEANS = "as the paper describes it; its figure is that of something else"


def speed(templates: FloatArray) -> Scorer:
    """How fast the whole was typed, whoever typed it: from the first press to the last release."""
    keys = (templates.shape[2] + 2) // 3
    return lambda probes: -(probes[:, :, keys : 2 * keys - 1].sum(axis=2) + probes[:, :, keys - 1])


DETECTORS: tuple[Detector, ...] = (
    Detector("manhattan-scaled", "Manhattan (scaled)", manhattan_scaled, (0.0962, 0.0694), 2),
    Detector("nearest-mahalanobis", "Nearest neighbour (Mahalanobis)", nearest_mahalanobis, (0.0996, 0.0642), 2),
    Detector("outlier-count", "Outlier count (z-score)", outlier_count, (0.1022, 0.0767), 2),
    Detector("svm", "SVM (one-class)", train_svm, (0.1025, 0.0650), 2, "kernel width as R's kernlab estimates it"),
    Detector("mahalanobis", "Mahalanobis", mahalanobis, (0.1101, 0.0645), 2),
    Detector(
        "mahalanobis-normed",
        "Mahalanobis (normed)",
        mahalanobis_normed,
        (0.1101, 0.0645),
        2,
        NORMED,
    ),
    Detector("manhattan-filtered", "Manhattan (filtered)", manhattan_filtered, (0.1360, 0.0828), 2),
    Detector("manhattan", "Manhattan", manhattan, (0.1529, 0.0925)),
    Detector("auto-associative", "Neural network (auto-assoc)", train_auto_associative, (0.1614, 0.0797)),
    Detector("euclidean", "Euclidean", euclidean, (0.1706, 0.0952)),
    Detector("euclidean-normed", "Euclidean (normed)", euclidean_normed, (0.2153, 0.1187)),
    Detector(
        "fuzzy",
        "Fuzzy logic",
        fuzzy_logic,
        (0.2213, 0.1051),
        1,
        FUZZY,
    ),
    Detector("k-means", "k-means", k_means, (0.3722, 0.1391), 1, K_MEANS),
    Detector("neural-network", "Neural network (standard)", train_standard, (0.8283, 0.1483)),
)
"""The published table, best first."""

SPEED = Detector("speed", "Speed alone, which knows nobody", speed, (float("nan"), float("nan")))
"""Ours, to show how much of the published trials is told by practice."""
