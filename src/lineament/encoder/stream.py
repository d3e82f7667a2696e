"""Embeddings of a recording as it comes, equal to those of the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lineament.encodings import Segment
from lineament.errors import EncoderError, SignalError
from lineament.signals import Sample
from lineament.signals.resampling import resample

if TYPE_CHECKING:
    from lineament.encoder.encoder import Encoder

Float32Array = NDArray[np.float32]
Timed = tuple[NDArray[np.float64], Float32Array]
SOON_S = 1e-3
"""A window is looked for this much before it is due: clocks are rounded."""
LONG_LOSS = 4.0
"""Losses longer than so many times the longest gap that is bridged are cut short."""


class EncoderStream:
    """Frames go in as they come; the embeddings of the windows they complete come out.

    All that is kept is the raw frames since the beginning of the next window, without the inside of long losses. What
    has gone is stood for by one frame where the resampled clock ticks, so that the clock goes on exactly as if nothing
    had gone.

    Parameters
    ----------
    encoder : Encoder
    stride_s : float, optional
        Seconds from one window to the next; the encoder's own by default.

    Raises
    ------
    EncoderError
        When its samples have no clock (images).

    Examples
    --------
    >>> stream = encoder.stream()                                    # doctest: +SKIP
    >>> for piece in pieces:                                         # doctest: +SKIP
    ...     starts, embeddings = stream.push(piece)
    """

    def __init__(self, encoder: Encoder, stride_s: float | None = None) -> None:
        if encoder.encoding.max_gap_s is None:
            raise EncoderError(
                f"stream: an encoder of recordings on a clock in seconds, not of {encoder.encoding.modality}",
                encoder.id,
                "embed each sample as it comes",
            )
        self._encoder, self._max_gap_s = encoder, encoder.encoding.max_gap_s
        self._stride = encoder.stride_frames(stride_s)
        self._kept: Sample | None = None
        self._came: list[Sample] = []
        self._latest = -np.inf
        self._due = -np.inf
        self._done = -np.inf

    def push(self, piece: Sample) -> Timed:
        """Take the next frames and return what they complete.

        Parameters
        ----------
        piece : Sample
            The frames that follow those pushed before, on the same clock. A frame whose time does not advance is
            dropped, as in a whole recording.

        Returns
        -------
        starts : float array (windows,)
            Time of each new window's first frame, in seconds.
        embeddings : float32 array (windows, dim)
            Maybe none.

        Raises
        ------
        SignalError
            When the clock jumps back, or a channel is missing.
        """
        self._take(piece)
        if self._latest < self._due - SOON_S:
            return self._nothing()
        sample = self._joined()
        segments = self._encode(sample)
        found = [self._embed_new(segment) for segment in segments]
        self._forget(sample, segments)
        return tuple(np.concatenate(part) for part in zip(self._nothing(), *found, strict=True))  # type: ignore[return-value]

    def push_frames(self, values: ArrayLike, times: ArrayLike, channels: tuple[str, ...]) -> Timed:
        """Take the next frames as arrays (see `push`): values (T, channels) and times (T,) in seconds."""
        return self.push(Sample(self._encoder.card["modality"], values, times, channels, source="stream"))  # type: ignore[arg-type]

    def _nothing(self) -> Timed:
        return np.empty(0), np.empty((0, self._encoder.dim), dtype=np.float32)

    def _take(self, piece: Sample) -> None:
        """Keep the frames whose time advances."""
        encoding = self._encoder.encoding
        before = np.maximum.accumulate(np.concatenate([[self._latest], piece.times]))
        if (before[:-1] - piece.times > self._max_gap_s).any():
            raise SignalError(f"{piece.source}: a clock that goes on", "one that jumps back", "begin a new stream")
        advancing = piece.times > before[:-1]
        if advancing.any():
            values = piece.columns(encoding.channels)[advancing]
            self._came.append(piece.replace(values=values, times=piece.times[advancing], channels=encoding.channels))
            self._latest = float(before[-1])

    def _joined(self) -> Sample:
        """Return all frames that are kept as one sample."""
        parts = ([self._kept] if self._kept else []) + self._came
        self._came = []
        values, times = (np.concatenate([getattr(part, name) for part in parts]) for name in ("values", "times"))
        return parts[0].replace(values=values, times=times)

    def _encode(self, sample: Sample) -> list[Segment]:
        """Return the segments; none while a joint has yet to be tracked."""
        if np.isnan(sample.values).all(axis=0).any():
            return []
        return self._encoder.encoding.encode(sample)

    def _embed_new(self, segment: Segment) -> Timed:
        """Return what a segment holds that was not returned before."""
        starts = np.arange(0, len(segment) - self._encoder.window + 1, self._stride)
        starts = starts[segment.times[starts] > self._done + 0.5 / self._encoder.fps]
        if not len(starts):
            return self._nothing()
        self._done = float(segment.times[starts[-1]])
        return self._encoder.embed_windows(segment, starts)

    def _forget(self, sample: Sample, segments: list[Segment]) -> None:
        """Drop the frames that no later window needs, and say when the next window can be whole."""
        encoder, encoding = self._encoder, self._encoder.encoding
        # Younger than this, a frame may still become part of a stretch that is about to begin or to go on.
        quiet = self._latest - self._max_gap_s - (encoding.lost + 2) / encoder.fps
        ended = not encoding.joins and bool(segments) and segments[-1].times[-1] < quiet
        if not segments or ended:
            begin, ready = quiet, self._latest
        else:
            begin, ready = self._next_window(segments[-1])
        self._due = ready
        self._kept = _without_losses(_since(sample, begin, encoder.fps, self._max_gap_s), encoder.fps, self._max_gap_s)

    def _next_window(self, segment: Segment) -> tuple[float, float]:
        """Return the time from which the next window needs frames, and the earliest at which it can be whole."""
        encoder = self._encoder
        windows = max(0, (len(segment) - encoder.window) // self._stride + 1)
        following = windows * self._stride
        # A stride longer than the window may point past the end: stay on the last tick that is there.
        first = min(following, (len(segment) - 1) // self._stride * self._stride)
        begin = float(segment.times[first]) - encoder.encoding.lost / encoder.fps
        # A gap may come, and the next window begin behind it, sooner than a long stride says.
        soonest = min((following - first) / encoder.fps, float(segment.times[-1] - segment.times[first]))
        return begin, float(segment.times[first]) + soonest + (encoder.window - 1) / encoder.fps


def _since(sample: Sample, begin: float, fps: float, max_gap_s: float) -> Sample:
    """Return the frames from the last tick of the resampled clock up to `begin`, that tick's frame interpolated."""
    slack = 0.01 / fps
    for piece in reversed(resample(sample, fps, max_gap_s)):
        if piece.times[0] <= begin + slack:
            tick = int(np.searchsorted(piece.times, begin + slack, side="right")) - 1
            after = sample.times > piece.times[tick] + 1e-9
            return sample.replace(
                values=np.concatenate([piece.values[tick : tick + 1], sample.values[after]]),
                times=np.concatenate([piece.times[tick : tick + 1], sample.times[after]]),
            )
    return sample


