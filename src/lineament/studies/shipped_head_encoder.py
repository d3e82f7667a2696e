"""How ``xr-motion-head`` is made: the encoder of the head's rotation, for recordings without hands or positions.

It is trained on the 40 people of `xr-360` that the committed protocol leaves for training, and on the heads of the 8
people of `xr-objects` that train ``xr-motion``. Its threshold is fixed on people that the encoder under test was not
trained on: some of the 40 are held out, in several ways. The figures on its card are those of the other 20 people of
`xr-360`, and of the other 8 of `xr-objects`, none of whom took part in this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lineament.datasets import Dataset, Protocol
from lineament.decisions import Calibration
from lineament.encoder import HEAD_ENCODER, Encoder
from lineament.encodings import build_encoding
from lineament.evaluation.calibrating import ValidationScores, validation_scores
from lineament.recipes.recipe import Recipe, load_recipe
from lineament.studies.demo import PROTOCOLS
from lineament.studies.evaluate import evaluate

if TYPE_CHECKING:
    from lineament.training.windows import Recording as Encoded

DEALS, HELD_OUT, STRIDE_S, TARGET_FPIR, USE_S = 3, 21, 5.0, 0.1, 60.0
ENROLMENT = "half of the videos, about seven minutes"
INTENDED_USE = (
    "recognising consenting people by how they turn their heads where nothing else is tracked, in small galleries, as "
    "one weak sign among others; research; trying lineament out"
)
NOT_FOR = (
    "access control by itself, large galleries, watchlists, surveillance, people who did not agree to it; people who "
    "come back on another day, of whom its data, one sitting of each, say nothing; tasks other than looking around "
    "without an evaluation of your own"
)

Progress = Callable[[str, int], Iterable[int]]


def make(dataset: Dataset, objects: Dataset, out: Path, *, version: str, progress: Progress) -> Path:
    """Make the encoder's folder and return it.

    Parameters
    ----------
    dataset, objects : Dataset
        `xr-360` and `xr-objects`.
    out : path
        The folder to write.
    version : str
        On the card.
    progress : callable
        Told what is done and in how many steps; yields the steps.
    """
    from lineament.training.encoded import encode
    from lineament.training.fit import fit_recordings
    from lineament.training.hand_over import hand_over

    recipe = load_recipe(HEAD_ENCODER)
    protocols = {data.name: Protocol.load(PROTOCOLS / f"{data.name}-reserved.json") for data in (dataset, objects)}
    encoding = build_encoding(recipe.encoding)
    watching, reaching = (encode(encoding, data.select(protocols[data.name].train)) for data in (dataset, objects))
    calibration = _calibrate(recipe, watching, reaching, protocols[dataset.name], progress)
    for _ in progress("training", 1):
        fitted = fit_recordings(recipe, [*watching, *reaching], progress=False)
        encoder = hand_over(fitted, out, name=HEAD_ENCODER, version=version)
    calibrated = _described(encoder, calibration, {})
    figures = {}
    for step in progress("judging on the people held back", 2):
        data = (dataset, objects)[step]
        protocol = protocols[data.name]
        people = len(protocol.gallery.subjects) + len(protocol.non_mated.subjects)
        results = evaluate(calibrated, data, protocol).results
        figures[f"{data.name}, {people} people never seen"] = [result.as_json() for result in results]
    _described(encoder, calibration, figures).save(out)
    return out


def _calibrate(
    recipe: Recipe, watching: Sequence[Encoded], reaching: Sequence[Encoded], protocol: Protocol, progress: Progress
) -> Calibration:
    """Return the calibration, which rests on people who were not trained on.

    Enrolled people stand in the columns of one deal each, so that its confidence is that of the people of one.
    """
    people = np.array(sorted({recording.subject for recording in watching}))
    judged = []
    for step in progress("calibrating", DEALS):
        held = set(np.random.default_rng(step).permutation(people)[:HELD_OUT])
        judged.append(_judge(recipe, watching, reaching, held, protocol))
    return Calibration.fit(
        np.concatenate([scores.known for scores in judged]),
        np.concatenate([scores.strangers for scores in judged]),
        TARGET_FPIR,
        stranger_ids=[who for scores in judged for who in scores.people],
        match_rule=recipe.match_rule.model_dump(mode="json"),
        gallery_size=min(scores.others for scores in judged),
        enrolment=ENROLMENT,
        use_time_s=USE_S,
    )


def _judge(
    recipe: Recipe, watching: Sequence[Encoded], reaching: Sequence[Encoded], held: set[str], protocol: Protocol
) -> ValidationScores:
    """Return the scores of people who are held out, enrolled and probed with the videos that the protocol says."""
    from lineament.training.fit import fit_recordings

    known = [recording for recording in watching if recording.subject not in held]
    fitted = fit_recordings(recipe, [*known, *reaching], progress=False)
    tracks = fitted.tracks([recording for recording in watching if recording.subject in held], STRIDE_S)
    enrolled, used = (
        [track for track in tracks if track.session in (side.sessions or ())]
        for side in (protocol.gallery, protocol.mated)
    )
    scores = validation_scores(enrolled, used, recipe.match_rule, use_s=USE_S)
    assert scores is not None
    return scores


def _described(encoder: Encoder, calibration: Calibration, figures: dict[str, Any]) -> Encoder:
    """Return the encoder with its threshold and its whole card."""
    card = {
        **encoder.card,
        "data": [
            {"name": "xr-360", "licence": "MIT", "people": 40, "citation": "Nasrabadi et al., ACM MMSys 2019"},
            {
                "name": "xr-objects",
                "licence": "MIT",
                "people": 8,
                "citation": "Schuetz et al., J. Vision 24(7):10, 2024",
            },
        ],
        "protocol": "xr-360-reserved: 40 people train, 12 are enrolled from one half of the videos and probe the other "
        "half, 8 are strangers; one sitting of each. xr-objects-reserved: as for xr-motion. The threshold is fixed by "
        "cross-validation among the 40 who train, on probes of one video",
        "figures": figures,
        "intended_use": INTENDED_USE,
        "not_for": NOT_FOR,
    }
    return encoder.described(card, calibration)
