"""Free text of people who were not trained on, by the protocol of TypeNet (Acien et al. 2021) on fewer people.

Of everybody 15 sentences were typed. The first few of a tested person enrol and the last ten probe, one by one or
several together; every other tested person's probes are impostors' attempts. A person's EER is that of the scores with
that person, over own and others' probes; TypeNet publishes the mean of these. The global EER is that of all scores
under one threshold, which is what an operator sets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lineament.datasets import Dataset
from lineament.decisions import build_match_rule
from lineament.errors import ProtocolError
from lineament.evaluation.scores import Scores
from lineament.gallery import MemoryGallery, Metric
from lineament.metrics import (
    Interval,
    ResampledComparisons,
    equal_error_rate,
    mate_ranks,
    mean_interval,
    pooled_interval,
)
from lineament.recipes.components import Component, Normalised, Prototype, TopMean
from lineament.recipes.plda import Plda
from lineament.recipes.recipe import Recipe
from lineament.signals import Sample

if TYPE_CHECKING:
    from lineament.training.fit import Fitted
    from lineament.training.windows import Recording

Vectors = NDArray[np.float32]
TESTED, VALIDATING = 500, 129
SENTENCES = 15
PROBES = 10
"""The last ten sentences probe, whatever enrols."""
ENROLLED = 5
AMOUNTS = (1, 2, 3, 5)
TOGETHER = (1, 2, 5)
"""Sentences of one probe."""
KEYS = 50
"""Of a sentence, in TypeNet's protocol; those beyond are cut off."""
MEAN_OF_FIVE, TEMPLATE, RATIO, NORMALISED_RATIO = "mean of five", "mean template", "plda", "plda, as-norm"
RULES: Mapping[str, Component] = {
    MEAN_OF_FIVE: TopMean(k=ENROLLED),
    TEMPLATE: Prototype(),
    "mean template, as-norm": Normalised(rule=Prototype(), norm="as", top=100, cohort_probe=1),
    RATIO: Plda(),
    NORMALISED_RATIO: Normalised(rule=Plda(), norm="as", top=100, cohort_probe=1),
}
HEADLINE = NORMALISED_RATIO


@dataclass(frozen=True)
class Sides:
    """Who trains, who validates, and who is tested."""

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]

    @classmethod
    def of(cls, dataset: Dataset, *, tested: int = TESTED, validating: int = VALIDATING, seed: int = 0) -> Sides:
        """Draw the sides by lot, of people of whom there are 15 sentences or more.

        Raises
        ------
        ProtocolError
            When fewer than two people would be left to train.
        """
        counts = dataset.table["subject"].value_counts()
        names = sorted(map(str, counts.index[counts >= SENTENCES]), key=lambda name: (len(name), name))
        order = [names[place] for place in np.random.default_rng(seed).permutation(len(names))]
        if len(order) < tested + validating + 2:
            raise ProtocolError(
                f"{dataset.name}: {tested + validating + 2} people or more with {SENTENCES} sentences each",
                str(len(order)),
                "give the whole set",
            )
        return cls(
            tuple(order[tested + validating :]), tuple(order[tested : tested + validating]), tuple(order[:tested])
        )

    def fewer(self, people: int) -> Sides:
        """Return the same with the first so many of those who train."""
        return Sides(self.train[:people], self.validation, self.test)


def first_keys(sample: Sample, keys: int | None) -> Sample:
    """Return a sentence's first so many keys."""
    if keys is None or len(sample) <= keys:
        return sample
    return sample.replace(values=sample.values[:keys], times=sample.times[:keys])


def recordings(dataset: Dataset, recipe: Recipe, people: Sequence[str], keys: int | None = None) -> list[Recording]:
    """Return the first 15 sentences of people, encoded but not normalised, person by person."""
    from lineament.encodings import build_encoding
    from lineament.training.encoded import encode

    rows = dataset.table.groupby("subject", sort=False).indices
    encoding = build_encoding(recipe.encoding)
    places = [place for who in people for place in rows[who][:SENTENCES]]
    return encode(encoding, (first_keys(dataset.load(place), keys) for place in places))


