"""Signatures as frames: `lineament.recipes.signature_components.SignatureEncoding` says which features.

The course of the pen is resampled evenly in time to a fixed number of points, so that a signature is one window.
Derivatives are central differences over that even grid, in true seconds.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from lineament.encodings.encoding import Encoding
from lineament.encodings.segment import Segment
from lineament.encodings.signature_features import FEATURES, Course
from lineament.errors import SignalError
from lineament.recipes.signature_components import SignatureEncoding
from lineament.signals import Sample

FloatArray = NDArray[np.float64]
FLAT = 1e-6
"""A feature that deviates less within a signature tells nothing there: it is left at 0."""


class SignatureFrames(Encoding):
    """Encodes signatures as a `SignatureEncoding` says; a signature is one segment of as many frames as it says.

    Parameters
    ----------
    component : SignatureEncoding

    Examples
    --------
    >>> from lineament.signals.signature import signature_sample
    >>> way = np.stack([np.linspace(0, 40, 60), np.sin(np.arange(60)), np.ones(60)], axis=1)
    >>> encoding = SignatureFrames(SignatureEncoding(features=("path", "speed"), length=50))
    >>> [segment] = encoding.encode(signature_sample(way, np.arange(60) / 100, ("x", "y", "down")))
    >>> encoding.names, segment.values.shape
    (('path_x', 'path_y', 'speed'), (50, 3))
    """

    modality = "signature"
    spec_type = SignatureEncoding
    unit: ClassVar[str] = "points"
    component: SignatureEncoding

    def __init__(self, component: SignatureEncoding) -> None:
        self.component = component
        self.names = tuple(name for feature in component.features for name in FEATURES[feature].names)
        self.channels = tuple(dict.fromkeys(c for feature in component.features for c in FEATURES[feature].channels))
        self.shape = (len(self.names),)

    def encode(self, sample: Sample) -> list[Segment]:
        """Return the signature as one segment.

        Raises
        ------
        SignalError
            When the sample is no signature, or lacks a channel that is encoded.
        """
        if sample.modality != "signature":
            raise SignalError(f"{sample.source}: a signature", sample.modality, "choose an encoding for this modality")
        sample.columns(self.channels)
        length = self.component.length
        values = self.frames(sample)
        segment = Segment(values.astype(np.float32), np.arange(length, dtype=np.float64), np.zeros(length, dtype=bool))
        return [self.normalised(segment)]

    def frames(self, sample: Sample) -> FloatArray:
        """Return the features at even times, not normalised over people, (length, features)."""
        course = Course.of(sample, self.component.length, self.component.pause_s, upright=self.component.upright)
        values = np.concatenate([FEATURES[feature].of(course) for feature in self.component.features], axis=1)
        if not self.component.within:
            return values
        centred: FloatArray = values - values.mean(axis=0)
        deviation = centred.std(axis=0)
        return np.where(deviation > FLAT, centred / np.maximum(deviation, FLAT), 0.0)
