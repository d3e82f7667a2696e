"""A `Recipe`: the whole of how an encoder is made, read from YAML."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BeforeValidator, Field, SerializeAsAny, ValidationError, model_validator

from lineament.errors import RecipeError
from lineament.recipes.augmentations import AUGMENTATIONS, Augmentation
from lineament.recipes.components import (
    ENCODINGS,
    LOSSES,
    MATCH_RULES,
    NETWORKS,
    ArcFace,
    Component,
    KnnVote,
    MotionEncoding,
    Normalised,
    Spec,
    TemporalConv,
)
from lineament.registry import Registry, nearest

FOLDER = Path(__file__).parent


def component(registry: Registry[type[Component]], value: Any) -> Any:
    """Turn ``{name: ..., parameter: ...}``, or a name alone, into the spec registered under that name."""
    if isinstance(value, str):
        value = {"name": value}
    if not isinstance(value, dict):
        return value
    if "name" not in value:
        raise RecipeError(f"{registry.kind}: a name", f"the keys {', '.join(map(str, value))}", "add 'name: ...'")
    return parse(registry.get(str(value["name"])), value, f"{registry.kind} {value['name']}")


def _component(registry: Registry[type[Component]]) -> BeforeValidator:
    """Return a validator that builds a component's spec (see `component`)."""
    return BeforeValidator(lambda value: component(registry, value))


EncodingSpec = Annotated[SerializeAsAny[Component], _component(ENCODINGS)]
NetworkSpec = Annotated[SerializeAsAny[Component], _component(NETWORKS)]
LossSpec = Annotated[SerializeAsAny[Component], _component(LOSSES)]
AugmentationSpec = Annotated[SerializeAsAny[Component], _component(AUGMENTATIONS)]
MatchRuleSpec = Annotated[SerializeAsAny[Component], _component(MATCH_RULES)]


class Window(Spec):
    """The sliding window that becomes one embedding."""

    frames: int = Field(300, ge=1)
    stride_s: float = Field(1.0, gt=0, description="between the windows that are enrolled and probed, in seconds")


class Training(Spec):
    """How long, how fast, on what batches."""

    subjects_per_batch: int = Field(12, ge=2)
    windows_per_subject: int = Field(8, ge=2)
    alternate_sessions: bool = Field(False, description="take a subject's windows of a batch from its sessions in turn")
    crop_frames: int | None = Field(
        None, ge=1, description="frames of a training window, where shorter than those that are enrolled and probed"
    )
    steps: int = Field(1500, ge=0, description="optimiser steps in all; 0: weights stay as drawn")
    steps_per_epoch: int = Field(100, ge=1, description="steps between validations")
    learning_rate: float = Field(1e-3, gt=0)
    weight_decay: float = Field(0.0, ge=0)
    optimiser: str = Field("adamw", pattern="^(adam|adamw|rmsprop)$")
    schedule: str = Field("cosine", pattern="^(constant|cosine)$")
    warm_up: int = Field(0, ge=0, description="steps over which the learning rate rises to its full height")
    patience: int = Field(
        0, ge=0, description="epochs without a better validation before stopping; 0: never stop early"
    )
    precision: str = Field("fp32", pattern="^(fp32|bf16)$", description="of the network; losses are always fp32")
    validation_stride_s: float = Field(5.0, gt=0, description="between the windows of a validation, in seconds")
    closed_form_stride_s: float = Field(
        5.0, gt=0, description="between the windows that a projection is fitted to, in seconds"
    )


class Recipe(Spec):
    """An encoder's recipe.

    Examples
    --------
    >>> recipe = load_recipe("xr-motion-gru")
    >>> recipe.network.name, recipe.window.frames
    ('gru', 500)
    """

    name: str
    title: str = ""
    paper: str = ""
    encoding: EncodingSpec = MotionEncoding()
    window: Window = Window()
    network: NetworkSpec = TemporalConv()
    loss: LossSpec = ArcFace()
    normalise: bool = Field(
        True, description="give embeddings unit norm and compare by cosine; else by Euclidean distance"
    )
    augmentation: AugmentationSpec = Augmentation()
    training: Training = Training()
    match_rule: MatchRuleSpec = KnnVote()

    @property
    def ranking(self) -> Component:
        """The match rule; of one that normalises scores that which it normalises, as training has no cohort."""
        return self.match_rule.rule if isinstance(self.match_rule, Normalised) else self.match_rule

    @model_validator(mode="before")
    @classmethod
    def _name_augmentation(cls, content: Any) -> Any:
        """Take the augmentation of the encoding's modality, or noise, where its name is not given."""
        if not isinstance(content, dict):
            return content
        encoding, augmentation = content.get("encoding", "motion"), content.get("augmentation", {})
        if isinstance(encoding, Component):
            encoding = encoding.name
        elif isinstance(encoding, dict):
            encoding = encoding.get("name")
        if isinstance(augmentation, dict) and "name" not in augmentation and encoding in ENCODINGS.names():
            own = encoding if encoding in AUGMENTATIONS.names() else "noise"
            return {**content, "augmentation": {"name": own, **augmentation}}
        return content


