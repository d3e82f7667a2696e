"""How hard simulated typists are to tell apart: set against `keystroke-cmu` by one detector.

The detector, the scaled Manhattan distance, learns from one person's repetitions alone; trials are those of Killourhy
and Maxion (DSN 2009). Three enrolments are looked at: the first five repetitions of the password ever typed, the latest
five of the two hundred before the tests, and all of these.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lineament.datasets import Dataset
from lineament.datasets.simulate.keyboard import SHIFT
from lineament.datasets.simulate.typing import type_phrase
from lineament.datasets.simulate.typists import simulate_typist
from lineament.studies.keystroke_detectors import manhattan_scaled
from lineament.studies.keystroke_trials import Plan, Taken, Typing, trial_errors

FloatArray = NDArray[np.float64]
PASSWORD, SESSIONS, REPETITIONS = ".tie5Roanl\n", 8, 50
TAKEN = (Taken(5, 200), Taken(5, 200, latest=True), Taken(200, 200))
TOLERANCE = 0.03
"""Largest difference of the mean EER, the latest five or all two hundred enrolled, at which both count as alike."""
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Difficulty:
    """How well the detector tells typists apart.

    Parameters
    ----------
    people : int
    mean_eer : dict
        From an enrolment's key to the mean over people of their equal error rates.
    hold_s, step_s : float
        Geometric means of the seconds a key is held, and from press to press.
    overlaps : float
        Share of keys that are pressed before the one before is released.
    """

    people: int
    mean_eer: dict[str, float]
    hold_s: float
    step_s: float
    overlaps: float


@dataclass(frozen=True)
class Comparison:
    """Real beside simulated typists."""

    real: Difficulty
    simulated: tuple[Difficulty, ...]

    @property
    def alike(self) -> bool:
        """Whether the mean EER differs little enough, once they are practised."""
        return all(abs(self.mean(taken.key) - self.real.mean_eer[taken.key]) <= TOLERANCE for taken in TAKEN[1:])

    def mean(self, key: str) -> float:
        """Return an enrolment's mean EER over the simulated populations."""
        return float(np.mean([each.mean_eer[key] for each in self.simulated]))

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "measure": "mean EER of the scaled Manhattan distance, trials of Killourhy and Maxion",
            "tolerance": TOLERANCE,
            "alike": self.alike,
            "real": vars(self.real),
            "simulated": [vars(each) for each in self.simulated],
        }


def compare(
    real: Dataset, *, populations: int = 3, seed: int = 0, progress: Progress = lambda what, done, of: None
) -> Comparison:
    """Measure the people of a password, and as many simulated ones, several populations of them, in the same way.

    Raises
    ------
    ProtocolError
        When people typed it too seldom.
    """
    progress("measuring", 0, populations + 1)
    found = difficulty(Typing.of(real, Plan()).times)
    simulated = []
    for number in range(populations):
        progress("measuring", number + 1, populations + 1)
        simulated.append(difficulty(simulated_times(found.people, seed + number)))
    progress("measuring", populations + 1, populations + 1)
    return Comparison(found, tuple(simulated))


def simulated_times(people: int, seed: int) -> FloatArray:
    """Return the timing vectors (people, 400, 31) of simulated typists of CMU's password, shift and r one key."""
    tables = []
    for index in range(people):
        typist = simulate_typist(seed, index)
        sessions = [type_phrase(typist, session, PASSWORD, REPETITIONS) for session in range(1, SESSIONS + 1)]
        kept = sessions[0][2] != SHIFT
        press, release = (np.concatenate([typed[side] for typed in sessions])[:, kept] for side in (0, 1))
        tables.append(np.hstack([release - press, np.diff(press, axis=1), press[:, 1:] - release[:, :-1]]))
    return np.stack(tables)


def difficulty(times: FloatArray) -> Difficulty:
    """Return how hard people are to tell apart by their timing vectors (people, repetitions, 3 keys - 2)."""
    plan, keys = Plan(), (times.shape[2] + 2) // 3
    first = times[:, : plan.impostors]
    people = np.arange(len(times))
    strange = np.stack([first[people != person].reshape(-1, times.shape[2]) for person in people])
    probes = np.concatenate([times[:, plan.enrolled :], strange], axis=1)
    genuine = times.shape[1] - plan.enrolled
    errors = {
        taken.key: float(trial_errors(manhattan_scaled(times[:, taken.rows])(probes), genuine).mean())
        for taken in TAKEN
    }
    holds, steps, flights = np.split(times, [keys, 2 * keys - 1], axis=2)
    hold, step = (float(np.exp(np.log(np.maximum(part, 1e-3)).mean())) for part in (holds, steps))
    return Difficulty(len(times), errors, hold, step, float((flights < 0).mean()))
