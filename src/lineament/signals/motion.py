"""XR motion in its canonical form: head and hands, centimetres, X right, Y up, Z forward, quaternions x, y, z, w.

The files are those of the unified XR motion format (Rack et al., "Navigating the Kinematic Maze", 2024): a table with
``delta_time_ms`` and, for each joint, ``<joint>_pos_x|y|z`` and ``<joint>_rot_x|y|z|w``. That format asks for Z
forward, yet the recordings published in it have Z backward. So the files written here say which axes they are in (a
column ``axes``), and a file without that column is read as it stands, with the attribute ``axes`` "undeclared".
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from lineament.errors import SignalError
from lineament.registry import nearest
from lineament.signals.axes import CANONICAL_AXES, CENTIMETRES, convert_positions, convert_rotations
from lineament.signals.sample import Sample
from lineament.signals.tables import read_table, write_recording_table

FloatArray = NDArray[np.float64]

JOINTS = ("head", "left_hand", "right_hand")
ALIASES = {"hmd": "head", "left_controller": "left_hand", "right_controller": "right_hand"}
CLOCKS = ("delta_time_ms", "timestamp")
UNDECLARED = "undeclared"
NORM_TOLERANCE = 0.2
"""A quaternion's norm may be this far from 1 (rounding) and is repaired; farther, it is no rotation."""


def position_names(joint: str) -> tuple[str, str, str]:
    """Return the names of a joint's position channels.

    Examples
    --------
    >>> position_names("head")
    ('head_pos_x', 'head_pos_y', 'head_pos_z')
    """
    return (f"{joint}_pos_x", f"{joint}_pos_y", f"{joint}_pos_z")


def rotation_names(joint: str) -> tuple[str, str, str, str]:
    """Return the names of a joint's rotation channels, x, y, z, w."""
    return (f"{joint}_rot_x", f"{joint}_rot_y", f"{joint}_rot_z", f"{joint}_rot_w")


def channel_names(*joints: str) -> tuple[str, ...]:
    """Return the names of the seven channels of each joint, position first."""
    return tuple(name for joint in joints for name in (*position_names(joint), *rotation_names(joint)))


POSITION, ROTATION = position_names, rotation_names
CHANNELS = channel_names(*JOINTS)


def has_position(sample: Sample, joint: str) -> bool:
    """Return whether a recording holds a joint's position."""
    return position_names(joint)[0] in sample.channels


def has_rotation(sample: Sample, joint: str) -> bool:
    """Return whether a recording holds a joint's rotation."""
    return rotation_names(joint)[0] in sample.channels


def motion_sample(
    values: ArrayLike,
    times: ArrayLike,
    channels: tuple[str, ...],
    *,
    subject: str | None = None,
    session: str | None = None,
    attributes: Mapping[str, Any] | None = None,
    source: str = "sample",
    repair: bool = True,
) -> Sample:
    """Return a motion recording that keeps the rules of the canonical form.

    A position or rotation of which a number is NaN or infinite is not tracked: all its numbers become NaN. So does a
    quaternion of norm zero; one whose norm is within 1 +- 0.2 is given unit norm.

    Parameters
    ----------
    values : array (T, channels)
        Centimetres and quaternions, in the canonical axes.
    times : array (T,)
        Seconds.
    channels : tuple of str
        Names out of `CHANNELS`; the three of a position or four of a rotation come together or not at all.
    subject, session, attributes, source
        As in `Sample`.
    repair : bool
        False leaves the values as they are (for inspection).

    Raises
    ------
    SignalError
        When a channel is unknown or missing, or a quaternion is none.

    Examples
    --------
    >>> s = motion_sample([[0, 170, 0, 0, 0, 0, 1.01]], [0.0], channel_names("head"))
    >>> float(s.column("head_rot_w")[0])
    1.0
    """
    channels = tuple(channels)
    _check_channels(channels, source)
    sample = Sample("motion", values, times, channels, subject, session, attributes or {}, source)  # type: ignore[arg-type]
    return sample.replace(values=_repaired(sample)) if repair else sample


