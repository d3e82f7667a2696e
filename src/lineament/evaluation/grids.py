"""The grid of paper 002's Figure 4: accuracy over amounts of enrolment (rows) and of use-time (columns).

A system is enrolled once for each row and repetition; it judges every window of the probes once; spans of every length
are then summed from the windows, so that a grid costs little more than its largest row.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lineament.evaluation.enrolment import Amount, Recording, draw_cuts, span_label
from lineament.evaluation.spans import sliding_spans, span_winners
from lineament.evaluation.tracks import Track
from lineament.evaluation.votes import nearest_votes
from lineament.gallery import FlatGallery
from lineament.metrics import mean_interval

FloatArray = NDArray[np.float64]
Cuts = Mapping[str, Sequence[Recording]]
Progress = Callable[[str, int], Iterable[int]]


class System(Protocol):
    """Anything that can be enrolled with stretches of signal and then judges windows."""

    name: str

    def judge(self, cuts: Cuts, probes: Sequence[Recording]) -> list[Track]:
        """Enrol the cuts; return a track of window scores for each probe, a column for each subject, sorted."""
        ...


class EmbeddingSystem:
    """An encoder with a match rule: enrolling is storing embeddings, no weight changes.

    Parameters
    ----------
    tracks : sequence of Track
        Embeddings of every recording that is enrolled or probed.
    rule : {"soft", "hard", "prototype"}
        Neighbours' votes averaged, a majority of majorities, or likeness to mean templates.
    k : int
        Neighbours that vote; no more than the person with the fewest templates has, since beyond them wrong people
        vote inevitably (paper 002 §6.2 lowers k from 50 to 10 for that reason).
    metric : {"cosine", "euclidean"}
    """

    def __init__(
        self,
        tracks: Sequence[Track],
        *,
        rule: str = "soft",
        k: int = 50,
        metric: str = "cosine",
        name: str = "embedding",
    ) -> None:
        self.name, self.rule, self.k, self.metric = name, rule, k, metric
        self._tracks = {track.key: track for track in tracks}

    def judge(self, cuts: Cuts, probes: Sequence[Recording]) -> list[Track]:
        """Return the votes of each probe's windows (see `System`)."""
        gallery = self._enrolled(cuts)
        return [self._judged(self._tracks[probe.subject, probe.session], gallery) for probe in probes]

    def _enrolled(self, cuts: Cuts) -> FlatGallery:
        """Return a gallery of the windows that lie wholly inside the cuts."""
        dim = next(iter(self._tracks.values())).vectors.shape[1]
        gallery = FlatGallery(dim, "euclidean" if self.metric == "euclidean" else "cosine")
        for subject in sorted(cuts):
            for cut in cuts[subject]:
                track = self._tracks[cut.subject, cut.session]
                rows = track.inside(cut.start, cut.stop)
                # A stretch can be just as long as a window and fall between two of them: the nearest window stands in.
                rows = rows if len(rows) else np.array([np.abs(track.starts - cut.start).argmin()])
                gallery.enrol(subject, track.vectors[rows], cut.session)
        return gallery

    def _judged(self, track: Track, gallery: FlatGallery) -> Track:
        """Return a track of scores."""
        where = (track.subject, track.session, track.starts, track.window_s)
        if self.rule == "prototype":
            return Track(*where, self._likeness(track, gallery.prototypes().astype(np.float64)))
        k = min(self.k, *(len(gallery.templates(subject)) for subject in gallery.subjects()))
        soft = self.rule == "soft"
        return Track(*where, *nearest_votes(gallery.search, track.vectors, subjects=len(gallery), k=k, soft=soft))

    def _likeness(self, track: Track, prototypes: FloatArray) -> FloatArray:
        """Return window scores whose mean over a span ranks subjects as the likeness of its mean window does."""
        vectors = track.vectors.astype(np.float64)
        if self.metric == "euclidean":
            # |p - m|^2 = |m|^2 - 2 (m p - |p|^2 / 2), and |m| is the same for every subject.
            return np.asarray(vectors @ prototypes.T - (prototypes**2).sum(axis=1) / 2)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True) @ prototypes.T)