def parse(model: type[Spec], content: Any, where: str) -> Any:
    """Validate a mapping against a spec.

    Raises
    ------
    RecipeError
        At the first unknown key (naming the nearest right one) or wrong value.
    """
    if not isinstance(content, dict):
        raise RecipeError(f"{where}: keys and values", type(content).__name__, "write 'key: value' lines")
    unknown = [str(key) for key in content if key not in model.model_fields]
    if unknown:
        raise RecipeError(f"{where}: a known key", repr(unknown[0]), nearest(unknown[0], sorted(model.model_fields)))
    for key, value in content.items():
        annotation: Any = model.model_fields[key].annotation
        nested = isinstance(annotation, type) and issubclass(annotation, Spec) and not issubclass(annotation, Component)
        if nested and isinstance(value, dict):
            content = {**content, key: parse(annotation, value, f"{where}, {key}")}
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise RecipeError(f"{where}, {place}: {first['msg']}", repr(first["input"]), "correct it") from error


def names() -> list[str]:
    """Return the names of the recipes that ship with the package."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def load_recipe(name_or_path: str | Path) -> Recipe:
    """Read a recipe by its name or from a YAML file.

    Raises
    ------
    RecipeError
        When there is no such recipe, the file is not YAML, or a key or value is wrong.
    """
    path = Path(name_or_path)
    if path.suffix not in {".yaml", ".yml"}:
        path = FOLDER / f"{name_or_path}.yaml"
        if not path.is_file():
            raise RecipeError(
                "recipe: the name of a shipped recipe or a .yaml file",
                repr(str(name_or_path)),
                nearest(str(name_or_path), names()),
            )
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecipeError(f"{path}: a recipe", f"'{error.strerror}'", "check the path") from error
    except yaml.YAMLError as error:
        raise RecipeError(
            f"{path}: YAML", f"'{str(error).splitlines()[0]}'", "correct the indentation or quotes"
        ) from error
    recipe: Recipe = parse(Recipe, content, path.name)
    return recipe


def with_changes(recipe: Recipe, changes: Sequence[str]) -> Recipe:
    """Return a recipe with some of its values replaced.

    Parameters
    ----------
    changes : sequence of str
        Each ``place=value``: keys joined by dots, and a value in YAML.

    Raises
    ------
    RecipeError
        When one is not of that form, or a key or value is wrong.

    Examples
    --------
    >>> recipe = with_changes(load_recipe("xr-motion-gru"), ["training.steps=10", "encoding.joints=[head, right_hand]"])
    >>> recipe.training.steps, recipe.encoding.joints
    (10, ('head', 'right_hand'))
    """
    content = recipe.model_dump(mode="json")
    for change in changes:
        place, sign, text = change.partition("=")
        keys = place.strip().split(".")
        if not sign or not all(keys):
            raise RecipeError("recipe: a change like training.steps=100", repr(change), "write place=value")
        inner: Any = content
        for key in keys[:-1]:
            inner = inner.get(key) if isinstance(inner, dict) else None
            if not isinstance(inner, dict):
                raise RecipeError(f"recipe, {place}: a place in it", f"no group '{key}'", "see `lineament recipe show`")
        try:
            inner[keys[-1]] = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise RecipeError(f"recipe, {place}: a value in YAML", repr(text), "quote it") from error
    changed: Recipe = parse(Recipe, content, recipe.name)
    return changed


def to_yaml(recipe: Recipe) -> str:
    """Return a recipe as YAML, with every default."""
    text: str = yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False, default_flow_style=None, width=100)
    return text
