"""The specs of what histories of visits are encoded, embedded and trained by (see `lineament.recipes.components`)."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, field_validator

from lineament.recipes.components import ENCODINGS, LOSSES, NETWORKS, Component, Discriminant, Spec, each_once

VisitFeature = Literal["gap", "hour", "weekday"]


@ENCODINGS.register("visits")
class VisitEncoding(Component):
    """A frame a visit: which site it was, and how long after the one before, at which hour, on which day.

    All are class numbers (0: not known). `features`, which stand before the site:

    - ``gap``: seconds since the visit before, in classes by powers of e (1: less than a second apart).
    - ``hour``: of the day, 1 to 24.
    - ``weekday``: 1, Monday, to 7.
    """

    name: Literal["visits"] = "visits"
    paper: ClassVar[str] = (
        "000 [11]: Vamosi et al. 2022 (sites ranked by visits, the rare ones together); the form is ours"
    )
    features: tuple[VisitFeature, ...] = ()
    sites: int = Field(
        12_000, ge=1, description="classes for the sites most visited by those who train, fewer where there are fewer"
    )
    buckets: int = Field(
        0, ge=0, description="further classes, which all other sites share by a hash; with 0 these are all unknown"
    )

    _once = field_validator("features")(each_once)


@NETWORKS.register("tl_rnn")
class TlRnn(Component):
    """A learned vector for each class, then LSTM cells, whose last cell state is the embedding: TL-RNN."""

    name: Literal["tl_rnn"] = "tl_rnn"
    paper: ClassVar[str] = "000 [11]: Vamosi et al. 2022; sizes of the vectors as in its open implementation"
    cells: int = Field(512, ge=1, description="of the LSTM: the embedding's size")


class SiteWeights(Spec):
    """How the counts of sites in a window are weighed."""

    root: bool = Field(False, description="take square roots of the counts: one site that fills a window drowns less")
    by_people: bool = Field(
        False,
        description="weigh a site by the rarity of people who visit it, too, not only by that of windows with it",
    )


@NETWORKS.register("site_counts")
class SiteCounts(Component, SiteWeights):
    """How often each site occurs in a window, rare sites weighing more: tf-idf, one number a site."""

    name: Literal["site_counts"] = "site_counts"
    paper: ClassVar[str] = "the floor; Spärck Jones 1972, Salton and Buckley 1988 (tf-idf); by_people: ours"


@NETWORKS.register("visit_statistics")
class VisitStatistics(Component, SiteWeights, Discriminant):
    """Sites as vectors that tell which go together, averaged over a window; hours, pauses: whitened in closed form."""

    name: Literal["visit_statistics"] = "visit_statistics"
    paper: ClassVar[str] = "ours; vectors as Deerwester et al. 1990 (LSA), within: Hatch et al. 2006 (WCCN)"
    vector: int = Field(300, ge=1, description="size of a site's vector, at most")
    projection: Literal["lda", "within"] = "within"
    shrinkage: float = Field(0.5, ge=0, le=1)
    shrinkage_target: Literal["identity", "diagonal"] = "diagonal"


@LOSSES.register("manhattan_triplet")
class ManhattanTriplet(Component):
    """Triplets by the sum of absolute differences (L1) of embeddings as they are: TL-RNN's loss."""

    name: Literal["manhattan_triplet"] = "manhattan_triplet"
    paper: ClassVar[str] = "000 [11]: Vamosi et al. 2022"
    margin: float = Field(1.0, ge=0, description="the published alpha")
