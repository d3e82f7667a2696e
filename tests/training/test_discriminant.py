from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from lineament.errors import ProtocolError, RecipeError
from lineament.networks import build_network
from lineament.recipes.components import (
    Component,
    DenseStatistics,
    Discriminant,
    Fusion,
    Gru,
    TemporalConv,
    WindowStatistics,
)
from lineament.training.discriminant import (
    closed_form_parts,
    fit_closed_form,
    fit_closed_form_to_recordings,
    project,
    scatter,
    scatter_by_session,
)

Windows = NDArray[np.float32]
CONV = TemporalConv(channels=8, dilations=(1, 2), attention=3, dim=5, back_end=Discriminant(projection="within"))


def people(subjects: int = 5, sessions: int = 3, each: int = 12, seed: int = 0) -> tuple[Windows, list[str], list[int]]:
    """Windows (N, 20, 3) of people whose means differ, and whose sessions drift along the last feature."""
    rng = np.random.default_rng(seed)
    windows, names, captures = [], [], []
    for subject in range(subjects):
        own = rng.standard_normal(3) * 2
        for capture in range(sessions):
            drift = np.array([0, 0, 3 * rng.standard_normal()])
            windows.append(rng.standard_normal((each, 20, 3)) * (1 + subject / 5) + own + drift)
            names += [f"person {subject}"] * each
            captures += [capture] * each
    return np.concatenate(windows).astype(np.float32), names, captures


def built(spec: Component, normalise: bool = False) -> Any:
    torch.manual_seed(0)
    network = build_network(spec, inputs=3, window=20, normalise=normalise)
    return network


@pytest.mark.parametrize("shrinkage", [0.0, 0.1, 0.7])
def test_lda_is_scikit_learns(shrinkage: float) -> None:
    windows, names, _ = people()
    keep = slice(7, None)  # people of unequal weight
    network = built(WindowStatistics(shrinkage=shrinkage))
    fit_closed_form(network, windows[keep], names[keep])
    assert network.dim == 4
    statistics = network.statistics(torch.from_numpy(windows[keep])).double().numpy()
    scores = (statistics - statistics.mean(0)) / statistics.std(0)
    oracle = LinearDiscriminantAnalysis(solver="eigen", shrinkage=shrinkage).fit(scores, names[keep])
    wanted = oracle.transform(scores)
    came = network(torch.from_numpy(windows[keep])).double().numpy()
    signs = np.sign((wanted * came).sum(0))
    np.testing.assert_allclose(came, wanted * signs, atol=2e-3 * np.abs(wanted).max(), rtol=0)
    np.testing.assert_allclose(came.mean(0), 0, atol=1e-3)


def test_within_whitens_the_scatter_within_subjects_in_every_direction() -> None:
    windows, names, _ = people()
    network = built(WindowStatistics(statistics=("mean", "std"), projection="within"))
    fit_closed_form(network, windows, names)
    embeddings = network(torch.from_numpy(windows)).double().numpy()
    assert embeddings.shape == (180, 6)
    _, within, _ = scatter(embeddings, np.unique(names, return_inverse=True)[1])
    np.testing.assert_allclose(within, np.eye(6), atol=1e-3)
    matrix = network.projection.matrix
    torch.testing.assert_close(matrix, matrix.T, atol=1e-5, rtol=0)


def test_fewer_directions_are_those_along_which_windows_lie_widest_once_whitened() -> None:
    windows, names, _ = people()
    every, fewer = (built(WindowStatistics(statistics=("mean", "std"), projection="within", dim=dim)) for dim in (6, 4))
    for network in (every, fewer):
        fit_closed_form(network, windows, names)
    embeddings = every(torch.from_numpy(windows)).double().numpy()
    _, within, _ = scatter(embeddings, np.unique(names, return_inverse=True)[1])
    np.testing.assert_allclose(within, np.eye(6), atol=1e-3)
    total = np.cov(embeddings.T)
    np.testing.assert_allclose(total, np.diag(np.diag(total)), atol=1e-3 * total.max())
    assert (np.diff(np.diag(total)) < 1e-6).all()
    torch.testing.assert_close(fewer.projection.matrix, every.projection.matrix[:, :4])


def test_evened_out_no_direction_rules() -> None:
    windows, names, _ = people()
    plain, even = (
        built(WindowStatistics(statistics=("mean", "std"), projection=kind, dim=4)) for kind in ("within", "even")
    )
    for network in (plain, even):
        fit_closed_form(network, windows, names)
    before, after = (network(torch.from_numpy(windows)).double().numpy() for network in (plain, even))
    spreads = before.var(axis=0)
    np.testing.assert_allclose(after, before / np.sqrt(spreads + spreads.mean()), rtol=1e-3, atol=1e-4)


