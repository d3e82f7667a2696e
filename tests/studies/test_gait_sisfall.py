"""The study of walks on simulated walkers; brute force against counting by hand."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from typer.testing import CliRunner

from lineament.cli import app
from lineament.datasets import Dataset
from lineament.datasets.simulate.gait import simulated_gait
from lineament.errors import ProtocolError
from lineament.studies import gait_sisfall, gait_sisfall_report
from lineament.studies.gait_attack import INDEPENDENT, NEW, ONE, Tries, at_least_once
from lineament.studies.gait_walks import FAST, SLOW, Judge, halves, set_apart, thirds, walks

PEOPLE, SECONDS = 12, 30.0


def some() -> Dataset:
    return simulated_gait(PEOPLE, sessions=2, seconds=SECONDS, seed=4)


@given(st.integers(1, 7), st.data())
def test_the_chance_is_that_of_counting_every_choice(tried: int, data: st.DataObject) -> None:
    accepted, n = data.draw(st.integers(0, tried)), data.draw(st.integers(1, tried))
    hits = [any(place < accepted for place in chosen) for chosen in combinations(range(tried), n)]
    assert at_least_once([accepted], [tried], [n])[0, 0] == pytest.approx(np.mean(hits), abs=1e-12)


def tries(accepted: list[int], tried: int = 10) -> Tries:
    """Two walkers against two people."""
    names = [("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")]
    target, walker = (np.array([pair[n] for pair in names]) for n in (0, 1))
    return Tries(target, target, walker, np.array(accepted), np.full(4, tried))


def test_the_three_curves_by_hand() -> None:
    curves = tries([10, 0, 0, 0]).curves([1, 2, 5])
    np.testing.assert_allclose(curves[ONE].estimate, [0.25] * 3, atol=1e-9)  # one pair in four, however often
    np.testing.assert_allclose(curves[NEW].estimate, [0.25, 0.375, (1 - 0.5**5) / 2], atol=1e-9)
    np.testing.assert_allclose(curves[INDEPENDENT].estimate, [0.25, 1 - 0.75**2, 1 - 0.75**5], atol=1e-9)
    assert tries([10, 0, 0, 0]).touched().estimate == pytest.approx(0.25)
    assert tries([5, 5, 5, 5]).rate.estimate == pytest.approx(0.5)


@given(st.lists(st.integers(0, 10), min_size=4, max_size=4))
def test_more_tries_never_hurt_and_independence_is_the_worst_of_new_walkers(accepted: list[int]) -> None:
    curves = tries(accepted).curves(range(1, 11))
    for band in curves.values():
        assert (np.diff(band.estimate) >= -1e-9).all()
    assert (curves[NEW].estimate <= curves[INDEPENDENT].estimate + 1e-9).all()
    first = [band.estimate[0] for band in curves.values()]
    np.testing.assert_allclose(first, first[0], atol=1e-9)


def test_a_gallery_has_no_owner_to_draw() -> None:
    against = Tries(
        np.array(["g"] * 3), np.array([""] * 3), np.array(["x", "y", "z"]), np.array([0, 1, 4]), np.full(3, 4)
    )
    np.testing.assert_allclose(against.curves([1])[ONE].estimate, [5 / 12])


def test_who_is_dealt_where() -> None:
    people = [f"p{n:02d}" for n in range(38)]
    for deal in [*halves(people, [0, 1]), set_apart(people), *thirds(people, [0, 1])]:
        sides = [deal.train, deal.validation, deal.test]
        assert len({who for side in sides for who in side}) == sum(map(len, sides)) == 38
    first, second = halves(people, [0])
    assert (first.train, first.test) == (second.test, second.train)
    assert [len(side) for side in (deal.train, deal.validation, deal.test)] == [16, 10, 12]


def test_walks_are_the_first_of_each_pace_cut_to_one_length() -> None:
    chosen = walks(simulated_gait(PEOPLE, sessions=2, seconds=110, seed=4))
    assert [(s.subject, s.session) for s in chosen[:2]] == [("sim4-00000", FAST), ("sim4-00000", SLOW)]
    assert len(chosen) == 2 * PEOPLE
    assert {round(sample.duration) for sample in chosen} == {100}
    assert all("session 1," in sample.source for sample in chosen)


def test_data_that_will_not_do() -> None:
    with pytest.raises(ProtocolError, match="12 people with both paces was expected, but 5"):
        walks(simulated_gait(5, seconds=5))
    with pytest.raises(ProtocolError, match=r"a walk of 25 s or more was expected, but one of 9\.98 s"):
        walks(simulated_gait(PEOPLE, seconds=10))
    untold = some()
    with pytest.raises(ProtocolError, match="a column activity"):
        walks(Dataset("else", untold.table.drop(columns="activity"), untold.loader))


def test_the_floor_is_that_of_scikit_learn(tmp_path: Path) -> None:
    samples = walks(some())
    found = gait_sisfall.floor(Judge(samples, tmp_path, "simulated"))
    features: dict[str, list[np.ndarray]] = {SLOW: [], FAST: []}
    for sample in samples:
        windows = sample.values[: len(sample) // 250 * 250].reshape(-1, 250, 6)
        spread = np.percentile(windows, [10, 90], axis=1)
        features[str(sample.session)].append(np.concatenate([windows.mean(1), windows.std(1), *spread], axis=1))
    for enrolled, probed in ((SLOW, FAST), (FAST, SLOW)):
        who = np.repeat(np.arange(PEOPLE), [len(part) for part in features[enrolled]])
        peer = LinearDiscriminantAnalysis().fit(np.concatenate(features[enrolled]), who)
        truth = np.repeat(np.arange(PEOPLE), [len(part) for part in features[probed]])
        wanted = (peer.predict(np.concatenate(features[probed])) == truth).mean()
        assert found[f"{enrolled} → {probed}"].estimate == pytest.approx(wanted, abs=0.03)


def test_the_study_runs_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    systems = gait_sisfall.available(["lda-aligned", "small"])

    def run() -> gait_sisfall.Results:
        return gait_sisfall.run(some(), tmp_path, systems, (0,), progress=lambda what, total: range(total))

    results = run()
    assert [row.system.key for row in results.apart] == ["lda-aligned", "small"]
    assert (results.simulated, results.untouched) == (True, [])
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")}
    again = run()
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")} == files
    page, same = gait_sisfall_report.report(results), gait_sisfall_report.report(again)
    assert page.data == same.data
    text = page.markdown()
    for words in ("Same session, 12 people", "These people do not exist", "one walker", "99% for brute force"):
        assert words in text
    assert page.data["apart"]["small"]["rank_one"]["5 s"]["estimate"] > 3 / (PEOPLE // 2)


def test_the_command_refuses_what_it_does_not_know(tmp_path: Path) -> None:
    for arguments, said in [
        (["--systems", "vgg9"], "choose among them"),
        (["--seeds", "one"], "whole numbers"),
    ]:
        result = CliRunner().invoke(app, ["reproduce", "gait-sisfall", "--out", str(tmp_path), *arguments])
        assert result.exit_code != 0
        assert said in result.output + str(result.exception)
