"""Recordings of a data set are inspected when they are read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lineament.datasets import Dataset, open_dataset
from lineament.datasets.inspected import inspected
from lineament.datasets.simulate import simulate_person, simulate_session
from lineament.errors import SignalError
from lineament.signals import Sample
from lineament.signals.motion import position_names, rotation_names, write_motion


@pytest.fixture
def recording() -> Sample:
    return simulate_session(simulate_person(seed=1, index=0), 1, 0.5)


def own(folder: Path, sample: Sample, *, declared: bool) -> Dataset:
    """Write a recording as somebody's own, with or without its axes."""
    path = folder / "ann" / "1.csv"
    write_motion(sample, path)
    frame = pd.read_csv(path)
    frame.drop(columns=[] if declared else ["axes"]).to_csv(path, index=False)
    return open_dataset(folder)


def test_good_recordings_are_read_and_nothing_is_said(tmp_path: Path, recording: Sample) -> None:
    said: list[str] = []
    data = inspected(own(tmp_path, recording, declared=True), said.append)
    assert np.allclose(data.load(0).values, recording.values, atol=1e-3, equal_nan=True)
    assert not said


def test_undeclared_axes_that_the_motion_tells_are_refused(tmp_path: Path, recording: Sample) -> None:
    data = inspected(own(tmp_path, recording, declared=False), pytest.fail)
    with pytest.raises(SignalError, match="add a column axes with RUF"):
        data.load(0)


def test_undeclared_axes_that_nothing_tells_are_told_of_once(tmp_path: Path, recording: Sample) -> None:
    said: list[str] = []
    names = [*position_names("head"), *rotation_names("head")]
    head = recording.replace(values=recording.columns(names), channels=tuple(names))
    data = inspected(own(tmp_path, head, declared=False), said.append)
    data.load(0)
    data.load(0)
    assert len(said) == 1
    assert "does not declare its axes" in said[0]


def test_metres_for_centimetres_are_refused_before_anything_is_learned(tmp_path: Path, recording: Sample) -> None:
    values = recording.values.copy()
    for place, channel in enumerate(recording.channels):
        if "_pos_" in channel:
            values[:, place] /= 100
    data = inspected(own(tmp_path, recording.replace(values=values), declared=True), pytest.fail)
    with pytest.raises(SignalError, match="without a fault"):
        data.load(0)


def test_others_than_recordings_of_the_unified_layout_are_left_alone() -> None:
    sample = Sample("motion", [[0.0]], [0.0], ("head_pos_y",), subject="a", session="1")
    data = inspected(Dataset.of("toy", [sample]), pytest.fail)
    assert data.load(0) is sample
