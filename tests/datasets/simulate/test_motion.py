import numpy as np
import pytest

from lineament.datasets.simulate import simulate_person, simulate_session
from lineament.datasets.simulate.devices import DEVICES
from lineament.datasets.simulate.tasks import FREE_TASKS, TASKS, TRIAL_TASKS
from lineament.errors import LineamentError
from lineament.signals import rotations
from lineament.signals.inspection import inspect
from lineament.signals.motion import CHANNELS, position_names, rotation_names

HANDS = ("left_hand", "right_hand")


def position(sample, joint):
    return sample.columns(position_names(joint))


def rotation(sample, joint):
    return sample.columns(rotation_names(joint))


def seen_from_head(sample, hand):
    unturn = rotations.from_yaw(-rotations.yaw_about_up(rotation(sample, "head")))
    return rotations.rotate(unturn, position(sample, hand) - position(sample, "head"))


@pytest.fixture(scope="module", params=sorted(TASKS))
def recordings(request):
    people = [simulate_person(3, index) for index in range(8)]
    return [(p, simulate_session(p, 1, 2.0, task=request.param, fps=60.0)) for p in people]


def test_head_and_hands_keep_to_what_bodies_can_do(recordings):
    for person, sample in recordings:
        assert sample.channels == CHANNELS
        head = position(sample, "head")
        assert head[:, 1].max() < person.body.stature + 8
        assert head[:, 1].min() > 40
        assert np.percentile(head[:, 1], 90) == pytest.approx(person.body.eye_height, abs=16)
        up = rotations.rotate(rotation(sample, "head"), rotations.UP)[:, 1]
        assert up.min() > 0
        for joint, fastest, turning in (("head", 350, 900), *((hand, 1200, 4000) for hand in HANDS)):
            speed = np.linalg.norm(np.diff(position(sample, joint), axis=0), axis=1) * 60
            turn = np.degrees(
                np.linalg.norm(rotations.to_rotation_vector(rotations.delta(rotation(sample, joint))), axis=1)
            )
            assert speed.max() < fastest, joint
            assert turn.max() * 60 < turning, joint
            assert np.linalg.norm(rotation(sample, joint), axis=1) == pytest.approx(1, abs=1e-9)
        for hand in HANDS:
            assert position(sample, hand)[:, 1].min() > 2
            reach = np.linalg.norm(position(sample, hand) - head, axis=1)
            assert reach.max() < person.body.arm + 60  # the neck lies between shoulder and display


def test_hands_are_on_their_own_side(recordings):
    right = [np.mean(seen_from_head(sample, "right_hand")[:, 0] > 0) for _, sample in recordings]
    left = [np.mean(seen_from_head(sample, "left_hand")[:, 0] < 0) for _, sample in recordings]
    assert min(right + left) > 0.7
    assert np.mean(right + left) > 0.9


def test_no_arm_is_longer_than_the_person_has(monkeypatch):
    from lineament.datasets.simulate import motion

    bodies = []
    trunk = motion._trunk
    monkeypatch.setattr(motion, "_trunk", lambda *args: bodies.append(trunk(*args)) or bodies[-1])
    for index in range(6):
        person = simulate_person(8, index)
        sample = simulate_session(person, 1, 2.0, task="throw", fps=90.0, device="ideal", drift=0.0)
        shoulders = bodies[-1][1]
        for hand in HANDS:
            level = person.body.shoulder_width / 2
            assert np.linalg.norm(position(sample, hand) - shoulders, axis=1).max() < person.body.arm + level + 0.5


def test_inspection_finds_no_fault_in_any_task():
    for number, task in enumerate(sorted(TASKS)):
        found = inspect(simulate_session(simulate_person(6, number), number + 1, 1.0, task=task))
        assert [f.message for f in found.findings if f.level == "fault"] == []


def test_the_same_arguments_give_the_same_recording():
    one, two = (simulate_session(simulate_person(1, 4), 3, 0.5) for _ in range(2))
    assert np.array_equal(one.values, two.values, equal_nan=True)
    assert np.array_equal(one.times, two.times)
    assert one.attributes == two.attributes


