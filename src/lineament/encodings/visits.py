"""The visit encoding: each visit to a site becomes a frame of class numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lineament.encodings.encoding import Encoding
from lineament.encodings.normalisation import Normalisation
from lineament.encodings.segment import Segment
from lineament.errors import AcquisitionError, EncoderError, SignalError
from lineament.recipes.recipe import parse
from lineament.recipes.visit_components import VisitEncoding
from lineament.signals import Sample
from lineament.signals.visits import CHANNELS, MODALITY

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
EXACT = 2**24
"""Whole numbers below it are exact in float32; of a larger number of a site, the remainder is taken."""
MIXER = 0x9E3779B97F4A7C15
"""2^64 over the golden ratio: the product with it scatters numbers that follow one another (Knuth, 6.4)."""
HOUR_S, DAY_S, DAYS = 3600.0, 86_400.0, 7
THURSDAY = 3
"""The first day of 1970, Monday being 0."""
LONGEST_GAP = 12
"""Class of pauses of e^10 s, 6 hours, and more."""


@dataclass(frozen=True, eq=False)
class Vocabulary(Normalisation):
    """The sites that are known. As a normalisation it leaves every number as it is.

    Parameters
    ----------
    codes : int array (sites,)
        The sites' numbers, the most visited first: that of class 1, of class 2 ...
    """

    codes: IntArray

    @classmethod
    def of(cls, codes: Iterable[int], features: int) -> Vocabulary:
        """Return the vocabulary of some sites, for frames of so many features."""
        return cls(np.zeros(features), np.ones(features), np.array(list(codes), dtype=np.int64))

    def classes(self, codes: IntArray, first_bucket: int, buckets: int) -> IntArray:
        """Return the class of each site (T,): of those that are not known a bucket's, or 0 where there are none.

        Examples
        --------
        >>> Vocabulary.of([70, 5], features=1).classes(np.array([5, 70, 6]), first_bucket=3, buckets=0).tolist()
        [2, 1, 0]
        """
        unknown = first_bucket + bucket_of(codes, buckets) if buckets else np.zeros(len(codes), dtype=np.int64)
        order = np.argsort(self.codes)
        places = order[np.searchsorted(self.codes, codes, sorter=order).clip(max=len(order) - 1)]
        found: IntArray = np.where(self.codes[places] == codes, places + 1, unknown)
        return found


def bucket_of(codes: IntArray, buckets: int) -> IntArray:
    """Return the bucket (T,) that each site falls into by a hash of its number."""
    mixed = codes.astype(np.uint64) * np.uint64(MIXER) >> np.uint64(32)
    return (mixed % np.uint64(buckets)).astype(np.int64)


class VisitClasses(Encoding):
    """Encodes visits as a `VisitEncoding` says; each visit is one frame of class numbers, the site's last.

    Until it is fitted, the site is its own number; then it is the class of that site among those most visited by the
    people it was fitted to.

    Parameters
    ----------
    component : VisitEncoding

    Examples
    --------
    >>> from lineament.signals.visits import visit_sample
    >>> encoding = VisitClasses(VisitEncoding(features=("hour",), sites=2))
    >>> history = visit_sample([1.4e9, 1.4e9 + 5, 1.4e9 + 2000], [70, 8, 8])
    >>> encoding.fit([history])
    >>> encoding.encode(history)[0].values.tolist(), encoding.categories
    ([[17.0, 2.0], [17.0, 1.0], [18.0, 1.0]], {0: 25, 1: 3})
    """

    modality = MODALITY
    spec_type = VisitEncoding
    unit = "visits"
    component: VisitEncoding
    channels = CHANNELS

    def __init__(self, component: VisitEncoding) -> None:
        self.component = component
        self.names = (*component.features, "site")
        self.shape = (len(self.names),)
        counts = {"gap": LONGEST_GAP, "hour": 24, "weekday": DAYS, "site": component.sites + component.buckets}
        self.categories = {place: counts[name] + 1 for place, name in enumerate(self.names)}

    def encode(self, sample: Sample) -> list[Segment]:
        """Return the visits as the frames of one segment.

        Raises
        ------
        SignalError
            When the sample is of something else than visits.
        AcquisitionError
            When all visits are to one site: that tells nobody from anybody who opens it.
        """
        if sample.modality != MODALITY:
            raise SignalError(f"{sample.source}: visits", sample.modality, "choose an encoding for this modality")
        site, clock = sample.columns(CHANNELS).T
        if len(sample) > 1 and (site == site[0]).all():
            raise AcquisitionError(
                f"{sample.source}: visits to two sites or more",
                f"{len(sample)} visits to one and the same",
                "record a longer history, or one that is not of a single site",
            )
        columns = [*(FEATURES[name](clock) for name in self.component.features), site % EXACT]
        values = np.column_stack(columns).astype(np.float32)
        plain = Segment(values, np.arange(len(values), dtype=np.float64), np.zeros(len(values), dtype=bool))
        return [self.normalised(plain)]

    def fit_segments(self, segments: Iterable[Segment]) -> None:
        """Learn which sites are visited most from segments of an encoding that is not fitted; of equals, lower numbers.

        Raises
        ------
        SignalError
            When there are no visits.
        """
        columns = [segment.values[:, -1].astype(np.int64) for segment in segments]
        if not sum(map(len, columns)):
            raise SignalError("vocabulary of sites: visits of those who train", "none", "add histories")
        codes, counts = np.unique(np.concatenate(columns), return_counts=True)
        ranked = codes[np.argsort(-counts, kind="stable")][: self.component.sites]
        self.normalisation = Vocabulary.of(ranked, len(self.names))

    def normalised(self, segment: Segment) -> Segment:
        """Return a segment of an encoding that is not fitted as the fitted one would have made it."""
        if not isinstance(self.normalisation, Vocabulary):
            return segment
        spec, values = self.component, segment.values.copy()
        values[:, -1] = self.normalisation.classes(values[:, -1].astype(np.int64), spec.sites + 1, spec.buckets)
        return replace(segment, values=values)

    def spec(self) -> dict[str, Any]:
        """Return all of it as JSON (see `from_spec`)."""
        known = self.normalisation.codes.tolist() if isinstance(self.normalisation, Vocabulary) else None
        return {"spec": self.component.model_dump(mode="json"), "sites": known}

    @classmethod
    def from_spec(cls, content: Any) -> Self:
        """Read it from `spec`'s JSON.

        Raises
        ------
        EncoderError, RecipeError
            When something is missing, or a key or value of the spec is wrong.
        """
        if not isinstance(content, dict) or not {"spec", "sites"} <= set(content):
            raise EncoderError("encoding: a spec and sites", "something else", "restore the encoder's folder")
        encoding = cls(parse(cls.spec_type, content["spec"], "encoding visits"))
        known = content["sites"]
        if known is None:
            return encoding
        numbers = isinstance(known, list) and all(isinstance(code, int) and 0 <= code < EXACT for code in known)
        if not numbers or not 0 < len(set(known)) == len(known) <= encoding.component.sites:
            raise EncoderError(
                f"encoding: sites: 1 to {encoding.component.sites} different numbers",
                "something else",
                "restore the encoder's folder",
            )
        encoding.normalisation = Vocabulary.of(known, len(encoding.names))
        return encoding


def _gap(clock: FloatArray) -> FloatArray:
    """Return the class of the pause before each visit, (T,); 0 for the first."""
    pauses = 1.0 + np.floor(np.log(np.maximum(np.diff(clock), 1.0)) + 1.0) * (np.diff(clock) >= 1.0)
    return np.concatenate([[0.0], np.minimum(pauses, LONGEST_GAP)])


def _hour(clock: FloatArray) -> FloatArray:
    """Return the hour of the day, 1 to 24, of each visit."""
    return 1.0 + np.floor(clock % DAY_S / HOUR_S)


def _weekday(clock: FloatArray) -> FloatArray:
    """Return the weekday, 1 to 7, of each visit."""
    return 1.0 + (np.floor(clock / DAY_S) + THURSDAY) % DAYS


FEATURES: dict[str, Callable[[FloatArray], FloatArray]] = {"gap": _gap, "hour": _hour, "weekday": _weekday}
