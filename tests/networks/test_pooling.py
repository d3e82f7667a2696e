from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lineament.networks.pooling import VARIANCE_FLOOR, SlidingStatistics, two_block_sums


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_two_block_sums_are_the_plain_sums(data: st.DataObject) -> None:
    length = data.draw(st.integers(1, 12))
    frames = data.draw(st.integers(length, 40))
    starts = data.draw(st.lists(st.integers(0, frames - length), min_size=1, max_size=8))
    values = np.random.default_rng(frames).standard_normal((2, frames, 3))
    came = two_block_sums(torch.from_numpy(values), length, torch.tensor(starts))
    wanted = np.stack([values[:, start : start + length].sum(1) for start in starts], axis=1)
    np.testing.assert_allclose(came, wanted, atol=1e-12)


def test_two_block_sums_stay_exact_in_float32_where_a_running_sum_does_not() -> None:
    values = np.random.default_rng(0).random((1, 200_000, 1), dtype=np.float32) + 1
    length = 236
    starts = np.arange(200_000 - length + 1)
    running = np.concatenate([[0.0], values[0, :, 0].astype(np.float64).cumsum()])
    wanted = (running[length:] - running[:-length]) / length
    came = two_block_sums(torch.from_numpy(values), length, torch.from_numpy(starts))[0, :, 0].numpy() / length
    assert np.abs(came - wanted).max() < 1e-6
    naive = np.concatenate([[0], values[0, :, 0].cumsum(dtype=np.float32)])
    assert np.abs((naive[length:] - naive[:-length]) / length - wanted).max() > 1e-4


def test_two_block_sums_of_frames_that_weigh_nothing_are_exactly_zero() -> None:
    values = torch.rand(1, 500, 20) * 1e6
    values[:, 10:30] = 0
    assert (two_block_sums(values, 7, torch.arange(10, 24)) == 0).all()
    assert (two_block_sums(values, 7, torch.arange(494)) >= 0).all()


def slow_statistics(pooling: SlidingStatistics, features: torch.Tensor, live: torch.Tensor) -> torch.Tensor:
    """The weighted mean and deviation of one window (length, C), straight from their definitions, in float64."""
    features = features.double()
    scores = pooling.scorer.double()(features) if pooling.scorer is not None else torch.zeros(len(features), 1)
    weights = live.double()[:, None] * torch.exp(5 * torch.tanh(scores / 5))
    weights = weights / weights.sum()
    mean = (weights * features).sum(0)
    variance = (weights * (features - mean) ** 2).sum(0)
    return torch.cat([mean, (variance + VARIANCE_FLOOR).sqrt()])


@pytest.mark.parametrize("attention", [0, 6])
def test_statistics_are_those_of_each_window(attention: int) -> None:
    torch.manual_seed(1)
    pooling = SlidingStatistics(4, 11, attention, ("mean", "std"))
    features = torch.randn(1, 60, 4) * 2 + 0.5
    live = (torch.rand(1, 60) > 0.3).float()
    starts = torch.tensor([0, 3, 10, 11, 12, 40, 49])
    with torch.no_grad():
        came, alive = pooling(features, live, starts)
        wanted = torch.stack([slow_statistics(pooling, features[0, s : s + 11], live[0, s : s + 11]) for s in starts])
    assert alive.all()
    torch.testing.assert_close(came[0].double(), wanted, atol=2e-6, rtol=0)


def test_statistics_may_be_the_mean_or_the_deviation_alone() -> None:
    torch.manual_seed(1)
    features, live, starts = torch.randn(2, 30, 4), torch.ones(2, 30), torch.tensor([4])
    both = SlidingStatistics(4, 9, 0, ("mean", "std"))(features, live, starts)[0]
    torch.testing.assert_close(SlidingStatistics(4, 9, 0, ("mean",))(features, live, starts)[0], both[..., :4])
    torch.testing.assert_close(SlidingStatistics(4, 9, 0, ("std",))(features, live, starts)[0], both[..., 4:])


def test_a_window_without_a_live_frame_is_finite_and_said_to_be_dead() -> None:
    features = torch.randn(1, 30, 4, requires_grad=True)
    live = torch.ones(1, 30)
    live[0, 5:20] = 0
    came, alive = SlidingStatistics(4, 9, 3, ("mean", "std"))(features, live, torch.tensor([0, 5, 11, 12]))
    assert alive.tolist() == [[True, False, False, True]]
    came.sum().backward()
    assert torch.isfinite(came).all()
    assert torch.isfinite(features.grad).all()


def test_scores_are_bounded() -> None:
    pooling = SlidingStatistics(1, 5, 2, ("mean",))
    with torch.no_grad():
        for parameter in pooling.parameters():
            parameter.mul_(1e4)
        came, _ = pooling(torch.randn(1, 5, 1), torch.ones(1, 5), torch.tensor([0]))
    assert torch.isfinite(came).all()
