"""The spec of every component: its name, its parameters with their defaults, its paper.

A spec is data alone (pydantic), so that the runtime wing can read it without torch. What it describes is built
elsewhere: encodings in `lineament.encodings`, networks in `lineament.networks`, losses in `lineament.objectives`.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, SerializeAsAny, field_validator, model_validator
from pydantic_core import to_jsonable_python

from lineament.errors import RecipeError
from lineament.registry import Registry

Values = TypeVar("Values", bound=tuple[Any, ...])


def each_once(values: Values) -> Values:
    """Refuse a value that is named twice: a validator of fields.

    Raises
    ------
    ValueError
    """
    if len(set(values)) < len(values):
        raise ValueError("each may be named once")
    return values


class Spec(BaseModel):
    """Base of every spec: frozen, and unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Component(Spec):
    """A spec that is chosen by name; the first line of its docstring is its help, `paper` its source."""

    name: str
    paper: ClassVar[str] = ""


ENCODINGS: Registry[type[Component]] = Registry("encoding")
NETWORKS: Registry[type[Component]] = Registry("network")
LOSSES: Registry[type[Component]] = Registry("loss")
MATCH_RULES: Registry[type[Component]] = Registry("match rule")
KINDS: dict[str, Registry[type[Component]]] = {
    "encodings": ENCODINGS,
    "networks": NETWORKS,
    "losses": LOSSES,
    "match-rules": MATCH_RULES,
}

FeatureSet = Literal[
    "SR", "BR", "BRV", "BRA", "statics", "positions", "orientations", "velocities", "turns", "differences"
]
Joint = Literal["head", "left_hand", "right_hand"]
Statistic = Literal["mean", "std", "log_std", "p5", "p10", "p25", "p50", "p75", "p90", "p95", "correlation", "frames"]


@ENCODINGS.register("motion")
class MotionEncoding(Component):
    """Head and hands, scene- or body-relative, with their first and second differences.

    `features` are concatenated in the order given (docs/encodings.md has the formulas):

    - ``SR``: scene-relative positions (cm) and rotations of the joints, as recorded.
    - ``BR``: the hands relative to the head and its heading; the head's rotation without its heading.
    - ``BRV``, ``BRA``: its first and second differences from frame to frame (cm a frame, cm a frame squared).
    - ``statics``: the head's height (cm; where `height`) and the direction of up in the head's frame (pitch and
      roll); they carry body size and posture.
    - ``positions``: only the positions of ``BR`` (a hand may lack its rotation).
    - ``orientations``: the hands' rotations of ``BR`` as the directions of forward and up; no jumps.
    - ``velocities``: each joint's own way since the frame before (cm), seen from the head's heading.
    - ``turns``: each joint's own turn since the frame before (rotation vector, degrees), yaw included.
    - ``differences``: how far ``positions`` and ``statics`` have gone over each of `lags` frames.
    """

    name: Literal["motion"] = "motion"
    paper: ClassVar[str] = "002 §4.3; Rack et al. 2022 (SR, BR, BRV)"
    features: tuple[FeatureSet, ...] = Field(("BRA",), min_length=1)
    joints: tuple[Joint, ...] = Field(
        ("head", "left_hand", "right_hand"), min_length=1, description="a recording without one of them is refused"
    )
    fps: float = Field(15.0, gt=0, allow_inf_nan=False, description="frames a second after resampling")
    max_gap_s: float = Field(
        0.5, gt=0, allow_inf_nan=False, description="a longer gap splits the recording; a shorter one is interpolated"
    )
    join: bool = Field(
        False, description="let windows span the gaps of one recording (seams are marked for the network)"
    )
    height: bool = Field(True, description="whether statics and differences hold the head's height")
    lags: tuple[PositiveInt, ...] = Field((2, 4, 8), min_length=1, description="of `differences`, in frames")

    _once = field_validator("features", "joints", "lags")(each_once)


