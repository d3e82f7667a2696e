from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lineament.datasets import Dataset, make_protocol
from lineament.encodings import Segment
from lineament.errors import LineamentError, ProtocolError
from lineament.evaluation import Amount
from lineament.recipes.components import KnnVote
from lineament.studies import xr_motion_report
from lineament.studies.xr_motion import paper_protocol, reproduce
from lineament.studies.xr_motion_choice import scored_people, shortened
from lineament.studies.xr_motion_figures import Trainer, figure_6
from lineament.studies.xr_motion_result import Options, Reproduction
from lineament.studies.xr_motion_systems import (
    ClassifierSystem,
    FittedSource,
    cut_frames,
    embedding_system,
    fitting_batches,
    read_material,
    small_classifier,
    split_sessions,
)
from lineament.training.windows import Recording as Encoded
from tests.training.people import people, tiny

OPTIONS = Options(repetitions=2, classifier_steps=12, training_people=(3, 5), groups="side", seed=1)


@pytest.fixture(scope="module")
def world() -> Dataset:
    samples = [s.replace(attributes={"side": "ab"[int(str(s.subject)[1:]) % 2]}) for s in people(range(12), seconds=45)]
    return Dataset.of("toy", samples)


@pytest.fixture(scope="module")
def trainer(world: Dataset) -> Trainer:
    return Trainer(world, make_protocol(world, train=6, strangers=0), tiny(), seed=0)


@pytest.fixture(scope="module")
def source(trainer: Trainer) -> FittedSource:
    return FittedSource(trainer.fit(progress=False))


@pytest.fixture(scope="module")
def found(world: Dataset, trainer: Trainer, source: FittedSource) -> Reproduction:
    result = reproduce(world, source, scored_people(trainer.protocol), options=OPTIONS)
    result.figure_6.extend(figure_6(trainer, scored_people(trainer.protocol), options=OPTIONS))
    return result


def test_both_models_are_judged_on_the_same_grid(found: Reproduction) -> None:
    assert found.embedding.rows == ["20 s", "30 s", "all"]
    assert found.embedding.columns == ["20 s", "30 s"]
    assert found.classification is not None
    assert found.classification.by_person.shape == found.embedding.by_person.shape == (3, 2, 2, 6)
    assert found.embedding.people == found.classification.people
    assert not np.isnan(found.embedding.by_person).any()
    assert found.embedding.mean[2].min() > 1 / 6
    assert found.classification.mean[2].min() > 1 / 6


def test_each_row_is_tested_over_people(found: Reproduction) -> None:
    assert list(found.tests) == ["20 s", "30 s", "all"]
    assert all(0 <= test.p_value <= 1 and test.pairs == 6 for test in found.tests.values())
    assert found.embedding.columns[found.use_column] == "30 s"


def test_figures_6_and_7_have_their_points(found: Reproduction) -> None:
    assert [point[0] for point in found.figure_6] == [3, 5]
    assert all(low <= mean <= high for _, mean, low, high in found.figure_6)
    assert [group.label for group in found.figure_7] == ["a", "b", "all"]
    assert found.figure_7[0].people + found.figure_7[1].people == found.figure_7[2].people == 6
    whole = found.figure_7[-1].embedding
    assert whole.mean[0, 0] == pytest.approx(found.embedding.mean[2, 0])


def test_the_report_shows_ours_beside_the_published_and_names_nobody(found: Reproduction, tmp_path: Path) -> None:
    page = xr_motion_report.report(found)
    html, markdown, numbers = page.save(tmp_path, "r")
    content = json.loads(numbers.read_text())
    assert content["figure_4a"]["accuracy"] == found.embedding.mean.round(6).tolist()
    assert content["published"]["figure_4a"][0][0] == 50
    assert len(content["figure_4c"]) == 3
    assert content["rule"] == "soft"
    words = markdown.read_text()
    assert "nearest neighbours decide by averaged votes" in words
    for heading in ("Figure 4", "Figure 5", "Figure 6", "Figure 7"):
        assert heading in words
    assert "as published" in words
    assert "swapped columns" in words
    assert "p00" not in words + numbers.read_text()
    assert html.read_text().count("<img") == len(list((tmp_path / "r-figures").iterdir())) == 12


