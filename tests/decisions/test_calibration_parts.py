"""The parts of a calibration that carries to other gallery sizes, against laws whose answers are known."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lineament.decisions.calibration_best import BestScores
from lineament.decisions.calibration_clumping import expected_hits, fit_clumping, index_at, log_variance
from lineament.decisions.calibration_llr import LikelihoodRatio
from lineament.decisions.calibration_strangers import StrangerModel
from lineament.decisions.calibration_tail import guess_scale, log_survival, pareto_shape, stretch, unstretch
from lineament.decisions.calibration_threshold import Threshold
from lineament.errors import EncoderError


class TestScale:
    def test_what_a_scale_is_guessed_from(self) -> None:
        assert guess_scale(-0.4, 0.99) == "cosine"
        assert guess_scale(-9.0, -0.1) == "distance"
        assert guess_scale(-3.0, 7.0) == "plain"

    @given(st.floats(-0.999, 0.999))
    def test_there_and_back(self, score: float) -> None:
        assert unstretch(stretch(score, "cosine"), "cosine") == pytest.approx(score, abs=1e-9)
        assert unstretch(stretch(score - 1, "distance"), "distance") == pytest.approx(score - 1, abs=1e-9)

    def test_cosines_of_even_directions_have_a_straight_tail(self) -> None:
        # The exact law: (1 + cosine) / 2 is Beta((d - 1) / 2, (d - 1) / 2) distributed.
        cosines = np.linspace(0.3, 0.9, 200)
        rate = np.log(stats.beta.sf((1 + cosines) / 2, 31.5, 31.5))
        slopes = np.diff(rate) / np.diff(stretch(cosines, "cosine"))
        assert np.ptp(slopes) / -slopes.mean() < 0.15
        assert np.ptp(np.diff(rate) / np.diff(cosines)) / 60 > 3  # on the scale of cosines it is not straight

    @pytest.mark.parametrize("shape", [-0.1, 0.0, 0.1])
    def test_the_pareto_law(self, shape: float) -> None:
        excess = np.sort(stats.genpareto(shape, scale=0.2).rvs(40_000, random_state=1))
        assert pareto_shape(excess, np.ones(len(excess))) == pytest.approx(shape, abs=0.02)
        weights = np.r_[np.full(20_000, 2), np.ones(20_000, int)]
        doubled = np.repeat(excess, weights)
        assert pareto_shape(excess, weights) == pytest.approx(pareto_shape(doubled, np.ones(60_000)), abs=1e-3)
        wanted = stats.genpareto(shape, scale=0.2).logsf(0.3)
        assert log_survival(np.array([0.3]), np.array([0.2]), np.array([shape]))[0] == pytest.approx(wanted)


class TestClumping:
    def test_the_law_is_the_expectation_over_strangers(self) -> None:
        # Where the index goes to 0 chances are gamma distributed; at 1/2 inverse Gaussian.
        rng = np.random.default_rng(0)
        for index, chances in ((1e-4, rng.gamma(0.5, 2.0, 400_000)), (0.5, rng.wald(1.0, 0.5, 400_000))):
            for hits in (0.1, 1.0, 20.0):
                simulated = -np.log(np.exp(-hits * chances).mean())
                assert expected_hits(hits, 2.0, index) == pytest.approx(simulated, rel=0.02)

    @given(st.floats(1e-3, 1e3), st.floats(1e-3, 100), st.floats(0.01, 0.6))
    def test_clumped_alarms_are_fewer(self, hits: float, variance: float, index: float) -> None:
        clumped = float(expected_hits(hits, variance, index))
        assert 0 < clumped <= hits * (1 + 1e-9)
        assert expected_hits(2 * hits, variance, index) > clumped

    def test_what_went_in_comes_out(self) -> None:
        numbers = np.array([1.2, 0.35, 0.25, 0.02])
        log_rates = np.repeat(np.log([1e-2, 1e-3, 1e-4, 1e-5]), 8)
        chances = np.tile(2.0 ** -np.arange(8.0), 4) * 2000 * np.exp(log_rates)
        hits = expected_hits(chances, np.exp(log_variance(log_rates, numbers)), index_at(log_rates, numbers))
        assert fit_clumping(log_rates, chances, hits, np.full(32, 500.0), 0.02) == pytest.approx(numbers, abs=0.02)

    def test_without_witnesses_there_is_none(self) -> None:
        none = np.empty(0)
        assert np.exp(fit_clumping(none, none, none, none)[0]) < 1e-3


def gaussian_table(strangers: int, gallery: int, seed: int, wolves: float = 0.5) -> np.ndarray:
    """Scores of strangers who differ in how high they score: normal, on a scale without end."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(strangers, gallery)) + wolves * rng.normal(size=(strangers, 1))


