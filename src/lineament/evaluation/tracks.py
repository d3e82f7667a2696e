"""A `Track`: the window embeddings of one recording, on a clock that counts signal and not pauses.

Amounts of enrolment and of use-time are seconds of *signal*. A recording made of trials (takes with pauses between) is
therefore measured on a clock that stands still in the pauses.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lineament.errors import AcquisitionError, SignalError

if TYPE_CHECKING:
    from lineament.encoder import Encoder
    from lineament.signals import Sample

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Track:
    """The windows of one recording.

    Parameters
    ----------
    subject, session : str
        Whose recording, and which.
    starts : array (windows,)
        Seconds of signal before each window, rising.
    window_s : float
        Seconds of signal in a window.
    vectors : array (windows, dim)
        An embedding, or a score for each enrolled subject, for each window.
    nearness : array (windows, subjects), optional
        Where `vectors` are votes: the score of each subject's nearest voting template, which breaks ties.

    Examples
    --------
    >>> track = Track("p01", "1", np.arange(3.0), 20.0, np.zeros((3, 2), dtype=np.float32))
    >>> len(track), track.stop, track.inside(0.5, 22.1).tolist()
    (3, 22.0, [1, 2])
    """

    subject: str
    session: str
    starts: FloatArray
    window_s: float
    vectors: NDArray[Any]
    nearness: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        """Check that every window has a start."""
        if self.vectors.ndim != 2 or self.starts.shape != (len(self.vectors),) or not len(self.vectors):
            raise ValueError(f"a start for each window, not {self.starts.shape} and {self.vectors.shape}")

    def __len__(self) -> int:
        """Return the number of windows."""
        return len(self.vectors)

    @property
    def key(self) -> tuple[str, str]:
        """Subject and session."""
        return self.subject, self.session

    @property
    def stop(self) -> float:
        """Seconds of signal up to the end of the last window."""
        return float(self.starts[-1] + self.window_s)

    @property
    def stride_s(self) -> float:
        """Median seconds from one window to the next (the window's length where there is but one)."""
        return float(np.median(np.diff(self.starts))) if len(self) > 1 else self.window_s

    def inside(self, start: float, stop: float) -> NDArray[np.intp]:
        """Return the windows that lie wholly between two moments of signal (a hundredth of a second is forgiven)."""
        return np.flatnonzero((self.starts >= start - 0.01) & (self.starts + self.window_s <= stop + 0.01))


def embed_tracks(
    encoder: Encoder,
    samples: Iterable[Sample],
    *,
    stride_s: float = 1.0,
) -> list[Track]:
    """Embed every recording that is as long as a window; the takes of one session become one track.

    A sample in which what is encoded cannot be found is left out, too.

    Parameters
    ----------
    encoder : Encoder
    samples : iterable of Sample
        With subject and session.
    stride_s : float
        Seconds between windows.

    Raises
    ------
    SignalError
        When not one recording is long enough.
    """
    tracks, too_short = [], None
    for sample in samples:
        track = embed_track(encoder, sample, stride_s=stride_s)
        if track is None:
            too_short = sample
        else:
            tracks.append(track)
    if not tracks:
        if too_short is not None:
            encoder.embed(too_short)  # its own message says how long a recording must be
        raise SignalError("evaluation: at least one recording", "none", "check the data and the protocol")
    return merge_tracks(tracks)


def embed_track(encoder: Encoder, sample: Sample, *, stride_s: float = 1.0) -> Track | None:
    """Return one recording's windows on the clock of its encoded frames, or None without a whole window.

    A failure to acquire, where what is encoded cannot be found in the sample, leaves no window either.
    """
    starts, vectors, passed = [], [], 0
    try:
        segments = encoder.encoding.encode(sample)
    except AcquisitionError:
        return None
    for segment in segments:
        places = np.arange(0, len(segment) - encoder.window + 1, encoder.stride_frames(stride_s))
        if len(places):
            times, embeddings = encoder.embed_windows(segment, places)
            starts.append((passed + np.searchsorted(segment.times, times)) / encoder.fps)
            vectors.append(embeddings)
        passed += len(segment)
    if not sum(map(len, starts)):
        return None
    where = (str(sample.subject), str(sample.session))
    return Track(*where, np.concatenate(starts), encoder.window_seconds, np.concatenate(vectors))


def merge_tracks(tracks: Iterable[Track]) -> list[Track]:
    """Lay the takes of one session one after another on one clock, so that each session is one track.

    Examples
    --------
    >>> takes = [Track("a", "1", np.array([0.0, 1.0]), 2.0, np.zeros((2, 1))) for _ in range(2)]
    >>> merge_tracks(takes)[0].starts.tolist()
    [0.0, 1.0, 3.0, 4.0]
    """
    sessions: dict[tuple[str, str], list[Track]] = {}
    for track in tracks:
        sessions.setdefault(track.key, []).append(track)
    return [_joined(takes) if len(takes) > 1 else takes[0] for takes in sessions.values()]


def _joined(takes: list[Track]) -> Track:
    """Return one track of several takes of one session."""
    offsets = np.cumsum([0.0, *(take.stop for take in takes[:-1])])
    starts = np.concatenate([take.starts + offset for take, offset in zip(takes, offsets, strict=True)])
    vectors = np.concatenate([take.vectors for take in takes])
    return Track(takes[0].subject, takes[0].session, starts, takes[0].window_s, vectors)