def _check_channels(channels: tuple[str, ...], source: str) -> None:
    unknown = [name for name in channels if name not in CHANNELS]
    if unknown:
        raise SignalError(
            f"{source}: channels of head and hands", repr(unknown[0]), nearest(unknown[0], list(CHANNELS))
        )
    groups = [names(joint) for joint in JOINTS for names in (position_names, rotation_names)]
    for group in groups:
        missing = [name for name in group if name not in channels]
        if missing and len(missing) < len(group):
            euler = missing == [group[-1]] and len(group) == 4
            remedy = "convert the Euler angles to quaternions" if euler else "add them or leave the others out"
            raise SignalError(
                f"{source}: {', '.join(group)} together", f"a recording without {', '.join(missing)}", remedy
            )
    if not channels:
        raise SignalError(
            f"{source}: columns such as head_pos_x or head_rot_w",
            "a table without any",
            "convert it: lineament convert",
        )


def _repaired(sample: Sample) -> FloatArray:
    """Return values in which every position and rotation is whole, of unit norm, or NaN; shape (T, channels)."""
    values = sample.values.copy()
    for joint in JOINTS:
        if has_position(sample, joint):
            columns = [sample.channels.index(name) for name in position_names(joint)]
            lost = ~np.isfinite(values[:, columns]).all(axis=1)
            values[lost, columns[0]] = values[lost, columns[1]] = values[lost, columns[2]] = np.nan
        if has_rotation(sample, joint):
            columns = [sample.channels.index(name) for name in rotation_names(joint)]
            values[:, columns] = _unit(values[:, columns], f"{sample.source}: {joint}")
    return values


def _unit(rotations: FloatArray, where: str) -> FloatArray:
    norms = np.linalg.norm(np.where(np.isfinite(rotations), rotations, np.nan), axis=1)
    norms = np.where(norms == 0, np.nan, norms)
    far = np.abs(norms - 1) > NORM_TOLERANCE
    if far.any():
        raise SignalError(
            f"{where}: rotations as quaternions of norm 1",
            f"norm {norms[far][0]:.3g} in {far.mean():.0%} of the frames",
            "convert the rotations to unit quaternions x, y, z, w",
        )
    return rotations / norms[:, None]


def convert_axes(sample: Sample, source_axes: str | None, source_unit: str = "cm") -> Sample:
    """Return a recording, measured in other axes or units, in the canonical form.

    Parameters
    ----------
    sample : Sample
        Its channels named as in the canonical form, its numbers as they were recorded.
    source_axes : str or None
        Where its x, y and z point, e.g. "RUB" (OpenVR, OpenXR), "RUF" (Unity), "FRU" (Unreal); see `axes_matrix`.
        None leaves the axes as they are, and undeclared where they are that.
    source_unit : str
        A key of `CENTIMETRES`: cm, mm, dm, m, in, ft.

    Raises
    ------
    SignalError
        When axes or unit are unknown.
    """
    if source_unit not in CENTIMETRES:
        raise SignalError("unit: a unit of length", repr(source_unit), nearest(source_unit, list(CENTIMETRES)))
    values, axes = sample.values.copy(), source_axes or CANONICAL_AXES
    for joint in JOINTS:
        if has_position(sample, joint):
            columns = [sample.channels.index(name) for name in position_names(joint)]
            values[:, columns] = convert_positions(values[:, columns], axes) * CENTIMETRES[source_unit]
        if has_rotation(sample, joint):
            columns = [sample.channels.index(name) for name in rotation_names(joint)]
            values[:, columns] = convert_rotations(values[:, columns], axes)
    declared = {"axes": CANONICAL_AXES} if source_axes else {}
    return sample.replace(values=values, attributes={**sample.attributes, **declared})


def read_motion(path: str | Path, fps: float | None = None, *, axes: str | None = None, repair: bool = True) -> Sample:
    """Read a recording in the unified XR motion format, CSV or Parquet (or with the names of Who Is Alyx).

    Parameters
    ----------
    path : path
        ``.csv``, ``.csv.gz`` or ``.parquet``.
    fps : float, optional
        Frames a second, for a table without a clock.
    axes : str, optional
        The axes it is known to be in, e.g. "RUB"; else those of its column ``axes``.
    repair : bool
        False leaves the numbers as they are (see `motion_sample`).

    Returns
    -------
    Sample
        In the canonical axes. Subject and session are those of the columns ``user`` and ``session``; where the axes
        are not known, the numbers are as they stand and the attribute ``axes`` is "undeclared".

    Raises
    ------
    SignalError
        When the file is missing, is no table, lacks columns or frames, holds text among its numbers or several people.
    """
    return sample_from_table(read_table(Path(path)), fps, axes=axes, source=str(path), repair=repair)


