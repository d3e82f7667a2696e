from __future__ import annotations

import numpy as np
import pytest

from lineament.evaluation import Track
from lineament.evaluation.tracks import merge_tracks


def take(session: str, windows: int, subject: str = "a") -> Track:
    return Track(
        subject, session, np.arange(windows, dtype=float), 5.0, np.full((windows, 2), windows, dtype=np.float32)
    )


def test_takes_of_one_session_follow_one_another_and_sessions_stay_apart() -> None:
    merged = merge_tracks([take("1", 3), take("2", 2), take("1", 4)])
    assert [(t.session, len(t)) for t in merged] == [("1", 7), ("2", 2)]
    assert merged[0].starts.tolist() == [0, 1, 2, 7, 8, 9, 10]
    assert merged[0].stop == 15.0
    assert merged[0].vectors[:, 0].tolist() == [3] * 3 + [4] * 4


def test_only_windows_that_lie_wholly_inside_count() -> None:
    track = take("1", 20)
    assert track.inside(3.0, 10.0).tolist() == [3, 4, 5]
    assert track.inside(3.2, 8.0).tolist() == []
    assert track.stride_s == 1.0
    assert take("1", 1).stride_s == 5.0


def test_a_window_without_a_start_is_refused() -> None:
    with pytest.raises(ValueError, match="a start for each window"):
        Track("a", "1", np.zeros(2), 5.0, np.zeros((3, 2)))
