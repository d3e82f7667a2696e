"""How often one comparison with a stranger reaches a score: measured where there are scores, a tail fitted beyond them.

A cosine has an end, 1, and close to it straight lines mislead. Between two directions drawn evenly on a sphere of d
dimensions ``P(cosine >= s)`` falls as ``(1 - s^2) ** ((d - 1) / 2)``: on the scale ``y = -log(1 - s^2)`` that is an
exponential law, whatever d is. On that scale the tail of real encoders, too, bends little; what bend there is, the
generalised Pareto law's shape takes up (Pickands, Ann. Stat. 1975).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
Scale = Literal["cosine", "distance", "plain"]
STRAIGHT = 1e-9
"""A shape this small is none."""


def guess_scale(lowest: float, highest: float) -> Scale:
    """Return the scale that comparison scores of this range seem to be on."""
    if highest <= 0:
        return "distance"
    return "cosine" if lowest >= -1.001 and highest <= 1.001 else "plain"


def stretch(scores: ArrayLike, scale: Scale) -> FloatArray:
    """Return scores on the scale on which tails are straight: cosines, negative distances, or anything (unchanged).

    Examples
    --------
    >>> stretch([0.0, 0.6, -0.6], "cosine").round(3).tolist()
    [0.0, 0.446, -0.446]
    >>> stretch([-2.0, -0.5], "distance").round(3).tolist()
    [-0.693, 0.693]
    """
    values = np.asarray(scores, dtype=np.float64)
    tiny = np.finfo(np.float64).eps
    if scale == "cosine":
        return np.asarray(-np.sign(values) * np.log1p(-np.minimum(values**2, 1 - tiny)))
    return np.asarray(-np.log(np.maximum(-values, tiny))) if scale == "distance" else values


def unstretch(stretched: ArrayLike, scale: Scale) -> FloatArray:
    """Return the scores that `stretch` was given.

    Examples
    --------
    >>> unstretch(stretch([0.3, -0.9], "cosine"), "cosine").round(6).tolist()
    [0.3, -0.9]
    """
    values = np.asarray(stretched, dtype=np.float64)
    if scale == "cosine":
        return np.asarray(np.sign(values) * np.sqrt(-np.expm1(-np.abs(values))))
    return np.asarray(-np.exp(-values)) if scale == "distance" else values


def pareto_shape(excess: FloatArray, weights: FloatArray) -> float:
    """Return the shape of the generalised Pareto law of excesses, by probability-weighted moments.

    Hosking and Wallis (Technometrics 1987); about as precise as maximum likelihood for shapes near zero, and in closed
    form, so that people can be resampled.

    Parameters
    ----------
    excess : float array (n,)
        Ascending, zero or more.
    weights : float array (n,)

    Examples
    --------
    >>> excess = -np.log(1 - (np.arange(1000) + 0.5) / 1000)
    >>> abs(pareto_shape(excess, np.ones(1000))) < 0.01
    True
    """
    total = weights.sum()
    above = 1 - (np.cumsum(weights) - weights / 2) / total
    first = float(excess @ weights / total)
    second = float((excess * above) @ weights / total)
    return 2 - first / max(first - 2 * second, STRAIGHT)


def log_survival(distance: FloatArray, scale: FloatArray, shape: FloatArray) -> FloatArray:
    """Return the logarithm of the generalised Pareto law's survival at distances beyond where it starts.

    Examples
    --------
    >>> log_survival(np.array([0.0, 1.0]), np.array([0.5, 0.5]), np.array([0.0, 0.0])).tolist()
    [-0.0, -2.0]
    """
    straight = np.abs(shape) < STRAIGHT
    bent = np.where(straight, 1.0, shape)
    inside = np.maximum(1 + bent * distance / scale, np.finfo(np.float64).tiny)
    return np.asarray(np.where(straight, -distance / scale, -np.log(inside) / bent))
