"""Was it recorded properly: the clock, the joints, and whether every frame holds a pose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lineament.signals.findings import Finding, fault, warning
from lineament.signals.motion import (
    JOINTS,
    NORM_TOLERANCE,
    has_position,
    has_rotation,
    position_names,
    rotation_names,
)
from lineament.signals.sample import Sample

FloatArray = NDArray[np.float64]

GAP_S = 0.5
FASTEST_FPS, FAST_FPS, SLOW_FPS, SLOWEST_FPS = 180.0, 130.0, 8.0, 2.0
"""Headsets track at 30 to 144 frames a second; logs are thinned to 10."""
STILL_S = 1.0
JUMP_CM_S = 1500.0


def rate_of(sample: Sample) -> float | None:
    """Return the frames a second of a recording (by the median step); None where its clock stands still."""
    steps = np.diff(sample.times)
    steps = steps[steps > 0]
    return float(1.0 / np.median(steps)) if len(steps) else None


def clock_facts(sample: Sample) -> dict[str, Any]:
    """Return duration, rate, jitter and gaps."""
    steps, rate = np.diff(sample.times), rate_of(sample)
    facts: dict[str, Any] = {"frames": len(sample), "duration_s": round(sample.duration, 3)}
    if rate is None:
        return facts
    low, high = np.percentile(steps[steps > 0], [5, 95])
    gaps = steps[steps > max(GAP_S, 5.0 / rate)]
    return facts | {
        "fps": float(f"{rate:.5g}"),
        "jitter_ms": round(float(high - low) * 500.0, 2),
        "gaps": len(gaps),
        "longest_gap_s": round(float(gaps.max()), 3) if len(gaps) else 0.0,
        "repeated_times": int((steps == 0).sum()),
        "backward_times": int((steps < 0).sum()),
    }


def check_clock(sample: Sample) -> Iterator[Finding]:
    """Yield what is wrong with the times."""
    if len(sample) < 2:
        yield fault("clock", "there is a single frame: nothing moves in it", "record at least some seconds")
        return
    rate = rate_of(sample)
    if rate is None:
        yield fault(
            "clock",
            "the clock stands still: all times are equal",
            "drop the column delta_time_ms and give the rate: --fps 90",
        )
        return
    yield from _check_rate(rate)
    yield from _check_steps(sample, rate)


def _check_rate(rate: float) -> Iterator[Finding]:
    units = {1e-3: "seconds", 1e3: "microseconds", 1e6: "nanoseconds"}
    meant = next((unit for factor, unit in units.items() if 9.0 < rate * factor < 250.0), None)
    if (rate > 1000.0 or rate < SLOWEST_FPS) and meant:
        yield fault(
            "clock",
            f"{rate:.3g} frames a second: the clock seems to hold {meant}, not milliseconds",
            f"convert the times from {meant} to milliseconds",
        )
    elif rate > FASTEST_FPS:
        yield fault(
            "clock",
            f"{rate:.0f} frames a second, more than headsets track: the clock runs too fast (time is compressed)",
            f"correct the times, or drop them and give the rate the device had: --fps {_likely(rate)}",
        )
    elif rate < SLOWEST_FPS:
        yield fault(
            "clock", f"{rate:.2g} frames a second: too few to show how anybody moves", "record at 15 or more a second"
        )
    elif rate > FAST_FPS:
        yield warning("clock", f"{rate:.0f} frames a second, which few headsets reach", "check the clock")
    elif rate < SLOW_FPS:
        yield warning("clock", f"{rate:.1f} frames a second: fine motion is lost", "record at 15 or more a second")


def _likely(rate: float) -> str:
    """Return the common rate that is a whole fraction of a rate, or the usual one."""
    for parts in (2, 3, 4, 5, 10):
        for common in (90, 72, 60, 120, 80, 30):
            if abs(rate / parts / common - 1) < 0.03:
                return str(common)
    return "90"


def _check_steps(sample: Sample, rate: float) -> Iterator[Finding]:
    steps = np.diff(sample.times)
    repeated, backward = float(np.mean(steps == 0)), float(np.mean(steps < 0))
    if "untimed_frames" in sample.attributes:
        yield warning(
            "clock",
            f"{sample.attributes['untimed_frames']} frames have no time",
            "they are dropped: look for the cause",
        )
    if backward > 0.1:
        yield fault("clock", f"the clock runs backward in {backward:.0%} of the frames", "sort or restore the times")
    elif backward > 0:
        yield warning(
            "clock", f"the clock steps backward {int((steps < 0).sum())} times", "cut there; these frames are dropped"
        )
    if repeated > 0.5:
        yield fault("clock", f"{repeated:.0%} of the times are repeated", "record the time of each frame")
    elif repeated > 0:
        yield warning(
            "clock", f"{repeated:.1%} of the times are repeated", "these frames are dropped: check the logger"
        )
    gaps = steps[steps > max(GAP_S, 5.0 / rate)]
    if len(gaps):
        yield warning(
            "gaps",
            f"{len(gaps)} gaps of up to {gaps.max():.3g} s",
            "nothing to do if these are pauses: recordings are split there, not bridged",
        )
    low, high = np.percentile(steps[steps > 0], [5, 95])
    if (high - low) * rate > 1.5:
        yield warning(
            "clock", f"frames come unevenly: {low * 1e3:.3g} to {high * 1e3:.3g} ms apart", "check the logger"
        )


def joint_facts(sample: Sample) -> dict[str, Any]:
    """Return, for each joint, the share of frames in which its position and rotation are tracked."""
    joints: dict[str, dict[str, float]] = {}
    for joint in JOINTS:
        shares = {}
        if has_position(sample, joint):
            shares["position"] = round(float(np.isfinite(sample.columns(position_names(joint))).all(axis=1).mean()), 4)
        if has_rotation(sample, joint):
            norms = np.linalg.norm(sample.columns(rotation_names(joint)), axis=1)
            shares["rotation"] = round(float((np.isfinite(norms) & (norms > 0)).mean()), 4)
        if shares:
            joints[joint] = shares
    return {"joints": joints}


def check_joints(sample: Sample) -> Iterator[Finding]:
    """Yield which joints are missing or hardly tracked."""
    shares = joint_facts(sample)["joints"]
    missing = [joint for joint in JOINTS if not any(shares.get(joint, {}).values())]
    if len(missing) == len(JOINTS):
        yield fault("joints", "no joint is tracked in any frame", "record again, or check the columns' names")
        return
    if missing:
        yield warning("joints", f"missing: {', '.join(missing)}", "choose an encoder that does without, or record them")
    for joint in (joint for joint in JOINTS if joint not in missing):
        for kind in ("position", "rotation"):
            share = shares[joint].get(kind)
            if share is None or share == 0.0:
                yield warning("joints", f"{joint} has no {kind}", "record it, or choose an encoder that does without")
            elif share < 0.9:
                yield warning("tracking", f"{joint}: {kind} in {share:.0%} of the frames", "look for drop-outs")
    for name in sample.channels:
        joint_of = name.rsplit("_", 2)[0]
        if np.isnan(sample.column(name)).all() and any(shares.get(joint_of, {}).values()):
            siblings = [other for other in sample.channels if other[:-1] == name[:-1] and other != name]
            if any(np.isfinite(sample.column(other)).any() for other in siblings):
                yield fault("joints", f"column {name} is empty, those beside it are not", "restore the column")


def norm_facts(sample: Sample) -> dict[str, Any]:
    """Return the smallest, median and largest norm of the tracked quaternions."""
    norms = _norms(sample)
    norms = norms[np.isfinite(norms) & (norms > 0)]
    if not len(norms):
        return {}
    low, middle, high = np.percentile(norms, [0, 50, 100])
    return {"quaternion_norms": [round(float(low), 4), round(float(middle), 4), round(float(high), 4)]}


def _norms(sample: Sample) -> FloatArray:
    parts = [
        np.linalg.norm(sample.columns(rotation_names(joint)), axis=1) for joint in JOINTS if has_rotation(sample, joint)
    ]
    return np.concatenate(parts) if parts else np.empty(0)


def check_norms(sample: Sample) -> Iterator[Finding]:
    """Yield which joints' rotations are no unit quaternions."""
    for joint in (joint for joint in JOINTS if has_rotation(sample, joint)):
        rotations = sample.columns(rotation_names(joint))
        norms = np.linalg.norm(rotations, axis=1)
        known = norms[np.isfinite(norms)]
        if not len(known):
            continue
        zero, far = float(np.mean(known == 0)), known[(known > 0) & (np.abs(known - 1) > NORM_TOLERANCE)]
        if zero > 0.9:
            yield fault(
                "rotations", f"{joint}: the quaternions are zero", "record the rotation, or leave its columns out"
            )
        elif zero > 0:
            yield warning("rotations", f"{joint}: {zero:.1%} of the quaternions are zero", "they count as not tracked")
        if len(far) > 0.01 * len(known):
            degrees = float(np.median(far)) > 3.0
            seen = "numbers as large as degrees" if degrees else f"norms of {np.median(far):.2g} instead of 1"
            yield fault(
                "rotations",
                f"{joint}: {len(far) / len(known):.0%} of the rotations are no unit quaternions but {seen}",
                "convert Euler angles to quaternions x, y, z, w" if degrees else "store unit quaternions x, y, z, w",
            )
        elif len(far):
            yield warning("rotations", f"{joint}: {len(far)} quaternions have a norm far from 1", "drop these frames")


