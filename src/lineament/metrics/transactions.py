"""Rates of whole transactions: failures to enrol and to acquire, and the error rates that count them.

ISO/IEC 19795-1 and 2382-37: FTE is the share of enrolment *transactions* that fail, FTA that of attempts to capture a
probe; refusals that are not biometric do not count. FMR and FNMR speak of comparisons, FAR and FRR of transactions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def failure_rate(*, failed: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return the share of transactions that failed: FTE over enrolments, FTA over captures of probes.

    Parameters
    ----------
    failed : bool array (transactions,)

    Examples
    --------
    >>> failure_rate(failed=[False, True, False, False])
    0.25
    """
    events = np.asarray(failed, dtype=np.float64)
    weight = np.ones(len(events)) if weights is None else np.asarray(weights, dtype=np.float64)
    return float(np.average(events, weights=weight)) if weight.sum() > 0 else float("nan")


def false_accept_rate(*, false_match: float, failure_to_acquire: float = 0.0) -> float:
    """Return FAR = FMR (1 - FTA).

    Examples
    --------
    >>> false_accept_rate(false_match=0.02, failure_to_acquire=0.5)
    0.01
    """
    _refuse_what_is_no_rate(false_match, failure_to_acquire)
    return false_match * (1 - failure_to_acquire)


def false_reject_rate(*, false_non_match: float, failure_to_acquire: float = 0.0) -> float:
    """Return FRR = FTA + FNMR (1 - FTA).

    Examples
    --------
    >>> false_reject_rate(false_non_match=0.5, failure_to_acquire=0.5)
    0.75
    """
    _refuse_what_is_no_rate(false_non_match, failure_to_acquire)
    return failure_to_acquire + false_non_match * (1 - failure_to_acquire)


def generalised_false_accept_rate(
    *, false_match: float, failure_to_acquire: float = 0.0, failure_to_enrol: float = 0.0
) -> float:
    """Return GFAR = (1 - FTE) FAR: nobody matches a reference that was never made.

    Examples
    --------
    >>> generalised_false_accept_rate(false_match=0.08, failure_to_acquire=0.5, failure_to_enrol=0.5)
    0.02
    """
    _refuse_what_is_no_rate(failure_to_enrol)
    return (1 - failure_to_enrol) * false_accept_rate(false_match=false_match, failure_to_acquire=failure_to_acquire)


def generalised_false_reject_rate(
    *, false_non_match: float, failure_to_acquire: float = 0.0, failure_to_enrol: float = 0.0
) -> float:
    """Return GFRR = FTE + (1 - FTE) FRR.

    Examples
    --------
    >>> generalised_false_reject_rate(false_non_match=0.5, failure_to_acquire=0.5, failure_to_enrol=0.5)
    0.875
    """
    _refuse_what_is_no_rate(failure_to_enrol)
    rejected = false_reject_rate(false_non_match=false_non_match, failure_to_acquire=failure_to_acquire)
    return failure_to_enrol + (1 - failure_to_enrol) * rejected


def _refuse_what_is_no_rate(*rates: float) -> None:
    if not all(0 <= rate <= 1 for rate in rates):
        raise ValueError(f"rates between 0 and 1, not {', '.join(map(str, rates))}")
