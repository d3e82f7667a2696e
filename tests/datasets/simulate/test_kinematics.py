import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineament.datasets.simulate.kinematics import Steps, band_noise, euler_quaternion, minimum_jerk, turned
from lineament.signals import rotations


def test_a_minimum_jerk_reach_begins_and_ends_at_rest():
    progress = np.linspace(0, 1, 2001)
    done = minimum_jerk(progress)
    speed, pull = np.gradient(done, progress), np.gradient(np.gradient(done, progress), progress)
    assert done[0] == 0
    assert done[-1] == 1
    assert abs(speed[[0, -1]]).max() < 1e-5
    assert abs(pull[[0, -1]]).max() < 0.05
    assert speed.max() == pytest.approx(1.875, abs=1e-3)  # Flash and Hogan 1985


def slow_track(steps, time):
    """Sum the steps one by one, as the text says; no step is cut."""
    value = steps.targets[0].copy()
    for index, (start, seconds) in enumerate(zip(steps.starts, steps.durations, strict=True)):
        part = min(max((time - start) / seconds, 0.0), 1.0)
        done = 10 * part**3 - 15 * part**4 + 6 * part**5
        value = value + done * (steps.targets[index + 1] - steps.targets[index])
    return value


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12))
def test_overlapping_steps_add_up(seed, count):
    rng = np.random.default_rng(seed)
    starts = np.cumsum(rng.uniform(0.4, 1.0, count))
    steps = Steps(starts, rng.uniform(0.1, 1.1, count), rng.standard_normal((count + 1, 2)))  # at most three overlap
    times = np.linspace(0, starts[-1] + 2, 60)
    assert steps.at(times) == pytest.approx(np.array([slow_track(steps, time) for time in times]), abs=1e-9)
    assert steps.at(times[-1:])[0] == pytest.approx(steps.targets[-1])


def test_a_track_without_steps_stays():
    still = Steps(np.empty(0), np.empty(0), np.array([[1.0, 2.0]]))
    assert still.at(np.array([0.0, 5.0])).tolist() == [[1, 2], [1, 2]]


def test_steps_that_crowd_are_cut_and_still_arrive():
    steps = Steps(np.arange(10) * 0.1, np.full(10, 5.0), np.arange(11.0)[:, None])
    track = steps.at(np.linspace(0, 10, 5000))[:, 0]
    assert track[-1] == 10
    assert np.abs(np.diff(track)).max() < 0.1  # no jump


def test_overshoot_passes_the_target_and_comes_back():
    steps = Steps(np.array([0.0]), np.array([1.0]), np.array([[0.0], [1.0]]), overshoot=0.2)
    track = steps.at(np.linspace(0, 2, 400))[:, 0]
    assert 1.05 < track.max() <= 1.2
    assert track[-1] == pytest.approx(1)


def test_a_bulge_bows_the_path_and_leaves_its_ends():
    steps = Steps(np.array([0.0]), np.array([1.0]), np.zeros((2, 1)), bulges=np.array([[3.0]]))
    assert steps.at(np.array([0.0, 0.5, 1.0]))[:, 0] == pytest.approx([0, 3, 0])


@pytest.mark.parametrize(("low", "high", "fps"), [(0.1, 0.8, 30.0), (8.5, 11.5, 90.0), (0.15, 2.0, 72.0)])
def test_band_noise_lies_in_its_band(low, high, fps):
    noise = band_noise(20_000, fps, low, high, 3, np.random.default_rng(0))
    power = np.abs(np.fft.rfft(noise, axis=0)) ** 2
    frequency = np.fft.rfftfreq(len(noise), 1 / fps)
    inside = (frequency > low * 0.9) & (frequency < high * 1.1)
    assert power[inside].sum() / power.sum() > 0.97
    assert noise.std(axis=0) == pytest.approx(1.0, abs=0.2)
    assert abs(np.corrcoef(noise.T)[0, 1]) < 0.3


def test_a_tremor_beyond_the_rate_is_folded_not_lost():
    assert band_noise(5000, 15.0, 8.5, 11.5, 1, np.random.default_rng(0)).std() == pytest.approx(1.0, abs=0.2)


@pytest.mark.parametrize("frames", [1, 2, 7])
def test_band_noise_of_a_few_frames_is_finite(frames):
    noise = band_noise(frames, 15.0, 0.01, 0.1, 2, np.random.default_rng(0))
    assert noise.shape == (frames, 2)
    assert np.isfinite(noise).all()


def test_euler_quaternions_are_yaw_after_pitch_after_roll():
    yaw, pitch, roll = np.random.default_rng(0).uniform(-3, 3, (3, 50))
    right, up, forward = np.eye(3)
    slow = rotations.multiply(
        rotations.from_axis(up, yaw),
        rotations.multiply(rotations.from_axis(right, pitch), rotations.from_axis(forward, roll)),
    )
    assert euler_quaternion(yaw, pitch, roll) == pytest.approx(slow, abs=1e-12)
    vectors = np.random.default_rng(1).standard_normal((50, 3))
    assert turned(vectors, yaw) == pytest.approx(rotations.rotate(rotations.from_yaw(yaw), vectors), abs=1e-12)
