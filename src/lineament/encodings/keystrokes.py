"""The keystroke encoding: what somebody typed becomes a frame of latencies a key."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lineament.encodings.encoding import PRESENT, Encoding
from lineament.encodings.segment import Segment
from lineament.errors import AcquisitionError, SignalError
from lineament.recipes.keystroke_components import KeystrokeEncoding, Latency
from lineament.signals import Sample
from lineament.signals.key_codes import CODES, UNKNOWN
from lineament.signals.keystrokes import CHANNELS, MODALITY

FloatArray = NDArray[np.float64]


class KeystrokeFeatures(Encoding):
    """Encodes keystrokes as a `KeystrokeEncoding` says; each key is one frame.

    A latency that is not there (the first key has none to the key before; a release was not seen) is at its mean, 0,
    once the encoding is fitted, as all of a filled-up frame is; before, it is NaN.

    Parameters
    ----------
    component : KeystrokeEncoding

    Examples
    --------
    >>> from lineament.signals.keystrokes import keystroke_sample
    >>> encoding = KeystrokeFeatures(KeystrokeEncoding(features=("hold", "release_press"), compression_s=None))
    >>> [segment] = encoding.encode(keystroke_sample([0.0, 0.125], [0.25, 0.25], ["a", "b"]))
    >>> encoding.names, segment.values.tolist()
    (('hold', 'release_press', 'key'), [[0.25, nan, 65.0], [0.125, -0.125, 66.0]])
    """

    modality = MODALITY
    spec_type = KeystrokeEncoding
    unit = "keys"
    component: KeystrokeEncoding
    channels = CHANNELS

    def __init__(self, component: KeystrokeEncoding) -> None:
        self.component, self.least = component, component.least
        present = (PRESENT,) if component.length else ()
        self.names = (*component.features, *present, *(("key",) if component.key else ()))
        self.shape = (len(self.names),)
        self.categories = {self.names.index("key"): CODES} if component.key else {}

    def encode(self, sample: Sample) -> list[Segment]:
        """Return the keys as the frames of one segment, normalised once fitted; none where there are too few keys.

        Raises
        ------
        SignalError
            When the sample is of something else than keystrokes.
        AcquisitionError
            When it is of other keys than the spec's phrase.
        """
        if sample.modality != MODALITY:
            raise SignalError(f"{sample.source}: keystrokes", sample.modality, "choose an encoding for this modality")
        if len(sample) < self.component.least:
            return []
        self._check_phrase(sample)
        values = self._frames(sample)
        times = np.arange(len(values), dtype=np.float64)
        plain = Segment(values.astype(np.float32), times, np.zeros(len(values), dtype=bool))
        return [self.normalised(plain)]

    def _check_phrase(self, sample: Sample) -> None:
        """Refuse a sample of other keys than the phrase, where there is one; a key that is not known is let pass."""
        phrase, keys = self.component.phrase, sample.column("key")
        if phrase is None:
            return
        common = min(len(phrase), len(keys))
        wrong = np.flatnonzero((keys[:common] != phrase[:common]) & (keys[:common] != UNKNOWN))
        if len(wrong) or len(phrase) != len(keys):
            came = f"another at key {wrong[0] + 1}" if len(wrong) else f"{len(keys)} keys"
            raise AcquisitionError(
                f"{sample.source}: the phrase of {len(phrase)} keys", came, "type it again without a mistake"
            )

    def _frames(self, sample: Sample) -> FloatArray:
        """Return the frames (T, features), or (length, features), NaN where there is nothing to say."""
        spec = self.component
        kept = len(sample) if spec.length is None else min(len(sample), spec.length)
        press, release, key = sample.columns(CHANNELS)[:kept].T
        columns = [_compressed(latency(name, press, release), spec) for name in spec.features]
        if spec.length is not None:
            columns.append(np.ones(kept))
        if spec.key:
            columns.append(key)
        values = np.column_stack(columns)
        if spec.length is None or kept == spec.length:
            return values
        empty = np.zeros((spec.length - kept, values.shape[1]))
        empty[:, : len(spec.features)] = np.nan
        return np.concatenate([empty, values])


def latency(name: Latency, press: FloatArray, release: FloatArray) -> FloatArray:
    """Return a latency (T,) of keys pressed and released at these times (T,), seconds; see `KeystrokeEncoding`.

    Examples
    --------
    >>> latency("press_press", np.array([0.0, 0.2, 0.5]), np.array([0.1, 0.25, 0.6])).round(2).tolist()
    [nan, 0.2, 0.3]
    """
    if name == "hold":
        return release - press
    before, after = name.split("_")
    times = {"press": press, "release": release}
    return np.concatenate([[np.nan], times[after][1:] - times[before][:-1]])


def _compressed(seconds: FloatArray, spec: KeystrokeEncoding) -> FloatArray:
    """Return latencies, bounded and compressed as the spec says."""
    bounded: FloatArray = np.clip(seconds, -spec.longest_s, spec.longest_s)
    return bounded if spec.compression_s is None else np.arcsinh(bounded / spec.compression_s)
