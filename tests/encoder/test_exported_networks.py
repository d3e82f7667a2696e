"""Networks of the training wing, handed over as ONNX, at work in the runtime."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from lineament.encoder import Encoder
from lineament.encoder import engine as module
from lineament.encodings import build_encoding
from lineament.networks import build_network
from lineament.recipes.components import Component, Gru, TemporalConv
from lineament.training.export import export_onnx
from tests.encoder.test_stream import damaged, pushed
from tests.encoder.tiny import SPEC, person

WINDOW = 90
CONVOLUTION = TemporalConv(channels=16, attention=8, dim=12)
RECURRENT = Gru(hidden=12, layers=1, dim=12)


def encoder(
    spec: Component, path: Path, *, normalise: bool = True, join: bool = False
) -> tuple[Encoder, torch.nn.Module]:
    torch.manual_seed(0)
    encoding = build_encoding(SPEC.model_copy(update={"join": join}))
    encoding.fit([person(900), person(901)])
    network = build_network(spec, len(encoding.names), WINDOW, normalise=normalise).eval()
    export_onnx(network, path / "network.onnx")
    card = {"name": "real", "version": "1", "modality": "motion", "normalise": normalise}
    return Encoder((path / "network.onnx").read_bytes(), encoding, WINDOW, 0.5, card), network


@pytest.mark.parametrize("spec", [CONVOLUTION, RECURRENT])
@pytest.mark.parametrize("normalise", [True, False])
def test_it_agrees_with_torch(spec: Component, normalise: bool, tmp_path: Path) -> None:
    made, network = encoder(spec, tmp_path, normalise=normalise)
    sample = person(1, seconds=30)
    (segment,) = made.encoding.encode(sample)
    starts = range(0, len(segment) - WINDOW + 1, round(0.5 * 15))
    windows = np.stack([segment.values[start : start + WINDOW] for start in starts])
    with torch.no_grad():
        truth = network.embed_windows(torch.from_numpy(windows)).numpy()  # type: ignore[operator]
    np.testing.assert_allclose(made.embed(sample), truth, rtol=0, atol=1e-4)
    made.save(tmp_path / "saved")
    np.testing.assert_array_equal(Encoder.load(tmp_path / "saved").embed(sample), made.embed(sample))


@pytest.mark.parametrize("join", [True, False])
def test_chunks_change_nothing(join: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, _ = encoder(CONVOLUTION, tmp_path, join=join)
    sample = damaged(5, seconds=120)
    whole = made.embed(sample, 1 / 15)
    monkeypatch.setattr(module, "FRAMES_AT_ONCE", 100)
    np.testing.assert_allclose(made.embed(sample, 1 / 15), whole, rtol=0, atol=2e-6)


@pytest.mark.parametrize("spec", [CONVOLUTION, RECURRENT])
@pytest.mark.parametrize("join", [True, False])
@pytest.mark.parametrize("seed", [2])
def test_pieces_give_the_whole(spec: Component, join: bool, seed: int, tmp_path: Path) -> None:
    made, _ = encoder(spec, tmp_path, join=join)
    sample = damaged(seed, seconds=40)
    starts, embeddings = made.embed_timed(sample)
    came = pushed(made.stream(), sample, list(range(0, len(sample), 50)))
    np.testing.assert_allclose(came[0], starts, rtol=0, atol=1e-6)
    np.testing.assert_allclose(came[1], embeddings, rtol=0, atol=1e-5)
