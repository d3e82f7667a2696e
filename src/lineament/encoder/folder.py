"""The folder that an encoder is: every file checked when it is read, all of them written or none.

``network.onnx``, ``encoding.json``, ``card.json``; where calibrated ``calibration.json``; for whoever trains on,
``weights.safetensors``, which is carried along and never read here. Nothing is pickled.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lineament.encoders
from lineament.decisions import Calibration
from lineament.encoder.engine import Engine
from lineament.encodings import Encoding, read_encoding
from lineament.errors import EncoderError, LineamentError
from lineament.files import read_json, replacing, write_json
from lineament.registry import nearest

FORMAT_VERSION = 1
NETWORK, ENCODING, CARD = "network.onnx", "encoding.json", "card.json"
CALIBRATION, WEIGHTS = "calibration.json", "weights.safetensors"
SHIPPED = Path(lineament.encoders.__path__[0])
DEFAULT_ENCODER = "xr-motion"
HEAD_ENCODER = "xr-motion-head"
SIMULATED_ENCODER = "xr-motion-simulated"
"""The shipped encoder that is used where none is named."""
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")


@dataclass(frozen=True, eq=False)
class Parts:
    """What an encoder is made of.

    Parameters
    ----------
    engine : Engine
    encoding : Encoding
    window : int
        Frames in a window.
    stride_s : float
        Seconds between windows, where nothing else is asked for.
    card : mapping
    content : mapping
        What ``encoding.json`` holds; kept as it was read, so that the id does not change with the release.
    calibration : Calibration or None
    weights : Path or None
        The file for whoever trains on.
    """

    engine: Engine
    encoding: Encoding
    window: int
    stride_s: float
    card: Mapping[str, Any]
    content: Mapping[str, Any]
    calibration: Calibration | None = None
    weights: Path | None = None

    @property
    def id(self) -> str:
        """Name, version and the first eight hex digits of a hash of the network and the encoding."""
        content = json.dumps(self.content, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(self.engine.sha256.encode() + content.encode()).hexdigest()
        return f"{self.card['name']}-{self.card['version']}-{digest[:8]}"


def shipped_encoders() -> list[str]:
    """Return the names of the encoders that ship with the package."""
    return sorted(card.parent.name for card in SHIPPED.glob(f"*/{CARD}"))


def find_encoder(name_or_path: str | Path) -> Path:
    """Return the folder of an encoder, by its shipped name or its path.

    Raises
    ------
    EncoderError
        When there is none; the message names the nearest.
    """
    if str(name_or_path) in shipped_encoders():
        return SHIPPED / str(name_or_path)
    path = Path(name_or_path)
    if path.is_dir():
        return path
    if path.exists():
        raise EncoderError(f"{path}: the folder of an encoder", "a file", "give the folder that holds it")
    names = shipped_encoders()
    advice = nearest(str(name_or_path), names) if names else "train one with 'lineament train'"
    raise EncoderError("encoder: a shipped name or a folder", repr(str(name_or_path)), advice)


def read_parts(folder: Path) -> Parts:
    """Read and check every file of an encoder's folder.

    Raises
    ------
    EncoderError
        When a file is missing, damaged, of an unknown format version, or does not fit the others.
    """
    card = read_card(folder / CARD)
    content = _read_versioned(folder / ENCODING, "the encoding of an encoder")
    try:
        encoding = read_encoding(content.get("encoding"))
    except LineamentError as error:
        raise _placed(error, folder / ENCODING) from error
    window, stride_s = _read_window(content.get("window"), folder / ENCODING)
    try:
        network = (folder / NETWORK).read_bytes()
    except OSError as error:
        raise EncoderError(f"{folder / NETWORK}: a network", f"'{error.strerror}'", "restore the folder") from error
    engine = Engine(network, str(folder / NETWORK))
    calibration = Calibration.load(folder / CALIBRATION) if (folder / CALIBRATION).exists() else None
    weights = folder / WEIGHTS if (folder / WEIGHTS).exists() else None
    parts = Parts(engine, encoding, window, stride_s, card, content, calibration, weights)
    check_fit(parts, str(folder))
    return parts


def write_parts(parts: Parts, folder: Path) -> None:
    """Write an encoder's folder; an encoder that was there is replaced when the new one is whole.

    Raises
    ------
    EncoderError
        When the folder holds something else, or cannot be written to.
    """
    check_fit(parts, str(folder))
    if folder.exists() and not (folder.is_dir() and _is_ours(folder)):
        raise EncoderError(f"{folder}: a new folder, or an encoder's", "something else", "choose another place")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
        try:
            _write_files(parts, beside)
            beside.chmod(0o755)
            _swap(beside, folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        raise EncoderError(
            f"{folder}: a folder that can be written",
            f"'{error.strerror or error}'",
            "free some space or choose another",
        ) from error


def check_fit(parts: Parts, where: str) -> None:
    """Raise where the parts of an encoder do not fit each other.

    Raises
    ------
    EncoderError
    """
    engine, features = parts.engine, parts.encoding.inputs
    if engine.inputs != features:
        raise EncoderError(
            f"{where}: a network for the {features} features of the encoding", f"one for {engine.inputs}", _RESTORE
        )
    claims = {
        "window": str(parts.window),
        "normalise": str(int(parts.card["normalise"])),
        "format": str(FORMAT_VERSION),
    }
    for key, value in claims.items():
        if engine.metadata.get(key, value) != value:
            raise EncoderError(f"{where}: a network with {key} {value}", f"{engine.metadata[key]}", _RESTORE)
    if parts.calibration and parts.calibration.encoder not in {"", parts.id}:
        raise EncoderError(
            f"{where}: the calibration of {parts.id}", f"that of {parts.calibration.encoder}", "calibrate it again"
        )


def encoding_json(encoding: Encoding, window: int, stride_s: float) -> dict[str, Any]:
    """Return the content of ``encoding.json``."""
    spec, windows = encoding.spec(), {"frames": window, "stride_s": stride_s}
    return {"format_version": FORMAT_VERSION, "encoding": spec, "window": windows}


_RESTORE = "restore the encoder's folder"


def _write_files(parts: Parts, folder: Path) -> None:
    with replacing(folder / NETWORK) as beside:
        beside.write_bytes(parts.engine.content)
    write_json(folder / ENCODING, parts.content)
    write_json(folder / CARD, {"format_version": FORMAT_VERSION, **parts.card})
    if parts.calibration:
        parts.calibration.save(folder / CALIBRATION)
    if parts.weights:
        with replacing(folder / WEIGHTS) as beside:
            shutil.copyfile(parts.weights, beside)


def _is_ours(folder: Path) -> bool:
    """Whether a folder is empty or holds an encoder, so that nothing else is lost when it is replaced."""
    names = {path.name for path in folder.iterdir()}
    return names <= {NETWORK, ENCODING, CARD, CALIBRATION, WEIGHTS}


def _swap(beside: Path, folder: Path) -> None:
    """Put a finished folder in place of another."""
    if not folder.exists():
        beside.rename(folder)
        return
    old = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.old."))
    folder.rename(old / folder.name)
    beside.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _read_versioned(path: Path, what: str) -> dict[str, Any]:
    try:
        content = read_json(path, what)
    except LineamentError as error:
        raise EncoderError(error.expected, error.came, error.remedy) from error
    if not isinstance(content, dict):
        raise EncoderError(f"{path}: {what}", f"JSON of another kind ({type(content).__name__})", _RESTORE)
    version = content.get("format_version")
    if version != FORMAT_VERSION:
        raise EncoderError(
            f"{path}: format version {FORMAT_VERSION}",
            "none" if version is None else f"version {version}",
            "upgrade lineament to the release that made it",
        )
    return content


def read_card(path: Path) -> dict[str, Any]:
    """Read and check the card of an encoder.

    Raises
    ------
    EncoderError
        When it is missing, damaged, of an unknown format version, or incomplete.
    """
    card = _read_versioned(path, "the card of an encoder")
    del card["format_version"]
    check_card(card, str(path))
    return card


def check_card(card: Mapping[str, Any], where: str) -> None:
    """Raise where a card lacks what an encoder must say of itself.

    Raises
    ------
    EncoderError
    """
    for key in ("name", "version"):
        if not (isinstance(card.get(key), str) and _WORD.fullmatch(card[key])):
            raise EncoderError(
                f"{where}: a {key} of letters, digits and . _ + -", repr(card.get(key)), "complete the card"
            )
    if not isinstance(card.get("modality"), str):
        raise EncoderError(f"{where}: a modality", repr(card.get("modality")), "complete the card")
    if not isinstance(card.get("normalise"), bool):
        raise EncoderError(f"{where}: normalise: true or false", repr(card.get("normalise")), "complete the card")


def _read_window(window: Any, path: Path) -> tuple[int, float]:
    frames = window.get("frames") if isinstance(window, dict) else None
    stride_s = window.get("stride_s") if isinstance(window, dict) else None
    if not (isinstance(frames, int) and not isinstance(frames, bool) and frames >= 1):
        raise EncoderError(f"{path}: a window of one frame or more", repr(frames), _RESTORE)
    if not (isinstance(stride_s, int | float) and 0 < stride_s < float("inf")):
        raise EncoderError(f"{path}: a stride in seconds above 0", repr(stride_s), _RESTORE)
    return frames, float(stride_s)


def _placed(error: LineamentError, path: Path) -> EncoderError:
    return EncoderError(f"{path}: {error.expected}", error.came, error.remedy)
