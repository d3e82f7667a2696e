"""Is a recording what it says it is: `inspect` looks at clock, joints, rotations, units, axes and handedness of motion.

Recordings of other modalities are judged by what their own constructors refuse: clock, units, codes. The evidence on
motion is physical (`body`, `readings`, `measures`, `tracking`): rates, reaches and speeds people have, the laws of neck
and forearm, gravity in the head's tilt, hands below the eyes, before the face and on their own sides.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from lineament.errors import SignalError
from lineament.signals.axes import CANONICAL_AXES
from lineament.signals.body import HANDS, Body, body_of
from lineament.signals.findings import Finding, Inspection, fault, warning
from lineament.signals.measures import Scale, pace_of, scale_of, unit_of
from lineament.signals.motion import (
    UNDECLARED,
    has_position,
    has_rotation,
    motion_sample,
    position_names,
    read_motion,
    rotation_names,
    sample_from_table,
)
from lineament.signals.readings import Verdict, read
from lineament.signals.recordings import format_of
from lineament.signals.sample import Sample
from lineament.signals.tables import read_table
from lineament.signals.tracking import (
    FASTEST_FPS,
    SLOWEST_FPS,
    check_clock,
    check_joints,
    check_jumps,
    check_norms,
    check_stillness,
    clock_facts,
    joint_facts,
    norm_facts,
    rate_of,
)

__all__ = ["Finding", "Inspection", "inspect", "inspect_file", "read_inspected"]

FAULT_SCALE, ODD_SCALE = 2.2, 1.8
"""Lengths of people (73 recordings) lie between 0.65 and 1.7 times the usual."""
FAULT_PACE, ODD_PACE = 2.2, 1.35
HIGHEST_HEAD_CM = 260.0
LOWEST_HEAD_CM, TALLEST_HEAD_CM = 90.0, 215.0
USUAL_FPS = 60.0
ABSURD = 1e9
"""No number of a recording is that large, in whatever unit."""


def inspect_file(path: str | Path, fps: float | None = None, axes: str | None = None) -> Inspection:
    """Inspect a file; one that cannot be read is an inspection with the one fault "file".

    Parameters
    ----------
    path : path
        A recording in the canonical form of its modality.
    fps : float, optional
        Frames a second, in place of a clock.
    axes : str, optional
        The axes it is known to be in, e.g. "RUB".
    """
    try:
        table = read_table(Path(path))
        known = format_of(table.columns, str(path))
        if known.modality != "motion":
            return Inspection(str(path), (), _facts_of_events(known.from_table(table, source=str(path))))
        return inspect(sample_from_table(table, fps, axes=axes, source=str(path), repair=False))
    except SignalError as error:
        seen = f"{error.expected} was expected, but {error.came} came"
        return Inspection(str(path), (fault("file", seen, error.remedy),))


def _facts_of_events(sample: Sample) -> dict[str, Any]:
    """Return the facts of a recording that is no motion, which its constructor did not refuse."""
    steps = np.diff(sample.times)
    return {
        "modality": sample.modality,
        "duration_s": sample.duration,
        "frames": len(sample),
        "step_s": float(np.median(steps)) if len(steps) else None,
        "channels": {name: float(np.isfinite(sample.column(name)).mean()) for name in sample.channels},
    }


def read_inspected(path: str | Path, fps: float | None = None, axes: str | None = None) -> Sample:
    """Read a recording that can be trusted: inspected, without a fault, and with axes that are known.

    Everything that is relative to the body is wrong in a recording whose axes are others, yet it looks like motion.
    One that declares no axes is taken for canonical only where the motion does not say otherwise.

    Parameters
    ----------
    path, fps, axes
        As in `inspect_file`.

    Raises
    ------
    SignalError
        When the recording cannot be read or has a fault, or does not declare its axes and should.
    """
    sample = read_motion(path, fps, axes=axes, repair=False)
    refuse_faults(sample)
    return motion_sample(
        sample.values,
        sample.times,
        sample.channels,
        subject=sample.subject,
        session=sample.session,
        attributes=sample.attributes,
        source=sample.source,
    )


def refuse_faults(sample: Sample, declare: str = "add --axes {} if it was recorded so") -> None:
    """Refuse a recording that cannot be trusted (see `read_inspected`).

    Parameters
    ----------
    sample : Sample
    declare : str
        What to do about axes that are not declared, with a place for their name.

    Raises
    ------
    SignalError
        When it has a fault, or does not declare its axes and should.
    """
    path, inspection = sample.source, inspect(sample)
    faults, told = inspection.faults, inspection.facts.get("axes")
    look = f"look at it with 'lineament inspect {path}'; --uninspected takes it as it stands"
    forward = told == "RUF" and any(fault.code == "handedness" for fault in faults)
    if sample.attributes["axes"] == UNDECLARED and (forward or told == "RUB"):
        way, kind = ("forward", "Unity does") if forward else ("backward", "OpenXR, OpenVR and WebXR do")
        raise SignalError(
            f"{path}: a recording that declares its axes",
            f"one without a column axes, in which Z points {way},",
            f"{declare.format(told)}, as {kind} ({look})",
        )
    if faults:
        raise SignalError(
            f"{path}: a recording without a fault", f"'{faults[0].message}'", f"{faults[0].remedy} ({look})"
        )


def inspect(sample: Sample) -> Inspection:
    """Inspect a motion recording.

    Parameters
    ----------
    sample : Sample
        In the canonical form, or read with ``repair=False``. Its attribute ``axes`` "undeclared" lets the motion tell
        whether Z points forward or backward; otherwise it has to be forward.

    Returns
    -------
    Inspection
        Findings, faults first, and facts.
    """
    findings = [*check_clock(sample), *check_joints(sample), *check_norms(sample), *check_stillness(sample)]
    facts = clock_facts(sample) | joint_facts(sample) | norm_facts(sample)
    clean = _tracked(sample)
    rate = rate_of(sample)
    told_by_clock = rate is not None and SLOWEST_FPS <= rate <= 2 * FASTEST_FPS
    even = clean if told_by_clock else clean.replace(times=np.arange(len(clean)) / USUAL_FPS)
    body = body_of(even, rate if told_by_clock and rate else USUAL_FPS)
    scale = None
    if body is None:
        findings.append(warning("short", "too short to judge units, axes and rotations", "inspect a longer recording"))
    else:
        verdict = read(body, None if sample.attributes.get("axes") == UNDECLARED else 1)
        scale = scale_of(body if not verdict.broken else Body(body.positions, {}, body.dt, body.seconds))
        findings += _judge_axes(sample, verdict)
        findings += _judge_units(clean, scale)
        facts |= _axes_facts(sample, verdict) | _length_facts(clean, scale)
    factor = scale.factor if scale and scale.sure else 1.0
    findings += check_jumps(clean, factor)
    if told_by_clock and rate is not None:
        findings += _judge_pace(clean, rate, factor)
    ordered = sorted(findings, key=lambda finding: finding.level)
    return Inspection(sample.source, tuple(ordered), facts)


def _tracked(sample: Sample) -> Sample:
    """Return a recording in which whatever is no pose is NaN, so that the rest can be judged."""
    values = np.where(np.abs(sample.values) < ABSURD, sample.values, np.nan)
    for joint in ("head", *HANDS):
        if has_position(sample, joint):
            columns = [sample.channels.index(name) for name in position_names(joint)]
            if len(sample) > 1 and (values[:, columns] == values[:1, columns]).all():
                values[:, columns] = np.nan  # a headset that tracks rotation only writes zeros
        if has_rotation(sample, joint):
            columns = [sample.channels.index(name) for name in rotation_names(joint)]
            norms = np.linalg.norm(values[:, columns], axis=1, keepdims=True)
            values[:, columns] = np.where(np.abs(norms - 1) < 0.2, values[:, columns], np.nan)
    return motion_sample(values, sample.times, sample.channels, attributes=sample.attributes, source=sample.source)


def _judge_axes(sample: Sample, verdict: Verdict) -> list[Finding]:
    """Return what is wrong with axes, handedness or rotations."""
    if verdict.broken:
        code, meaning, remedy = _explain(verdict, sample.attributes.get("axes") == UNDECLARED)
        evidence = _evidence(verdict)
        sure = has_rotation(sample, "head")
        return [(fault if sure else warning)(code, f"{meaning} ({evidence})" if evidence else meaning, remedy)]
    if verdict.strain.get("side", 0.0) >= 1.0:
        return [
            warning("handedness", "a hand lies on the other side of the view", "check that left and right are right")
        ]
    if sample.attributes.get("axes") != UNDECLARED or not verdict.gaze_told or "up" not in verdict.shown:
        return []
    if verdict.gaze < 0:
        return [
            warning(
                "axes",
                "Z points backward (X right, Y up: right-handed axes, RUB), as in the published files of this format",
                "convert it to Z forward where it meets other recordings: lineament convert --axes RUB",
            )
        ]
    # Nothing in the motion tells this from a recording that is rightly left-handed: it is the declaration that lacks.
    whole = all(has_position(sample, joint) for joint in ("head", *HANDS))
    return [
        (fault if whole else warning)(
            "handedness",
            "Z points forward (X right, Y up: left-handed axes, RUF), but the file does not declare its axes, and "
            "published files of this format are right-handed with Z backward: whoever reads it as one of them gets "
            "the mirror image, with the hands behind the view",
            "if it is left-handed on purpose (Unity), say so: --axes RUF, or a column axes; otherwise negate z and w",
        )
    ]


def _explain(verdict: Verdict, undeclared: bool) -> tuple[str, str, str]:
    """Return code, meaning and remedy of a recording in which nobody moves."""
    best = verdict.best
    if best.kind == "axes":
        letters = best.letters(verdict.best_gaze)
        remedy = f"convert it: lineament convert --axes {letters}"
        if letters in ("LUF", "LUB") or (letters == "RUB" and not undeclared):
            return (
                "handedness",
                f"the recording is mirrored (axes {letters}) or left and right hand are exchanged",
                f"{remedy}; or rename the hands" if letters != "RUB" else remedy,
            )
        return "axes", f"the axes are others: they fit a person as {letters}, not as {CANONICAL_AXES} or RUB", remedy
    if best.kind == "positions":
        return (
            "axes",
            f"the axes of the positions are not those of the rotations: they fit with x, y, z read as {best.order()}",
            "convert positions and rotations from the same axes",
        )
    if best.kind == "rotations":
        return (
            "rotations",
            "the rotations do not fit the motion: axes mirrored or exchanged in the quaternions; "
            f"they fit with x, y, z read as {best.order()}",
            "convert rotations from the same axes as the positions (mirroring negates two of x, y, z)",
        )
    if best.kind == "order":
        return "rotations", "the quaternions seem to be stored w, x, y, z", "rename their columns: w comes last"
    if best.kind == "euler":
        return (
            "rotations",
            "the rotations fit if their Euler angles are applied in another order",
            "convert the angles to quaternions in the order of the device (Unity: Z, X, Y)",
        )
    worst = max(verdict.strain, key=lambda name: verdict.strain[name])
    code = {"side": "handedness", "front": "handedness", "below": "axes"}.get(worst, "rotations")
    return code, "nobody moves like that", "check axes, handedness and rotations of the source"


def _evidence(verdict: Verdict) -> str:
    """Return the evidence in words, the strongest first."""
    shown = verdict.shown
    tilt = math.degrees(math.asin(min(1.0, shown.get("tilt", 0.0))))
    words = {
        "up": "the head's crown does not point up",
        "tilt": f"the ears are {tilt:.0f} degrees off level",
        "below": "the hands are not below the head",
        "front": "the hands are behind the view",
        "side": "the hands are on the wrong side of the view",
        "yaw": "turning moves the head the wrong way about its neck",
        "pitch": "nodding moves the head the wrong way about its neck",
        "lean": "leaning moves the head the wrong way",
        "swing": "the hands do not move sideways as they turn",
        "lift": "the hands do not rise and sink as they turn",
    }
    strong = sorted((name for name, much in verdict.strain.items() if much >= 0.5), key=lambda n: -verdict.strain[n])
    return "; ".join(words[name] for name in strong[:3])


def _judge_units(sample: Sample, scale: Scale | None) -> list[Finding]:
    """Return what is wrong with the unit or the floor."""
    height = _head_height(sample)
    # above what any head reaches, lengths that are merely odd are believed to be wrong
    limit = ODD_SCALE - 0.2 if height is not None and height > HIGHEST_HEAD_CM else FAULT_SCALE
    if scale is not None:
        factor, size = scale.factor, max(scale.factor, 1.0 / scale.factor)
        lengths = ", ".join(f"{name} {length:.3g}" for name, length in scale.lengths.items())
        unit = unit_of(factor)
        seen = f"a body {factor:.2g} times too large" if factor > 1 else f"a body {1 / factor:.2g} times too small"
        remedy = (
            f"convert {unit} to cm: lineament convert --unit {unit}" if unit else f"divide positions by {factor:.2g}"
        )
        message = f"the positions are not in centimetres: {seen} ({lengths}; usual: neck 10, arm 54, forearm 15)"
        if scale.sure and size >= limit:
            return [fault("units", message, remedy)]
        if size >= ODD_SCALE:
            return [warning("units", message.replace("are not", "may not be"), remedy)]
    if height is None:
        return []
    if scale is None and not -HIGHEST_HEAD_CM < height < HIGHEST_HEAD_CM:
        return [fault("units", f"the head is {height:.0f} cm high: no floor explains that", "check unit and origin")]
    if height < LOWEST_HEAD_CM or height > TALLEST_HEAD_CM:
        return [
            warning(
                "floor",
                f"the head is {height:.0f} cm high: the floor is not at 0",
                "leave the head's height out of the features, or set the floor to 0",
            )
        ]
    return []


def _judge_pace(sample: Sample, rate: float, factor: float) -> list[Finding]:
    """Return whether the clock runs at a speed that people move at."""
    pace = pace_of(sample, rate, factor)
    if pace is None or rate > FASTEST_FPS or pace < ODD_PACE:
        return []
    message = "head and hands are faster and jerkier than people's"
    if pace >= FAULT_PACE:
        return [
            fault(
                "clock",
                f"{message}: the clock runs too fast",
                "correct the times, or drop them and give the rate: --fps 90",
            )
        ]
    return [warning("pace", f"{message} usually are", "check that the clock does not run too fast")]


def _head_height(sample: Sample) -> float | None:
    if not has_position(sample, "head"):
        return None
    heights = sample.column(position_names("head")[1])
    return float(np.nanmedian(heights)) if np.isfinite(heights).any() else None


def _axes_facts(sample: Sample, verdict: Verdict) -> dict[str, Any]:
    declared = sample.attributes.get("axes", CANONICAL_AXES)
    told = ("RUF" if verdict.gaze > 0 else "RUB") if verdict.gaze_told and not verdict.broken else "not told"
    hand = {"RUF": "left-handed", "RUB": "right-handed"}.get(told, "not told")
    return {
        "axes": told,
        "axes_declared": declared,
        "handedness": hand,
        "evidence": {name: round(float(number), 3) for name, number in verdict.shown.items()},
        "strain": round(verdict.total, 2),
    }


def _length_facts(sample: Sample, scale: Scale | None) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    height = _head_height(sample)
    if height is not None:
        facts["head_height_cm"] = round(height, 1)
    if scale is not None:
        facts["scale"] = round(scale.factor, 3)
        facts["lengths_cm"] = {name: round(length, 1) for name, length in scale.lengths.items()}
    return facts
