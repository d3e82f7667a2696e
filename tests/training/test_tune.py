"""Tuning: the paper's spaces, kept in a file, resumed, in parallel, surviving divergence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lineament.encodings import build_encoding
from lineament.errors import LineamentError, RecipeError
from lineament.recipes.components import LOSSES
from lineament.recipes.recipe import Recipe, load_recipe
from lineament.training import tune
from lineament.training.encoded import encode
from lineament.training.tune import Search, suggest

from .people import people, tiny

FAST = {"steps": 4, "steps_per_epoch": 4}


class Ends:
    """A trial that always answers with one end of the range, and notes what it was asked."""

    def __init__(self, high: bool) -> None:
        self.high, self.asked = high, {}

    def suggest_int(self, name: str, low: int, high: int, step: int = 1) -> int:
        self.asked[name] = (low, high, step)
        return high if self.high else low

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        self.asked[name] = (low, high, "log" if log else "linear")
        return high if self.high else low


def test_the_space_of_table_1() -> None:
    trial = Ends(high=True)
    recipe = suggest(trial, load_recipe("xr-motion-gru"))
    wanted: dict[str, Any] = {
        "layers": (1, 4, 1),
        "hidden": (100, 500, 1),
        "dropout": (0.0, 0.4, "linear"),
        "dim": (32, 320, 32),
        "learning_rate": (1e-6, 0.1, "log"),
        "margin_degrees": (1.0, 20.0, "linear"),
        "scale": (1.0, 500.0, "linear"),
    }
    assert trial.asked == wanted
    assert (recipe.network.layers, recipe.network.hidden, recipe.training.learning_rate) == (4, 500, 0.1)  # type: ignore[attr-defined]


def test_a_classifier_has_no_embedding_size_to_search() -> None:
    trial = Ends(high=False)
    suggest(trial, load_recipe("xr-motion-classifier"))
    assert "dim" not in trial.asked
    assert "layers" in trial.asked


@pytest.mark.parametrize("name", LOSSES.names())
@pytest.mark.parametrize("high", [False, True])
def test_every_end_of_every_space_is_a_valid_recipe(name: str, high: bool) -> None:
    for network in ("gru", "lstm", "temporal_conv", "window_statistics", "dense_statistics"):
        recipe = suggest(Ends(high), tiny(loss=name, network=network))
        assert Recipe.model_validate(recipe.model_dump(mode="json")) == recipe


def test_a_fusion_has_no_space_of_its_own() -> None:
    with pytest.raises(RecipeError, match="a network with a search space"):
        suggest(Ends(high=True), tiny(network="fusion"))


@pytest.fixture
def search(tmp_path: Path) -> Search:
    recipe = tiny(training=FAST)
    encoding = build_encoding(recipe.encoding)
    trained, watched = (encode(encoding, people(numbers)) for numbers in (range(3), range(10, 13)))
    return Search(recipe, trained, watched, tmp_path / "study.db", seed=1)


def test_a_search_goes_on_where_it_stopped(search: Search) -> None:
    first = search.run(2)
    assert first.trials == 2
    assert first.path == search.study.with_suffix(".yaml")
    assert load_recipe(first.path) == first.recipe
    ticks: list[int] = []
    again = Search(search.recipe, search.train, search.validation, search.study, seed=1)
    second = again.run(3, tick=lambda: ticks.append(1), jump=lambda place: ticks.append(place))
    assert second.trials == 3
    assert ticks == [2, 1]
    assert second.accuracy is not None
    assert first.accuracy is not None
    assert second.accuracy >= first.accuracy
    assert again.run(3).trials == 3


def test_a_search_of_another_recipe_is_left_alone(search: Search) -> None:
    search.run(1)
    other = Search(tiny(), search.train, search.validation, search.study)
    with pytest.raises(LineamentError, match="a search of this recipe"):
        other.run(2)


def test_a_file_that_is_no_study_is_refused(search: Search) -> None:
    search.study.write_text("poems")
    with pytest.raises(LineamentError, match="a search, or a new file"):
        search.run(1)
    assert search.study.read_text() == "poems"


def test_a_trial_that_diverges_counts_and_the_search_goes_on(search: Search, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, calls = tune.fit_recordings, []

    def sometimes(*args: Any, **options: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise LineamentError("training, step 3: the loss that is a finite number", "NaN", "lower it")
        return whole(*args, **options)

    monkeypatch.setattr(tune, "fit_recordings", sometimes)
    found = search.run(2)
    assert found.trials == 2
    assert found.accuracy is not None


def test_when_all_diverge_there_is_no_recipe(search: Search, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any, **__: Any) -> Any:
        raise LineamentError("training, step 3: the loss that is a finite number", "NaN", "lower it")

    monkeypatch.setattr(tune, "fit_recordings", never)
    found = search.run(1)
    assert (found.trials, found.accuracy, found.path) == (1, None, None)


@pytest.mark.slow
def test_several_processes_share_a_search(search: Search) -> None:
    found = search.run(4, jobs=2)
    assert found.trials == 4
