"""The mouse encoding: what a movement is, and its features against a slow loop."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lineament.encodings import build_encoding, read_encoding
from lineament.errors import EncoderError, RecipeError, SignalError
from lineament.recipes.mouse_components import MouseEncoding
from lineament.recipes.recipe import parse
from lineament.signals import Sample
from lineament.signals.mouse import mouse_sample

ALL = ("absolute", "steps", "log_steps", "timing", "speed", "turning", "change", "buttons")


def recording(seed: int = 0, count: int = 60) -> Sample:
    rng = np.random.default_rng(seed)
    x, y = rng.integers(-2, 3, (2, count)).cumsum(axis=1)
    return mouse_sample(x, y, rng.uniform(0.001, 0.05, count).cumsum(), state=rng.integers(0, 4, count))


def slow(sample: Sample) -> list[list[float]]:
    """Return all features of every movement, one at a time."""
    rows: list[list[float]] = []
    last_time, pressed, released = sample.times[0], False, False
    last = None
    for i in range(1, len(sample)):
        x, y, _, state = sample.values[i]
        pressed, released = pressed or state == 2, released or state == 3
        dx, dy = x - sample.values[i - 1, 0], y - sample.values[i - 1, 1]
        if not dx and not dy:
            continue
        dt = min(max(sample.times[i] - last_time, 5e-4), 10.0)
        length, angle = math.hypot(dx, dy), math.atan2(dy, dx)
        turn = angle - last[2] if last else 0.0
        way, span = length + (last[1] if last else 0.0), dt + (last[0] if last else 0.0)
        rows.append(
            [
                abs(dx), abs(dy), dx, dy,
                math.copysign(math.log(1 + abs(dx)), dx), math.copysign(math.log(1 + abs(dy)), dy),
                math.log(dt), math.log(1 + way / span), math.cos(turn), math.sin(turn),
                math.log(length / last[1]) if last else 0.0,
                float(state == 1), float(pressed), float(released),
            ]
        )  # fmt: skip
        last, last_time, pressed, released = (dt, length, angle), sample.times[i], False, False
    return rows


@pytest.mark.parametrize("seed", range(5))
def test_features_are_those_of_a_slow_loop(seed: int):
    sample = recording(seed)
    [segment] = build_encoding(MouseEncoding(features=ALL)).encode(sample)
    np.testing.assert_allclose(segment.values, slow(sample), atol=1e-5)
    assert segment.times.tolist() == list(range(len(segment)))


def test_where_the_cursor_is_and_when_does_not_matter():
    sample, encoding = recording(), build_encoding(MouseEncoding(features=ALL))
    moved = sample.replace(values=sample.values + np.array([500, -300, 0, 0]), times=sample.times + 100)
    np.testing.assert_allclose(encoding.encode(moved)[0].values, encoding.encode(sample)[0].values, atol=1e-5)


def test_a_cursor_that_never_moves_gives_no_segment():
    assert build_encoding(MouseEncoding()).encode(mouse_sample([5, 5], [5, 5], [0, 1])) == []


def test_a_fitted_encoding_survives_json():
    encoding = build_encoding(MouseEncoding())
    encoding.fit([recording(seed) for seed in range(3)])
    again = read_encoding(encoding.spec())
    np.testing.assert_array_equal(again.encode(recording())[0].values, encoding.encode(recording())[0].values)
    assert (again.unit, again.names) == ("movements", encoding.names)


def test_wrong_modality_damage_and_repetition_are_refused():
    encoding = build_encoding(MouseEncoding())
    with pytest.raises(SignalError, match="a recording of a mouse was expected, but motion came"):
        encoding.encode(Sample("motion", [[0.0]], [0.0], ("x",)))
    with pytest.raises(EncoderError, match="a spec and a normalisation"):
        type(encoding).from_spec({"spec": {"name": "mouse"}})
    with pytest.raises(RecipeError, match="each may be named once"):
        parse(MouseEncoding, {"features": ["steps", "steps"]}, "encoding mouse")
