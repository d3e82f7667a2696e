"""The inertial encoding: accelerations and turns at a steady rate, as recorded or seen against gravity."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lineament.encodings.encoding import Encoding
from lineament.encodings.segment import Segment
from lineament.errors import SignalError
from lineament.recipes.inertial_components import InertialEncoding
from lineament.signals import Sample
from lineament.signals.inertial import ACCELERATIONS, TURNS
from lineament.signals.resampling import resample

FloatArray = NDArray[np.float64]
SETS = {"raw": "xyz", "aligned": "xyz", "changes": "xyz", "upright": ("up", "level"), "magnitudes": ("size",)}
"""The columns that each feature set gives for a sensor."""


class InertialFrames(Encoding):
    """Encodes inertial recordings as an `InertialEncoding` says.

    Parameters
    ----------
    component : InertialEncoding

    Attributes
    ----------
    lost : int
        Frames at the beginning of each stretch over which gravity is averaged first, none where all is raw; one more
        where changes are told.

    Examples
    --------
    >>> InertialFrames(InertialEncoding(features=("upright", "magnitudes"), sensors=("acc",))).names
    ('upright_acc_up', 'upright_acc_level', 'magnitudes_acc_size')
    """

    modality = "inertial"
    spec_type = InertialEncoding
    component: InertialEncoding

    def __init__(self, component: InertialEncoding) -> None:
        self.component = component
        self.names = tuple(
            f"{name}_{sensor}_{axis}"
            for name in component.features
            for sensor in component.sensors
            for axis in SETS[name]
        )
        self.shape = (len(self.names),)
        self.channels = ACCELERATIONS + (TURNS if "gyr" in component.sensors else ())
        self.fps, self.max_gap_s = component.fps, component.max_gap_s
        self._averaged = 1 if component.features == ("raw",) else max(round(component.gravity_s * component.fps), 1)
        self.lost = self._averaged - 1 + ("changes" in component.features)

    def encode(self, sample: Sample) -> list[Segment]:
        """Return the stretches of a recording, normalised once fitted.

        Returns
        -------
        list of Segment
            None of them with NaN; an empty list where no stretch is longer than gravity takes to find.

        Raises
        ------
        SignalError
            When the sample is of another modality, or lacks a sensor that is asked for.
        """
        if sample.modality != "inertial":
            raise SignalError(
                f"{sample.source}: an inertial recording", sample.modality, "choose an encoding for this modality"
            )
        known = sample.replace(values=sample.columns(self.channels), channels=self.channels)
        segments = []
        for piece in resample(known, self.fps, self.component.max_gap_s):
            for run in _measured(piece):
                if len(run) > self.lost:
                    values = self.features(run.values)
                    if self.normalisation is not None:
                        values = self.normalisation.apply(values)
                    seams = np.zeros(len(values), dtype=bool)
                    segments.append(Segment(values.astype(np.float32), run.times[self.lost :], seams))
        return segments

    def features(self, values: FloatArray) -> FloatArray:
        """Return the features (T - lost, features) of frames (T, channels) at the encoding's rate."""
        spec = self.component
        sensors = {"acc": values[:, :3], "gyr": values[:, 3:]}
        gravity = _running_mean(sensors["acc"], self._averaged)
        columns = []
        for kind in spec.features:
            for name in spec.sensors:
                whole = sensors[name][self._averaged - 1 :]
                moved = whole - _running_mean(sensors[name], self._averaged)
                match kind:
                    case "raw":
                        found = whole
                    case "aligned":
                        found = _upwards(moved, gravity, "xyz".index(spec.level))
                    case "changes":
                        found = np.diff(_upwards(moved, gravity, "xyz".index(spec.level)), axis=0)
                    case "upright":
                        found = _up_and_level(moved, gravity)
                    case "magnitudes":
                        # Of accelerations, gravity goes after the size is taken: sizes know no direction.
                        rest = np.linalg.norm(gravity, axis=1) if name == "acc" else 0.0
                        found = (np.linalg.norm(whole if name == "acc" else moved, axis=1) - rest)[:, None]
                columns.append(found[len(found) + self.lost - len(values) :])
        return np.concatenate(columns, axis=1)


def _measured(piece: Sample) -> Iterator[Sample]:
    """Yield the runs of frames without NaN."""
    known = np.isfinite(piece.values).all(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(np.int8)))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        yield piece.replace(values=piece.values[start:stop], times=piece.times[start:stop])


def _running_mean(values: FloatArray, frames: int) -> FloatArray:
    """Return the mean of each frame and those before it, (T - frames + 1, columns)."""
    centre = values.mean(axis=0)
    sums = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values - centre, axis=0)])
    mean: FloatArray = (sums[frames:] - sums[:-frames]) / frames + centre
    return mean


def _upwards(values: FloatArray, gravity: FloatArray, level: int) -> FloatArray:
    """Return vectors (T, 3) in axes of which y is against gravity (T, 3), and x the level part of a sensor's axis.

    Examples
    --------
    >>> _upwards(np.array([[0.0, 0.0, 9.8], [1.0, 0.0, 0.0]]), np.array([[0.0, 0.0, 9.8]] * 2), 0).round(3).tolist()
    [[0.0, 9.8, 0.0], [1.0, 0.0, 0.0]]
    """
    up = _unit(gravity)
    across = _unit(np.eye(3)[level] - up * up[:, level : level + 1])
    axes = np.stack([across, up, np.cross(across, up)], axis=1)
    turned: FloatArray = np.einsum("tij,tj->ti", axes, values)
    return turned


def _up_and_level(values: FloatArray, gravity: FloatArray) -> FloatArray:
    """Return the share of vectors (T, 3) against gravity and the size of the rest, (T, 2)."""
    up = (values * _unit(gravity)).sum(axis=1)
    return np.stack([up, np.sqrt(np.maximum((values**2).sum(axis=1) - up**2, 0.0))], axis=1)


def _unit(vectors: FloatArray) -> FloatArray:
    unit: FloatArray = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return unit
