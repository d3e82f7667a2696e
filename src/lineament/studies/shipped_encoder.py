"""How the encoder that ships with the package is made: trained, calibrated, judged on people it never saw, described.

It is trained on the 8 people of `xr-objects` that the committed protocol leaves for training, and on a few simulated
people (more of them cost accuracy on real ones: see docs/results/xr-motion.md).

Its threshold is fixed on people that the encoder under test was not trained on. The 8 are dealt into halves; an encoder
is made of each half and the simulated people, and judged on the other half together with simulated people of another
population; this for several deals. Real and simulated strangers each give a threshold at the target FPIR; the stricter
holds. The figures on the card are those of the protocol's other 8 people, who took no part in any of this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from lineament.datasets import Dataset, Protocol
from lineament.datasets.simulate import simulated_motion
from lineament.decisions import Calibration
from lineament.encoder import DEFAULT_ENCODER, Encoder
from lineament.encodings import build_encoding
from lineament.errors import EncoderError
from lineament.recipes.recipe import Recipe, load_recipe
from lineament.studies.demo import PROTOCOLS
from lineament.studies.evaluate import evaluate

TRAINING, VALIDATING = 8, 16
"""Simulated people who train, and who help to fix the threshold."""
POPULATIONS = {"training": 1, "validating": 2}
DEALS, STRIDE_S, TARGET_FPIR, USE_S = 2, 5.0, 0.05, 60.0
LARGEST_BYTES = 5_000_000
INTENDED_USE = (
    "recognising consenting people by the motion of head and right hand in XR, in small galleries, as one sign among "
    "others; research; trying lineament out"
)
NOT_FOR = (
    "access control by itself, large galleries, watchlists, surveillance, people who did not agree to it, tasks or "
    "devices unlike those of its data without an evaluation of your own"
)

Progress = Callable[[str, int], Iterable[int]]


def make(
    dataset: Dataset, out: Path, *, version: str = "1", progress: Progress = lambda what, of: range(of)
) -> Encoder:
    """Make the shipped encoder's folder and return the encoder.

    Parameters
    ----------
    dataset : Dataset
        `xr-objects`.
    out : path
        The folder to write.
    version : str
        On the card.
    progress : callable
        Told what is done and in how many steps; yields the steps.

    Raises
    ------
    EncoderError
        When the data set is another one, or the encoder has grown larger than 5 MB.
    """
    if dataset.name != "xr-objects":
        raise EncoderError("the shipped encoder: the data set xr-objects", dataset.name, "give its folder")
    from lineament.training.encoded import encode
    from lineament.training.fit import fit_recordings
    from lineament.training.hand_over import hand_over

    recipe = load_recipe(DEFAULT_ENCODER)
    encoding = build_encoding(recipe.encoding)
    protocol = Protocol.load(PROTOCOLS / "xr-objects-reserved.json")
    real = encode(encoding, dataset.select(protocol.train))
    simulated = encode(encoding, _people("training", TRAINING))
    calibration = _calibrate(recipe, real, simulated, encode(encoding, _people("validating", VALIDATING)), progress)
    for _ in progress("training", 1):
        fitted = fit_recordings(recipe, [*real, *simulated], progress=False)
        encoder = hand_over(fitted, out, name=DEFAULT_ENCODER, version=version)
    judged = _described(encoder, calibration, {})
    for _ in progress("judging on the people held back", 1):
        found = evaluate(judged, dataset, protocol)
    figures = {"xr-objects, 8 people never seen": [result.as_json() for result in found.results]}
    _described(encoder, calibration, figures).save(out)
    size = sum(path.stat().st_size for path in out.iterdir())
    if size > LARGEST_BYTES:
        raise EncoderError("the shipped encoder: at most 5 MB", f"{size / 1e6:.1f} MB", "lower the recipe's dim")
    return Encoder.load(out)


def _people(purpose: str, count: int) -> Dataset:
    """Return simulated people in trials like those of `xr-objects`, four sessions each."""
    return simulated_motion(count, sessions=4, seed=POPULATIONS[purpose], layout="trials", fps=15)


def _calibrate(
    recipe: Recipe, real: list[Any], simulated: list[Any], others: list[Any], progress: Progress
) -> Calibration:
    """Return the threshold, fixed on people who were not trained on."""
    from lineament.training.fit import fit_recordings
    from lineament.training.validation import ENROLMENT, decision_scores

    people = np.array(sorted({recording.subject for recording in real}))
    judged = []
    for step in progress("calibrating", 2 * DEALS):
        dealt = np.random.default_rng(step // 2).permutation(people)
        inside = set(np.array_split(dealt, 2)[step % 2])
        fitted = fit_recordings(recipe, [r for r in real if r.subject in inside] + simulated, progress=False)
        tracks = fitted.tracks([r for r in real if r.subject not in inside] + others, STRIDE_S)
        scores = decision_scores(tracks, recipe.match_rule, use_s=USE_S, seed=step)
        assert scores is not None
        judged.append(scores)
    known = np.concatenate([scores.known for scores in judged])
    strangers = np.concatenate([scores.strangers for scores in judged])
    is_real = np.isin(np.concatenate([scores.names for scores in judged]), people)
    context: dict[str, Any] = {
        "match_rule": recipe.match_rule.model_dump(mode="json"),
        "gallery_size": judged[0].gallery_size,
        "enrolment": ENROLMENT,
        "use_time_s": USE_S,
    }
    fits = [Calibration.fit(known, strangers[side], TARGET_FPIR, **context) for side in (is_real, ~is_real)]
    return max(fits, key=lambda fit: fit.threshold)


def _described(encoder: Encoder, calibration: Calibration, figures: dict[str, Any]) -> Encoder:
    """Return the encoder with its threshold and its whole card."""
    card = {
        **encoder.card,
        "data": [
            {
                "name": "xr-objects",
                "licence": "MIT",
                "people": 8,
                "citation": "Schuetz et al., J. Vision 24(7):10, 2024",
            },
            {"name": "simulated people in trials", "licence": "Apache-2.0", "people": TRAINING},
        ],
        "protocol": "xr-objects-reserved: 8 people train, 5 are enrolled from session 1 and probe sessions 2 to 4, 3 "
        "are strangers; the threshold is fixed by cross-validation among the 8 who train, and on simulated people",
        "figures": figures,
        "intended_use": INTENDED_USE,
        "not_for": NOT_FOR,
    }
    return encoder.described(card, calibration)
