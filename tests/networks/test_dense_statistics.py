from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from lineament.errors import RecipeError
from lineament.networks import build_network
from lineament.networks.dense_statistics import RandomKernels, SlidingProjection
from lineament.networks.pooling import VARIANCE_FLOOR
from lineament.recipes.components import DenseStatistics, WindowStatistics

SMALL: dict[str, object] = {"kernels": 9, "kernel": 3, "dilations": (1, 2, 4)}  # receptive field 9


def built(inputs: int = 5, window: int = 30, normalise: bool = True, **options: object) -> SlidingProjection:
    spec = DenseStatistics.model_validate({**SMALL, **options})
    network = build_network(spec, inputs, window, normalise=normalise)
    assert isinstance(network, SlidingProjection)
    return network


def recording(frames: int, inputs: int = 5, seams: tuple[int, ...] = ()) -> tuple[torch.Tensor, torch.Tensor]:
    values = np.random.default_rng(frames).standard_normal((1, frames, inputs))
    values[..., 1] += 0.7 * values[..., 0]
    values[..., 2] = 2 + 0.02 * values[..., 2]  # hardly moves, far from zero: what float32 sums would lose
    marks = torch.zeros(1, frames)
    marks[0, list(seams)] = 1
    return torch.from_numpy(values).float(), marks


def test_moments_and_correlations_are_those_of_the_windowed_network() -> None:
    names = ("correlation", "mean", "log_std", "std")
    dense = built(kernels=0, statistics=names, correlated=(0, 1, 2, 4))
    windowed = build_network(WindowStatistics(statistics=names, correlated=(0, 1, 2, 4)), 5, 30)
    frames, seams = recording(2000, seams=(700,))
    came, alive = dense.statistics(frames, seams, None)
    wanted = windowed.statistics(frames[0].unfold(0, 30, 1).transpose(1, 2))  # type: ignore[operator]
    assert alive.all()
    torch.testing.assert_close(came[0], wanted, atol=1e-5, rtol=0)


def slow_kernels(kernels: RandomKernels, frames: NDArray[np.float32]) -> NDArray[np.float64]:
    """Every kernel's output over one window (W, F), by its definition."""
    dilations = np.repeat(kernels.dilations, kernels.groups)
    columns = []
    for kernel, dilation in enumerate(dilations):
        signal = frames[:, int(kernels.places[kernel])].astype(np.float64)
        taps = kernels.taps[kernel].double().numpy()
        skipped = (kernels.receptive_field - 1 - (len(taps) - 1) * dilation) // 2
        sums = [
            sum(tap * signal[t + skipped + place * dilation] for place, tap in enumerate(taps))
            for t in range(len(frames) - kernels.receptive_field + 1)
        ]
        columns.append(np.array(sums) / float(kernels.scales[kernel]) + float(kernels.biases[kernel]))
    return np.maximum(0, np.stack(columns, axis=1))


def test_kernels_are_pooled_over_the_frames_that_they_see_whole() -> None:
    network = built(statistics=(), bound=1.5)
    assert network.kernels is not None
    assert network.kernels.receptive_field == 9
    network.kernels.scales = torch.rand(9) + 0.5
    frames, seams = recording(41)
    came, _ = network.statistics(frames, seams, torch.tensor([0, 11]))
    for place, start in enumerate((0, 11)):
        outputs = slow_kernels(network.kernels, np.clip(frames[0, start : start + 30].numpy(), -1.5, 1.5))
        assert outputs.shape == (22, 9)
        wanted = np.sqrt(np.concatenate([outputs.mean(0), np.sqrt(outputs.var(0) + VARIANCE_FLOOR)]))
        np.testing.assert_allclose(came[0, place], wanted, atol=3e-6)


def test_kernels_follow_from_their_seed_and_take_the_features_they_may_in_turn() -> None:
    first, again, other = (built(kernel_seed=seed, convolved=(1, 3), zero_mean=0).kernels for seed in (4, 4, 5))
    assert first is not None
    assert again is not None
    assert other is not None
    assert torch.equal(first.taps, again.taps)
    assert torch.equal(first.places, again.places)
    assert not torch.equal(first.taps, other.taps)
    for group in first.places.reshape(3, 3).tolist():
        assert sorted(set(group)) == [1, 3]
    torch.testing.assert_close(first.taps.norm(dim=1), torch.ones(9))
    assert not list(first.parameters())


