"""Embedding whole recordings with a network as it stands, for validation and for studies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from lineament.evaluation.tracks import Track
from lineament.networks import Network
from lineament.training.windows import Recording

Float32Array = NDArray[np.float32]
IntArray = NDArray[np.int64]
CHUNK_FRAMES = 16_384
CHUNK_WINDOWS = 256


def embed_frames(network: Network, frames: Float32Array, seams: NDArray[np.bool_], starts: IntArray) -> Float32Array:
    """Embed the windows of one stretch, in pieces that fit into memory.

    Parameters
    ----------
    network : Network
        In evaluation mode.
    frames : float32 array (T, F)
    seams : bool array (T,)
    starts : int array (N,)
        First frame of each window, rising.

    Returns
    -------
    float32 array (N, dim)
    """
    device = next(iter([*network.parameters(), *network.buffers()])).device
    window, parts = network.window, []
    step = CHUNK_FRAMES if network.dense else CHUNK_WINDOWS
    with torch.inference_mode():
        first = 0
        while first < len(starts):
            if network.dense:
                last = int(np.searchsorted(starts, starts[first] + step))
                begin, end = starts[first], starts[last - 1] + window
                values, marks, places = (
                    torch.from_numpy(part).to(device)
                    for part in (
                        frames[begin:end][None],
                        seams[begin:end][None].astype(np.float32),
                        starts[first:last] - begin,
                    )
                )
                embedded = network(values, marks, places)[0]
            else:
                last = min(first + step, len(starts))
                chosen = np.lib.stride_tricks.sliding_window_view(frames, window, axis=0)[starts[first:last]]
                embedded = network(torch.from_numpy(np.ascontiguousarray(chosen.transpose(0, 2, 1))).to(device))
            parts.append(embedded.float().cpu().numpy())
            first = last
    return np.concatenate(parts)


def embed_captures(network: Network, recordings: Sequence[Recording], fps: float) -> list[Track]:
    """Embed recordings that are made of whole windows (images, sentences), many recordings in one pass.

    Parameters
    ----------
    recordings : sequence of Recording
        Normalised; each segment as long as a window, or windows of one frame.

    Returns
    -------
    list of Track
        One for each recording that has any.
    """
    recordings = [recording for recording in recordings if recording.segments]
    if not recordings:
        return []
    window, segments = network.window, [segment for recording in recordings for segment in recording.segments]
    device = next(iter([*network.parameters(), *network.buffers()])).device
    parts = []
    with torch.inference_mode():
        for first in range(0, len(segments), CHUNK_WINDOWS):
            some = segments[first : first + CHUNK_WINDOWS]
            frames = np.concatenate([segment.values for segment in some]).reshape(-1, window, network.inputs)
            seams = np.concatenate([segment.seams for segment in some]).reshape(-1, window).astype(np.float32)
            embedded = network.embed_windows(torch.from_numpy(frames).to(device), torch.from_numpy(seams).to(device))
            parts.append(embedded.float().cpu().numpy())
    ends = np.cumsum([sum(map(len, recording.segments)) // window for recording in recordings])
    tracks = []
    for recording, vectors in zip(recordings, np.split(np.concatenate(parts), ends[:-1]), strict=True):
        said = np.flatnonzero(vectors.any(axis=1))  # all zero: every frame of the window is masked by seams
        if len(said):
            where = recording.subject, recording.session
            tracks.append(Track(*where, said * window / fps, window / fps, vectors[said]))
    return tracks


def embed_recording(network: Network, recording: Recording, fps: float, stride_s: float) -> Track | None:
    """Embed windows of a recording every ``stride_s`` seconds of each of its stretches.

    Parameters
    ----------
    recording : Recording
        Normalised.

    Returns
    -------
    Track or None
        On a clock that counts signal and not gaps; None where no stretch holds a window.
    """
    starts, vectors, passed = [], [], 0
    stride = max(1, round(stride_s * fps))
    for segment in recording.segments:
        if len(segment) >= network.window:
            places = np.arange(0, len(segment) - network.window + 1, stride)
            embedded = embed_frames(network, segment.values, segment.seams, places)
            said = np.any(embedded, axis=1)  # all zero: every frame of the window is masked by seams
            starts.append((passed + places[said]) / fps)
            vectors.append(embedded[said])
        passed += len(segment)
    if not any(map(len, starts)):
        return None
    return Track(
        recording.subject, recording.session, np.concatenate(starts), network.window / fps, np.concatenate(vectors)
    )
