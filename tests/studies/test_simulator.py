import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from lineament.datasets import Dataset, open_dataset
from lineament.datasets.simulate import simulated_motion
from lineament.errors import ProtocolError
from lineament.studies import simulator


def worlds(seed=0, people=4, sessions=3, trials=30, features=3, apart=1.0):
    """Trials of people whose means lie `apart` standard deviations from each other."""
    rng = np.random.default_rng(seed)
    centres = apart * rng.standard_normal((people, 4 * features))
    who = np.repeat(np.arange(people), sessions * trials)
    when = np.tile(np.repeat(np.arange(sessions), trials), people)
    values = centres[who] + rng.standard_normal((len(who), 4 * features))
    names = tuple(f"f{number}" for number in range(features))
    return simulator.Trials(values, who.astype(str), when.astype(str), names)


def test_the_discriminant_answers_as_scikit_learn_does():
    trials = worlds()
    train = trials.sessions != "2"
    ours = simulator.discriminate(trials.values[train], trials.subjects[train], trials.values[~train])
    reference = LinearDiscriminantAnalysis(priors=[0.25] * 4).fit(trials.values[train], trials.subjects[train])
    assert np.mean(ours == reference.predict(trials.values[~train])) > 0.98


def test_rates_run_from_chance_to_certainty():
    assert simulator.leave_one_session_out(worlds(apart=10.0)) == 1.0
    assert simulator.leave_one_session_out(worlds(apart=0.0)) == pytest.approx(0.25, abs=0.1)


def test_a_view_keeps_the_four_statistics_of_its_features():
    trials = worlds(features=3)
    view = trials.view(("f1",))
    assert view.names == ("f1",)
    assert np.array_equal(view.values, trials.values[:, [1, 4, 7, 10]])


def test_spreads_are_parted_into_people_sessions_and_trials():
    rng = np.random.default_rng(0)
    who, when = np.repeat(np.arange(200), 40), np.tile(np.repeat(np.arange(4), 10), 200)
    people, sessions = 3.0 * rng.standard_normal(200), 2.0 * rng.standard_normal((200, 4))
    values = (5 + people[who] + sessions[who, when] + rng.standard_normal(len(who)))[:, None] * np.ones((1, 4))
    found = simulator.spreads(simulator.Trials(values, who.astype(str), when.astype(str), ("f",)))
    assert list(found) == ["mean of f", "std of f"]
    assert found["mean of f"] == pytest.approx([5, 3, 2, 1], abs=0.5)


def test_every_view_finds_its_features():
    data = simulated_motion(2, 2, layout="trials", fps=15.0)
    trials = simulator.trial_statistics(data)
    assert trials.values.shape == (200, 4 * len(trials.names))
    assert np.isfinite(trials.values).all()
    sizes = {view: len(trials.view(names).names) for view, names in simulator.VIEWS.items()}
    assert sizes["without height"] == sizes["all"] - 1
    assert sizes["height"] == 1
    assert min(sizes.values()) > 0


def test_recordings_without_trials_are_refused():
    with pytest.raises(ProtocolError, match="a recording of trials"):
        simulator.trial_statistics(simulated_motion(2, 2, minutes=0.1, fps=15.0))
    with pytest.raises(ProtocolError, match="two people"):
        simulator.trial_statistics(simulated_motion(1, 2, minutes=0.1, fps=15.0))


def test_simulated_people_set_against_themselves_are_alike_in_all_views():
    real = simulated_motion(3, 2, seed=50, layout="trials", fps=30.0)
    calls = []
    found = simulator.compare(real, populations=1, seed=50, progress=lambda *call: calls.append(call))
    assert all(found.difference(view) == 0 for view in simulator.VIEWS)
    assert found.spreads["real"] == found.spreads["simulated"]
    assert calls[0] == ("real", 1, 6)
    assert calls[-1] == ("simulated 1", 6, 6)
    assert found.as_dict()["views"]["all"]["difference"] == 0
    with pytest.raises(ProtocolError):
        simulator.compare(real, populations=0)


@pytest.mark.slow
def test_simulated_people_are_as_hard_as_those_of_xr_objects(shared_data):
    real: Dataset = open_dataset(shared_data("xr-objects"))
    found = simulator.compare(real, populations=2)
    assert found.real["all"] == pytest.approx(0.89, abs=0.02)
    assert found.alike
