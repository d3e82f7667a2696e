"""Encoders of mice: every recipe trains on simulated people, is handed over, and says how many movements it needs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the extra [train]")

from lineament.datasets.simulate.mouse import simulated_mouse
from lineament.errors import SignalError
from lineament.recipes.recipe import load_recipe, with_changes
from lineament.signals.mouse import mouse_sample
from lineament.training.fit import fit
from lineament.training.hand_over import hand_over

SMALLER = {
    "mouse": ["network.kernels=20", "network.dim=16"],
    "mouse-small": ["network.kernels=20"],
    "mouse-lda": [],
    "mouse-fcn": ["network.filters=[4,8,4]", "training.steps=4", "training.steps_per_epoch=4"],
}


@pytest.mark.parametrize("name", sorted(SMALLER))
def test_recipes_train_and_are_handed_over(name: str, tmp_path: Path) -> None:
    people = simulated_mouse(5, minutes=(0.6, 0.5))
    recipe = with_changes(load_recipe(name), SMALLER[name])
    if name == "mouse-fcn":
        recipe = with_changes(recipe, ["training.subjects_per_batch=4"])
    fitted = fit(recipe, list(people), progress=False)
    encoder = hand_over(fitted, tmp_path / "encoder", validation=list(simulated_mouse([7, 8], minutes=(0.6, 0.5))))
    vectors = encoder.embed(people.load(0))
    assert vectors.shape[1] == encoder.dim
    assert np.isfinite(vectors).all()
    assert encoder.encoding.unit == "movements"


def test_a_recording_too_short_says_how_many_movements_more(tmp_path: Path) -> None:
    recipe = with_changes(load_recipe("mouse"), SMALLER["mouse"])
    fitted = fit(recipe, list(simulated_mouse(4, minutes=(0.6, 0.5))), progress=False)
    encoder = hand_over(fitted, tmp_path / "encoder")
    count = np.arange(101)
    short = mouse_sample(count, count % 3, count * 0.016, source="short.csv")
    with pytest.raises(SignalError, match=r"short\.csv: 512 movements .*record 412 more"):
        encoder.embed(short)
    with pytest.raises(SignalError, match="512 movements"):
        encoder.embed(mouse_sample([5, 5, 5], [1, 1, 1], [0, 1, 2], source="resting.csv"))
