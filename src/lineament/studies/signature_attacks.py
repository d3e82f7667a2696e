"""Skilled forgeries as presentation attacks on identification: how often a forger is taken for the writer.

The tested writers of a fold are the gallery, five signatures each; each writer's later signatures are searched in it,
and, as a stranger's, in the gallery of the others. The threshold for a rate of strangers accepted (FPIR) is fixed on
the strangers of the other folds, whose writers are other people. Then forgeries are searched: an attack succeeds where
the target comes first and above the threshold (ISO/IEC 30107-3 counts impostor attack presentations accepted, IAPAR).
Beside it stands a threshold that was fixed on forgeries, of the other folds' writers too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lineament.metrics import Interval, clopper_pearson_interval, pooled_interval, threshold_at_false_match_rate
from lineament.studies.signature_trials import ENROLLED, FORGED, SECOND, DistanceTable, FloatArray

FixedOn = Literal["strangers", "forgeries"]


@dataclass(frozen=True, eq=False)
class Searches:
    """Searches of one fold.

    Parameters
    ----------
    genuine, forged : array (probes, writers)
        Scores with everybody.
    genuine_writer, forged_writer : int array (probes,)
        Who wrote it; whom it imitates.
    writers : tuple of str
    """

    genuine: FloatArray
    forged: FloatArray
    genuine_writer: NDArray[np.intp]
    forged_writer: NDArray[np.intp]
    writers: tuple[str, ...]

    @property
    def strangers(self) -> FloatArray:
        """The best score of each genuine signature with the others, as if its writer were not enrolled."""
        others = self.genuine.copy()
        others[np.arange(len(others)), self.genuine_writer] = -np.inf
        return np.asarray(others.max(axis=1))

    @property
    def forgeries(self) -> FloatArray:
        """The score of each forgery with its target."""
        return np.asarray(self.forged[np.arange(len(self.forged)), self.forged_writer])


@dataclass(frozen=True)
class AttackRates:
    """What happens at a threshold for a rate of strangers, or of forgeries, accepted.

    Parameters
    ----------
    target : float
        The rate that was asked for.
    fixed_on : {"strangers", "forgeries"}
        Of what it is the share accepted.
    fpir, fnir, attacks : Interval
        Strangers accepted; writers not named; forgeries accepted as their targets.
    """

    target: float
    fixed_on: FixedOn
    fpir: Interval
    fnir: Interval
    attacks: Interval


def searches(table: DistanceTable, *, power: float | None, seed: int) -> Searches:
    """Return the searches of a fold."""
    rng = np.random.default_rng([seed, 30107])
    enrolled = [rng.permutation(table.columns(place))[:ENROLLED] for place in range(len(table.writers))]
    rows = [np.flatnonzero(table.row_kind == kind) for kind in (SECOND, FORGED)]
    genuine, forged = (table.scores(some, enrolled, power) for some in rows)
    return Searches(genuine, forged, table.row_writer[rows[0]], table.row_writer[rows[1]], table.writers)


def attack_rates(runs: Sequence[Sequence[Searches]], target: float, fixed_on: FixedOn = "strangers") -> AttackRates:
    """Return the rates over all folds of all runs (seeds), with intervals over writers.

    Parameters
    ----------
    runs : sequence of sequence of Searches
    target : float
    fixed_on : {"strangers", "forgeries"}
        Of which in the other folds this share is accepted.
    """
    outcomes: dict[str, tuple[list[NDArray[np.bool_]], list[NDArray[np.str_]]]] = {
        name: ([], []) for name in ("fpir", "fnir", "attacks")
    }
    for folds in runs:
        for place, fold in enumerate(folds):
            others = np.concatenate([getattr(other, fixed_on) for number, other in enumerate(folds) if number != place])
            threshold = threshold_at_false_match_rate(non_mated=others, rate=target)
            names = np.array(fold.writers)
            found = {
                "fpir": (fold.strangers >= threshold, fold.genuine_writer),
                "fnir": (~_named(fold.genuine, fold.genuine_writer, threshold), fold.genuine_writer),
                "attacks": (_named(fold.forged, fold.forged_writer, threshold), fold.forged_writer),
            }
            for name, (happened, writer) in found.items():
                outcomes[name][0].append(happened)
                outcomes[name][1].append(names[writer])
    rates = {
        name: _rate(np.concatenate(happened), np.concatenate(whose)) for name, (happened, whose) in outcomes.items()
    }
    return AttackRates(target, fixed_on, **rates)


def _rate(happened: NDArray[np.bool_], whose: NDArray[np.str_]) -> Interval:
    """Return a share with its interval: where it never happened, that of as many trials as there are writers."""
    if not happened.any():
        return clopper_pearson_interval(errors=0, trials=len(np.unique(whose)))
    return pooled_interval(correct=happened, subjects=whose)


def _named(scores: FloatArray, writer: NDArray[np.intp], threshold: float) -> NDArray[np.bool_]:
    """Return whether each search returns a writer first and above a threshold."""
    return np.asarray((scores.argmax(axis=1) == writer) & (scores.max(axis=1) >= threshold))
