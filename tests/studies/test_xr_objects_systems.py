from __future__ import annotations

import pytest

from lineament.encodings import build_encoding
from lineament.errors import LineamentError
from lineament.recipes.components import DenseStatistics, Fusion, Gru, TemporalConv
from lineament.recipes.recipe import Recipe, load_recipe
from lineament.studies.xr_objects_systems import SYSTEMS, TableSystem, available, moved


def recipe(key: str) -> Recipe:
    return available([key])[0].load()


def our_network(key: str) -> DenseStatistics:
    network = recipe(key).network
    assert isinstance(network, DenseStatistics)
    return network


def test_systems_are_found_by_key_and_their_recipes_hold_together() -> None:
    assert [system.key for system in available(["lda", "conv"])] == ["lda", "conv"]
    with pytest.raises(LineamentError, match="use 'lda'"):
        available(["ldaa"])
    for system in available():
        assert system.load().encoding.model_dump()["join"] is True
    assert {system.part for system in SYSTEMS} == {"main", "attempts", "encodings", "classification"}
    assert len({system.key for system in SYSTEMS}) == len(SYSTEMS)


def test_each_attempt_changes_what_it_says() -> None:
    ours = our_network("ours")
    assert our_network("moments") == ours.model_copy(update={"kernels": 0})
    assert our_network("kernels") == ours.model_copy(update={"statistics": ()})
    assert our_network("ours-lda") == ours.model_copy(update={"projection": "lda", "dim": None})
    assert our_network("full") == ours.model_copy(update={"dim": None})
    assert our_network("simulated") == our_network("simulated-only") == ours
    within, gru, fusion = (recipe(key).network for key in ("conv-within", "gru", "fusion"))
    assert isinstance(within, TemporalConv)
    assert within.back_end is not None
    assert within.back_end.shrinkage == ours.shrinkage
    assert isinstance(gru, Gru)
    assert (gru.hidden, gru.layers) == (128, 2)
    assert isinstance(fusion, Fusion)
    assert fusion.parts == (ours, load_recipe("xr-motion-small").network)
    assert fusion.weights == (0.8, 0.2)
    assert recipe("fusion").encoding == recipe("ours").encoding
    assert recipe("gru").training == recipe("fusion").training == recipe("conv").training


def test_without_height_the_network_takes_the_same_other_features() -> None:
    before, after = (build_encoding(recipe(key).encoding).names for key in ("ours", "no-height"))
    assert set(before) - set(after) == {"statics_head_pos_y"}
    ours, without = our_network("ours"), our_network("no-height")
    for key in ("correlated", "convolved"):
        named = [before[place] for place in getattr(ours, key)]
        assert [after[place] for place in getattr(without, key)] == [n for n in named if n != "statics_head_pos_y"]
    assert moved([3, 0, 5], recipe("ours").encoding, recipe("no-height").encoding) == [0, 4]


def test_places_stay_as_the_changes_name_them() -> None:
    named = {"encoding.height": False, "network.correlated": [3], "network.convolved": None}
    network = TableSystem("x", "x", "xr-motion", named).load().network
    assert isinstance(network, DenseStatistics)
    assert network.correlated == (3,)
    assert network.convolved is None


def test_which_systems_take_long() -> None:
    slow = {system.key for system in SYSTEMS if system.costly}
    assert slow == {"nested", "conv", "conv-within", "fusion", "pretrained-conv", "gru", "classifier"}
    assert not TableSystem("x", "x", "xr-motion-small", {"training.steps": 0}).costly
