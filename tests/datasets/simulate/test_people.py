from pathlib import Path

import numpy as np
import pytest

from lineament.datasets.simulate.people import FLOOR_LIMIT, manner, session_rng, simulate_person
from lineament.datasets.simulate.traits import LIMIT, TRAITS
from lineament.errors import LineamentError


@pytest.fixture(scope="module")
def crowd():
    return [simulate_person(11, index) for index in range(1500)]


def test_a_person_is_the_same_however_many_are_drawn(crowd):
    assert simulate_person(11, 700) == crowd[700]
    assert simulate_person(12, 700) != crowd[700]
    assert len({person.body for person in crowd}) == len(crowd)


def test_bodies_are_those_of_the_survey(crowd):
    for sex, stature, shoulders in (("m", 175.6, 41.6), ("f", 162.9, 36.5)):
        bodies = [person.body for person in crowd if person.sex == sex]
        assert 0.44 < len(bodies) / len(crowd) < 0.56
        assert np.mean([b.stature for b in bodies]) == pytest.approx(stature, abs=0.8)
        assert np.std([b.stature for b in bodies]) == pytest.approx(6.6, abs=0.6)
        assert np.mean([b.shoulder_width for b in bodies]) == pytest.approx(shoulders, abs=0.3)
        assert np.corrcoef([(b.stature, b.upper_arm + b.forearm) for b in bodies], rowvar=False)[0, 1] > 0.7
        assert all(b.shoulder_height < b.eye_height < b.stature for b in bodies)
        assert all(0.33 < b.arm / b.stature < 0.47 for b in bodies)


def test_one_in_ten_is_left_handed(crowd):
    assert 0.07 < np.mean([person.left_handed for person in crowd]) < 0.13


def test_traits_spread_as_their_table_says(crowd):
    for trait in TRAITS:
        deviations = np.array([person.deviations[trait.name] for person in crowd])
        assert deviations.std() == pytest.approx(trait.between, rel=0.1), trait.name
        assert np.abs(deviations).max() <= LIMIT * trait.between + 1e-12
    assert crowd[0].trait("tempo") == pytest.approx(np.exp(crowd[0].deviations["tempo"]))


def test_vigour_is_shared(crowd):
    tempo, unrest = (np.array([person.deviations[name] for person in crowd]) for name in ("tempo", "hand_unrest"))
    assert 0.3 < np.corrcoef(tempo, unrest)[0, 1] < 0.55


def test_sessions_drift_as_their_table_says(crowd):
    for name in ("tempo", "elbow", "hand_unrest"):
        trait = next(trait for trait in TRAITS if trait.name == name)
        drifts = []
        for person in crowd[:300]:
            days = [manner(person, session_rng(person, session))[name] for session in (1, 2)]
            values = np.log(days) if trait.positive else np.array(days)
            drifts.append(values[0] - values[1])
        assert np.std(drifts) == pytest.approx(np.sqrt(2) * trait.within, rel=0.15), name


def test_floors_differ_by_at_most_twelve_centimetres(crowd):
    floors = [manner(person, session_rng(person, 1)).floor for person in crowd]
    assert np.ptp(floors) <= 2 * FLOOR_LIMIT
    assert np.ptp(floors) > 9
    assert np.median(np.abs(floors)) < 0.6


def test_without_drift_all_days_are_alike(crowd):
    one, two = (manner(crowd[0], session_rng(crowd[0], session), drift=0.0) for session in (1, 2))
    assert one.traits == two.traits
    assert one.floor == two.floor == 0.0
    assert one.traits["tempo"] == crowd[0].trait("tempo")


@pytest.mark.parametrize(("seed", "index"), [(-1, 0), (0, -1)])
def test_people_are_counted_from_zero(seed, index):
    with pytest.raises(LineamentError, match="at least 0"):
        simulate_person(seed, index)


def test_the_documentation_lists_every_trait_as_it_is():
    page = (Path(__file__).parents[3] / "docs" / "simulator.md").read_text(encoding="utf-8")
    for trait in TRAITS:
        unit = f" {trait.unit}" if trait.unit else ""
        assert f"| `{trait.name}` | {trait.centre:g}{unit} | {trait.between:g} | {trait.within:g} |" in page, trait.name
