from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lineament.datasets import open_dataset
from lineament.errors import SignalError
from lineament.signals.inertial import inertial_sample
from lineament.signals.keystrokes import keystroke_sample
from lineament.signals.motion import motion_sample
from lineament.signals.mouse import mouse_sample
from lineament.signals.recordings import FORMATS, format_of, read_recording, write_recording
from lineament.signals.sample import Sample
from lineament.signals.signature import signature_sample
from lineament.signals.visits import visit_sample

COUNT = 40
STEPS = np.arange(COUNT)


def recordings() -> list[Sample]:
    """Return a recording of each modality that has files."""
    turning = np.stack([np.sin(STEPS / 5 + place) for place in range(6)], axis=1)
    turning[:, 2] += 9.8
    signed = np.stack([STEPS * 1.0, np.sin(STEPS), np.full(COUNT, 0.5), np.ones(COUNT)], axis=1)
    head = tuple(f"head_pos_{axis}" for axis in "xyz")
    return [
        motion_sample(np.stack([STEPS, STEPS + 150.0, STEPS], axis=1), STEPS / 30, head, subject="a", session="1"),
        keystroke_sample(STEPS / 5, STEPS / 5 + 0.1, ["a"] * COUNT, subject="a", session="1"),
        visit_sample(1.6e9 + STEPS * 60.0, STEPS % 7, subject="a", session="1"),
        inertial_sample(turning, STEPS / 50, subject="a", session="1"),
        signature_sample(signed, STEPS / 100, ("x", "y", "pressure", "down"), subject="a", session="1"),
        mouse_sample(STEPS * 3.0, STEPS * 2.0, STEPS / 60, subject="a", session="1"),
    ]


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
@pytest.mark.parametrize("sample", recordings(), ids=lambda sample: sample.modality)
def test_what_was_written_is_known_again_by_its_columns(sample: Sample, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"recording{ending}"
    write_recording(sample, path)
    came = read_recording(path)
    assert (came.modality, came.channels, came.subject, came.session) == (sample.modality, sample.channels, "a", "1")
    np.testing.assert_allclose(came.values, sample.values, atol=1e-3)
    np.testing.assert_allclose(came.times, sample.times, atol=1e-3)


def test_every_format_is_tried_here() -> None:
    assert [known.modality for known in FORMATS] == [sample.modality for sample in recordings()]


@pytest.mark.parametrize("sample", recordings(), ids=lambda sample: sample.modality)
def test_a_folder_of_recordings_is_a_data_set(sample: Sample, tmp_path: Path) -> None:
    for subject in ("anna", "ben"):
        for place in (("monday.csv",), ("tuesday", "1.csv"), ("tuesday", "2.csv")):
            path = tmp_path.joinpath(subject, *place)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_recording(sample, path)
    data = open_dataset(tmp_path)
    assert sorted(zip(data.table["subject"], data.table["session"], strict=True)) == [
        *[("anna", "monday"), ("anna", "tuesday"), ("anna", "tuesday")],
        *[("ben", "monday"), ("ben", "tuesday"), ("ben", "tuesday")],
    ]
    assert {(data.load(row).modality, len(data.load(row))) for row in range(len(data))} == {(sample.modality, COUNT)}


def test_other_tables_are_refused_and_images_have_no_tables(tmp_path: Path) -> None:
    with pytest.raises(SignalError, match=r"a table of motion, keystrokes, .* was expected, but the columns a, b came"):
        format_of(["a", "b"])
    image = Sample("image", np.zeros((1, 8, 8, 1)), np.zeros(1), ("grey",))  # type: ignore[arg-type]
    with pytest.raises(SignalError, match="one of image"):
        write_recording(image, tmp_path / "image.csv")
