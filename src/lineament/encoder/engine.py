"""The network of an encoder, run by ONNX Runtime on one thread.

There are two shapes of network. A *windowed* one has the input ``frames`` (B, W, F) and the output (B, dim). A *dense*
one has the inputs ``frames`` (1, T, F), ``seams`` (1, T) and ``starts`` (N,), the first frame of each window wanted,
and the output (1, N, dim): it reads the whole stretch once, whatever the number of windows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from lineament.encodings import Segment
from lineament.errors import EncoderError

Float32Array = NDArray[np.float32]
Starts = NDArray[np.int64]
FRAMES_AT_ONCE = 8192
"""Frames between the first and the last window of one dense pass: bounds the memory of a recording of any length."""
WINDOWS_AT_ONCE = 1024
NUMBERS_AT_ONCE = 1_000_000
"""Input numbers in a batch of a windowed network."""
QUIET = 3
"""ONNX Runtime logs errors only: a damaged file is reported by an exception."""


class Engine:
    """A network, ready to run.

    Parameters
    ----------
    content : bytes
        The ONNX file.
    where : str
        Where it came from, for messages.

    Attributes
    ----------
    dense : bool
    dim : int
        Length of an embedding.
    inputs : int
        Features of a frame.
    metadata : dict
        The entries ``lineament.*`` of the file, without that prefix.

    Raises
    ------
    EncoderError
        When it is no network, or none of the two shapes.
    """

    def __init__(self, content: bytes, where: str) -> None:
        self.where = where
        self.sha256 = hashlib.sha256(content).hexdigest()
        self._content = content
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = QUIET
        try:
            self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's errors have no common base but this
            raise EncoderError(f"{where}: an ONNX network", _first_line(error), "restore the file") from error
        shapes = {node.name: node.shape for node in self._session.get_inputs()}
        outputs = self._session.get_outputs()
        known = ({"frames"}, {"frames", "seams", "starts"})
        if set(shapes) not in known or len(outputs) != 1 or len(shapes["frames"]) != 3:
            raise EncoderError(
                f"{where}: the inputs 'frames' (windowed), or 'frames', 'seams' and 'starts' (dense), and one output",
                f"{', '.join(shapes) or 'no input'} and {len(outputs)} outputs",
                "export the network with lineament",
            )
        self.dense = "seams" in shapes
        self._output = outputs[0].name
        inputs, dim = shapes["frames"][2], outputs[0].shape[-1] if outputs[0].shape else None
        if not isinstance(inputs, int) or not isinstance(dim, int):
            raise EncoderError(
                f"{where}: a fixed number of features and of embedding values", f"{inputs} and {dim}", "export it again"
            )
        self.inputs, self.dim = inputs, dim
        properties = self._session.get_modelmeta().custom_metadata_map
        self.metadata = {
            key.partition(".")[2]: value for key, value in properties.items() if key.startswith("lineament.")
        }

    @property
    def content(self) -> bytes:
        """The ONNX file."""
        return self._content

    def embed(self, segment: Segment, starts: Starts, window: int) -> Float32Array:
        """Return the embeddings of windows of a segment, (N, dim).

        Parameters
        ----------
        segment : Segment
            Encoded frames (T, features).
        starts : int array (N,)
            The first frame of each window, rising.
        window : int
            Frames in a window.

        Raises
        ------
        EncoderError
            When the network cannot take windows of that length, or gives numbers that are not finite.
        """
        if not len(starts):
            return np.empty((0, self.dim), dtype=np.float32)
        parts = self._dense(segment, starts, window) if self.dense else self._windowed(segment, starts, window)
        embeddings = np.concatenate(list(parts))
        if embeddings.shape != (len(starts), self.dim) or not np.isfinite(embeddings).all():
            raise EncoderError(
                f"{self.where}: {len(starts)} finite embeddings of {self.dim} numbers",
                f"shape {embeddings.shape}" if np.isfinite(embeddings).all() else "NaN or infinity",
                "restore the encoder's folder, or train it again",
            )
        return embeddings

    def _dense(self, segment: Segment, starts: Starts, window: int) -> Iterator[Float32Array]:
        """Yield embeddings of runs of windows; runs overlap by a window less one frame, so every number is the same."""
        first = 0
        while first < len(starts):
            begin = starts[first]
            last = min(first + WINDOWS_AT_ONCE, int(np.searchsorted(starts, begin + FRAMES_AT_ONCE, side="right")))
            stop = starts[last - 1] + window
            yield self._run(
                {
                    "frames": segment.values[None, begin:stop],
                    "seams": segment.seams[None, begin:stop].astype(np.float32),
                    "starts": starts[first:last] - begin,
                }
            )[0]
            first = last

    def _windowed(self, segment: Segment, starts: Starts, window: int) -> Iterator[Float32Array]:
        """Yield embeddings of batches of windows."""
        views = np.lib.stride_tricks.sliding_window_view(segment.values, window, axis=0)
        batch = max(1, NUMBERS_AT_ONCE // (window * self.inputs))
        for first in range(0, len(starts), batch):
            windows = views[starts[first : first + batch]].transpose(0, 2, 1)
            yield self._run({"frames": np.ascontiguousarray(windows)})

    def _run(self, feed: dict[str, NDArray[np.float32] | Starts]) -> Float32Array:
        try:
            output: Float32Array = self._session.run([self._output], feed)[0]
        except Exception as error:  # ONNX Runtime's errors have no common base but this
            raise EncoderError(
                f"{self.where}: a network that takes {feed['frames'].shape} frames",
                _first_line(error),
                "restore the encoder's folder, or export the network again",
            ) from error
        return output


def _first_line(error: Exception) -> str:
    """Return the beginning of a message of ONNX Runtime."""
    return f"'{(str(error).splitlines() or [type(error).__name__])[0][:160]}'"
