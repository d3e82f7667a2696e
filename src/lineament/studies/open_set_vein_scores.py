"""From embeddings or regions to `Scores`, and the ways of counting the same hand under two labels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lineament.datasets import Dataset, OpenSet, Protocol, Selection
from lineament.decisions import build_match_rule
from lineament.evaluation.scores import Scores
from lineament.gallery import MemoryGallery
from lineament.studies.open_set_vein_floor import correlations

Float32Array = NDArray[np.float32]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
Counting = Literal["naive", "twins removed", "twins as who they are"]
COUNTINGS: tuple[Counting, ...] = ("naive", "twins removed", "twins as who they are")
SHIFTS = (5, 5)
"""Largest shifts of the correlation, in pixels of the region: chosen on people who develop."""


@dataclass(frozen=True)
class Rows:
    """Rows of a data set's table: who is enrolled, and who probes."""

    gallery: IntArray
    probes: IntArray

    @staticmethod
    def of(dataset: Dataset, sides: Protocol | OpenSet) -> Rows:
        """Return the rows of a protocol, or of its calibration."""
        return Rows(
            _places(dataset, sides.gallery),
            np.concatenate([_places(dataset, sides.mated), _places(dataset, sides.non_mated)]),
        )


def embedding_scores(
    dataset: Dataset,
    rows: Rows,
    vectors: Float32Array,
    rule: Any = "prototype",
    moved: dict[int, Float32Array] | None = None,
) -> Scores:
    """Return the scores of every probe with every enrolled subject by a match rule.

    Parameters
    ----------
    dataset : Dataset
    rows : Rows
    vectors : array (images, dim)
        NaN where the region was not found: such an image is not enrolled, and a probe of it fails.
    rule : component, mapping or str
    moved : dict, optional
        From a row to the embeddings (moves, dim) of its displaced copies; each subject's likest counts.
    """
    table = dataset.table
    gallery = MemoryGallery(vectors.shape[1])
    for subject, places in table.iloc[rows.gallery].groupby("subject").indices.items():
        own = vectors[rows.gallery[places]]
        found = np.isfinite(own).all(axis=1)
        if found.any():
            gallery.enrol(str(subject), own[found])
    chosen = build_match_rule(rule)
    subjects = gallery.subjects()
    held: FloatArray = np.full((len(rows.probes), len(subjects)), np.nan)
    ranked: FloatArray = held.copy()
    for place, row in enumerate(rows.probes):
        if not np.isnan(vectors[row]).any():
            looks = vectors[[row]] if moved is None else moved[int(row)]
            held[place] = np.max([chosen.comparison(look[None], gallery) for look in looks], axis=0)
            ranked[place] = held[place]
            if not chosen.ranks_by_comparison:
                ranked[place] = np.max([chosen.scores(look[None], gallery) for look in looks], axis=0)
    everybody = _described(table, rows.gallery).drop_duplicates("subject").set_index("subject", drop=False)
    references = everybody.loc[sorted(set(everybody["subject"]))]
    values: FloatArray = np.full((len(rows.probes), len(references)), np.nan)
    order: FloatArray = values.copy()
    columns = references.index.get_indexer(pd.Index(subjects))
    values[:, columns], order[:, columns] = held, ranked
    return Scores.from_matrix(
        values,
        probes=_described(table, rows.probes),
        references=references.reset_index(drop=True),
        ranking=None if np.array_equal(values, order, equal_nan=True) else order,
    )


def correlation_scores(dataset: Dataset, rows: Rows, regions: Float32Array) -> Scores:
    """Return the correlation of every probe's region (H, W) with every enrolled one; a subject's best counts."""
    failed: NDArray[np.bool_] = np.asarray(np.isnan(regions).any(axis=(1, 2)))
    images = np.where(failed[:, None, None], 0, regions).astype(np.float32)
    down, across = SHIFTS
    values = correlations(images[rows.probes], images[rows.gallery], down=down, across=across).astype(np.float64)
    values[failed[rows.probes]] = np.nan
    values[:, failed[rows.gallery]] = np.nan
    references = _described(dataset.table, rows.gallery)
    return Scores.from_matrix(values, probes=_described(dataset.table, rows.probes), references=references)


