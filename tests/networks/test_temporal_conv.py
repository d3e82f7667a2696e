from __future__ import annotations

import pytest
import torch

from lineament.errors import RecipeError
from lineament.networks import Network, build_network
from lineament.networks.pooling import unbroken
from lineament.networks.temporal_conv import DenseConvolution
from lineament.recipes.components import Discriminant, TemporalConv

SMALL = TemporalConv(channels=12, dilations=(1, 3), attention=4, dim=6)  # receptive field 11


def built(spec: TemporalConv = SMALL, inputs: int = 5, window: int = 30, **options: bool) -> DenseConvolution:
    """A network in evaluation whose batch statistics are no longer those it was born with."""
    torch.manual_seed(0)
    network = build_network(spec, inputs, window, **options)
    assert isinstance(network, DenseConvolution)
    for _ in range(5):
        network.embed_windows(torch.randn(8, window, inputs) * 1.5 + 0.3)
    return network.eval()


def recording(frames: int, inputs: int = 5, seams: tuple[int, ...] = ()) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(frames)
    marks = torch.zeros(1, frames)
    marks[0, list(seams)] = 1
    return torch.randn(1, frames, inputs, generator=generator), marks


def alone(network: Network, frames: torch.Tensor, seams: torch.Tensor, start: int) -> torch.Tensor:
    """The embedding of one window cut out of the recording."""
    cut = slice(start, start + network.window)
    with torch.no_grad():
        return network(frames[:, cut], seams[:, cut])[0, 0]


@pytest.mark.parametrize("spec", [SMALL, TemporalConv(channels=12, kernel=4, dilations=(2, 1), norm="layer", dim=6)])
def test_every_embedding_equals_its_window_embedded_alone(spec: TemporalConv) -> None:
    network = built(spec)
    frames, seams = recording(200, seams=(70, 76, 140))
    with torch.no_grad():
        dense = network(frames, seams)
    assert dense.shape == (1, 171, 6)
    wanted = torch.stack([alone(network, frames, seams, start) for start in range(171)])
    torch.testing.assert_close(dense[0], wanted, atol=2e-6, rtol=0)


def test_an_hour_equals_its_windows_embedded_alone_to_1e_5() -> None:
    network = built(TemporalConv(), inputs=30, window=300)
    assert network.receptive_field == 65
    frames, seams = recording(54_000, inputs=30, seams=(0, 900, 17_000, 17_100, 53_990))
    starts = torch.tensor([0, 1, 601, 899, 900, 16_800, 16_999, 17_050, 17_100, 30_011, 53_699, 53_700])
    with torch.no_grad():
        dense = network(frames, seams)
    assert dense.shape == (1, 53_701, 128)
    for start in starts.tolist():
        assert (dense[0, start] - alone(network, frames, seams, start)).abs().max() < 1e-5
    with torch.no_grad():
        torch.testing.assert_close(network(frames, seams, starts), dense[:, starts], atol=1e-6, rtol=0)
    torch.testing.assert_close(dense.norm(dim=2), torch.ones(1, 53_701), atol=1e-5, rtol=0)


def test_an_embedding_depends_on_its_own_frames_alone() -> None:
    network = built()
    frames, seams = recording(100)
    with torch.no_grad():
        before = network(frames, seams, torch.tensor([40]))
        outside, inside = frames.clone(), frames.clone()
        outside[:, :40] += 100
        outside[:, 70:] -= 100
        inside[:, 40] += 1
        torch.testing.assert_close(network(outside, seams, torch.tensor([40])), before, atol=1e-5, rtol=0)
        assert (network(inside, seams, torch.tensor([40])) - before).abs().max() > 1e-4


