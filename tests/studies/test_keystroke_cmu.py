"""The study on one password: its trials, its scores against the match rules, and a run on made-up people."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lineament.datasets import Dataset, open_dataset
from lineament.decisions import build_match_rule
from lineament.errors import ProtocolError, SignalError
from lineament.gallery import MemoryGallery
from lineament.metrics import equal_error_rate
from lineament.recipes.recipe import load_recipe, with_changes
from lineament.signals.keystrokes import keystroke_sample
from lineament.studies import keystroke_cmu, keystroke_cmu_report
from lineament.studies.keystroke_detectors import DETECTORS, SPEED
from lineament.studies.keystroke_phrase import PLAIN, TEST_NORM, Phrase, score_table
from lineament.studies.keystroke_trials import Deal, Plan, Taken, Typing, all_taken, trial_errors
from lineament.training.fit import fit
from lineament.training.hand_over import hand_over

SMALL = Plan(enrolled=12, impostors=2, amounts=(1, 5, 12), groups=4, seeds=(0,))
FIVE_KEYS = ["window.frames=5", "window.stride_s=5"]
QUICK = tuple(detector for detector in DETECTORS if detector.key in ("manhattan", "manhattan-scaled"))
AS_DESCRIBED = {"mahalanobis-normed", "fuzzy", "k-means", "auto-associative", "neural-network"}


def made_up(people: int = 16, repetitions: int = 20, keys: int = 5) -> Dataset:
    """Return people who each have a rhythm of their own, in two sessions."""
    draw = np.random.default_rng(5)
    samples = []
    for person in range(people):
        hold, step = draw.uniform(0.06, 0.18, keys), draw.uniform(0.1, 0.4, keys)
        for n in range(repetitions):
            press = np.cumsum(step * draw.lognormal(0, 0.12, keys))
            release = press + hold * draw.lognormal(0, 0.12, keys)
            session = str(1 + n * 2 // repetitions)
            samples.append(
                keystroke_sample(press, release, range(65, 65 + keys), subject=f"p{person:02d}", session=session)
            )
    return Dataset.of("made-up", samples)


def test_what_enrols() -> None:
    takes = {taken.key: taken.rows for taken in all_taken(SMALL)}
    assert takes == {
        "first 1": slice(0, 1),
        "first 5": slice(0, 5),
        "first 12": slice(0, 12),
        "latest 1": slice(11, 12),
        "latest 5": slice(7, 12),
    }


def test_impostors_are_fresh_or_practised() -> None:
    typing = Typing.of(made_up(), SMALL)
    fresh, practised = typing.probes(SMALL), typing.probes(replace(SMALL, practised=True))
    assert fresh.shape == practised.shape == (16, 8 + 15 * 2, 13)
    np.testing.assert_array_equal(fresh[3, 8:10], typing.times[0, :2])
    np.testing.assert_array_equal(practised[3, 8:10], typing.times[0, 12:14])
    whole = [sample.values[-1, 1] for sample in typing.samples[:20]]
    np.testing.assert_allclose(-SPEED.train(typing.times)(typing.times)[0], whole)


def test_nobody_who_is_tested_trains() -> None:
    deal = Deal.drawn(51, 5, seed=3)
    assert sorted(np.concatenate(deal.groups)) == list(range(51))
    for one, other in deal.pairs():
        trained = set(deal.trained((one, other)))
        assert len(trained) >= 30
        assert not trained & set(deal.groups[one]) | trained & set(deal.groups[other])


def test_one_encoder_for_all_groups_gives_the_published_trials() -> None:
    draw, people, repetitions = np.random.default_rng(0), 14, 20
    table = draw.normal(size=(people, repetitions, people)) + 1.5 * np.eye(people)[:, None]
    deal = Deal.drawn(people, 4, seed=1)
    errors = deal.person_errors(dict.fromkeys(deal.pairs(), table), SMALL)
    for person in range(people):
        others = [table[other, :2, person] for other in range(people) if other != person]
        plain = equal_error_rate(mated=table[person, 12:, person], non_mated=np.concatenate(others))
        assert errors[person] == pytest.approx(plain)


def test_scores_are_those_of_the_match_rules() -> None:
    draw = np.random.default_rng(2)
    vectors = draw.normal(size=(6, 8, 5)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
    taken, trained = Taken(3, 4), np.array([3, 4, 5])
    everybody, cohort = MemoryGallery(5), MemoryGallery(5)
    for person in range(6):
        everybody.enrol(f"p{person}", vectors[person, taken.rows])
        if person in trained:
            cohort.enrol(f"p{person}", vectors[person, taken.rows])
    rules = {
        PLAIN: build_match_rule("prototype"),
        TEST_NORM: build_match_rule({"name": "normalised", "norm": "t", "rule": "prototype"}, cohort),
    }
    for norm, rule in rules.items():
        table = score_table(vectors, taken, trained, norm)
        for person, n in itertools.product(range(6), range(8)):
            np.testing.assert_allclose(table[person, n], rule.comparison(vectors[person, [n]], everybody), atol=2e-5)


def test_the_encoder_is_the_recipes() -> None:
    typing, recipe = Typing.of(made_up(), SMALL), with_changes(load_recipe("keystroke-phrase"), FIVE_KEYS)
    train = np.array([0, 2, 3, 5, 8])
    fitted = fit(recipe, [sample for sample in typing.samples if sample.subject in [f"p{n:02d}" for n in train]])
    expected = np.concatenate([track.vectors for track in fitted.embed(typing.samples)])
    np.testing.assert_allclose(Phrase(typing, recipe).embedded(train, 1.0).reshape(expected.shape), expected, atol=1e-4)


def test_five_repetitions_enrol_and_a_stranger_is_told(tmp_path: Path) -> None:
    samples = Typing.of(made_up(), SMALL).samples
    by_person = [samples[n * 20 : n * 20 + 20] for n in range(16)]
    recipe = with_changes(load_recipe("keystroke-phrase"), FIVE_KEYS)
    fitted = fit(recipe, [sample for own in by_person[:8] for sample in own])
    encoder = hand_over(fitted, tmp_path / "encoder")
    gallery = MemoryGallery(encoder.dim)
    for own in by_person[8:12]:
        gallery.enrol(str(own[0].subject), np.concatenate([encoder.embed(sample) for sample in own[:5]]))
    rule = build_match_rule("prototype")
    known = [rule.scores(encoder.embed(own[-1]), gallery) for own in by_person[8:12]]
    strange = [rule.scores(encoder.embed(own[-1]), gallery).max() for own in by_person[12:]]
    assert [int(scores.argmax()) for scores in known] == [0, 1, 2, 3]
    assert min(scores.max() for scores in known) > max(strange)
    short = keystroke_sample([0.0, 0.2, 0.4], [0.1, 0.3, 0.5], [65, 66, 67], source="typed.csv")
    with pytest.raises(SignalError, match=r"typed\.csv: 5 keys .* 3 came; record 2 more"):
        encoder.embed(short)


def test_a_run_from_end_to_end_and_going_on(tmp_path: Path) -> None:
    recipe = with_changes(load_recipe("keystroke-phrase"), FIVE_KEYS)
    told: list[str] = []
    results = keystroke_cmu.run(made_up(), recipe, tmp_path, SMALL, detectors=QUICK, progress=told.append)
    assert {"our encoder, deal 0", "Manhattan (scaled), first 5"} <= set(told)
    assert "first 1" not in results.detectors["manhattan-scaled"]
    rates = results.rates("chosen", Taken(12, 12))
    assert rates is not None
    assert rates.shape == (16,)
    assert rates.mean() < 0.25
    again: list[str] = []
    second = keystroke_cmu.run(made_up(), recipe, tmp_path, SMALL, detectors=QUICK, progress=again.append)
    assert again == ["reading", "searching"]
    np.testing.assert_array_equal(second.ours["chosen"]["first 12"], results.ours["chosen"]["first 12"])
    harder = keystroke_cmu.run(made_up(), recipe, tmp_path, replace(SMALL, practised=True), detectors=(SPEED,))
    page = keystroke_cmu_report.report(results, harder)
    page.save(tmp_path, "report")
    words = page.markdown()
    assert "Manhattan (scaled)" in words
    assert "people better off" in words
    assert "Speed alone" in words
    assert page.data["mean_eer"]["chosen"]["latest 5"]["low"] >= 0


def test_a_data_set_that_does_not_fit_is_said() -> None:
    with pytest.raises(ProtocolError, match="typed 21 times or more"):
        Typing.of(made_up(), replace(SMALL, enrolled=20))
    with pytest.raises(ProtocolError, match="18 people or more"):
        Typing.of(made_up(), replace(SMALL, groups=9))
    uneven = made_up()
    with pytest.raises(ProtocolError, match="19 to 20 times"):
        Typing.of(replace(uneven, table=uneven.table[1:]), SMALL)


def test_the_published_table_on_the_real_set(shared_data: Callable[[str], Path]) -> None:
    plan = Plan()
    typing = Typing.of(open_dataset(shared_data("keystroke-cmu")), plan)
    probes = typing.probes(plan)
    assert probes.shape == (51, 450, 31)
    for detector in DETECTORS:
        if detector.key not in AS_DESCRIBED:
            errors = trial_errors(detector.train(typing.times[:, :200])(probes), 200)
            assert errors.mean() == pytest.approx(detector.published[0], abs=1e-4), detector.key
            assert errors.std(ddof=1) == pytest.approx(detector.published[1], abs=3e-4), detector.key