def standardised(scores: Scores, validation: Scores) -> Scores:
    """Return scores with the mean and spread of the validation people's non-mated ones taken out."""
    mated = validation.probes["subject"].to_numpy()[:, None] == np.array(validation.subjects)
    outside = validation.by_subject()[~mated]
    return replace(scores, values=(scores.values - outside.mean()) / outside.std())


def added(one: Scores, other: Scores) -> Scores:
    """Return the sum of two systems' scores of the same probes and subjects, the best reference of each subject."""
    references = one.references.drop_duplicates("subject").set_index("subject", drop=False).loc[one.subjects]
    return replace(
        one,
        values=one.by_subject() + other.by_subject(),
        references=references.reset_index(drop=True),
        ranking=None,
    )


def fused(scores: Scores) -> Scores:
    """Return the scores of people by both hands: a probe is a left and a right image of one person and capture.

    The score of two people is the mean of that of their left and that of their right hands, the best image of each.
    """
    subjects = scores.references.drop_duplicates("subject").set_index("subject").loc[scores.subjects]
    best = scores.by_subject()
    halves = []
    for hand in ("left", "right"):
        columns = (subjects["hand"] == hand).to_numpy()
        chosen = (scores.probes["hand"] == hand).to_numpy()
        names = scores.probes[chosen].set_index(["person", "session", "capture"]).index
        halves.append(pd.DataFrame(best[chosen][:, columns], names, subjects["person"][columns].to_numpy()))
    left, right = halves
    both = left.index.intersection(right.index)
    people = sorted(set(left.columns) & set(right.columns))
    mean = (left.loc[both, people].to_numpy() + right.loc[both, people].to_numpy()) / 2
    persons = both.get_level_values("person")
    return Scores.from_matrix(
        mean,
        probes={"subject": persons, "session": both.get_level_values("session")},
        references={"subject": people},
        name=scores.name,
    )


def counted(scores: Scores, counting: Counting) -> Scores:
    """Return scores under published labels with twins counted in one of three ways.

    A twin of a probe is a reference of the same hand (``hand_id``) under another label. ``naive``: as the labels say.
    ``twins removed``: strangers whose hand is enrolled are left out. ``twins as who they are``: a hand is a subject.
    """
    if counting == "naive":
        return scores
    if counting == "twins removed":
        return scores.select(probes=scores.known | ~has_twin(scores))
    probes, references = (table.assign(subject=table["hand_id"]) for table in (scores.probes, scores.references))
    return replace(scores, probes=probes, references=references)


def has_twin(scores: Scores) -> NDArray[np.bool_]:
    """Return which probes are of strangers whose hand is enrolled under another label."""
    enrolled = set(scores.references["hand_id"])
    return ~scores.known & scores.probes["hand_id"].isin(enrolled).to_numpy()


def relabelled(scores: Scores, hands: Dataset) -> Scores:
    """Return scores whose ``hand_id`` are those of another reading of the set (with or without person 4 put right)."""
    known = dict(zip(hands.table["path"], hands.table["hand_id"], strict=True))

    def told(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(hand_id=[known[path] for path in table["path"]])

    return replace(scores, probes=told(scores.probes), references=told(scores.references))


def _described(table: pd.DataFrame, rows: IntArray) -> pd.DataFrame:
    """Return what is known of some images, each with an id."""
    return table.iloc[rows].assign(id=[f"image-{row}" for row in rows]).reset_index(drop=True)


def _places(dataset: Dataset, selection: Selection) -> IntArray:
    """Return the rows of a side of a protocol."""
    chosen = dataset.table["subject"].isin(selection.subjects).to_numpy()
    if selection.sessions is not None:
        chosen = chosen & dataset.table["session"].isin(selection.sessions).to_numpy()
    if selection.samples is not None:
        chosen = chosen & dataset.sample_ids().isin(selection.samples).to_numpy()
    return np.flatnonzero(chosen)
