"""Windows: views of what was recorded, never across two segments; run through at other speeds."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lineament.encodings import Segment
from lineament.errors import RecipeError, SignalError
from lineament.training.windows import Recording, WindowPool


def segment(first: int, frames: int, seams: tuple[int, ...] = ()) -> Segment:
    """Frames whose one feature counts up from ``first``."""
    values = np.arange(first, first + frames, dtype=np.float32)[:, None]
    marks = np.zeros(frames, dtype=bool)
    marks[list(seams)] = True
    return Segment(values, np.arange(frames) / 10, marks)


def recording(subject: str, *segments: Segment) -> Recording:
    return Recording(subject, "1", segments)


@pytest.fixture
def pool() -> WindowPool:
    return WindowPool(
        [
            recording("b", segment(100, 6), segment(200, 3), segment(300, 5)),
            recording("a", segment(0, 5)),
            recording("b", segment(400, 4)),
        ],
        window=4,
        fps=10,
    )


def test_every_start_of_every_long_enough_segment_counts(pool: WindowPool) -> None:
    assert pool.subjects == ("a", "b")
    assert pool.counts == (2, 3 + 2 + 1)


def test_windows_are_what_was_recorded(pool: WindowPool) -> None:
    subjects, windows = np.array([0, 0, 1, 1, 1, 1, 1, 1]), np.array([0, 1, 0, 1, 2, 3, 4, 5])
    batch = pool.draw(subjects, windows)
    assert batch.labels.tolist() == subjects.tolist()
    assert batch.frames[:, 0, 0].tolist() == [0, 1, 100, 101, 102, 300, 301, 400]
    assert (batch.frames[:, 1:, 0] - batch.frames[:, :-1, 0] == 1).all()


def test_seams_come_along() -> None:
    pool = WindowPool([recording("a", segment(0, 8, (3,))), recording("b", segment(0, 8))], window=4, fps=10)
    marks = pool.draw(np.array([0, 0, 0, 1]), np.array([0, 3, 4, 3])).seams
    assert marks.tolist() == [[0, 0, 0, 1], [1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]


def test_speed_one_changes_nothing(pool: WindowPool) -> None:
    where = np.array([0, 1, 1]), np.array([1, 2, 4])
    plain, resampled = pool.draw(*where), pool.draw(*where, speeds=np.ones(3))
    torch.testing.assert_close(plain.frames, resampled.frames)
    torch.testing.assert_close(plain.seams, resampled.seams)


@settings(deadline=None)
@given(speed=st.floats(0.5, 2.0), window=st.integers(0, 16))
def test_a_window_at_another_speed_is_interpolated_inside_its_segment(speed: float, window: int) -> None:
    pool = WindowPool([recording("a", segment(0, 20)), recording("b", segment(500, 20))], window=4, fps=10)
    frames = pool.draw(np.array([0]), np.array([window]), np.array([speed])).frames[0, :, 0].numpy()
    reached = min(speed, (19 - window) / 3)
    np.testing.assert_allclose(frames, window + reached * np.arange(4), rtol=1e-6, atol=1e-5)


def test_a_seam_passed_at_another_speed_is_still_a_seam() -> None:
    pool = WindowPool([recording("a", segment(0, 20, (3,))), recording("b", segment(0, 20))], window=4, fps=10)
    fast = pool.draw(np.array([0]), np.array([0]), np.array([2.0])).seams
    assert fast.tolist() == [[0, 0, 1, 0]]  # frames 0, 2, 4, 6: the third is the first after the seam
    slow = pool.draw(np.array([0]), np.array([0]), np.array([0.75])).seams
    assert slow.tolist() == [[0, 0, 0, 1]]  # frames 0, 0.75, 1.5, 2.25: the last is blended across it


def test_frames_are_not_copied_when_windows_are_counted() -> None:
    pool = WindowPool([recording("a", segment(0, 1000)), recording("b", segment(0, 1000))], window=500, fps=10)
    assert pool.frames.shape == (2000, 1)


def test_one_subject_is_refused() -> None:
    with pytest.raises(RecipeError, match="at least two subjects"):
        WindowPool([recording("a", segment(0, 9))], window=4, fps=10)


def test_subjects_without_two_windows_are_named() -> None:
    with pytest.raises(SignalError, match=r"training subject b, c: two windows or more, each of 0.4 s"):
        WindowPool(
            [recording("a", segment(0, 9)), recording("b", segment(0, 4)), recording("c", segment(0, 2))], 4, fps=10
        )
