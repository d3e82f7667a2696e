"""A `Track`: the window embeddings of one recording, on a clock that counts signal and not pauses.

Amounts of enrolment and of use-time are seconds of *signal*. A recording made of trials (takes with pauses between) is
therefore measured on a clock that stands still in the pauses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lineament.errors import SignalError

if TYPE_CHECKING:
    from lineament.datasets.dataset import Dataset
    from lineament.encoder import Encoder

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


def signal_clock(times: ArrayLike, *, max_gap_s: float = 0.5) -> FloatArray:
    """Return the seconds of signal before each frame: time that stands still in every longer gap, and never runs back.

    Parameters
    ----------
    times : array (T,)
        Seconds since the start of the recording.

    Examples
    --------
    >>> signal_clock([0.0, 0.1, 0.2, 10.2, 10.3]).round(3).tolist()
    [0.0, 0.1, 0.2, 0.2, 0.3]
    """
    steps = np.diff(np.asarray(times, dtype=np.float64), prepend=np.asarray(times, dtype=np.float64)[:1])
    return np.cumsum(np.where((steps < 0) | (steps > max_gap_s), 0.0, steps))


def embed_tracks(
    encoder: Encoder,
    dataset: Dataset,
    *,
    stride_s: float = 1.0,
    progress: Callable[[Iterable[int], int], Iterable[int]] | None = None,
) -> list[Track]:
    """Embed every recording of a data set that is as long as a window.

    Parameters
    ----------
    stride_s : float
        Seconds between windows.
    progress : callable, optional
        Wraps the loop over recordings, given their number.

    Raises
    ------
    SignalError
        When not one recording is long enough.
    """
    rows: Iterable[int] = range(len(dataset))
    tracks, refusal = [], None
    for row in progress(rows, len(dataset)) if progress else rows:
        sample = dataset.load(row)
        try:
            starts, vectors = encoder.embed_timed(sample, stride_s=stride_s)
        except SignalError as error:
            refusal = error
            continue
        order = np.argsort(sample.times, kind="stable")
        clock = np.interp(starts, sample.times[order], signal_clock(sample.times[order]))
        where = (str(sample.subject), str(sample.session))
        tracks.append(Track(*where, clock, encoder.window_seconds, np.asarray(vectors, dtype=np.float32)))
    if not tracks:
        raise refusal or SignalError(f"{dataset.name}: at least one recording", "none", "check the protocol")
    return merge_tracks(tracks)


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
