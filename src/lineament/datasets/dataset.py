"""A `Dataset`: a table of samples and a way to load each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lineament.errors import ProtocolError, SignalError
from lineament.registry import nearest
from lineament.signals import Sample

if TYPE_CHECKING:
    from lineament.datasets.protocol import Protocol, Selection


@dataclass(frozen=True, eq=False)
class Dataset:
    """A table of samples, read lazily.

    Parameters
    ----------
    name : str
        The set's name.
    table : DataFrame
        One row a sample, with at least the columns ``subject`` and ``session``; further columns are attributes.
    loader : callable
        From a row of the table (a mapping) to its `Sample`.
    licence, citation : str
        As found.

    Examples
    --------
    >>> table = pd.DataFrame({"subject": ["a", "a", "b"], "session": ["1", "2", "1"]})
    >>> data = Dataset("toy", table, lambda row: Sample("motion", [[0.0]], [0.0], ("head_pos_y",), row["subject"]))
    >>> len(data), data.subjects(), data.load(2).subject
    (3, ['a', 'b'], 'b')
    >>> print(data)
    toy: 3 samples of 2 subjects in 1 to 2 sessions each
    """

    name: str
    table: pd.DataFrame
    loader: Callable[[Mapping[str, Any]], Sample]
    licence: str = "none found"
    citation: str = ""

    def __post_init__(self) -> None:
        """Check that the table says who and when."""
        missing = {"subject", "session"} - set(self.table.columns)
        if missing:
            raise SignalError(
                f"{self.name}: a table with subject and session", f"one without {sorted(missing)}", "name them"
            )
        object.__setattr__(self, "table", self.table.reset_index(drop=True))

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.table)

    def __iter__(self) -> Iterator[Sample]:
        """Load one sample after another."""
        return (self.load(index) for index in range(len(self)))

    def __str__(self) -> str:
        """Say how much lies here."""
        if not len(self):
            return f"{self.name}: no samples"
        sessions = self.table.groupby("subject")["session"].nunique()
        span = f"{sessions.min()} to {sessions.max()}"
        return f"{self.name}: {len(self)} samples of {sessions.size} subjects in {span} sessions each"

    def load(self, index: int) -> Sample:
        """Return the sample of a row of the table.

        Raises
        ------
        SignalError
            When its file cannot be read.
        """
        row = {str(key): value for key, value in self.table.iloc[index].items()}
        return self.loader(row)

    def subjects(self) -> list[str]:
        """Return the subjects, sorted."""
        return sorted(self.table["subject"].unique())

    def person_of(self) -> dict[str, str]:
        """Return from each subject to the person: the column ``person``, or the subject where there is none.

        Raises
        ------
        ProtocolError
            When a subject stands with two people.

        Examples
        --------
        >>> table = pd.DataFrame({"subject": ["1-l", "1-r"], "session": ["1", "1"], "person": ["1", "1"]})
        >>> hands = Dataset("hands", table, lambda row: Sample("motion", [[0.0]], [0.0], ("head_pos_y",)))
        >>> hands.person_of(), hands.people()
        ({'1-l': '1', '1-r': '1'}, ['1'])
        """
        column = "person" if "person" in self.table else "subject"
        pairs = self.table[["subject", column]].astype(str).set_axis(["subject", "person"], axis=1).drop_duplicates()
        torn = pairs["subject"][pairs["subject"].duplicated()]
        if len(torn):
            raise ProtocolError(f"{self.name}: one person a subject", f"two for {torn.iloc[0]}", "correct the table")
        return dict(sorted(zip(pairs["subject"], pairs["person"], strict=True)))

    def people(self) -> list[str]:
        """Return the people, sorted; the subjects where the table has no column ``person``."""
        return sorted(set(self.person_of().values()))

    def sample_ids(self) -> pd.Series[str]:
        """Return an id of each sample: subject, session, and its place among the samples of both.

        Examples
        --------
        >>> table = pd.DataFrame({"subject": ["a", "a"], "session": ["1", "1"]})
        >>> Dataset("toy", table, lambda row: Sample("motion", [[0.0]], [0.0], ("head_pos_y",))).sample_ids().tolist()
        ['a/1/1', 'a/1/2']
        """
        place = self.table.groupby(["subject", "session"]).cumcount() + 1
        return self.table["subject"].astype(str) + "/" + self.table["session"].astype(str) + "/" + place.astype(str)

    def sessions(self) -> list[str]:
        """Return the names of all sessions, sorted."""
        return sorted(self.table["session"].unique())

    def filter(self, **wanted: Sequence[str] | None) -> Dataset:
        """Return the samples whose attributes are among the wanted ones; ``None`` wants all.

        Examples
        --------
        ``data.filter(subject=["p01", "p02"], session=["S001"])``

        Raises
        ------
        ProtocolError
            When there is no such attribute, or a wanted subject or session does not occur.
        """
        keep = np.ones(len(self.table), dtype=bool)
        for attribute, values in wanted.items():
            if values is None:
                continue
            if attribute not in self.table.columns:
                known = sorted(map(str, self.table.columns))
                raise ProtocolError(
                    f"{self.name}: an attribute of its samples", repr(attribute), nearest(attribute, known)
                )
            occurring = set(self.table[attribute])
            absent = [value for value in values if value not in occurring]
            if absent:
                raise ProtocolError(
                    f"{self.name}: {attribute}s that occur in it",
                    ", ".join(map(str, absent[:5])),
                    "choose among those of the set",
                )
            keep &= self.table[attribute].isin(list(values)).to_numpy()
        return replace(self, table=self.table[keep])

    def select(self, selection: Selection) -> Dataset:
        """Return the samples of one side of a protocol.

        Raises
        ------
        ProtocolError
            When a subject, session or sample does not occur.
        """
        chosen = self.filter(subject=selection.subjects, session=selection.sessions)
        if selection.samples is None:
            return chosen
        ids, wanted = self.sample_ids(), set(selection.samples)
        absent = wanted - set(ids)
        if absent:
            raise ProtocolError(
                f"{self.name}: samples that occur in it", ", ".join(sorted(absent)[:5]), "make the protocol anew"
            )
        keep = ids.isin(wanted) & self.table["subject"].isin(selection.subjects)
        return replace(self, table=self.table[keep])

    def split(self, protocol: Protocol) -> dict[str, Dataset]:
        """Return the sides of a protocol by name (``train``, ``validation``, ``gallery``, ``mated``, ``non_mated``).

        Raises
        ------
        ProtocolError
            When a person (`person_of`) stands on two sides, or a subject, session or sample does not occur.
        """
        protocol.check_people(self.person_of())
        return {side: self.select(selection) for side, selection in protocol.sides().items()}

    @staticmethod
    def of(name: str, samples: Sequence[Sample]) -> Dataset:
        """Return a data set of samples that are already in memory.

        Raises
        ------
        SignalError
            When a sample has no subject or session.
        """
        for sample in samples:
            if sample.subject is None or sample.session is None:
                raise SignalError(f"{sample.source}: a subject and a session", "a sample without", "set both")
        rows = [
            {"subject": s.subject, "session": s.session, **s.attributes, "_position": position}
            for position, s in enumerate(samples)
        ]
        return Dataset(name, pd.DataFrame(rows), lambda row: samples[int(row["_position"])])
