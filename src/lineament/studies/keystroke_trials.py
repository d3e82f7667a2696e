"""Trials on a password that everybody types: who enrols with what, who is tested on what, and who trains meanwhile.

Killourhy and Maxion (DSN 2009): of each person the first repetitions enrol, all later ones are genuine trials, and the
first five repetitions of everybody else are impostors'. A detector learns from the enrolment alone. An encoder learns
from other people, and whoever it learned from may be neither the tested person nor the impostor: people are dealt into
groups, and trials between two groups are scored by an encoder that was trained on all the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lineament.datasets import Dataset
from lineament.errors import ProtocolError
from lineament.metrics import equal_error_rate
from lineament.signals import Sample

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
Pair = tuple[int, int]


@dataclass(frozen=True)
class Plan:
    """How much enrols, and how people are dealt into groups.

    Parameters
    ----------
    enrolled : int
        Repetitions of each person that may enrol: the first ones. All others are genuine trials.
    impostors : int
        Repetitions of everybody else that are impostor trials: their first ones, as published.
    amounts : tuple of int
        How many of the repetitions that may enrol do.
    groups : int
        Into which people are dealt; four or more.
    seeds : tuple of int
        Of the deals.
    practised : bool
        Whether impostor trials are the first repetitions after those that may enrol instead, so that impostors are as
        practised as who they are compared with.
    """

    enrolled: int = 200
    impostors: int = 5
    amounts: tuple[int, ...] = (1, 5, 50, 200)
    groups: int = 5
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    practised: bool = False

    @property
    def impostor_rows(self) -> slice:
        """Places of the repetitions that are impostor trials."""
        start = self.enrolled if self.practised else 0
        return slice(start, start + self.impostors)


@dataclass(frozen=True)
class Taken:
    """Which repetitions enrol: the first `amount` of `enrolled`, or the latest."""

    amount: int
    enrolled: int
    latest: bool = False

    @property
    def rows(self) -> slice:
        """Their places among a person's repetitions."""
        return slice(self.enrolled - self.amount, self.enrolled) if self.latest else slice(0, self.amount)

    @property
    def key(self) -> str:
        """A name for files and tables."""
        return f"{'latest' if self.latest and self.amount < self.enrolled else 'first'} {self.amount}"


def all_taken(plan: Plan) -> list[Taken]:
    """Return every enrolment: the first so many; then the latest so many, where these are others.

    Examples
    --------
    >>> [taken.key for taken in all_taken(Plan())]
    ['first 1', 'first 5', 'first 50', 'first 200', 'latest 1', 'latest 5', 'latest 50']
    """
    first = [Taken(amount, plan.enrolled) for amount in plan.amounts]
    return first + [Taken(amount, plan.enrolled, True) for amount in plan.amounts if amount < plan.enrolled]


@dataclass(frozen=True, eq=False)
class Typing:
    """Everybody's repetitions of one phrase, in the order in which they were typed.

    Parameters
    ----------
    subjects : tuple of str
    samples : list of Sample
        Person after person, each with as many.
    times : array (people, repetitions, times)
        The timing vectors: holds, press to press, release to press, seconds.
    """

    subjects: tuple[str, ...]
    samples: list[Sample]
    times: FloatArray

    @classmethod
    def of(cls, dataset: Dataset, plan: Plan) -> Typing:
        """Load a data set of one phrase.

        Raises
        ------
        ProtocolError
            When people typed it less often than is needed, not equally often, or not with the same number of keys, or
            when there are fewer than two people a group.
        """
        order = dataset.table.assign(_session=pd.to_numeric(dataset.table["session"], errors="coerce"))
        order = order.sort_values(["subject", "_session", "session"], kind="stable")
        samples = [dataset.load(int(row)) for row in order.index]
        subjects = tuple(map(str, order["subject"].unique()))
        counts = set(order["subject"].value_counts())
        keys = {len(sample) for sample in samples}
        if len(counts) != 1 or min(counts) <= plan.enrolled or len(keys) != 1:
            raise ProtocolError(
                f"{dataset.name}: a phrase of as many keys, typed {plan.enrolled + 1} times or more by everybody",
                f"one of {_span(keys)} keys, typed {_span(counts)} times",
                "leave out whoever typed it less often",
            )
        if len(subjects) < 2 * plan.groups:
            raise ProtocolError(
                f"{dataset.name}: {2 * plan.groups} people or more",
                str(len(subjects)),
                "add people, or take fewer groups",
            )
        times = np.array([timing_vector(sample) for sample in samples])
        return cls(subjects, samples, times.reshape(len(subjects), min(counts), -1))

    @property
    def repetitions(self) -> int:
        """Of each person."""
        return int(self.times.shape[1])

    def probes(self, plan: Plan) -> FloatArray:
        """Return everybody's trials (people, trials, times): the genuine ones, then the impostors'."""
        people = range(len(self.subjects))
        first = self.times[:, plan.impostor_rows]
        others = [np.concatenate([first[other] for other in people if other != person]) for person in people]
        return np.concatenate([self.times[:, plan.enrolled :], np.array(others)], axis=1)


