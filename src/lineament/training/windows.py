"""Training windows: any frame of any recording may begin one, and none is copied before it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lineament.encodings.segment import Segment
from lineament.errors import RecipeError, SignalError

IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Recording:
    """One encoded recording: who, when, and its stretches without a gap."""

    subject: str
    session: str
    segments: tuple[Segment, ...]

    def long_enough(self, window: int) -> list[Segment]:
        """Return the segments that hold a whole window of that many frames."""
        return [segment for segment in self.segments if len(segment) >= window]


@dataclass(frozen=True, eq=False)
class Batch:
    """Windows of several subjects.

    Parameters
    ----------
    frames : float32 tensor (B, W, F)
    seams : float32 tensor (B, W)
        1.0 at the first frame after a gap.
    labels : int64 tensor (B,)
        Indices of subjects.
    """

    frames: Tensor
    seams: Tensor
    labels: Tensor


class WindowPool:
    """All windows of all training subjects, one frame apart, as views of one array.

    Parameters
    ----------
    recordings : sequence of Recording
    window : int
        Frames of a window, W.
    fps : float
        Of the frames; for messages.

    Attributes
    ----------
    subjects : tuple of str
        In alphabetical order; labels are places in it.
    counts : tuple of int
        Windows of each subject.
    sessions : tuple of int array (windows,)
        Of each subject: a number for the session that each of its windows is from.

    Raises
    ------
    RecipeError
        When there are fewer than two subjects.
    SignalError
        When a subject has fewer than two windows.
    """

    def __init__(self, recordings: Sequence[Recording], window: int, fps: float) -> None:
        self.window = window
        self.subjects = tuple(sorted({recording.subject for recording in recordings}))
        if len(self.subjects) < 2:
            raise RecipeError(
                "training data: at least two subjects",
                f"recordings of {len(self.subjects)}",
                "add other people: an encoder learns from their differences",
            )
        values, seams, ends = [], [], []
        starts: dict[str, list[IntArray]] = {subject: [] for subject in self.subjects}
        sessions: dict[str, list[IntArray]] = {subject: [] for subject in self.subjects}
        numbers = {name: place for place, name in enumerate(sorted({recording.session for recording in recordings}))}
        total = 0
        for recording in recordings:
            for segment in recording.long_enough(window):
                here = np.arange(total, total + len(segment) - window + 1)
                starts[recording.subject].append(here)
                sessions[recording.subject].append(np.full(len(here), numbers[recording.session]))
                total += len(segment)
                values.append(segment.values)
                seams.append(segment.seams)
                ends.append(total)
        self._starts = [np.concatenate(parts) if (parts := starts[subject]) else _NONE for subject in self.subjects]
        self.sessions = tuple(
            np.concatenate(parts) if (parts := sessions[subject]) else _NONE for subject in self.subjects
        )
        self._refuse_short(fps)
        self._ends = np.array(ends)
        self.frames = torch.from_numpy(np.concatenate(values).astype(np.float32, copy=False))
        self.seams = torch.from_numpy(np.concatenate(seams).astype(np.float32))

    @property
    def counts(self) -> tuple[int, ...]:
        """Windows of each subject."""
        return tuple(map(len, self._starts))

    def _refuse_short(self, fps: float) -> None:
        """Refuse subjects of whom fewer than two windows are known: nothing can be learned of what they keep."""
        short = [name for name, count in zip(self.subjects, self.counts, strict=True) if count < 2]
        if short:
            some = ", ".join(short[:5]) + (f" and {len(short) - 5} more" if len(short) > 5 else "")
            raise SignalError(
                f"training subject {some}: two windows or more, each of {self.window / fps:.3g} s without a gap",
                "a shorter recording",
                "record these people for longer, or leave them out",
            )

    def to(self, device: torch.device) -> WindowPool:
        """Move the frames to a device; return self."""
        self.frames, self.seams = self.frames.to(device), self.seams.to(device)
        return self

    def draw(self, subjects: IntArray, windows: IntArray, speeds: NDArray[np.float64] | None = None) -> Batch:
        """Copy some windows into a batch.

        Parameters
        ----------
        subjects, windows : int arrays (B,)
            Indices of subjects and, for each, of one of its windows.
        speeds : float array (B,), optional
            How many frames of the recording pass in one of the window (1: as recorded). A window that would run
            over the end of its segment is slowed down to end there.
        """
        pairs = zip(subjects, windows, strict=True)
        starts = np.array([self._starts[subject][window] for subject, window in pairs], dtype=np.int64)
        labels = torch.from_numpy(np.asarray(subjects, dtype=np.int64)).to(self.frames.device)
        if speeds is not None:
            return Batch(*self._resampled(starts, speeds), labels)
        where = torch.from_numpy(starts).to(self.frames.device)
        return Batch(_windows(self.frames, self.window)[where], self.seams.unfold(0, self.window, 1)[where], labels)

    def _resampled(self, starts: IntArray, speeds: NDArray[np.float64]) -> tuple[Tensor, Tensor]:
        """Return frames (B, W, F) and seams (B, W) of windows run through at other speeds, by linear interpolation."""
        ends = self._ends[np.searchsorted(self._ends, starts, side="right")]
        fastest = (ends - 1 - starts) / max(self.window - 1, 1)
        places = starts[:, None] + np.minimum(speeds, fastest)[:, None] * np.arange(self.window)
        below = np.floor(places).astype(np.int64)
        above = np.minimum(np.ceil(places).astype(np.int64), ends[:, None] - 1)
        part = torch.from_numpy((places - below).astype(np.float32)).to(self.frames.device)[..., None]
        low, high = (torch.from_numpy(index).to(self.frames.device) for index in (below, above))
        frames = torch.lerp(self.frames[low], self.frames[high], part)
        # A frame is a seam when one was passed since the frame before, or is being blended across.
        passed = torch.cumsum(self.seams, 0)
        before = torch.cat([passed[low[:, :1]] - self.seams[low[:, :1]], passed[low[:, :-1]]], dim=1)
        return frames, (passed[high] - before > 0.5).float()


_NONE: IntArray = np.empty(0, dtype=np.int64)


def _windows(frames: Tensor, window: int) -> Tensor:
    """Return a view (N - W + 1, W, F) of frames (N, F)."""
    count, features = frames.shape
    return frames.as_strided((count - window + 1, window, features), (features, features, 1))
