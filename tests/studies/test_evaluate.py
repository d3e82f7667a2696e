from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from lineament.datasets import Dataset, make_protocol
from lineament.decisions import Calibration, build_match_rule, identify
from lineament.encoder import Encoder
from lineament.errors import EncoderError, LineamentError
from lineament.evaluation import embed_tracks
from lineament.evaluation.figures import evaluate_scores
from lineament.evaluation.judging import Judgement
from lineament.evaluation.protocol_run import enrol_tracks, probe_scores, run_protocol
from lineament.evaluation.score_files import read_scores
from lineament.evaluation.spans import tiled_spans
from lineament.gallery import FlatGallery
from lineament.metrics import equal_error_rate
from lineament.studies import evaluate as study
from tests.encoder.tiny import person, tiny_encoder


@pytest.fixture(scope="module")
def world() -> Dataset:
    return Dataset.of("toy", [person(n, session, seconds=45.0) for n in range(8) for session in (1, 2)])


@pytest.fixture(scope="module")
def found(world: Dataset) -> study.Evaluated:
    return study.evaluate(tiny_encoder(), world, make_protocol(world, train=0, strangers=4, seed=2))


def test_every_figure_is_what_deciding_probe_by_probe_gives(world: Dataset, found: study.Evaluated) -> None:
    encoder, protocol = tiny_encoder(), found.protocol
    assert encoder.calibration is not None
    gallery = enrol_tracks(embed_tracks(encoder, world.select(protocol.gallery)))
    rule = build_match_rule(encoder.calibration.match_rule)
    fates = {"rank_one": 0, "fpir": 0, "fnir": 0, "misidentified": 0}
    mated = non_mated = 0
    for side, enrolled in ((protocol.mated, True), (protocol.non_mated, False)):
        for track in embed_tracks(encoder, world.select(side)):
            for first, last in tiled_spans(track.starts, window_s=track.window_s, use_s=20.0):
                decision = identify(track.vectors[first:last], gallery, rule, encoder.calibration)
                if enrolled:
                    mated += 1
                    fates["rank_one"] += decision.candidates[0][0] == track.subject
                    fates["fnir"] += decision.subject != track.subject
                    fates["misidentified"] += decision.subject not in (None, track.subject)
                else:
                    non_mated += 1
                    fates["fpir"] += decision.subject is not None
    result = found.results[0]
    assert (result.use_s, result.mated, result.non_mated) == (20.0, mated, non_mated)
    for name, count in fates.items():
        rate = getattr(result, name)
        assert rate is not None
        assert rate.estimate == pytest.approx(count / (non_mated if name == "fpir" else mated))
        assert rate.low <= rate.estimate <= rate.high


def test_the_threshold_is_chosen_by_a_criterion(world: Dataset, found: study.Evaluated) -> None:
    encoder = tiny_encoder()
    known, strangers = np.linspace(0.9, 1.0, 50), np.random.default_rng(0).uniform(0.8, 0.97, (50, 50))
    calibrated = encoder.described(encoder.card, Calibration.fit(known, strangers, match_rule={"name": "prototype"}))
    again = study.evaluate(calibrated, world, found.protocol, criterion="max_oscr")
    assert again.threshold == calibrated.calibration.threshold(criterion="max_oscr", gallery_size=4)  # type: ignore[union-attr]
    assert (study.numbers(again)["criterion"], study.numbers(again)["target_fpir"]) == ("max_oscr", None)
    assert study.numbers(found)["criterion"] == "fixed"
    with pytest.raises(EncoderError, match="lineament calibrate"):
        study.evaluate(tiny_encoder(calibrated=False), world, found.protocol, criterion="eer")


def test_only_lengths_that_the_recordings_have_are_given(found: study.Evaluated) -> None:
    assert [result.use_s for result in found.results] == [20.0, None]
    assert found.gallery_size == 4


def test_without_strangers_half_of_the_enrolled_stand_for_them_and_nothing_is_said_of_fpir(world: Dataset) -> None:
    encoder = tiny_encoder(calibrated=False)
    first = embed_tracks(encoder, world.filter(session=["s1"]))
    second = embed_tracks(encoder, world.filter(session=["s2"]))
    result = run_protocol(enrol_tracks(first), second, [], rule=study.match_rule_of(encoder), spans=[None])[0]
    assert 0 <= result.eer.estimate <= 0.5
    assert (result.fpir, result.fnir, result.misidentified) == (None, None, None)


