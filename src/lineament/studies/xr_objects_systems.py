"""The systems of the table on `xr-objects`: a recipe each, and what is changed in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from lineament.encodings import build_encoding
from lineament.errors import RecipeError
from lineament.recipes.components import Component, Fusion, Gru, Lstm, TemporalConv
from lineament.recipes.recipe import Recipe, load_recipe, names, parse
from lineament.registry import nearest

Part = Literal["main", "attempts", "encodings", "classification"]
PLACES = ("correlated", "convolved")
"""Parameters of a network that name features by their place in the encoding."""


@dataclass(frozen=True)
class TableSystem:
    """A row of the table.

    Parameters
    ----------
    key : str
        What it is called on the command line.
    label : str
        What stands in the table.
    recipe : str
        Name or path of its recipe.
    changes : mapping
        Keys of the recipe that are replaced, dotted where they lie deeper ("network.shrinkage").
    part : str
        The table it stands in: ``main``, ``attempts``, ``encodings`` or ``classification``.
    simulated : int
        How many simulated people it learns from, too.
    mixing : str
        Whether they stand ``beside`` the real ones, ``alone``, or are learned ``before`` them (pre-training).
    choices : tuple of mapping
        Further changes, of which one is chosen in each fold by cross-validation among its training people alone.
    """

    key: str
    label: str
    recipe: str
    changes: dict[str, Any] = field(default_factory=dict)
    part: Part = "main"
    simulated: int = 0
    mixing: Literal["beside", "alone", "before"] = "beside"
    choices: tuple[dict[str, Any], ...] = ()

    @property
    def costly(self) -> bool:
        """Whether a fold takes long: it is trained step by step, or chosen from among several."""
        if self.choices:
            return True
        recipe = self.load()
        parts = recipe.network.parts if isinstance(recipe.network, Fusion) else (recipe.network,)
        return recipe.training.steps > 0 and any(isinstance(part, TemporalConv | Gru | Lstm) for part in parts)

    @property
    def learns_from(self) -> dict[str, Any] | None:
        """Whom it learns from beside the fold's people, as JSON."""
        return {"simulated": self.simulated, "mixing": self.mixing} if self.simulated else None

    def candidates(self) -> list[Recipe]:
        """Return the recipe with each of the choices; the recipe alone where there are none."""
        return [self.load(choice) for choice in self.choices or ({},)]

    def load(self, choice: dict[str, Any] | None = None) -> Recipe:
        """Return the recipe with its changes, and with a choice's.

        Windows may span the pauses between trials, which are shorter than a window. Where features are left out, the
        places of the others that the recipe's network names follow them, unless the changes name them anew.

        Raises
        ------
        RecipeError
            When the recipe is not there or a change does not fit.
        """
        original = load_recipe(self.recipe)
        content = original.model_dump(mode="json")
        changes = {"encoding.join": True, "name": f"table-{self.key}", **self.changes, **(choice or {})}
        for place, value in changes.items():
            *path, last = place.split(".")
            inner: Any = content
            for key in path:
                inner = inner[int(key) if isinstance(inner, list) else key]
            inner[last] = value
        recipe: Recipe = parse(Recipe, content, f"system {self.key}")
        if "network" in changes:
            return recipe
        network = content["network"]
        for key in PLACES:
            if network.get(key) is not None and f"network.{key}" not in changes:
                network[key] = moved(network[key], original.encoding, recipe.encoding)
        moved_recipe: Recipe = parse(Recipe, content, f"system {self.key}")
        return moved_recipe


def moved(places: Sequence[int], before: Component, after: Component) -> list[int]:
    """Return where the features at these places of an encoding stand in another; those that it lacks are left out."""
    old, new = build_encoding(before).names, build_encoding(after).names
    return [new.index(old[place]) for place in places if old[place] in new]


def _encoding_rows(name: str, features: list[str]) -> tuple[TableSystem, TableSystem]:
    """Return the floor and our network on an encoding; ours takes all of its features, since their places differ."""
    key, changes = name.lower(), {"encoding.features": features}
    anywhere = {**changes, "network.correlated": None, "network.convolved": None}
    return (
        TableSystem(f"lda-{key}", f"LDA on {name}", "xr-motion-lda", changes, part="encodings"),
        TableSystem(f"ours-{key}", f"ours on {name}", "xr-motion", anywhere, part="encodings"),
    )


