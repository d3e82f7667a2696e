"""Who fails? Error rates a person, and Doddington's animals (1998): goats, lambs and wolves.

A goat is hard to recognise (high FNMR), a lamb is easily imitated (high FMR as reference), a wolf imitates others (high
FMR as probe).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lineament.metrics.comparisons import Comparisons, comparisons
from lineament.metrics.curves import shares

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]


@dataclass(frozen=True)
class SubjectErrors:
    """Each person's comparisons, and how many of them went wrong at one threshold; arrays (people,).

    Rates are NaN for a person without such comparisons.
    """

    people: NDArray[np.str_]
    threshold: float
    mated: IntArray
    false_non_matches: IntArray
    as_probe: IntArray
    false_matches_as_probe: IntArray
    as_reference: IntArray
    false_matches_as_reference: IntArray

    @property
    def false_non_match(self) -> FloatArray:
        """FNMR of each person."""
        return _rates(self.false_non_matches, self.mated)

    @property
    def false_match_as_probe(self) -> FloatArray:
        """How often each is accepted as somebody else."""
        return _rates(self.false_matches_as_probe, self.as_probe)

    @property
    def false_match_as_reference(self) -> FloatArray:
        """How often others are accepted as each."""
        return _rates(self.false_matches_as_reference, self.as_reference)

    def animals(self, share: float = 0.025) -> dict[str, list[str]]:
        """Return goats, lambs and wolves: the worst `share` of people, of those whose rate is above everybody's.

        At least one where anybody erred more than the others; worst first, ties in the order of the names.
        """
        rates = {
            "goats": (self.false_non_match, self.false_non_matches, self.mated),
            "lambs": (self.false_match_as_reference, self.false_matches_as_reference, self.as_reference),
            "wolves": (self.false_match_as_probe, self.false_matches_as_probe, self.as_probe),
        }
        found = {}
        for kind, (rate, errors, trials) in rates.items():
            order = np.argsort(-np.nan_to_num(rate), kind="stable")
            usual = errors.sum() / max(int(trials.sum()), 1)
            worst = order[: int(np.ceil(share * (trials > 0).sum()))]
            found[kind] = [str(self.people[i]) for i in worst if rate[i] > usual]
        return found

    def rows(self) -> list[dict[str, object]]:
        """Return one record a person, those with the most false non-matches first, then the most false matches."""
        errors = np.nan_to_num(self.false_non_match)
        imitated = np.nan_to_num(self.false_match_as_reference) + np.nan_to_num(self.false_match_as_probe)
        animals = self.animals()
        records = []
        for i in np.lexsort((self.people, -imitated, -errors)):
            counts = {
                "mated": self.mated[i],
                "false_non_matches": self.false_non_matches[i],
                "as_probe": self.as_probe[i],
                "false_matches_as_probe": self.false_matches_as_probe[i],
                "as_reference": self.as_reference[i],
                "false_matches_as_reference": self.false_matches_as_reference[i],
            }
            record: dict[str, object] = {"person": str(self.people[i])}
            record.update({name: int(count) for name, count in counts.items()})
            record["kind"] = ", ".join(kind for kind, names in animals.items() if str(self.people[i]) in names)
            records.append(record)
        return records


def subject_errors(
    *,
    scores: ArrayLike,
    probe_subjects: ArrayLike,
    reference_subjects: ArrayLike,
    threshold: float,
    probe_people: ArrayLike | None = None,
    reference_people: ArrayLike | None = None,
) -> SubjectErrors:
    """Return each person's errors at a threshold.

    Parameters
    ----------
    scores : array (probes, references)
        Comparison scores; NaN where two were not compared.
    probe_subjects, reference_subjects, probe_people, reference_people
        See `lineament.metrics.comparisons.comparisons`.

    Examples
    --------
    >>> errors = subject_errors(scores=[[0.9, 0.6], [0.7, 0.2]], probe_subjects=["anna", "ben"],
    ...     reference_subjects=["anna", "ben"], threshold=0.5)
    >>> errors.false_non_match.tolist(), errors.animals()["goats"]
    ([0.0, 1.0], ['ben'])
    >>> errors.false_match_as_reference.tolist(), errors.animals()["lambs"]
    ([1.0, 1.0], [])
    """
    found: Comparisons = comparisons(
        scores=scores,
        probe_subjects=probe_subjects,
        reference_subjects=reference_subjects,
        probe_people=probe_people,
        reference_people=reference_people,
    )

    def count(places: IntArray) -> IntArray:
        return np.bincount(places, minlength=len(found.people))

    accepted = found.non_mated >= threshold
    return SubjectErrors(
        people=found.people,
        threshold=threshold,
        mated=count(found.mated_people),
        false_non_matches=count(found.mated_people[found.mated < threshold]),
        as_probe=count(found.probe_people),
        false_matches_as_probe=count(found.probe_people[accepted]),
        as_reference=count(found.reference_people),
        false_matches_as_reference=count(found.reference_people[accepted]),
    )


def _rates(errors: IntArray, trials: IntArray) -> FloatArray:
    return shares(errors.astype(np.float64), trials.astype(np.float64))
