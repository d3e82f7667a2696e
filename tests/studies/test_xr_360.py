"""The rotation of the head alone: who trains, what is enrolled, what is mixed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lineament.datasets import Dataset
from lineament.errors import ProtocolError
from lineament.signals.motion import rotation_names
from lineament.studies import head_fusion, xr_360, xr_360_report
from lineament.studies.head_fusion import WEIGHTS, fused
from lineament.studies.xr_360 import HeadStudy, closed_folds, held_out_folds
from lineament.studies.xr_objects_systems import TableSystem
from tests.training.people import person

VIDEOS = ["1", "2", "3", "4", "Intro"]
SMALL = {"network.kernels": 16, "window.frames": 120}


def watching(count: int = 6) -> Dataset:
    """Heads of some people, each of whom saw the introduction and all videos."""
    samples, names = [], rotation_names("head")
    for number in range(count):
        for place, video in enumerate(VIDEOS):
            sample = person(number, place, seconds=20)
            samples.append(sample.replace(values=sample.columns(names), channels=names, session=video))
    return Dataset.of("xr-360", samples)


def table(count: int) -> Dataset:
    """Who saw what, without recordings: everybody half of the videos."""
    rng = np.random.default_rng(0)
    rows = [
        {"subject": f"p{who}", "session": str(video)}
        for who in range(count)
        for video in ["Intro", *sorted(rng.permutation(28)[:14])]
    ]
    return Dataset("xr-360", pd.DataFrame(rows), lambda row: pytest.fail("nothing is read"))


def test_people_held_out_are_enrolled_and_probed_with_other_videos_and_not_trained_on() -> None:
    folds = held_out_folds(table(60), gallery=20, seeds=(0, 1))
    assert len(folds) == 6
    for fold in folds:
        trained, enrolled, probed = ({key[0] for key in side} for side in (fold.train, fold.enrol, fold.probe))
        assert enrolled == probed
        assert len(enrolled) == 20
        assert not trained & enrolled
        assert not {key[1] for key in fold.enrol} & {key[1] for key in fold.probe}
        assert "Intro" not in {key[1] for key in fold.enrol + fold.probe}
        assert "Intro" in {key[1] for key in fold.train}
    for seed in (0, 1):
        held = [key[0] for fold in folds if fold.seed == seed for key in {(who, "") for who, _ in fold.enrol}]
        assert sorted(held) == sorted(f"p{who}" for who in range(60))
    assert {key[1] for key in folds[0].enrol} != {key[1] for key in folds[3].enrol}


def test_people_who_cannot_be_dealt_into_groups_are_refused() -> None:
    with pytest.raises(ProtocolError, match="groups of 20"):
        held_out_folds(table(50), gallery=20, seeds=(0,))


def test_in_the_closed_set_everybody_trains_with_what_is_enrolled() -> None:
    (fold,) = closed_folds(table(10), enrolled=18, seeds=(0,))
    assert fold.train == fold.enrol
    assert {key[0] for key in fold.probe} == {f"p{who}" for who in range(10)}
    assert not {key[1] for key in fold.train} & {key[1] for key in fold.probe}


def judged(subjects: list[str], comparison: np.ndarray) -> dict:
    spans = {
        span: {
            "people": subjects,
            "sessions": ["2"] * len(subjects),
            "winners": comparison.argmax(axis=1).tolist(),
            "comparison": comparison.tolist(),
        }
        for span in ("20 s", "1 min")
    }
    return {"subjects": subjects, "seconds": 1.0, "spans": spans}


def test_the_head_is_given_weight_where_it_helps_other_people_and_none_where_it_does_not() -> None:
    rng = np.random.default_rng(3)
    folds = [[f"p{4 * fold + place}" for place in range(4)] for fold in range(4)]
    blind = [judged(names, rng.normal(0, 0.01, (4, 4))) for names in folds]
    sure = [judged(names, np.eye(4)) for names in folds]
    both, weights = fused(blind, sure, [0] * 4)
    assert all(weight > 0 for weight in weights)
    assert all(fold["spans"]["1 min"]["winners"] == [0, 1, 2, 3] for fold in both)
    _, weights = fused(sure, blind, [0] * 4)
    assert weights == [WEIGHTS[0]] * 4


def test_only_judgements_of_the_same_probes_are_mixed() -> None:
    one, other = judged(["a", "b"], np.eye(2)), judged(["a", "b"], np.eye(2))
    other["spans"]["1 min"]["people"] = ["b", "a"]
    with pytest.raises(ValueError, match="same probes of 1 min"):
        fused([one, one], [other, other], [0, 0])
    with pytest.raises(ValueError, match="same subjects"):
        fused([one, one], [judged(["a", "c"], np.eye(2))] * 2, [0, 0])


def test_a_run_trains_judges_reports_and_goes_on_from_what_is_on_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    systems = (
        TableSystem("lda-mean-std", "LDA", "xr-motion-head", {"network": xr_360._MEAN_STD, "window.frames": 120}),
        TableSystem("head", "ours", "xr-motion-head", SMALL),
    )
    for module in (xr_360, xr_360_report):
        monkeypatch.setattr(module, "SYSTEMS", systems)
        monkeypatch.setattr(module, "GALLERY", 3)
    monkeypatch.setattr(xr_360, "CLOSED_ENROLLED", 2)
    monkeypatch.setattr(xr_360, "SPANS", {"8 s": 8.0, "all videos": None})
    study = HeadStudy(watching(), tmp_path)
    results = xr_360.run(study, (0,), progress=lambda what, total: range(total))
    page = xr_360_report.report(results)
    held_out = page.data["settings"][xr_360.HELD_OUT]
    assert held_out["head"]["8 s"]["rank_one"]["estimate"] > 1 / 3
    assert "p00" not in json.dumps(page.data)
    assert "One sitting" in page.save(tmp_path, "xr-360")[1].read_text()
    monkeypatch.setattr(HeadStudy, "_run", lambda *_: pytest.fail("trained again"))
    again = xr_360.run(HeadStudy(watching(), tmp_path), (0,), progress=lambda what, total: range(total))
    assert xr_360_report.numbers(again, None) == page.data


def test_the_weights_begin_with_none() -> None:
    assert head_fusion.WEIGHTS[0] == 0.0