def check_stillness(sample: Sample) -> Iterator[Finding]:
    """Yield whether frames, or joints, repeat themselves to the last digit, as no person does."""
    rate = rate_of(sample)
    if rate is None or len(sample) < 5:
        return
    values = np.nan_to_num(sample.values, nan=0.0)
    same = (values[1:] == values[:-1]).all(axis=1)
    share, longest = float(same.mean()), _longest(same) / rate
    if share > 0.9:
        yield fault("frozen", f"{share:.0%} of the frames repeat the one before: nothing moves", "record it again")
        return
    if longest > STILL_S or share > 0.3:
        yield warning("frozen", f"{share:.0%} of the frames are repeated, up to {longest:.1f} s long", "cut them out")
    for joint in JOINTS:
        for kind, has, names in (
            ("position", has_position, position_names),
            ("rotation", has_rotation, rotation_names),
        ):
            if not has(sample, joint):
                continue
            part = sample.columns(names(joint))
            part = part[np.isfinite(part).all(axis=1)]
            unset = kind == "rotation" and not part.any()
            if len(part) > 5 and not unset and not np.ptp(part, axis=0).any():
                code, found = ("rotations", fault) if (joint, kind) == ("head", "rotation") else ("frozen", warning)
                yield found(code, f"{joint}: the {kind} never changes", "check that it was tracked, or leave it out")


def _longest(flags: NDArray[np.bool_]) -> int:
    """Return the length of the longest run of True.

    Examples
    --------
    >>> _longest(np.array([True, False, True, True]))
    2
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return int(np.max(edges[1::2] - edges[::2], initial=0))


def check_jumps(sample: Sample, scale: float) -> Iterator[Finding]:
    """Yield whether the head jumps: teleporting, or lost tracking. ``scale``: how many times too long lengths are."""
    if not has_position(sample, "head"):
        return
    steps = np.diff(sample.times)
    far = np.linalg.norm(np.diff(sample.columns(position_names("head")), axis=0), axis=1) / scale
    jumps = (steps > 0) & (steps < GAP_S) & (far > 20.0) & (far > JUMP_CM_S * steps)
    if jumps.any():
        yield warning("tracking", f"the head jumps {int(jumps.sum())} times", "cut there if the play space was moved")