def sample_from_table(
    frame: pd.DataFrame,
    fps: float | None = None,
    *,
    axes: str | None = None,
    source: str = "table",
    repair: bool = True,
) -> Sample:
    """Return the recording in a table (see `read_motion`)."""
    frame = frame.rename(columns=canonical_name)
    if frame.empty:
        raise SignalError(f"{source}: frames", "a table without rows", "record it again")
    names = tuple(name for name in CHANNELS if name in frame.columns)
    _check_channels(names, source)
    times, kept = _times(frame, fps, source)
    values = np.column_stack([_numbers(frame, name, source) for name in names])
    known = {key: _constant(frame, key, source) for key in ("user", "session", "axes")}
    declared = axes or known["axes"]
    attributes: dict[str, Any] = {"axes": declared or UNDECLARED}
    if not kept.all():
        attributes["untimed_frames"] = int((~kept).sum())
    sample = motion_sample(
        values[kept],
        times[kept],
        names,
        subject=known["user"],
        session=known["session"],
        attributes=attributes,
        source=source,
        repair=repair,
    )
    return convert_axes(sample, declared) if declared and declared != CANONICAL_AXES else sample


def canonical_name(name: object) -> str:
    """Return a column's name as it is here, where it is known under another."""
    name = str(name).strip()
    for alias, joint in ALIASES.items():
        if name.startswith(f"{alias}_"):
            return joint + name.removeprefix(alias)
    return name


def _numbers(frame: pd.DataFrame, name: str, source: str) -> FloatArray:
    column = frame[name]
    numbers = pd.to_numeric(column, errors="coerce")
    text = column.notna() & numbers.isna()
    if text.any():
        row = int(np.flatnonzero(text)[0])
        raise SignalError(
            f"{source}: column {name}: numbers", f"{str(column.iloc[row])[:20]!r} in row {row + 1}", "leave it empty"
        )
    return numbers.to_numpy(np.float64, na_value=np.nan)


def _times(frame: pd.DataFrame, fps: float | None, source: str) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return seconds since the first frame, and which frames have a time; each of shape (T,)."""
    if fps is not None and not (np.isfinite(fps) and fps > 0):
        raise SignalError("fps: frames a second, above 0", f"{fps:g}", "give the rate of the recording")
    clock = next((name for name in CLOCKS if name in frame.columns), None)
    if clock is None:
        if fps is None:
            raise SignalError(
                f"{source}: a clock (column delta_time_ms)", "a table without one", "say how fast it is: --fps 90"
            )
        return np.arange(len(frame)) / fps, np.ones(len(frame), dtype=bool)
    milliseconds = _numbers(frame, clock, source)
    kept = np.isfinite(milliseconds)
    if not kept.any():
        raise SignalError(
            f"{source}: column {clock}: times", "none", "say how fast it is: --fps 90, without the column"
        )
    return (milliseconds - milliseconds[kept][0]) / 1000.0, kept


def _constant(frame: pd.DataFrame, name: str, source: str) -> str | None:
    """Return the one entry of a column, None where there is no column."""
    if name not in frame.columns:
        return None
    entries = frame[name].dropna().unique()
    if len(entries) > 1:
        raise SignalError(
            f"{source}: one {name}", f"{len(entries)} of them", "open it as a data set, or split it by user and session"
        )
    return str(entries[0]) if len(entries) else None


def write_motion(sample: Sample, path: str | Path) -> None:
    """Write a recording in the unified XR motion format, as CSV or Parquet by the file's ending.

    CSV holds times to a microsecond, positions to a micrometre and quaternions to six decimals. The columns ``user``,
    ``session`` and ``axes`` follow where they are known.

    Raises
    ------
    SignalError
        When the ending is another one or the recording is no motion.
    LineamentError
        When the file cannot be written.
    """
    if sample.modality != "motion":
        raise SignalError(f"{sample.source}: motion", sample.modality, "write it as what it is")
    decimals = Path(path).suffix == ".csv"
    write_recording_table(sample, path, lambda motion: motion_columns(motion, decimals))


def motion_columns(sample: Sample, decimals: bool = True) -> dict[str, Any]:
    """Return the columns of a file, by name; ``decimals``: positions to a micrometre, quaternions to six decimals."""
    columns: dict[str, Any] = {"delta_time_ms": np.round(sample.times * 1000.0, 3)}
    for name in (name for name in CHANNELS if name in sample.channels):
        column = sample.column(name)
        columns[name] = np.round(column, 4 if "_pos_" in name else 6) if decimals else column
    axes = sample.attributes.get("axes", CANONICAL_AXES)
    return columns if axes == UNDECLARED else {**columns, "axes": [str(axes)] * len(sample)}
