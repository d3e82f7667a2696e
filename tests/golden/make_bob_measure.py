"""Make bob_measure.npz: what bob.measure 6.1.1 computes from simulated scores.

Run it with any Python 3.11: ``python tests/golden/make_bob_measure.py``. It makes an environment of its own in a
temporary folder (bob.measure pins numpy 1.26), in which it runs itself again. bob.measure is BSD; only numbers that it
computes from ours are kept. Its `min_cllr`, `rocch` and `eer_rocch` are not in the file: in 6.1.1 they raise
(`numpy.float`, "No pavx implementation"), which the script checks.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from importlib.metadata import version
from pathlib import Path

PINS = ["bob.measure==6.1.1", "numpy==1.26.4", "numba==0.68.1", "scipy==1.17.1", "setuptools<81"]
GOLDEN = Path(__file__).with_name("bob_measure.npz")
SEED = 20261122
RATES = (0.5, 0.1, 0.01, 0.001, 0.0)
COSTS = (0.0, 0.01, 0.3, 0.5, 0.9, 1.0)
THRESHOLDS = (-1.0, 0.0, 0.75, 2.0, 9.0)
RANKS = (1, 2, 5)


def main() -> None:
    """Make the environment and run `compute` in it."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder) / "bin" / "python")
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PINS], check=True)
        subprocess.run([python, __file__, "--compute"], check=True)
    print(f"wrote {GOLDEN.name}, {GOLDEN.stat().st_size:,} bytes")


def worlds(rng):
    """Yield a name, mated and non-mated scores, and others for a test: continuous, tied, hardly and wholly apart."""
    import numpy as np

    def scores(shift, mated, non_mated):
        return rng.normal(shift, 1, mated), rng.normal(0, 1, non_mated)

    yield "continuous", scores(2, 307, 1009), scores(1.8, 211, 503)
    yield "tied", *([np.round(side, 1) for side in scores(1.5, 211, 503)] for _ in range(2))
    yield "poor", scores(0.2, 101, 307), scores(0.1, 97, 211)
    yield "apart", scores(12, 53, 211), scores(12, 31, 101)


def searches(rng):
    """Return scores (probes, 12) rounded so that some tie, and the mate of each probe (-1: a stranger)."""
    import numpy as np

    mates = np.concatenate([rng.integers(0, 12, 180), np.full(90, -1)])
    table = rng.normal(size=(270, 12))
    table[np.arange(180), mates[:180]] += 1.7
    return np.round(table, 1), mates


def raises(function, *arguments):
    """Return whether a call raises: what bob.measure 6.1.1 offers and cannot do is told apart by nothing else."""
    try:
        function(*arguments)
    except (NotImplementedError, AttributeError):
        return True
    return False


def compute() -> None:
    """Run bob.measure (in its own environment) and write the golden file."""
    import bob.measure as bob
    import numpy as np

    rng = np.random.default_rng(SEED)
    out = {"rates": RATES, "costs": COSTS, "thresholds": THRESHOLDS, "ranks": RANKS}
    for name, (mated, non_mated), (test_mated, test_non_mated) in worlds(rng):
        put = {"mated": mated, "non_mated": non_mated, "test_mated": test_mated, "test_non_mated": test_non_mated}
        put["eer"] = bob.eer(non_mated, mated)
        put["farfrr"] = [bob.farfrr(non_mated, mated, t) for t in THRESHOLDS]
        put["roc"] = bob.roc(non_mated, mated, 200)
        put["det"] = bob.det(non_mated, mated, 200)
        put["roc_for_far"] = bob.roc_for_far(non_mated, mated, np.array(RATES))
        put["far_threshold"] = [bob.far_threshold(non_mated, mated, r) for r in RATES]
        put["min_weighted"] = [bob.min_weighted_error_rate_threshold(non_mated, mated, c) for c in COSTS]
        put["epc"] = bob.epc(non_mated, mated, test_non_mated, test_mated, 21)
        put["cllr"] = bob.calibration.cllr(non_mated, mated)
        assert raises(bob.calibration.min_cllr, non_mated, mated)
        assert raises(bob.eer_rocch, non_mated, mated)
        out.update({f"{name}/{key}": value for key, value in put.items()})
    table, mates = searches(rng)
    everyone = [
        (row if mate < 0 else np.delete(row, mate), None if mate < 0 else row[[mate]])
        for row, mate in zip(table, mates, strict=True)
    ]
    out["searches/scores"], out["searches/mates"] = table, mates
    out["searches/cmc"] = bob.cmc([pair for pair in everyone if pair[1] is not None])
    out["searches/dir"] = [[bob.detection_identification_rate(everyone, t, r) for t in THRESHOLDS] for r in RANKS]
    out["searches/false_alarm"] = [bob.false_alarm_rate(everyone, t) for t in THRESHOLDS]
    out["versions"] = [f"{package} {version(package)}" for package in ("bob.measure", "numpy", "numba")]
    np.savez_compressed(GOLDEN, **out)


if __name__ == "__main__":
    compute() if "--compute" in sys.argv else main()
