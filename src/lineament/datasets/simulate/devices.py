"""Devices: their frame rates, jitter, lost frames, lost controllers and noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lineament.datasets.simulate.kinematics import FloatArray
from lineament.errors import LineamentError
from lineament.registry import nearest


@dataclass(frozen=True)
class Device:
    """A headset with two controllers.

    Parameters
    ----------
    name : str
        Identifier.
    fps : float
        Frames a second.
    jitter_ms : float
        Standard deviation of a frame's time.
    position_noise, rotation_noise : float
        Standard deviations of the white noise of one frame, in cm and degrees (Niehorster et al. 2017: well below a
        millimetre and a tenth of a degree for a tracked headset).
    stalls : float
        Times a minute at which the recording skips some frames.
    losses : float
        Times a minute at which a controller is not tracked for a while.
    loss_s : float
        Median length of such a loss.
    """

    name: str
    fps: float
    jitter_ms: float = 0.0
    position_noise: float = 0.0
    rotation_noise: float = 0.0
    stalls: float = 0.0
    losses: float = 0.0
    loss_s: float = 0.2


DEVICES: dict[str, Device] = {
    device.name: device
    for device in (
        Device("ideal", 90.0),
        Device("standalone-72", 72.0, 0.6, 0.015, 0.04, 0.8, 0.5),
        Device("standalone-90", 90.0, 0.5, 0.012, 0.03, 0.6, 0.4),
        Device("tethered-80", 80.0, 0.3, 0.01, 0.02, 0.3, 0.3),
        Device("tethered-90", 90.0, 0.3, 0.008, 0.02, 0.3, 0.2),
        Device("console-120", 120.0, 0.2, 0.015, 0.03, 0.2, 0.6),
    )
}


def device_named(name: str) -> Device:
    """Return a device.

    Raises
    ------
    LineamentError
        When there is none of that name.
    """
    if name not in DEVICES:
        raise LineamentError("simulated motion: a device", repr(name), nearest(name, list(DEVICES)))
    return DEVICES[name]


def jittered(times: FloatArray, device: Device, rng: np.random.Generator) -> FloatArray:
    """Return the times with the device's jitter, still ascending and beginning at the same time."""
    if device.jitter_ms == 0.0:
        return times
    step = 1.0 / device.fps
    noise = np.clip(rng.normal(0.0, device.jitter_ms / 1000.0, len(times)), -0.45 * step, 0.45 * step)
    noise[0] = 0.0
    moved: FloatArray = times + noise
    return moved


def kept_frames(frames: int, device: Device, rng: np.random.Generator) -> np.ndarray:
    """Return which frames were recorded (bool, (frames,)); the first always is."""
    kept = np.ones(frames, dtype=bool)
    for start, stop in _spans(frames, device.stalls, 0.05, device.fps, rng):
        kept[max(start, 1) : stop] = False
    return kept


def lost_frames(frames: int, device: Device, rng: np.random.Generator) -> np.ndarray:
    """Return in which frames a controller was not tracked (bool, (frames,))."""
    lost = np.zeros(frames, dtype=bool)
    for start, stop in _spans(frames, device.losses, device.loss_s, device.fps, rng):
        lost[start:stop] = True
    return lost


def _spans(frames: int, a_minute: float, seconds: float, fps: float, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Draw spans of frames: so many a minute, log-normal in length."""
    count = int(rng.poisson(a_minute * frames / fps / 60.0))
    starts = rng.integers(0, max(frames, 1), count)
    lengths = np.maximum(np.rint(seconds * fps * np.exp(0.6 * rng.standard_normal(count))), 1).astype(int)
    return [(int(start), int(start + length)) for start, length in zip(starts, lengths, strict=True)]
