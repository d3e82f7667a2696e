"""What is varied from one training image to the next, on batches of encoded images.

A flip that leaves the subject as it is (``flip``) says that a left hand and its mirror image are one subject: right for
pictures that may lie either way round, wrong for hands, where it also makes a person's other hand more alike. To have
mirror images and keep the hands apart, make them subjects of their own (``mirror_classes``).
"""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lineament.recipes.augmentations import ImageAugmentation

FloatArray = NDArray[np.float64]
BENDS = 5
"""Points along each side by which a bending is given, smooth between them."""
Shape = tuple[int, int, int]


class ImageAugmenter:
    """Varies batches of images as an `ImageAugmentation` says; the same seed and step vary them the same way.

    Parameters
    ----------
    spec : ImageAugmentation
    shape : tuple of int
        Colours, height and width of an image.
    seed : int
    """

    def __init__(self, spec: ImageAugmentation, shape: Shape, seed: int) -> None:
        self.spec, self.shape, self.seed = spec, shape, seed

    def speeds(self, step: int, windows: int) -> FloatArray | None:
        """Return None: an image is not run through."""
        return None

    def __call__(self, frames: Tensor, step: int, speeds: FloatArray | None = None) -> Tensor:
        """Return images, one a window and flattened, (B, 1, colours height width), varied."""
        images, spec = frames.reshape(-1, *self.shape), self.spec
        if spec.flip:
            mirrored = torch.from_numpy(self._generator(step, 5).random(len(images)) < spec.flip).to(images.device)
            images = torch.where(mirrored[:, None, None, None], images.flip(3), images)
        if spec.rotation_degrees or spec.shift or spec.scale or spec.elastic:
            images = self._moved(images, step)
        if spec.blur:
            images = self._blurred(images, self._generator(step, 7).uniform(0, spec.blur, len(images)))
        if spec.contrast:
            factors = 1 + self._uniform(step, 8, spec.contrast, len(images))
            means = images.mean((2, 3), keepdim=True)
            images = means + (images - means) * factors.to(images.device)[:, None, None, None]
        if spec.gain:
            gains = 1 + self._uniform(step, 2, spec.gain, len(images))
            images = images * gains.to(images.device)[:, None, None, None]
        if spec.noise:
            generator = torch.Generator(images.device).manual_seed(int(self._generator(step, 3).integers(2**62)))
            images = images + spec.noise * torch.empty_like(images).normal_(generator=generator)
        if spec.cut_out:
            images = images * self._kept(len(images), self._generator(step, 4)).to(images.device)
        return images.reshape(frames.shape)

    def _generator(self, step: int, purpose: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, 2, step, purpose])

    def _uniform(self, step: int, purpose: int, bound: float, count: int) -> Tensor:
        """Return numbers within a bound of 0, (count,)."""
        drawn = self._generator(step, purpose).uniform(-bound, bound, count)
        return torch.from_numpy(drawn.astype(np.float32))

    def _moved(self, images: Tensor, step: int) -> Tensor:
        """Turn, shift, scale and bend images (B, C, H, W); 0 comes in from beyond the edges."""
        count, (_, height, width) = len(images), self.shape
        rng = self._generator(step, 1)
        turns = rng.uniform(-1, 1, count) * math.radians(self.spec.rotation_degrees)
        sizes = np.exp(rng.uniform(-1, 1, count) * math.log1p(self.spec.scale))
        # From places in the result to places in the image, both from -1 to 1 along each side.
        cosine, sine = np.cos(turns) / sizes, np.sin(turns) / sizes
        shifts = 2 * self.spec.shift * rng.uniform(-1, 1, (2, count))
        rows = [[cosine, -sine * height / width, shifts[0]], [sine * width / height, cosine, shifts[1]]]
        matrix = torch.from_numpy(np.array(rows, dtype=np.float32).transpose(2, 0, 1)).to(images.device)
        grid = nn.functional.affine_grid(matrix, list(images.shape), align_corners=False)
        if self.spec.elastic:
            bends = 2 * self.spec.elastic * self._generator(step, 6).standard_normal((count, 2, BENDS, BENDS))
            coarse = torch.from_numpy(bends.astype(np.float32)).to(images.device)
            fine = nn.functional.interpolate(coarse, (height, width), mode="bicubic", align_corners=True)
            grid = grid + fine.permute(0, 2, 3, 1)
        return nn.functional.grid_sample(images, grid, align_corners=False)

    def _blurred(self, images: Tensor, deviations: FloatArray) -> Tensor:
        """Blur each of the images (B, C, H, W) by a Gaussian; beyond the edges lies what lies on them."""
        reach = math.ceil(3 * self.spec.blur)
        squares = np.arange(-reach, reach + 1) ** 2
        weights = np.exp(-0.5 * squares / np.maximum(deviations, 1e-3)[:, None] ** 2)
        weights /= weights.sum(axis=1, keepdims=True)
        count, (colours, height, width) = len(images), self.shape
        line = torch.from_numpy(weights.astype(np.float32)).to(images.device).repeat_interleave(colours, 0)
        planes = images.reshape(1, count * colours, height, width)
        planes = nn.functional.pad(planes, (reach,) * 4, mode="replicate")
        planes = nn.functional.conv2d(planes, line[:, None, :, None], groups=len(line))
        planes = nn.functional.conv2d(planes, line[:, None, None, :], groups=len(line))
        return planes.reshape(images.shape)

    def _kept(self, count: int, rng: np.random.Generator) -> Tensor:
        """Return a mask (B, 1, H, W): 0 in one rectangle of each image, which may stick out of it."""
        _, height, width = self.shape
        kept = np.ones((count, 1, height, width), dtype=np.float32)
        sides = rng.uniform(0, self.spec.cut_out, (count, 2)) * (height, width)
        middles = rng.uniform(0, 1, (count, 2)) * (height, width)
        corners = np.round(np.stack([middles - sides / 2, middles + sides / 2]).clip(0)).astype(int)
        for place, ((top, left), (bottom, right)) in enumerate(corners.transpose(1, 0, 2)):
            kept[place, :, top:bottom, left:right] = 0
        return torch.from_numpy(kept)
