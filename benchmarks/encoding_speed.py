"""How long encoding an hour of motion at 90 Hz takes, resampling included: ``python benchmarks/encoding_speed.py``."""

from __future__ import annotations

import argparse
import json
import time

import numpy as np

from lineament.encodings import build_encoding
from lineament.recipes.components import MotionEncoding
from lineament.signals import rotations
from lineament.signals.motion import CHANNELS
from lineament.signals.resampling import resample
from lineament.signals.sample import Sample

RECORDED_FPS = 90
SETS = {
    "SR": ("SR",),
    "BR": ("BR",),
    "BRV": ("BRV",),
    "BRA": ("BRA",),
    "BRV, BRA and statics": ("BRV", "BRA", "statics"),
    "all ten": (
        "SR", "BR", "BRV", "BRA", "statics", "positions", "orientations", "velocities", "turns", "differences",
    ),
}  # fmt: skip


def recording(minutes: float, seed: int = 0) -> Sample:
    """Return a random walk of head and hands at a jittering 90 Hz, with a loss of tracking every minute."""
    rng = np.random.default_rng(seed)
    frames = int(minutes * 60 * RECORDED_FPS)
    times = (np.arange(frames) + rng.uniform(-0.3, 0.3, frames)) / RECORDED_FPS
    columns = []
    for _ in range(3):
        columns.append(np.cumsum(rng.normal(0, 0.1, (frames, 3)), axis=0))
        columns.append(rotations.normalise(np.cumsum(rng.normal(0, 0.01, (frames, 4)), axis=0) + rotations.IDENTITY))
    values = np.concatenate(columns, axis=1)
    for start in range(0, frames - 20, 60 * RECORDED_FPS):
        values[start + 5 : start + 20, 7:14] = np.nan
    return Sample("motion", values, times, CHANNELS)


def best(work: object, repeats: int) -> float:
    """Return the least of several wall times, in seconds."""
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()  # type: ignore[operator]
        taken.append(time.perf_counter() - start)
    return min(taken)


def main() -> None:
    """Measure and print, as a table or as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--fps", type=float, nargs="+", default=[15.0, 90.0], help="rates of the encoding")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    sample = recording(given.minutes)
    rows = []
    for fps in given.fps:
        seconds = best(lambda fps=fps: resample(sample, fps), given.repeats)
        rows.append({"fps": fps, "what": "resampling alone", "seconds": round(seconds, 3)})
        for name, features in SETS.items():
            encoding = build_encoding(MotionEncoding(features=features, fps=fps))
            encoding.fit([sample.between(0, 60)])
            seconds = best(lambda encoding=encoding: encoding.encode(sample), given.repeats)
            rows.append({"fps": fps, "what": name, "seconds": round(seconds, 3)})
    if given.json:
        print(json.dumps({"minutes": given.minutes, "recorded_fps": RECORDED_FPS, "rows": rows}, indent=1))
        return
    print(f"{given.minutes:g} minutes at {RECORDED_FPS} Hz, 21 channels; the best of {given.repeats}")
    for row in rows:
        print(f"{row['fps']:5g} fps  {row['what']:22} {row['seconds']:7.3f} s")


if __name__ == "__main__":
    main()