def _without_losses(sample: Sample, fps: float, max_gap_s: float) -> Sample:
    """Return the frames without the inside of losses of tracking that are far too long to be bridged.

    A frame that is not tracked, at a tick of the resampled clock, stands for each: behind it the clock goes on in step.
    """
    lost = _lost(sample, max_gap_s)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], lost, [False]]).astype(np.int8)))
    for first, stop in reversed(list(zip(edges[::2], edges[1::2], strict=True))):
        until = sample.times[stop - 1] - max_gap_s
        if until - sample.times[first] < LONG_LOSS * max_gap_s:
            continue
        ticks = next(p.times for p in reversed(resample(sample, fps, max_gap_s)) if p.times[0] <= until)
        tick = ticks[np.searchsorted(ticks, until, side="right") - 1]
        if tick - sample.times[first] <= max_gap_s:
            continue
        after = int(np.searchsorted(sample.times, tick, side="right"))
        untracked = np.full((1, sample.values.shape[1]), np.nan)
        sample = sample.replace(
            values=np.concatenate([sample.values[: first + 1], untracked, sample.values[after:]]),
            times=np.concatenate([sample.times[: first + 1], [tick], sample.times[after:]]),
        )
    return sample


def _lost(sample: Sample, max_gap_s: float) -> NDArray[np.bool_]:
    """Return which frames lie inside a loss of some joint that is too long to be bridged, or that goes on."""
    lost = np.zeros(len(sample), dtype=bool)
    parts = [name.rpartition("_")[0] for name in sample.channels]
    for part in dict.fromkeys(parts):
        values = sample.values[:, [place for place, name in enumerate(parts) if name == part]]
        known = np.isfinite(values).all(axis=1)
        if part.endswith("_rot"):
            known &= np.abs(values).sum(axis=1) > 0
        before = np.maximum.accumulate(np.where(known, sample.times, -np.inf))
        after = np.minimum.accumulate(np.where(known, sample.times, np.inf)[::-1])[::-1]
        lost |= ~known & (np.minimum(after, sample.times[-1]) - before > max_gap_s + SOON_S)
    return lost
