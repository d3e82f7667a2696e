"""The `Encoder`: encoding, network, window, calibration and card in one folder."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from lineament.decisions import Calibration
from lineament.encoder.engine import Engine
from lineament.encoder.folder import (
    Parts,
    check_card,
    check_fit,
    encoding_json,
    find_encoder,
    read_parts,
    shipped_encoders,
    write_parts,
)
from lineament.encodings import Encoding, Segment
from lineament.errors import EncoderError, SignalError
from lineament.gallery import EncoderMark, Metric
from lineament.signals import Sample

if TYPE_CHECKING:
    from lineament.encoder.stream import EncoderStream

Float32Array = NDArray[np.float32]
Timed = tuple[NDArray[np.float64], Float32Array]


class Encoder:
    """A trained encoder: from a recording to the embeddings of its sliding windows.

    Parameters
    ----------
    network : bytes
        An ONNX network (see `lineament.encoder.engine`).
    encoding : Encoding
        Fitted on the training subjects.
    window : int
        Frames in a window.
    stride_s : float
        Seconds between windows, where nothing else is asked for.
    card : mapping
        ``name``, ``version``, ``modality``, ``normalise`` (whether embeddings have unit norm and are compared by
        cosine, rather than by Euclidean distance), and whatever else is known: data, licences, figures, intended use.
    calibration : Calibration, optional

    Raises
    ------
    EncoderError
        When the network is damaged, the card incomplete, or they do not fit the encoding.

    Examples
    --------
    >>> from lineament.signals.motion import read_motion
    >>> encoder = Encoder.load("xr-motion")                          # doctest: +SKIP
    >>> encoder.embed(read_motion("session.csv")).shape              # doctest: +SKIP
    (581, 128)
    """

    def __init__(
        self,
        network: bytes,
        encoding: Encoding,
        window: int,
        stride_s: float,
        card: Mapping[str, Any],
        calibration: Calibration | None = None,
    ) -> None:
        check_card(card, "card")
        content = encoding_json(encoding, window, stride_s)
        engine = Engine(network, "network")
        self._set(Parts(engine, encoding, window, stride_s, dict(card), content, calibration), source="")

    def _set(self, parts: Parts, source: str) -> None:
        check_fit(parts, source or "encoder")
        self._parts, self._source = parts, source
        self.encoding, self.window, self.stride_s = parts.encoding, parts.window, parts.stride_s
        self.card, self.calibration, self.id = parts.card, parts.calibration, parts.id
        self.name, self.version = str(parts.card["name"]), str(parts.card["version"])
        self.normalise: bool = parts.card["normalise"]
        self.dim, self.dense = parts.engine.dim, parts.engine.dense

    @classmethod
    def load(cls, name_or_path: str | Path) -> Self:
        """Read an encoder, by its shipped name or from its folder.

        Raises
        ------
        EncoderError
            When there is none, or a file is missing, damaged, of an unknown format or does not fit the others.
        """
        folder = find_encoder(name_or_path)
        shipped = str(name_or_path) in shipped_encoders()
        encoder = cls.__new__(cls)
        encoder._set(read_parts(folder), str(name_or_path) if shipped else str(folder.resolve()))
        return encoder

    def save(self, path: str | Path) -> None:
        """Write the encoder's folder; an encoder that was there is replaced when the new one is whole.

        Raises
        ------
        EncoderError
            When the folder holds something else, or cannot be written to.
        """
        write_parts(self._parts, Path(path))

    def described(self, card: Mapping[str, Any], calibration: Calibration | None) -> Self:
        """Return the same encoder with another card and threshold.

        Raises
        ------
        EncoderError
            When the card is incomplete.
        """
        check_card(card, "card")
        encoder = type(self).__new__(type(self))
        encoder._set(replace(self._parts, card=dict(card), calibration=calibration), self._source)
        return encoder

    @property
    def fps(self) -> float:
        """Frames a second inside the encoder; recordings of any rate are resampled to it."""
        return self.encoding.fps

    @property
    def window_seconds(self) -> float:
        """Length of a window in seconds."""
        return self.window / self.fps

    @property
    def needed_seconds(self) -> float:
        """Length of the shortest stretch, without a gap, that gives an embedding."""
        return (self.window - 1 + self.encoding.lost) / self.fps

    @property
    def metric(self) -> Metric:
        """How its embeddings are compared."""
        return "cosine" if self.normalise else "euclidean"

    @property
    def mark(self) -> EncoderMark:
        """What a gallery remembers of it."""
        return EncoderMark(self.name, self.version, self.id, self._source)

    def __repr__(self) -> str:
        """Return a line for people."""
        window = f"{self.window_seconds:g} {self.encoding.unit}"
        return f"<Encoder {self.id}: windows of {window}, {self.dim} numbers, {self.metric}>"

    def embed(self, sample: Sample, stride_s: float | None = None) -> Float32Array:
        """Return the embeddings of a recording's windows, (windows, dim).

        Parameters
        ----------
        sample : Sample
        stride_s : float, optional
            Seconds from one window to the next (rounded to frames, at least one); the encoder's own by default.

        Raises
        ------
        SignalError
            When no stretch without a gap is as long as a window (the message says how long it must be), or the
            recording lacks a joint.
        EncoderError
            When the network gives numbers that are not finite.
        """
        return self.embed_timed(sample, stride_s)[1]

    def embed_timed(self, sample: Sample, stride_s: float | None = None) -> Timed:
        """Return the time of each window's first frame, (windows,) in seconds, and its embedding, (windows, dim).

        Parameters and errors are those of `embed`.
        """
        segments = self.encoding.encode(sample)
        longest = max(map(len, segments), default=0)
        if longest < self.window:
            raise self._too_short(sample, longest)
        stride = self.stride_frames(stride_s)
        parts = [
            self.embed_windows(segment, np.arange(0, len(segment) - self.window + 1, stride)) for segment in segments
        ]
        starts, embeddings = (np.concatenate(part) for part in zip(*parts, strict=True))
        if not len(starts):
            raise SignalError(
                f"{sample.source}: a window that is not all gaps", "gaps throughout", "record without interruptions"
            )
        return starts, embeddings

    def _too_short(self, sample: Sample, longest: int) -> SignalError:
        """Return the error of a sample whose longest stretch holds so many frames, fewer than a window."""
        if self.encoding.unit != "s":
            filled = bool(self.encoding.present)  # then a window may be filled up, from so many events on
            needed, there = (self.encoding.least, len(sample)) if filled else (self.window, longest)
            wanted = f"{sample.source}: {needed} {self.encoding.unit} without a gap"
            return SignalError(wanted, str(there), f"record {needed - there} more at a stretch")
        seconds = (longest - 1 + self.encoding.lost) / self.fps if longest else 0.0
        return SignalError(
            f"{sample.source}: {np.ceil(self.needed_seconds * 10) / 10:.1f} s without a gap",
            f"{np.floor(seconds * 10) / 10:.1f} s at the longest",
            f"record {np.ceil((self.needed_seconds - seconds) * 10) / 10:.1f} s more at a stretch",
        )

    def covered_seconds(self, starts: NDArray[np.float64], stride_s: float | None = None) -> float:
        """Return how many seconds of a recording lie in its windows: the use-time, pauses left out.

        Parameters
        ----------
        starts : float array (windows,)
            From `embed_timed`.
        stride_s : float, optional
            As asked of `embed_timed`.
        """
        # Where windows span pauses, each adds a stride of signal, however long the pause.
        most = self.stride_frames(stride_s) / self.fps if self.encoding.joins else self.window_seconds
        return float(np.minimum(np.diff(starts), most).sum() + self.window_seconds)

    def embed_windows(self, segment: Segment, starts: NDArray[np.integer]) -> Timed:
        """Return times and embeddings of some windows of a segment; a window that is all gaps is left out.

        Parameters
        ----------
        segment : Segment
        starts : int array (N,)
            The first frame of each window, rising.
        """
        embeddings = self._parts.engine.embed(segment, starts.astype(np.int64), self.window)
        kept = embeddings.any(axis=1)
        return segment.times[starts][kept], embeddings[kept]

    def embed_many(
        self,
        samples: Iterable[Sample],
        stride_s: float | None = None,
        jobs: int = 1,
        progress: Callable[[int], object] | None = None,
    ) -> list[Float32Array]:
        """Return the embeddings of several recordings, in their order.

        Parameters
        ----------
        samples : iterable of Sample
            Taken a few at a time, so that a generator need not hold them all.
        stride_s : float, optional
            As in `embed`.
        jobs : int
            Recordings embedded at once, each on a thread of its own; 0: one for each processor.
        progress : callable, optional
            Called with the number of recordings done, after each.

        Raises
        ------
        SignalError, EncoderError
            As `embed`; at the first recording that fails.
        """
        done = []
        for embeddings in _in_order(lambda sample: self.embed(sample, stride_s), samples, jobs or os.cpu_count() or 1):
            done.append(embeddings)
            if progress:
                progress(len(done))
        return done

    def stream(self, stride_s: float | None = None) -> EncoderStream:
        """Return a stream: frames go in as they come, embeddings come out as soon as their windows are whole."""
        from lineament.encoder.stream import EncoderStream

        return EncoderStream(self, stride_s)

    def stride_frames(self, stride_s: float | None = None) -> int:
        """Return a stride in frames, at least one.

        Raises
        ------
        EncoderError
            When it is not a number above zero.
        """
        seconds = self.stride_s if stride_s is None else stride_s
        if not (np.isfinite(seconds) and seconds > 0):
            raise EncoderError("stride: seconds above 0", repr(seconds), "ask e.g. for 1.0")
        return max(1, round(seconds * self.fps))


def _in_order(
    function: Callable[[Sample], Float32Array], samples: Iterable[Sample], jobs: int
) -> Iterator[Float32Array]:
    """Yield a function's results in order, some at work ahead of the one that is waited for."""
    if jobs == 1:
        yield from map(function, samples)
        return
    with ThreadPoolExecutor(jobs) as pool:
        waiting: deque[Future[Float32Array]] = deque()
        try:
            for sample in samples:
                waiting.append(pool.submit(function, sample))
                if len(waiting) > jobs:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
