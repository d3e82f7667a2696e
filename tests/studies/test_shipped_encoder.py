"""The encoders that ship, and how they are made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import lineament.encoders
from lineament.datasets import Protocol, open_dataset
from lineament.datasets.simulate import simulated_motion
from lineament.encoder import DEFAULT_ENCODER, HEAD_ENCODER, SIMULATED_ENCODER, Encoder, shipped_encoders
from lineament.errors import EncoderError
from lineament.evaluation.calibrating import enrol_and_use, validation_scores
from lineament.evaluation.tracks import embed_tracks
from lineament.recipes.components import Prototype
from lineament.signals.motion import rotation_names
from lineament.studies import shipped_encoder
from lineament.studies.demo import PROTOCOLS, demonstrate
from lineament.studies.evaluate import evaluate


def test_three_encoders_of_motion_ship() -> None:
    assert {DEFAULT_ENCODER, HEAD_ENCODER, SIMULATED_ENCODER} <= set(shipped_encoders())


@pytest.mark.parametrize("name", [DEFAULT_ENCODER, HEAD_ENCODER, SIMULATED_ENCODER])
def test_a_card_says_what_it_was_made_from_and_what_it_is_not_for(name: str) -> None:
    encoder = Encoder.load(name)
    assert encoder.name == name
    assert encoder.calibration is not None
    assert all(entry["licence"] in ("MIT", "Apache-2.0") for entry in encoder.card["data"])
    assert encoder.card["protocol"]
    assert encoder.card["intended_use"]
    assert encoder.card["not_for"]
    folder = Path(lineament.encoders.__path__[0]) / name
    assert sum(path.stat().st_size for path in folder.iterdir()) < shipped_encoder.LARGEST_BYTES


def test_the_encoder_of_heads_wants_nothing_but_their_rotation() -> None:
    encoder = Encoder.load(HEAD_ENCODER)
    sample = simulated_motion(1, sessions=1, minutes=0.5).load(0)
    names = rotation_names("head")
    head = sample.replace(values=sample.columns(names), channels=names)
    assert np.array_equal(encoder.embed(head), encoder.embed(sample))


def test_another_data_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="the data set xr-objects"):
        shipped_encoder.make([simulated_motion(2, sessions=2, minutes=0.1)], tmp_path / "encoder")


@pytest.mark.parametrize(
    ("name", "data"),
    [(DEFAULT_ENCODER, "xr-objects"), pytest.param(HEAD_ENCODER, "xr-360", marks=pytest.mark.slow)],
)
def test_the_figures_on_the_card_are_those_of_the_people_held_back(
    name: str, data: str, shared_data: Callable[[str], Path]
) -> None:
    encoder = Encoder.load(name)
    protocol = Protocol.load(PROTOCOLS / f"{data}-reserved.json")
    found = evaluate(encoder, open_dataset(shared_data(data)), protocol)
    (written,) = (figures for what, figures in encoder.card["figures"].items() if what.startswith(data))
    for result, card in zip(found.results, written, strict=True):
        assert (result.mated, result.non_mated) == (card["mated"], card["non_mated"])
        assert result.rank_one.estimate == pytest.approx(card["rank_one"]["estimate"], abs=0.01)


@pytest.mark.slow
def test_the_demonstration_knows_simulated_people_and_not_strangers() -> None:
    found = demonstrate()
    known = sum(trial.known for trial in found.trials)
    # Two minutes under another task among 20 people: chance is one in twenty.
    assert found.count("right") > 0.3 * known
    assert found.count("right") > 2 * found.count("wrong")
    assert found.count("rightly unknown") > 0.6 * (len(found.trials) - known)


def test_any_rate_is_promised_to_simulated_people() -> None:
    calibration = Encoder.load(SIMULATED_ENCODER).calibration
    assert calibration is not None
    assert calibration.people == shipped_encoder.CALIBRATING
    thresholds = [calibration.threshold(fpir=rate, gallery_size=20) for rate in (0.1, 0.01, 0.001)]
    assert thresholds == sorted(thresholds, key=lambda threshold: threshold.value)
    assert all(t.interval is not None and t.interval[0] < t.target < t.interval[1] for t in thresholds)  # type: ignore[operator]


@pytest.mark.slow
def test_the_promise_is_kept_to_simulated_people_who_took_no_part() -> None:
    encoder = Encoder.load(SIMULATED_ENCODER)
    people = simulated_motion(range(40), sessions=2, seed=20_002, layout="trials")
    enrolled, used = enrol_and_use(embed_tracks(encoder, people, stride_s=encoder.stride_s))
    calibration = encoder.calibration
    assert calibration is not None
    scores = validation_scores(enrolled, used, Prototype(), use_s=calibration.use_time_s)
    assert scores is not None
    strangers = np.asarray(scores.people)
    for size, rate in ((20, 0.1), (39, 0.1), (20, 0.01)):
        threshold = calibration.threshold(fpir=rate, gallery_size=size)
        rng = np.random.default_rng(0)
        galleries = [rng.permutation(len(scores.subjects))[:size] for _ in range(50)]
        named = np.mean(
            [(scores.strangers[:, gallery] >= threshold.value).any(axis=1) for gallery in galleries], axis=0
        )
        by_person = np.array([named[strangers == who].mean() for who in sorted(set(scores.people))])
        doubt = 2 * by_person.std(ddof=1) * np.sqrt(2 / len(by_person))  # strangers and the enrolled, both drawn
        assert threshold.interval is not None
        assert named.mean() <= threshold.interval[1] + doubt
        assert rate < 0.1 or named.mean() > 0.01  # one in a hundred may be nobody of so few
