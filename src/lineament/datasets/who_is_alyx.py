"""Playing "Half-Life: Alyx": 71 people, two sessions of about 45 minutes, head and both controllers.

Schell et al., "Who is Alyx?", 2022. Read in its raw layout, ``players/<player>/<session>/vr-controllers.csv``, with the
columns ``hmd_*``, ``left_controller_*``, ``right_controller_*`` in centimetres and ``delta_time_ms`` or ``timestamp``.

The set's page says Z points forward and that ``*_z`` and ``*_w`` must be flipped to match Unity. In the samples at hand
the hands lie before the face, and the gaze below the horizon, only after that flip (Z points backward, as in OpenVR):
so the axes are taken as right, up, backward.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from lineament.datasets.dataset import Dataset
from lineament.signals import Sample
from lineament.signals.motion import read_motion

PATTERN = "*/*/vr-controllers*.csv"
AXES = "RUB"


def recognises(folder: Path) -> bool:
    """Return whether a folder holds this set."""
    return any(_players(folder).glob(PATTERN))


def read(folder: Path) -> Dataset:
    """Return the set as one sample a recording (where a session was recorded in two files, two samples)."""
    rows = [
        {"subject": path.parts[-3], "session": path.parts[-2], "path": str(path)}
        for path in sorted(_players(folder).glob(PATTERN))
    ]
    return Dataset(
        "who-is-alyx",
        pd.DataFrame(rows),
        _load,
        licence="CC BY-NC-SA 4.0",
        citation="Schell et al., Who is Alyx?, 2022",
    )


def _players(folder: Path) -> Path:
    return folder / "players" if (folder / "players").is_dir() else folder


def _load(row: Mapping[str, Any]) -> Sample:
    path = Path(row["path"])
    return read_motion(path, axes=AXES).replace(subject=row["subject"], session=row["session"])