def test_the_report_and_its_numbers(found: study.Evaluated, tmp_path: Path) -> None:
    study.report(found).save(tmp_path, "evaluation")
    content = json.loads((tmp_path / "evaluation.json").read_text())
    assert content["gallery_size"] == 4
    assert content["threshold"] == pytest.approx(0.97)
    assert [entry["use_s"] for entry in content["results"]] == [20.0, None]
    words = (tmp_path / "evaluation.md").read_text()
    assert "Rank-1" in words
    assert "N = 4" in words
    assert "p00" not in words


def test_a_set_that_the_encoder_was_trained_on_is_warned_of(world: Dataset) -> None:
    encoder = tiny_encoder()
    assert study.default_protocol(encoder, world)[1] == ()
    card = {**encoder.card, "data": [{"name": "toy"}]}
    seen = Encoder(encoder._parts.engine.content, encoder.encoding, encoder.window, 1.0, card)
    protocol, notes = study.default_protocol(seen, world)
    assert "was trained on toy" in notes[0]
    assert not protocol.train.subjects


def test_the_committed_protocol_is_found_by_the_set_s_name() -> None:
    samples = [person(n, session, seconds=5) for n in range(3) for session in (1, 2)]
    protocol, _ = study.default_protocol(tiny_encoder(), Dataset.of("xr-objects", samples))
    assert protocol.name == "xr-objects-reserved"
    assert len(protocol.non_mated.subjects) == 3


def test_recordings_shorter_than_a_window_are_refused_with_the_seconds_needed() -> None:
    short = Dataset.of("short", [person(n, session, seconds=2) for n in range(4) for session in (1, 2)])
    with pytest.raises(LineamentError, match="without a gap"):
        study.evaluate(tiny_encoder(), short, make_protocol(short, train=0))


def test_windows_are_counted_on_a_clock_of_signal() -> None:
    """A pause of ten seconds splits the recording; the second part's windows follow the first part's signal."""
    sample = person(1, seconds=20.0)
    times = sample.times + np.where(sample.times >= 10, 10.0, 0.0)
    track = embed_tracks(tiny_encoder(), [sample.replace(times=times)])[0]
    assert track.starts.max() < 20
    assert track.stop <= 20.1
    gap = np.diff(track.starts)
    assert gap.max() < 4.0


def test_the_score_files_beside_the_report_give_its_figures_again(found: study.Evaluated, tmp_path: Path) -> None:
    paths = study.save(found, tmp_path)
    files = sorted(path for path in paths if path.suffix == ".parquet")
    assert [file.name for file in files] == ["evaluation-20-s.parquet", "evaluation-session.parquet"]
    threshold = study.numbers(found)["threshold"]
    for result, file in zip(found.results, files, strict=True):
        scores = read_scores(file)
        again = evaluate_scores(scores, threshold=threshold, replicates=200)
        pairs = {
            "rank_one": "rank_1", "fpir": "fpir_given", "fnir": "fnir_given", "misidentified": "misidentified_given"
        }  # fmt: skip
        for ours, theirs in pairs.items():
            rate = getattr(result, ours)
            assert again.figure(theirs).estimate == pytest.approx(rate.estimate, abs=1e-12), ours
        best, known = scores.by_subject().max(axis=1), scores.known
        assert equal_error_rate(mated=best[known], non_mated=best[~known]) == pytest.approx(result.eer.estimate)
        assert set(scores.probes["session"]) == {"s2"}


def test_votes_that_name_another_than_the_nearest_are_kept_in_the_score_file() -> None:
    judged = Judgement(("a", "s"), ("1", "1"), np.array([1, 0]), np.array([[0.9, 0.6], [0.3, 0.2]]))
    gallery = FlatGallery(2)
    for name in "ab":
        gallery.enrol(name, np.eye(2, dtype=np.float32))
    scores = probe_scores(gallery, judged, None)
    found = evaluate_scores(scores, threshold=0.5, replicates=5)
    assert found.figure("rank_1").estimate == 0.0
    assert found.figure("misidentified_given").estimate == 1.0
    assert scores.probes["id"].tolist() == ["a/1/1", "s/1/1"]
