"""Mean and deviation, merged stretch by stretch, against numpy on the whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineament.encodings.normalisation import Normalisation
from lineament.errors import SignalError


@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=8), st.floats(-1e6, 1e6), st.floats(0, 0.5), st.integers(0, 99)
)
@settings(max_examples=50, deadline=None)
def test_merging_stretches_is_exact(lengths: list[int], offset: float, lost: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    frames = rng.normal(size=(sum(lengths), 3)) * [1, 10, 0.01] + [offset, 0, 5]
    frames[1:][rng.uniform(size=frames[1:].shape) < lost] = np.nan
    fitted = Normalisation.fit(np.split(frames, np.cumsum(lengths)[:-1]))
    np.testing.assert_allclose(fitted.mean, np.nanmean(frames, axis=0), rtol=1e-9, atol=1e-12)
    deviation = np.nanstd(frames, axis=0)
    clear = deviation > 1e-6 * np.abs(fitted.mean)
    np.testing.assert_allclose(fitted.deviation[clear], deviation[clear], rtol=1e-6)
    np.testing.assert_allclose(fitted.apply(frames) * fitted.deviation + fitted.mean, frames, atol=1e-9)


def test_far_from_zero_no_digits_are_lost() -> None:
    """The textbook E[x^2] - E[x]^2 loses four digits here."""
    fitted = Normalisation.fit([np.array([[1e6 + 1.0], [1e6 - 1.0]])] * 1000)
    assert fitted.deviation[0] == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize("constant", [0.0, 170.0, -1e-12, 0.1])
def test_what_never_changes_has_deviation_one(constant: float) -> None:
    fitted = Normalisation.fit([np.full((7, 2), constant), np.full((5, 2), constant)])
    np.testing.assert_array_equal(fitted.deviation, 1)
    np.testing.assert_allclose(fitted.apply(np.full((2, 2), constant)), 0, atol=1e-12)


def test_a_feature_that_is_never_known_is_refused() -> None:
    with pytest.raises(SignalError, match="every feature"):
        Normalisation.fit([np.array([[1.0, np.nan], [2.0, np.nan]])])
    with pytest.raises(SignalError, match="none came"):
        Normalisation.fit([])
