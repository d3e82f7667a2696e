"""Simulated typing: people who type a phrase again and again, or sentences; made when it is read, never stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lineament.datasets.dataset import Dataset
from lineament.datasets.simulate.keyboard import BACKSPACE, SHIFT, Stroke, strokes
from lineament.datasets.simulate.typing_text import sentence
from lineament.datasets.simulate.typists import Typist, simulate_typist
from lineament.errors import LineamentError
from lineament.signals.key_codes import CODES
from lineament.signals.keystrokes import keystroke_sample
from lineament.signals.sample import Sample

FloatArray = NDArray[np.float64]
SESSION, PHRASE, SENTENCE = 32, 33, 34
"""Tags of the streams of random numbers of a session, of what it adds for each key, and of a sentence."""
DAY = {"hold": (0.04, 0.04), "pace": (0.05, 0.06), "holds": (0.035, 0.045), "steps": (0.06, 0.08)}
"""How somebody's typing differs from one session to another, as a whole and key by key: from day to day, and by what a
session adds to all that follow it."""
BOUT = {"hold": 0.07, "pace": 0.11}
LASTING = 0.35
"""How one repetition differs from the next as a whole, and how much of that lasts until the one after it."""
PRACTICE, NEW = ((0.6, 12.0), (0.4, 150.0)), 0.6
"""How slow a new phrase is: shares, and repetitions after which a third is left; how unevenly so from key to key."""
HEAVY = 4.0
"""Degrees of freedom of Student's law, by which one keystroke differs from the next: most are alike, some far off."""
FREE = 1.5
"""How many times less steady free text is than a phrase that is typed again and again."""
SOONEST_S, SHORTEST_S = 0.012, 0.012


def simulated_typing(
    people: int | Iterable[int],
    sessions: int = 2,
    *,
    seed: int = 0,
    phrase: str | Sequence[str] | None = None,
    repetitions: int = 10,
    sentences: int = 8,
) -> Dataset:
    """Return what simulated people type as a data set, a sample a repetition or sentence.

    Parameters
    ----------
    people : int or iterable of int
        How many, or which: person 7 of a seed is the same in every data set, so ``range(100, 120)`` are strangers to
        ``100``.
    sessions : int
        Of each person, on different days.
    seed : int
        The population's.
    phrase : str or sequence of str, optional
        What everybody types, again and again; of several, person i types the i-th, and from their number on, again the
        first. Without it everybody types sentences of their own.
    repetitions : int
        Of the phrase, in each session.
    sentences : int
        In each session, where there is no phrase.

    Raises
    ------
    LineamentError
        When there are no people, sessions, repetitions or sentences, or a character lies on no key.

    Examples
    --------
    >>> data = simulated_typing(3, sessions=2, seed=5, phrase="open sesame", repetitions=4)
    >>> print(data)
    simulated-typing-5: 24 samples of 3 subjects in 2 to 2 sessions each
    >>> data.load(0).subject, data.load(0).session, len(data.load(0))
    ('sim5-00000', 'S001', 11)
    """
    which = range(people) if isinstance(people, int) else list(people)
    takes = sentences if phrase is None else repetitions
    phrases = [phrase] if isinstance(phrase, str) else list(phrase or ())
    told = phrase is None or (bool(phrases) and all(phrases))
    if not len(which) or min(sessions, takes) < 1 or not told:
        raise LineamentError(
            "simulated typing: at least one person, session, and repetition or sentence",
            f"{len(which)}, {sessions} and {takes if told else 'an empty phrase'}",
            "ask for more",
        )
    rows = [
        {
            "subject": f"sim{seed}-{index:05d}",
            "session": f"S{session:03d}",
            "repetition": take,
            "simulated": True,
            "_person": index,
            "_session": session,
        }
        for index in which
        for session in range(1, sessions + 1)
        for take in range(1, takes + 1)
    ]
    typist = lru_cache(maxsize=1)(lambda index: simulate_typist(seed, index))
    typed = lru_cache(maxsize=1)(
        lambda index, session: type_phrase(typist(index), session, phrases[index % len(phrases)], takes)
    )

    def load(row: Mapping[str, Any]) -> Sample:
        index, session, take = int(row["_person"]), int(row["_session"]), int(row["repetition"])
        if not phrases:
            press, release, codes = type_sentence(typist(index), session, take)
        else:
            presses, releases, codes = typed(index, session)
            press, release = presses[take - 1], releases[take - 1]
        return keystroke_sample(
            press,
            release,
            codes,
            subject=row["subject"],
            session=row["session"],
            attributes={"repetition": take, "simulated": True},
            source=f"simulated {row['subject']}, {row['session']}, {take}",
        )

    return Dataset(f"simulated-typing-{seed}", pd.DataFrame(rows), load, licence="Apache-2.0", citation="simulated")


def type_phrase(
    typist: Typist, session: int, phrase: str, repetitions: int
) -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
    """Return presses and releases (repetitions, T), seconds, and codes (T,) of a phrase that is typed again and again.

    Parameters
    ----------
    typist : Typist
    session : int
        Counted from 1; another session is another day.
    phrase : str
    repetitions : int
    """
    todo = strokes(phrase)
    rng = np.random.default_rng([SESSION, typist.seed, typist.index, session, *phrase.encode()])
    course = _course(rng, repetitions)
    done = (session - 1) * repetitions + np.arange(repetitions)
    novelty = typist.learning * np.stack([share * np.exp(-done / lasts) for share, lasts in PRACTICE]).sum(0)[:, None]
    uneven = np.random.default_rng([PHRASE, typist.seed, typist.index, *phrase.encode()]).standard_normal(len(todo))
    slow = course[1][:, None] + novelty * (1 + NEW * uneven)
    return _typed(typist, session, rng, todo, course[0][:, None], slow, 1 + 0.4 * novelty)


