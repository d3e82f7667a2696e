"""Signatures as frames: what leaves them as they are, formulas on known courses, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from lineament.datasets.simulate.signatures import simulated_signatures
from lineament.encodings import build_encoding, read_encoding
from lineament.encodings.signature import SignatureFrames
from lineament.encodings.signature_features import FEATURES
from lineament.errors import RecipeError, SignalError
from lineament.recipes.components import ENCODINGS
from lineament.recipes.recipe import component
from lineament.recipes.signature_components import SignatureEncoding
from lineament.signals.sample import Sample
from lineament.signals.signature import signature_sample

EVERYTHING = tuple(FEATURES)


@pytest.fixture(scope="module")
def sample() -> Sample:
    return simulated_signatures(1, signatures=1, forgeries=0, seed=3).load(0)


def moved(sample: Sample, turn: float = 0.0, scale: float = 1.0, shift: float = 0.0) -> Sample:
    """The signature written elsewhere, larger, and on a turned sheet."""
    values = sample.values.copy()
    matrix = scale * np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    values[:, :2] = values[:, :2] @ matrix + shift
    return sample.replace(values=values)


def frames(sample: Sample, **options: object) -> np.ndarray:
    return SignatureFrames(SignatureEncoding(**options)).encode(sample)[0].values  # type: ignore[arg-type]


def test_a_signature_is_one_segment_of_points(sample: Sample) -> None:
    encoding = SignatureFrames(SignatureEncoding(features=EVERYTHING, length=77))
    [segment] = encoding.encode(sample)
    assert segment.values.shape == (77, len(encoding.names))
    assert encoding.unit == "points"
    assert encoding.max_gap_s is None
    np.testing.assert_array_equal(segment.times, np.arange(77))
    np.testing.assert_allclose(segment.values.mean(axis=0), 0, atol=1e-4)
    deviations = segment.values.std(axis=0)
    assert ((np.abs(deviations - 1) < 1e-3) | (deviations == 0)).all()


def test_place_and_size_tell_nothing(sample: Sample) -> None:
    features = ("path", "velocity", "acceleration", "pressure", "down")
    wanted = frames(sample, features=features)
    np.testing.assert_allclose(frames(moved(sample, scale=1.5, shift=30.0), features=features), wanted, atol=1e-3)


def test_a_turned_sheet_tells_nothing_where_signatures_are_turned_upright(sample: Sample) -> None:
    wanted = frames(sample, upright=True)
    np.testing.assert_allclose(frames(moved(sample, turn=0.2), upright=True), wanted, atol=2e-3)
    assert np.abs(frames(moved(sample, turn=0.2)) - frames(sample)).max() > 0.1


def circle(radius: float = 20.0, seconds: float = 4.0) -> Sample:
    """A circle at steady speed."""
    times = np.linspace(0, seconds, 401)
    angle = 2 * np.pi * times / seconds
    columns = [radius * np.cos(angle), radius * np.sin(angle), 0.2 + 0.1 * times, np.ones(401)]
    return signature_sample(np.stack(columns, axis=1), times, ("x", "y", "pressure", "down"))


def test_formulas_on_a_circle() -> None:
    features = ("speed", "curvature", "direction", "pressure_change")
    values = frames(circle(), features=features, within=False, length=400)[5:-5]
    speed = 2 * np.pi * 20 / 4
    np.testing.assert_allclose(np.exp(values[:, 0]) - 1, speed, rtol=0.01)
    np.testing.assert_allclose(values[:, 1], np.log(20), atol=0.05)
    np.testing.assert_allclose(np.hypot(values[:, 2], values[:, 3]), 1, atol=1e-3)
    np.testing.assert_allclose(values[:, 4], 0.1, rtol=0.01)


def test_a_long_pause_of_the_pen_is_cut(sample: Sample) -> None:
    longer = sample.times + np.where(np.arange(len(sample)) >= len(sample) // 2, 3.0, 0.0)
    brief = sample.times + np.where(np.arange(len(sample)) >= len(sample) // 2, 0.09, 0.0)
    np.testing.assert_allclose(frames(sample.replace(times=longer)), frames(sample.replace(times=brief)), atol=1e-3)


def test_points_at_one_time_and_pens_that_stand_still_do_no_harm(sample: Sample) -> None:
    times = sample.times.copy()
    times[20:24] = times[20]
    values = sample.values.copy()
    values[40:80, :2] = values[40, :2]
    assert np.isfinite(frames(sample.replace(times=times, values=values), features=EVERYTHING)).all()


def test_an_encoding_is_written_and_read(sample: Sample) -> None:
    encoding = build_encoding(SignatureEncoding(length=50))
    encoding.fit([sample])
    again = read_encoding(json.loads(json.dumps(encoding.spec())))
    np.testing.assert_allclose(again.encode(sample)[0].values, encoding.encode(sample)[0].values)


def test_what_is_not_there_is_asked_for(sample: Sample) -> None:
    with pytest.raises(SignalError, match="azimuth, altitude"):
        frames(circle(), features=("tilt",))
    with pytest.raises(SignalError, match="a signature"):
        frames(Sample("motion", [[0.0]], [0.0], ("head_pos_x",)))
    with pytest.raises(RecipeError, match="each may be named once"):
        component(ENCODINGS, {"name": "signature", "features": ["path", "path"]})
