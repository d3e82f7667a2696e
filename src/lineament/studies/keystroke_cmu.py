"""Fixed-text keystrokes: the published detectors under their protocol, and an encoder trained on other people.

The detectors' table is Killourhy and Maxion's (DSN 2009). Our encoder answers the same trials: each person's later
repetitions, and the first five of everybody else. It was trained on neither the tested person nor the impostor.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lineament.datasets import Dataset
from lineament.evaluation.figures import evaluate_scores
from lineament.evaluation.score_evaluation import ScoreEvaluation
from lineament.evaluation.scores import Scores
from lineament.metrics import Interval, mean_interval
from lineament.recipes.recipe import Recipe
from lineament.studies.cells import Cells
from lineament.studies.installed import need_training
from lineament.studies.keystroke_detectors import DETECTORS, SPEED, Detector
from lineament.studies.keystroke_phrase import PLAIN, Phrase, Setting, choose, deal_errors, score_table
from lineament.studies.keystroke_trials import Deal, Plan, Taken, Typing, all_taken, trial_errors

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
Progress = Callable[[str], None]
COMPARED = (*DETECTORS, SPEED)
QUICK = tuple(detector for detector in COMPARED if detector.key not in ("auto-associative", "neural-network"))
"""Those that take a second in all."""
SEARCHED = (5, 200)
"""Repetitions that enrol where people are searched for."""


@dataclass(frozen=True, eq=False)
class Results:
    """Everybody's error rates.

    Parameters
    ----------
    subjects : tuple of str
    plan : Plan
    recipe : str
    detectors : dict
        From a detector's key and an enrolment's key to the rates (people,); enrolments too small for it are left out.
    ours : dict
        From a system and an enrolment's key to the rates (seeds, people).
    settings : list of Setting
        That were chosen, in every deal for every pair of groups.
    searches : dict
        From an enrolment's key to an open-set evaluation, of the first deal.
    """

    subjects: tuple[str, ...]
    plan: Plan
    recipe: str
    detectors: dict[str, dict[str, FloatArray]]
    ours: dict[str, dict[str, FloatArray]]
    settings: list[Setting]
    searches: dict[str, ScoreEvaluation]

    def rates(self, system: str, taken: Taken) -> FloatArray | None:
        """Return a system's error rate for each person, (people,), ours averaged over the deals."""
        if system in self.ours:
            return np.asarray(self.ours[system][taken.key].mean(axis=0))
        return self.detectors[system].get(taken.key)


def interval(rates: FloatArray, seed: int = 0) -> Interval:
    """Return the mean over people and its 95 % interval, people being resampled."""
    low, high = mean_interval(per_person=rates, seed=seed)
    return Interval(float(rates.mean()), float(low), float(high))


def run(
    dataset: Dataset,
    recipe: Recipe,
    out: Path,
    plan: Plan | None = None,
    *,
    detectors: tuple[Detector, ...] = COMPARED,
    progress: Progress = lambda _: None,
) -> Results:
    """Score everything; what an earlier run into the same folder has finished is taken from there.

    Parameters
    ----------
    dataset : Dataset
        Of one phrase, typed often by everybody.
    recipe : Recipe
        Of our encoder: `keystroke-phrase`.
    out : path
    plan : Plan, optional
    detectors : tuple of Detector
    progress : callable
        Told in words what begins.

    Raises
    ------
    MissingExtraError
        When torch is not installed.
    ProtocolError
        When the data set does not fit the plan.
    """
    need_training()
    plan = plan or Plan()
    progress("reading")
    typing = Typing.of(dataset, plan)
    amounts = {key: value for key, value in asdict(plan).items() if key not in ("seeds", "practised")}
    amounts |= {"practised": True} if plan.practised else {}
    setting = {"plan": amounts, "recipe": recipe.model_dump(mode="json"), "subjects": typing.subjects}
    cells = Cells(out / "cells", setting)
    rates = _detector_rates(typing, plan, detectors, cells, progress)
    phrase: Phrase | None = None
    ours: dict[str, dict[str, list[list[float]]]] = {}
    settings: list[Setting] = []
    for seed in plan.seeds:
        key = f"ours, deal {seed}"
        if key not in cells:
            progress(f"our encoder, deal {seed}")
            phrase = phrase or Phrase(typing, recipe)
            errors, chosen = deal_errors(phrase, plan, seed)
            cells[key] = {"errors": errors, "settings": [asdict(one) for one in chosen]}
        found = cells[key]
        settings += [Setting(**one) for one in found["settings"]]
        for system, by_taken in found["errors"].items():
            for taken, values in by_taken.items():
                ours.setdefault(system, {}).setdefault(taken, []).append(values)
    searches: dict[str, ScoreEvaluation] = {}
    if not plan.practised:  # everybody who searches is practised
        progress("searching")
        searches = search(phrase or Phrase(typing, recipe), plan)
    stacked = {name: {key: np.array(rows) for key, rows in by.items()} for name, by in ours.items()}
    return Results(typing.subjects, plan, recipe.name, rates, stacked, settings, searches)


def _detector_rates(
    typing: Typing, plan: Plan, detectors: tuple[Detector, ...], cells: Cells, progress: Progress
) -> dict[str, dict[str, FloatArray]]:
    """Return each detector's rates for each enrolment that is enough for it."""
    probes = typing.probes(plan)
    genuine = typing.repetitions - plan.enrolled
    rates: dict[str, dict[str, FloatArray]] = {}
    for detector in detectors:
        rates[detector.key] = {}
        for taken in all_taken(plan):
            if taken.amount < detector.least:
                continue
            key = f"{detector.key} {taken.key}"
            if key not in cells:
                progress(f"{detector.label}, {taken.key}")
                scores = detector.train(typing.times[:, taken.rows])(probes)
                cells[key] = trial_errors(scores, genuine).tolist()
            rates[detector.key][taken.key] = np.array(cells[key])
    return rates


def search(phrase: Phrase, plan: Plan) -> dict[str, ScoreEvaluation]:
    """Return how well people are found among many, and strangers told: two groups enrol, one is of strangers.

    The others train. Every later repetition of those who enrolled, and of the strangers, is one search.
    """
    deal = Deal.drawn(len(phrase.typing.subjects), plan.groups, plan.seeds[0])
    enrolled, strangers = np.concatenate(deal.groups[:2]), deal.groups[2]
    train = np.concatenate(deal.groups[3:])
    chosen = choose(phrase, train, plan)
    vectors = phrase.embedded(train, chosen.session_weight)
    found = {}
    for amount in SEARCHED:
        if amount in plan.amounts:
            taken = Taken(amount, plan.enrolled, latest=True)
            table = score_table(vectors, taken, train, chosen.norms[taken.key])
            found[taken.key] = evaluate_scores(_searched(table, phrase.typing, enrolled, strangers, plan))
    return found


def _searched(table: FloatArray, typing: Typing, enrolled: IntArray, strangers: IntArray, plan: Plan) -> Scores:
    """Return the scores of every later repetition of some people with those who are enrolled."""
    people = np.concatenate([enrolled, strangers])
    values = table[people, plan.enrolled :][:, :, enrolled]
    names = np.array(typing.subjects)
    probes = pd.DataFrame({"subject": np.repeat(names[people], values.shape[1])})
    references = pd.DataFrame({"subject": names[enrolled]})
    return Scores.from_matrix(values.reshape(-1, len(enrolled)), probes=probes, references=references, name=PLAIN)
