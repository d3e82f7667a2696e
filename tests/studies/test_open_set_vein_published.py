from collections import Counter

import pytest

from lineament.studies.open_set_vein_published import published_notes, published_rows, published_titles

ROWS = published_rows()


def test_the_tables_are_whole() -> None:
    assert Counter(row.table for row in ROWS) == {"2": 4, "3": 4, "4": 3, "5": 4, "6": 3}
    assert list(published_titles()) == ["2", "3", "4", "5", "6"]
    for row in ROWS:
        shares = [value for name, value in row.figures.items() if name not in {"eer", "time"}]
        assert all(0.5 < value < 1 for value in shares)
        assert 1 < row.figures["eer"] < 32


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.table}-{row.label}")
def test_every_row_has_its_recipe(row) -> None:
    recipe = row.load()
    assert recipe.encoding.name == "image"
    assert (recipe.training.optimiser, recipe.training.schedule, recipe.training.patience) == ("adamw", "cosine", 15)
    assert recipe.training.steps == 100 * recipe.training.steps_per_epoch
    if row.table == "5":
        assert recipe.network.dim == int(row.label)
    if row.table == "6" and row.label != "1":
        assert recipe.match_rule.k == int(row.label)


def test_the_tables_disagree_as_the_notes_say() -> None:
    by_label = {(row.table, row.label): row.figures for row in ROWS}
    assert by_label["2", "ResNet50-CBAM"] == by_label["5", "128"] == by_label["3", "MMCBNU_6000"]
    assert by_label["4", "Triplet"]["oscr"] == 0.9925 != by_label["2", "ResNet50-CBAM"]["oscr"]
    repeated = {name: by_label["4", "Triplet + Center"][name] for name in ("oscr", "auroc", "eer", "rank_1")}
    assert by_label["6", "1"] == repeated
    pairs = {number: {(f["accuracy"], f["time"]) for (t, _), f in by_label.items() if t == number} for number in "2345"}
    assert all(pairs[number] <= pairs["2"] for number in "345")
    assert len(published_notes()) == 5
