"""How the encoders that ship are made: trained, calibrated, judged on people they never saw, described.

``xr-motion`` is trained on the 8 people of `xr-objects` that the committed protocol leaves for training; simulated
people beside them cost accuracy on real ones (docs/results/xr-motion.md). Its threshold is fixed on people that the
encoder under test was not trained on: the 8 are dealt into halves, an encoder is made of each half and judged on the
other, for several deals. The figures on its card are those of the protocol's other 8 people, who took no part in this.

``xr-motion-head`` is trained on the heads of people of `xr-360` and `xr-objects`: see `shipped_head_encoder`.

``xr-motion-simulated`` is trained on simulated people alone and calibrated on several hundred others, so that it keeps
any rate that is asked for in galleries of any size. It is for demonstrations and tests: it knows real people badly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lineament.datasets import Dataset, Protocol
from lineament.datasets.simulate import simulated_motion
from lineament.decisions import Calibration
from lineament.encoder import DEFAULT_ENCODER, SIMULATED_ENCODER, Encoder
from lineament.encodings import build_encoding
from lineament.errors import EncoderError
from lineament.evaluation.calibrating import ENROLMENT
from lineament.recipes.recipe import Recipe, load_recipe
from lineament.studies.calibrate import calibrate_encoder, match_rule_from
from lineament.studies.demo import PROTOCOLS
from lineament.studies.evaluate import evaluate

TRAINING, VALIDATING, CALIBRATING, SIMULATED_DIM = 60, 30, 300, 256
"""Simulated people who train, validate and calibrate the simulated encoder, and the size of its embeddings."""
POPULATIONS = {"training": 1, "validating": 2, "calibrating": 3}
DEALS, STRIDE_S, TARGET_FPIR, USE_S = 5, 5.0, 0.1, 120.0
LARGEST_BYTES = 5_000_000
INTENDED_USE = (
    "recognising consenting people by the motion of head and right hand in XR, in small galleries, as one sign among "
    "others; research; trying lineament out"
)
CARRIES = (
    "8 people carry one threshold alone, for its target FPIR in the smallest of galleries: other rates and larger "
    "galleries are promised after 'lineament calibrate' with 20 people of one's own or more"
)
NOT_FOR = (
    "access control by itself, large galleries, watchlists, surveillance, people who did not agree to it, tasks or "
    "devices unlike those of its data without an evaluation of your own"
)

Progress = Callable[[str, int], Iterable[int]]


def _silent(what: str, of: int) -> Iterable[int]:
    return range(of)


def make(datasets: Sequence[Dataset], out: Path, *, version: str = "1", progress: Progress = _silent) -> Encoder:
    """Make the folder of the encoder that learns from these data sets and return the encoder.

    Parameters
    ----------
    datasets : sequence of Dataset
        `xr-objects`, for ``xr-motion``; or `xr-360` and `xr-objects`, for ``xr-motion-head``.
    out : path
        The folder to write.
    version : str
        On the card.
    progress : callable
        Told what is done and in how many steps; yields the steps.

    Raises
    ------
    EncoderError
        When the data sets are others, or the encoder has grown larger than 5 MB.
    """
    names = [dataset.name for dataset in datasets]
    if names == ["xr-objects"]:
        return _make_hand(datasets[0], out, version, progress)
    if names == ["xr-360", "xr-objects"]:
        from lineament.studies import shipped_head_encoder

        watching, reaching = datasets
        return small(shipped_head_encoder.make(watching, reaching, out, version=version, progress=progress))
    expected = "a shipped encoder: the data set xr-objects, or xr-360 and xr-objects"
    raise EncoderError(expected, ", ".join(names), "give their folders in this order")


def _make_hand(dataset: Dataset, out: Path, version: str, progress: Progress) -> Encoder:
    """Make ``xr-motion``."""
    from lineament.training.encoded import encode
    from lineament.training.fit import fit_recordings
    from lineament.training.hand_over import hand_over

    recipe = load_recipe(DEFAULT_ENCODER)
    protocol = Protocol.load(PROTOCOLS / "xr-objects-reserved.json")
    real = encode(build_encoding(recipe.encoding), dataset.select(protocol.train))
    calibration = _calibrate(recipe, real, progress)
    for _ in progress("training", 1):
        fitted = fit_recordings(recipe, real, progress=False)
        encoder = hand_over(fitted, out, name=DEFAULT_ENCODER, version=version)
    calibrated = _described(encoder, calibration, {})
    for _ in progress("judging on the people held back", 1):
        found = evaluate(calibrated, dataset, protocol)
    figures = {"xr-objects, 8 people never seen": [result.as_json() for result in found.results]}
    _described(encoder, calibration, figures).save(out)
    return small(out)


def make_simulated(out: Path, *, version: str = "1", progress: Progress = _silent) -> Encoder:
    """Make the folder of ``xr-motion-simulated`` and return the encoder."""
    from lineament.training.fit import fit
    from lineament.training.hand_over import hand_over

    base = load_recipe(DEFAULT_ENCODER)
    network = base.network.model_copy(update={"dim": SIMULATED_DIM})
    recipe = base.model_copy(update={"name": SIMULATED_ENCODER, "network": network})
    for _ in progress("training", 1):
        fitted = fit(recipe, list(_people("training", TRAINING)), progress=False)
    card = {
        "data": [{"name": "simulated people in trials", "licence": "Apache-2.0", "people": TRAINING}],
        "intended_use": "demonstrations and tests",
        "not_for": "real people, whom it knows badly",
    }
    for _ in progress("validating", 1):
        others = list(_people("validating", VALIDATING))
        hand_over(fitted, out, version=version, card=card, validation=others, target_fpir=TARGET_FPIR, use_s=USE_S)
    return calibrate_simulated(out, progress=progress)


def calibrate_simulated(folder: Path, *, progress: Progress = _silent) -> Encoder:
    """Calibrate ``xr-motion-simulated`` anew, on simulated people who neither train nor validate nor demonstrate.

    Parameters
    ----------
    folder : path
        The encoder's folder: its calibration and its card are written, its network is left as it is.
    progress : callable
    """
    encoder = Encoder.load(folder)
    found = calibrate_encoder(
        encoder,
        _people("calibrating", CALIBRATING, sessions=2),
        rule=match_rule_from(None, encoder),
        target_fpir=TARGET_FPIR,
        use_s=USE_S,
        progress=progress,
    )
    promise = f"{CALIBRATING} other simulated people, each in two sessions, are its calibration"
    encoder.described({**encoder.card, "protocol": promise}, found.calibration).save(folder)
    return small(folder)


def small(folder: Path) -> Encoder:
    """Return an encoder that is small enough to ship."""
    size = sum(path.stat().st_size for path in folder.iterdir())
    if size > LARGEST_BYTES:
        raise EncoderError("a shipped encoder: at most 5 MB", f"{size / 1e6:.1f} MB", "lower the recipe's dim")
    return Encoder.load(folder)


def _people(purpose: str, count: int, sessions: int = 4) -> Dataset:
    """Return simulated people in trials like those of `xr-objects`, by devices of all kinds."""
    return simulated_motion(count, sessions=sessions, seed=POPULATIONS[purpose], layout="trials")


def _calibrate(recipe: Recipe, real: list[Any], progress: Progress) -> Calibration:
    """Return the threshold, fixed on people who were not trained on."""
    from lineament.training.fit import fit_recordings
    from lineament.training.validation import decision_scores

    people = np.array(sorted({recording.subject for recording in real}))
    judged = []
    for step in progress("calibrating", 2 * DEALS):
        dealt = np.random.default_rng(step // 2).permutation(people)
        inside = set(np.array_split(dealt, 2)[step % 2])
        fitted = fit_recordings(recipe, [r for r in real if r.subject in inside], progress=False)
        tracks = fitted.tracks([r for r in real if r.subject not in inside], STRIDE_S)
        scores = decision_scores(tracks, recipe.match_rule, use_s=USE_S, seed=step)
        assert scores is not None
        judged.append(scores)
    return Calibration.fit(
        np.concatenate([scores.known for scores in judged]),
        np.concatenate([scores.strangers for scores in judged]),
        TARGET_FPIR,
        match_rule=recipe.match_rule.model_dump(mode="json"),
        gallery_size=judged[0].gallery_size,
        enrolment=ENROLMENT,
        use_time_s=USE_S,
    )


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
        ],
        "protocol": "xr-objects-reserved: 8 people train, 5 are enrolled from session 1 and probe sessions 2 to 4, 3 "
        f"are strangers; the threshold is fixed by cross-validation among the 8 who train. {CARRIES}",
        "figures": figures,
        "intended_use": INTENDED_USE,
        "not_for": NOT_FOR,
    }
    return encoder.described(card, calibration)
