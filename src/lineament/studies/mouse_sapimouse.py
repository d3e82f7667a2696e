"""SapiMouse under the protocol of Antal, Fejér and Buza (2021): users 1 to 72 teach, users 73 to 120 are tested.

The tested people are enrolled from their session of three minutes and probe that of one minute. Blocks of 128 movements
are scored one by one; the scores of several that follow each other are averaged, the next decision beginning one block
later, as in the published code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lineament.datasets import Dataset
from lineament.decisions import build_match_rule
from lineament.encodings.mouse import Movements
from lineament.errors import ProtocolError
from lineament.evaluation.judging import judge_spans
from lineament.evaluation.protocol_run import enrol_tracks
from lineament.evaluation.scores import Scores
from lineament.evaluation.spans import sliding_spans, span_means
from lineament.evaluation.tracks import Track, embed_tracks, merge_tracks
from lineament.gallery import Metric
from lineament.recipes.components import Component, Normalised
from lineament.recipes.recipe import Recipe
from lineament.signals import Sample
from lineament.studies.mouse_svm import OneClassSvm

if TYPE_CHECKING:
    from lineament.encoder import Encoder
    from lineament.training.fit import Fitted
    from lineament.training.windows import Recording

FloatArray = NDArray[np.float64]
BLOCK = 128
BLOCKS = (1, 2, 3, 4, 5)
LAST_TRAINED = 72
VALIDATING_FROM = 55
"""Users from here to 72 validate, where settings or thresholds are chosen."""
SVM_ENROLS_EVERY = 128.0
"""Movements from one template of a machine to the next: blocks that do not overlap, as published."""


@dataclass(frozen=True)
class Sides:
    """Who teaches, and who is tested, by subject; which sessions enrol and which probe."""

    train: tuple[str, ...]
    test: tuple[str, ...]
    enrol: str
    probe: str

    @classmethod
    def published(cls, dataset: Dataset, *, validation: bool = False) -> Sides:
        """Return the paper's sides; with `validation`, users 1 to 54 teach and 55 to 72 stand for the tested ones.

        Raises
        ------
        ProtocolError
            When the data set is another, or people are missing on a side.
        """
        number = {who: int(found[0]) for who in dataset.subjects() if (found := re.findall(r"\d+", who))}
        last, end = (VALIDATING_FROM - 1, LAST_TRAINED) if validation else (LAST_TRAINED, 10**9)
        train = tuple(who for who, n in number.items() if n <= last)
        test = tuple(who for who, n in number.items() if last < n <= end)
        if dataset.name != "mouse-sapimouse" or len(train) < 2 or len(test) < 2:
            raise ProtocolError(
                f"mouse-sapimouse: users up to {last} and beyond",
                f"{dataset.name} with {len(train)} and {len(test)}",
                "give the folder of the whole set",
            )
        return cls(train, test, "1-3min", "2-1min")

    @classmethod
    def simulated(cls, dataset: Dataset) -> Sides:
        """Return sides of the paper's sizes of simulated people: the first three fifths teach."""
        people = dataset.subjects()
        last = round(0.6 * len(people))
        return cls(tuple(people[:last]), tuple(people[last:]), "1", "2")


@dataclass(frozen=True, eq=False)
class Embedded:
    """The tested people's sessions as windows: what one system, fitted with one seed, makes of them."""

    enrolled: list[Track]
    probes: list[Track]
    cohort: list[Track]
    """What those who teach would probe with: by their scores others' are normalised. May be none."""
    seconds: float
    """Spent fitting."""

    @classmethod
    def of(cls, fitted: Fitted, recordings: Sequence[Recording], sides: Sides) -> Embedded:
        """Embed what the tested people enrol and probe with, a window a stride of the recipe."""

        def tracks(people: tuple[str, ...], session: str) -> list[Track]:
            chosen = [r for r in recordings if r.subject in people and r.session == session]
            return merge_tracks(fitted.tracks(chosen))

        enrolled, probes = tracks(sides.test, sides.enrol), tracks(sides.test, sides.probe)
        return cls(enrolled, probes, tracks(sides.train, sides.probe), fitted.seconds)

    @classmethod
    def by_encoder(cls, encoder: Encoder, dataset: Dataset, sides: Sides) -> Embedded:
        """Embed the same with an encoder that is there already."""
        chosen = [dataset.filter(subject=sides.test, session=(session,)) for session in (sides.enrol, sides.probe)]
        enrolled, probes = (embed_tracks(encoder, side, stride_s=encoder.stride_s) for side in chosen)
        return cls(enrolled, probes, [], 0.0)

    @property
    def window(self) -> int:
        """Movements of a window."""
        return round(self.enrolled[0].window_s)