def describe(kind: str) -> list[dict[str, Any]]:
    """Return name, help, paper and parameters of every component of a kind (a key of `KINDS`)."""
    registry = KINDS[kind]
    rows = []
    for name in registry.names():
        spec = registry.get(name)
        fields = {key: field for key, field in spec.model_fields.items() if key != "name"}
        parameters = {
            key: None if field.is_required() else to_jsonable_python(field.get_default(call_default_factory=True))
            for key, field in fields.items()
        }
        rows.append(
            {"name": name, "help": (spec.__doc__ or "").split("\n")[0], "paper": spec.paper, "parameters": parameters}
        )
    return rows


@NETWORKS.register("gru")
class Gru(Component):
    """Gated recurrent units; the last state, then a linear layer."""

    name: Literal["gru"] = "gru"
    paper: ClassVar[str] = "002 §4.2, Table 3"
    hidden: int = Field(450, ge=1)
    layers: int = Field(3, ge=1)
    dropout: float = Field(0.0, ge=0, lt=1)
    dim: int = Field(192, ge=1, description="embedding size (for a classifier: replaced by the number of subjects)")
    category_dim: int = Field(16, ge=1, description="size of the vector that a class number (key, site) becomes")


@NETWORKS.register("lstm")
class Lstm(Component):
    """Long short-term memory; the last state, then a linear layer."""

    name: Literal["lstm"] = "lstm"
    paper: ClassVar[str] = "002 §4.2; Rack et al. 2022"
    hidden: int = Field(450, ge=1)
    layers: int = Field(3, ge=1)
    dropout: float = Field(0.0, ge=0, lt=1)
    dim: int = Field(192, ge=1)
    category_dim: int = Field(16, ge=1, description="size of the vector that a class number (key, site) becomes")


class Discriminant(Spec):
    """How statistics are standardised and projected, in closed form, once there are training subjects."""

    clip: float | None = Field(None, gt=0, description="bound of the z-scored statistics")
    projection: Literal["lda", "plda", "within", "even"] = Field(
        "lda",
        description="lda: the discriminant directions; plda: each weighed by what it tells; within: the scatter within "
        "subjects whitened; even: of that the widest directions, evened out",
    )
    shrinkage: float = Field(0.0, ge=0, le=1, description="of the within-subject scatter towards its target")
    shrinkage_target: Literal["identity", "diagonal"] = Field(
        "identity", description="scaled identity, or own diagonal"
    )
    session_weight: float | None = Field(
        None, ge=0, description="of the scatter between one subject's sessions; not told apart where not given"
    )
    dim: int | None = Field(
        None,
        ge=1,
        description="largest embedding size; where not given, lda: training subjects - 1, within: all directions",
    )


@NETWORKS.register("temporal_conv")
class TemporalConv(Component):
    """Unpadded dilated convolutions and attentive statistics: every sliding window from one pass."""

    name: Literal["temporal_conv"] = "temporal_conv"
    paper: ClassVar[str] = "ours; attentive statistics after Okabe et al. 2018"
    channels: int = Field(96, ge=1)
    kernel: int = Field(3, ge=1)
    dilations: tuple[int, ...] = Field(
        (1, 2, 4, 8, 16), description="one residual block each; a first convolution comes before them"
    )
    norm: Literal["batch", "layer"] = Field(
        "batch", description="over the batch, frozen once trained; or over channels"
    )
    dropout: float = Field(0.1, ge=0, lt=1)
    attention: int = Field(32, ge=0, description="hidden size of the attention scorer; 0: plain statistics")
    statistics: tuple[Literal["mean", "std"], ...] = Field(("mean", "std"), min_length=1)
    dim: int = Field(128, ge=1)
    category_dim: int = Field(16, ge=1, description="size of the vector that a class number (key, site) becomes")
    back_end: Discriminant | None = Field(
        None, description="takes the last layer's place after training: the pooled statistics, projected"
    )


@NETWORKS.register("window_statistics")
class WindowStatistics(Component, Discriminant):
    """Statistics of each window, projected by linear discriminant analysis: the floor."""

    name: Literal["window_statistics"] = "window_statistics"
    paper: ClassVar[str] = "the training-free floor; Fisher 1936, Rao 1948; within: Hatch et al. 2006 (WCCN)"
    statistics: tuple[Statistic, ...] = Field(
        ("mean", "std", "p10", "p90"),
        min_length=1,
        description="log_std: logarithm of the deviation; correlation: Fisher's z of every pair of features; "
        "frames: all frames one after another, where each has a meaning of its own (a phrase typed key by key)",
    )
    correlated: tuple[int, ...] | None = Field(None, description="features (by place) that are correlated; all")


