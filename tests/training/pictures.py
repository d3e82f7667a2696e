"""A few people whose pictures differ, for tests of training on images."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from lineament.recipes.recipe import Recipe, parse
from lineament.signals import Sample
from lineament.signals.image import image_sample


def picture(number: int, session: int, capture: int, size: tuple[int, int] = (24, 28)) -> Sample:
    """Blurred noise of the person's own, moved a little, in a light of the session's own."""
    own = np.random.default_rng([17, number]).standard_normal((40, 40))
    rng = np.random.default_rng([18, number, session, capture])
    moved = ndimage.shift(ndimage.gaussian_filter(own, 3.0), rng.uniform(-1, 1, 2), order=1)[: size[0], : size[1]]
    light = 0.5 + 0.05 * session + 1.2 * moved + 0.02 * rng.standard_normal(size)
    where = {"subject": f"p{number:02d}", "session": f"s{session}"}
    return image_sample(light.clip(0, 1), **where, source=f"p{number:02d}/s{session}/{capture}")


def pictures(numbers: range, sessions: int = 2, captures: int = 2) -> list[Sample]:
    """Some people's pictures."""
    return [
        picture(number, session, capture)
        for number in numbers
        for session in range(1, sessions + 1)
        for capture in range(captures)
    ]


TINY = {
    "name": "tiny-image",
    "encoding": {"name": "image", "height": 24, "width": 28, "contrast": "whole"},
    "window": {"frames": 1, "stride_s": 1.0},
    "network": {"name": "small_residual", "channels": [4, 8, 16], "grid": 3, "dim": 16},
    "loss": {"name": "arcface", "margin_degrees": 14.3, "scale": 16, "ramp_steps": 10},
    "augmentation": {"mirror_classes": True, "rotation_degrees": 5, "shift": 0.05, "noise": 0.1},
    "match_rule": {"name": "prototype"},
    "training": {
        "subjects_per_batch": 6,
        "windows_per_subject": 4,
        "alternate_sessions": True,
        "steps": 60,
        "steps_per_epoch": 20,
        "learning_rate": 0.01,
    },
}


def tiny_image_recipe(**changes: object) -> Recipe:
    """A recipe that trains in seconds, with some of its keys replaced."""
    recipe: Recipe = parse(Recipe, {**TINY, **changes}, "tiny-image")
    return recipe
