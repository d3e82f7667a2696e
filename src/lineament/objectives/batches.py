"""Subject-balanced batches: m windows for each of P people, a pure function of the seed and the step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lineament.errors import RecipeError

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class SubjectBatches:
    """Which window of which subject goes into which batch.

    Nothing is remembered from one batch to the next: batch ``step`` depends on the seed and the step alone, so that
    a run resumes where it stopped by asking for the next step.

    Parameters
    ----------
    windows : tuple of int
        How many windows each subject has (random starts: every start counts).
    subjects_per_batch : int
        P; where there are fewer subjects, all of them.
    windows_per_subject : int
        m; drawn with equal chance, with replacement only where a subject has fewer than m.
    seed : int
    sessions : tuple of int array (windows,), optional
        Of each subject, the session that each of its windows is from: the windows of a batch are taken from its
        sessions in turn, the first by lot, so that what a session has in common does not stand for its subject.

    Examples
    --------
    >>> batches = SubjectBatches((100, 50, 70), subjects_per_batch=2, windows_per_subject=3, seed=0)
    >>> subjects, windows = batches.draw(0)
    >>> len(set(subjects)), len(windows), bool((subjects == batches.draw(0)[0]).all())
    (2, 6, True)
    """

    windows: tuple[int, ...]
    subjects_per_batch: int
    windows_per_subject: int
    seed: int = 0
    sessions: tuple[IntArray, ...] | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot make a batch that tells people apart."""
        if len(self.windows) < 2:
            raise RecipeError(
                "training data: at least two subjects",
                f"{len(self.windows)} with a whole window",
                "add recordings of other people, or longer ones",
            )
        if min(self.windows) < 1:
            raise RecipeError("training data: a window for each subject", "a subject without one", "leave them out")

    def __len__(self) -> int:
        """Return the number of windows in a batch."""
        return min(self.subjects_per_batch, len(self.windows)) * self.windows_per_subject

    def subjects(self, step: int) -> IntArray:
        """Return the subjects of a batch, shape (P,): every one of them is drawn equally often in the long run."""
        people = len(self.windows)
        size = min(self.subjects_per_batch, people)
        # One shuffle of everybody serves a whole round of batches; whoever is left over at its end gets the next.
        round_, place = divmod(step, people // size)
        order = np.random.default_rng([self.seed, 0, round_]).permutation(people)
        return order[place * size : (place + 1) * size]

    def draw(self, step: int) -> tuple[IntArray, IntArray]:
        """Return the batch of a step.

        Returns
        -------
        subjects, windows : int arrays (P m,)
            Indices of subjects and, for each, of one of its windows.
        """
        rng = np.random.default_rng([self.seed, 1, step])
        chosen = self.subjects(step)
        m = self.windows_per_subject
        windows = [self._windows(rng, subject) for subject in chosen]
        return np.repeat(chosen, m), np.concatenate(windows)

    def _windows(self, rng: np.random.Generator, subject: int) -> IntArray:
        """Return windows of a subject, shape (m,)."""
        if self.sessions is None:
            return self._some(rng, self.windows[subject], self.windows_per_subject)
        sessions = self.sessions[subject]
        turn = rng.permutation(np.unique(sessions))[: self.windows_per_subject]
        taken = np.arange(self.windows_per_subject) % len(turn)
        drawn = np.empty(self.windows_per_subject, dtype=np.int64)
        for place, session in enumerate(turn):
            inside = np.flatnonzero(sessions == session)
            drawn[taken == place] = inside[self._some(rng, len(inside), int((taken == place).sum()))]
        return drawn

    @staticmethod
    def _some(rng: np.random.Generator, count: int, m: int) -> IntArray:
        """Return m of ``count`` windows, without repetition where there are enough."""
        return rng.choice(count, size=m, replace=count < m)