@NETWORKS.register("dense_statistics")
class DenseStatistics(Component, Discriminant):
    """Statistics of frames and of random convolutions, projected: every sliding window from one pass."""

    name: Literal["dense_statistics"] = "dense_statistics"
    paper: ClassVar[str] = "ours; kernels after Dempster et al. 2020 (ROCKET); within: Hatch et al. 2006 (WCCN)"
    statistics: tuple[Literal["mean", "std", "log_std", "correlation"], ...] = Field(
        ("mean", "std", "correlation"), description="of the features, as in window_statistics; may be none"
    )
    correlated: tuple[int, ...] | None = Field(None, description="features (by place) that are correlated; all")
    kernels: int = Field(400, ge=0, description="random convolutions of one feature each, rectified and pooled")
    kernel: int = Field(7, ge=2, description="length of a kernel")
    dilations: tuple[int, ...] = Field((1, 2, 4, 8), min_length=1, description="shared out among the kernels")
    zero_mean: float = Field(0.5, ge=0, le=1, description="share of the kernels that a constant feature leaves at zero")
    convolved: tuple[int, ...] | None = Field(
        None,
        description="features (by place) that the other kernels take, best without what is constant in a person; all",
    )
    bound: float = Field(6.0, gt=0, description="of the features that kernels take")
    kernel_statistics: tuple[Literal["mean", "std"], ...] = Field(
        ("mean", "std"), min_length=1, description="of the kernels' outputs, whose square roots are taken"
    )
    kernel_seed: int = Field(0, ge=0)
    clip: float | None = Field(2.5, gt=0, description="bound of the z-scored statistics")
    projection: Literal["lda", "within", "even"] = "within"
    shrinkage: float = Field(0.1, ge=0, le=1)
    shrinkage_target: Literal["identity", "diagonal"] = "diagonal"
    session_weight: float | None = Field(3.0, ge=0)


@NETWORKS.register("fusion")
class Fusion(Component):
    """Several networks side by side: the comparison score is the weighted mean of theirs."""

    name: Literal["fusion"] = "fusion"
    paper: ClassVar[str] = "ours"
    parts: tuple[SerializeAsAny[Component], ...] = Field((TemporalConv(), WindowStatistics()), min_length=1)
    weights: tuple[float, ...] | None = Field(None, description="of the parts' comparison scores; equal")

    @field_validator("parts", mode="before")
    @classmethod
    def _build_parts(cls, value: Any) -> Any:
        from lineament.recipes.recipe import component  # recipe.py imports this module

        return tuple(component(NETWORKS, part) for part in value) if isinstance(value, list | tuple) else value

    @model_validator(mode="after")
    def _check_weights(self) -> Fusion:
        if self.weights is not None and len(self.weights) != len(self.parts):
            raise RecipeError(f"network fusion: {len(self.parts)} weights", str(len(self.weights)), "give one a part")
        if self.weights is not None and min(self.weights) <= 0:
            raise RecipeError("network fusion: weights above 0", str(min(self.weights)), "leave that part out")
        return self


@LOSSES.register("arcface")
class ArcFace(Component):
    """Additive angular margin between embeddings and a proxy for each training subject."""

    name: Literal["arcface"] = "arcface"
    paper: ClassVar[str] = "002 §5.1; Deng et al. 2019"
    margin_degrees: float = Field(28.6, ge=0, le=180)
    ramp_steps: int = Field(0, ge=0, description="steps over which the margin rises to its full size")
    scale: float = Field(64.0, gt=0)
    weight_regulariser: float = Field(0.0, ge=0)
    frozen_proxies: bool = Field(
        False, description="leave the proxies out of the optimiser, as the published graph does"
    )


@LOSSES.register("normalised_softmax")
class NormalisedSoftmax(Component):
    """Softmax over cosine to a proxy for each training subject, divided by a temperature."""

    name: Literal["normalised_softmax"] = "normalised_softmax"
    paper: ClassVar[str] = "002 §5.1; Zhai and Wu 2019"
    temperature: float = Field(0.05, gt=0)
    frozen_proxies: bool = False


