"""A trained encoder as the folder that the runtime reads: exported, compared with torch, calibrated, described."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.torch import save_file

from lineament.datasets import Dataset
from lineament.encoder import Encoder
from lineament.encoder.engine import Engine
from lineament.encoder.folder import Parts, encoding_json, write_parts
from lineament.errors import EncoderError, LineamentError
from lineament.evaluation.calibrating import CALIBRATED_USE_S, TARGET_FPIR, calibrate, use_time
from lineament.evaluation.tracks import Track, embed_tracks
from lineament.signals import Sample
from lineament.training.export import TOLERANCE, export_onnx
from lineament.training.fit import Fitted
from lineament.training.validation import USE_S, identification_accuracy

INTENDED_USE = "research on, and development of, identification of consenting people by "
MEASURED = {
    "motion": "their motion in XR",
    "image": "images of the kind that it was trained on",
    "keystrokes": "how they type",
    "mouse": "how they move a mouse",
    "signature": "how they sign",
    "visits": "the sites they visit",
    "inertial": "how they walk, measured by a sensor that they wear",
}
NOT_FOR = "deciding alone about people's access or rights; identifying people who have not agreed to it"


def hand_over(
    fitted: Fitted,
    folder: str | Path,
    *,
    name: str | None = None,
    version: str = "1",
    card: Mapping[str, Any] | None = None,
    validation: Sequence[Sample] = (),
    target_fpir: float = TARGET_FPIR,
    use_s: float | None = None,
) -> Encoder:
    """Write a trained encoder's folder and return it as the runtime reads it.

    Parameters
    ----------
    fitted : Fitted
    folder : path
        A new folder, or an encoder's, which is replaced when the new one is whole.
    name, version : str
        Of the encoder; the recipe's name where none is given.
    card : mapping, optional
        What is known beside that: ``data`` (sets with licence and people), ``protocol``, ``figures``, ``intended_use``,
        ``not_for``.
    validation : sequence of Sample
        Recordings of people not trained on: the runtime's embeddings are compared with torch's on them, the threshold
        is fixed on them, and their figure goes on the card. Without two such people there is no calibration, nor with
        a match rule that normalises scores: its cohort does not ship with an encoder (`lineament calibrate --cohort`).
    target_fpir : float
        Rate of strangers accepted that the threshold is fixed for.
    use_s : float, optional
        Seconds of the probes that it is fixed on: a minute, or a single image or window of events, where not given.

    Raises
    ------
    EncoderError
        When the runtime's embeddings differ from torch's by more than 1e-4, or the folder cannot be written.
    """
    target = Path(folder)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".hand-over.") as beside:
            parts = _parts(fitted, Path(beside), describe(fitted, name or fitted.recipe.name, version, card or {}))
            if validation:
                frames = fitted.recipe.window.frames
                seconds = use_time(fitted.encoding, frames, CALIBRATED_USE_S) if use_s is None else use_s
                parts = _calibrated(parts, fitted, validation, target_fpir, seconds)
            write_parts(parts, target)
    except OSError as error:
        raise EncoderError(
            f"{target}: a folder that can be written", f"'{error.strerror or error}'", "free some space"
        ) from error
    return Encoder.load(target)


def describe(fitted: Fitted, name: str, version: str, card: Mapping[str, Any]) -> dict[str, Any]:
    """Return the encoder's card.

    Names of people are on it for a classifier alone, whose outputs mean nothing without.
    """
    recipe = fitted.recipe
    content: dict[str, Any] = {
        "name": name,
        "version": version,
        "modality": fitted.encoding.modality,
        "normalise": fitted.network.normalise,
        "recipe": recipe.model_dump(mode="json"),
        "network": recipe.network.model_dump(mode="json"),
        "parameters": sum(p.numel() for p in fitted.network.parameters()),
        "training": {
            "subjects": len(fitted.subjects),
            "steps": int(fitted.history[-1].get("step", 0)) if fitted.history else 0,
            "seconds": round(fitted.seconds, 1),
            "seed": fitted.seed,
        },
        "data": [],
        "figures": {},
        "intended_use": INTENDED_USE + MEASURED[fitted.encoding.modality],
        "not_for": NOT_FOR,
    }
    if fitted.classifies:
        content["classes"] = list(fitted.subjects)
    return {**content, **card}


def _parts(fitted: Fitted, beside: Path, card: dict[str, Any]) -> Parts:
    """Export the network and return what the encoder is made of."""
    export_onnx(fitted.network, beside / "network.onnx")
    weights = beside / "weights.safetensors"
    try:
        save_file({key: value.contiguous() for key, value in fitted.network.state_dict().items()}, weights)
    except Exception as error:  # safetensors raises an error type of its own for a full disk
        raise LineamentError(f"{weights}: a file that can be written", f"'{error}'", "free some space") from error
    window = fitted.recipe.window
    return Parts(
        engine=Engine((beside / "network.onnx").read_bytes(), "network"),
        encoding=fitted.encoding,
        window=window.frames,
        stride_s=window.stride_s,
        card=card,
        content=encoding_json(fitted.encoding, window.frames, window.stride_s),
        weights=weights,
    )


def _calibrated(parts: Parts, fitted: Fitted, validation: Sequence[Sample], target_fpir: float, use_s: float) -> Parts:
    """Return the parts with a threshold and the figure of the validation people, as the runtime embeds them."""
    encoder = Encoder(parts.engine.content, parts.encoding, parts.window, parts.stride_s, parts.card)
    people = Dataset.of("validation", validation)
    tracks = embed_tracks(encoder, people, stride_s=parts.stride_s)
    _compare(fitted, validation, tracks)
    if fitted.classifies:
        return parts
    rule, metric = fitted.recipe.ranking, encoder.metric
    persons = people.person_of()
    unit, used = fitted.encoding.unit, use_time(fitted.encoding, parts.window, USE_S)
    calibration = None
    if rule == fitted.recipe.match_rule:
        calibration = calibrate(
            tracks, rule, metric=metric, target_fpir=target_fpir, use_s=use_s, unit=unit, persons=persons
        )
    figures = {
        "people": len({track.subject for track in tracks}),
        "accuracy": identification_accuracy(tracks, rule, metric=metric, use_s=used),
        "protocol": f"first session (or half of the only one) enrolled, {_use_time_in_words(fitted)}",
    }
    card = {**parts.card, "figures": {"validation": figures, **parts.card["figures"]}}
    if calibration is not None:
        calibration = replace(calibration, encoder=parts.id)
    return replace(parts, card=card, calibration=calibration)


def _use_time_in_words(fitted: Fitted) -> str:
    if fitted.encoding.max_gap_s is not None:
        return "use-time 5 minutes or the whole recording"
    unit = fitted.encoding.unit
    return f"each {'image' if unit == 'images' else f'window of {fitted.recipe.window.frames} {unit}'} by itself"


def _compare(fitted: Fitted, validation: Sequence[Sample], tracks: Sequence[Track]) -> None:
    """Refuse an encoder whose embeddings are not those of the network that was trained."""
    sample = next(s for s in validation if (s.subject, s.session) == tracks[0].key)
    wanted = fitted.embed([sample])[0].vectors
    came = tracks[0].vectors[: len(wanted)]  # several takes of one session are one track
    difference = float(np.abs(wanted - came).max()) if wanted.shape == came.shape else np.inf
    scale = 1.0 if fitted.network.normalise else max(1.0, float(np.abs(wanted).max()))
    if not difference <= TOLERANCE * scale:
        raise EncoderError(
            f"{sample.source}: the embeddings that the network gave in training",
            f"others, by {difference:.1e}",
            "report it with the recipe",
        )