def fit_system(recipe: Recipe, recordings: Sequence[Recording], sides: Sides, seed: int) -> Fitted:
    """Fit a recipe to the people who teach; the seed is also that of random convolutions."""
    from lineament.training.fit import fit_recordings

    return fit_recordings(
        seeded(recipe, seed), [r for r in recordings if r.subject in set(sides.train)], seed=seed, progress=False
    )


def seeded(recipe: Recipe, seed: int) -> Recipe:
    """Return a recipe whose random convolutions, where it has any, are drawn with another seed."""
    return recipe.model_copy(update={"network": _seeded(recipe.network, seed)})


def _seeded(network: Component, seed: int) -> Component:
    changes: dict[str, Any] = {}
    if hasattr(network, "kernel_seed"):
        changes["kernel_seed"] = seed
    if hasattr(network, "parts"):
        changes["parts"] = tuple(_seeded(part, seed) for part in network.parts)
    return network.model_copy(update=changes) if changes else network


def by_embedding(
    system: Embedded, rule: Component, blocks: int, *, metric: Metric = "cosine", norm: bool = False
) -> Scores:
    """Return the scores of decisions over so many blocks with everybody enrolled, by a match rule.

    With `norm`, they are S-normalised by those who teach (see `NormalisedRule`).
    """
    gallery = enrol_tracks(system.enrolled, metric=metric)
    built = build_match_rule(rule)
    if norm:
        built = build_match_rule(Normalised(rule=rule, norm="s"), enrol_tracks(system.cohort, metric=metric))

    def judge(track: Track) -> FloatArray:
        return judge_spans(track, _decisions(track, blocks), gallery, built).comparison

    return _scores(system.probes, judge, gallery.subjects(), "embedding")


def by_machines(system: Embedded, blocks: int) -> Scores:
    """Return the same by a one-class support vector machine a subject.

    A machine's scores mean nothing beside another's: they are told in standard deviations of the scores of those who
    teach; where there are none, over the score of its own boundary.
    """
    machines = {track.subject: OneClassSvm.fit(_apart(track)) for track in system.enrolled}
    subjects = sorted(machines)

    def judge(track: Track) -> FloatArray:
        windows = np.stack([machines[who].scores(track.vectors) / machines[who].offset for who in subjects], axis=1)
        return span_means(windows, _decisions(track, blocks))

    centre, width = np.zeros(len(subjects)), np.ones(len(subjects))
    if system.cohort:
        others = np.concatenate([judge(track) for track in system.cohort])
        centre, width = others.mean(axis=0), others.std(axis=0)
    return _scores(system.probes, lambda track: (judge(track) - centre) / width, subjects, "one-class SVM")


def open_set(scores: Scores, part: int) -> Scores:
    """Return the scores with every other subject enrolled (part 0 or 1), the rest being strangers."""
    inside = set(scores.subjects[part::2])
    return scores.select(references=scores.references["subject"].isin(inside).to_numpy())


def seconds_of_blocks(samples: Iterable[Sample]) -> FloatArray:
    """Return how many seconds each block of 128 movements took, pauses included."""
    found = []
    for sample in samples:
        moves = Movements.of(sample)
        ends = np.append(0.0, np.cumsum(moves.seconds))[::BLOCK]
        found.append(np.diff(ends))
    return np.concatenate(found)


def user_areas(scores: Scores) -> FloatArray:
    """Return each enrolled user's own AUROC: their decisions against all others', as the published code averages."""
    from scipy.stats import rankdata

    table, who = scores.matrix(), scores.probes["subject"].to_numpy(str)
    areas = []
    for column, subject in enumerate(scores.references["subject"]):
        own = who == subject
        if own.any():
            ranks = rankdata(table[:, column])[own]
            areas.append((ranks.mean() - (own.sum() + 1) / 2) / (~own).sum())
    return np.array(areas)


def _apart(track: Track) -> NDArray[np.float32]:
    """Return the windows of a track that share no movement."""
    chosen = sliding_spans(track.starts, window_s=track.window_s, use_s=track.window_s, step_s=SVM_ENROLS_EVERY)
    return track.vectors[chosen[:, 0]]


def _decisions(track: Track, blocks: int) -> NDArray[np.intp]:
    """Return first and one-past-last window of every decision; of a shorter recording, of all it has."""
    use = min(float(blocks * BLOCK), track.stop)
    return sliding_spans(track.starts, window_s=track.window_s, use_s=use, step_s=float(BLOCK))


def _scores(
    probes: Sequence[Track], judge: Callable[[Track], FloatArray], subjects: Sequence[str], name: str
) -> Scores:
    tables = [judge(track) for track in probes]
    owners = [track.subject for track, table in zip(probes, tables, strict=True) for _ in table]
    return Scores.from_matrix(np.concatenate(tables), probes=owners, references=list(subjects), name=name)
