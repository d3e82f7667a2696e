"""The study of SapiMouse: its sides, its decisions against slow loops, its report on simulated people."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from lineament.datasets import Dataset
from lineament.datasets.simulate.mouse import simulated_mouse
from lineament.errors import ProtocolError
from lineament.evaluation.tracks import Track
from lineament.recipes.components import Prototype
from lineament.signals.mouse import mouse_sample
from lineament.studies import mouse_sapimouse as study
from lineament.studies import mouse_sapimouse_report
from lineament.studies.mouse_svm import OneClassSvm

PEOPLE = ("a", "b", "c")


def system(windows: int = 9, dim: int = 5, seed: int = 0, *, cohort: bool = False) -> study.Embedded:
    """Return embeddings of windows 32 movements apart, each person's around a centre of their own."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(len(PEOPLE), dim))

    def track(place: int, session: str, count: int) -> Track:
        vectors = centres[place] + rng.normal(size=(count, dim))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return Track(PEOPLE[place], session, 32.0 * np.arange(count), 128.0, vectors.astype(np.float32))

    enrolled = [track(place, "1", 30) for place in range(len(PEOPLE))]
    probes = [track(place, "2", windows) for place in range(len(PEOPLE))]
    return study.Embedded(
        enrolled, probes, [track(place, "2", 12) for place in range(len(PEOPLE))] if cohort else [], 0.0
    )


def spans(track: Track, blocks: int) -> list[list[int]]:
    """Return the windows of each decision, one block after the other: a slow loop."""
    use = min(128.0 * blocks, track.stop)
    found, first = [], 0.0
    while first + use <= track.stop:
        inside = [i for i, start in enumerate(track.starts) if first <= start and start + 128 <= first + use]
        found.append(inside)
        first += 128
    return found


@pytest.mark.parametrize("blocks", [1, 2, 3, 5])
def test_decisions_by_embedding_are_those_of_a_slow_loop(blocks: int) -> None:
    own = system()
    scores = study.by_embedding(own, Prototype(), blocks)
    expected = []
    for probe in own.probes:
        for inside in spans(probe, blocks):
            mean = probe.vectors[inside].astype(float).mean(axis=0)
            row = []
            for enrolled in own.enrolled:
                centre = enrolled.vectors.astype(float).mean(axis=0)
                row.append(mean @ centre / np.linalg.norm(mean) / np.linalg.norm(centre))
            expected.append(row)
    np.testing.assert_allclose(scores.matrix(), expected, atol=1e-6)


def test_machines_learn_from_blocks_that_do_not_overlap() -> None:
    own = system()
    scores = study.by_machines(own, 2)
    machines = [OneClassSvm.fit(track.vectors[::4]) for track in own.enrolled]
    expected = [
        [np.mean(machine.scores(probe.vectors[inside])) / machine.offset for machine in machines]
        for probe in own.probes
        for inside in spans(probe, 2)
    ]
    np.testing.assert_allclose(scores.matrix(), expected, atol=1e-9)


def test_scores_are_normalised_by_those_who_teach() -> None:
    own = system(cohort=True)
    plain, zed = (study.by_machines(replace(own, cohort=cohort), 1).matrix() for cohort in ([], own.cohort))
    others = study.by_machines(replace(own, probes=own.cohort, cohort=[]), 1).matrix()
    np.testing.assert_allclose(zed, (plain - others.mean(axis=0)) / others.std(axis=0), atol=1e-9)
    raw, normalised = (study.by_embedding(own, Prototype(), 1, norm=norm).matrix() for norm in (False, True))
    wholes = [track.vectors.astype(float).mean(axis=0) for track in own.cohort]
    with_cohort = [[cosine(whole, track) for track in own.enrolled] for whole in wholes]
    zero = (raw - np.mean(with_cohort, axis=0)) / np.std(with_cohort, axis=0)
    probes = [probe.vectors[inside].astype(float).mean(axis=0) for probe in own.probes for inside in spans(probe, 1)]
    by_cohort = np.array([[cosine(probe, track) for track in own.cohort] for probe in probes])
    test = (raw - by_cohort.mean(axis=1)[:, None]) / by_cohort.std(axis=1)[:, None]
    np.testing.assert_allclose(normalised, (zero + test) / 2, rtol=1e-3, atol=1e-3)


def cosine(probe: NDArray[np.float64], track: Track) -> float:
    centre = track.vectors.astype(float).mean(axis=0)
    return float(probe @ centre / np.linalg.norm(probe) / np.linalg.norm(centre))


def test_areas_of_users_are_those_of_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="needs scikit-learn")
    scores = study.by_embedding(system(windows=20), Prototype(), 1)
    owners = scores.probes["subject"].to_numpy()
    expected = [metrics.roc_auc_score(owners == who, scores.matrix()[:, n]) for n, who in enumerate(PEOPLE)]
    np.testing.assert_allclose(study.user_areas(scores), expected)


def test_in_an_open_set_the_others_are_strangers() -> None:
    half = study.open_set(study.by_embedding(system(), Prototype(), 1), 1)
    assert half.subjects == ["b"]
    assert set(half.probes["subject"][~half.known]) == {"a", "c"}


def test_a_block_takes_as_long_as_its_movements() -> None:
    times = np.concatenate([np.arange(129) * 0.01, 1.28 + np.arange(1, 129) * 0.02, [9.0]])
    sample = mouse_sample(np.arange(len(times)), np.zeros(len(times)), times)
    np.testing.assert_allclose(study.seconds_of_blocks([sample]), [1.28, 2.56])


def named(people: list[int]) -> Dataset:
    table = pd.DataFrame({"subject": [f"user{n:03d}" for n in people], "session": "1-3min"})
    return Dataset("mouse-sapimouse", table, lambda row: None)  # type: ignore[arg-type,return-value]


def test_sides_are_the_papers() -> None:
    sides = study.Sides.published(named(list(range(1, 121))))
    assert (len(sides.train), len(sides.test), sides.train[-1], sides.test[0]) == (72, 48, "user072", "user073")
    watched = study.Sides.published(named(list(range(1, 121))), validation=True)
    assert (watched.train[-1], watched.test[0], watched.test[-1]) == ("user054", "user055", "user072")


def test_people_who_are_missing_are_missed() -> None:
    with pytest.raises(ProtocolError, match="give the folder of the whole set"):
        study.Sides.published(named([1, 2, 3]))


def test_the_study_runs_on_simulated_people_and_goes_on_from_what_is_done(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="needs the extra [train]")
    data = simulated_mouse(14, minutes=(0.5, 0.4))

    def run(seeds: tuple[int, ...]) -> tuple[mouse_sapimouse_report.Report, list[int]]:
        steps: list[int] = []

        def progress(what: str, total: int) -> range:
            steps.append(total)
            return range(total)

        page = mouse_sapimouse_report.run(
            data, tmp_path, seeds=seeds, systems=["mouse-lda"], progress=progress, replicates=30
        )
        return page, steps

    first, done = run((0,))
    again, left = run((0,))
    assert (done, left) == ([1], [0])
    assert first.data == again.data
    [found] = first.data["systems"]["mouse-lda"]
    assert 0.4 < found["embedding 4"]["auroc"][0] <= 1
    assert "Antal, Fejér and Buza 2021 | one-class SVM | 0.94" in first.markdown()
