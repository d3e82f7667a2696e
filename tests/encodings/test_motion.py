"""What the motion encoding does to a recording: stretches, joints, normalisation, files."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineament.encodings import Encoding, Segment, build_encoding, read_encoding
from lineament.errors import EncoderError, RecipeError, SignalError
from lineament.recipes.components import Gru, MotionEncoding
from lineament.signals.motion import channel_names
from lineament.signals.sample import Sample

from .motions import changed, walk

WINDOW = 500
ALL = ("SR", "BR", "BRV", "BRA", "statics", "positions", "orientations", "velocities", "turns", "differences")


def encode(sample: Sample, **spec: object) -> list[Segment]:
    return build_encoding(MotionEncoding(**spec)).encode(sample)


@pytest.mark.parametrize(("features", "fewer"), [("BR", 499), ("BRV", 500), ("BRA", 501)])
def test_windows_of_a_take(features: str, fewer: int) -> None:
    frames = 760
    [segment] = encode(walk(frames), features=(features,))
    assert len(segment) - WINDOW + 1 == frames - fewer


def test_names_and_sizes() -> None:
    sizes = {name: len(build_encoding(MotionEncoding(features=(name,))).names) for name in ALL}
    assert sizes == {
        "SR": 21, "BR": 18, "BRV": 18, "BRA": 18, "statics": 3,
        "positions": 6, "orientations": 12, "velocities": 9, "turns": 9, "differences": 27,
    }  # fmt: skip
    both = build_encoding(MotionEncoding(features=("BRA", "statics")))
    assert len(set(both.names)) == 21
    assert both.names[:5] == (*(f"BRA_head_rot_{axis}" for axis in "xyzw"), "BRA_left_hand_pos_x")
    assert both.names[-3:] == ("statics_head_pos_y", "statics_head_up_x", "statics_head_up_z")
    assert build_encoding(MotionEncoding(features=("statics",), height=False)).names[0] == "statics_head_up_x"


def test_feature_sets_together_keep_step() -> None:
    sample = walk(50)
    [together] = encode(sample, features=ALL)
    assert len(together) == 50 - 8  # the longest lag
    np.testing.assert_allclose(together.times, sample.times[8:])
    start = 0
    for name in ALL:
        [alone] = encode(sample, features=(name,))
        stop = start + alone.values.shape[1]
        np.testing.assert_array_equal(together.values[:, start:stop], alone.values[-42:])
        start = stop


def test_any_rate_comes_out_at_the_encodings() -> None:
    [segment] = encode(walk(900, fps=90), features=("BR",))
    assert np.diff(segment.times) == pytest.approx(1 / 15)
    [reference] = encode(walk(150, fps=15), features=("BR",))
    np.testing.assert_allclose(segment.values[:150], reference.values, atol=1e-4)


@pytest.mark.parametrize("join", [False, True])
def test_gaps_split_and_seams_mark_them(join: bool) -> None:
    sample = walk(100)
    late = sample.replace(times=sample.times + 10.0 * (np.arange(100) >= 40))
    segments = encode(late, features=("BRA",), join=join)
    parts = [
        encode(sample.between(0, 39.5 / 15), features=("BRA",)),
        encode(sample.between(39.5 / 15, 9), features=("BRA",)),
    ]
    expected = np.concatenate([part[0].values for part in parts])
    np.testing.assert_allclose(np.concatenate([s.values for s in segments]), expected, atol=1e-6)
    if join:
        [segment] = segments
        assert np.flatnonzero(segment.seams).tolist() == [38]
        assert segment.times[38] == pytest.approx(42 / 15 + 10)
    else:
        assert [len(s) for s in segments] == [38, 58]
        assert not any(s.seams.any() for s in segments)


def test_stretches_too_short_to_differentiate_are_left_out() -> None:
    sample = walk(42)
    late = sample.replace(times=sample.times + 10.0 * (np.arange(42) >= 40))
    assert [len(s) for s in encode(late, features=("BRA",))] == [38]
    assert [len(s) for s in encode(late, features=("BRV",))] == [39, 1]
    assert encode(walk(2), features=("BRA",)) == []


def test_short_losses_are_bridged_and_long_ones_split() -> None:
    sample = walk(100)
    lost = sample.values.copy()
    lost[50:53, 7:10] = np.nan
    [bridged] = encode(sample.replace(values=lost), features=("BRA",))
    assert len(bridged) == 98
    lost[30:60, 7:10] = np.nan
    segments = encode(sample.replace(values=lost), features=("BRA",))
    assert [len(s) for s in segments] == [28, 38]
    [whole] = encode(sample, features=("BRA",))
    np.testing.assert_array_equal(segments[0].values, whole.values[:28])
    np.testing.assert_array_equal(segments[1].values, whole.values[60:])


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_lost_tracking_never_leaks(data: st.DataObject) -> None:
    """Whatever is lost whenever: no NaN comes out, and no frame of a stretch lies in a long loss."""
    values, times = walk(60).values.copy(), np.arange(60) / 15
    for _ in range(data.draw(st.integers(1, 4))):
        start, length = data.draw(st.integers(0, 59)), data.draw(st.integers(1, 30))
        columns = data.draw(st.sampled_from([slice(0, 3), slice(3, 7), slice(7, 10), slice(17, 21)]))
        values[start : start + length, columns] = np.nan
    values[-1] = walk(60).values[-1]  # nothing is lost from first to last
    sample = Sample("motion", values, times, channel_names("head", "left_hand", "right_hand"))
    segments = encode(sample, features=("BRA", "statics"))
    runs = np.isnan(values).any(axis=1)
    for segment in segments:
        assert np.isfinite(segment.values).all()
        assert np.isfinite(segment.times).all()
        inside = runs[np.round(segment.times * 15).astype(int)]
        longest = max((len(run) for run in "".join("x" if lost else " " for lost in inside).split()), default=0)
        assert longest <= 4 * 7  # four losses end to end, each short enough to bridge


def test_a_spare_joint_may_be_absent_or_lost() -> None:
    sample = walk(60)
    wanted = {"features": ("BR",), "joints": ("head", "right_hand")}
    [reference] = encode(sample, **wanted)
    without = channel_names("head", "right_hand")
    [segment] = encode(sample.replace(values=sample.columns(without), channels=without), **wanted)
    np.testing.assert_array_equal(segment.values, reference.values)
    lost = changed(sample, **dict.fromkeys(channel_names("left_hand"), np.nan))
    [segment] = encode(lost, **wanted)
    np.testing.assert_array_equal(segment.values, reference.values)


def test_a_missing_joint_is_named() -> None:
    without = channel_names("head", "right_hand")
    sample = walk(60)
    with pytest.raises(SignalError, match=r"the left hand \(left_hand_pos_x.*was expected.*joints"):
        encode(sample.replace(values=sample.columns(without), channels=without))
    with pytest.raises(SignalError, match="the left hand"):
        encode(changed(sample, **dict.fromkeys(channel_names("left_hand"), np.nan)))


@pytest.mark.parametrize("features", ["BR", "BRV", "BRA"])
def test_a_head_that_only_turns_is_enough(features: str) -> None:
    """As in xr-360, which has no positions."""
    sample = walk(60)
    only = channel_names("head")[3:]
    alone = sample.replace(values=sample.columns(only), channels=only)
    encoding = build_encoding(MotionEncoding(features=(features, "turns"), joints=("head",)))
    assert encoding.channels == only
    [segment] = encoding.encode(alone)
    [whole] = encode(sample, features=(features,))
    np.testing.assert_array_equal(segment.values[:, :4], whole.values[-len(segment) :, :4])
    with pytest.raises(SignalError, match="the head"):
        encode(alone, features=(features, "statics"), joints=("head",))
    assert len(encode(alone, features=(features, "statics"), joints=("head",), height=False)) == 1


def test_a_hand_without_rotation_still_has_a_position() -> None:
    sample = walk(60)
    some = channel_names("head") + channel_names("left_hand")[:3]
    partly = sample.replace(values=sample.columns(some), channels=some)
    [segment] = encode(partly, features=("positions", "velocities", "statics"), joints=("left_hand",))
    assert segment.values.shape == (59, 9)
    with pytest.raises(SignalError, match="left_hand_rot_x"):
        encode(partly, features=("BR",), joints=("left_hand",))


def test_bad_specs_and_samples_are_refused() -> None:
    with pytest.raises(RecipeError, match="a hand among the joints"):
        build_encoding(MotionEncoding(features=("positions",), joints=("head",)))
    with pytest.raises(RecipeError, match="MotionEncoding"):
        build_encoding(Gru())
    with pytest.raises(SignalError, match="image"):
        encode(Sample("image", np.zeros((2, 1)), np.arange(2.0), ("grey",)))
    for wrong in ({"features": ()}, {"features": ("BR", "BR")}, {"joints": ("nose",)}, {"fps": 0}, {"lags": (0,)}):
        with pytest.raises(ValueError, match="validation error"):
            MotionEncoding(**wrong)


def test_fitting_normalises_the_training_frames() -> None:
    encoding = build_encoding(MotionEncoding(features=("BRA", "statics")))
    samples = [walk(80, seed) for seed in range(3)]
    raw = np.concatenate([values for sample in samples for _, values in encoding.features(sample)])
    encoding.fit(iter(samples))
    frames = np.concatenate([encoding.encode(sample)[0].values for sample in samples])
    np.testing.assert_allclose(frames.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(frames.std(axis=0), 1, atol=1e-4)
    np.testing.assert_allclose(frames, (raw - raw.mean(axis=0)) / raw.std(axis=0), atol=1e-5)
    with pytest.raises(SignalError, match="training frames"):
        encoding.fit([])


def test_a_constant_feature_is_left_alone() -> None:
    """A head that stands still: its height has no deviation, and 0/0 does not come out."""
    still = changed(walk(60), head_pos_y=170.123)
    encoding = build_encoding(MotionEncoding(features=("statics",)))
    encoding.fit([still])
    [segment] = encoding.encode(still)
    np.testing.assert_allclose(segment.values[:, 0], 0, atol=1e-6)
    [higher] = encoding.encode(changed(still, head_pos_y=172.123))
    np.testing.assert_allclose(higher.values[:, 0], 2, atol=1e-5)


def test_the_spec_round_trips_through_json() -> None:
    encoding = build_encoding(MotionEncoding(features=("BRA", "differences"), fps=30, lags=(1, 5), join=True))
    for fitted in (False, True):
        if fitted:
            encoding.fit([walk(90)])
        again = read_encoding(json.loads(json.dumps(encoding.spec(), allow_nan=False)))
        assert isinstance(again, Encoding)
        assert again.spec() == encoding.spec()
        np.testing.assert_array_equal(again.encode(walk(90))[0].values, encoding.encode(walk(90))[0].values)


def test_a_damaged_spec_is_refused() -> None:
    encoding = build_encoding(MotionEncoding())
    encoding.fit([walk(90)])
    good = encoding.spec()
    for content in (None, {}, {"spec": {}}, {"spec": {"name": "motion"}}):
        with pytest.raises(EncoderError):
            read_encoding(content)
    with pytest.raises(RecipeError, match="motion"):
        read_encoding({**good, "spec": {"name": "motino"}})
    with pytest.raises(RecipeError, match="use 'joints'"):
        read_encoding({**good, "spec": {**good["spec"], "joint": ["head"]}})
    with pytest.raises(EncoderError, match="the features BRA_head_rot_x"):
        read_encoding({**good, "names": good["names"][::-1]})
    for part in ({"mean": [0.0]}, {"std": [0.0] * 18}, {"std": ["a"] * 18}, {"mean": [float("nan")] * 18}):
        with pytest.raises(EncoderError, match="18 features"):
            read_encoding({**good, "normalisation": {**good["normalisation"], **part}})
