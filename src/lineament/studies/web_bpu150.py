"""Who is browsing? `web-bpu150`: people not trained on, enrolled from their earlier weeks and probed in the later ones.

30 people, drawn once, developed: every setting was chosen on them, and they are never tested. Of the other 120, drawn
anew for each seed, half train and half are tested. A tested person's weeks are halved in time. Each earlier week gives
one template, the mean of its windows; a probe is one window of a later week, at most 40 a person, evenly spread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lineament.datasets import Dataset
from lineament.decisions.comparison import compare, compare_means
from lineament.encodings import Segment
from lineament.errors import ProtocolError
from lineament.evaluation import Track
from lineament.evaluation.protocol_run import enrol_tracks
from lineament.gallery import Metric
from lineament.recipes.recipe import Recipe, load_recipe, with_changes
from lineament.studies.cells import Cells
from lineament.studies.installed import need_training
from lineament.studies.xr_objects_table import Progress

if TYPE_CHECKING:
    from lineament.training.fit import Fitted
    from lineament.training.windows import Recording as Encoded

Float32Array = NDArray[np.float32]
LENGTHS = (20, 100, 200, 500)
"""Visits of a sequence; the first three are the published ones."""
DEVELOPERS, DEVELOPERS_SEED = 30, 2013
PROBES, SINGLES, DRAWS = 40, 10, 5
"""Probes a person; enrolled windows a person that are compared one with one; how many of them with each probe."""
DRIFT_LENGTH = 100


@dataclass(frozen=True)
class System:
    """A system that is compared.

    Parameters
    ----------
    key, label, recipe : str
    descends : bool
        Whether it is trained step by step: then once a seed, and used at every length; else it is fitted at each.
    """

    key: str
    label: str
    recipe: str
    descends: bool = False

    def load(self, length: int) -> Recipe:
        """Return the recipe for sequences of a length."""
        recipe = load_recipe(self.recipe)
        if self.descends:
            return recipe
        places = ("window.frames", "window.stride_s", "training.closed_form_stride_s")
        return with_changes(recipe, [f"{place}={length}" for place in places])


SYSTEMS = (
    System("tf-idf", "tf-idf, cosine", "web-tfidf"),
    System("tl-rnn", "TL-RNN", "web-tlrnn", descends=True),
    System("ours", "ours (web-visits)", "web-visits"),
)


@dataclass(frozen=True)
class Sides:
    """Who trains, and who is tested (or develops)."""

    train: tuple[str, ...]
    test: tuple[str, ...]


def developers(people: Sequence[str]) -> tuple[str, ...]:
    """Return those on whom settings are chosen, and who are never tested."""
    return tuple(sorted(_shuffled(people, DEVELOPERS_SEED)[:DEVELOPERS]))


def sides(people: Sequence[str], seed: int) -> Sides:
    """Return who trains and who is tested: half of those who do not develop each.

    Raises
    ------
    ProtocolError
        When fewer than four people are left.
    """
    rest = sorted(set(people) - set(developers(people)))
    if len(rest) < 4:
        raise ProtocolError(f"web-bpu150: {DEVELOPERS + 4} people or more", str(len(people)), "give the whole set")
    dealt = _shuffled(rest, seed)
    return Sides(tuple(sorted(dealt[: len(rest) // 2])), tuple(sorted(dealt[len(rest) // 2 :])))


class WebStudy:
    """Runs systems over seeds and lengths; histories are encoded once, results kept.

    Parameters
    ----------
    dataset : Dataset
        `web-bpu150`, or another one of weeks of visits.
    out : path
        Folder where results are kept.
    """

    def __init__(self, dataset: Dataset, out: Path) -> None:
        need_training()
        self.dataset, self.out = dataset, Path(out)
        self._encoded: dict[str, list[Encoded]] = {}

    def results(
        self, system: System, seeds: Sequence[int], lengths: Sequence[int], progress: Progress
    ) -> dict[int, list[dict[str, Any]]]:
        """Return what `judge` found at each length, for each seed; computed where it is not on file."""
        found: dict[int, list[dict[str, Any]]] = {length: [] for length in lengths}
        todo = [(seed, length) for seed in seeds for length in lengths]
        for step in progress(system.label, len(todo)):
            seed, length = todo[step]
            recipe = system.load(length).model_dump(mode="json")
            cells = Cells(self.out / "cells" / system.key, [self.dataset.name, recipe])
            name = f"seed{seed} {length}"
            if name not in cells:
                who = sides(self.dataset.subjects(), seed)
                cells[name] = self.judge(self.fitted(system, who.train, length, seed), who.test, seed)
            found[length].append(cells[name])
        return found

    def fitted(self, system: System, train: Sequence[str], length: int, seed: int) -> Fitted:
        """Return a system trained on these people, for sequences of a length."""
        from lineament.training.fit import fit_recordings

        recipe = system.load(length)
        if not system.descends:
            return fit_recordings(recipe, self.of(recipe, train), seed=seed, progress=False)
        folder, watched = self.out / "training" / f"{system.key}-{seed}", developers(self.dataset.subjects())
        own, others = self.of(recipe, train), self.of(recipe, watched)
        trained = fit_recordings(recipe, own, others, folder, seed=seed, resume=True, progress=False)
        return at_length(trained, length)

    def judge(self, fitted: Fitted, test: Sequence[str], seed: int) -> dict[str, Any]:
        """Enrol people, probe them, and return every score.

        Returns
        -------
        dict
            ``subjects`` enrolled; of each probe ``people`` and ``weeks`` (since the person's last week that is
            enrolled) and ``scores`` with the subjects; ``pairs``: whether a probe was liker a window of its own person
            than one of another's; at one length ``drift``, with every second enrolled window alone.
        """
        everybody = [Person.of(fitted, recordings) for recordings in _by_person(self.of(fitted.recipe, test))]
        known = [person for person in everybody if person is not None]
        metric: Metric = "cosine" if fitted.network.normalise else "euclidean"
        gallery = enrol_tracks([track for person in known for track in person.enrolled], metric=metric)
        probes = np.concatenate([person.probes for person in known])
        people = [person.name for person in known for _ in person.weeks]
        result = {
            "subjects": gallery.subjects(),
            "people": people,
            "weeks": [week for person in known for week in person.weeks],
            "scores": _rounded(compare_means(probes, gallery)),
            "pairs": _pairs(known, metric, np.random.default_rng(seed)),
            "seconds": fitted.seconds,
        }
        if fitted.network.window == DRIFT_LENGTH:
            half = enrol_tracks([track for person in known for track in person.halved], metric=metric)
            near = np.concatenate([person.between for person in known])
            result["drift"] = {
                "same_people": [person.name for person in known for _ in person.between],
                "same": _rounded(compare_means(near, half)),
                "later": _rounded(compare_means(probes, half)),
            }
        return result

    def of(self, recipe: Recipe, people: Sequence[str]) -> list[Encoded]:
        """Return the encoded histories of some people."""
        from lineament.encodings import build_encoding
        from lineament.training.encoded import encode

        mark = recipe.encoding.model_dump_json()
        if mark not in self._encoded:
            self._encoded[mark] = encode(build_encoding(recipe.encoding), self.dataset)
        return [recording for recording in self._encoded[mark] if recording.subject in set(people)]


@dataclass(frozen=True, eq=False)
class Person:
    """The embedded windows of one tested person.

    Parameters
    ----------
    name : str
    enrolled, halved : list of Track
        A template for each earlier week: the mean of its windows, and of every second one.
    between : array (windows, dim)
        Some of the earlier windows that are not in `halved`.
    singles : array (windows, dim)
        Some of all earlier windows.
    probes : array (windows, dim)
        Windows of the later weeks.
    weeks : list of int
        For each probe: how many weeks after the last that is enrolled.
    """

    name: str
    enrolled: list[Track]
    halved: list[Track]
    between: Float32Array
    singles: Float32Array
    probes: Float32Array
    weeks: list[int]

    @classmethod
    def of(cls, fitted: Fitted, recordings: Sequence[Encoded]) -> Person | None:
        """Embed a person's weeks, in the order of time; None where none of the earlier or later has a whole window."""
        length, half = fitted.network.window, len(recordings) // 2
        own = [track for week in recordings[:half] for track in fitted.tracks([week], length)]
        later = [(week, window) for week in recordings[half:] for window in _windows(week, length)]
        if not own or not later:
            return None
        chosen = [later[place] for place in _evenly(len(later), PROBES)]
        [asked] = fitted.tracks([replace(chosen[0][0], segments=tuple(window for _, window in chosen))], length)
        last = pd.Timestamp(recordings[half - 1].session)
        after = [round((pd.Timestamp(week.session) - last).days / 7) for week, _ in chosen]
        vectors = np.concatenate([track.vectors for track in own])
        rest = np.concatenate([track.vectors[1::2] for track in own])
        return cls(
            own[0].subject,
            [_template(track, track.vectors) for track in own],
            [_template(track, track.vectors[::2]) for track in own],
            rest[_evenly(len(rest), SINGLES)],
            vectors[_evenly(len(vectors), SINGLES)],
            asked.vectors,
            [after[round(start / length)] for start in asked.starts],
        )


