"""Who trains and who is tested; that figures of all seeds together are those of each; a run that goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lineament.datasets.simulate.browsing import simulated_browsing
from lineament.errors import ProtocolError
from lineament.evaluation import evaluate_scores
from lineament.recipes.recipe import Recipe, with_changes
from lineament.studies import web_bpu150, web_bpu150_report
from lineament.studies.web_bpu150 import System, WebStudy, developers, sides
from lineament.studies.web_bpu150_figures import Figures, comparisons, drift, score_file, searches

PEOPLE = [f"p{number:03d}" for number in range(150)]


def test_nobody_who_trains_or_develops_is_tested() -> None:
    watched = set(developers(PEOPLE))
    assert len(watched) == 30
    for seed in range(3):
        who = sides(PEOPLE, seed)
        assert len(who.train) == len(who.test) == 60
        assert not set(who.train) & set(who.test)
        assert not watched & {*who.train, *who.test}
    assert sides(PEOPLE, 0).test != sides(PEOPLE, 1).test
    with pytest.raises(ProtocolError, match="34 people or more"):
        sides(PEOPLE[:30], 0)


def judged(seed: int, people: int = 8, probes: int = 6) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    subjects = sorted(rng.choice([f"p{number}" for number in range(20)], people, replace=False).tolist())
    who = [name for name in subjects for _ in range(probes)]
    scores = rng.normal(size=(len(who), people)) + 1.5 * (np.array(who)[:, None] == np.array(subjects))
    found = {"subjects": subjects, "people": who, "weeks": [1, 2, 3, 5, 8, 12] * people, "scores": scores.tolist()}
    near = {"same": scores.tolist(), "same_people": who, "later": scores.tolist()}
    return {**found, "pairs": (rng.random((len(who), 5)) < 0.7).tolist(), "seconds": 2.0, "drift": near}


def test_figures_of_all_seeds_together_are_the_mean_of_each_where_all_have_as_many_probes() -> None:
    results = [judged(0), judged(1)]
    both, each = Figures.of(results, replicates=20), [Figures.of([result], replicates=20) for result in results]
    assert both.rank_one.estimate == pytest.approx(np.mean([one.rank_one.estimate for one in each]))
    assert both.probes == sum(one.probes for one in each)
    assert both.pairs.estimate == pytest.approx(np.mean([np.mean(result["pairs"]) for result in results]))


def test_half_a_gallery_is_judged_as_the_score_file_is() -> None:
    result = judged(3)
    found = evaluate_scores(score_file(result), fpir=(0.1,), ranks=(1,), replicates=20)
    half = searches([(result, 0)], replicates=20)
    assert half.rank_rate(1).estimate == pytest.approx(found.figure("rank_1").estimate)
    assert half.open_set_equal_error_rate().estimate == pytest.approx(found.figure("open_set_eer").estimate)
    whole = comparisons([result], replicates=20).equal_error_rate().estimate
    assert 0 < whole < 0.5


def test_galleries_of_several_sizes_stand_side_by_side() -> None:
    small, large = judged(0, people=5), judged(1, people=8)
    both = searches([(small, None), (large, None)], replicates=20)
    alone = [searches([(one, None)], replicates=20).rank_rate(1).estimate for one in (small, large)]
    assert both.rank_rate(1).estimate == pytest.approx((30 * alone[0] + 48 * alone[1]) / 78)


def test_later_weeks_are_told_apart() -> None:
    found = drift([judged(0)], replicates=20)
    assert list(found) == ["the same weeks", "1 to 2 weeks later", "3 to 4", "5 to 8", "9 and more"]
    assert [probes for probes, _ in found.values()] == [48, 16, 8, 16, 8]


class Small(System):
    """A system with a small vocabulary, trained for two steps."""

    def load(self, length: int) -> Recipe:
        recipe = with_changes(super().load(length), ["encoding.sites=300"])
        if self.descends:
            steps = [f"training.{key}=2" for key in ("steps", "steps_per_epoch", "subjects_per_batch")]
            return with_changes(recipe, ["network.cells=8", "training.crop_frames=10", *steps])
        return with_changes(recipe, ["encoding.buckets=50"])


def test_a_run_trains_judges_reports_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_bpu150, "DEVELOPERS", 3)
    monkeypatch.setattr(web_bpu150, "DRIFT_LENGTH", 40)
    monkeypatch.setattr(web_bpu150_report, "DRIFT_LENGTH", 40)
    systems = [Small(one.key, one.label, one.recipe, one.descends) for one in web_bpu150.SYSTEMS]
    study = WebStudy(simulated_browsing(13, sessions=4), tmp_path)

    def progress(what: str, total: int) -> Any:
        return range(total)

    results = web_bpu150_report.run(study, (0,), systems=systems, lengths=(40,), progress=progress)
    page = web_bpu150_report.report(results)
    assert page.data["systems"]["tf-idf"]["40"]["rank_one"]["estimate"] > 1 / 6
    assert "sim0" not in json.dumps(page.data)
    assert "There half is chance" in page.markdown()
    assert "DIR (R = 1) at FPIR 0.1" in page.markdown()
    monkeypatch.setattr(WebStudy, "judge", lambda *_: pytest.fail("judged again"))
    again = web_bpu150_report.run(study, (0,), systems=systems, lengths=(40,), progress=progress)
    assert web_bpu150_report.numbers(again) == page.data