def test_dense_statistics_are_fitted_like_windowed_ones() -> None:
    windows, names, captures = people()
    shared = {"statistics": ("mean", "std"), "projection": "within", "clip": 2.5, "session_weight": 3.0}
    shared |= {"shrinkage": 0.1, "shrinkage_target": "diagonal"}
    dense = built(DenseStatistics.model_validate({"kernels": 0, **shared}), normalise=True)
    windowed = built(WindowStatistics.model_validate(shared), normalise=True)
    for network in (dense, windowed):
        fit_closed_form(network, windows, names, captures)
    frames = torch.from_numpy(windows)
    torch.testing.assert_close(dense.embed_windows(frames), windowed.embed_windows(frames), atol=1e-4, rtol=0)


def test_scatter_by_hand() -> None:
    scores = np.array([[0.0], [2.0], [10.0], [10.0], [10.0]])
    mean, within, between = scatter(scores, np.array([0, 0, 1, 1, 1]))
    assert mean == pytest.approx([6.4])
    assert within[0, 0] == pytest.approx((1 + 1) / 5)
    assert between[0, 0] == pytest.approx((2 * (1 - 6.4) ** 2 + 3 * (10 - 6.4) ** 2) / 5)


def test_scatter_by_session_weighs_sessions_not_windows() -> None:
    # Subject 0: sessions with means 0 (one window) and 4 (windows 3 and 5); subject 1: one session with mean 10.
    scores = np.array([[0.0], [3.0], [5.0], [10.0], [10.0]])
    mean, within, between = scatter_by_session(scores, np.array([0, 0, 0, 1, 1]), np.array([0, 1, 1, 2, 2]), weight=3)
    assert mean == pytest.approx([(2 + 10) / 2])
    inside = (0 + 1 + 0) / 3  # variances of the three sessions
    drift = (2**2 + 2**2 + 0) / (3 - 2)
    assert within[0, 0] == pytest.approx(inside + 3 * drift)
    assert between[0, 0] == pytest.approx(((2 - 6) ** 2 + (10 - 6) ** 2) / 2)


def test_the_weight_of_sessions_turns_away_from_what_drifts() -> None:
    windows, names, captures = people(sessions=4)
    shares = []
    for weight in (0.0, 10.0):
        network = built(WindowStatistics(statistics=("mean",), projection="within", session_weight=weight))
        fit_closed_form(network, windows, names, captures)
        length = network.projection.matrix.norm(dim=1)
        shares.append(float(length[2] / length[:2].mean()))
    assert shares[1] < shares[0] / 3


@pytest.mark.parametrize("target", ["identity", "diagonal"])
def test_shrunk_all_the_way_the_within_scatter_is_its_target(target: str) -> None:
    within = np.array([[4.0, 1.0], [1.0, 2.0]])
    spec = Discriminant.model_validate({"projection": "within", "shrinkage": 1.0, "shrinkage_target": target})
    projection = project(within, np.diag([1.0, 0.5]), np.eye(2), spec, subjects=5)
    wanted = np.diag([3.0, 3.0] if target == "identity" else [4.0, 2.0])
    np.testing.assert_allclose(projection.T @ wanted @ projection, np.eye(2), atol=1e-12)


def test_a_statistic_that_never_varies_and_one_told_twice_do_no_harm() -> None:
    windows, names, _ = people()
    windows[..., 1] = 4
    windows[..., 2] = windows[..., 0]
    network = built(WindowStatistics(statistics=("mean", "std")), normalise=True)
    fit_closed_form(network, windows, names)
    embeddings = network(torch.from_numpy(windows))
    assert torch.isfinite(embeddings).all()
    assert network.dim == 2  # mean and std of one feature


def test_batches_give_the_same_fit() -> None:
    windows, names, _ = people()
    whole, batched = built(WindowStatistics()), built(WindowStatistics())
    fit_closed_form(whole, windows, names)
    fit_closed_form(batched, (windows[start : start + 50] for start in range(0, len(windows), 50)), names)
    torch.testing.assert_close(whole.projection.matrix, batched.projection.matrix)


def test_clipping_bounds_what_an_outlier_does() -> None:
    windows, names, _ = people()
    network = built(WindowStatistics(clip=2.0, projection="within"))
    fit_closed_form(network, windows, names)
    wild = network(torch.from_numpy(windows[:1] + 1e6))
    limit = (2 + network.projection.offset.abs()) @ network.projection.matrix.abs()
    assert (wild.abs() <= limit + 1e-3).all()