def test_features_whose_receptive_field_spans_a_seam_are_masked() -> None:
    network = built()
    reach = network.receptive_field
    frames, seams = recording(100, seams=(50,))
    live = unbroken(seams, reach)[0]
    assert live.shape == (100 - reach + 1,)
    # Frame feature j sees frames j .. j + reach - 1; a seam at j itself lies before what it sees.
    assert [bool(live[j]) for j in range(len(live))] == [not j < 50 <= j + reach - 1 for j in range(len(live))]
    # Moving everything after the seam changes no feature that counts in a window ending within its reach.
    moved = frames.clone()
    moved[:, 50:] += 10
    start = 50 + reach - 1 - network.window
    with torch.no_grad():
        came = network(frames, seams, torch.tensor([start])), network(moved, seams, torch.tensor([start]))
    torch.testing.assert_close(*came)


def test_a_window_of_nothing_but_seams_is_the_zero_vector() -> None:
    network = built()
    frames, seams = recording(100, seams=tuple(range(20, 80, 5)))
    embeddings = network(frames, seams)[0]
    lengths = embeddings.norm(dim=1)
    assert torch.isfinite(embeddings).all()
    assert lengths[25].item() == 0
    assert ((lengths == 0) | ((lengths - 1).abs() < 1e-5)).all()
    embeddings.sum().backward()
    assert all(torch.isfinite(parameter.grad).all() for parameter in network.parameters())


def test_chunks_that_overlap_by_a_window_less_a_frame_agree_with_the_whole() -> None:
    network = built()
    frames, seams = recording(300, seams=(111,))
    with torch.no_grad():
        whole = network(frames, seams)
        pieces = [network(frames[:, s : s + 66], seams[:, s : s + 66]) for s in range(0, 271, 37)]
    torch.testing.assert_close(torch.cat(pieces, dim=1)[:, :271], whole, atol=4e-6, rtol=0)


def test_it_trains_on_single_windows_and_gradients_reach_everything() -> None:
    torch.manual_seed(0)
    network = build_network(SMALL, 5, 30)
    embeddings = network.embed_windows(torch.randn(8, 30, 5))
    assert embeddings.shape == (8, 6)
    embeddings[:, 0].sum().backward()
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in network.parameters())


def test_one_seed_gives_one_network() -> None:
    frames, seams = recording(60)
    assert torch.equal(built()(frames, seams), built()(frames, seams))


def test_pooling_and_norm_are_in_float32_under_autocast() -> None:
    network = built()
    frames, seams = recording(2000)
    with torch.no_grad():
        full = network(frames, seams)
        with torch.autocast("cpu", torch.bfloat16):
            half = network(frames, seams)
    assert half.dtype == torch.float32
    torch.testing.assert_close(half.norm(dim=2), torch.ones(1, 1971), atol=1e-5, rtol=0)
    assert (half * full).sum(2).min() > 0.99


def test_a_window_shorter_than_the_receptive_field_is_refused() -> None:
    assert build_network(SMALL, 5, 11).embed_windows(torch.randn(4, 11, 5)).shape == (4, 6)
    with pytest.raises(RecipeError, match=r"at least 11 frames.* 10 came"):
        build_network(SMALL, 5, 10)


def test_the_default_is_the_prototypes_size() -> None:
    network = build_network(TemporalConv(), 30, 300)
    assert 170_000 < sum(parameter.numel() for parameter in network.parameters()) < 190_000


def test_a_back_end_takes_the_last_layers_place_once_it_is_fitted() -> None:
    network = built(SMALL.model_copy(update={"back_end": Discriminant()}))
    frames, seams = recording(60)
    assert network.dim == 6
    assert network.back_end is not None
    network.back_end.matrix = torch.randn(24, 3)
    assert network.dim == 3
    statistics, _ = network.statistics(frames, seams, None)
    wanted = torch.nn.functional.normalize(statistics @ network.back_end.matrix, dim=-1)
    torch.testing.assert_close(network(frames, seams), wanted)
    fresh = build_network(SMALL.model_copy(update={"back_end": Discriminant()}), 5, 30).eval()
    fresh.load_state_dict(network.state_dict())
    torch.testing.assert_close(fresh(frames, seams), wanted)
