"""What is varied from one training window to the next, in encoded motion features.

Height, body size and speed change the features exactly as they would have changed them in the recording (rotations
from frame to frame are scaled by their small-angle form); this is known from the names of the features, so that no
recording is encoded twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lineament.encodings import Encoding
from lineament.encodings.image import ImageFrames
from lineament.encodings.inertial import InertialFrames
from lineament.encodings.motion import MotionFeatures
from lineament.encodings.normalisation import Normalisation
from lineament.errors import RecipeError
from lineament.recipes.augmentations import Augmentation, ImageAugmentation, NoiseAugmentation
from lineament.recipes.components import Component
from lineament.recipes.inertial_components import InertialAugmentation
from lineament.training.image_augmentation import ImageAugmenter
from lineament.training.inertial_augmentation import InertialAugmenter
from lineament.training.noise_augmentation import NoiseAugmenter

FloatArray = NDArray[np.float64]
SPEED_POWERS = {"BRV": 1, "velocities": 1, "turns": 1, "differences": 1, "BRA": 2}
"""With which power of the speed a feature set grows; the others do not."""
HEIGHTS = {f"SR_{joint}_pos_y" for joint in ("head", "left_hand", "right_hand")} | {"statics_head_pos_y"}
"""The features that a higher floor, or a taller person, shifts."""


@dataclass(frozen=True)
class FeatureKinds:
    """What a feature is, told by its name.

    Examples
    --------
    >>> kinds = FeatureKinds.of(("statics_head_pos_y", "BRV_head_rot_x", "BRV_head_rot_w", "statics_head_up_x"))
    >>> kinds.lengths, kinds.heights, kinds.powers
    ((0,), (0,), (0, 1, 1, 0))
    >>> kinds.groups
    ((0,), (1, 2), (3,))
    """

    lengths: tuple[int, ...]
    heights: tuple[int, ...]
    powers: tuple[int, ...]
    groups: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, names: Sequence[str]) -> FeatureKinds:
        """Sort features by name."""
        stems = [name.rsplit("_", 1)[0] for name in names]
        return cls(
            lengths=tuple(place for place, name in enumerate(names) if "_pos_" in name),
            heights=tuple(place for place, name in enumerate(names) if name in HEIGHTS),
            powers=tuple(SPEED_POWERS.get(name.split("_", 1)[0], 0) for name in names),
            groups=tuple(
                tuple(place for place, other in enumerate(stems) if other == stem) for stem in dict.fromkeys(stems)
            ),
        )


class Augmenter(Protocol):
    """Varies batches of windows; the same seed and step vary them the same way."""

    def speeds(self, step: int, windows: int) -> FloatArray | None:
        """Return how fast each window of a batch is run through, shape (windows,), or None where as recorded."""
        ...

    def __call__(self, frames: Tensor, step: int, speeds: FloatArray | None = None) -> Tensor:
        """Return windows (B, W, F) varied; ``speeds`` (B,) are those that they were drawn at."""
        ...


def build_augmenter(spec: Component, encoding: Encoding, seed: int) -> Augmenter:
    """Return what varies training windows as a recipe says.

    Raises
    ------
    RecipeError
        When the augmentation is for another modality than the encoding.
    """
    match spec, encoding:
        case Augmentation(), MotionFeatures():
            assert encoding.normalisation is not None
            return MotionAugmenter(spec, encoding.names, encoding.normalisation, seed)
        case ImageAugmentation(), ImageFrames():
            return ImageAugmenter(spec, encoding.shape, seed)
        case InertialAugmentation(), InertialFrames():
            assert encoding.normalisation is not None
            return InertialAugmenter(spec, encoding.names, encoding.normalisation, seed)
        case NoiseAugmentation(), _:
            return NoiseAugmenter(spec, seed, encoding.categories, encoding.present)
    raise RecipeError(f"augmentation: one of {encoding.modality}s", spec.name, "leave its name out, or choose it anew")


class MotionAugmenter:
    """Varies batches of windows as an `Augmentation` says; the same seed and step vary them the same way.

    Parameters
    ----------
    spec : Augmentation
    names : sequence of str
        Of the features.
    normalisation : Normalisation
        By which the frames were normalised.
    seed : int
    """

    def __init__(self, spec: Augmentation, names: Sequence[str], normalisation: Normalisation, seed: int) -> None:
        self.spec, self.seed = spec, seed
        self.kinds = FeatureKinds.of(names)
        self.rotations = [
            group
            for group in self.kinds.groups
            if names[group[0]].split("_", 1)[0] in {"BRV", "BRA"} and "_rot_" in names[group[0]]
        ]
        self._mean = torch.from_numpy(normalisation.mean.astype(np.float32))
        self._deviation = torch.from_numpy(normalisation.deviation.astype(np.float32))

    @property
    def bodily(self) -> bool:
        """Whether anything is varied that is a matter of bodies, not of noise."""
        return bool(self.spec.height_cm or self.spec.scale or self.spec.speed)

    def speeds(self, step: int, windows: int) -> FloatArray | None:
        """Return how fast each window of a batch is run through, shape (windows,), or None where as recorded."""
        if not self.spec.speed:
            return None
        return np.asarray(np.exp(np.log1p(self.spec.speed) * self._generator(step, 0).uniform(-1, 1, windows)))

    def __call__(self, frames: Tensor, step: int, speeds: FloatArray | None = None) -> Tensor:
        """Return windows (B, W, F) varied; ``speeds`` (B,) are those that they were drawn at."""
        if self.bodily:
            frames = self._varied(frames, step, speeds)
        if self.spec.noise:
            generator = torch.Generator(frames.device).manual_seed(int(self._generator(step, 2).integers(2**62)))
            noise = torch.empty_like(frames).normal_(generator=generator)
            frames = frames + self.spec.noise * noise
        if self.spec.mask:
            frames = frames * self._mask(len(frames), frames.shape[-1], step).to(frames.device)
        return frames

    def _generator(self, step: int, purpose: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, 2, step, purpose])

    def _varied(self, frames: Tensor, step: int, speeds: FloatArray | None) -> Tensor:
        """Change speed, body size and height, in the features' own units."""
        rng, windows = self._generator(step, 1), len(frames)
        factors = np.ones((windows, frames.shape[-1]))
        if speeds is not None:
            factors *= speeds[:, None] ** np.array(self.kinds.powers)
        factors[:, list(self.kinds.lengths)] *= np.exp(self.spec.scale * rng.standard_normal(windows))[:, None]
        shifts = np.zeros_like(factors)
        shifts[:, list(self.kinds.heights)] = self.spec.height_cm * rng.standard_normal(windows)[:, None]
        mean, deviation = self._mean.to(frames.device), self._deviation.to(frames.device)
        factor, shift = (torch.from_numpy(part.astype(np.float32)).to(frames.device) for part in (factors, shifts))
        raw = (frames * deviation + mean) * factor[:, None] + shift[:, None]
        if speeds is not None:
            for group in self.rotations:
                axis = list(group[:3])
                rest = 1 - raw[..., axis].square().sum(-1)
                raw[..., group[3]] = rest.clamp(min=0).sqrt()
        return (raw - mean) / deviation

    def _mask(self, windows: int, features: int, step: int) -> Tensor:
        """Return a mask (B, 1, F): 0.0 where a group of features is blanked in a window (takes its mean)."""
        blank = self._generator(step, 3).random((windows, len(self.kinds.groups))) < self.spec.mask
        kept = np.ones((windows, 1, features), dtype=np.float32)
        for place, group in enumerate(self.kinds.groups):
            kept[:, 0, list(group)] = ~blank[:, place, None]
        return torch.from_numpy(kept)
