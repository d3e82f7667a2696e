"""A few people who move in ways of their own, for tests of training."""

from __future__ import annotations

import numpy as np

from lineament.recipes.recipe import Recipe, parse
from lineament.signals import Sample

CHANNELS = tuple(
    f"{joint}_{part}"
    for joint in ("head", "right_hand")
    for part in ("pos_x", "pos_y", "pos_z", "rot_x", "rot_y", "rot_z", "rot_w")
)


def person(number: int, session: int, seconds: float = 40.0, fps: float = 15.0) -> Sample:
    """A head that nods and a hand that swings, at a height, width and rhythm of the person's own."""
    own = np.random.default_rng([7, number])
    height, reach, rhythm, nod = own.uniform([150, 15, 0.3, 0.05], [190, 45, 1.2, 0.4])
    rng = np.random.default_rng([8, number, session])
    t = np.arange(0, seconds, 1 / fps)
    phase = rng.uniform(0, 2 * np.pi, 3)
    pitch = nod * np.sin(2 * np.pi * 0.7 * rhythm * t + phase[0]) + 0.02 * rng.standard_normal(len(t))
    head = np.stack([0.3 * np.sin(t), height + 0.5 * rng.standard_normal(len(t)), 0.2 * np.cos(t)], axis=1)
    rotation = np.stack([np.sin(pitch / 2), 0 * t, 0 * t, np.cos(pitch / 2)], axis=1)
    swing = np.stack([np.sin(2 * np.pi * rhythm * t + p) for p in phase], axis=1)
    hand = head + [20, -40, 25] + reach * swing * [0.3, 1.0, 0.6] + rng.standard_normal((len(t), 3))
    roll = 0.5 * nod * swing[:, 0]
    turned = np.stack([0 * t, 0 * t, np.sin(roll / 2), np.cos(roll / 2)], axis=1)
    values = np.hstack([head, rotation, hand, turned])
    return Sample("motion", values, t, CHANNELS, f"p{number:02d}", f"s{session}", source=f"p{number:02d}/s{session}")


def people(numbers: range, sessions: int = 2, seconds: float = 40.0) -> list[Sample]:
    """Some people's sessions."""
    return [person(number, session, seconds) for number in numbers for session in range(1, sessions + 1)]


TINY = {
    "name": "tiny",
    "encoding": {
        "name": "motion",
        "features": ["positions", "velocities", "statics"],
        "joints": ["head", "right_hand"],
        "fps": 15,
    },
    "window": {"frames": 60, "stride_s": 1.0},
    "network": {"name": "temporal_conv", "channels": 16, "dilations": [1, 2, 4], "attention": 8, "dim": 16},
    "loss": {"name": "arcface"},
    "match_rule": {"name": "knn_vote", "k": 5},
    "training": {
        "subjects_per_batch": 4,
        "windows_per_subject": 4,
        "steps": 24,
        "steps_per_epoch": 8,
        "validation_stride_s": 1,
    },
}


def tiny(**changes: object) -> Recipe:
    """A recipe that trains in a second, with some of its keys replaced (those of `training` one by one)."""
    content = {**TINY, **changes}
    if "training" in changes:
        content["training"] = {**TINY["training"], **changes["training"]}  # type: ignore[dict-item]
    recipe: Recipe = parse(Recipe, content, "tiny")
    return recipe
