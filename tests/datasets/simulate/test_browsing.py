from __future__ import annotations

import numpy as np
import pytest

from lineament.datasets.simulate.browsing import FAVOURITES, Browser, simulated_browsing
from lineament.errors import LineamentError


def test_a_person_is_the_same_in_every_data_set_and_others_are_not() -> None:
    first, again = simulated_browsing(range(3), sessions=2), simulated_browsing([2], sessions=1)
    assert first.subjects() == ["sim0-00000", "sim0-00001", "sim0-00002"]
    wanted, got = first.load(4), again.load(0)
    assert (wanted.subject, wanted.session) == (got.subject, got.session)
    np.testing.assert_array_equal(wanted.values, got.values)
    other = simulated_browsing([2], sessions=1, seed=1).load(0)
    assert len(other) != len(got) or (other.values != got.values).any()
    assert first.table["simulated"].all()


def test_weeks_lie_in_their_weeks_and_hold_enough() -> None:
    for sample in simulated_browsing(4, sessions=3):
        assert len(sample) >= 50
        assert sample.duration < 7 * 86_400
        assert len(set(sample.column("site"))) > 10
        assert sample.attributes["simulated"]


def test_favourites_drift_from_week_to_week() -> None:
    person = Browser.of(0)
    first = person.favourites(0)
    assert len(first) == FAVOURITES
    kept = [np.mean(person.favourites(week) == first) for week in (0, 1, 10)]
    assert kept[0] == 1
    assert kept[0] > kept[1] > kept[2]


def test_people_have_their_own_sites_and_hours() -> None:
    one, other = Browser.of(0), Browser.of(1)
    assert len(set(one.favourites(0)) & set(other.favourites(0))) < FAVOURITES / 2
    assert not np.allclose(one.hours, other.hours)
    assert one.hours.sum() == pytest.approx(1)


def test_nobody_is_refused() -> None:
    for people, weeks in ((0, 2), (2, 0)):
        with pytest.raises(LineamentError, match="at least one person and week"):
            simulated_browsing(people, sessions=weeks)
