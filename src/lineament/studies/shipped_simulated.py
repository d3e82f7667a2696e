"""How the encoders of behaviour that ship are made: of simulated people alone, as real sets' licences forbid theirs.

One population trains, another fixes the threshold, a third is judged: a population is a seed, and none of these is the
one that `lineament demo` shows. The promise of the calibration (a rate of strangers named in a gallery of any size) is
held against what the third population gives, and both stand on the card.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lineament.datasets import Dataset, make_protocol
from lineament.datasets.simulate.populations import simulated
from lineament.datasets.simulate.signatures import simulated_signatures
from lineament.decisions import Calibration, build_match_rule
from lineament.encoder import Encoder
from lineament.errors import EncoderError, LineamentError
from lineament.metrics import pooled_interval
from lineament.recipes.components import Component
from lineament.recipes.recipe import load_recipe
from lineament.registry import nearest
from lineament.studies import shipped_typing
from lineament.studies.calibrate import calibrate_encoder
from lineament.studies.evaluate import Evaluated, evaluate

SEEDS = {"training": 11, "calibrating": 12, "judging": 13}
LARGEST_BYTES = 1_000_000
"""Of a network that is to run in a web page."""
RATES = (0.05, 0.01)
"""Of strangers named, that are held against what comes."""
TARGET_FPIR = 0.05
INTENDED_USE = (
    "trying lineament out; a first encoder for consenting people, to be calibrated on people of one's own before it "
    "decides anything"
)
NOT_FOR = (
    "access control by itself, watchlists, surveillance, people who did not agree to it; it never saw a real person: "
    "the docs say how well it knows them"
)
Progress = Callable[[str, int], Iterable[int]]


@dataclass(frozen=True)
class Plan:
    """What a shipped encoder is made of.

    Parameters
    ----------
    encoder : str
        Its name.
    recipe : str
    trained, calibrated, judged : int
        Simulated people, two sessions each; half of those who are judged are strangers.
    people : callable, optional
        From how many and a seed to those who train, where they are to be others than the demonstration's.
    calibrate : callable, optional
        From encoder, match rule, how many, seed, target and progress to the calibration, where it is not that of people
        like the demonstration's.
    further : callable, optional
        From the calibrated encoder, match rule, how many, seed and progress to further figures for the card.
    """

    encoder: str
    recipe: str
    trained: int
    calibrated: int = 300
    judged: int = 400
    people: Callable[[int, int], Dataset] | None = None
    calibrate: Callable[[Encoder, Component, int, int, float, Progress], Calibration] | None = None
    further: Callable[[Encoder, Component, int, int, Progress], Any] | None = None


def _writers_and_forgers(count: int, seed: int) -> Dataset:
    return simulated_signatures(count, signatures=5, forgeries=10, seed=seed)


PLANS: dict[str, Plan] = {
    "mouse": Plan("mouse-simulated", "mouse", trained=200, judged=200),
    "keystrokes": Plan(
        "typing-simulated",
        "typing-phrase",
        trained=3000,
        calibrated=500,
        judged=480,
        people=shipped_typing.training_people,
        calibrate=shipped_typing.calibrate,
        further=shipped_typing.promises_by_phrase,
    ),
    "signature": Plan(
        "signature-simulated", "signature", trained=100, calibrated=200, judged=200, people=_writers_and_forgers
    ),
    "inertial": Plan("gait-simulated", "gait-small", trained=100, calibrated=120, judged=120),
    "visits": Plan("web-simulated", "web-small", trained=300, calibrated=150, judged=200),
}
"""By modality."""


def make(modality: str, out: Path, *, work: Path, version: str = "1", progress: Progress) -> Encoder:
    """Train, calibrate, judge and describe an encoder; write its folder and return it.

    Parameters
    ----------
    modality : str
        A key of `PLANS`.
    out : path
        The encoder's folder.
    work : path
        For the checkpoints of training; an interrupted run goes on from there.
    version : str
        On the card.
    progress : callable
        Told what is done and in how many steps; yields the steps.

    Raises
    ------
    LineamentError
        When there is no plan for the modality.
    EncoderError
        When the network has grown larger than 1 MB.
    """
    from lineament.training.train import train

    if modality not in PLANS:
        raise LineamentError("a shipped encoder: a modality", repr(modality), nearest(modality, list(PLANS)))
    plan, seed = PLANS[modality], SEEDS["training"]
    people = plan.people(plan.trained, seed) if plan.people else simulated(modality, range(plan.trained), seed=seed)
    _, encoder = train(
        load_recipe(plan.recipe), [people], work, resume=True, name=plan.encoder, version=version, validation=0.1
    )
    size = len((work / "encoder" / "network.onnx").read_bytes())
    if size > LARGEST_BYTES:
        raise EncoderError("a shipped encoder: a network of 1 MB at most", f"{size / 1e6:.2f} MB", "lower its sizes")
    rule = load_recipe(plan.recipe).match_rule
    calibration = _calibration(modality, plan, encoder, rule, progress)
    calibrated = encoder.described(encoder.card, calibration)
    judged = judge(calibrated, simulated(modality, range(plan.judged), seed=SEEDS["judging"]), progress=progress)
    if plan.further:
        judged["further"] = plan.further(calibrated, rule, plan.judged, SEEDS["judging"], progress)
    promise = (
        f"calibrated on {plan.calibrated} further simulated people, judged on {plan.judged} others, half strangers"
    )
    card = {
        **encoder.card,
        "data": [{"name": people.name, "licence": "Apache-2.0", "people": plan.trained, "simulated": True}],
        "protocol": promise,
        "figures": {"simulated people never seen": judged},
        "intended_use": INTENDED_USE,
        "not_for": NOT_FOR,
    }
    calibrated.described(card, calibration).save(out)
    return Encoder.load(out)


def _calibration(modality: str, plan: Plan, encoder: Encoder, rule: Component, progress: Progress) -> Calibration:
    """Return the calibration that a plan wants."""
    seed = SEEDS["calibrating"]
    if plan.calibrate:
        return plan.calibrate(encoder, rule, plan.calibrated, seed, TARGET_FPIR, progress)
    others = simulated(modality, range(plan.calibrated), seed=seed)
    built = build_match_rule(rule)
    return calibrate_encoder(encoder, others, rule=built, target_fpir=TARGET_FPIR, progress=progress).calibration


def judge(encoder: Encoder, people: Dataset, *, progress: Progress) -> dict[str, Any]:
    """Enrol half of the people from their first session; hold what is promised of the others against what comes.

    Returns
    -------
    dict
        ``probes``, a row for each length of probe; ``promises``, for the shortest: the rate asked for, the rate at
        which strangers were named with its interval, and the share of enrolled people's probes that were not.
    """
    protocol = make_protocol(people, train=0, validation=0, strangers=0.5, seed=0, name=f"{people.name}-judged")
    found = evaluate(encoder, people, protocol, progress=progress)
    return {
        "gallery_size": found.gallery_size,
        "probes": [result.as_json() for result in found.results],
        "promises": [_promise(found, rate) for rate in RATES],
    }


def _promise(found: Evaluated, rate: float) -> dict[str, Any]:
    """Return a promised rate beside what the shortest probes give at its threshold."""
    assert found.encoder.calibration is not None
    result = found.results[0]
    threshold = found.encoder.calibration.threshold(fpir=rate, gallery_size=found.gallery_size).value
    probes = result.scores.probes
    strangers = probes["person"][~result.scores.known].tolist()
    named = pooled_interval(correct=result.stranger_scores >= threshold, subjects=strangers, seed=0)
    missed = float((result.known_scores < threshold).mean())
    return {"fpir": rate, "threshold": threshold, "measured": named.as_json(), "missed": missed}
