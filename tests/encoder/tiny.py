"""A tiny encoder that needs no training, and people who do not exist, for the tests of the runtime."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from lineament.decisions import Calibration
from lineament.encoder import Encoder
from lineament.encodings import build_encoding
from lineament.recipes.components import MotionEncoding
from lineament.recipes.image_components import ImageEncoding
from lineament.signals import Sample
from lineament.signals.image import image_sample
from lineament.signals.motion import CHANNELS

FPS, WINDOW, DIM = 15.0, 45, 24
SPEC = MotionEncoding(features=("BR", "statics", "BRA"), fps=FPS)


def person(number: int, session: int = 1, seconds: float = 12.0, fps: float = 30.0) -> Sample:
    """Somebody with a height, reach and rhythm of their own."""
    own, rng = np.random.default_rng([1, number]), np.random.default_rng([2, number, session])
    height, reach, side, pitch, rhythm = own.uniform([150, 20, 15, -0.4, 0.4], [195, 60, 40, 0.4, 1.5])
    times = np.arange(round(seconds * fps)) / fps
    turn = 0.1 * np.sin(2.0 * times + rng.uniform(0, 6))
    still = np.zeros_like(times)
    head = np.stack([still, still + height, still], axis=1) + 0.3 * rng.standard_normal((len(times), 3))
    facing = np.stack([still + np.sin(pitch / 2), np.sin(turn / 2), still, still + 1], axis=1)
    columns = [head, facing / np.linalg.norm(facing, axis=1, keepdims=True)]
    for sign in (-1, 1):
        swing = np.sin(2 * np.pi * rhythm * times + rng.uniform(0, 6))
        hand = head + np.stack([sign * side + still, -50 + 8 * swing, reach + 4 * swing], axis=1)
        roll = own.uniform(-0.5, 0.5) + 0.1 * swing
        columns += [hand, np.stack([still, still, np.sin(roll / 2), np.cos(roll / 2)], axis=1)]
    who, when = f"p{number:02d}", f"s{session}"
    return Sample("motion", np.hstack(columns), times, CHANNELS, who, when, source=f"{who}/{when}")


def network(
    *, dense: bool = True, normalise: bool = True, inputs: int = 0, window: int = WINDOW, metadata: bool = True
) -> bytes:
    """Return a linear map of each window's mean frame; in the dense one, frames at seams count nothing.

    As in the real ones, a seam at a window's first frame is none to it, and a window of seams alone gives zeros.
    """
    inputs = inputs or len(build_encoding(SPEC).names)
    weights = np.random.default_rng(0).standard_normal((inputs, DIM)).astype(np.float32)
    if window > 1:
        weights[21:] *= 0.02  # accelerations: there to look back two frames, and hardly telling
    constants = {
        "weights": weights,
        "tiny": np.array(1e-12, np.float32),
        "one": np.array(1, np.float32),
        "zero": np.array([0], np.int64),
        "middle": np.array([1], np.int64),
        "last": np.array([-1], np.int64),
        "first": np.eye(1, window, dtype=np.float32),
        "later": 1 - np.eye(1, window, dtype=np.float32),
        "range": np.arange(window, dtype=np.int64)[None],
    }
    floats, node = TensorProto.FLOAT, helper.make_node
    if dense:
        entrances = [
            ("frames", floats, [1, "T", inputs]),
            ("seams", floats, [1, "T"]),
            ("starts", TensorProto.INT64, ["N"]),
        ]
        nodes = [
            node("Unsqueeze", ["starts", "middle"], ["column"]),
            node("Add", ["column", "range"], ["places"]),
            node("Squeeze", ["frames", "zero"], ["stretch"]),
            node("Gather", ["stretch", "places"], ["all"], axis=0),
            node("Squeeze", ["seams", "zero"], ["marks"]),
            node("Gather", ["marks", "places"], ["marked"], axis=0),
            node("Sub", ["one", "marked"], ["unmarked"]),
            node("Mul", ["unmarked", "later"], ["others"]),
            node("ReduceMax", ["others", "middle"], ["alive"], keepdims=1),
            node("Mul", ["alive", "first"], ["alive first"]),
            node("Add", ["others", "alive first"], ["counts"]),
            node("Unsqueeze", ["counts", "last"], ["counts3"]),
            node("Mul", ["all", "counts3"], ["windows"]),
        ]
    else:
        entrances = [("frames", floats, ["B", window, inputs])]
        nodes = [node("Identity", ["frames"], ["windows"])]
    nodes += [
        node("ReduceMean", ["windows", "middle"], ["mean"], keepdims=0),
        node("MatMul", ["mean", "weights"], ["plain"]),
    ]
    if normalise:
        nodes += [
            node("ReduceL2", ["plain", "last"], ["norm"]),
            node("Max", ["norm", "tiny"], ["bounded"]),
            node("Div", ["plain", "bounded"], ["unit"]),
        ]
    result = "unit" if normalise else "plain"
    nodes.append(
        node("Unsqueeze", [result, "zero"], ["embeddings"]) if dense else node("Identity", [result], ["embeddings"])
    )
    shape: list[Any] = [1, "N", DIM] if dense else ["B", DIM]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(*entrance) for entrance in entrances],
        [helper.make_tensor_value_info("embeddings", floats, shape)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    if metadata:
        claims = {
            "format": 1,
            "dense": int(dense),
            "window": window,
            "inputs": inputs,
            "dim": DIM,
            "normalise": int(normalise),
        }
        helper.set_model_props(model, {f"lineament.{key}": str(value) for key, value in claims.items()})
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content


def tiny_encoder(*, dense: bool = True, normalise: bool = True, calibrated: bool = True, **spec: Any) -> Encoder:
    """Return an encoder fitted to twelve people, with a threshold that separates the people of this module."""
    encoding = build_encoding(SPEC.model_copy(update=spec))
    encoding.fit(person(number) for number in range(900, 912))
    card = {"name": "tiny", "version": "1", "modality": "motion", "normalise": normalise, "data": []}
    rule = {"name": "knn_vote", "k": 5, "soft": True}
    calibration = Calibration(fixed=0.97 if normalise else -1.0, match_rule=rule, use_time_s=5.0, gallery_size=4)
    content = network(dense=dense, normalise=normalise, inputs=len(encoding.names))
    return Encoder(content, encoding, WINDOW, 1.0, card, calibration if calibrated else None)


IMAGES = ImageEncoding(height=12, width=10, contrast="whole")


def picture(number: int, session: int = 1) -> Sample:
    """An image of somebody: blocks of their own greys, with a little noise."""
    own, rng = np.random.default_rng([3, number]), np.random.default_rng([4, number, session])
    blocks = np.kron(own.uniform(0.2, 0.8, (6, 5)), np.ones((8, 8)))
    grey = np.clip(blocks + 0.03 * rng.standard_normal(blocks.shape), 0, 1)
    who, when = f"p{number:02d}", f"s{session}"
    return image_sample(grey, subject=who, session=when, source=f"{who}/{when}")


def tiny_image_encoder(*, calibrated: bool = True) -> Encoder:
    """Return an encoder of images that needs no training, with a threshold that separates those of `picture`."""
    encoding = build_encoding(IMAGES)
    content = network(dense=False, inputs=encoding.inputs, window=1)
    card = {"name": "tiny-images", "version": "1", "modality": "image", "normalise": True, "data": []}
    calibration = Calibration(0.8, {"name": "prototype"}, gallery_size=4)
    return Encoder(content, encoding, 1, 1.0, card, calibration if calibrated else None)
