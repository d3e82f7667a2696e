"""Recipes: the shipped ones are what they say, and a wrong key is answered with the right one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from lineament.encodings import build_encoding
from lineament.errors import RecipeError
from lineament.recipes.components import KINDS, ArcFace, CrossEntropy
from lineament.recipes.listing import rows
from lineament.recipes.recipe import Recipe, load_recipe, names, to_yaml, with_changes


@pytest.mark.parametrize("name", names())
def test_every_shipped_recipe_is_whole(name: str) -> None:
    recipe = load_recipe(name)
    assert recipe.name == name
    assert recipe.title
    assert build_encoding(recipe.encoding).names
    assert Recipe.model_validate(yaml.safe_load(to_yaml(recipe))) == recipe


def test_the_papers_winner_and_its_baseline_are_exact() -> None:
    gru, classifier = load_recipe("xr-motion-gru"), load_recipe("xr-motion-classifier")
    assert gru.loss == ArcFace(
        margin_degrees=3.567691167492333, scale=211.03994918573463, weight_regulariser=9.14e-05, frozen_proxies=True
    )
    assert gru.network.model_dump(exclude={"category_dim"}) == {
        "name": "gru",
        "hidden": 450,
        "layers": 3,
        "dropout": 0.28468551172548395,
        "dim": 192,
    }
    assert (gru.training.learning_rate, gru.training.optimiser, gru.training.schedule) == (
        2.115735684121537e-05,
        "adam",
        "constant",
    )
    assert (gru.normalise, gru.window.frames, gru.encoding.fps) == (False, 500, 15)  # type: ignore[attr-defined]
    assert len(build_encoding(gru.encoding).names) == 18
    assert isinstance(classifier.loss, CrossEntropy)
    assert classifier.training.learning_rate == 7.374e-4
    assert classifier.network.model_dump(exclude={"dim", "category_dim"}) == {
        "name": "gru",
        "hidden": 200,
        "layers": 4,
        "dropout": 0.19326,
    }
    for recipe in (gru, classifier):  # 14 windows each of 27 people, 2,500 batches an epoch
        assert recipe.training.subjects_per_batch * recipe.training.windows_per_subject == 378
        assert recipe.training.steps_per_epoch == 2500


def test_there_is_a_recipe_for_each_loss() -> None:
    assert {load_recipe(name).loss.name for name in names()} == set(KINDS["losses"].names())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: x\nnetwrok: gru\n", "a known key was expected, but 'netwrok' came; use 'network'"),
        ("name: x\nnetwork: {name: gru, hiden: 3}\n", "network gru: a known key .* 'hiden' came; use 'hidden'"),
        ("name: x\ntraining: {stpes: 3}\n", "training: a known key .* 'stpes' came; use 'steps'"),
        ("name: x\nloss: arcfase\n", "loss: a registered name .* use 'arcface'"),
        ("name: x\ntraining: {steps: many}\n", "training, steps: .* 'many' came"),
        ("name: x\ntraining: {learning_rate: -1}\n", "learning_rate: .* greater than 0"),
        ("name: x\nnetwork: {hidden: 3}\n", "network: a name .* add 'name: ...'"),
        ("- just\n- a list\n", "keys and values"),
        ("name: [x\n", "YAML"),
        ("name: x\nnetwork: {name: temporal_conv, back_end: {clpi: 2}}\n", "clpi"),
    ],
)
def test_what_is_wrong_is_named(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(RecipeError, match=message) as caught:
        load_recipe(path)
    assert "\n" not in str(caught.value)


def test_unknown_recipes_name_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="use 'xr-motion-small'"):
        load_recipe("xr-motion-smal")
    with pytest.raises(RecipeError, match="No such file"):
        load_recipe(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("training.stpes=3", "use 'steps'"),
        ("traning.steps=3", "a place in it was expected, but no group 'traning'"),
        ("training.steps", "write place=value"),
        ("training..steps=3", "write place=value"),
        ("training.steps=[", "quote it"),
        ("training.steps.more=3", "no group 'steps'"),
    ],
)
def test_a_wrong_change_is_refused(change: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        with_changes(load_recipe("xr-motion-small"), [change])


def test_a_component_can_be_exchanged() -> None:
    recipe = with_changes(load_recipe("xr-motion-small"), ["loss={name: triplet, margin: 0.3}", "network=gru"])
    assert recipe.loss.model_dump() == {"name": "triplet", "margin": 0.3}
    assert recipe.network.name == "gru"


@pytest.mark.parametrize("kind", [*KINDS, "recipes"])
def test_everything_is_listed_with_help(kind: str) -> None:
    found = rows(kind)
    assert found
    assert all(row["help"].strip() for row in found)
    assert [row["name"] for row in found] == sorted(row["name"] for row in found)


def test_wrong_lists_name_the_nearest() -> None:
    with pytest.raises(RecipeError, match="use 'networks'"):
        rows("network")
    with pytest.raises(RecipeError, match="use 'triplet'"):
        rows("losses", "tripplet")


def test_recipes_are_read_without_torch() -> None:
    program = (
        "import sys; from lineament.recipes.listing import rows; rows('recipes'); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