def type_sentence(typist: Typist, session: int, number: int) -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
    """Return presses and releases (T,), seconds, and codes (T,) of a sentence of the typist's own, with its errors."""
    rng = np.random.default_rng([SENTENCE, typist.seed, typist.index, session, number])
    todo = _with_errors(strokes(sentence(rng)), typist.errors, rng)
    hold, pace = (np.array([[0.6 * BOUT[name] * rng.standard_normal()]]) for name in ("hold", "pace"))
    press, release, codes = _typed(typist, session, rng, todo, hold, pace, np.array([[FREE]]))
    return press[0], release[0], codes


def _typed(
    typist: Typist,
    session: int,
    rng: np.random.Generator,
    todo: list[Stroke],
    hold: FloatArray,
    pace: FloatArray,
    unsteady: FloatArray,
) -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
    """Return presses, releases (N, T) and codes (T,) of strokes typed N times.

    Parameters
    ----------
    hold, pace : arrays (N, 1) or (N, T)
        How much longer keys are held, and how much later they follow.
    unsteady : array (N, 1)
        How many times less steady than a phrase that is well known.
    """
    codes = np.array([stroke.code for stroke in todo])
    before = np.concatenate([codes[:1], codes[:-1]])
    shape = len(hold), len(codes)
    hold_today, pace_today, holds_today, steps_today = _today(typist, session)
    held = typist.hold + hold_today + typist.holds[codes] + holds_today[codes] + hold
    held = held + np.sqrt(unsteady) * typist.hold_noise * _noise(rng, shape)
    step = typist.pace + pace_today + typist.steps[before, codes] + steps_today[codes] + pace
    step = step + unsteady * typist.pace_noise * _noise(rng, shape)
    stumbling = rng.random(shape) < unsteady * typist.stumbles
    step = step + stumbling * np.abs(rng.standard_normal(shape))
    press = np.cumsum(np.maximum(np.exp(step), SOONEST_S), axis=1)
    release = press + np.maximum(np.exp(held), SHORTEST_S)
    return _with_shift(press - press[:, :1], release - press[:, :1], todo, np.exp(0.4 * step), rng)


def _noise(rng: np.random.Generator, shape: tuple[int, ...]) -> FloatArray:
    """Return noise of unit variance with heavy tails."""
    return np.asarray(rng.standard_t(HEAVY, shape) * np.sqrt((HEAVY - 2) / HEAVY))


def _today(typist: Typist, session: int) -> tuple[float, float, FloatArray, FloatArray]:
    """Return how a session differs: holds and pace as a whole, and key by key (256,)."""
    drawn = np.random.default_rng([SESSION, typist.seed, typist.index]).standard_normal((session, 2, 2 + 2 * CODES))
    once, lasting = drawn[-1, 0], drawn[:, 1].sum(axis=0)
    parts = zip(DAY.values(), np.split(np.arange(2 + 2 * CODES), [1, 2, 2 + CODES]), strict=True)
    hold, pace, holds, steps = (brief * once[where] + longer * lasting[where] for (brief, longer), where in parts)
    return float(hold[0]), float(pace[0]), holds, steps


def _with_shift(
    press: FloatArray, release: FloatArray, todo: list[Stroke], reach: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
    """Return presses, releases and codes with a stroke of the shift key before and around each run of shifted keys."""
    codes: list[int] = []
    presses: list[FloatArray] = []
    releases: list[FloatArray] = []
    late = np.zeros(len(press))
    for place, stroke in enumerate(todo):
        if stroke.shifted and not (place and todo[place - 1].shifted):
            run = next((end for end in range(place, len(todo)) if not todo[end].shifted), len(todo))
            lead = 0.35 * reach[:, place] * np.exp(0.15 * rng.standard_normal(len(press)))
            presses.append(press[:, place] + late)
            late = late + lead
            releases.append(press[:, run - 1] + late + 0.6 * (release - press)[:, run - 1])
            codes.append(SHIFT)
        presses.append(press[:, place] + late)
        releases.append(release[:, place] + late)
        codes.append(stroke.code)
    return np.stack(presses, axis=1), np.stack(releases, axis=1), np.array(codes)


def _course(rng: np.random.Generator, repetitions: int) -> tuple[FloatArray, FloatArray]:
    """Return how much longer keys are held, and how much slower they follow, in each repetition (repetitions,)."""
    fresh = rng.standard_normal((repetitions, 2))
    course = np.empty_like(fresh)
    state = fresh[0]
    for place in range(repetitions):
        state = fresh[0] if place == 0 else LASTING * state + np.sqrt(1 - LASTING**2) * fresh[place]
        course[place] = state
    return BOUT["hold"] * course[:, 0], BOUT["pace"] * course[:, 1]


def _with_errors(todo: list[Stroke], share: float, rng: np.random.Generator) -> list[Stroke]:
    """Return strokes among which some are wrong ones, each taken back and done again."""
    done: list[Stroke] = []
    for stroke in todo:
        if rng.random() < share and 65 <= stroke.code <= 90:
            wrong = 65 + (stroke.code - 65 + int(rng.integers(1, 26))) % 26
            done += [Stroke(wrong), Stroke(BACKSPACE)]
        done.append(stroke)
    return done
