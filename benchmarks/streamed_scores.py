"""What a score file larger than the memory costs: two passes over it, beside scikit-learn's ROC with all in memory.

Each is a process of its own, so that its largest memory is its own. The file is simulated, and removed afterwards.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from lineament.evaluation.streamed import streamed_figures
from lineament.files import write_json, write_text

RESULTS = Path(__file__).parent / "results"
CHUNK = 5_000_000
PEOPLE = 2_000


def write_file(path: Path, comparisons: int) -> None:
    """Write a score file of people compared with one another, one comparison in 2,000 mated."""
    names = pa.array([f"p{person:04d}" for person in range(PEOPLE)])
    rng, writer = np.random.default_rng(0), None
    for first in range(0, comparisons, CHUNK):
        place = np.arange(first, min(first + CHUNK, comparisons))
        probe, reference = (place // PEOPLE) % PEOPLE, place % PEOPLE
        score = (rng.normal(size=len(place)) + 4 * (probe == reference)).astype(np.float32)
        sides = {
            f"{side}_subject": pa.DictionaryArray.from_arrays(pa.array(code.astype(np.int32)), names)
            for side, code in (("probe", probe), ("reference", reference))
        }
        table = pa.table({**sides, "score": score})
        writer = writer or parquet.ParquetWriter(path, table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()


def stream(path: Path) -> float:
    """Return the EER by two passes."""
    return streamed_figures(path).equal_error_rate


def in_memory(path: Path) -> float:
    """Return the EER by scikit-learn, with every comparison in memory."""
    from sklearn.metrics import roc_curve

    table = parquet.read_table(path)
    sides = [table[f"{side}_subject"].combine_chunks().indices.to_numpy() for side in ("probe", "reference")]
    false, true, _ = roc_curve(sides[0] == sides[1], table["score"].to_numpy(), drop_intermediate=False)
    place = int(np.argmin(np.abs(false - (1 - true))))
    return float((false[place] + 1 - true[place]) / 2)


def measured(way: str, path: Path) -> dict[str, float]:
    """Run one way in a process of its own; return its EER, seconds and largest memory (MB)."""
    said = subprocess.run([sys.executable, __file__, "--way", way, "--file", str(path)], capture_output=True, text=True)
    if said.returncode:
        return {}
    eer, seconds, megabytes = map(float, said.stdout.split())
    return {"eer": eer, "seconds": seconds, "megabytes": megabytes}


def markdown(rows: list[dict[str, object]]) -> str:
    """Return the table."""
    lines = [
        "# Score files larger than the memory",
        "",
        "`lineament evaluate --scores FILE --stream` beside scikit-learn's `roc_curve` with all comparisons in memory",
        "(its EER is the middle of the nearest two rates); seconds of one thread, and the largest memory of a process.",
        "",
        "| comparisons | file | two passes: s, MB | in memory: s, MB | EER of both |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        cells = [
            f"{way['seconds']:.0f}, {way['megabytes']:,.0f}" if way else "not run"  # type: ignore[index]
            for way in (row["stream"], row["in_memory"])
        ]
        eers = " / ".join(f"{way['eer']:.6f}" for way in (row["stream"], row["in_memory"]) if way)  # type: ignore[index]
        lines.append(f"| {row['comparisons']:,} | {row['file_mb']:,.0f} MB | {cells[0]} | {cells[1]} | {eers} |")
    return "\n".join([*lines, "", "Made by `python benchmarks/streamed_scores.py`.", ""])


def main() -> None:
    """Measure, print and write the results; or, as a process of its own, run one way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000_000, 100_000_000, 1_000_000_000])
    parser.add_argument("--memory-up-to", type=int, default=50_000_000, help="scikit-learn is run up to this size")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--way", choices=("stream", "in_memory"))
    parser.add_argument("--file", type=Path)
    given = parser.parse_args()
    if given.way:
        began = time.process_time()
        eer = {"stream": stream, "in_memory": in_memory}[given.way](given.file)
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(eer, time.process_time() - began, used)
        return
    rows: list[dict[str, object]] = []
    for size in given.sizes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "scores.parquet"
            write_file(path, size)
            held = measured("in_memory", path) if size <= given.memory_up_to else {}
            row = {"comparisons": size, "file_mb": path.stat().st_size / 1e6, "stream": measured("stream", path)}
            rows.append({**row, "in_memory": held})
        print(markdown(rows[-1:]))
    write_text(given.out / "streamed_scores.md", markdown(rows))
    write_json(given.out / "streamed_scores.json", {"rows": rows})


if __name__ == "__main__":
    main()
