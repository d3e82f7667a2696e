"""A toy world for evaluation: people as directions, windows as noisy copies of them."""

from __future__ import annotations

import numpy as np

from lineament.evaluation import Recording, Track

Cuts = dict[str, list[Recording]]


def tracks_of_people(
    people: int = 4, *, sessions: int = 2, windows: int = 40, dim: int = 6, noise: float = 0.6, seed: int = 0
) -> list[Track]:
    """Return tracks of windows of 10 s, one a second."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(people, dim))
    return [
        Track(
            f"p{person}",
            f"S{session}",
            np.arange(windows, dtype=np.float64),
            10.0,
            (centres[person] + noise * rng.normal(size=(windows, dim))).astype(np.float32),
        )
        for person in range(people)
        for session in range(1, sessions + 1)
    ]


def recordings(tracks: list[Track], sessions: list[str]) -> Cuts:
    """Return from each person to the recordings of some sessions."""
    chosen: Cuts = {}
    for track in tracks:
        if track.session in sessions:
            chosen.setdefault(track.subject, []).append(Recording(*track.key, 0.0, track.stop))
    return chosen
