"""The recipes of signatures from training to a decision, on simulated writers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lineament.datasets.simulate.signatures import simulated_signatures
from lineament.decisions import build_match_rule, identify
from lineament.encoder import Encoder
from lineament.errors import SignalError
from lineament.gallery import MemoryGallery
from lineament.recipes.recipe import load_recipe, with_changes
from lineament.signals.mouse import mouse_sample
from lineament.training.train import train

SHORT = ("training.steps=3", "training.steps_per_epoch=3")


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    """An encoder of the recipe `signature`, trained and calibrated."""
    people = simulated_signatures(10, signatures=4, forgeries=4, seed=3)
    out = tmp_path_factory.mktemp("signature")
    fitted, encoder = train(load_recipe("signature"), [people], out, progress=False, validation=0.4)
    assert not np.allclose(fitted.network.projection.numpy(), np.eye(*fitted.network.projection.shape), atol=0.1)
    assert fitted.subjects[1] == f"{fitted.subjects[0]}-forged"
    return encoder


def test_forgeries_train_but_do_not_validate(encoder: Encoder) -> None:
    assert encoder.card["training"]["subjects"] == 12
    assert encoder.card["figures"]["validation"]["people"] == 4


def test_new_writers_are_identified_and_forgeries_score_lower(encoder: Encoder) -> None:
    data = simulated_signatures(range(50, 54), signatures=5, forgeries=5, seed=3)
    gallery = MemoryGallery(dim=encoder.dim, metric=encoder.metric)
    table, embedded = data.table, [encoder.embed(sample) for sample in data]
    for row in np.flatnonzero(table["session"] == "S001"):
        gallery.enrol(table["subject"][row], embedded[row])
    rule = build_match_rule(load_recipe("signature").match_rule)
    genuine = np.flatnonzero(table["session"] == "S002")
    named = [gallery.subjects()[rule.scores(embedded[row], gallery).argmax()] for row in genuine]
    assert np.mean(np.array(named) == table["subject"][genuine]) > 0.9

    def own(rows: np.ndarray) -> float:
        places = [gallery.subjects().index(table["target"][row]) for row in rows]
        return float(np.mean([rule.scores(embedded[r], gallery)[p] for r, p in zip(rows, places, strict=True)]))

    assert own(genuine) > own(np.flatnonzero(table["forgery"]))
    decision = identify(embedded[genuine[0]], gallery, rule, encoder.calibration)
    assert decision.candidates[0][0] == table["subject"][genuine[0]]


def test_what_is_no_signature_is_refused(encoder: Encoder) -> None:
    times = np.arange(50) / 100
    moved = mouse_sample(100 * times, 100 * times, times)
    with pytest.raises(SignalError, match="a signature"):
        encoder.embed(moved)


@pytest.mark.parametrize("name", ["signature-small", "signature-gru"])
def test_the_other_recipes_train(name: str, tmp_path: Path) -> None:
    people = simulated_signatures(6, signatures=3, forgeries=2, seed=1)
    _, encoder = train(with_changes(load_recipe(name), SHORT), [people], tmp_path, progress=False, validation=0.3)
    assert np.isfinite(encoder.embed(people.load(0))).all()
    assert encoder.calibration is not None