@dataclass(frozen=True, eq=False)
class AccuracyGrid:
    """Accuracy for each amount of enrolment, repetition, use-time and person.

    Parameters
    ----------
    system : str
        Its name.
    amounts : tuple of Amount
        Rows.
    use_s : tuple of float
        Columns.
    people : tuple of str
        Who was enrolled and probed.
    by_person : array (rows, repetitions, columns, people)
        Share of each person's spans that were right; NaN where the person's probe is shorter than the span.
        Rows without a random start repeat their one value.
    """

    system: str
    amounts: tuple[Amount, ...]
    use_s: tuple[float, ...]
    people: tuple[str, ...]
    by_person: FloatArray
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rows(self) -> list[str]:
        """Labels of the rows."""
        return [amount.label for amount in self.amounts]

    @property
    def columns(self) -> list[str]:
        """Labels of the columns."""
        return [span_label(seconds) for seconds in self.use_s]

    @property
    def repetitions(self) -> FloatArray:
        """Accuracy of each repetition, (rows, repetitions, columns), macro-averaged over people."""
        return np.asarray(np.nanmean(self.by_person, axis=-1))

    @property
    def mean(self) -> FloatArray:
        """Accuracy averaged over repetitions, (rows, columns)."""
        return np.asarray(self.repetitions.mean(axis=1))

    @property
    def person_means(self) -> FloatArray:
        """Accuracy of each person averaged over repetitions, (rows, columns, people)."""
        return np.asarray(self.by_person.mean(axis=1))

    def only(self, amounts: Sequence[Amount]) -> AccuracyGrid:
        """Return some of the rows."""
        rows = [self.amounts.index(amount) for amount in amounts]
        return replace(self, amounts=tuple(amounts), by_person=self.by_person[rows])

    def interval(self, *, replicates: int = 1000, seed: int = 0) -> tuple[FloatArray, FloatArray]:
        """Return the 95 % bounds of `mean` over resampled people, each (rows, columns)."""
        return mean_interval(per_person=self.person_means, replicates=replicates, seed=seed)

    def as_json(self) -> dict[str, Any]:
        """Return everything but the values of single people, rounded to six decimals."""
        low, high = self.interval()
        return {
            "system": self.system,
            "enrolment": self.rows,
            "use_s": list(self.use_s),
            "people": len(self.people),
            "accuracy": self.mean.round(6).tolist(),
            "low": low.round(6).tolist(),
            "high": high.round(6).tolist(),
            "repetitions": self.repetitions.round(6).tolist(),
            **self.facts,
        }


def accuracy_grid(
    system: System,
    *,
    enrolment: Cuts,
    probes: Sequence[Recording],
    amounts: Sequence[Amount],
    use_s: Sequence[float],
    repetitions: int = 5,
    step_s: float = 1.0,
    seed: int = 0,
    progress: Progress | None = None,
    cache: MutableMapping[str, Any] | None = None,
) -> AccuracyGrid:
    """Return the accuracy of a system over enrolment and use-time, macro-averaged over people (paper 002 §5.4, §6.1).

    Two systems given the same seed are enrolled with the same stretches of signal.

    Parameters
    ----------
    enrolment : mapping
        From subject to the recordings that may be enrolled, in order of time.
    probes : sequence of Recording
        Of enrolled people only.
    repetitions : int
        Random starts of each amount given in seconds.
    step_s : float
        From one span of use-time to the next.
    progress : callable, optional
        From a description and a count to an iterable over ``range(count)``.
    cache : mapping, optional
        Remembers each enrolment's result under "system row repetition", so that a run that was interrupted goes on.
    """
    people = tuple(sorted({probe.subject for probe in probes}))
    by_person = np.full((len(amounts), repetitions, len(use_s), len(people)), np.nan)
    jobs = [(row, time) for row, amount in enumerate(amounts) for time in range(repetitions if amount.seconds else 1)]
    steps: Iterable[int] = progress(system.name, len(jobs)) if progress else range(len(jobs))
    for step in steps:
        row, time = jobs[step]
        # By its label, so that a row is enrolled alike whichever other rows are asked for.
        start = np.random.SeedSequence([seed, time, zlib.crc32(amounts[row].label.encode())]).generate_state(1)[0]
        cuts = draw_cuts(amounts[row], enrolment, seed=int(start))
        key = f"{system.name} {amounts[row].label} {time}"
        if cache is None or key not in cache:
            found = _accuracies(system.judge(cuts, probes), sorted(cuts), people, use_s, step_s)
            if cache is not None:
                cache[key] = [[None if np.isnan(share) else float(share) for share in line] for line in found]
        by_person[row, time] = found if cache is None else np.array(cache[key], dtype=np.float64)
        if not amounts[row].seconds:
            by_person[row, 1:] = by_person[row, 0]
    return AccuracyGrid(system.name, tuple(amounts), tuple(use_s), people, by_person)


def _accuracies(
    tracks: Sequence[Track], enrolled: Sequence[str], people: Sequence[str], use_s: Sequence[float], step_s: float
) -> FloatArray:
    """Return the share of right spans for each use-time and person, (columns, people)."""
    shares = np.full((len(use_s), len(people)), np.nan)
    for column, seconds in enumerate(use_s):
        for place, person in enumerate(people):
            right = [
                span_correct(track, enrolled, seconds, step_s=step_s) for track in tracks if track.subject == person
            ]
            decided = np.concatenate(right)
            if len(decided):
                shares[column, place] = decided.mean()
    return shares


def span_correct(
    track: Track, enrolled: Sequence[str], use_s: float | None, *, step_s: float = 1.0
) -> NDArray[np.bool_]:
    """Return for each sliding span of a track of scores whether the right person alone came first."""
    bounds = sliding_spans(track.starts, window_s=track.window_s, use_s=use_s, step_s=step_s)
    if not len(bounds):
        return np.empty(0, dtype=bool)
    winners, alone = span_winners(track.vectors, bounds, track.nearness)
    return np.asarray((winners == list(enrolled).index(track.subject)) & alone)