@LOSSES.register("contrastive")
class Contrastive(Component):
    """Pairs of one subject within a margin, pairs of two subjects beyond another."""

    name: Literal["contrastive"] = "contrastive"
    paper: ClassVar[str] = "002 §5.1; Hadsell et al. 2006"
    positive_margin: float = Field(0.0, ge=0)
    negative_margin: float = Field(1.0, ge=0)


@LOSSES.register("triplet")
class Triplet(Component):
    """The positive nearer to the anchor than the negative by a margin."""

    name: Literal["triplet"] = "triplet"
    paper: ClassVar[str] = "002 §5.1; Weinberger and Saul 2009"
    margin: float = Field(0.05, ge=0)


@LOSSES.register("multi_similarity")
class MultiSimilarity(Component):
    """Pairs weighted by self-similarity and by their relation to the other pairs."""

    name: Literal["multi_similarity"] = "multi_similarity"
    paper: ClassVar[str] = "002 §5.1; Wang et al. 2019"
    alpha: float = Field(2.0, gt=0)
    beta: float = Field(50.0, gt=0)
    base: float = Field(0.5, ge=0)


@LOSSES.register("cross_entropy")
class CrossEntropy(Component):
    """Categorical cross entropy of a classification head: the baseline, which knows its training subjects only."""

    name: Literal["cross_entropy"] = "cross_entropy"
    paper: ClassVar[str] = "002 §5.3"


@MATCH_RULES.register("knn_vote")
class KnnVote(Component):
    """Each window's k nearest templates vote; soft: vote fractions averaged; hard: a majority of majorities."""

    name: Literal["knn_vote"] = "knn_vote"
    paper: ClassVar[str] = "002 §4.6 (hard); its published code (soft)"
    k: int = Field(50, ge=1)
    soft: bool = True


@MATCH_RULES.register("prototype")
class Prototype(Component):
    """Similarity of the probe's mean embedding to each subject's mean template."""

    name: Literal["prototype"] = "prototype"
    paper: ClassVar[str] = "003 eq. 1"


@MATCH_RULES.register("prototype_knn")
class PrototypeKnn(Component):
    """The most similar prototype, held to the mean of the k most similar, whoever they are of: it collapses."""

    name: Literal["prototype_knn"] = "prototype_knn"
    paper: ClassVar[str] = "003 Table 6"
    k: int = Field(3, ge=1)


@MATCH_RULES.register("top_mean")
class TopMean(Component):
    """Mean of the k best comparisons with each subject's own templates, averaged over the windows."""

    name: Literal["top_mean"] = "top_mean"
    paper: ClassVar[str] = "ours; what 003 Table 6 may have meant"
    k: int = Field(3, ge=1)


@MATCH_RULES.register("normalised")
class Normalised(Component):
    """Another rule's comparison scores, told in standard deviations of a cohort of other people's."""

    name: Literal["normalised"] = "normalised"
    paper: ClassVar[str] = "Auckenthaler et al. 2000 (Z, T); Shum et al. 2010 (S); Matejka et al. 2017 (AS)"
    rule: SerializeAsAny[Component] = Field(Prototype(), description="which is normalised")
    norm: Literal["z", "t", "s", "as"] = Field(
        "as", description="z: by the subject's scores with the cohort; t: by the probe's; s: the mean of both; as: of "
        "both, by the most similar of the cohort alone",
    )  # fmt: skip
    top: int = Field(100, ge=2, description="how many of the cohort are the most similar; for `as`")
    cohort_probe: int | None = Field(
        None, ge=1, description="how many of a member's templates probe, as many as a probe has windows; all"
    )

    @field_validator("rule", mode="before")
    @classmethod
    def _build_rule(cls, value: Any) -> Any:
        from lineament.recipes.recipe import component  # recipe.py imports this module

        return component(MATCH_RULES, value)

    @field_validator("rule")
    @classmethod
    def _check_rule(cls, rule: Component) -> Component:
        if isinstance(rule, Normalised) or rule.name not in MATCH_RULES.names():
            raise RecipeError("match rule normalised: a rule that gives plain scores", rule.name, "use 'prototype'")
        return rule
