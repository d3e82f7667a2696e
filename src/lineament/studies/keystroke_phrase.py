"""Our encoder of a phrase, trained on some people and scored on others; settings are chosen on those it trains on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from lineament.decisions.comparison import compare_means
from lineament.decisions.score_normalisation import SMALLEST_DEVIATION
from lineament.encodings import Segment, build_encoding
from lineament.gallery import MemoryGallery
from lineament.metrics import equal_error_rate
from lineament.recipes.recipe import Recipe
from lineament.studies.keystroke_trials import Deal, Pair, Plan, Taken, Typing, all_taken

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
PLAIN, TEST_NORM = "cosine", "T-normalised"
NORMS = (PLAIN, TEST_NORM)
CHOSEN = "chosen"
SESSION_WEIGHTS = (0.0, 1.0, 3.0)


@dataclass(frozen=True)
class Setting:
    """What is chosen.

    Parameters
    ----------
    session_weight : float
        How much a person's change from session to session weighs.
    norms : dict
        How scores are normalised, by the enrolment's key.
    """

    session_weight: float
    norms: dict[str, str]


class Phrase:
    """Everybody's typing, encoded once, and encoders fitted to some of the people.

    Parameters
    ----------
    typing : Typing
    recipe : Recipe
        Its network is `window_statistics`; its `session_weight` is chosen.
    """

    def __init__(self, typing: Typing, recipe: Recipe) -> None:
        from lineament.training import encoded

        self.typing, self.recipe = typing, recipe
        self.encoding = build_encoding(recipe.encoding)
        recordings = encoded.encode(self.encoding, typing.samples)
        # Each repetition is exactly a window, so that all are normalised, fitted to and embedded at once.
        segments = [segment for recording in recordings for segment in recording.segments]
        self.plain = np.array([segment.values for segment in segments])
        self.people = np.repeat(np.arange(len(typing.subjects)), typing.repetitions)
        self.sessions = np.array([recording.session for recording in recordings])

    def embedded(self, people: IntArray, session_weight: float) -> NDArray[np.float32]:
        """Return everybody's embeddings (people, repetitions, dim) by an encoder that was fitted to some people.

        It is what `lineament.training.fit.fit_recordings` makes of the recipe and these people's repetitions.
        """
        from lineament.networks import build_network
        from lineament.training.discriminant import fit_closed_form
        from lineament.training.embedding import embed_frames

        chosen = np.isin(self.people, people)
        encoding = self.encoding.copy()
        encoding.fit_segments([_laid_out(self.plain[chosen])])
        ready = encoding.normalised(_laid_out(self.plain))
        window = self.recipe.window.frames
        spec = self.recipe.network.model_copy(update={"session_weight": session_weight})
        network = build_network(spec, encoding.inputs, window, normalise=self.recipe.normalise).eval()
        windows = ready.values.reshape(self.plain.shape)[chosen]
        fit_closed_form(network, windows, self.people[chosen].tolist(), self.sessions[chosen].tolist())
        vectors = embed_frames(network, ready.values, ready.seams, np.arange(0, len(ready), window))
        return vectors.reshape(len(self.typing.subjects), self.typing.repetitions, -1)


def _laid_out(windows: NDArray[np.float32]) -> Segment:
    """Return windows (N, W, F) one after another."""
    frames = windows.reshape(-1, windows.shape[-1])
    return Segment(frames, np.arange(len(frames), dtype=np.float64), np.zeros(len(frames), dtype=bool))


def score_table(vectors: NDArray[np.float32], taken: Taken, cohort: IntArray, norm: str) -> FloatArray:
    """Return the score of every repetition with everybody's prototype, (people, repetitions, people).

    Parameters
    ----------
    vectors : float32 array (people, repetitions, dim)
        Unit norm.
    taken : Taken
        Who enrols with what; the cohort, too.
    cohort : int array
        People whose prototypes tell how like a repetition is to anybody: the training people.
    norm : str
        `PLAIN`: the cosine; `TEST_NORM`: less its mean over the cohort, over its deviation (the rule ``normalised``
        with ``norm: t`` and ``rule: prototype``).
    """
    people, repetitions, dim = vectors.shape
    gallery = MemoryGallery(dim)
    for person in range(people):
        gallery.enrol(f"{person:06d}", vectors[person, taken.rows])
    probes = vectors.reshape(-1, dim)
    table = compare_means(probes, gallery)
    if norm == TEST_NORM:
        others = table[:, cohort]
        deviation = np.maximum(others.std(axis=1, keepdims=True), SMALLEST_DEVIATION)
        table = (table - others.mean(axis=1, keepdims=True)) / deviation
    return table.reshape(people, repetitions, people)


def standardised(table: FloatArray, people: IntArray, plan: Plan) -> FloatArray:
    """Return scores in deviations of the impostors' among the training people: on one scale, whatever the encoder.

    Parameters
    ----------
    table : array (people, repetitions, people)
    people : int array
        Who trained.
    plan : Plan
    """
    among = table[people, plan.impostor_rows][:, :, people]
    strange = among[~np.repeat(np.eye(len(people), dtype=bool)[:, None], among.shape[1], axis=1)]
    scaled: FloatArray = (table - strange.mean()) / strange.std()
    return scaled


def choose(phrase: Phrase, people: IntArray, plan: Plan) -> Setting:
    """Return the setting with the least errors, each enrolment with its own norm, on some of the training people.

    Half of them train, the other half are tested, dealt by lot.

    Parameters
    ----------
    phrase : Phrase
    people : int array
        Who may be looked at: the training people.
    plan : Plan
    """
    order = np.random.default_rng(0).permutation(len(people))
    train, test = np.sort(order[: len(order) // 2]), np.sort(order[len(order) // 2 :])
    tried: list[tuple[float, Setting]] = []
    for weight in SESSION_WEIGHTS:
        vectors = phrase.embedded(people[train], weight)[people]
        norms, rates = {}, []
        for taken in all_taken(plan):
            errors = {norm: _mean_error(score_table(vectors, taken, train, norm), test, plan) for norm in NORMS}
            norms[taken.key] = min(errors, key=lambda norm: errors[norm])
            rates.append(min(errors.values()))
        tried.append((float(np.mean(rates)), Setting(weight, norms)))
    return min(tried, key=lambda one: one[0])[1]


def _mean_error(table: FloatArray, people: IntArray, plan: Plan) -> float:
    """Return the mean of some people's equal error rates, impostors being the others among them."""
    rates = [
        equal_error_rate(
            mated=table[person, plan.enrolled :, person],
            non_mated=table[people[people != person], plan.impostor_rows, person].ravel(),
        )
        for person in people
    ]
    return float(np.mean(rates))