def _span(numbers: set[int]) -> str:
    """Say from where to where numbers go."""
    return f"{min(numbers)}" if len(numbers) == 1 else f"{min(numbers)} to {max(numbers)}"


def timing_vector(sample: Sample) -> FloatArray:
    """Return holds (keys), press to press and release to press (keys - 1 each) of a sample, seconds.

    Examples
    --------
    >>> from lineament.signals.keystrokes import keystroke_sample
    >>> timing_vector(keystroke_sample([0.0, 0.25], [0.125, 0.5], ["a", "b"])).tolist()
    [0.125, 0.25, 0.25, 0.125]
    """
    press, release = sample.column("press"), sample.column("release")
    return np.concatenate([release - press, np.diff(press), press[1:] - release[:-1]])


def trial_errors(scores: FloatArray, genuine: int) -> FloatArray:
    """Return each person's equal error rate (people,) from scores (people, trials), the genuine ones first."""
    return np.array([equal_error_rate(mated=own[:genuine], non_mated=own[genuine:]) for own in scores])


@dataclass(frozen=True, eq=False)
class Deal:
    """People dealt into groups; each pair of groups is tested with an encoder that was trained on all the others.

    Parameters
    ----------
    groups : tuple of int array
        People by place.
    """

    groups: tuple[IntArray, ...]

    @classmethod
    def drawn(cls, people: int, groups: int, seed: int) -> Deal:
        """Deal people by lot."""
        order = np.random.default_rng(seed).permutation(people)
        return cls(tuple(np.sort(order[start::groups]) for start in range(groups)))

    @property
    def people(self) -> int:
        """How many there are."""
        return sum(map(len, self.groups))

    def pairs(self) -> Iterator[Pair]:
        """Yield every pair of groups."""
        yield from combinations(range(len(self.groups)), 2)

    def trained(self, pair: Pair) -> IntArray:
        """Return who trains where a pair of groups is tested, sorted."""
        tested = np.concatenate([self.groups[group] for group in pair])
        return np.setdiff1d(np.arange(self.people), tested)

    def person_errors(self, tables: Mapping[Pair, FloatArray], plan: Plan) -> FloatArray:
        """Return each person's equal error rate over the published trials, (people,).

        A person is tested with one encoder for each other group, and one threshold must do for them all: the scores of
        each encoder's genuine trials are pooled, as are the impostors', each trial weighing the same in all.

        Parameters
        ----------
        tables : mapping from pair to array (people, repetitions, people)
            The scores of each repetition with each enrolled person, by the encoder of that pair.
        plan : Plan
        """
        errors = np.empty(self.people)
        share = 1 / (len(self.groups) - 1)
        for home, group in enumerate(self.groups):
            others = [place for place in range(len(self.groups)) if place != home]
            for person in group:
                near = group[group != person]
                mated, foreign, domestic = [], [], []
                for other in others:
                    table = tables[min(home, other), max(home, other)][:, :, person]
                    mated.append(table[person, plan.enrolled :])
                    foreign.append(table[self.groups[other], plan.impostor_rows].ravel())
                    domestic.append(table[near, plan.impostor_rows].ravel())
                genuine, strange, close = (np.concatenate(parts) for parts in (mated, foreign, domestic))
                errors[person] = equal_error_rate(
                    mated=genuine,
                    non_mated=np.concatenate([strange, close]),
                    mated_weights=np.full(len(genuine), share),
                    non_mated_weights=np.concatenate([np.ones(len(strange)), np.full(len(close), share)]),
                )
        return errors
