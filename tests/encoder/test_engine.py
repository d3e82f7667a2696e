from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from lineament.encoder import engine as module
from lineament.encoder.engine import Engine
from lineament.encodings import Segment
from lineament.errors import EncoderError
from tests.encoder.tiny import DIM, WINDOW, network

INPUTS = 6


def segment(frames: int, seed: int = 0) -> Segment:
    values = np.random.default_rng(seed).standard_normal((frames, INPUTS)).astype(np.float32)
    return Segment(values, np.arange(frames) / 15, np.zeros(frames, dtype=bool))


def slow(content: bytes, frames: np.ndarray, start: int) -> np.ndarray:
    """The embedding of one window by itself."""
    weights = onnx.numpy_helper.to_array(
        next(c for c in onnx.load_from_string(content).graph.initializer if c.name == "weights")
    )
    plain = frames[start : start + WINDOW].astype(np.float64).mean(axis=0) @ weights
    return plain / np.linalg.norm(plain)


@pytest.mark.parametrize("dense", [True, False])
@pytest.mark.parametrize("stride", [1, 7, 100])
def test_each_window_is_embedded(dense: bool, stride: int) -> None:
    content, frames = network(dense=dense, inputs=INPUTS), segment(400)
    starts = np.arange(0, 400 - WINDOW + 1, stride)
    embeddings = Engine(content, "test").embed(frames, starts, WINDOW)
    assert embeddings.dtype == np.float32
    np.testing.assert_allclose(embeddings, [slow(content, frames.values, s) for s in starts], atol=1e-6)


@pytest.mark.parametrize("dense", [True, False])
@pytest.mark.parametrize(("frames_at_once", "windows_at_once"), [(1, 9999), (10, 9999), (9999, 1), (9999, 3), (50, 4)])
def test_chunks_change_nothing(
    dense: bool, frames_at_once: int, windows_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, frames = Engine(network(dense=dense, inputs=INPUTS), "test"), segment(300)
    for stride in (1, 15, 80):
        starts = np.arange(0, 300 - WINDOW + 1, stride)
        whole = engine.embed(frames, starts, WINDOW)
        with monkeypatch.context() as patch:
            patch.setattr(module, "FRAMES_AT_ONCE", frames_at_once)
            patch.setattr(module, "WINDOWS_AT_ONCE", windows_at_once)
            patch.setattr(module, "NUMBERS_AT_ONCE", windows_at_once * WINDOW * INPUTS)
            np.testing.assert_allclose(engine.embed(frames, starts, WINDOW), whole, rtol=0, atol=1e-6)


def test_a_dense_network_never_sees_more_than_a_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, seen = Engine(network(inputs=INPUTS), "test"), []
    run = engine._run
    monkeypatch.setattr(engine, "_run", lambda feed: seen.append(feed["frames"].shape[1]) or run(feed))
    engine.embed(segment(40_000), np.arange(0, 40_000 - WINDOW, 15), WINDOW)
    assert max(seen) <= module.FRAMES_AT_ONCE + WINDOW
    assert len(seen) >= 4


def test_seams_are_told() -> None:
    engine, frames = Engine(network(inputs=INPUTS), "test"), segment(100)
    frames.seams[10:90] = True
    embeddings = engine.embed(frames, np.array([0, 20]), WINDOW)
    np.testing.assert_allclose(
        embeddings[0], slow(network(inputs=INPUTS), np.where(frames.seams[:, None], 0, frames.values), 0), atol=1e-6
    )
    assert (embeddings[1] == 0).all()


def test_no_windows_give_no_rows() -> None:
    assert Engine(network(), "test").embed(segment(10), np.arange(0), WINDOW).shape == (0, DIM)


def test_what_a_network_says_of_itself() -> None:
    engine = Engine(network(inputs=INPUTS, normalise=False), "test")
    assert (engine.dense, engine.dim, engine.inputs) == (True, DIM, INPUTS)
    assert engine.metadata == {
        "format": "1", "dense": "1", "window": "45", "inputs": "6", "dim": str(DIM), "normalise": "0",
    }  # fmt: skip
    assert Engine(network(metadata=False), "test").metadata == {}


@pytest.mark.parametrize("content", [b"", b"not a network", network()[:200], network()[:-300]])
def test_damaged_networks_are_refused(content: bytes) -> None:
    with pytest.raises(EncoderError, match=r"net\.onnx: an ONNX network was expected"):
        Engine(content, "net.onnx")


def other_network(inputs: dict[str, list[object]], dims: list[object]) -> bytes:
    nodes = [helper.make_node("Identity", [next(iter(inputs))], ["out"])]
    graph = helper.make_graph(
        nodes,
        "other",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, dims)],
    )
    content: bytes = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9
    ).SerializeToString()
    return content


@pytest.mark.parametrize(
    ("inputs", "dims", "message"),
    [
        ({"pixels": ["B", 3, 8]}, ["B", 3, 8], "but pixels"),
        ({"frames": ["B", 8]}, ["B", 8], "but frames"),
        ({"frames": ["B", "T", "F"]}, ["B", "T", "F"], "fixed number of features"),
    ],
)
def test_other_networks_are_refused(inputs: dict[str, list[object]], dims: list[object], message: str) -> None:
    with pytest.raises(EncoderError, match=message):
        Engine(other_network(inputs, dims), "net.onnx")


def test_numbers_that_are_not_finite_are_refused() -> None:
    frames = segment(100)
    frames.values[50] = np.inf
    with pytest.raises(EncoderError, match="NaN or infinity"):
        Engine(network(inputs=INPUTS), "net.onnx").embed(frames, np.array([20]), WINDOW)


def test_a_window_the_network_was_not_made_for_is_refused() -> None:
    with pytest.raises(EncoderError, match="takes"):
        Engine(network(dense=False, inputs=INPUTS), "net.onnx").embed(segment(100), np.array([0]), WINDOW + 1)
