"""A trained network as ``network.onnx``, checked against torch before it is handed over."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch

from lineament.errors import EncoderError
from lineament.files import replacing
from lineament.networks import Network

FORMAT = 1
OPSET = 18
TOLERANCE = 1e-4
Inputs = dict[str, torch.Tensor]


def export_onnx(network: Network, path: str | Path, *, seed: int = 0) -> float:
    """Write a network as ONNX and check that ONNX Runtime agrees with torch.

    A windowed network has the input ``frames`` (B, W, F), a dense one ``frames`` (1, T, F), ``seams`` (1, T) and
    ``starts`` (N,) int64; B, T and N are free. The output is ``embeddings``, (B, dim) or (1, N, dim). The
    metadata are ``lineament.format``, ``dense``, ``window``, ``inputs``, ``dim`` and ``normalise``. No path of the
    machine is in the file.

    Parameters
    ----------
    network : Network
        Exported as in evaluation (no dropout); left in the mode and on the device it came in.
    path : path
        The file.
    seed : int
        Of the random recordings that it is checked on.

    Returns
    -------
    float
        The largest absolute difference to torch, over two lengths.

    Raises
    ------
    EncoderError
        Where that is above 1e-4, or not a number.
    """
    device, training = next(iter([*network.parameters(), *network.buffers()])).device, network.training
    network.cpu().eval()
    try:
        content = _convert(network)
        difference = _difference(network, content, seed)
    finally:
        network.to(device).train(training)
    if not difference <= TOLERANCE:
        raise EncoderError(
            f"{path}: embeddings that agree with torch to {TOLERANCE}",
            f"a difference of {difference:.1e}",
            "train again with smaller weights (more weight decay, a lower learning rate)",
        )
    with replacing(path) as beside:
        beside.write_bytes(content)
    return difference


def _example(network: Network, length: int, generator: np.random.Generator) -> Inputs:
    """Return random inputs: ``length`` windows, or windows of a recording ``length`` windows long with a seam."""
    if not network.dense:
        return {"frames": _normal(generator, (length, network.window, network.inputs))}
    frames = length * network.window + length
    seams = torch.zeros(1, frames)
    seams[0, frames // 2] = 1
    starts = torch.from_numpy(generator.integers(0, frames - network.window + 1, 4 * length))
    return {"frames": _normal(generator, (1, frames, network.inputs)), "seams": seams, "starts": starts}


def _normal(generator: np.random.Generator, shape: tuple[int, ...]) -> torch.Tensor:
    return torch.from_numpy(generator.standard_normal(shape, dtype=np.float32))


def _convert(network: Network) -> bytes:
    """Return the network as a serialised ONNX model without the traces of where it was made."""
    inputs = _example(network, 2, np.random.default_rng(0))
    free = {"frames": {0: "windows"}, "embeddings": {0: "windows"}}
    if network.dense:
        free = {"frames": {1: "frames"}, "seams": {1: "frames"}, "starts": {0: "windows"}, "embeddings": {1: "windows"}}
    target: Any = io.BytesIO()
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # tracing warns of sizes that it cannot know to be constant
        torch.onnx.export(
            network,
            tuple(inputs.values()),
            target,
            dynamo=False,  # 0.8 s for a GRU, where the other exporter takes 18 s
            input_names=list(inputs),
            output_names=["embeddings"],
            dynamic_axes=free,
            opset_version=OPSET,
        )
    model = onnx.load_from_string(target.getvalue())
    _strip(model.graph)
    properties = {
        "format": FORMAT,
        "dense": int(network.dense),
        "window": network.window,
        "inputs": network.inputs,
        "dim": network.dim,
        "normalise": int(network.normalise),
    }
    onnx.helper.set_model_props(model, {f"lineament.{key}": str(value) for key, value in properties.items()})
    onnx.checker.check_model(model)
    serialised: bytes = model.SerializeToString()
    return serialised


def _strip(graph: onnx.GraphProto) -> None:
    """Remove what tells of the machine: doc strings and per-node metadata, which may quote source paths."""
    for node in graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    for value in [*graph.input, *graph.output, *graph.value_info, *graph.initializer]:
        value.doc_string = ""
    graph.doc_string = ""


def _difference(network: Network, content: bytes, seed: int) -> float:
    """Return the largest absolute difference between ONNX Runtime and torch over two lengths."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    generator = np.random.default_rng(seed)
    differences = []
    for length in (1, 5):
        inputs = _example(network, length, generator)
        with torch.no_grad():
            wanted = network(**inputs).numpy()
        came = session.run(["embeddings"], {key: value.numpy() for key, value in inputs.items()})[0]
        differences.append(np.abs(came - wanted).max())
    return float(np.max(differences))
