"""What is varied from one training window to the next, whatever was measured: noise, shift, scale, blanks."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lineament.recipes.augmentations import NoiseAugmentation

FloatArray = NDArray[np.float64]


class NoiseAugmenter:
    """Varies batches of windows as a `NoiseAugmentation` says; the same seed and step vary them the same way.

    Parameters
    ----------
    spec : NoiseAugmentation
    seed : int
    categories : collection of int
        Places of features that are class numbers: they are blanked with a frame, and else left alone.
    present : collection of int
        Place of the feature that says whether there is an event, where there is one: it stays, and so do the zeros of
        frames that a window was filled up by.

    Examples
    --------
    >>> vary = NoiseAugmenter(NoiseAugmentation(noise=0.1), seed=0, categories=[1])
    >>> varied = vary(torch.ones(2, 5, 3), step=0)
    >>> bool((varied[..., 1] == 1).all()), bool((varied[..., 0] == 1).any())
    (True, False)
    """

    def __init__(
        self, spec: NoiseAugmentation, seed: int, categories: Collection[int] = (), present: Collection[int] = ()
    ) -> None:
        self.spec, self.seed = spec, seed
        self._classes, self._present = sorted(categories), sorted(present)

    def speeds(self, step: int, windows: int) -> FloatArray | None:
        """Return None: windows are run through as recorded."""
        return None

    def __call__(self, frames: Tensor, step: int, speeds: FloatArray | None = None) -> Tensor:
        """Return windows (B, W, F) varied."""
        spec, (windows, length, features) = self.spec, frames.shape
        generator = torch.Generator().manual_seed(int(np.random.default_rng([self.seed, 2, step]).integers(2**62)))

        def drawn(*shape: int) -> Tensor:
            return torch.randn(shape, generator=generator).to(frames.device)

        def kept(share: float, *shape: int) -> Tensor:
            return (torch.rand(shape, generator=generator) >= share).float().to(frames.device)

        varied = frames.clone()
        if spec.scale:
            varied *= torch.exp(spec.scale * drawn(windows, 1, 1))
        if spec.shift:
            varied += spec.shift * drawn(windows, 1, features)
        if spec.noise:
            varied += spec.noise * drawn(windows, length, features)
        if spec.mask:
            varied *= kept(spec.mask, windows, 1, features)
        varied[..., self._classes] = frames[..., self._classes]
        if spec.drop:
            varied *= kept(spec.drop, windows, length, 1)
        for place in self._present:
            varied *= frames[..., place, None]
            varied[..., place] = frames[..., place]
        return varied
