"""Dark lines by place and direction, projected: closed form, fitted by `lineament.training.discriminant`."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lineament.networks.image_network import ImageNetwork, Shape
from lineament.networks.projection import Projection
from lineament.recipes.image_components import OrientedLines

REACH = 3.5
"""Standard deviations at which filters end."""


class ProjectedLines(ImageNetwork):
    """Second derivatives of smoothed images across each direction, rectified, averaged around places, projected.

    A dark line has a valley across it, so its second derivative there is positive; bright lines are left out, or apart.
    Nothing of it is learned but the projection. Until that is fitted an embedding is the averages, or the first
    ``dim``. Where the spec gives shifts, the unit embeddings of the image shifted by each are averaged: what lies a
    little aside (a hand rolled about the forearm) is alike then.

    Parameters
    ----------
    spec : OrientedLines
    shape, normalise
        See `ImageNetwork`.
    """

    rows: Tensor
    columns: Tensor

    def __init__(self, spec: OrientedLines, shape: Shape, *, normalise: bool) -> None:
        colours, height, width = shape
        places = -(-height // spec.step) * -(-width // spec.step)
        self.size = size = colours * len(spec.widths) * (1 + spec.bright) * spec.orientations * places
        super().__init__(shape, spec.dim or size, normalise)
        self.spec = spec
        for number, sigma in enumerate(spec.widths):
            self.register_buffer(f"lines_{number}", line_filters(sigma, spec.orientations), persistent=False)
        for name, length in (("rows", height), ("columns", width)):
            self.register_buffer(name, gaussian_averages(length, spec.step, spec.pool), persistent=False)
        self.projection = Projection(spec, size, spec.dim or size)

    @property
    def dim(self) -> int:
        """Size of an embedding."""
        return self.projection.dim

    def statistics(self, frames: Tensor) -> Tensor:
        """Return the strengths (B, S) of lines in images (B, C, H, W), or flattened (B, 1, C H W), in float32."""
        images = frames.float().reshape(-1, 1, *self.shape[1:])
        strengths = []
        for number in range(len(self.spec.widths)):
            filters: Tensor = getattr(self, f"lines_{number}")
            answers = nn.functional.conv2d(images, filters, padding=filters.shape[-1] // 2)
            strengths += [answers.relu(), (-answers).relu()] if self.spec.bright else [answers.relu()]
        averages = (self.rows @ torch.cat(strengths, dim=1) @ self.columns.T).reshape(-1, self.size)
        return averages.sqrt() if self.spec.root else averages

    def embed_images(self, images: Tensor) -> Tensor:
        """Embed images (B, C, H, W) to (B, dim), of any norm."""
        looks: list[Tensor] = [self.projection(self.statistics(shifted(images, by))) for by in self.spec.shifts]
        if len(looks) == 1:
            return looks[0]
        return torch.stack([nn.functional.normalize(look, dim=-1) for look in looks]).mean(0)


def shifted(images: Tensor, by: int) -> Tensor:
    """Return images (B, C, H, W) shifted across by some pixels, to the right where above 0; 0 comes in."""
    if not by:
        return images
    kept = images[..., : images.shape[-1] - by] if by > 0 else images[..., -by:]
    return nn.functional.pad(kept, (max(by, 0), max(-by, 0)))


def line_filters(sigma: float, orientations: int) -> Tensor:
    """Return second derivatives of a Gaussian (orientations, 1, k, k), first across a line that runs down the rows.

    They sum to 0, so that even brightness gives nothing, and are scaled by the variance, so that widths compare.
    """
    reach = math.ceil(REACH * sigma)
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1] / sigma
    bell = np.exp(-(rows**2 + columns**2) / 2) / (2 * np.pi * sigma**2)
    filters = []
    for angle in np.pi * np.arange(orientations) / orientations:
        across: NDArray[np.float64] = np.cos(angle) * columns + np.sin(angle) * rows
        second = (across**2 - 1) * bell
        filters.append(second - second.mean())
    return torch.from_numpy(np.array(filters, dtype=np.float32)[:, None])


def gaussian_averages(length: int, step: int, sigma: float) -> Tensor:
    """Return the weights (places, length) of Gaussian averages around every ``step``-th pixel; 0 lies beyond the edge.

    Examples
    --------
    >>> gaussian_averages(5, 2, 0.5).argmax(dim=1).tolist()
    [0, 2, 4]
    """
    away = torch.arange(length) - torch.arange(0, length, step)[:, None]
    reach = math.ceil(REACH * sigma)
    whole = torch.exp(-((torch.arange(-reach, reach + 1) / sigma) ** 2) / 2).sum()
    weights: Tensor = torch.exp(-((away / sigma) ** 2) / 2) * (away.abs() <= reach) / whole
    return weights
