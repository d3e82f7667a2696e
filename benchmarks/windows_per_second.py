"""What an embedded window costs: dense, window by window, and by the paper's GRU, as ratios within one run.

``python benchmarks/windows_per_second.py`` exports each network (random weights: they do not matter here), runs it in
ONNX Runtime on one thread, and writes ``benchmarks/results/windows_per_second.json`` and ``.md``. The ways of embedding
take turns, so that a busy machine slows all of them; each figure is its best turn.
"""

from __future__ import annotations

import argparse
import platform
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
import torch

from lineament.files import write_json, write_text
from lineament.networks import Network, build_network
from lineament.recipes.components import Component, DenseStatistics, Fusion, Gru, TemporalConv, WindowStatistics
from lineament.training.export import export_onnx

RESULTS = Path(__file__).parent / "results"
FPS = 15
INPUTS = 18  # the paper's: BRA of head and hands
REFERENCE = "GRU 3x450 -> 192 (the paper's), window by window"
DENSE = "dense convolution, one pass, every window"
Row = dict[str, str | int | float]


@dataclass
class Way:
    """A way of embedding windows: how many a call embeds, and the call."""

    name: str
    network: str
    windows: int
    call: Callable[[], object]
    best: float = np.inf

    def turn(self) -> None:
        """Time the call once."""
        start = time.perf_counter()
        self.call()
        self.best = min(self.best, time.perf_counter() - start)


class Windowed(Network):
    """A dense network that takes single windows: what it would cost without the dense pass."""

    def __init__(self, network: Network) -> None:
        super().__init__(network.inputs, network.window, network.dim, network.normalise)
        self.network = network

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        return self.network.embed_windows(frames)


class Exported:
    """A network in ONNX Runtime on one thread."""

    def __init__(self, spec: Component, window: int, folder: Path, windowed: bool = False) -> None:
        torch.manual_seed(0)
        network = build_network(spec, INPUTS, window)
        if windowed:
            network = Windowed(network)
        self.spec, self.window, self.dense = spec, window, network.dense
        self.parameters = sum(parameter.numel() for parameter in network.parameters())
        path = folder / f"{spec.name}-{self.parameters}-{window}-{network.dense}.onnx"
        export_onnx(network, path)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def dense_pass(self, frames: np.ndarray, stride: int) -> tuple[int, Callable[[], object]]:
        """Return how many windows one pass over (T, F) embeds, and the pass."""
        starts = np.arange(0, len(frames) - self.window + 1, stride)
        inputs = {"frames": frames[None], "seams": np.zeros((1, len(frames)), np.float32), "starts": starts}
        return len(starts), lambda: self.session.run(None, inputs)

    def by_window(self, frames: np.ndarray, count: int, batch: int) -> tuple[int, Callable[[], object]]:
        """Return ``count`` and a call that embeds so many windows, a batch at a time."""
        windows = np.stack([frames[start : start + self.window] for start in range(count)])

        def call() -> None:
            for first in range(0, count, batch):
                self.session.run(None, {"frames": windows[first : first + batch]})

        return count, call


def ways(frames: np.ndarray, window: int, folder: Path) -> list[Way]:
    """Return the ways of embedding the windows of a recording (T, F)."""
    conv = Exported(TemporalConv(), window, folder)
    single = Exported(TemporalConv(), window, folder, windowed=True)
    statistics = Exported(WindowStatistics(dim=26), window, folder)
    kernels = Exported(DenseStatistics(dim=256), window, folder)
    fusion = Exported(Fusion(parts=(TemporalConv(), WindowStatistics(dim=26))), window, folder)
    small = Exported(Gru(hidden=128, layers=2, dim=128), window, folder)
    paper = Exported(Gru(), window, folder)
    made = [
        (DENSE, conv, conv.dense_pass(frames, 1)),
        ("dense convolution, one pass, a window a second", conv, conv.dense_pass(frames, FPS)),
        ("the same convolution, window by window", single, single.by_window(frames, 64, 8)),
        ("dense statistics, one pass, every window", kernels, kernels.dense_pass(frames, 1)),
        ("dense statistics, one pass, a window a second", kernels, kernels.dense_pass(frames, FPS)),
        ("window statistics, window by window", statistics, statistics.by_window(frames, 256, 64)),
        (
            "fusion of dense convolution and window statistics, one pass, a window a second",
            fusion,
            fusion.dense_pass(frames, FPS),
        ),
        ("GRU 2x128 -> 128, window by window", small, small.by_window(frames, 32, 8)),
        (REFERENCE, paper, paper.by_window(frames, 16, 8)),
    ]
    return [Way(name, f"{one.spec.name}, {one.parameters:,} parameters", *work) for name, one, work in made]


