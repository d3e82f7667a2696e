"""What ``typing-simulated`` learns and is calibrated by: many phrases, so that it serves whichever somebody chooses.

Those who train type one of many phrases each, so that what parts two people of one phrase must be learned, whatever the
phrase. Those who calibrate type other phrases, common words of 16 to 28 keys, a group each: a stranger types the phrase
of those who are enrolled, as in use. One threshold serves all of these: `promises_by_phrase` says how far one of them
lies from what is promised. Strangers to shorter phrases, and to passwords, are more alike: calibrate for such a
one on simulated typists of that very phrase (`lineament simulate keystrokes --phrase`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lineament.datasets import Dataset
from lineament.datasets.simulate.keyboard import SHIFT
from lineament.datasets.simulate.typing import simulated_typing
from lineament.datasets.simulate.typing_text import random_phrase, word_phrase
from lineament.decisions import Calibration
from lineament.encoder import Encoder
from lineament.evaluation.calibrating import (
    ValidationScores,
    calibration_of,
    enrol_and_use,
    use_time,
    validation_scores,
)
from lineament.evaluation.tracks import embed_track, merge_tracks
from lineament.metrics import pooled_interval
from lineament.recipes.components import Component
from lineament.signals import Sample

PHRASES, SESSIONS, TYPED, TAKEN = 60, 3, 40, (1, 5, 12, 24, 40)
"""Of those who train: phrases, sessions, repetitions in a session, and those of them that are looked at."""
ENROLLED = 5
"""Repetitions that enrol, and that probe one by one."""
CALIBRATING, JUDGING = 5, 6
"""Phrases by which the encoder is calibrated, and by which it is judged."""
RATES = (0.05, 0.01)
Progress = Callable[[str, int], Iterable[int]]


def phrases(count: int, seed: int) -> list[str]:
    """Return phrases of common words by lot."""
    rng = np.random.default_rng(seed)
    return [word_phrase(rng) for _ in range(count)]


def training_people(count: int, seed: int) -> Dataset:
    """Return people who type one of many phrases each, from the first time to the hundred and twentieth.

    With every other phrase the shift key is no stroke of its own, as in some sets of real people.
    """
    rng = np.random.default_rng(seed)
    typed = [random_phrase(rng) for _ in range(PHRASES)]
    people = simulated_typing(count, SESSIONS, seed=seed, phrase=typed, repetitions=TYPED)

    def load(row: Mapping[str, Any]) -> Sample:
        sample = people.loader(row)
        return without_shift(sample) if int(row["_person"]) % PHRASES % 2 else sample

    return replace(people, loader=load).filter(repetition=TAKEN)  # type: ignore[arg-type]


def without_shift(sample: Sample) -> Sample:
    """Return keystrokes without those of the shift key.

    Examples
    --------
    >>> from lineament.signals.keystrokes import keystroke_sample
    >>> len(without_shift(keystroke_sample([0.0, 0.2, 0.3], [0.5, 0.3, 0.4], ["Shift", "a", "b"])))
    2
    """
    kept = sample.column("key") != SHIFT
    return sample.replace(values=sample.values[kept], times=sample.times[kept])


def calibrate(
    encoder: Encoder, rule: Component, count: int, seed: int, target: float, progress: Progress
) -> Calibration:
    """Return the calibration on people in groups of one phrase each; nobody is a stranger to another phrase's group."""
    groups = group_scores(encoder, rule, phrases(CALIBRATING, seed), count, seed, progress)
    joined = ValidationScores(
        np.concatenate([group.known for group in groups]),
        np.concatenate([group.strangers for group in groups]),
        tuple(who for group in groups for who in group.people),
        # a column holds one person of each group: of whose own no stranger's score tells
        tuple(f"place {place}" for place in range(len(groups[0].subjects))),
        groups[0].others,
    )
    enrolment = (
        f"{ENROLLED} repetitions of a phrase of common words, 16 to 28 keys; {count} simulated people, "
        f"{CALIBRATING} phrases"
    )
    use_s = use_time(encoder.encoding, encoder.window, 0.0)
    found = calibration_of(
        joined, rule, target_fpir=target, use_s=use_s, unit=encoder.encoding.unit, enrolment=enrolment
    )
    return replace(found, encoder=encoder.id)


def group_scores(
    encoder: Encoder, rule: Component, typed: Sequence[str], count: int, seed: int, progress: Progress
) -> list[ValidationScores]:
    """Return the scores of as many groups as there are phrases, of people who enrol and come back on another day."""
    each, found = count // len(typed), []
    for place in progress("embedding", len(typed)):
        who = range(place * each, (place + 1) * each)
        people = simulated_typing(who, 2, seed=seed, phrase=typed[place], repetitions=ENROLLED)
        tracks = [track for sample in people if (track := embed_track(encoder, sample, stride_s=encoder.stride_s))]
        scores = validation_scores(
            *enrol_and_use(merge_tracks(tracks)), rule, metric=encoder.metric, use_s=float(encoder.window)
        )
        assert scores is not None
        found.append(scores)
    return found


def promises_by_phrase(
    encoder: Encoder, rule: Component, count: int, seed: int, progress: Progress
) -> list[dict[str, Any]]:
    """Return what strangers get of what was promised, for each of several phrases that nobody was calibrated by.

    Half of a phrase's people enrol, the others are strangers to them.
    """
    assert encoder.calibration is not None
    typed, rows = phrases(JUDGING, seed + 1), []
    for phrase, scores in zip(typed, group_scores(encoder, rule, typed, count, seed, progress), strict=True):
        enrolled = np.arange(len(scores.subjects)) % 2 == 0
        inside = {who for who, kept in zip(scores.subjects, enrolled, strict=True) if kept}
        strange = np.array([who not in inside for who in scores.people])
        best = scores.strangers[strange][:, enrolled].max(axis=1)
        names = [who for who, apart in zip(scores.people, strange, strict=True) if apart]
        for rate in RATES:
            threshold = encoder.calibration.threshold(fpir=rate, gallery_size=int(enrolled.sum())).value
            named = pooled_interval(correct=best >= threshold, subjects=names, seed=0)
            missed = float((scores.known[~strange] < threshold).mean())
            keys = len(phrase)
            rows.append({"keys": keys, "fpir": rate, "measured": named.as_json(), "missed": missed})
    return rows