def exact_rate(score: float, size: int, wolves: float = 0.5) -> float:
    """The FPIR of such strangers, by quadrature."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    missed = stats.norm.logcdf(score - wolves * nodes) * size
    return float((weights / weights.sum()) @ -np.expm1(missed))


class TestStrangerModel:
    model = StrangerModel.fit(gaussian_table(1000, 1000, seed=5))

    def test_the_rate_of_a_known_law(self) -> None:
        assert self.model.scale == "plain"
        for size in (1, 10, 100, 1000, 10_000, 100_000):
            for rate in (0.1, 0.01):
                score = self.model.threshold(rate, size)
                low, high = self.model.interval(score, size)
                assert low * 0.75 < exact_rate(score, size) < high * 1.25
        assert exact_rate(self.model.threshold(0.1, 10), 10) == pytest.approx(0.1, rel=0.1)
        assert exact_rate(self.model.threshold(0.01, 1000), 1000) == pytest.approx(0.01, rel=0.4)

    @settings(max_examples=30, deadline=None)
    @given(st.floats(1e-3, 0.5), st.integers(1, 10**6), st.floats(1.05, 10))
    def test_thresholds_rise_with_the_gallery_and_fall_with_the_rate(self, rate: float, size: int, by: float) -> None:
        here = self.model.threshold(rate, size)
        assert self.model.threshold(rate, int(np.ceil(size * by))) >= here - 1e-6
        assert self.model.threshold(min(rate * by, 0.99), size) <= here + 1e-6
        assert self.model.threshold(rate, size, 0.95) >= self.model.threshold(rate, size, 0.5) - 1e-6

    def test_several_probes_of_one_person_count_for_one(self) -> None:
        table = gaussian_table(100, 60, seed=2)
        once, often = StrangerModel.fit(table), StrangerModel.fit(
            np.repeat(table, 4, axis=0), people=np.repeat(np.arange(100), 4)
        )  # fmt: skip
        assert often.strangers == once.strangers == 100
        score = once.threshold(0.1, 60)
        width = [high / low for low, high in (m.interval(score, 60) for m in (once, often))]
        assert width[1] == pytest.approx(width[0], rel=0.4)

    def test_there_and_back(self) -> None:
        again = StrangerModel.from_json(json.loads(json.dumps(self.model.to_json())))
        assert again.to_json() == self.model.to_json()
        assert again.threshold(0.01, 5000) == pytest.approx(self.model.threshold(0.01, 5000), rel=1e-4)

    def test_what_cannot_be_promised_is_refused_with_the_number_needed(self) -> None:
        few = StrangerModel.fit(gaussian_table(30, 30, seed=1))
        with pytest.raises(EncoderError, match=r"3163 strangers and as many .* 30 and 30"):
            few.promise(0.001, 1_000_000)
        few.promise(0.001, 1_000_000, strict=False)
        (doubt,) = few.doubts(0.001, 1_000_000)
        assert "30 strangers" in doubt
        assert few.doubts(0.1, 30) == ()

    def test_too_few_or_equal_scores_are_refused(self) -> None:
        for table in (np.zeros((30, 30)), gaussian_table(19, 30, 0), gaussian_table(30, 19, 0), np.zeros(40)):
            with pytest.raises(EncoderError):
                StrangerModel.fit(table)

    @pytest.mark.parametrize("key", ["points", "log_rates", "tail", "clumping", "strangers", "scale"])
    def test_damaged_models_are_refused(self, key: str) -> None:
        content = self.model.to_json()
        for wrong in ({k: v for k, v in content.items() if k != key}, {**content, key: "no"}, {**content, key: [[1]]}):
            with pytest.raises(EncoderError, match="calibrat"):
                StrangerModel.from_json(wrong)


class TestBestScores:
    @given(st.lists(st.floats(-1, 1, width=16), min_size=1, max_size=900), st.floats(0.002, 0.9))
    def test_no_more_are_accepted_than_allowed(self, scores: list[float], rate: float) -> None:
        best = BestScores.of(scores)
        accepted = int((np.array(scores) >= best.threshold(rate)).sum())
        assert accepted <= rate * len(scores) + 1e-9
        assert best.accepted(best.threshold(rate)) >= accepted
        assert BestScores.from_json(json.loads(json.dumps(best.to_json()))) == best

    def test_an_order_statistic_keeps_its_rate_with_the_confidence_asked_for(self) -> None:
        rng = np.random.default_rng(0)
        over = [stats.norm.sf(BestScores.of(rng.normal(size=300)).threshold(0.1, 0.9)) > 0.1 for _ in range(400)]
        assert 0.05 < np.mean(over) < 0.14

    def test_what_cannot_be_promised_is_refused_with_the_number_needed(self) -> None:
        best = BestScores.of(np.linspace(0, 1, 98))
        with pytest.raises(EncoderError, match=r"99 strangers.* but 98"):
            best.promise(0.01, 50)
        with pytest.raises(EncoderError, match=r"299 strangers.*98"):
            best.threshold(0.01, 0.95)
        with pytest.raises(EncoderError, match="every enrolled person"):
            best.promise(0.1, 1)

    @pytest.mark.parametrize(
        "change", [{"scores": []}, {"ranks": [2, 3]}, {"probes": 1}, {"scores": [1, 2]}, {"gallery": None}]
    )
    def test_damaged_ones_are_refused(self, change: dict[str, object]) -> None:
        content = {**BestScores.of([0.2, 0.1]).to_json(), **change}
        with pytest.raises(EncoderError, match="best scores"):
            BestScores.from_json(content)


class TestLikelihoodRatio:
    def test_of_normal_scores_it_is_the_true_one(self) -> None:
        rng = np.random.default_rng(1)
        ratio = LikelihoodRatio.fit(rng.normal(3, 1, 5000), rng.normal(0, 1, 50_000))
        # log N(s; 3, 1) / N(s; 0, 1) = 3 s - 4.5
        assert ratio([1.5, 2.5]) == pytest.approx([0.0, 3.0], abs=0.25)
        assert 0 <= ratio.cost - ratio.minimum_cost < 0.02

    @given(st.lists(st.floats(-1, 1), min_size=1, max_size=30), st.lists(st.floats(-1, 1), min_size=1, max_size=30))
    def test_more_evidence_than_people_is_never_claimed(self, mated: list[float], non_mated: list[float]) -> None:
        ratio = LikelihoodRatio.fit(mated, non_mated)
        given = ratio(np.linspace(-1, 1, 9))
        assert (np.diff(given) >= 0).all()
        assert (given >= -np.log(len(mated) + 1) - 1e-9).all()
        assert (given <= np.log(len(non_mated) + 1) + 1e-9).all()


def test_a_threshold_says_what_a_score_means() -> None:
    threshold = Threshold(0.7, "fpir", 0.01, 100, review=0.6)
    assert [threshold.outcome(score) for score in (0.7, 0.69, 0.6, 0.59)] == [
        "identified",
        "review",
        "review",
        "unknown",
    ]
    assert json.loads(json.dumps(threshold.to_json()))["review"] == 0.6
