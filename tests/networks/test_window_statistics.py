from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from lineament.errors import RecipeError
from lineament.networks import build_network
from lineament.networks.window_statistics import CLOSEST, FLATTEST, ProjectedStatistics
from lineament.recipes.components import WindowStatistics

EVERY = ("mean", "std", "log_std", "p5", "p10", "p25", "p50", "p75", "p90", "p95", "correlation")


def built(inputs: int = 4, window: int = 37, normalise: bool = True, **options: object) -> ProjectedStatistics:
    network = build_network(WindowStatistics.model_validate(options), inputs, window, normalise=normalise)
    assert isinstance(network, ProjectedStatistics)
    return network


def windows(count: int = 6, window: int = 37, inputs: int = 4) -> NDArray[np.float32]:
    values = np.random.default_rng(3).standard_normal((count, window, inputs), dtype=np.float32)
    values[..., 1] += 0.8 * values[..., 0]
    return values * np.float32(2) + np.float32(1)


def slow_statistics(frames: NDArray[np.float32]) -> NDArray[np.float64]:
    """All statistics of one window (W, F) by numpy."""
    frames = frames.astype(np.float64)
    features = frames.shape[1]
    columns = [frames.mean(0), frames.std(0), np.log(frames.std(0) + FLATTEST)]
    columns += [np.quantile(frames, share / 100, axis=0) for share in (5, 10, 25, 50, 75, 90, 95)]
    pairs = [(i, j) for i in range(features) for j in range(i + 1, features)]
    columns.append(np.arctanh([np.clip(np.corrcoef(frames[:, i], frames[:, j])[0, 1], -1, 1) for i, j in pairs]))
    return np.concatenate(columns)


def test_statistics_are_numpys() -> None:
    frames = windows()
    came = built(statistics=EVERY).statistics(torch.from_numpy(frames)).numpy()
    wanted = np.stack([slow_statistics(window) for window in frames])
    # Correlations are a little smaller: their deviations are kept from zero.
    np.testing.assert_allclose(came[:, :40], wanted[:, :40], atol=2e-6)
    np.testing.assert_allclose(came[:, 40:], wanted[:, 40:], atol=3e-3)


def test_frames_one_after_another() -> None:
    frames = windows(window=5)
    network = built(window=5, statistics=("mean", "frames"))
    came = network.statistics(torch.from_numpy(frames)).numpy()
    np.testing.assert_allclose(came[:, :4], frames.mean(1), atol=1e-6)
    np.testing.assert_array_equal(came[:, 4:], frames.reshape(len(frames), -1))
    assert network.embed_windows(torch.from_numpy(frames)).shape == (6, 24)


@pytest.mark.parametrize("window", [1, 2, 10, 11, 300])
def test_quantiles_are_numpys_at_any_length(window: int) -> None:
    frames = windows(window=window)
    came = built(window=window, statistics=("p10", "p90", "p50")).statistics(torch.from_numpy(frames)).numpy()
    wanted = np.concatenate([np.quantile(frames, share, axis=1) for share in (0.1, 0.9, 0.5)], axis=1)
    np.testing.assert_allclose(came, wanted, atol=1e-6)


def test_a_feature_that_stands_still_is_finite_and_correlates_with_nothing() -> None:
    frames = torch.from_numpy(windows())
    frames[..., 2] = 5
    frames[..., 3] = frames[..., 0]
    came = built(statistics=("log_std", "correlation")).statistics(frames)
    assert torch.isfinite(came).all()
    correlations = came[:, 4:]  # pairs 01 02 03 12 13 23
    torch.testing.assert_close(correlations[:, [1, 3, 5]], torch.zeros(6, 3))
    torch.testing.assert_close(correlations[:, 2], torch.full((6,), float(np.arctanh(CLOSEST))))


def test_chosen_features_are_correlated() -> None:
    frames = torch.from_numpy(windows())
    every = built(statistics=("correlation",)).statistics(frames)
    chosen = built(statistics=("correlation",), correlated=(0, 2, 3)).statistics(frames)
    torch.testing.assert_close(chosen, every[:, [1, 2, 5]])
    with pytest.raises(RecipeError, match="by place, from 0 to 3"):
        built(statistics=("correlation",), correlated=(0, 4))


def test_an_embedding_is_standardised_clipped_and_projected() -> None:
    network = built(statistics=("mean",), clip=1.5, normalise=False)
    generator = torch.Generator().manual_seed(0)
    projection = network.projection
    projection.centre, projection.scale = torch.randn(4, generator=generator), torch.rand(4, generator=generator)
    projection.offset, projection.matrix = torch.randn(4, generator=generator), torch.randn(4, 2, generator=generator)
    frames = windows()
    scores = np.clip((frames.mean(1) - projection.centre.numpy()) / projection.scale.numpy(), -1.5, 1.5)
    wanted = (scores - projection.offset.numpy()) @ projection.matrix.numpy()
    came = network(torch.from_numpy(frames)).numpy()
    np.testing.assert_allclose(came, wanted, atol=1e-5)
    assert network.dim == 2
    assert not network.dense


def test_until_it_is_fitted_an_embedding_is_the_statistics_with_unit_norm() -> None:
    network = built(statistics=("mean", "std"))
    frames = torch.from_numpy(windows())
    torch.testing.assert_close(network(frames), torch.nn.functional.normalize(network.statistics(frames)))
    assert network.dim == 8
    assert built(statistics=("mean", "std"), dim=3).dim == 3


def test_weights_of_a_fitted_network_load_into_a_fresh_one() -> None:
    network, fresh = built(), built()
    network.projection.matrix = torch.randn(16, 7)
    fresh.load_state_dict(network.state_dict())
    frames = torch.from_numpy(windows())
    assert fresh.dim == 7
    torch.testing.assert_close(fresh(frames), network(frames))
    assert not list(network.parameters())
