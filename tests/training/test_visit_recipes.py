"""The recipes of browsing, trained on simulated people and handed over: what the runtime makes of histories."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lineament.datasets.simulate.browsing import simulated_browsing
from lineament.encoder import Encoder
from lineament.errors import AcquisitionError, SignalError
from lineament.recipes.recipe import Recipe, load_recipe, with_changes
from lineament.signals import Sample
from lineament.signals.visits import visit_sample
from lineament.training.train import train

START = 1_400_000_000.0


def small(name: str) -> Recipe:
    recipe = with_changes(load_recipe(name), ["window.frames=40", "window.stride_s=40", "encoding.sites=400"])
    if name == "web-tlrnn":
        steps = ["training.steps=2", "training.steps_per_epoch=2", "training.subjects_per_batch=2"]
        return with_changes(recipe, ["network.cells=8", *steps])
    return with_changes(recipe, ["encoding.buckets=50", "training.closed_form_stride_s=40"])


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    out = tmp_path_factory.mktemp("web-small")
    return train(small("web-small"), [simulated_browsing(12, sessions=2)], out, validation=0.3, progress=False)[1]


def history(sites: list[object]) -> Sample:
    return visit_sample(START + 10 * np.arange(len(sites)), sites, source="history.csv")


@pytest.mark.parametrize("name", ["web-tlrnn", "web-visits"])
def test_recipes_train_and_are_handed_over(name: str, tmp_path: Path) -> None:
    people = [simulated_browsing(6, sessions=2)]
    fitted, handed = train(small(name), people, tmp_path, validation=0.35, progress=False)
    assert handed.card["modality"] == "visits"
    assert handed.card["data"][0]["people_trained_on"] == len(fitted.subjects) == 4
    assert handed.metric == ("cosine" if name == "web-visits" else "euclidean")
    assert handed.calibration is not None
    assert handed.calibration.unit == "visits"


def test_what_is_enrolled_names_its_person(encoder: Encoder) -> None:
    sample = simulated_browsing([40], sessions=1).load(0)
    vectors = encoder.embed(sample)
    assert vectors.shape == (len(sample) // 40, encoder.dim)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    other = encoder.embed(simulated_browsing([41], sessions=1).load(0))
    within = vectors[::2].mean(axis=0) @ vectors[1::2].mean(axis=0)
    assert within > vectors.mean(axis=0) @ other.mean(axis=0)


def test_a_history_too_short_to_enrol_says_how_many_more_visits(encoder: Encoder) -> None:
    with pytest.raises(SignalError, match=r"40 visits without a gap was expected, but 28 came; record 12 more"):
        encoder.embed(history(list(range(28))))


def test_a_history_of_one_site_is_a_failure_to_enrol(encoder: Encoder) -> None:
    with pytest.raises(AcquisitionError, match=r"history\.csv: visits to two sites or more"):
        encoder.embed(history([7] * 60))


def test_sites_that_nobody_knew_still_tell_histories_apart(encoder: Encoder) -> None:
    names = [f"site{number % 9}.example" for number in range(40)]
    others = [f"page{number % 9}.example" for number in range(40)]
    first, second, other = (encoder.embed(history(sites))[0] for sites in (names, names[::-1], others))
    assert first @ second > 0.99 > first @ other + 0.1
