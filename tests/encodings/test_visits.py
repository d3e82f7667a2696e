from __future__ import annotations

import json
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineament.encodings import build_encoding, read_encoding
from lineament.encodings.visits import EXACT, VisitClasses, bucket_of
from lineament.errors import AcquisitionError, EncoderError, SignalError
from lineament.recipes.visit_components import VisitEncoding
from lineament.signals import Sample
from lineament.signals.visits import site_code, visit_sample

START = 1_400_000_000.0  # a Tuesday
SITES = [5, 5, 5, 9, 9, 70, 2]


def history(sites: list[object] = SITES, step: float = 60.0) -> Sample:
    return visit_sample(START + step * np.arange(len(sites)), sites)


def fitted(**options: object) -> VisitClasses:
    encoding = build_encoding(VisitEncoding(**options))
    assert isinstance(encoding, VisitClasses)
    encoding.fit([history()])
    return encoding


def sites_of(encoding: VisitClasses, sites: list[object]) -> list[float]:
    [segment] = encoding.encode(history(sites))
    return segment.values[:, -1].tolist()


def test_sites_are_ranked_by_the_visits_of_those_who_train_and_others_are_unknown() -> None:
    encoding = fitted(sites=3)
    assert sites_of(encoding, [9, 5, 70, 2, 1000]) == [2, 1, 0, 3, 0]  # 2 and 70 were visited as often: the lower first
    assert encoding.categories == {0: 4}
    assert encoding.fitted


def test_unknown_sites_still_say_something_where_there_are_buckets() -> None:
    encoding = fitted(sites=3, buckets=50)
    known, first, again, other = sites_of(encoding, [9, 1000, 1000, 1001])
    assert known == 2
    assert first == again != other
    assert min(first, other) >= 4
    assert max(first, other) < encoding.categories[0] == 54


@given(st.lists(st.integers(0, EXACT - 1), min_size=1, max_size=50), st.integers(1, 1000))
def test_buckets_are_as_a_slow_loop_finds_them(codes: list[int], buckets: int) -> None:
    slow = [(code * 0x9E3779B97F4A7C15 % 2**64 >> 32) % buckets for code in codes]
    assert bucket_of(np.array(codes), buckets).tolist() == slow


def test_names_keep_apart() -> None:
    encoding = build_encoding(VisitEncoding())
    names = [f"site{number}.org" for number in range(300)]
    encoding.fit([history(names)])
    [segment] = encoding.encode(history(names))
    assert len(set(segment.values[:, -1])) == 300
    assert site_code(names[0]) > EXACT


def test_times_become_classes() -> None:
    encoding = build_encoding(VisitEncoding(features=("gap", "hour", "weekday")))
    clock = START + np.array([0.0, 0.0, 1.0, 4.0, 40.0, 20 * 86_400.0])
    [segment] = encoding.encode(visit_sample(clock, [1, 2, 1, 2, 1, 2]))
    assert segment.values[:, 0].tolist() == [0, 1, 2, 3, 5, 12]
    for moment, hour, weekday in zip(clock, segment.values[:, 1], segment.values[:, 2], strict=True):
        then = datetime.fromtimestamp(moment, UTC)
        assert (hour, weekday) == (then.hour + 1, then.isoweekday())
    assert list(encoding.categories) == [0, 1, 2, 3]
    assert all(segment.values[:, place].max() < encoding.categories[place] for place in range(3))
    assert segment.times.tolist() == [0, 1, 2, 3, 4, 5]


def test_one_site_tells_nobody_apart() -> None:
    with pytest.raises(AcquisitionError, match="two sites or more was expected, but 40 visits to one"):
        fitted().encode(history([3] * 40))
    assert len(fitted().encode(history([3]))[0]) == 1  # too short, which the encoder says


def test_what_cannot_be_encoded_is_refused() -> None:
    with pytest.raises(SignalError, match="visits was expected, but motion came"):
        fitted().encode(Sample("motion", [[0.0]], [0.0], ("head_pos_y",)))
    with pytest.raises(SignalError, match="visits of those who train"):
        build_encoding(VisitEncoding()).fit([])


def test_it_comes_back_from_json() -> None:
    encoding = fitted(sites=3, buckets=4, features=("hour",))
    again = read_encoding(json.loads(json.dumps(encoding.spec())))
    for one in (again, encoding.copy()):
        assert one.fitted
        assert one.encode(history())[0].values.tolist() == encoding.encode(history())[0].values.tolist()
    assert not encoding.unfitted().fitted
    assert not read_encoding(encoding.unfitted().spec()).fitted


@pytest.mark.parametrize("sites", [[], [1, 1], [-1], [1.5], "5", [1, 2, 3, 4], [EXACT]])
def test_a_damaged_vocabulary_is_refused(sites: object) -> None:
    with pytest.raises(EncoderError, match="1 to 3 different numbers"):
        read_encoding({**fitted(sites=3).spec(), "sites": sites})


def test_a_vocabulary_is_needed() -> None:
    with pytest.raises(EncoderError, match="a spec and sites"):
        read_encoding({"spec": {"name": "visits"}})
