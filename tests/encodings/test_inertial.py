"""The inertial encoding: what does not depend on how the sensor sits, and what streams as it comes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from lineament.encodings import build_encoding, read_encoding
from lineament.encodings.inertial import InertialFrames
from lineament.errors import EncoderError, RecipeError, SignalError
from lineament.recipes.inertial_components import InertialEncoding
from lineament.recipes.recipe import parse
from lineament.signals import Sample
from lineament.signals.inertial import inertial_sample
from tests.signals.test_inertial import walk

EVERYTHING = ("raw", "aligned", "upright", "magnitudes", "changes")


def encoding(**spec: Any) -> InertialFrames:
    built = build_encoding(InertialEncoding(**spec))
    assert isinstance(built, InertialFrames)
    return built


def turned(rotation: Rotation, seconds: float = 12.0) -> Sample:
    values, times = walk(seconds)
    both = [rotation.apply(values[:, :3]), rotation.apply(values[:, 3:])]
    return inertial_sample(np.concatenate(both, axis=1), times)


def encoded(sample: Sample, **spec: Any) -> np.ndarray:
    (segment,) = encoding(gravity_s=2.0, **spec).encode(sample)
    return segment.values


AS_IT_IS = Rotation.identity()


@pytest.mark.parametrize("degrees", [-170.0, -40.0, 25.0, 90.0, 180.0])
def test_a_tilted_sensor_sees_the_same_walk(degrees: float) -> None:
    """Turns about the level axis x leave what is aligned as it is, whichever way is up."""
    tilt = Rotation.from_euler("x", degrees, degrees=True)
    np.testing.assert_allclose(
        encoded(turned(tilt), features=("aligned",)), encoded(turned(AS_IT_IS), features=("aligned",)), atol=1e-4
    )


def test_what_is_blind_to_any_turn_of_the_sensor() -> None:
    anyhow = Rotation.from_rotvec([0.4, -1.1, 2.0])
    features = ("upright", "magnitudes")
    np.testing.assert_allclose(
        encoded(turned(anyhow), features=features), encoded(turned(AS_IT_IS), features=features), atol=1e-4
    )
    raw = [encoded(turned(how), features=("raw",)) for how in (anyhow, AS_IT_IS)]
    assert np.abs(raw[0] - raw[1]).max() > 1


def test_a_turn_about_gravity_turns_what_is_level() -> None:
    yaw = Rotation.from_euler("y", 30, degrees=True)
    plain, seen = (encoded(turned(how), features=("aligned",), sensors=("acc",)) for how in (AS_IT_IS, yaw))
    np.testing.assert_allclose(seen[:, 1], plain[:, 1], atol=1e-4)
    np.testing.assert_allclose(np.hypot(seen[:, 0], seen[:, 2]), np.hypot(plain[:, 0], plain[:, 2]), atol=1e-4)


def test_a_slow_loop_agrees() -> None:
    sample, spec = turned(Rotation.from_rotvec([0.3, 0.2, -0.5])), {"features": EVERYTHING, "sensors": ("acc", "gyr")}
    found, lost = encoded(sample, **spec), encoding(gravity_s=2.0, **spec).lost
    assert lost == 100
    assert len(found) == len(sample) - lost
    for frame in (0, 37, len(found) - 1):
        before = sample.values[frame + 1 : frame + lost + 1]
        now, mean = before[-1], before.mean(axis=0)
        up = mean[:3] / np.linalg.norm(mean[:3])
        x = np.array([1.0, 0, 0]) - up[0] * up
        x /= np.linalg.norm(x)
        axes, moved = np.stack([x, up, np.cross(x, up)]), now - mean
        level = [np.linalg.norm(part - (part @ up) * up) for part in (moved[:3], moved[3:])]
        wanted = np.concatenate(
            [
                now,
                axes @ moved[:3],
                axes @ moved[3:],
                [moved[:3] @ up, level[0], moved[3:] @ up, level[1]],
                [np.linalg.norm(now[:3]) - np.linalg.norm(mean[:3]), np.linalg.norm(moved[3:])],
            ]
        )
        np.testing.assert_allclose(found[frame, :18], wanted, atol=1e-4)
    np.testing.assert_allclose(found[1:, 18:], np.diff(found[:, 6:12], axis=0), atol=1e-4)


def test_a_frame_depends_on_what_came_before_alone() -> None:
    whole = encoded(turned(AS_IT_IS, 12.0), features=EVERYTHING)
    part = encoded(turned(AS_IT_IS, 8.0), features=EVERYTHING)
    np.testing.assert_allclose(part, whole[: len(part)], atol=1e-6)


def test_only_raw_loses_no_frames() -> None:
    built = encoding(features=("raw",), sensors=("acc",))
    (segment,) = built.encode(turned(AS_IT_IS, 1.0))
    assert (built.lost, len(segment), built.names) == (0, 50, ("raw_acc_x", "raw_acc_y", "raw_acc_z"))
    assert encoding().encode(turned(AS_IT_IS, 1.0)) == []


def test_pauses_and_losses_split() -> None:
    values, times = walk(20.0)
    times[400:] += 3.0
    values[700:760] = np.nan
    segments = encoding(gravity_s=1.0).encode(inertial_sample(values, times))
    assert [len(segment) for segment in segments] == [400 - 49, 300 - 49, 240 - 49]
    assert segments[1].times[0] == pytest.approx(400 / 50 + 3 + 49 / 50)


def test_it_comes_back_from_json() -> None:
    built = encoding(features=("aligned", "magnitudes"))
    built.fit([turned(AS_IT_IS)])
    again = read_encoding(built.spec())
    (ours,), (theirs,) = built.encode(turned(AS_IT_IS)), again.encode(turned(AS_IT_IS))
    np.testing.assert_array_equal(ours.values, theirs.values)
    np.testing.assert_allclose(ours.values.mean(axis=0), 0, atol=1e-4)
    with pytest.raises(EncoderError, match="train the encoder again"):
        read_encoding({**built.spec(), "names": ["aligned_acc_x"]})
    with pytest.raises(EncoderError, match="restore"):
        read_encoding({"spec": {"name": "inertial"}})


def test_what_it_refuses() -> None:
    with pytest.raises(SignalError, match="an inertial recording was expected, but motion"):
        encoding().encode(Sample("motion", [[0.0]], [0.0], ("head_pos_y",)))
    values, times = walk()
    alone = inertial_sample(values[:, :3], times, ("acc_x", "acc_y", "acc_z"))
    with pytest.raises(SignalError, match="the channels gyr_x, gyr_y, gyr_z"):
        encoding().encode(alone)
    with pytest.raises(RecipeError, match="each may be named once"):
        parse(InertialEncoding, {"features": ["raw", "raw"]}, "encoding")