def at_length(fitted: Fitted, length: int) -> Fitted:
    """Return a trained recurrent network for windows of another length: its weights do not depend on it."""
    from lineament.networks import build_network

    if fitted.network.window == length:
        return fitted
    recipe, encoding = with_changes(fitted.recipe, [f"window.frames={length}"]), fitted.encoding
    normalise = fitted.network.normalise
    network = build_network(
        recipe.network, encoding.inputs, length, normalise=normalise, categories=encoding.categories
    )
    network.load_state_dict(fitted.network.state_dict())
    return replace(fitted, recipe=recipe, network=network.eval())


def _shuffled(people: Sequence[str], seed: int) -> list[str]:
    return [str(name) for name in np.random.default_rng(seed).permutation(sorted(people))]


def _by_person(recordings: Sequence[Encoded]) -> list[list[Encoded]]:
    """Return the recordings of each person, in the order of their weeks."""
    own: dict[str, list[Encoded]] = {}
    for recording in sorted(recordings, key=lambda recording: (recording.subject, recording.session)):
        own.setdefault(recording.subject, []).append(recording)
    return list(own.values())


def _windows(recording: Encoded, length: int) -> list[Segment]:
    """Return the windows of a recording, one after another, each as a segment of its own."""
    windows = []
    for segment in recording.segments:
        for start in range(0, len(segment) - length + 1, length):
            some = slice(start, start + length)
            windows.append(Segment(segment.values[some], segment.times[some], segment.seams[some]))
    return windows