def vectors_of(fitted: Fitted, sentences: Sequence[Recording]) -> Vectors:
    """Return the embeddings (people, 15, dim) of what `recordings` returned.

    Raises
    ------
    ProtocolError
        When a sentence is too short for an embedding.
    """
    tracks = fitted.tracks(sentences)
    if len(tracks) != len(sentences) or any(len(track) != 1 for track in tracks):
        raise ProtocolError(
            "an embedding for each sentence", f"{len(tracks)} of {len(sentences)}", "encode to a fixed length"
        )
    found = np.concatenate([track.vectors for track in tracks])
    return found.reshape(-1, SENTENCES, found.shape[1]).astype(np.float32)


def gallery_of(vectors: Vectors, names: Sequence[str], metric: Metric) -> MemoryGallery:
    """Enrol people from their embeddings (people, sentences, dim)."""
    gallery = MemoryGallery(vectors.shape[2], metric)
    for name, own in zip(names, vectors, strict=True):
        gallery.enrol(name, own)
    return gallery


def scores_of(
    vectors: Vectors,
    rule: Component,
    *,
    metric: Metric = "cosine",
    cohort: Vectors | None = None,
    enrolled: int = ENROLLED,
    together: int = 1,
) -> Scores:
    """Return the scores of everybody's last ten sentences with everybody's first.

    Parameters
    ----------
    vectors : float array (people, 15, dim)
        Of the tested people.
    rule : Component
        A match rule's spec.
    metric : str
        "cosine" or "euclidean".
    cohort : float array (others, 15, dim), optional
        Other people, for a rule that normalises or learns.
    enrolled, together : int
        Sentences that enrol, and of one probe.
    """
    names = [f"{number:04d}" for number in range(len(vectors))]
    gallery = gallery_of(vectors[:, :enrolled], names, metric)
    others = None if cohort is None else gallery_of(cohort, list(map(str, range(len(cohort)))), metric)
    if isinstance(rule, Normalised):
        rule = rule.model_copy(update={"cohort_probe": together})
    match = build_match_rule(rule, others)
    probes = vectors[:, SENTENCES - PROBES :].reshape(len(vectors), -1, together, vectors.shape[2])
    values = np.array([match.comparison(probe, gallery) for own in probes for probe in own])
    order = [names.index(subject) for subject in gallery.subjects()]
    return Scores.from_matrix(
        values[:, np.argsort(order)], probes=list(np.repeat(names, probes.shape[1])), references=names
    )


def equal_error_rates(scores: Scores) -> NDArray[np.float64]:
    """Return each person's EER: of the scores with that person, of own and of everybody else's probes."""
    values, probes = scores.matrix(), scores.probes["subject"].to_numpy(str)
    rates = []
    for place, subject in enumerate(scores.references["subject"]):
        own = probes == subject
        rates.append(equal_error_rate(mated=values[own, place], non_mated=values[~own, place]))
    return np.array(rates)


def figures_of(scores: Scores, *, replicates: int, seed: int = 0) -> dict[str, Any]:
    """Return EER (global and person by person) and Rank-1 and -5, with their intervals over people, as JSON."""
    values, mates = scores.matrix(), scores.references["subject"].to_numpy(str)
    probes = scores.probes["subject"].to_numpy(str)
    compared = ResampledComparisons(
        scores=values, probe_subjects=probes, reference_subjects=mates, replicates=replicates, seed=seed
    )
    rates = equal_error_rates(scores)
    low, high = mean_interval(per_person=rates, replicates=replicates, seed=seed)
    own = Interval(float(rates.mean()), float(low), float(high))
    figures: dict[str, Interval] = {"eer": compared.equal_error_rate().interval(), "person_eer": own}
    ranks = mate_ranks(scores=values, mates=np.searchsorted(mates, probes))
    for most in (1, 5):
        figures[f"rank_{most}"] = pooled_interval(
            correct=ranks <= most, subjects=probes, replicates=replicates, seed=seed
        )
    return {name: interval.as_json() for name, interval in figures.items()}
