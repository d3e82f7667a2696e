"""What a calibration promises of galleries that it never saw, and what it refuses to promise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lineament.datasets.simulate.embeddings import EmbeddingPopulation
from lineament.decisions import Calibration
from lineament.decisions.calibration_best import BestScores
from lineament.decisions.calibration_strangers import StrangerModel
from lineament.encoder import shipped_encoders
from lineament.errors import EncoderError
from tests.decisions.test_calibration_parts import exact_rate, gaussian_table


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    people = EmbeddingPopulation(seed=8)
    prototypes = people.prototypes(0, 400)
    mates = (people.probes(0, 400) * prototypes).sum(axis=1)
    return Calibration.fit(mates, people.probes(400, 400) @ prototypes.T, 0.01, match_rule={"name": "prototype"})


def test_strangers_never_seen_are_accepted_at_the_rate_that_was_asked_for(calibration: Calibration) -> None:
    people = EmbeddingPopulation(seed=8)
    probes = people.probes(50_000, 3000)
    for size, rate in ((10, 0.1), (300, 0.1), (300, 0.01), (3000, 0.1)):
        galleries = people.prototypes(20_000, max(size, 3000)).reshape(-1, size, 64)
        threshold = calibration.threshold(fpir=rate, gallery_size=size)
        accepted = np.mean([((probes @ gallery.T).max(axis=1) >= threshold.value).mean() for gallery in galleries])
        assert threshold.interval is not None
        assert threshold.interval[0] * 0.9 < accepted < threshold.interval[1] * 1.1
        assert 0.5 * rate < accepted < 1.6 * rate


def test_stated_intervals_hold_and_promises_are_kept_on_average() -> None:
    size, rate, measured, held = 3000, 0.05, [], []
    for seed in range(16):
        model = StrangerModel.fit(gaussian_table(250, 250, seed=seed), replicates=40, seed=seed)
        score = model.threshold(rate, size)
        low, high = model.interval(score, size)
        measured.append(exact_rate(score, size))
        held.append(low <= measured[-1] <= high)
    assert np.mean(measured) == pytest.approx(rate, rel=0.3)
    assert np.mean(held) >= 0.7


def test_a_threshold_carries_its_promise(calibration: Calibration) -> None:
    own = calibration.threshold()
    assert (own.criterion, own.target, own.gallery_size, own.calibration) == ("fpir", 0.01, 400, calibration.id)
    assert own.value == pytest.approx(calibration.fixed)
    sure = calibration.threshold(fpir=0.01, gallery_size=400, confidence=0.95)
    assert sure.value > own.value
    assert sure.confidence == 0.95
    assert sure.interval is not None
    assert sure.interval[1] <= 0.01 * 1.001
    band = calibration.threshold(fpir=0.01, review_fpir=0.1, gallery_size=400)
    assert band.review == calibration.threshold(fpir=0.1, gallery_size=400).value < band.value
    one = calibration.threshold(fmr=0.001)
    assert (one.criterion, one.target, one.gallery_size) == ("fmr", 0.001, 1)
    assert one.value < own.value


def test_the_papers_thresholds(calibration: Calibration) -> None:
    scores = np.linspace(0.3, 0.9, 601)
    assert isinstance(calibration.rates, StrangerModel)
    for size in (10, 5000):
        accepted = np.array([calibration.rates.rate(float(score), size) for score in scores])
        missed = np.interp(scores, calibration.mated_scores, np.linspace(0, 1, 101))
        equal = calibration.threshold(criterion="eer", gallery_size=size)
        best = calibration.threshold(criterion="max_oscr", gallery_size=size)
        assert equal.value == pytest.approx(scores[np.abs(accepted - missed).argmin()], abs=0.005)
        gained = np.interp(best.value, scores, 1 - missed - accepted)
        assert gained == pytest.approx((1 - missed - accepted).max(), abs=0.003)
        assert (equal.target, best.criterion) == (None, "max_oscr")
    assert calibration.threshold(criterion="fixed").value == calibration.fixed


def test_scores_have_likelihood_ratios(calibration: Calibration) -> None:
    assert calibration.has_llr
    low, high = calibration.llr([0.2, 0.8])
    assert low < -2 < 2 < high
    without = Calibration.fit([], [0.1, 0.2], 0.5)
    assert not without.has_llr
    with pytest.raises(EncoderError, match="likelihood"):
        without.llr([0.5])


def test_there_and_back(calibration: Calibration, tmp_path: Path) -> None:
    calibration.save(tmp_path / "calibration.json")
    again = Calibration.load(tmp_path / "calibration.json")
    assert again == calibration
    assert again.id == calibration.id == again.to_json()["id"]
    assert len({calibration, again}) == 1
    assert calibration != Calibration(0.5)
    asked = {"fpir": 0.003, "gallery_size": 70_000}
    assert again.threshold(**asked).value == pytest.approx(calibration.threshold(**asked).value, abs=1e-4)
    assert (tmp_path / "calibration.json").stat().st_size < 60_000


def test_what_people_cannot_carry_is_refused_or_doubted(calibration: Calibration) -> None:
    assert calibration.doubts(1000, fpir=0.01) == ()
    (doubt,) = calibration.doubts(1_000_000, fpir=0.001)
    assert "400 strangers" in doubt
    with pytest.raises(EncoderError, match="strangers and as many enrolled people"):
        calibration.threshold(fpir=0.00001, gallery_size=1_000_000)
    with pytest.raises(EncoderError, match="one of fpir, fmr and criterion"):
        calibration.threshold(fpir=0.1, fmr=0.1)
    for wrong in (0.0, 1.0, float("nan")):
        with pytest.raises(EncoderError, match="between 0 and 1"):
            calibration.threshold(fpir=wrong)
    with pytest.raises(EncoderError, match="confidence"):
        calibration.threshold(fpir=0.1, confidence=0.2)


def test_with_the_best_scores_alone_larger_galleries_are_doubted() -> None:
    calibration = Calibration.fit([0.9], np.linspace(0, 0.5, 200), 0.05, gallery_size=10)
    assert isinstance(calibration.rates, BestScores)
    assert calibration.threshold(gallery_size=10).value == calibration.fixed
    assert calibration.threshold(fpir=0.1, gallery_size=5).value < calibration.fixed
    assert calibration.doubts(10) == ()
    (doubt,) = calibration.doubts(20)
    assert "with 10 enrolled and 20 are" in doubt
    with pytest.raises(EncoderError, match="999 strangers"):
        calibration.threshold(fpir=0.001)
    with pytest.raises(EncoderError, match="every enrolled person"):
        calibration.threshold(fmr=0.1)


def test_a_fixed_threshold_promises_no_other_rate() -> None:
    calibration = Calibration(0.5, target_fpir=0.05, gallery_size=10)
    assert calibration.threshold(fpir=0.05, gallery_size=10).value == 0.5
    for asked in ({"fpir": 0.01}, {"fmr": 0.05}, {"criterion": "eer"}, {"review_fpir": 0.2}):
        with pytest.raises(EncoderError, match="one fixed threshold alone"):
            calibration.threshold(**asked)


def test_the_first_format_still_loads(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    path.write_text('{"format_version": 1, "threshold": 0.3, "target_fpir": 0.1, "gallery_size": 2, "mated": 16}')
    old = Calibration.load(path)
    assert old.threshold(gallery_size=2).value == old.fixed == 0.3
    assert old.rates is None
    assert "up to 41%" in old.doubts(10)[0]
    assert Calibration.from_json(old.to_json()) == old


def test_calibrations_that_ship_can_be_read() -> None:
    for name in shipped_encoders():
        from lineament.encoder import Encoder

        calibration = Encoder.load(name).calibration
        assert calibration is not None
        assert np.isfinite(calibration.threshold(gallery_size=10).value)
