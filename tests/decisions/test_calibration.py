from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lineament.decisions import Calibration
from lineament.errors import EncoderError

scores = st.lists(st.floats(-1, 1, width=16), min_size=1, max_size=60)


class TestFit:
    def test_by_hand(self) -> None:
        fitted = Calibration.fit([0.9, 0.8, 0.35], [0.1, 0.2, 0.3, 0.4], target_fpir=0.25)
        assert 0.3 < fitted.fixed < 0.35
        assert (fitted.fpir, fitted.fnir, fitted.mated, fitted.non_mated) == (0.25, 0.0, 3, 4)

    def test_with_few_strangers_none_is_accepted(self) -> None:
        fitted = Calibration.fit([0.9], [0.1, 0.2], target_fpir=0.05)
        assert fitted.fixed == np.nextafter(0.2, 1)
        assert fitted.fpir == 0.0
        assert fitted.fpir_upper == pytest.approx(1 - 0.05 ** (1 / 2))  # none of two: the exact bound

    def test_no_known_people_are_needed(self) -> None:
        assert Calibration.fit([], [0.1], 0.1).fnir is None

    @given(mated=scores, strangers=scores, target=st.floats(0.01, 0.99))
    def test_it_is_the_lowest_threshold_that_keeps_the_target(
        self, mated: list[float], strangers: list[float], target: float
    ) -> None:
        fitted = Calibration.fit(mated, strangers, target)
        accepted = np.mean(np.array(strangers) >= fitted.fixed)
        assert accepted <= target + 1e-9
        assert fitted.fpir == pytest.approx(accepted)
        assert fitted.fnir == pytest.approx(np.mean([score < fitted.fixed for score in mated]))
        lower = np.nextafter(fitted.fixed, -np.inf)
        assert np.mean(np.array(strangers) >= lower) > target - 1e-9

    @given(accepted=st.integers(0, 20), probes=st.integers(1, 20))
    def test_the_upper_bound_is_exact(self, accepted: int, probes: int) -> None:
        if accepted >= probes:
            return
        strangers = np.concatenate([np.ones(accepted), np.zeros(probes - accepted)])
        fitted = Calibration.fit([], strangers, (accepted + 0.5) / (probes + 1))
        taken = round(fitted.fpir * probes)
        if fitted.fpir_upper < 1:
            assert stats.binom.cdf(taken, probes, fitted.fpir_upper) == pytest.approx(0.05, abs=1e-6)

    def test_bad_scores_are_refused(self) -> None:
        with pytest.raises(EncoderError, match="strangers"):
            Calibration.fit([0.5], [], 0.05)
        with pytest.raises(EncoderError, match="finite non-mated"):
            Calibration.fit([0.5], [np.nan], 0.05)
        with pytest.raises(EncoderError, match="finite mated"):
            Calibration.fit([np.inf], [0.5], 0.05)
        for target in (0.0, 1.0, float("nan")):
            with pytest.raises(EncoderError, match="FPIR"):
                Calibration.fit([0.5], [0.5], target)


class TestDoubts:
    calibration = Calibration(0.5, {"name": "knn_vote", "k": 50}, 0.05, 10, use_time_s=60)

    def test_inside_its_context_there_are_none(self) -> None:
        assert self.calibration.doubts(10, 60, {"name": "knn_vote", "k": 50, "soft": True}) == ()
        assert self.calibration.doubts(3, 600, "knn_vote") == ()

    def test_a_larger_gallery(self) -> None:
        (doubt,) = self.calibration.doubts(20, 60)
        assert "with 10 enrolled and 20 are" in doubt
        assert "10%" in doubt  # 1 - 0.95 ** 2

    def test_a_shorter_probe(self) -> None:
        (doubt,) = self.calibration.doubts(10, 20)
        assert "probes of 60 s and this one has 20 s" in doubt

    def test_another_rule(self) -> None:
        (doubt,) = self.calibration.doubts(10, 60, "prototype")
        assert "another match rule" in doubt

    def test_where_nothing_is_known_nothing_is_doubted(self) -> None:
        assert Calibration(0.5).doubts(10_000, 1.0) == ()


class TestJson:
    def test_there_and_back(self, tmp_path: Path) -> None:
        fitted = Calibration.fit(
            [0.9, 0.2], [0.1, 0.3], 0.4, gallery_size=4, use_time_s=60.0, enrolment="one session",
            match_rule={"name": "prototype"}, encoder="tiny-1-0123abcd",
        )  # fmt: skip
        fitted.save(tmp_path / "calibration.json")
        assert Calibration.load(tmp_path / "calibration.json") == fitted
        content = json.loads((tmp_path / "calibration.json").read_text())
        assert set(content) >= {
            "format_version", "match_rule", "fixed", "id", "target_fpir", "gallery_size", "enrolment", "use_time_s",
            "non_mated", "mated",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ([], "format version 2 was expected, but list"),
            ({}, "but version None"),
            ({"format_version": 9, "threshold": 1}, "but version 9"),
            ({"format_version": 2}, "'fixed'"),
            ({"format_version": 1, "threshold": "high"}, "finite threshold"),
            ({"format_version": 1, "threshold": None}, "finite threshold"),
            ({"format_version": 2, "fixed": 1, "fixd": 2}, "use 'fixed'"),
            ({"format_version": 1, "threshold": 1, "target_fpir": 7}, "target FPIR"),
            ({"format_version": 1, "threshold": 1, "gallery_size": -1}, "gallery_size"),
            ({"format_version": 1, "threshold": 1, "use_time_s": "long"}, "use_time_s"),
            ({"format_version": 1, "threshold": 1, "match_rule": {"name": "knn_vot"}}, "use 'knn_vote'"),
            ({"format_version": 1, "threshold": 1, "match_rule": 5}, "calibration"),
        ],
    )
    def test_wrong_content_is_refused(self, content: object, message: str, tmp_path: Path) -> None:
        path = tmp_path / "calibration.json"
        path.write_text(json.dumps(content))
        with pytest.raises(EncoderError, match=message) as caught:
            Calibration.load(path)
        assert str(path) in str(caught.value)

    def test_missing_and_damaged_files_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(EncoderError, match="No such file"):
            Calibration.load(tmp_path / "none.json")
        (tmp_path / "half.json").write_text('{"format_ver')
        with pytest.raises(EncoderError, match="not JSON"):
            Calibration.load(tmp_path / "half.json")

    @pytest.mark.parametrize("threshold", [float("nan"), float("inf"), True])
    def test_a_threshold_is_a_number(self, threshold: float) -> None:
        with pytest.raises(EncoderError, match="threshold"):
            Calibration(threshold)
