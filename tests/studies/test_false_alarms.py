"""The study of false alarms, against slow oracles and on few people."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lineament.datasets import Dataset
from lineament.datasets.simulate.embeddings import EmbeddingPopulation
from lineament.errors import SignalError
from lineament.signals.image import image_sample
from lineament.studies import false_alarms as study
from lineament.studies import false_alarms_run as whole
from lineament.studies.false_alarms_people import EmbeddedPeople, judged_people, plain_encoder
from lineament.studies.false_alarms_report import Found, report

PLAN = study.Plan(strangers=1000, sizes=(10, 100), people=(40, 60), repetitions=2, seed=5)


def quietly(what: str, total: int) -> range:
    return range(total)


def embedded(people: int, pictures: int, first: int = 0) -> EmbeddedPeople:
    """People with several pictures, and as many with one."""
    population = EmbeddingPopulation(seed=6)
    vectors = [population.prototypes(first, 2 * people)] + [population.probes(first, people)] * (pictures - 1)
    names = [f"p{person}" for person in range(2 * people)] + [f"p{person}" for person in range(people)] * (pictures - 1)
    return EmbeddedPeople("toy", np.concatenate(vectors), np.array(names))


def test_the_best_scores_are_those_of_a_slow_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "BLOCK", 40)
    rng = np.random.default_rng(0)
    probes = rng.normal(size=(7, 5)).astype(np.float32)
    gallery = rng.normal(size=(120, 5)).astype(np.float32)
    best = study.search(probes, gallery, (4, 40, 80, 120))
    assert {size: scores.shape for size, scores in best.items()} == {4: (7, 3), 40: (7, 3), 80: (7, 2), 120: (7, 1)}
    np.testing.assert_allclose(best[4][:, 1], (probes @ gallery[40:44].T).max(axis=1), rtol=1e-6)
    np.testing.assert_allclose(best[40][:, 2], (probes @ gallery[80:].T).max(axis=1), rtol=1e-6)
    np.testing.assert_allclose(best[80][:, 0], (probes @ gallery[:80].T).max(axis=1), rtol=1e-6)
    np.testing.assert_allclose(best[120][:, 0], (probes @ gallery.T).max(axis=1), rtol=1e-6)


def test_the_interval_covers_the_rate() -> None:
    rng = np.random.default_rng(1)
    covered = []
    for _ in range(100):
        best = (rng.random((2000, 3)) + (rng.random((2000, 1)) < 0.02)).astype(np.float32)
        rate, low, high = study.measure(best, 0.99)
        assert low <= rate <= high
        covered.append(low <= 0.02 * 1 + 0.98 * 0.01 <= high)
    assert np.mean(covered) >= 0.88


def test_where_nobody_is_accepted_some_might_be() -> None:
    assert study.measure(np.zeros((1000, 2), np.float32), 0.5) == pytest.approx((0.0, 0.0, 0.00369), abs=1e-5)


def test_a_summary_by_hand() -> None:
    cells = [
        study.Cell("ours", 50, 10, 0.1, measured, measured - 0.01, measured + 0.01, (0.09, 0.12))
        for measured in (0.08, 0.1, 0.15)
    ]
    (summary,) = study.summarise(cells)
    assert summary.mean == pytest.approx(0.11)
    assert (summary.least, summary.most) == (0.08, 0.15)
    assert summary.within == pytest.approx(2 / 3)
    assert summary.kept == pytest.approx(2 / 3)
    half = np.hypot(4.3027 * np.std([0.08, 0.1, 0.15], ddof=1) / np.sqrt(3), 1.96 * 0.02 / 3.92)
    assert summary.high - summary.mean == pytest.approx(half, rel=1e-3)
    assert summary.met


def test_ours_keeps_what_it_promises_and_a_fixed_threshold_does_not() -> None:
    population = EmbeddingPopulation(seed=5)
    probes, gallery = population.probes(50_000, 2000), population.prototypes(60_000, 2000)
    best = study.search(probes, gallery, (10, 1000))
    chosen = study.choose(*study.calibration_scores(population, 400, 0), (10, 1000), people=400, rates=(0.1,))
    measured = {(one.method, one.size): study.apply(one, best).measured for one in chosen}
    assert measured["ours", 10] == pytest.approx(0.1, rel=0.4)
    assert 0.05 < measured["ours", 1000] < 0.2
    assert measured["one-to-one", 1000] > 0.7
    assert measured["confident", 1000] < measured["ours", 1000]
    assert set(study.METHODS) == {method for method, _ in measured}


def test_a_later_run_goes_on_from_an_earlier_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = study.simulated(PLAN, "usual", tmp_path, quietly)
    assert len(first) == 2 * 2 * 2 * 3 * len(study.METHODS)
    monkeypatch.setattr(study, "choose", None)
    monkeypatch.setattr(study, "search", None)
    again = study.simulated(PLAN, "usual", tmp_path, quietly)
    assert [(cell.method, cell.size, cell.measured) for cell in again] == [
        (cell.method, cell.size, cell.measured) for cell in first
    ]


def test_real_people_are_dealt_into_halves() -> None:
    cells = judged_people(embedded(100, 2), splits=2, seed=0, progress=quietly)
    assert {cell.size for cell in cells} == {10, 50}
    assert {cell.people for cell in cells} == {50}
    ours = [cell.measured for cell in cells if (cell.method, cell.size, cell.rate) == ("ours", 10, 0.1)]
    assert all(0.02 < measured < 0.3 for measured in ours)
    with pytest.raises(SignalError, match="40 people with several pictures"):
        judged_people(embedded(30, 2), splits=1, seed=0, progress=quietly)


def test_embeddings_of_any_encoder_are_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "mine.npz", embeddings=3 * np.eye(4), subject=np.array(["a", "a", "b", "c"]))
    people = EmbeddedPeople.load(tmp_path / "mine.npz")
    assert people.name == "mine"
    np.testing.assert_allclose(people.vectors, np.eye(4))
    np.savez(tmp_path / "other.npz", vectors=np.eye(4))
    (tmp_path / "text.npz").write_text("no archive")
    np.savez(tmp_path / "short.npz", embeddings=np.eye(4), subject=np.array(["a"]))
    for name in ("other", "text", "missing", "short"):
        with pytest.raises(SignalError, match=name):
            EmbeddedPeople.load(tmp_path / f"{name}.npz")


def test_the_plain_encoder_tells_people_apart_who_were_not_trained_on() -> None:
    rng = np.random.default_rng(3)
    faces = rng.random((60, 36, 36))
    samples = [
        image_sample(
            np.clip(faces[person] + 0.1 * rng.normal(size=(36, 36)), 0, 1)[..., None],
            subject=f"{person:02d}",
            session=str(session),
        )
        for person in range(60)
        for session in range(3 if person < 50 else 1)
    ]
    people = plain_encoder(Dataset.of("toy", samples), quietly)
    assert len(people.vectors) == 25 * 3 + 10
    scores = people.vectors @ people.vectors.T
    np.fill_diagonal(scores, -2)
    several = np.array([np.sum(people.subjects == name) > 1 for name in people.subjects])
    assert np.mean(people.subjects[scores.argmax(axis=1)][several] == people.subjects[several]) > 0.9


def test_the_page_says_what_was_met_and_what_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "SPLITS", 2)
    np.savez(tmp_path / "mine.npz", embeddings=embedded(60, 2).vectors, subject=embedded(60, 2).subjects)
    page = whole.run(
        PLAN, tmp_path / "out", dataset=None, embeddings=[tmp_path / "mine.npz"], others=False, progress=quietly
    )
    words = page.markdown()
    assert "1,000 strangers tested; 2 calibrations with 60 enrolled people and as many strangers each" in words
    assert "## mine" in words
    assert {summary["method"] for summary in page.data["people"]["mine"]["summaries"]} == set(study.METHODS)
    page.save(tmp_path, "false-alarms")
    assert (tmp_path / "false-alarms-figures" / "1.svg").is_file()
    cells = [study.Cell(method, 50, 10, 0.1, 0.3, 0.28, 0.32, (0.2, 0.4)) for method in study.METHODS] * 2
    assert "not for 0.1 in 10 (measured 0.300)" in report([Found("toy", True, 100, cells)], PLAN).markdown()
