"""The keystroke encoding against a slow loop, its edges and its file form."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineament.encodings import build_encoding, read_encoding
from lineament.errors import AcquisitionError, EncoderError, RecipeError, SignalError
from lineament.recipes.keystroke_components import KeystrokeEncoding
from lineament.recipes.recipe import parse
from lineament.signals import Sample
from lineament.signals.key_codes import key_codes
from lineament.signals.keystrokes import keystroke_sample

ALL = ("hold", "press_press", "release_press", "release_release", "press_release")


def typed(keys: int, seed: int = 0) -> Sample:
    """Return somebody's keystrokes, overlapping ones among them."""
    draw = np.random.default_rng(seed)
    press = np.cumsum(draw.uniform(0.05, 0.4, keys))
    return keystroke_sample(press, press + draw.uniform(0.02, 0.3, keys), draw.integers(1, 255, keys))


def slow(sample: Sample, compression: float | None) -> np.ndarray:
    """Reckon all latencies key by key."""
    rows = []
    for n, (press, release, key) in enumerate(sample.values):
        before = sample.values[n - 1] if n else (math.nan, math.nan, 0)
        row = [release - press, press - before[0], press - before[1], release - before[1], release - before[0]]
        if compression:
            row = [math.copysign(math.asinh(abs(x) / compression), x) for x in row]
        rows.append([*row, key])
    return np.array(rows)


@pytest.mark.parametrize("compression", [None, 0.1, 0.02])
def test_latencies_are_those_of_a_slow_loop(compression: float | None):
    sample = typed(40)
    encoding = build_encoding(KeystrokeEncoding(features=ALL, compression_s=compression))
    [segment] = encoding.encode(sample)
    np.testing.assert_allclose(segment.values, slow(sample, compression), rtol=1e-5, atol=1e-6)
    assert (segment.values[:, ALL.index("release_press")] < 0).any()
    assert segment.times.tolist() == list(range(40))
    assert (encoding.unit, encoding.fps, encoding.max_gap_s) == ("keys", 1.0, None)
    assert dict(encoding.categories) == {5: 256}


def test_a_length_cuts_behind_and_fills_up_in_front():
    encoding = build_encoding(KeystrokeEncoding(length=10))
    [short], [long] = encoding.encode(typed(4)), encoding.encode(typed(30))
    present = encoding.names.index("present")
    assert short.values[:, present].tolist() == [0] * 6 + [1] * 4
    assert long.values[:, present].all()
    encoding.fit([typed(30, seed) for seed in range(5)])
    [short] = encoding.encode(typed(4))
    assert not short.values[:6].any()
    assert np.isfinite(short.values).all()
    np.testing.assert_array_equal(short.values[6:, -1], typed(4).column("key"))


@given(st.integers(2, 30), st.integers(2, 30))
def test_normalising_comes_to_the_same_before_and_after(keys: int, length: int):
    encoding = build_encoding(KeystrokeEncoding(length=length))
    plain = encoding.unfitted()
    encoding.fit([typed(20, seed) for seed in range(3)])
    [one], [other] = encoding.encode(typed(keys, 7)), plain.encode(typed(keys, 7))
    np.testing.assert_array_equal(one.values, encoding.normalised(other).values)
    assert len(one) == length


def test_fitted_latencies_have_mean_zero_and_deviation_one():
    encoding = build_encoding(KeystrokeEncoding(key=False))
    samples = [typed(30, seed) for seed in range(20)]
    encoding.fit(samples)
    rows = np.concatenate([encoding.encode(sample)[0].values[1:] for sample in samples])
    np.testing.assert_allclose(rows[:, 1:].mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(rows[:, 1:].std(0), 1, atol=1e-5)


def test_too_few_keys_and_missing_releases_and_long_pauses():
    encoding = build_encoding(KeystrokeEncoding(least=5))
    assert encoding.encode(typed(4)) == []
    encoding.fit([typed(30)])
    sample = keystroke_sample([0, 0.2, 900, 900.2, 900.4], [0.1, np.nan, 900.1, 900.3, 900.5], [65] * 5)
    [segment] = encoding.encode(sample)
    assert np.isfinite(segment.values).all()
    [bounded] = encoding.unfitted().encode(sample)
    assert bounded.values[2, 1] == pytest.approx(math.asinh(10 / 0.1))


def test_a_mistyped_phrase_is_refused():
    encoding = build_encoding(KeystrokeEncoding(phrase=tuple(key_codes("ab5").astype(int)), key=False))
    times = np.arange(4) * 0.2

    def said(keys: list[object]) -> str:
        with pytest.raises(AcquisitionError) as caught:
            encoding.encode(keystroke_sample(times[: len(keys)], times[: len(keys)] + 0.1, keys, source="typed"))
        return str(caught.value)

    assert len(encoding.encode(keystroke_sample(times[:3], times[:3] + 0.1, ["a", "", "5"]))) == 1
    assert "another at key 2" in said(["a", "x", "5"])
    assert "4 keys" in said(["a", "b", "5", "Enter"])
    assert said(["a", "b"]).startswith("typed: the phrase of 3 keys")
    assert read_encoding(encoding.spec()).component == encoding.component


def test_its_json_gives_it_back():
    encoding = build_encoding(KeystrokeEncoding(features=("hold", "press_press"), length=8))
    encoding.fit([typed(30)])
    again = read_encoding(encoding.spec())
    np.testing.assert_array_equal(again.encode(typed(9))[0].values, encoding.encode(typed(9))[0].values)
    with pytest.raises(EncoderError, match="a spec and a normalisation"):
        read_encoding({"spec": {"name": "keystrokes"}})


def test_what_is_refused():
    with pytest.raises(SignalError, match="keystrokes was expected, but motion"):
        build_encoding(KeystrokeEncoding()).encode(Sample("motion", [[0.0]], [0.0], ("head_pos_x",)))
    with pytest.raises(RecipeError, match="each may be named once"):
        parse(KeystrokeEncoding, {"name": "keystrokes", "features": ["hold", "hold"]}, "encoding")