def deal_errors(phrase: Phrase, plan: Plan, seed: int) -> tuple[dict[str, dict[str, list[float]]], list[Setting]]:
    """Return everybody's error rates in one deal, by system and enrolment, and what was chosen for each pair of groups.

    Systems: the two of `NORMS` at the chosen weight of sessions, and `CHOSEN`.
    """
    deal = Deal.drawn(len(phrase.typing.subjects), plan.groups, seed)
    vectors: dict[Pair, NDArray[np.float32]] = {}
    settings: dict[Pair, Setting] = {}
    for pair in deal.pairs():
        settings[pair] = choose(phrase, deal.trained(pair), plan)
        vectors[pair] = phrase.embedded(deal.trained(pair), settings[pair].session_weight)
    errors: dict[str, dict[str, list[float]]] = {}
    for system, taken in product((*NORMS, CHOSEN), all_taken(plan)):
        tables = {}
        for pair in deal.pairs():
            norm = settings[pair].norms[taken.key] if system == CHOSEN else system
            table = score_table(vectors[pair], taken, deal.trained(pair), norm)
            tables[pair] = standardised(table, deal.trained(pair), plan)
        errors.setdefault(system, {})[taken.key] = deal.person_errors(tables, plan).tolist()
    return errors, list(settings.values())


def chosen_most(settings: Sequence[Setting]) -> str:
    """Say what was chosen how often."""
    weights = [setting.session_weight for setting in settings]
    counts = ", ".join(f"{weight:g} ({weights.count(weight)} times)" for weight in sorted(set(weights)))
    keys = settings[0].norms if settings else {}
    normed = {key: [setting.norms[key] for setting in settings].count(TEST_NORM) for key in keys}
    told = ", ".join(f"{key}: {count}" for key, count in normed.items())
    return f"weights of sessions {counts}; T-normalised, of {len(settings)}: {told}"