def measure(minutes: float, windows: Sequence[int], repeats: int) -> list[Row]:
    """Measure every way at every window length (frames)."""
    frames = np.random.default_rng(0).standard_normal((int(minutes * 60 * FPS), INPUTS), dtype=np.float32)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for window in windows:
            every = ways(frames, window, Path(folder))
            for _ in range(repeats):
                for way in every:
                    way.turn()
            reference = next(way.best / way.windows for way in every if way.name == REFERENCE)
            rows += [row(way, window, reference) for way in every]
    return rows


def row(way: Way, window: int, reference: float) -> Row:
    """Return a line of the table; ``reference`` is the paper's GRU, seconds a window."""
    each = way.best / way.windows
    sparse = "a window a second" in way.name
    return {
        "window_frames": window,
        "way": way.name,
        "network": way.network,
        "ms_a_window": each * 1000,
        "windows_a_second": 1 / each,
        "ms_a_minute_of_recording": each * 1000 * 60 * (1 if sparse else FPS),
        "times_the_papers_gru": reference / each,
    }


def markdown(rows: list[Row], minutes: float, repeats: int) -> str:
    """Return the rows as Markdown, one table a window length."""
    lines = [
        "# What an embedded window costs",
        "",
        f"ONNX Runtime {onnxruntime.__version__}, one thread, fp32; {minutes:g} minutes of {INPUTS} features at {FPS}"
        f" fps; the best of {repeats} turns. The ways window by window are measured on a few windows and scaled. Only"
        " the ratios within a table mean anything: times move with the machine and with what else it does.",
    ]
    for window in sorted({int(entry["window_frames"]) for entry in rows}):
        lines += [
            "",
            f"## Windows of {window} frames ({window / FPS:.0f} s)",
            "",
            "| way | network | ms a window | windows a second | ms a minute of recording | times the paper's GRU |",
            "|---|---|---|---|---|---|",
        ]
        lines += [
            f"| {entry['way']} | {entry['network']} | {entry['ms_a_window']:.4g} | {entry['windows_a_second']:,.0f}"
            f" | {entry['ms_a_minute_of_recording']:,.1f} | {entry['times_the_papers_gru']:,.1f} |"
            for entry in rows
            if entry["window_frames"] == window
        ]
    return "\n".join([*lines, "", "Made by `python benchmarks/windows_per_second.py`.", ""])


def main() -> None:
    """Measure, print and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10, help="of the recording")
    parser.add_argument("--windows", type=int, nargs="+", default=[300, 500, 900], help="lengths, frames")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    torch.set_num_threads(1)
    rows = measure(given.minutes, given.windows, given.repeats)
    text = markdown(rows, given.minutes, given.repeats)
    print(text)
    write_text(given.out / "windows_per_second.md", text)
    content = {
        "engine": f"onnxruntime {onnxruntime.__version__}, one thread, fp32",
        "python": platform.python_version(),
        "minutes": given.minutes,
        "fps": FPS,
        "inputs": INPUTS,
        "repeats": given.repeats,
        "rows": rows,
    }
    write_json(given.out / "windows_per_second.json", content)


if __name__ == "__main__":
    main()
