"""Paper 003's Tables 2 to 6 as they were printed, and the system that each row stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lineament.files import read_json
from lineament.recipes.recipe import Recipe, load_recipe, with_changes

FILE = Path(__file__).with_name("published_open_set_vein.json")
DEFAULT = "vein-resnet50-cbam"


@dataclass(frozen=True)
class PublishedRow:
    """A row of one of the paper's tables.

    Parameters
    ----------
    table, label : str
        The table's number, and what the row is called in it.
    figures : mapping
        From ``oscr``, ``auroc``, ``eer``, ``rank_1``, ``accuracy`` and ``time`` to what is printed; the EER in per
        cent, the time in ms, the others as shares.
    recipe : str
        Name of the recipe that the row is made by.
    changes : tuple of str
        What is changed in it (see `lineament.recipes.recipe.with_changes`).
    """

    table: str
    label: str
    figures: dict[str, float]
    recipe: str = DEFAULT
    changes: tuple[str, ...] = ()

    def load(self, more: Sequence[str] = ()) -> Recipe:
        """Return the row's recipe, with further changes."""
        return with_changes(load_recipe(self.recipe), [*self.changes, *more])


SYSTEMS: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {
    ("2", "Attention U-Net"): ("vein-attention-unet", ()),
    ("2", "CNN"): ("vein-cnn", ()),
    ("2", "U-Net embedding"): ("vein-unet", ()),
    ("4", "Triplet + Center"): ("vein-triplet-centre", ()),
    ("4", "Contrastive"): (DEFAULT, ("loss=contrastive",)),
    ("5", "256"): (DEFAULT, ("network.dim=256",)),
    ("5", "384"): (DEFAULT, ("network.dim=384",)),
    ("5", "512"): (DEFAULT, ("network.dim=512",)),
    ("6", "3"): (DEFAULT, ("match_rule={name: prototype_knn, k: 3}",)),
    ("6", "5"): (DEFAULT, ("match_rule={name: prototype_knn, k: 5}",)),
}
"""What each row is made by, where it is not the default network with the settings of §4.2."""


def published_rows() -> list[PublishedRow]:
    """Return the rows of Tables 2 to 6, in the paper's order.

    Examples
    --------
    >>> row = published_rows()[0]
    >>> row.table, row.label, row.figures["oscr"], row.load().network.name
    ('2', 'ResNet50-CBAM', 0.9945, 'resnet50_cbam')
    """
    return [
        PublishedRow(
            number,
            label,
            dict(zip(table["columns"], figures, strict=True)),
            *SYSTEMS.get((number, label), (DEFAULT, ())),
        )
        for number, table in _content()["tables"].items()
        for label, figures in table["rows"].items()
    ]


def published_titles() -> dict[str, str]:
    """Return what each table is of, by its number."""
    return {number: table["title"] for number, table in _content()["tables"].items()}


def published_notes() -> list[str]:
    """Return in what the tables disagree among themselves and with the data."""
    return list(_content()["notes"])


def _content() -> dict[str, Any]:
    content: dict[str, Any] = read_json(FILE, "the published tables of paper 003")
    return content
