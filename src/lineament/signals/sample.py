"""The `Sample`: one recording or image, validated when it is made and never changed after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lineament.errors import SignalError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sample:
    """One recording, or one image or more of one capture.

    Parameters
    ----------
    modality : str
        What was measured, e.g. ``"motion"``.
    values : array (T, ..., channels)
        The measurements, in the modality's canonical units and axes: (T, channels) of a recording, (T, height, width,
        channels) of images. NaN stands for "not tracked in this frame".
    times : array (T,)
        Seconds since the start of the recording. A clock may stutter or run backwards: resampling deals with it.
    channels : tuple of str
        A name for each place along the last axis of `values`.
    subject, session : str, optional
        Who and when, where known.
    attributes : mapping
        Whatever else is known: device, task, scene.
    source : str
        Where it came from, for messages.

    Raises
    ------
    SignalError
        When it is empty, shapes disagree, a name is repeated, or a time is not finite.

    Examples
    --------
    >>> s = Sample("motion", [[0.0], [1.0]], [0.0, 0.1], ("head_pos_x",))
    >>> s.duration, len(s)
    (0.1, 2)
    """

    modality: str
    values: FloatArray
    times: FloatArray
    channels: tuple[str, ...]
    subject: str | None = None
    session: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    source: str = "sample"

    def __post_init__(self) -> None:
        """Take private read-only copies and validate them."""
        values, times = _frozen(self.values), _frozen(self.times)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "times", times)
        object.__setattr__(self, "channels", tuple(self.channels))
        object.__setattr__(self, "attributes", dict(self.attributes))
        if values.ndim < 2 or values.shape[-1] != len(self.channels):
            raise SignalError(
                f"{self.source}: values of shape (frames, {len(self.channels)}), images between the two",
                f"shape {values.shape}",
                "name each column",
            )
        if values.size == 0:
            raise SignalError(f"{self.source}: at least one frame", "an empty recording", "record it again")
        if times.shape != (len(values),):
            raise SignalError(
                f"{self.source}: a time for each of {len(values)} frames", f"shape {times.shape}", "fix the clock"
            )
        if len(set(self.channels)) != len(self.channels):
            raise SignalError(
                f"{self.source}: channel names that differ", f"{self.channels}", "rename the repeated ones"
            )
        if not np.isfinite(times).all():
            raise SignalError(f"{self.source}: finite times", "NaN or infinity", "drop the frames without a time")

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.values)

    @property
    def duration(self) -> float:
        """Seconds from the earliest to the latest frame."""
        return float(self.times.max() - self.times.min())

    def column(self, name: str) -> FloatArray:
        """Return one channel, shape (T, ...).

        Raises
        ------
        SignalError
            When there is no channel of that name.
        """
        return self.columns((name,))[..., 0]

    def columns(self, names: tuple[str, ...]) -> FloatArray:
        """Return several channels, shape (T, ..., len(names)), in the order asked for.

        Raises
        ------
        SignalError
            When one is missing.
        """
        missing = [name for name in names if name not in self.channels]
        if missing:
            raise SignalError(
                f"{self.source}: the channels {', '.join(missing)}", "a recording without them", "record these joints"
            )
        return self.values[..., [self.channels.index(name) for name in names]]

    def replace(self, **changes: Any) -> Sample:
        """Return a copy with some fields changed (validated anew)."""
        return replace(self, **changes)

    def between(self, start: float, stop: float) -> Sample:
        """Return the frames with ``start <= time < stop`` (seconds); times keep their origin.

        Raises
        ------
        SignalError
            When no frame lies there.
        """
        inside = (self.times >= start) & (self.times < stop)
        if not inside.any():
            raise SignalError(
                f"{self.source}: frames between {start:g} s and {stop:g} s",
                f"a recording of {self.times.min():g} s to {self.times.max():g} s",
                "ask for a span inside it",
            )
        return self.replace(values=self.values[inside], times=self.times[inside])


def _frozen(values: ArrayLike) -> FloatArray:
    """Return a read-only float64 copy."""
    array = np.array(values, dtype=np.float64)
    array.flags.writeable = False
    return array
