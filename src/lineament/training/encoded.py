"""Samples as encoded recordings, normalised on the training people alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from lineament.encodings import Encoding
from lineament.encodings.segment import Segment
from lineament.errors import AcquisitionError, SignalError
from lineament.signals import Sample
from lineament.training.windows import Recording

MIRRORED = " (mirrored)"


def encode(encoding: Encoding, samples: Iterable[Sample]) -> list[Recording]:
    """Encode samples without normalising them, so that one encoding serves many fits.

    A sample in which what is encoded cannot be found gives a recording without segments, as one that is too short does.

    Raises
    ------
    SignalError
        When a sample does not say whose it is, or lacks what is encoded.
    """
    plain = encoding.unfitted()
    recordings = []
    for sample in samples:
        if sample.subject is None:
            raise SignalError(f"{sample.source}: a subject", "a recording of nobody", "say whose it is")
        try:
            segments = tuple(plain.encode(sample))
        except AcquisitionError:
            segments = ()
        recordings.append(Recording(sample.subject, sample.session or "", segments))
    return recordings


def fit_normalisation(encoding: Encoding, recordings: Sequence[Recording]) -> None:
    """Set an encoding's normalisation, where it has one, to that of recordings that are not normalised."""
    encoding.fit_segments(segment for recording in recordings for segment in recording.segments)


def normalised(encoding: Encoding, recordings: Sequence[Recording]) -> list[Recording]:
    """Return recordings normalised as a fitted encoding does."""
    return [
        replace(recording, segments=tuple(map(encoding.normalised, recording.segments))) for recording in recordings
    ]


def mirrored(encoding: Encoding, recordings: Sequence[Recording]) -> list[Recording]:
    """Return the mirror images of recordings of images, left for right, as recordings of other subjects."""

    def mirror(segment: Segment) -> Segment:
        images = segment.values.reshape(-1, *encoding.shape)
        return replace(segment, values=np.ascontiguousarray(images[..., ::-1]).reshape(segment.values.shape))

    return [
        replace(recording, subject=f"{recording.subject}{MIRRORED}", segments=tuple(map(mirror, recording.segments)))
        for recording in recordings
    ]


def captured_twice(recordings: Sequence[Recording], window: int) -> list[Recording]:
    """Leave out subjects of whom there is a single window of frames: nothing can be learned of what they keep."""
    windows: Counter[str] = Counter()
    for recording in recordings:
        windows[recording.subject] += sum(len(segment) - window + 1 for segment in recording.long_enough(window))
    return [recording for recording in recordings if windows[recording.subject] > 1]


def hold_out_tails(
    recordings: Sequence[Recording], window: int, fps: float, tail_s: float = 300.0
) -> tuple[list[Recording], list[Recording]]:
    """Split the end off each recording, for the validation of a classifier (paper 002 §5.5: the last 5 minutes).

    At most a fifth is split off, and nothing where either part would not hold two windows.

    Returns
    -------
    heads, tails : lists of Recording
    """
    heads, tails = [], []
    for recording in recordings:
        total = sum(map(len, recording.segments))
        cut = total - min(round(tail_s * fps), total // 5)
        head, tail = _cut(recording, cut)
        enough = all(sum(map(len, part.long_enough(window))) > window for part in (head, tail))
        heads.append(head if enough else recording)
        if enough:
            tails.append(tail)
    return heads, tails


def _cut(recording: Recording, cut: int) -> tuple[Recording, Recording]:
    """Return the first ``cut`` frames of a recording and the others."""
    before, after, passed = [], [], 0
    for segment in recording.segments:
        place = min(max(cut - passed, 0), len(segment))
        passed += len(segment)
        if place:
            before.append(Segment(segment.values[:place], segment.times[:place], segment.seams[:place]))
        if place < len(segment):
            after.append(Segment(segment.values[place:], segment.times[place:], segment.seams[place:]))
    return replace(recording, segments=tuple(before)), replace(recording, segments=tuple(after))
