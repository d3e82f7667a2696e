"""What is varied from one training window of inertial measurements to the next, after it was encoded.

A turn of the sensor, a change of speed and one of size change the features as they would have changed them in the
recording: which features belong together is known from their names.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation
from torch import Tensor

from lineament.encodings.normalisation import Normalisation
from lineament.recipes.inertial_components import InertialAugmentation

FloatArray = NDArray[np.float64]


class InertialAugmenter:
    """Varies batches of windows as an `InertialAugmentation` says; the same seed and step vary them the same way.

    Parameters
    ----------
    spec : InertialAugmentation
    names : sequence of str
        Of the features (``aligned_acc_x``).
    normalisation : Normalisation
        By which the frames were normalised.
    seed : int
    """

    def __init__(
        self, spec: InertialAugmentation, names: Sequence[str], normalisation: Normalisation, seed: int
    ) -> None:
        self.spec, self.seed = spec, seed
        self._powers = np.array([("_acc_" in name) + name.startswith("changes") + 1 for name in names])
        self._vectors = {
            frame: [[names.index(f"{stem}_{axis}") for axis in "xyz"] for stem in _stems(names, kinds)]
            for frame, kinds in (("sensor", ("raw",)), ("upright", ("aligned", "changes")))
        }
        self._mean = torch.from_numpy(normalisation.mean.astype(np.float32))
        self._deviation = torch.from_numpy(normalisation.deviation.astype(np.float32))

    def speeds(self, step: int, windows: int) -> FloatArray | None:
        """Return how fast each window of a batch is run through, shape (windows,), or None where as recorded."""
        if not self.spec.speed:
            return None
        return np.asarray(np.exp(np.log1p(self.spec.speed) * self._generator(step, 0).uniform(-1, 1, windows)))

    def __call__(self, frames: Tensor, step: int, speeds: FloatArray | None = None) -> Tensor:
        """Return windows (B, W, F) varied; ``speeds`` (B,) are those that they were drawn at."""
        rng = self._generator(step, 1)
        if self.spec.rotation_degrees or self.spec.scale or speeds is not None:
            mean, deviation = self._mean.to(frames.device), self._deviation.to(frames.device)
            raw = frames * deviation + mean
            raw = self._turned(self._grown(raw, speeds, rng), rng)
            frames = (raw - mean) / deviation
        if self.spec.noise:
            generator = torch.Generator(frames.device).manual_seed(int(rng.integers(2**62)))
            frames = frames + self.spec.noise * torch.empty_like(frames).normal_(generator=generator)
        return frames

    def _generator(self, step: int, purpose: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, 2, step, purpose])

    def _grown(self, raw: Tensor, speeds: FloatArray | None, rng: np.random.Generator) -> Tensor:
        """Return windows as a quicker or larger person would have given: accelerations grow with the speed's square."""
        factors = np.exp(self.spec.scale * rng.standard_normal(len(raw)))[:, None] * np.ones(raw.shape[-1])
        if speeds is not None:
            factors *= speeds[:, None] ** self._powers
        # Gravity in raw accelerations does not grow: what differs from the window's mean does.
        rest = raw.mean(1, keepdim=True)
        return rest + (raw - rest) * torch.from_numpy(factors.astype(np.float32)).to(raw.device)[:, None]

    def _turned(self, raw: Tensor, rng: np.random.Generator) -> Tensor:
        """Return windows as a sensor turned otherwise would have given."""
        if not self.spec.rotation_degrees:
            return raw
        turned = raw.clone()
        for frame, triples in self._vectors.items():
            angles = np.radians(self.spec.rotation_degrees) * rng.uniform(-1, 1, len(raw))
            anyhow = rng.standard_normal((len(raw), 3))
            axes = np.tile([0.0, 1.0, 0.0], (len(raw), 1)) if frame == "upright" else anyhow
            axes /= np.linalg.norm(axes, axis=1, keepdims=True)
            rotations = Rotation.from_rotvec(axes * angles[:, None]).as_matrix().astype(np.float32)
            matrices = torch.from_numpy(rotations).to(raw.device)
            for triple in triples:
                turned[..., triple] = torch.einsum("bij,btj->bti", matrices, raw[..., triple])
        return turned


def _stems(names: Sequence[str], kinds: tuple[str, ...]) -> list[str]:
    """Return what the vectors of some feature sets are called ("aligned_acc")."""
    return [name.removesuffix("_x") for name in names if name.startswith(kinds) and name.endswith("_x")]
