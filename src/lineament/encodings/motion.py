"""The motion encoding: a recording of head and hands becomes stretches of features at a steady rate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from lineament.encodings.encoding import Encoding
from lineament.encodings.motion_features import FEATURE_SETS, Frames
from lineament.encodings.normalisation import Normalisation
from lineament.encodings.segment import Segment
from lineament.errors import RecipeError, SignalError
from lineament.recipes.components import MotionEncoding
from lineament.signals import Sample
from lineament.signals.motion import CHANNELS, JOINTS
from lineament.signals.resampling import resample

FloatArray = NDArray[np.float64]


class MotionFeatures(Encoding):
    """Encodes motion as a `MotionEncoding` says.

    Parameters
    ----------
    component : MotionEncoding
        Which feature sets of which joints, at which rate.

    Attributes
    ----------
    names : tuple of str
        A name for each feature: set, joint, what, axis ("BRA_left_hand_pos_x").
    lost : int
        Frames lost at the beginning of each stretch, since some features look back (BRV 1, BRA 2).

    Raises
    ------
    RecipeError
        When the joints leave a feature set empty.

    Examples
    --------
    >>> encoding = MotionFeatures(MotionEncoding(features=("BRV", "statics"), joints=("head",)))
    >>> encoding.names[:4], encoding.lost
    (('BRV_head_rot_x', 'BRV_head_rot_y', 'BRV_head_rot_z', 'BRV_head_rot_w'), 1)
    >>> encoding.names[4:]
    ('statics_head_pos_y', 'statics_head_up_x', 'statics_head_up_z')
    """

    modality = "motion"
    spec_type = MotionEncoding
    component: MotionEncoding

    def __init__(self, component: MotionEncoding) -> None:
        self.component, joints = component, component.joints
        still = _stand_in(max(component.lags) + 3)
        frames = Frames(still)
        for name in component.features:
            if not list(FEATURE_SETS.get(name)(frames, component)):
                raise RecipeError(f"features {name}: a hand among the joints", str(joints), "add one, or drop it")
        values, self.names = _compute(frames, component)
        self.shape = (len(self.names),)
        self.lost = len(still) - len(values)
        self.channels = tuple(frames.used)
        self.fps, self.max_gap_s, self.joins = component.fps, component.max_gap_s, component.join

    def features(self, sample: Sample) -> Iterator[tuple[FloatArray, FloatArray]]:
        """Yield the times (T,) and the features (T, features), not normalised, of each stretch without a gap.

        Raises
        ------
        SignalError
            When the sample is not motion, or a joint that is asked for is absent or never tracked.
        """
        for piece in resample(self._asked_for(sample), self.fps, self.component.max_gap_s):
            for stretch in _tracked(piece):
                if len(stretch) > self.lost:
                    values, _ = _compute(Frames(stretch), self.component)
                    yield stretch.times[self.lost :], values

    def encode(self, sample: Sample) -> list[Segment]:
        """Return the stretches of a recording, normalised once fitted; one joined stretch where the spec says `join`.

        Parameters
        ----------
        sample : Sample
            A canonical motion sample.

        Returns
        -------
        list of Segment
            None of them with NaN; an empty list where no stretch is long enough for the features.

        Raises
        ------
        SignalError
            As `features` does.
        """
        segments: list[Segment] = []
        for times, values in self.features(sample):
            seams = np.zeros(len(times), dtype=bool)
            seams[0] = self.component.join and bool(segments)
            if self.normalisation is not None:
                values = self.normalisation.apply(values)
            segments.append(Segment(values.astype(np.float32), times, seams))
        if self.component.join and len(segments) > 1:
            return [_joined(segments)]
        return segments

    def fit(self, samples: Iterable[Sample]) -> None:
        """Set the normalisation to the mean and standard deviation of these samples' frames, before they are rounded.

        Raises
        ------
        SignalError
            When they have no frames.
        """
        self.normalisation = Normalisation.fit(values for sample in samples for _, values in self.features(sample))

    def _asked_for(self, sample: Sample) -> Sample:
        """Return the sample with the channels that are needed alone, so that a lost spare joint splits nothing."""
        if sample.modality != "motion":
            raise SignalError(f"{sample.source}: motion", sample.modality, "choose an encoding for this modality")
        untracked = [
            channel
            for channel in self.channels
            if channel not in sample.channels or not np.isfinite(sample.column(channel)).any()
        ]
        if untracked:
            joints = [joint for joint in JOINTS if any(name.startswith(joint) for name in untracked)]
            raise SignalError(
                f"{sample.source}: the {' and '.join(joints).replace('_', ' ')} ({', '.join(untracked)})",
                "a recording that never tracked them",
                "record them, or choose an encoding with other joints or features",
            )
        return sample.replace(values=sample.columns(self.channels), channels=self.channels)


def _joined(segments: list[Segment]) -> Segment:
    values = np.concatenate([segment.values for segment in segments])
    times = np.concatenate([segment.times for segment in segments])
    return Segment(values, times, np.concatenate([segment.seams for segment in segments]))


def _compute(frames: Frames, spec: MotionEncoding) -> tuple[FloatArray, tuple[str, ...]]:
    """Return the features (T - lost, features) and their names."""
    columns, names = [], []
    for feature_set in spec.features:
        for part, axes, values in FEATURE_SETS.get(feature_set)(frames, spec):
            columns.append(values)
            names += [f"{feature_set}_{part}_{axis}" for axis in axes]
    frames_left = min(map(len, columns))
    return np.concatenate([values[len(values) - frames_left :] for values in columns], axis=1), tuple(names)


def _tracked(piece: Sample) -> Iterator[Sample]:
    """Yield the runs of frames without NaN (a loss of tracking too long to interpolate ends a run)."""
    tracked = np.isfinite(piece.values).all(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], tracked, [False]]).astype(np.int8)))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        yield piece.replace(values=piece.values[start:stop], times=piece.times[start:stop])


def _stand_in(frames: int) -> Sample:
    """Return a recording of every joint standing still."""
    values = np.tile([float(channel.endswith("w")) for channel in CHANNELS], (frames, 1))
    return Sample("motion", values, np.arange(frames, dtype=np.float64), CHANNELS, source="stand-in")
