from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineament.encoder import Encoder, EncoderStream
from lineament.errors import SignalError
from lineament.signals import Sample
from tests.encoder.tiny import person, tiny_encoder

ENCODER = tiny_encoder()
JOINED = tiny_encoder(join=True)


def pushed(stream: EncoderStream, sample: Sample, cuts: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Everything that a stream returns for a sample that comes in pieces."""
    bounds = [0, *sorted(set(cuts) - {0, len(sample)}), len(sample)]
    came = [
        stream.push(sample.replace(values=sample.values[a:b], times=sample.times[a:b])) for a, b in pairwise(bounds)
    ]
    return np.concatenate([starts for starts, _ in came]), np.concatenate([embeddings for _, embeddings in came])


def assert_same(encoder: Encoder, sample: Sample, cuts: list[int], stride_s: float | None = None) -> None:
    try:
        starts, embeddings = encoder.embed_timed(sample, stride_s)
    except SignalError:
        starts, embeddings = np.empty(0), np.empty((0, encoder.dim))
    came = pushed(encoder.stream(stride_s), sample, cuts)
    np.testing.assert_allclose(came[0], starts, rtol=0, atol=1e-6)
    np.testing.assert_allclose(came[1], embeddings, rtol=0, atol=1e-5)


def damaged(seed: int, seconds: float = 25.0) -> Sample:
    """A recording with everything that happens: an uneven clock, gaps, joints lost for short and long."""
    rng = np.random.default_rng(seed)
    sample = person(seed % 50, seconds=seconds, fps=float(rng.choice([11.0, 30.0, 72.0])))
    times = np.sort(sample.times + rng.uniform(-0.4, 0.4, len(sample)) / 72)
    values = sample.values.copy()
    for _ in range(rng.integers(0, 4)):
        begin = rng.uniform(0, seconds)
        lost = (times > begin) & (times < begin + rng.choice([0.2, 0.49, 0.6, 3.0]))
        joint = rng.integers(0, 3)
        values[lost, 7 * joint : 7 * joint + 7] = np.nan
    for _ in range(rng.integers(0, 3)):
        times = times + np.where(times > rng.uniform(0, seconds), rng.choice([0.3, 0.8, 10.0]), 0)
    kept = rng.random(len(times)) > 0.05
    if rng.random() < 0.3:
        times[5] = times[4]
    return sample.replace(values=values[kept], times=times[kept])


@pytest.mark.parametrize("stride_s", [None, 0.1, 2.0, 5.0])
@pytest.mark.parametrize("step", [1, 7, 100, 10_000])
@pytest.mark.parametrize("encoder", [ENCODER, tiny_encoder(dense=False)])
def test_pieces_give_the_whole(encoder: Encoder, step: int, stride_s: float | None) -> None:
    sample = person(1, seconds=25)
    assert_same(encoder, sample, list(range(0, len(sample), step)), stride_s)


@given(
    seed=st.integers(0, 2**31), step=st.integers(20, 400), stride_s=st.sampled_from([0.1, 1.0, 4.0]), join=st.booleans()
)
@settings(max_examples=40, deadline=None)
def test_pieces_of_anything_give_the_whole(seed: int, step: int, stride_s: float, join: bool) -> None:
    sample = damaged(seed)
    assert_same(JOINED if join else ENCODER, sample, list(range(0, len(sample), step)), stride_s)


@pytest.mark.parametrize("tracked_s", [0.05, 0.1, 0.3])
def test_a_beginning_that_is_soon_interrupted_is_not_forgotten(tracked_s: float) -> None:
    sample = person(1, seconds=15)
    times, values = sample.times, sample.values.copy()
    values[(times < 5) | ((times > 5 + tracked_s) & (times < 5.4 + tracked_s)), 7:14] = np.nan
    assert_same(ENCODER, sample.replace(values=values), list(range(len(sample))), 0.1)


def test_an_embedding_comes_as_soon_as_its_window_is_whole() -> None:
    sample, stream = person(1, seconds=12), ENCODER.stream(1.0)
    when = []
    for frame in range(len(sample)):
        piece = sample.replace(values=sample.values[[frame]], times=sample.times[[frame]])
        starts, _ = stream.push(piece)
        when += [(start, sample.times[frame]) for start in starts]
    assert len(when) == 9
    for start, came in when:
        assert came - (start + (ENCODER.window - 1) / ENCODER.fps) < 1.5 / 30


@pytest.mark.parametrize("encoder", [ENCODER, JOINED])
def test_memory_is_bounded(encoder: Encoder) -> None:
    sample, stream, kept = person(1, seconds=300), encoder.stream(), []
    for begin in range(0, len(sample), 30):
        stream.push(sample.replace(values=sample.values[begin : begin + 30], times=sample.times[begin : begin + 30]))
        kept.append(len(stream._kept) + sum(map(len, stream._came)))
    assert max(kept) < 30 * (encoder.needed_seconds + 3)


def test_memory_is_bounded_while_nobody_is_tracked() -> None:
    sample, stream = person(1, seconds=120), ENCODER.stream()
    values = sample.values.copy()
    values[300:] = np.nan
    kept = []
    for begin in range(0, len(sample), 30):
        stream.push(sample.replace(values=values[begin : begin + 30], times=sample.times[begin : begin + 30]))
        kept.append(len(stream._kept) + sum(map(len, stream._came)))
    assert max(kept[-10:]) < 60


@pytest.mark.parametrize("channels", [slice(None), slice(7, 14)])
def test_memory_is_bounded_in_a_loss_that_windows_span(channels: slice) -> None:
    sample, stream, kept = person(1, seconds=120), JOINED.stream(), []
    values = sample.values.copy()
    lost = (sample.times > 12.3) & (sample.times < 110)
    values[np.flatnonzero(lost)[:, None], np.arange(values.shape[1])[channels]] = np.nan
    for begin in range(0, len(sample), 30):
        stream.push(sample.replace(values=values[begin : begin + 30], times=sample.times[begin : begin + 30]))
        kept.append(len(stream._kept) + sum(map(len, stream._came)))
    assert max(kept) < 30 * (JOINED.needed_seconds + 6)


@given(
    seed=st.integers(0, 2**31), step=st.integers(5, 200), long_s=st.floats(2, 20), gap_s=st.sampled_from([0, 0.9, 9])
)
@settings(max_examples=25, deadline=None)
def test_windows_that_span_long_losses_are_those_of_the_whole(
    seed: int, step: int, long_s: float, gap_s: float
) -> None:
    rng = np.random.default_rng(seed)
    sample = damaged(seed, seconds=45)
    values, times = sample.values.copy(), sample.times + np.where(sample.times > rng.uniform(5, 40), gap_s, 0)
    for _ in range(rng.integers(1, 4)):
        begin, joint = rng.uniform(2, 40), rng.integers(0, 4)
        columns = np.arange(values.shape[1]) if joint == 3 else np.arange(7 * joint, 7 * joint + 7)
        inside = np.flatnonzero((times > begin) & (times < begin + long_s * rng.uniform(0.3, 1)))
        values[inside[:, None], columns] = np.nan
    assert_same(JOINED, sample.replace(values=values, times=times), list(range(0, len(sample), step)), 0.5)


def test_arrays_may_be_pushed() -> None:
    sample = person(1)
    starts, embeddings = ENCODER.stream().push_frames(sample.values, sample.times, sample.channels)
    np.testing.assert_array_equal(starts, ENCODER.embed_timed(sample)[0])
    np.testing.assert_allclose(embeddings, ENCODER.embed(sample), atol=1e-6)


def test_spare_channels_are_ignored_and_missing_ones_refused() -> None:
    sample = person(1)
    with pytest.raises(SignalError, match="left_hand_pos_x"):
        ENCODER.stream().push(sample.replace(values=sample.values[:, :7], channels=sample.channels[:7]))


def test_a_clock_that_jumps_back_is_refused() -> None:
    sample, stream = person(1), ENCODER.stream()
    stream.push(sample.between(0, 5))
    with pytest.raises(SignalError, match="jumps back"):
        stream.push(sample.between(2, 6))


def test_frames_that_come_twice_are_dropped() -> None:
    sample, stream = person(1), ENCODER.stream()
    first, again, rest = sample.between(0, 5), sample.between(4.8, 5), sample.between(5, 99)
    came = [stream.push(piece) for piece in (first, again, rest)]
    np.testing.assert_allclose(np.concatenate([e for _, e in came]), ENCODER.embed(sample), atol=1e-6)
