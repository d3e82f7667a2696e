"""The study of free text: who stands where, what a score is, and a whole small run that is taken up again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from lineament.cli import app
from lineament.datasets import Dataset, open_dataset
from lineament.errors import ProtocolError
from lineament.metrics import equal_error_rate
from lineament.recipes.recipe import load_recipe, to_yaml, with_changes
from lineament.studies.keystroke_aalto import (
    HEADLINE,
    MEAN_OF_FIVE,
    PROBES,
    RATIO,
    RULES,
    SENTENCES,
    TEMPLATE,
    Sides,
    equal_error_rates,
    figures_of,
    first_keys,
    scores_of,
)
from lineament.studies.keystroke_aalto_run import System, recipes_of_curve

PEOPLE = 22


def write_typists(folder: Path) -> Dataset:
    """Made-up people, each with a pace and a way to hold each of eight keys, in the set's layout."""
    rng, rows = np.random.default_rng(0), []
    for person in range(PEOPLE):
        pace, holds = rng.uniform(90, 260), rng.uniform(60, 140, 8)
        for sentence in range(SENTENCES):
            keys = rng.integers(0, 8, 20 + sentence % 7)
            press = np.cumsum(rng.gamma(8, pace / 8, len(keys))).round()
            release = (press + holds[keys] * rng.uniform(0.9, 1.1, len(keys))).round()
            rows.append(
                pd.DataFrame(
                    {"subject": person, "sentence": sentence, "press_ms": press - press[0],
                     "release_ms": release - press[0], "keycode": 65 + keys}
                )
            )  # fmt: skip
    pd.concat(rows).to_parquet(folder / "keystrokes.parquet")
    return open_dataset(folder)


def vectors(people: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    middles = rng.standard_normal((people, 1, 6))
    return (middles + 0.5 * rng.standard_normal((people, SENTENCES, 6))).astype(np.float32)


def test_sides_are_drawn_by_lot_and_apart(tmp_path: Path) -> None:
    data = write_typists(tmp_path)
    sides = Sides.of(data, tested=6, validating=4)
    assert (len(sides.test), len(sides.validation), len(sides.train)) == (6, 4, PEOPLE - 10)
    assert set(sides.test) | set(sides.validation) | set(sides.train) == set(data.subjects())
    assert sides == Sides.of(data, tested=6, validating=4)
    assert sides != Sides.of(data, tested=6, validating=4, seed=1)
    assert sides.fewer(5).train == sides.train[:5]
    with pytest.raises(ProtocolError, match="whole set"):
        Sides.of(data)


def test_a_sentence_is_cut_to_its_first_keys(tmp_path: Path) -> None:
    sample = write_typists(tmp_path).load(0)
    assert len(first_keys(sample, None)) == len(sample) > 12
    cut = first_keys(sample, 12)
    assert np.array_equal(cut.values, sample.values[:12])


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("together", [1, 5])
def test_every_probe_meets_everybody(rule: str, together: int) -> None:
    tested = vectors(7, 1)
    scores = scores_of(tested, RULES[rule], metric="euclidean", cohort=vectors(40, 2), together=together)
    assert scores.values.shape == (7 * PROBES // together, 7)
    best = scores.matrix().argmax(1)
    assert (best == np.repeat(np.arange(7), PROBES // together)).mean() > 0.9


def test_the_mean_of_five_is_the_mean_distance_to_what_enrolled() -> None:
    tested = vectors(3, 3)
    scores = scores_of(tested, RULES[MEAN_OF_FIVE], metric="euclidean").matrix()
    wanted = -np.mean([np.linalg.norm(tested[1, 5 + 2] - one) for one in tested[2, :5]])
    assert scores[PROBES + 2, 2] == pytest.approx(wanted, abs=1e-5)


def test_a_persons_rate_is_that_of_the_scores_with_that_person() -> None:
    scores = scores_of(vectors(5, 4), RULES[TEMPLATE])
    rates, table = equal_error_rates(scores), scores.matrix()
    own = slice(2 * PROBES, 3 * PROBES)
    others = np.delete(table[:, 2], np.r_[own])
    assert rates[2] == pytest.approx(equal_error_rate(mated=table[own, 2], non_mated=others))
    figures = figures_of(scores, replicates=20)
    assert figures["person_eer"]["estimate"] == pytest.approx(rates.mean())
    mated = np.concatenate([table[who * PROBES : (who + 1) * PROBES, who] for who in range(5)])
    apart = np.concatenate([np.delete(table[:, who], np.r_[who * PROBES : (who + 1) * PROBES]) for who in range(5)])
    assert figures["eer"]["estimate"] == pytest.approx(equal_error_rate(mated=mated, non_mated=apart))


def test_an_encoder_of_the_curve_says_how_long_it_was_trained() -> None:
    free, fixed = load_recipe("keystroke-free"), load_recipe("keystroke-statistics")
    short = recipes_of_curve((free, fixed), 7)
    assert short[0].training.steps == 7
    assert System(short).name == "keystroke-free (7 steps) + keystroke-statistics"
    assert short[1] is fixed


def test_a_run_reports_and_is_taken_up_where_it_stopped(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    write_typists(tmp_path / "data")
    changes = ["training.steps=4", "training.steps_per_epoch=4", "training.subjects_per_batch=4"]
    small = ["network.channels=16", "network.kinds=4", "network.dim=16", "encoding.length=24", "window.frames=24"]
    for name, more in (("keystroke-free", small), ("keystroke-typenet", ["network.hidden=8"])):
        (tmp_path / f"{name}.yaml").write_text(to_yaml(with_changes(load_recipe(name), [*changes, *more])))
    command = ["reproduce", "keystroke-aalto", "--data", str(tmp_path / "data"), "--out", str(tmp_path / "out")]
    command += ["--recipe", str(tmp_path / "keystroke-free.yaml"), "--recipe", "keystroke-statistics"]
    command += ["--rival", str(tmp_path / "keystroke-typenet.yaml"), "--tested", "6", "--validating", "4"]
    command += ["--curve", "4,12", "--curve-steps", "2", "--replicates", "20"]
    first = CliRunner().invoke(app, command, catch_exceptions=False)
    assert first.exit_code == 0
    page = (tmp_path / "out" / "keystroke-aalto.md").read_text()
    assert "Same session" in page
    assert page.count(HEADLINE) >= 5
    assert f"| keystroke-free + keystroke-statistics | 50 | {RATIO} |" in page
    for file in (tmp_path / "out" / "models").rglob("*.ckpt"):
        file.unlink()  # nothing is trained, embedded or compared again
    again = CliRunner().invoke(app, command, catch_exceptions=False)
    assert again.exit_code == 0
    assert (tmp_path / "out" / "keystroke-aalto.md").read_text() == page
