"""Make motion_learning_toolbox.npz: what motion-learning-toolbox 1.0.7 computes from simulated motion.

Run it with any Python 3.11: ``python tests/golden/make_motion_learning_toolbox.py``. It makes an environment of its
own in a temporary folder (the toolbox needs pandas < 3 and numpy < 2), in which it runs itself again. The toolbox is
CC BY-NC-SA 4.0: none of its code or data is used or kept here, only numbers that it computes from ours.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from importlib.metadata import version
from pathlib import Path

PINS = ["motion-learning-toolbox==1.0.7", "pandas==2.3.3", "numpy==1.26.4", "scipy==1.17.1", "quaternionic==1.0.18"]
GOLDEN = Path(__file__).with_name("motion_learning_toolbox.npz")
SEED, SECONDS, FPS = 20261122, 16, 15
JOINTS = ("head", "left_hand", "right_hand")
CHANNELS = [f"{j}_pos_{a}" for j in JOINTS for a in "xyz"] + [f"{j}_rot_{a}" for j in JOINTS for a in "xyzw"]


def main() -> None:
    """Make the environment and run `compute` in it."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder) / "bin" / "python")
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PINS], check=True)
        subprocess.run([python, __file__, "--compute"], check=True)
    print(f"wrote {GOLDEN.name}, {GOLDEN.stat().st_size:,} bytes")


def simulate():
    """Return milliseconds (T,) and values (T, 21): smooth, turning about, with short losses of tracking."""
    import numpy as np
    from scipy.spatial.transform import Rotation

    rng = np.random.default_rng(SEED)
    milliseconds = np.cumsum(rng.integers(15, 30, size=SECONDS * 45)).astype(float)
    t = milliseconds / 1000

    def wander(size, columns):
        """Sums of slow sines: smooth, never repeating."""
        rates, phases = rng.uniform(0.2, 1.5, (2, 5, columns)) * [[[1.0]], [[5.0]]]
        return size * np.sin(t[:, None, None] * rates + phases).mean(axis=1) * 2

    heading = 40 * t + 60 * np.sin(t)  # degrees: passes 180 both ways
    pitch_roll = wander(35, 2)
    head = np.array([20, 165, -40]) + wander(30, 3) + np.outer(t, [3, 0, -2])
    turn = Rotation.from_euler("y", heading[:, None], degrees=True)
    hands = [head + turn.apply(wander(20, 3) + np.array([side * 25, -45, 35])) for side in (-1, 1)]
    rotations = [turn * Rotation.from_euler("xz", pitch_roll, degrees=True)]
    rotations += [turn * Rotation.from_rotvec(wander(2.5, 3)) for _ in range(2)]
    signed = [rotation.as_quat() * rng.choice([-1, 1], (len(t), 1)) for rotation in rotations]
    values = np.concatenate([head, *hands, *signed], axis=1)
    for joint, start in (("left_hand", 200), ("right_hand", 400), ("head", 600)):
        lost = [i for i, name in enumerate(CHANNELS) if name.startswith(joint)]
        values[start : start + 6, lost] = np.nan
    return milliseconds, values


def compute() -> None:
    """Run the toolbox (in its own environment) and write the golden file."""
    import motion_learning_toolbox as mlt
    import numpy as np
    import pandas as pd

    milliseconds, values = simulate()
    frames = pd.DataFrame(values, columns=CHANNELS, index=pd.to_timedelta(milliseconds, unit="ms"))
    resampled = mlt.resample(frames, target_fps=FPS, joint_names=list(JOINTS))
    axes = {"forward": "z", "right": "x", "up": "y"}
    br = mlt.to_body_relative(resampled, ["left_hand", "right_hand"], axes, reference_joint="head")
    brv, bra = mlt.to_velocity(br), mlt.to_acceleration(br)
    out = {"milliseconds": milliseconds, "values": values, "channels": CHANNELS, "fps": FPS}
    # its first rows of BRV and BRA are NaN positions beside rotations that are no velocities: left out
    for name, table, lost in (("resampled", resampled, 0), ("BR", br, 0), ("BRV", brv, 1), ("BRA", bra, 2)):
        out[name] = table.to_numpy()[lost:]
        out[f"{name}_columns"] = [column.replace("delta_", "") for column in table.columns]
        assert np.isfinite(out[name]).all(), name
    packages = ("motion-learning-toolbox", "numpy", "pandas", "scipy", "quaternionic")
    out["versions"] = [f"{package} {version(package)}" for package in packages]
    np.savez_compressed(GOLDEN, **out)


if __name__ == "__main__":
    compute() if "--compute" in sys.argv else main()
