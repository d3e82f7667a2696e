"""Counts of sites against scikit-learn and slow loops; what runs without torch gives the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfTransformer

from lineament.errors import RecipeError
from lineament.networks import build_network
from lineament.networks.fusion import FusedNetwork
from lineament.networks.visit_statistics import CountedSites, ProjectedVisits
from lineament.recipes.components import Fusion
from lineament.recipes.visit_components import SiteCounts, VisitStatistics
from lineament.training.discriminant import fit_closed_form_to_recordings
from lineament.training.export import export_onnx
from lineament.training.site_weights import site_vectors, site_weights, weighed, window_counts

CLASSES, WINDOW = 30, 12
CATEGORIES = {0: 25, 1: CLASSES}


def recordings(people: int = 6, weeks: int = 4, visits: int = 60) -> tuple[list[np.ndarray], list[str], list[str]]:
    """Return frames of hours and sites, whose they are, and of which week."""
    rng = np.random.default_rng(0)
    frames, subjects, sessions = [], [], []
    for person in range(people):
        liked = rng.dirichlet(np.full(CLASSES, 0.2))
        for week in range(weeks):
            hours, sites = rng.integers(person, 12 + person, visits), rng.choice(CLASSES, visits, p=liked)
            frames.append(np.column_stack([hours, sites]).astype(np.float32))
            subjects.append(f"p{person}")
            sessions.append(str(week))
    return frames, subjects, sessions


def fit(network: torch.nn.Module) -> np.ndarray:
    """Fit a network to the recordings; return the windows (N, W, F) that it was fitted to."""
    frames, subjects, sessions = recordings()
    seams = [np.zeros(len(values), dtype=bool) for values in frames]
    stretches = ((values, marks) for values, marks in zip(frames, seams, strict=True))
    fit_closed_form_to_recordings(network, stretches, subjects, sessions, stride=WINDOW)
    return np.concatenate([values.reshape(-1, WINDOW, 2) for values in frames])


def test_site_counts_are_scikit_learn_s_tf_idf() -> None:
    network = build_network(SiteCounts(), 2, WINDOW, categories=CATEGORIES)
    assert isinstance(network, CountedSites)
    windows = fit(network)
    counts = np.array([np.bincount(window[:, 1].astype(int), minlength=CLASSES) for window in windows])
    counts[:, 0] = 0  # what is not known counts for nothing
    wanted = TfidfTransformer().fit_transform(counts).toarray()
    np.testing.assert_allclose(network(torch.from_numpy(windows)).numpy(), wanted, atol=1e-6)


def test_sites_that_few_people_visit_weigh_more_by_people() -> None:
    frames, subjects, _ = recordings()
    counts, owners = window_counts(frames, subjects, CLASSES, WINDOW, WINDOW)
    weights = site_weights(counts, owners, by_people=True)
    there = counts.toarray() > 0
    for site in range(1, CLASSES):
        windows = there[:, site].sum()
        people = len({owner for owner, has in zip(owners, there[:, site], strict=True) if has})
        wanted = (np.log((1 + len(owners)) / (1 + windows)) + 1) * (np.log(7 / (1 + people)) + 0.1)
        assert weights[site] == pytest.approx(wanted)
    assert weights[0] == 0


def test_vectors_of_sites_are_the_leading_singular_vectors() -> None:
    network = build_network(SiteCounts(root=True), 2, WINDOW, categories=CATEGORIES)
    assert isinstance(network, CountedSites)
    frames, subjects, _ = recordings()
    counts, _ = window_counts(frames, subjects, CLASSES, WINDOW, WINDOW)
    rows = weighed(counts, network.bag)
    ours, theirs = site_vectors(rows, 5), TruncatedSVD(5, algorithm="arpack", random_state=0).fit(rows).components_.T
    np.testing.assert_allclose(np.abs(np.sum(ours * theirs, axis=0)), 1, atol=1e-6)
    assert site_vectors(rows, 100).shape == (CLASSES, 100)
    assert not site_vectors(rows, 100)[:, CLASSES:].any()


def test_statistics_are_those_of_a_slow_loop() -> None:
    network = build_network(VisitStatistics(vector=4, root=True), 2, WINDOW, categories=CATEGORIES)
    assert isinstance(network, ProjectedVisits)
    windows = fit(network)
    got = network.statistics(torch.from_numpy(windows[:3])).numpy()
    for window, row in zip(windows[:3], got, strict=True):
        bag = np.zeros(CLASSES)
        for site in set(window[:, 1].astype(int)):
            bag[site] = np.sqrt((window[:, 1] == site).sum()) * float(network.bag.weights[site])
        vectors = bag / np.linalg.norm(bag) @ network.vectors.numpy()
        hours = [np.sqrt((window[:, 0] == hour).mean()) for hour in range(1, 25)]
        np.testing.assert_allclose(row, [*vectors, *hours], atol=1e-5)
    assert network.dim == 28


def test_a_fusion_of_both_is_fitted_and_runs_without_torch(tmp_path: Path) -> None:
    parts = SiteCounts(root=True, by_people=True), VisitStatistics(vector=8)
    network = build_network(Fusion(parts=parts, weights=(1.0, 0.3)), 2, WINDOW, categories=CATEGORIES)
    assert isinstance(network, FusedNetwork)
    windows = fit(network)
    for part in network.networks:
        assert isinstance(part, CountedSites | ProjectedVisits)
        assert part.bag.weights.unique().numel() > 5
    embedded = network(torch.from_numpy(windows))
    torch.testing.assert_close(embedded.norm(dim=1), torch.ones(len(windows)))
    assert export_onnx(network, tmp_path / "network.onnx") < 1e-5


def test_a_window_of_unknown_sites_says_nothing() -> None:
    network = build_network(SiteCounts(), 2, WINDOW, categories=CATEGORIES)
    assert not network(torch.zeros(2, WINDOW, 2)).any()


def test_features_that_are_no_classes_are_refused() -> None:
    for spec in (SiteCounts(), VisitStatistics()):
        with pytest.raises(RecipeError, match="2 class numbers in a frame"):
            build_network(spec, 2, WINDOW, categories={1: 5})


@pytest.mark.parametrize("root", [False, True])
def test_vectors_are_averaged_visit_by_visit_as_class_by_class(root: bool) -> None:
    network = build_network(VisitStatistics(vector=4, root=root), 2, WINDOW, categories=CATEGORIES)
    assert isinstance(network, ProjectedVisits)
    sites = torch.from_numpy(fit(network)[..., 1])
    torch.testing.assert_close(network.bag.mean(sites, network.vectors), network.bag(sites) @ network.vectors)
    assert not network.bag.mean(torch.zeros(2, WINDOW), network.vectors).any()
