from __future__ import annotations

import numpy as np
import pytest

from lineament.errors import ProtocolError
from lineament.evaluation import (
    Amount,
    EmbeddingSystem,
    Recording,
    accuracy_grid,
    amounts_for,
    draw_cuts,
    use_times_for,
)
from lineament.evaluation.grids import AccuracyGrid
from tests.evaluation.worlds import recordings, tracks_of_people

AMOUNTS = [Amount(seconds=15), Amount(seconds=30), Amount()]


def toy_grid(noise: float = 1.2, cache: dict[str, object] | None = None, seed: int = 0) -> AccuracyGrid:
    tracks = tracks_of_people(noise=noise)
    probes = [own[0] for own in recordings(tracks, ["S2"]).values()]
    return accuracy_grid(
        EmbeddingSystem(tracks, k=5),
        enrolment=recordings(tracks, ["S1"]),
        probes=probes,
        amounts=AMOUNTS,
        use_s=[10.0, 20.0, 40.0],
        repetitions=3,
        seed=seed,
        cache=cache,
    )


def seen(near: np.ndarray) -> list[tuple[int, int]]:
    return [(row, int(template)) for row, found in enumerate(near) for template in found]


def test_a_grid_counts_every_span_of_every_person() -> None:
    """The slow way: for the row "all", each span of each person is put to a vote of its own."""
    tracks = {track.key: track for track in tracks_of_people(noise=1.2)}
    people = [f"p{n}" for n in range(4)]
    references = np.concatenate([tracks[p, "S1"].vectors for p in people])
    references /= np.linalg.norm(references, axis=1, keepdims=True)
    labels = np.repeat(np.arange(4), 40)
    for column, windows in enumerate([1, 11, 31]):
        shares = []
        for number, person in enumerate(people):
            vectors = tracks[person, "S2"].vectors
            right = []
            for first in range(40 - windows + 1):
                span = vectors[first : first + windows]
                alike = span / np.linalg.norm(span, axis=1, keepdims=True) @ references.T
                near = np.argsort(-alike, axis=1)[:, :5]
                votes = np.bincount(labels[near].ravel(), minlength=4).tolist()
                best = [who for who in range(4) if votes[who] == max(votes)]
                # Of several with as many votes, the one with the nearest template wins.
                nearness = [max((alike[i, j] for i, j in seen(near) if labels[j] == who), default=-1) for who in best]
                right.append(best[int(np.argmax(nearness))] == number)
            shares.append(np.mean(right))
        assert toy_grid().by_person[2, 0, column] == pytest.approx(shares)


def test_more_of_both_is_better_and_no_noise_is_perfect() -> None:
    grid = toy_grid()
    assert grid.mean.shape == (3, 3)
    assert grid.mean[2, 2] > grid.mean[0, 0]
    assert (toy_grid(noise=0.01).mean == 1.0).all()


def test_rows_with_a_random_start_vary_and_the_whole_session_does_not() -> None:
    grid = toy_grid()
    assert np.ptp(grid.repetitions[0], axis=0).max() > 0
    assert np.ptp(grid.repetitions[2], axis=0).max() == 0
    assert np.array_equal(grid.by_person, toy_grid().by_person)
    assert not np.array_equal(grid.by_person, toy_grid(seed=1).by_person)


def test_intervals_lie_around_the_mean_and_json_names_no_person() -> None:
    grid = toy_grid()
    low, high = grid.interval()
    assert (low <= grid.mean).all()
    assert (grid.mean <= high).all()
    content = grid.as_json()
    assert content["people"] == 4
    assert "p0" not in str(content)
    assert grid.only([Amount()]).mean.tolist() == [grid.mean[2].tolist()]


def test_an_interrupted_grid_goes_on_where_it_stopped() -> None:
    cache: dict[str, object] = {}
    whole = toy_grid(cache=cache)
    assert len(cache) == 3 + 3 + 1
    first = sorted(cache)[0]
    cache[first] = [[0.5] * 4] * 3
    again = toy_grid(cache=cache)
    assert (again.by_person != whole.by_person).any()


def test_grid_sizes_follow_the_data() -> None:
    def person(*minutes: float) -> list[Recording]:
        return [Recording("a", f"S{n}", 0.0, 60 * m) for n, m in enumerate(minutes)]

    labels = [a.label for a in amounts_for({"a": person(45, 44)[:1], "b": person(46)}, window_s=100 / 3)]
    assert labels == ["1 min", "5 min", "10 min", "15 min", "20 min", "25 min", "30 min", "35 min", "all"]
    short = [a.label for a in amounts_for({"a": person(11, 10, 9)}, window_s=20.0)]
    assert short == ["30 s", "1 min", "2 min", "3 min", "5 min", "10 min", "all", "2 sessions", "3 sessions"]
    assert use_times_for(person(44), window_s=100 / 3) == [60.0 * m for m in (1, 5, 10, 15, 20, 25, 30)]
    assert use_times_for(person(9), window_s=20.0) == [20.0, 30.0, 60.0, 120.0, 180.0, 300.0]


def test_cuts_are_as_long_as_asked_inside_the_session_and_differ_between_people() -> None:
    enrolment = {name: [Recording(name, "S1", 2.0, 100.0), Recording(name, "S2", 0.0, 50.0)] for name in "abc"}
    cuts = draw_cuts(Amount(seconds=30), enrolment, seed=3)
    starts = {own[0].start for own in cuts.values()}
    assert len(starts) == 3
    assert all(own[0].seconds == pytest.approx(30) and 2 <= own[0].start <= 70 for own in cuts.values())
    assert [r.session for r in draw_cuts(Amount(sessions=2), enrolment, seed=3)["a"]] == ["S1", "S2"]
    with pytest.raises(ProtocolError, match="200 seconds was expected"):
        draw_cuts(Amount(seconds=200), enrolment, seed=0)