def test_a_share_of_the_kernels_is_blind_to_a_constant_and_may_take_any_feature() -> None:
    kernels = built(zero_mean=0.67, convolved=(3,)).kernels
    assert kernels is not None
    blind = kernels.taps.sum(1).abs() < 1e-6
    assert blind.reshape(3, 3).tolist() == [[True, True, False]] * 3
    assert (kernels.places[~blind] == 3).all()
    assert len(set(kernels.places[blind].tolist())) > 1


def test_scales_bring_the_outputs_of_kernels_to_a_deviation_of_one() -> None:
    kernels = built(inputs=5).kernels
    assert kernels is not None
    frames = recording(4000)[0].clone()
    frames[..., 4] = 1
    kernels.fit_scales([frames, frames[:, :9]])
    moving = kernels.places != 4
    outputs = kernels._convolved(frames) / kernels.scales[:, None]
    torch.testing.assert_close(outputs[0, moving].std(1), torch.ones(int(moving.sum())), atol=1e-3, rtol=0)
    assert (kernels.scales[~moving] == 1).all()


def test_every_embedding_equals_its_window_embedded_alone_over_an_hour() -> None:
    network = built(inputs=12, window=300, kernels=40, kernel=7, dilations=(1, 2, 4, 8), normalise=False)
    frames, seams = recording(54_000, inputs=12, seams=(0, 900, 17_000, 17_100, 53_990))
    starts = torch.tensor([0, 1, 601, 899, 900, 16_800, 16_999, 17_050, 17_100, 30_011, 53_699, 53_700])
    dense = network(frames, seams, starts)
    for place, start in enumerate(starts.tolist()):
        cut = slice(start, start + 300)
        alone = network(frames[:, cut], seams[:, cut])[0, 0]
        assert (dense[0, place] - alone).abs().max() < 1e-5


def test_kernels_that_span_a_seam_do_not_count() -> None:
    network = built(statistics=())
    frames, seams = recording(30, seams=(18,))
    moved = frames.clone()
    moved[:, 18:] += 3
    # Outputs 0 to 9 end before the seam and 18 to 21 begin after it.
    assert network.kernels is not None
    outputs = network.kernels(frames)[0][[*range(10), *range(18, 22)]]
    wanted = torch.cat([outputs.mean(0), (outputs.var(0, unbiased=False) + VARIANCE_FLOOR).sqrt()]).sqrt()
    torch.testing.assert_close(network.statistics(frames, seams, None)[0][0, 0], wanted, atol=1e-6, rtol=0)
    broken = torch.zeros(1, 60)
    broken[0, 10:50:4] = 1
    embeddings = network(recording(60)[0], broken)[0]
    assert torch.isfinite(embeddings).all()
    assert embeddings[12].abs().max() == 0
    assert embeddings[0].norm().item() == pytest.approx(1)


def test_without_kernels_nothing_is_masked() -> None:
    frames, seams = recording(60, seams=tuple(range(60)))
    torch.testing.assert_close(built(kernels=0)(frames, seams).norm(dim=2), torch.ones(1, 31))


def test_what_cannot_be_built_is_said() -> None:
    assert built(window=9).embed_windows(torch.randn(3, 9, 5)).shape[0] == 3
    with pytest.raises(RecipeError, match="at least 9 frames"):
        built(window=8)
    with pytest.raises(RecipeError, match="statistics or kernels"):
        built(statistics=(), kernels=0)
    with pytest.raises(RecipeError, match="by place, from 0 to 4"):
        built(convolved=(5,))


@pytest.mark.parametrize(
    "spec",
    [
        DenseStatistics(kernels=9, kernel=3, dilations=(1, 2)),
        WindowStatistics(statistics=("mean", "std", "p10", "correlation")),
    ],
    ids=lambda spec: spec.name,
)
def test_closed_forms_are_in_full_precision_under_autocast(spec: DenseStatistics | WindowStatistics) -> None:
    network = build_network(spec, 5, 30, normalise=False)
    frames = torch.randn(4, 30, 5)
    full = network.embed_windows(frames)
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(network.embed_windows(frames), full)