def test_sessions_and_people_differ():
    someone, other = simulate_person(1, 4), simulate_person(1, 5)
    reference = simulate_session(someone, 1, 0.5, fps=30.0, task="table")
    for sample in (
        simulate_session(someone, 2, 0.5, fps=30.0, task="table"),
        simulate_session(other, 1, 0.5, fps=30.0, task="table"),
    ):
        assert np.abs(sample.values - reference.values).max() > 5


def test_tasks_differ_from_session_to_session():
    person = simulate_person(0, 9)
    trials = [simulate_session(person, s, layout="trials", fps=15.0).attributes["task"] for s in (1, 2, 3, 4)]
    assert sorted(trials) == sorted(TRIAL_TASKS)
    free = [simulate_session(person, s, 0.2, fps=15.0).attributes["task"] for s in range(1, 7)]
    assert sorted(free) == sorted(FREE_TASKS)


def test_trials_are_fifty_with_ten_seconds_between():
    sample = simulate_session(simulate_person(0, 1), 2, layout="trials", fps=30.0)
    starts = np.array(sample.attributes["trials"])
    gaps = np.flatnonzero(np.diff(sample.times) > 1)
    assert len(starts) == 50
    assert len(gaps) == 49
    assert np.diff(sample.times)[gaps] == pytest.approx(10, abs=0.1)
    assert sample.times[gaps + 1] == pytest.approx(starts[1:])
    durations = sample.times[np.append(gaps, -1)] - starts
    assert 5 < np.median(durations) < 25


def test_left_handers_reach_with_the_left():
    moved = {}
    for index in range(60):
        person = simulate_person(2, index)
        sample = simulate_session(person, 1, 1.0, task="sort", fps=30.0)
        way = [np.abs(np.diff(seen_from_head(sample, hand), axis=0)).sum() for hand in HANDS]
        moved.setdefault(person.left_handed, []).append(way[0] > way[1])
    assert np.mean(moved[True]) > 0.8
    assert np.mean(moved[False]) < 0.2


def test_a_device_has_its_rate_jitter_and_losses():
    person = simulate_person(0, 0)
    for device in DEVICES.values():
        sample = simulate_session(person, 1, 3.0, device=device.name)
        steps = np.diff(sample.times)
        assert (steps > 0).all()
        assert 1 / np.median(steps) == pytest.approx(device.fps, rel=0.02)
        assert sample.attributes["device"] == device.name
        ideal = device.name == "ideal"
        assert (np.std(steps) < 1e-9) == ideal
        assert np.isfinite(sample.values[:, :7]).all()
    drawn = [simulate_session(simulate_person(0, i), 1, 4.0) for i in range(12)]
    assert len({sample.attributes["device"] for sample in drawn}) > 2
    assert any(np.isnan(sample.values).any() for sample in drawn)
    assert any(np.diff(sample.times).max() > 0.03 for sample in drawn)


def test_a_steady_clock_loses_nothing():
    sample = simulate_session(simulate_person(0, 2), 1, 1.0, fps=20.0)
    assert len(sample) == 1200
    assert np.isfinite(sample.values).all()
    assert np.diff(sample.times) == pytest.approx(0.05)


def test_it_says_that_it_is_simulated():
    sample = simulate_session(simulate_person(0, 2), 1, 0.1)
    assert sample.attributes["simulated"] is True
    assert sample.source.startswith("simulated")
    assert sample.subject == "sim0-00002"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"minutes": 0.0}, "0.05 minutes"),
        ({"minutes": float("nan")}, "0.05 minutes"),
        ({"fps": 0.0}, "frames a second"),
        ({"task": "sotr"}, "use 'sort'"),
        ({"device": "standalone"}, "standalone-"),
        ({"layout": "trial"}, "continuous"),
        ({"drift": -1.0}, "drift"),
        ({"session": -1}, "session"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(wrong, message):
    arguments = {"session": 1, "minutes": 0.1, **wrong}
    with pytest.raises(LineamentError, match=message):
        simulate_session(simulate_person(0, 0), **arguments)