def test_every_part_of_a_fusion_that_is_in_closed_form_is_fitted() -> None:
    windows, names, _ = people()
    network = build_network(Fusion(parts=(CONV, WindowStatistics(), Gru(hidden=4, layers=1, dim=3))), 3, 20)
    assert len(closed_form_parts(network)) == 2
    fit_closed_form(network, windows, names)
    conv, statistics, _ = network.networks  # type: ignore[attr-defined, misc]
    assert (conv.dim, statistics.dim) == (16, 4)
    assert network.training
    pooled = conv.back_end(conv.eval().statistics(torch.from_numpy(windows), None, None)[0])[:, 0]
    _, within, _ = scatter(pooled.detach().double().numpy(), np.unique(names, return_inverse=True)[1])
    np.testing.assert_allclose(within, np.eye(16), atol=5e-2)


def test_whole_recordings_give_the_fit_of_their_windows() -> None:
    rng = np.random.default_rng(2)
    lengths = (400, 150, 19, 300, 20, 260)
    recordings = [
        (rng.standard_normal((length, 3)).astype(np.float32) + place // 2, np.zeros(length, dtype=bool))
        for place, length in enumerate(lengths)
    ]
    names, captures = ["a", "a", "b", "b", "c", "c"], [0, 1, 0, 1, 0, 1]
    cut = [[frames[start : start + 20] for start in range(0, len(frames) - 19, 7)] for frames, _ in recordings]
    labels = [name for name, windows in zip(names, cut, strict=True) for _ in windows]
    sessions = [capture for capture, windows in zip(captures, cut, strict=True) for _ in windows]
    shared = {"projection": "within", "session_weight": 2.0, "shrinkage": 0.1}
    statistics = WindowStatistics.model_validate(shared)
    dense = DenseStatistics.model_validate({"kernels": 0, **shared})
    whole, windowed = (built(Fusion(parts=(statistics, dense, CONV))) for _ in range(2))
    fit_closed_form_to_recordings(whole, recordings, names, captures, stride=7)
    fit_closed_form(windowed, np.stack([window for windows in cut for window in windows]), labels, sessions)
    frames = torch.from_numpy(recordings[0][0][None])
    torch.testing.assert_close(whole.eval()(frames), windowed.eval()(frames), atol=1e-4, rtol=0)


def test_windows_of_which_seams_leave_nothing_are_not_fitted_to() -> None:
    rng = np.random.default_rng(2)
    clean = [(rng.standard_normal((100, 3)).astype(np.float32) + place, np.zeros(100, dtype=bool)) for place in (0, 1)]
    broken = [
        (np.concatenate([frames, frames[:60] * 100]), np.concatenate([seams, np.arange(60) % 3 == 0]))
        for frames, seams in clean
    ]
    networks = [built(CONV).eval() for _ in range(2)]
    for network, recordings in zip(networks, (clean, broken), strict=True):
        fit_closed_form_to_recordings(network, recordings, ["a", "b"], stride=20)
    frames = torch.from_numpy(clean[0][0][None])
    torch.testing.assert_close(networks[0](frames), networks[1](frames), atol=1e-4, rtol=0)


def test_random_kernels_take_their_scale_from_what_is_fitted_to() -> None:
    rng = np.random.default_rng(2)
    recordings = [(rng.standard_normal((400, 3)).astype(np.float32) * 3, np.zeros(400, dtype=bool)) for _ in range(4)]
    network = built(DenseStatistics(kernels=6, kernel=3, dilations=(1, 2), bound=100, session_weight=None))
    fit_closed_form_to_recordings(network, iter(recordings), ["a", "a", "b", "b"], stride=20)
    scales = network.kernels.scales
    torch.testing.assert_close(scales, torch.full((6,), 3.0), atol=0.3, rtol=0)


def test_a_network_without_a_closed_form_is_left_as_it_is() -> None:
    network = build_network(Gru(hidden=4, layers=1), 3, 20)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    fit_closed_form(network, *people()[:2])
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_what_cannot_be_fitted_is_said() -> None:
    windows, names, _ = people()
    with pytest.raises(ProtocolError, match="two training subjects"):
        fit_closed_form(built(WindowStatistics()), windows[:12], names[:12])
    with pytest.raises(ProtocolError, match="for each of 180 windows"):
        fit_closed_form(built(WindowStatistics()), windows, names[:-1])
    with pytest.raises(ProtocolError, match="windows to fit to"):
        fit_closed_form_to_recordings(built(WindowStatistics()), [(windows[0][:5], np.zeros(5))], ["a"], stride=1)
    with pytest.raises(RecipeError, match="session_weight"):
        fit_closed_form(built(WindowStatistics(session_weight=1.0)), windows, names)