def _fusion() -> dict[str, Any]:
    """Return what makes the convolution's recipe the fusion of our network and the convolution, on our encoding."""
    ours, small = (load_recipe(name).model_dump(mode="json") for name in ("xr-motion", "xr-motion-small"))
    network = {"name": "fusion", "parts": [ours["network"], small["network"]], "weights": [0.8, 0.2]}
    return {"encoding": ours["encoding"], "network": network, "match_rule": ours["match_rule"]}


LDA_MEAN_STD = {"network": {"name": "window_statistics", "statistics": ["mean", "std"], "projection": "lda"}}
OUR_CHOICES: tuple[dict[str, Any], ...] = ({"network.kernels": 0}, {})
"""What stands to be chosen among the training people: with random kernels, or without."""
WITHIN = {"projection": "within", "clip": 2.5, "shrinkage": 0.1, "shrinkage_target": "diagonal", "session_weight": 3.0}
"""Our projection, behind another network."""
GRU = {"name": "gru", "hidden": 128, "layers": 2, "dim": 128}
SIMULATED = 40


def _attempt(key: str, label: str, recipe: str, changes: dict[str, Any] | None = None, **more: Any) -> TableSystem:
    return TableSystem(key, label, recipe, changes or {}, part="attempts", **more)


ATTEMPTS: tuple[TableSystem, ...] = (
    _attempt("moments", "ours without kernels", "xr-motion", {"network.kernels": 0}),
    _attempt("kernels", "ours with kernels alone", "xr-motion", {"network.statistics": []}),
    _attempt("ours-lda", "ours, projected by LDA", "xr-motion", {"network.projection": "lda", "network.dim": None}),
    _attempt("no-height", "ours without head height", "xr-motion", {"encoding.height": False}),
    _attempt("full", "ours, all directions kept", "xr-motion", {"network.dim": None}),
    _attempt("conv-within", "convolution, then our projection", "xr-motion-small", {"network.back_end": WITHIN}),
    _attempt("fusion", "ours (0.8) and convolution (0.2), fused", "xr-motion-small", _fusion()),
    _attempt("simulated", f"ours, {SIMULATED} simulated people more", "xr-motion", simulated=SIMULATED),
    _attempt(
        "simulated-only",
        f"ours, {SIMULATED} simulated people alone",
        "xr-motion",
        simulated=SIMULATED,
        mixing="alone",
    ),
    _attempt(
        "pretrained-conv",
        f"convolution, first trained on {SIMULATED} simulated people",
        "xr-motion-small",
        simulated=SIMULATED,
        mixing="before",
    ),
    _attempt("gru", "GRU 2×128, ArcFace, as many steps as the convolution", "xr-motion-small", {"network": GRU}),
)
SYSTEMS: tuple[TableSystem, ...] = (
    TableSystem("lda", "LDA on mean, std, p10, p90", "xr-motion-lda"),
    TableSystem("lda-mean-std", "LDA on mean, std", "xr-motion-lda", LDA_MEAN_STD),
    TableSystem("conv", "dense convolution, ArcFace", "xr-motion-small"),
    TableSystem("ours", "ours", "xr-motion"),
    TableSystem("nested", "ours, settings chosen in each fold", "xr-motion", choices=OUR_CHOICES),
    *ATTEMPTS,
    *(row for name in ("SR", "BR", "BRV", "BRA", "statics") for row in _encoding_rows(name, [name])),
    *_encoding_rows("BRA+statics", ["BRA", "statics"]),
    *_encoding_rows("positions+statics+BRV+BRA", ["positions", "statics", "BRV", "BRA"]),
    TableSystem(
        "classifier",
        "classification, trained on the enrolment",
        "xr-motion-small",
        {"loss": "cross_entropy", "normalise": False, "training": {"steps": 300, "steps_per_epoch": 300}},
        part="classification",
    ),
)
FLOORS = ("lda", "lda-mean-std")
"""The systems that ours is compared with."""


def available(keys: Sequence[str] | None = None) -> list[TableSystem]:
    """Return the systems asked for, or all whose recipe ships with the package.

    Raises
    ------
    RecipeError
        When a key is unknown.
    """
    known = {system.key: system for system in SYSTEMS}
    if keys is None:
        shipped = names()
        return [system for system in SYSTEMS if system.recipe in shipped]
    unknown = [key for key in keys if key not in known]
    if unknown:
        raise RecipeError("system: one of the table's", repr(unknown[0]), nearest(unknown[0], list(known)))
    return [known[key] for key in keys]