def _evenly(count: int, most: int) -> NDArray[np.intp]:
    """Return at most so many of ``count`` places, evenly spread.

    Examples
    --------
    >>> _evenly(10, 4).tolist(), _evenly(2, 4).tolist()
    ([0, 3, 6, 9], [0, 1])
    """
    return np.unique(np.round(np.linspace(0, count - 1, min(count, most))).astype(np.intp))


def _template(track: Track, vectors: Float32Array) -> Track:
    """Return a track with the mean of some windows as its only one."""
    return replace(track, starts=track.starts[:1], vectors=vectors.mean(axis=0, keepdims=True))


def _pairs(known: Sequence[Person], metric: Metric, rng: np.random.Generator) -> list[list[float]]:
    """Return for each probe, in `DRAWS` draws, 1 where it is liker a window of its own person than another's, else 0.

    A tie counts a half: short windows often have no site in common with either.
    """
    right = []
    for place, person in enumerate(known):
        others = [other for spot, other in enumerate(known) if spot != place]
        for probe in person.probes:
            own = person.singles[rng.integers(len(person.singles), size=DRAWS)]
            strange = [others[spot].singles for spot in rng.integers(len(others), size=DRAWS)]
            other = np.array([windows[rng.integers(len(windows))] for windows in strange])
            mine, theirs = (compare(probe[None], windows, metric)[0] for windows in (own, other))
            right.append(((1.0 + np.sign(mine - theirs)) / 2).tolist())
    return right


def _rounded(scores: NDArray[np.float64]) -> list[list[float]]:
    rounded: list[list[float]] = np.round(scores, 5).tolist()
    return rounded
