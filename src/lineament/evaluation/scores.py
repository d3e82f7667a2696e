"""`Scores`: what a system said of every comparison, and whose probes and references they were.

A matrix where every probe was compared with every reference, a plain list of comparisons where not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from lineament.errors import ScoreError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]
Metadata = pd.DataFrame | Mapping[str, Any] | Sequence[str]


@dataclass(frozen=True, eq=False)
class Scores:
    """Comparison scores (higher = more alike) with the metadata of both sides; make them with the ``from_`` methods.

    Parameters
    ----------
    values : array (probes, references) or (comparisons,)
        Finite scores: a matrix, or with `pairs` a list.
    probes, references : DataFrame
        One row each, with the columns ``id`` (unique), ``subject`` (the enrolled instance) and ``person`` (the human
        being, who is resampled); all further columns are metadata. A probe is mated where its subject is among the
        references.
    pairs : int array (comparisons, 2), optional
        Row of `probes` and row of `references` of each score of a list.
    failed_probes, failed_references : DataFrame
        Those that gave no score at all: failures to acquire (FTA) and to enrol (FTE).
    ranking : array like `values`, optional
        What candidates are put in order by, where that is not the score that is held against the threshold (votes).
    name : str
        What the system is called in reports.

    Examples
    --------
    >>> scores = Scores.from_matrix([[0.9, 0.2], [0.1, 0.3]], probes=["anna", "carl"], references=["anna", "ben"])
    >>> print(scores)
    scores: 2 probes of 2 people (1 of strangers), 2 references of 2 subjects, 4 comparisons
    >>> scores.known.tolist(), scores.subjects
    ([True, False], ['anna', 'ben'])
    """

    values: NDArray[np.floating[Any]]
    probes: pd.DataFrame
    references: pd.DataFrame
    pairs: NDArray[np.int32] | None = None
    failed_probes: pd.DataFrame = field(default_factory=pd.DataFrame)
    failed_references: pd.DataFrame = field(default_factory=pd.DataFrame)
    ranking: NDArray[np.floating[Any]] | None = None
    name: str = "scores"

    @classmethod
    def from_matrix(
        cls,
        values: ArrayLike,
        *,
        probes: Metadata,
        references: Metadata,
        ranking: ArrayLike | None = None,
        name: str = "scores",
    ) -> Self:
        """Return the scores of every probe against every reference.

        Parameters
        ----------
        values : array (probes, references)
            A row of NaN is a failure to acquire, a column of NaN a failure to enrol; other NaN are refused.
        probes, references : DataFrame, mapping of columns, or sequence of subjects
            ``person`` is the subject where not given; ``id`` is counted (probes) or is the subject (references).
        ranking : array (probes, references), optional
        name : str

        Raises
        ------
        ScoreError
            When the shapes disagree, a score is not finite, an id occurs twice, or a subject belongs to two people.
        """
        table = _floating(values)
        rows, columns = _described(probes, "probe"), _described(references, "reference")
        if table.shape != (len(rows), len(columns)):
            raise ScoreError(
                f"{name}: scores of shape ({len(rows)}, {len(columns)}) for as many probes and references",
                str(table.shape),
                "give a row for each probe and a column for each reference",
            )
        there = ~np.isnan(table)
        heard, enrolled = there.any(axis=1), there.any(axis=0)
        return cls(
            table[heard][:, enrolled],
            _kept(rows, heard),
            _kept(columns, enrolled),
            failed_probes=_kept(rows, ~heard),
            failed_references=_kept(columns, ~enrolled),
            ranking=None if ranking is None else _floating(ranking)[heard][:, enrolled],
            name=name,
        )._checked()

    @classmethod
    def from_pairs(
        cls,
        values: ArrayLike,
        *,
        probe: ArrayLike,
        reference: ArrayLike,
        probes: Metadata,
        references: Metadata,
        ranking: ArrayLike | None = None,
        name: str = "scores",
    ) -> Self:
        """Return the scores of a list of comparisons; a matrix where the list leaves out none.

        Parameters
        ----------
        values : array (comparisons,)
            NaN as in `from_matrix`.
        probe, reference : int array (comparisons,)
            Row of `probes` and of `references` of each.
        ranking : array (comparisons,), optional

        Raises
        ------
        ScoreError
            As `from_matrix`; and when two were compared twice.

        Examples
        --------
        >>> pairs = Scores.from_pairs(
        ...     [0.9, 0.2], probe=[0, 1], reference=[0, 0], probes=["anna", "ben"], references=["anna"])
        >>> pairs.values.tolist(), pairs.pairs
        ([[0.9], [0.2]], None)
        """
        flat, order = _floating(values), None if ranking is None else _floating(ranking)
        rows, columns = _described(probes, "probe"), _described(references, "reference")
        pairs = np.stack([np.asarray(probe, dtype=np.int32), np.asarray(reference, dtype=np.int32)], axis=1)
        if flat.shape != (len(pairs),):
            raise ScoreError(f"{name}: a score for each comparison", f"{flat.shape} for {len(pairs)}", "give one each")
        _refuse_twice(pairs, rows, columns, name)
        if len(flat) == len(rows) * len(columns):
            table = _scattered(flat, pairs, len(rows), len(columns))
            ranks = None if order is None else _scattered(order, pairs, len(rows), len(columns))
            return cls.from_matrix(table, probes=rows, references=columns, ranking=ranks, name=name)
        there = ~np.isnan(flat)
        heard = np.bincount(pairs[there, 0], minlength=len(rows)) > 0
        enrolled = np.bincount(pairs[there, 1], minlength=len(columns)) > 0
        kept = heard[pairs[:, 0]] & enrolled[pairs[:, 1]]
        return cls(
            flat[kept],
            _kept(rows, heard),
            _kept(columns, enrolled),
            _moved(pairs[kept], heard, enrolled),
            _kept(rows, ~heard),
            _kept(columns, ~enrolled),
            None if order is None else order[kept],
            name,
        )._checked()

    def __len__(self) -> int:
        """Return the number of comparisons."""
        return int(self.values.size)

    def __str__(self) -> str:
        """Say how much lies here."""
        strangers = int((~self.known).sum())
        return (
            f"{self.name}: {len(self.probes)} probes of {self.probes['person'].nunique()} people "
            f"({strangers} of strangers), {len(self.references)} references of {len(self.subjects)} subjects, "
            f"{len(self)} comparisons"
        )

    @property
    def subjects(self) -> list[str]:
        """The enrolled subjects, sorted: the gallery."""
        return sorted(self.references["subject"].unique())

    @property
    def people(self) -> list[str]:
        """Everybody who probes or is enrolled, sorted: who is resampled."""
        return sorted({*self.probes["person"], *self.references["person"]})

    @property
    def known(self) -> BoolArray:
        """Whether each probe's subject is enrolled: mated probes."""
        return self.probes["subject"].isin(self.subjects).to_numpy()

    @property
    def one_a_subject(self) -> bool:
        """Whether every subject has one reference."""
        return self.references["subject"].is_unique

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must know of these scores."""
        said = []
        enrolled = dict(zip(self.references["subject"], self.references["person"], strict=True))
        strangers = self.probes[~self.known]
        leaked = strangers["person"].isin(set(enrolled.values()))
        if leaked.any():
            who = strangers["person"][leaked].nunique()
            said.append(f"{who} people are enrolled under one subject and stand among the strangers under another")
        ids = self.references.assign(own=True)[["id", "subject", "own"]]
        itself = int(self.probes[["id", "subject"]].merge(ids, how="inner")["own"].sum())
        if itself:
            said.append(f"{itself} probes carry the id of a reference: a sample must not be compared with itself")
        return tuple(said)

    def flat(self) -> tuple[FloatArray, IntArray, IntArray]:
        """Return each score with the row of its probe and of its reference."""
        values = np.asarray(self.values, dtype=np.float64).ravel()
        if self.pairs is not None:
            return values, self.pairs[:, 0].astype(np.intp), self.pairs[:, 1].astype(np.intp)
        rows, columns = self.values.shape
        return values, np.repeat(np.arange(rows), columns), np.tile(np.arange(columns), rows)

    def matrix(self) -> FloatArray:
        """Return scores as (probes, references), NaN where two were not compared."""
        return self._table(self.values)

    def by_subject(self, *, ranking: bool = False) -> FloatArray:
        """Return the best score of each probe with each subject of the gallery, (probes, subjects); NaN without one.

        Parameters
        ----------
        ranking : bool
            What candidates are put in order by, instead of the score.

        Examples
        --------
        >>> two = Scores.from_matrix([[0.2, 0.7, 0.1]], probes=["a"], references={"subject": ["b", "a", "a"]})
        >>> two.by_subject().tolist()
        [[0.7, 0.2]]
        """
        subjects = self.subjects
        column = pd.Index(subjects).get_indexer(pd.Index(self.references["subject"]))
        table = self._table(self.values if self.ranking is None or not ranking else self.ranking)
        if self.one_a_subject:
            return table[:, np.argsort(column)]
        return np.stack([np.fmax.reduce(table[:, column == n], axis=1) for n in range(len(subjects))], axis=1)

    def select(self, *, probes: ArrayLike | None = None, references: ArrayLike | None = None) -> Self:
        """Return the scores of some probes and references (masks).

        Raises
        ------
        ScoreError
            When nothing is left.
        """
        rows, columns = _mask(probes, len(self.probes)), _mask(references, len(self.references))
        pairs, place = self.pairs, np.ix_(rows, columns)
        if pairs is not None:
            place = (rows[pairs[:, 0]] & columns[pairs[:, 1]],)
            pairs = _moved(pairs[place], rows, columns)
        return replace(
            self,
            values=self.values[place],
            ranking=None if self.ranking is None else self.ranking[place],
            probes=_kept(self.probes, rows),
            references=_kept(self.references, columns),
            pairs=pairs,
        )._checked()

    def _table(self, values: NDArray[np.floating[Any]]) -> FloatArray:
        if self.pairs is None:
            return np.asarray(values, dtype=np.float64)
        return _scattered(values, self.pairs, len(self.probes), len(self.references)).astype(np.float64)

    def _checked(self) -> Self:
        """Refuse what cannot be, and return self."""
        if not len(self):
            raise ScoreError(f"{self.name}: at least one comparison", "none", "check how the scores were made")
        finite = np.isfinite(self.values)
        if not finite.all():
            place = np.argwhere(~finite)[0]
            row, column = place if self.pairs is None else self.pairs[place[0]]
            raise ScoreError(
                f"{self.name}: finite scores",
                f"{self.values[tuple(place)]} for probe {self.probes['id'].iloc[row]} and reference "
                f"{self.references['id'].iloc[column]}",
                "give every comparison a score; a probe without any counts as a failure to acquire",
            )
        if self.ranking is not None and (
            self.ranking.shape != self.values.shape or not np.isfinite(self.ranking).all()
        ):
            raise ScoreError(
                f"{self.name}: a finite ranking of every comparison", "another", "leave it out or complete it"
            )
        both = pd.concat([t[["subject", "person"]] for t in (self.probes, self.references)]).drop_duplicates()
        torn = both["subject"][both["subject"].duplicated()]
        if len(torn):
            raise ScoreError(f"{self.name}: one person a subject", f"two for {torn.iloc[0]}", "correct the metadata")
        return self


def _described(given: Metadata, side: str) -> pd.DataFrame:
    """Return a table with id, subject and person as text, and the metadata as they are."""
    table = pd.DataFrame(given if isinstance(given, pd.DataFrame | Mapping) else {"subject": list(given)})
    table = table.reset_index(drop=True)
    if "subject" not in table:
        raise ScoreError(f"{side}s: a column 'subject'", ", ".join(map(str, table.columns)) or "no column", "add it")
    for column in ("subject", "person", "id"):
        if column in table and table[column].isna().any():
            raise ScoreError(f"{side}s: a {column} in every row", "an empty one", "name strangers too, each by a name")
    table["subject"] = table["subject"].astype(str)
    table["person"] = table["person" if "person" in table else "subject"].astype(str)
    if "id" not in table:
        counted = side == "probe" or not table["subject"].is_unique
        table["id"] = [f"{side}-{n}" for n in range(1, len(table) + 1)] if counted else table["subject"]
    table["id"] = table["id"].astype(str)
    twice = table["id"][table["id"].duplicated()]
    if len(twice):
        raise ScoreError(f"{side}s: ids that differ", f"{twice.iloc[0]} twice", "give every one its own")
    first = ["id", "subject", "person"]
    return table[[*first, *(column for column in table.columns if column not in first)]]


def _floating(values: ArrayLike) -> NDArray[np.floating[Any]]:
    """Return scores as they are where they are floating, otherwise as float64."""
    table = np.asarray(values)
    return table if np.issubdtype(table.dtype, np.floating) else table.astype(np.float64)


def _scattered(
    values: NDArray[np.floating[Any]], pairs: NDArray[np.int32], rows: int, columns: int
) -> NDArray[np.floating[Any]]:
    """Return a list as a matrix, NaN where nothing stood."""
    table = np.full((rows, columns), np.nan, dtype=values.dtype)
    table[pairs[:, 0], pairs[:, 1]] = values
    return table


def _moved(pairs: NDArray[np.int32], rows: BoolArray, columns: BoolArray) -> NDArray[np.int32]:
    """Return pairs of rows of both tables after those outside the masks were dropped."""
    places = np.cumsum(rows) - 1, np.cumsum(columns) - 1
    return np.stack([places[n][pairs[:, n]] for n in (0, 1)], axis=1).astype(np.int32)


def _kept(table: pd.DataFrame, mask: BoolArray) -> pd.DataFrame:
    return table if mask.all() else table[mask].reset_index(drop=True)


def _mask(chosen: ArrayLike | None, count: int) -> BoolArray:
    """Return a mask of all where nothing was chosen."""
    mask = np.ones(count, dtype=bool) if chosen is None else np.asarray(chosen)
    if mask.dtype != bool or mask.shape != (count,):
        raise ValueError(f"a mask of {count}, not {mask.dtype} {mask.shape}")
    return mask


def _refuse_twice(pairs: NDArray[np.int32], probes: pd.DataFrame, references: pd.DataFrame, name: str) -> None:
    """Refuse a list in which two were compared twice."""
    if len(pairs) and ((pairs < 0).any() or (pairs.max(axis=0) >= (len(probes), len(references))).any()):
        raise ValueError("pairs of rows of both tables")
    codes = np.sort(pairs[:, 0].astype(np.int64) * max(len(references), 1) + pairs[:, 1])
    twice = np.flatnonzero(codes[1:] == codes[:-1])
    if len(twice):
        row, column = divmod(int(codes[twice[0]]), len(references))
        raise ScoreError(
            f"{name}: each comparison once",
            f"probe {probes['id'][row]} with reference {references['id'][column]} twice",
            "drop the repetition, or give each capture its own id",
        )