def test_a_second_run_reads_what_the_first_one_kept(
    world: Dataset, trainer: Trainer, source: FittedSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = Options(repetitions=1, classifier_steps=2, rows=("20 s", "all"), classifier_rows=("all",))
    first = reproduce(world, source, scored_people(trainer.protocol), options=options, out=tmp_path)
    assert first.classification is not None
    assert first.classification.rows == ["all"]
    assert first.shared is not None
    assert first.shared.rows == ["all"]
    monkeypatch.setattr(ClassifierSystem, "judge", lambda *_: pytest.fail("trained again"))
    again = reproduce(world, source, scored_people(trainer.protocol), options=options, out=tmp_path)
    assert again.classification is not None
    assert np.array_equal(again.classification.by_person, first.classification.by_person)
    assert np.array_equal(again.embedding.by_person, first.embedding.by_person)


def test_a_classifier_of_some_rows_stands_beside_all_rows_of_the_embedding(found: Reproduction) -> None:
    assert found.classification is not None
    some = replace(found, classification=found.classification.only(found.classification.amounts[2:]))
    content = xr_motion_report.report(some).data
    assert len(content["figure_4a"]["accuracy"]) == 3
    assert len(content["figure_4c"]) == 1


def test_an_attribute_that_is_not_there_is_told_before_anything_is_embedded(
    world: Dataset, trainer: Trainer, source: FittedSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FittedSource, "track", lambda *_: pytest.fail("embedded"))
    options = Options(groups="devise", classifier=False)
    with pytest.raises(ProtocolError, match="devise"):
        reproduce(world, source, scored_people(trainer.protocol), options=options)


def test_the_embedding_alone_needs_no_classifier(world: Dataset, trainer: Trainer, source: FittedSource) -> None:
    found = reproduce(world, source, scored_people(trainer.protocol), options=Options(repetitions=1, classifier=False))
    assert found.classification is None
    assert found.tests == {}
    assert "was not trained" in xr_motion_report.report(found).markdown()


def test_wrong_rows_and_groups_are_refused(world: Dataset, trainer: Trainer, source: FittedSource) -> None:
    everybody = scored_people(trainer.protocol)
    with pytest.raises(ProtocolError, match="'2 hours' came"):
        reproduce(world, source, everybody, options=Options(classifier=False, rows=("2 hours",)))
    with pytest.raises(ProtocolError, match="use 'side'"):
        reproduce(world, source, everybody, options=Options(classifier=False, rows=("all",), groups="sides"))
    with pytest.raises(ProtocolError, match="two people with two sessions"):
        reproduce(world, source, everybody[:1], options=Options(classifier=False))


def test_the_classifier_knows_the_people_it_was_trained_on(world: Dataset, source: FittedSource) -> None:
    recipe = small_classifier(source, steps=40)
    material = read_material(world.filter(subject=["p00", "p01", "p02"]), source, stride_s=1.0, classifier=recipe)
    enrolment, probes = split_sessions(material)
    for hard in (True, False):
        system = ClassifierSystem(material.encoded, recipe, stride_s=1.0, hard=hard)
        tracks = system.judge(enrolment, probes)
        scores = np.concatenate([track.vectors for track in tracks])
        assert scores.sum(axis=1) == pytest.approx(1.0)
        right = [track.vectors.mean(0).argmax() == place for place, track in enumerate(tracks)]
        assert sum(right) >= 2
        assert len(system.seconds) == 1


def test_frames_are_cut_through_all_stretches() -> None:
    segments = []
    for start, length in ((0, 5), (5, 3), (8, 4)):
        values = np.arange(start, start + length, dtype=np.float32)[:, None]
        segments.append(Segment(values, np.arange(float(length)), np.zeros(length, dtype=bool)))
    cut = cut_frames(Encoded("a", "1", tuple(segments)), 3, 9)
    assert [segment.values[:, 0].tolist() for segment in cut.segments] == [[3, 4], [5, 6, 7], [8]]
    assert cut_frames(Encoded("a", "1", tuple(segments)), 6, 7).segments[0].values[:, 0].tolist() == [6]


def test_the_paper_s_split_is_27_9_27() -> None:
    samples = [s for n in range(63) for s in people(range(n, n + 1), seconds=1)]
    protocol = paper_protocol(Dataset.of("alyx", samples), seed=42)
    sizes = {side: len(selection.subjects) for side, selection in protocol.sides().items()}
    assert sizes == {"train": 27, "validation": 9, "gallery": 27, "mated": 27, "non_mated": 0}
    few = paper_protocol(Dataset.of("few", samples[:18]), seed=42)
    assert not few.validation.subjects


def test_the_hard_vote_is_taken_where_asked(world: Dataset, source: FittedSource) -> None:
    assert isinstance(source.rule, KnnVote)
    track = source.track(world.load(0), 1.0)
    assert track is not None
    assert embedding_system(source, [track]).rule == "soft"
    assert embedding_system(source, [track], hard=True).rule == "hard"


def test_recipes_are_fitted_to_what_there_is() -> None:
    assert fitting_batches(tiny(), 3).training.subjects_per_batch == 3
    short = shortened(tiny(), 2)
    assert (short.training.steps, short.training.steps_per_epoch) == (2, 2)


def test_more_training_people_hold_the_fewer(trainer: Trainer) -> None:
    three, five = (set(trainer.fit(people=n, progress=False).subjects) for n in (3, 5))
    assert len(three) == 3
    assert three < five


def test_training_without_torch_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, world: Dataset, source: FittedSource
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(LineamentError, match=r"lineament\[train\]"):
        reproduce(world, source, ["p00", "p01"], options=Options(rows=("all",)))


def test_a_row_is_enrolled_alike_whichever_others_are_asked_for(
    world: Dataset, trainer: Trainer, source: FittedSource
) -> None:
    everybody = scored_people(trainer.protocol)
    whole = reproduce(world, source, everybody, options=Options(repetitions=2, classifier=False))
    part = reproduce(world, source, everybody, options=Options(repetitions=2, classifier=False, rows=("30 s",)))
    assert np.array_equal(whole.embedding.only([Amount(seconds=30)]).by_person, part.embedding.by_person)
