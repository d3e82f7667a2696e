"""Calibrations as JSON: format 2 with an id and what is known of strangers; format 1, one threshold, is read still."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from lineament.decisions.calibration_best import BestScores
from lineament.decisions.calibration_llr import LikelihoodRatio
from lineament.decisions.calibration_strangers import StrangerModel
from lineament.errors import EncoderError, LineamentError
from lineament.files import read_json
from lineament.registry import nearest

if TYPE_CHECKING:
    from lineament.decisions.calibration import Calibration

    AnyCalibration = TypeVar("AnyCalibration", bound=Calibration)

FORMAT_VERSION = 2
READABLE = (1, 2)


def calibration_values(calibration: Calibration) -> dict[str, Any]:
    """Return what a calibration holds, as JSON; seconds go without saying, as they did at first."""
    values = {entry.name: getattr(calibration, entry.name) for entry in fields(calibration)}
    if calibration.unit == "s":
        del values["unit"]
    rates, likelihood = calibration.rates, calibration.likelihood
    return {
        **values,
        "match_rule": dict(calibration.match_rule),
        "rates": None if rates is None else rates.to_json(),
        "likelihood": None if likelihood is None else asdict(likelihood),
        "mated_scores": list(calibration.mated_scores),
    }


def calibration_id(calibration: Calibration) -> str:
    """Return twelve hexadecimal digits of the hash of what a calibration holds."""
    content = json.dumps(calibration_values(calibration), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def calibration_json(calibration: Calibration) -> dict[str, Any]:
    """Return the content of a calibration's file."""
    return {
        "format_version": FORMAT_VERSION,
        "id": calibration_id(calibration),
        **calibration_values(calibration),
    }


def read_calibration(kind: type[AnyCalibration], content: Any, where: str) -> AnyCalibration:
    """Return a calibration from its file or the content of one.

    Raises
    ------
    EncoderError
        When it is missing, damaged, of another format version, or a key or value is wrong.
    """
    if isinstance(content, Path):
        try:
            content = read_json(content, "a calibration")
        except LineamentError as error:
            raise EncoderError(error.expected, error.came, error.remedy) from error
    if not isinstance(content, dict) or content.get("format_version") not in READABLE:
        came = f"version {content.get('format_version')}" if isinstance(content, dict) else type(content).__name__
        raise EncoderError(f"{where}: format version {FORMAT_VERSION}", came, "calibrate again, or upgrade lineament")
    values = {key: value for key, value in content.items() if key not in {"format_version", "id"}}
    if content["format_version"] == 1 and "threshold" in values:
        values["fixed"] = values.pop("threshold")
    known = [entry.name for entry in fields(kind)]
    for key in values:
        if key not in known:
            raise EncoderError(f"{where}: a known key", repr(key), nearest(key, known))
    if "fixed" not in values:
        raise EncoderError(f"{where}: the key 'fixed'", "none", "calibrate again")
    try:
        return kind(**{**values, **_parts(values)})
    except LineamentError as error:
        raise EncoderError(f"{where}: {error.expected}", error.came, error.remedy) from error
    except (TypeError, ValueError, AttributeError) as error:
        raise EncoderError(f"{where}: a calibration", f"'{error}'", "calibrate again") from error


def _parts(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a calibration that are more than a number."""
    parts: dict[str, Any] = {"mated_scores": tuple(map(float, values.get("mated_scores", ())))}
    if values.get("likelihood") is not None:
        parts["likelihood"] = LikelihoodRatio(**values["likelihood"])
    rates = values.get("rates")
    if rates is not None:
        parts["rates"] = (StrangerModel if rates.get("kind") == "model" else BestScores).from_json(rates)
    return parts
