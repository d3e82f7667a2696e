"""Trajectories of simulated people: minimum-jerk steps laid one over the other, and noise within a band.

Everything here evaluates a whole recording at once, at any times asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

OVERLAP = 3
"""At most so many steps of one track are under way at the same time."""


def minimum_jerk(progress: FloatArray) -> FloatArray:
    """Return how much of a reach is done at each part of its duration (Flash and Hogan 1985).

    Examples
    --------
    >>> minimum_jerk(np.array([0.0, 0.5, 1.0]))
    array([0. , 0.5, 1. ])
    """
    done: FloatArray = progress * progress * progress * (10.0 + progress * (6.0 * progress - 15.0))
    return done


def _bump(progress: FloatArray) -> FloatArray:
    """Return a smooth bump: 0 at both ends with their first two derivatives, 1 in the middle."""
    rest = progress * (1.0 - progress)
    bump: FloatArray = 64.0 * rest * rest * rest
    return bump


@dataclass(frozen=True)
class Steps:
    """A track that goes from target to target by minimum-jerk steps.

    A step that begins before the last is over is added to it: the superposition by which people change a reach under
    way (Flash and Henis 1991).

    Parameters
    ----------
    starts : array (n,)
        Seconds at which each step begins, ascending.
    durations : array (n,)
        Seconds each takes; cut where more than `OVERLAP` steps would be under way at once.
    targets : array (n + 1, k)
        Where the track is before the first step and after each.
    bulges : array (n, k), optional
        By how much each path is bowed in its middle.
    overshoot : float
        Part of each step by which it goes too far before it comes back.
    """

    starts: FloatArray
    durations: FloatArray
    targets: FloatArray
    bulges: FloatArray | None = None
    overshoot: float = 0.0

    def at(self, times: FloatArray) -> FloatArray:
        """Return the track at `times` (T,), shape (T, k)."""
        steps = np.diff(self.targets, axis=0)
        current = np.searchsorted(self.starts, times, side="right")
        value: FloatArray = self.targets[current]
        if len(steps) == 0:
            return value
        durations = np.maximum(self._bounded(), 1e-3)
        for back in range(1, OVERLAP + 1):
            event = np.maximum(current - back, 0)
            progress = np.clip((times - self.starts[event]) / durations[event], 0.0, 1.0)
            progress[current < back] = 1.0
            done = self._response(progress)
            value -= (1.0 - done)[:, None] * steps[event]
            if self.bulges is not None:
                value += _bump(progress)[:, None] * self.bulges[event]
        return value

    def _response(self, progress: FloatArray) -> FloatArray:
        """Return the done part of a step, which overshoots and is corrected."""
        if self.overshoot == 0.0:
            return minimum_jerk(progress)
        reach = minimum_jerk(np.minimum(progress / 0.75, 1.0))
        correction = minimum_jerk(np.maximum(progress - 0.55, 0.0) / 0.45)
        return reach + self.overshoot * (reach - correction)

    def _bounded(self) -> FloatArray:
        """Return the durations, cut so that a step is over when the third after it begins."""
        durations = self.durations.copy()
        if len(durations) > OVERLAP:
            room = self.starts[OVERLAP:] - self.starts[:-OVERLAP]
            durations[:-OVERLAP] = np.minimum(durations[:-OVERLAP], room)
        return durations


def band_noise(frames: int, fps: float, low: float, high: float, channels: int, rng: np.random.Generator) -> FloatArray:
    """Return Gaussian noise of unit standard deviation within a band of frequencies.

    Parameters
    ----------
    frames : int
        How many to make.
    fps : float
        Frames a second. A band above half of it is folded down, as sampling a real tremor that slowly does.
    low, high : float
        The band in Hz; within it the power falls with the frequency, as that of posture does.
    channels : int
        Independent columns.
    rng : numpy Generator
        Source of randomness.

    Returns
    -------
    array (frames, channels)
    """
    finer = max(1, int(np.ceil(2.2 * high / fps)))
    size = scipy.fft.next_fast_len(max(frames * finer, int(2.0 * fps * finer / low)), real=True)
    frequencies = np.fft.rfftfreq(size, 1.0 / (fps * finer))
    first, last = np.searchsorted(frequencies, (low, high))
    last = max(int(last), int(first) + 1)
    count = min(last, len(frequencies)) - int(first)
    spectrum = np.zeros((channels, len(frequencies)), dtype=np.complex128)
    phasors = rng.standard_normal((2, channels, count))
    weights = 1.0 / np.maximum(frequencies[first : first + count], 1e-6)
    spectrum[:, first : first + count] = (phasors[0] + 1j * phasors[1]) * weights
    scale = size / (2.0 * np.sqrt((weights**2).sum()))
    noise: FloatArray = scipy.fft.irfft(spectrum, size, axis=1)[:, : frames * finer : finer].T * scale
    return noise


def euler_quaternion(yaw: FloatArray, pitch: FloatArray, roll: FloatArray) -> FloatArray:
    """Return the quaternions (x, y, z, w) of yaw about Y after pitch about X after roll about Z, radians, (T, 4).

    The same as composing `lineament.signals.rotations.from_axis` thrice, at a third of the cost.
    """
    cy, sy, cx, sx = np.cos(yaw / 2), np.sin(yaw / 2), np.cos(pitch / 2), np.sin(pitch / 2)
    cz, sz = np.cos(roll / 2), np.sin(roll / 2)
    quaternion: FloatArray = np.stack(
        [
            cy * sx * cz + sy * cx * sz,
            sy * cx * cz - cy * sx * sz,
            cy * cx * sz - sy * sx * cz,
            cy * cx * cz + sy * sx * sz,
        ],
        axis=-1,
    )
    return quaternion


def turned(vectors: FloatArray, yaw: FloatArray) -> FloatArray:
    """Return vectors (T, 3) turned about Y by `yaw` (T,) radians, forward towards right."""
    c, s = np.cos(yaw), np.sin(yaw)
    out = np.empty_like(vectors)
    out[:, 0] = c * vectors[:, 0] + s * vectors[:, 2]
    out[:, 1] = vectors[:, 1]
    out[:, 2] = c * vectors[:, 2] - s * vectors[:, 0]
    return out
