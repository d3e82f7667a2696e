from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from lineament.encoder import Encoder
from lineament.errors import EncoderError, SignalError
from lineament.gallery import EncoderMark, MemoryGallery
from lineament.signals import Sample
from tests.encoder.tiny import DIM, FPS, SPEC, WINDOW, network, person, tiny_encoder


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return tiny_encoder()


def test_its_facts(encoder: Encoder) -> None:
    assert (encoder.name, encoder.version, encoder.dim, encoder.window, encoder.fps) == ("tiny", "1", DIM, WINDOW, FPS)
    assert encoder.window_seconds == 3.0
    assert (encoder.normalise, encoder.metric) == (True, "cosine")
    assert tiny_encoder(normalise=False).metric == "euclidean"
    assert encoder.id.startswith("tiny-1-")
    assert len(encoder.id) == len("tiny-1-") + 8
    assert encoder.mark == EncoderMark("tiny", "1", encoder.id, "")


@pytest.mark.parametrize("dense", [True, False])
def test_windows_stand_a_stride_apart(dense: bool) -> None:
    encoder, sample = tiny_encoder(dense=dense), person(1, seconds=10)
    (segment,) = encoder.encoding.encode(sample)
    for stride_s, frames in ((None, 15), (1.0, 15), (2.0, 30), (0.2, 3), (1e-6, 1)):
        starts, embeddings = encoder.embed_timed(sample, stride_s)
        expected = np.arange(0, len(segment) - WINDOW + 1, frames)
        np.testing.assert_array_equal(starts, segment.times[expected])
        assert embeddings.shape == (len(expected), DIM)
        assert embeddings.dtype == np.float32
        np.testing.assert_array_equal(embeddings, encoder.embed(sample, stride_s))
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-6)


def test_dense_and_windowed_agree() -> None:
    sample = person(2)
    np.testing.assert_allclose(
        tiny_encoder(dense=True).embed(sample, 0.1), tiny_encoder(dense=False).embed(sample, 0.1), rtol=0, atol=1e-6
    )


def test_a_window_is_its_own_frames_alone(encoder: Encoder) -> None:
    sample = person(3, seconds=20, fps=FPS)
    starts, embeddings = encoder.embed_timed(sample, 1.0)
    for start, embedding in list(zip(starts, embeddings, strict=True))[2::5]:
        alone = sample.between(start - 2.5 / FPS, start + (WINDOW - 0.5) / FPS)
        np.testing.assert_allclose(encoder.embed(alone, 1.0)[0], embedding, atol=1e-5)


def test_windows_do_not_span_gaps(encoder: Encoder) -> None:
    sample = person(1, seconds=20)
    gap = (sample.times > 8) & (sample.times < 9)
    starts, _ = encoder.embed_timed(sample.replace(values=sample.values[~gap], times=sample.times[~gap]), 0.1)
    assert not ((starts > 8 - 44 / FPS + 0.01) & (starts < 9 - 0.1)).any()
    assert (starts < 5).any()
    assert (starts > 9).any()


def test_recordings_of_any_rate_are_alike(encoder: Encoder) -> None:
    slow, fast = (encoder.embed(person(1, fps=fps)).mean(axis=0) for fps in (30, 90))
    assert slow @ fast > 0.99


class TestTooShort:
    def test_the_needed_length_is_said(self, encoder: Encoder) -> None:
        # 45 frames and the two that accelerations look back on: 46 steps of 1/15 s.
        assert encoder.needed_seconds == pytest.approx(46 / 15)
        with pytest.raises(SignalError, match=r"p01/s1: 3\.1 s without a gap .* 2\.0 s at the longest .* 1\.0 s more"):
            encoder.embed(person(1, seconds=2.1))

    def test_the_needed_length_suffices_and_a_frame_less_does_not(self, encoder: Encoder) -> None:
        sample = person(1, seconds=10, fps=FPS)
        just = sample.between(0, encoder.needed_seconds + 0.5 / FPS)
        assert len(encoder.embed(just)) == 1
        with pytest.raises(SignalError, match="without a gap"):
            encoder.embed(just.between(0, just.times[-1]))

    def test_many_short_stretches_are_not_one_long_one(self, encoder: Encoder) -> None:
        sample = person(1, seconds=20)
        kept = sample.times % 3 < 2
        with pytest.raises(SignalError, match="at a stretch"):
            encoder.embed(sample.replace(values=sample.values[kept], times=sample.times[kept]))

    def test_a_single_frame(self, encoder: Encoder) -> None:
        with pytest.raises(SignalError, match=r"but 0\.0 s"):
            encoder.embed(person(1).between(0, 0.01))

    def test_never_tracked(self, encoder: Encoder) -> None:
        sample = person(1)
        with pytest.raises(SignalError):
            encoder.embed(sample.replace(values=np.full_like(sample.values, np.nan)))

    def test_a_missing_joint(self, encoder: Encoder) -> None:
        sample = person(1)
        with pytest.raises(SignalError, match="left hand"):
            encoder.embed(sample.replace(values=sample.values[:, :7], channels=sample.channels[:7]))

    def test_another_modality(self, encoder: Encoder) -> None:
        with pytest.raises(SignalError, match="motion"):
            encoder.embed(Sample("audio", [[0.0]], [0.0], ("left",)))


