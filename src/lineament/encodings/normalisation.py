"""Per-feature mean and standard deviation of the training frames."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lineament.errors import EncoderError, SignalError

FloatArray = NDArray[np.float64]
FLAT = 1e-9
"""A deviation below this share of the mean is rounding: the feature is constant."""


@dataclass(frozen=True, eq=False)
class Normalisation:
    """Takes each feature to mean 0 and standard deviation 1 on the frames it was fitted to.

    Parameters
    ----------
    mean, deviation : array (features,)
        Of the training frames; the deviation of a constant feature is 1.
    """

    mean: FloatArray
    deviation: FloatArray

    @classmethod
    def fit(cls, stretches: Iterable[FloatArray]) -> Normalisation:
        """Fit to frames in stretches (T, features), one at a time; frames with NaN are left out of their feature.

        Mean and sum of squares are merged stretch by stretch (Chan et al. 1979), so that neither a long data set nor
        a feature far from zero costs memory or digits.

        Raises
        ------
        SignalError
            When a feature has no frames at all.
        """
        count: FloatArray | None = None
        for frames in stretches:
            here = np.isfinite(frames)
            n = here.sum(axis=0).astype(np.float64)
            m = np.where(here, frames, 0.0).sum(axis=0) / np.maximum(n, 1.0)
            s = (np.where(here, frames - m, 0.0) ** 2).sum(axis=0)
            if count is None:
                count, mean, squares = n, m, s
                continue
            both = np.maximum(count + n, 1.0)
            squares = squares + s + (m - mean) ** 2 * count * n / both
            mean = mean + (m - mean) * n / both
            count = count + n
        if count is None or not count.all():
            raise SignalError(
                "normalisation: training frames of every feature", "none", "give recordings with tracked frames"
            )
        deviation = np.sqrt(squares / count)
        return cls(mean, np.where(deviation > FLAT * np.maximum(np.abs(mean), FLAT), deviation, 1.0))

    def sparing(self, places: Iterable[int]) -> Normalisation:
        """Return the same, but for some features (by place) that are left as they are."""
        mean, deviation, kept = self.mean.copy(), self.deviation.copy(), list(places)
        mean[kept], deviation[kept] = 0.0, 1.0
        return Normalisation(mean, deviation)

    def apply(self, frames: FloatArray) -> FloatArray:
        """Return frames (T, features) normalised."""
        return (frames - self.mean) / self.deviation

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON (see `from_dict`)."""
        return {"mean": self.mean.tolist(), "std": self.deviation.tolist()}

    @classmethod
    def from_dict(cls, content: Any, features: int) -> Normalisation:
        """Read it from `as_dict`'s JSON.

        Raises
        ------
        EncoderError
            When it is not two lists of as many finite numbers as there are features, the second above zero.
        """
        try:
            mean, deviation = (np.array(content[key], dtype=np.float64) for key in ("mean", "std"))
        except (KeyError, TypeError, ValueError) as error:
            raise _damaged(features) from error
        fit = mean.shape == deviation.shape == (features,)
        if not fit or not np.isfinite([mean, deviation]).all() or not (deviation > 0).all():
            raise _damaged(features)
        return cls(mean, deviation)


def _damaged(features: int) -> EncoderError:
    return EncoderError(
        f"normalisation: a mean and a std above zero for each of {features} features",
        "something else",
        "restore the encoder's folder",
    )
