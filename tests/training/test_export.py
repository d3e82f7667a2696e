from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from lineament.errors import EncoderError, LineamentError
from lineament.networks import Network, build_network
from lineament.recipes.components import (
    Component,
    DenseStatistics,
    Discriminant,
    Fusion,
    Gru,
    Lstm,
    TemporalConv,
    WindowStatistics,
)
from lineament.training import export
from lineament.training.export import export_onnx

CONV = TemporalConv(channels=8, dilations=(1, 2), attention=3, dim=5)
EVERY = WindowStatistics(statistics=("mean", "std", "log_std", "p10", "p90", "correlation"), clip=3)
KERNELS = DenseStatistics(kernels=9, kernel=3, dilations=(1, 2), clip=3)
SPECS: list[Component] = [
    Gru(hidden=8, layers=2, dropout=0.2, dim=6),
    Lstm(hidden=8, layers=2, dim=6),
    CONV,
    CONV.model_copy(update={"norm": "layer", "attention": 0, "kernel": 4, "statistics": ("std",)}),
    EVERY,
    KERNELS,
    KERNELS.model_copy(update={"kernels": 0, "statistics": ("log_std", "correlation")}),
    KERNELS.model_copy(update={"statistics": (), "kernel_statistics": ("std",)}),
    Fusion(parts=(CONV, EVERY), weights=(2, 1)),
    Fusion(parts=(Gru(hidden=8, layers=1), EVERY)),
]


def session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def built(spec: Component, inputs: int = 4, window: int = 25, normalise: bool = True) -> Network:
    torch.manual_seed(0)
    return build_network(spec, inputs, window, normalise=normalise)


def inputs_of(network: Network, frames: int, starts: list[int], seams: tuple[int, ...] = ()) -> dict[str, torch.Tensor]:
    marks = torch.zeros(1, frames)
    marks[0, list(seams)] = 1
    generator = torch.Generator().manual_seed(frames)
    values = torch.randn(1, frames, network.inputs, generator=generator)
    return {"frames": values, "seams": marks, "starts": torch.tensor(starts)}


def difference(network: Network, path: Path, inputs: dict[str, torch.Tensor]) -> float:
    with torch.no_grad():
        wanted = network.eval()(**inputs).numpy()
    came = session(path).run(["embeddings"], {key: value.numpy() for key, value in inputs.items()})[0]
    assert came.shape == wanted.shape
    assert came.dtype == np.float32
    return float(np.abs(came - wanted).max(initial=0))


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_every_network_exports_with_free_sizes(spec: Component, tmp_path: Path) -> None:
    network = built(spec).train()
    assert export_onnx(network, tmp_path / "network.onnx") < 1e-5
    assert network.training
    if network.dense:
        for frames, starts in ((25, [0]), (26, [1, 0]), (200, list(range(0, 176, 7)))):
            assert difference(network, tmp_path / "network.onnx", inputs_of(network, frames, starts, (12,))) < 1e-5
    else:
        for count in (1, 3, 40):
            frames = torch.randn(count, 25, 4)
            assert difference(network, tmp_path / "network.onnx", {"frames": frames}) < 1e-5


def test_the_file_says_what_it_is_and_holds_no_path_of_the_machine(tmp_path: Path) -> None:
    for spec in (CONV, Gru(hidden=8, layers=1, dim=6)):
        network = built(spec, normalise=False)
        export_onnx(network, tmp_path / "network.onnx")
        model = onnx.load(tmp_path / "network.onnx")
        assert {entry.key: entry.value for entry in model.metadata_props} == {
            "lineament.format": "1",
            "lineament.dense": str(int(network.dense)),
            "lineament.window": "25",
            "lineament.inputs": "4",
            "lineament.dim": str(network.dim),
            "lineament.normalise": "0",
        }
        content = (tmp_path / "network.onnx").read_bytes()
        for trace in (b".py", str(Path.home()).encode(), str(tmp_path).encode(), b"site-packages", b"src/lineament"):
            assert trace not in content
    assert [entry.name for entry in model.graph.output] == ["embeddings"]


def test_one_network_gives_one_file(tmp_path: Path) -> None:
    for name in ("a.onnx", "b.onnx"):
        export_onnx(built(CONV), tmp_path / name)
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


@pytest.mark.parametrize(
    "spec", [TemporalConv(), DenseStatistics(kernels=40, correlated=(0, 1, 2, 3))], ids=lambda spec: spec.name
)
def test_an_hour_agrees_with_torch(spec: Component, tmp_path: Path) -> None:
    network = built(spec, inputs=30, window=300)
    for _ in range(3):
        network.embed_windows(torch.randn(4, 300, 30))
    export_onnx(network, tmp_path / "network.onnx")
    inputs = inputs_of(network, 54_000, list(range(0, 53_701, 15)), (0, 900, 17_000, 53_990))
    assert difference(network, tmp_path / "network.onnx", inputs) < 2e-6


def test_a_fitted_back_end_is_exported(tmp_path: Path) -> None:
    network = built(CONV.model_copy(update={"back_end": Discriminant(clip=2.5)}))
    network.back_end.matrix = torch.randn(16, 3)  # type: ignore[union-attr]
    export_onnx(network, tmp_path / "network.onnx")
    assert difference(network, tmp_path / "network.onnx", inputs_of(network, 60, [4, 30])) < 1e-5


def test_a_network_that_does_not_agree_is_not_handed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "_difference", lambda *_: float("nan"))
    with pytest.raises(EncoderError, match=r"agree with torch to 0\.0001"):
        export_onnx(built(CONV), tmp_path / "network.onnx")
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LineamentError, match="a file that can be written"):
        export_onnx(built(CONV), tmp_path / "file" / "network.onnx")