def test_the_seconds_that_windows_cover(encoder: Encoder) -> None:
    assert encoder.covered_seconds(np.array([5.0])) == 3.0
    assert encoder.covered_seconds(np.array([0.0, 1.0, 2.0])) == 5.0
    assert encoder.covered_seconds(np.array([0.0, 1.0, 60.0])) == 7.0  # a pause of 56 s
    assert tiny_encoder(join=True).covered_seconds(np.array([0.0, 1.0, 60.0])) == 5.0  # windows that span it


@pytest.mark.parametrize("stride", [0.0, -1.0, float("nan"), float("inf")])
def test_bad_strides_are_refused(encoder: Encoder, stride: float) -> None:
    with pytest.raises(EncoderError, match="stride"):
        encoder.embed(person(1), stride)


def test_windows_that_are_all_gaps_are_left_out() -> None:
    encoder = tiny_encoder(join=True)
    (segment,) = encoder.encoding.encode(person(1, seconds=20))
    segment.seams[20:120] = True
    starts, embeddings = encoder.embed_windows(segment, np.arange(0, 200, 10))
    assert len(starts) == len(embeddings) < 20
    assert embeddings.any(axis=1).all()
    assert not np.isin(segment.times[[20, 70]], starts).any()


class TestMany:
    def test_in_order_whatever_the_jobs(self, encoder: Encoder) -> None:
        samples = [person(number, seconds=5 + number) for number in range(6)]
        alone = [encoder.embed(sample, 0.5) for sample in samples]
        for jobs in (0, 1, 3):
            done: list[int] = []
            together = encoder.embed_many(iter(samples), 0.5, jobs, done.append)
            assert done == [1, 2, 3, 4, 5, 6]
            for a, b in zip(alone, together, strict=True):
                np.testing.assert_array_equal(a, b)
        assert encoder.embed_many([]) == []

    def test_a_generator_is_read_a_few_at_a_time(self, encoder: Encoder) -> None:
        read: list[int] = []
        ahead: list[int] = []

        def samples() -> Iterator[Sample]:
            for number in range(12):
                read.append(number)
                yield person(number, seconds=5)

        encoder.embed_many(samples(), jobs=2, progress=lambda done: ahead.append(len(read) - done))
        assert max(ahead) <= 3

    def test_the_first_failure_ends_it(self, encoder: Encoder) -> None:
        samples = [person(0), person(1, seconds=1), *(person(n) for n in range(2, 9))]
        before = threading.active_count()
        for jobs in (1, 2):
            with pytest.raises(SignalError, match="p01"):
                encoder.embed_many(samples, jobs=jobs)
        assert threading.active_count() == before


class TestParts:
    def test_an_incomplete_card_is_refused(self) -> None:
        good = tiny_encoder()
        for key, value in (("name", None), ("name", "a b"), ("version", 1), ("modality", None), ("normalise", "yes")):
            with pytest.raises(EncoderError, match=key):
                Encoder(network(), good.encoding, WINDOW, 1.0, {**good.card, key: value})

    def test_a_network_for_other_features_is_refused(self) -> None:
        good = tiny_encoder()
        with pytest.raises(EncoderError, match="39 features of the encoding was expected, but one for 7"):
            Encoder(network(inputs=7), good.encoding, WINDOW, 1.0, good.card)

    def test_a_network_for_another_window_is_refused(self) -> None:
        good = tiny_encoder()
        with pytest.raises(EncoderError, match="window 44 was expected, but 45"):
            Encoder(network(), good.encoding, 44, 1.0, good.card)

    def test_a_network_that_normalises_otherwise_is_refused(self) -> None:
        good = tiny_encoder()
        with pytest.raises(EncoderError, match="normalise 1 was expected, but 0"):
            Encoder(network(normalise=False), good.encoding, WINDOW, 1.0, good.card)

    def test_the_id_tells_contents_apart(self) -> None:
        good = tiny_encoder()
        same = Encoder(network(), good.encoding, WINDOW, 1.0, {**good.card, "figures": "new"})
        other_network = Encoder(network(metadata=False), good.encoding, WINDOW, 1.0, good.card)
        other_stride = Encoder(network(), good.encoding, WINDOW, 2.0, good.card)
        other_encoding = tiny_encoder(max_gap_s=0.4)
        assert same.id == good.id
        assert len({good.id, other_network.id, other_stride.id, other_encoding.id}) == 4


def test_people_are_told_apart_across_sessions(encoder: Encoder) -> None:
    gallery = MemoryGallery(encoder.dim, encoder.metric, encoder.mark)
    for number in range(6):
        gallery.enrol(f"p{number}", encoder.embed(person(number, session=1)))
    for number in range(6):
        _, subjects = gallery.search(encoder.embed(person(number, session=2)), k=1)
        assert (subjects == number).all()


def test_spec_of_the_tiny_encoder_looks_back() -> None:
    assert "BRA" in SPEC.features
    assert tiny_encoder().encoding.lost == 2
