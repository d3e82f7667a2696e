"""What a gallery is made of: enrolments, and the mark of the encoder that made their templates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lineament.errors import GalleryError

Float32Array = NDArray[np.float32]
Metric = Literal["cosine", "euclidean"]
METRICS: tuple[Metric, ...] = ("cosine", "euclidean")


@dataclass(frozen=True)
class EncoderMark:
    """Which encoder made the templates of a gallery.

    Parameters
    ----------
    name, version : str
        As its card says.
    id : str
        Name, version and a hash of its content: two encoders of one name differ here.
    source : str
        The shipped name, or the folder, under which it was found; a hint for finding it again.
    """

    name: str
    version: str
    id: str
    source: str = ""


@dataclass(frozen=True, eq=False)
class Enrolment:
    """Templates that one subject gave in one session.

    Parameters
    ----------
    subject : str
    session : str or None
        A label for the capture, where known.
    embeddings : float32 array (n, dim)
    quality : float32 array (n,), optional
        What each template weighs in the subject's prototype; all the same where nothing is said.
    """

    subject: str
    session: str | None
    embeddings: Float32Array
    quality: Float32Array | None = None

    @property
    def weights(self) -> Float32Array:
        """What each template weighs, (n,)."""
        return np.ones(len(self.embeddings), dtype=np.float32) if self.quality is None else self.quality


def checked_embeddings(embeddings: ArrayLike, dim: int, what: str) -> Float32Array:
    """Return embeddings as a C-contiguous float32 array (n, dim).

    Raises
    ------
    GalleryError
        When the shape is not (n, `dim`) or a value is not finite.

    Examples
    --------
    >>> checked_embeddings([[3, 4]], 2, "probe")
    array([[3., 4.]], dtype=float32)
    """
    array = np.ascontiguousarray(embeddings, dtype=np.float32)
    if array.ndim != 2 or array.shape[1] != dim:
        raise GalleryError(
            f"{what}: embeddings of shape (n, {dim})", f"shape {array.shape}", "embed it with the gallery's own encoder"
        )
    if not np.isfinite(array).all():
        raise GalleryError(f"{what}: finite embeddings", "NaN or infinity", "check the recording and the encoder")
    return array


def checked_quality(quality: ArrayLike, templates: int, what: str) -> Float32Array:
    """Return the quality of templates as a float32 array (templates,).

    Raises
    ------
    GalleryError
        When there is not one for each, one is negative or not finite, or none is above zero.

    Examples
    --------
    >>> checked_quality([1, 0.5], 2, "probe")
    array([1. , 0.5], dtype=float32)
    """
    array = np.array(quality, dtype=np.float32)
    if array.shape != (templates,):
        raise GalleryError(f"{what}: a quality for each of {templates} templates", f"shape {array.shape}", "give one")
    if not (np.isfinite(array).all() and (array >= 0).all() and array.any()):
        raise GalleryError(f"{what}: qualities of zero or more", "others, or zeros alone", "leave bad templates out")
    return array


def unit_norm(embeddings: NDArray[np.floating], what: str) -> Float32Array:
    """Return rows of unit norm, shape (n, dim).

    Raises
    ------
    GalleryError
        When a row is zero: it has no direction, so nothing can be as like it.

    Examples
    --------
    >>> unit_norm(np.array([[3.0, 4.0]]), "probe")
    array([[0.6, 0.8]], dtype=float32)
    """
    wide = embeddings.astype(np.float64)
    norms = np.linalg.norm(wide, axis=-1, keepdims=True)
    if (norms == 0).any():
        raise GalleryError(f"{what}: embeddings that point somewhere", "a zero vector", "record it again")
    unit: Float32Array = (wide / norms).astype(np.float32)
    return unit


def checked_subject(subject: str) -> str:
    """Return a subject's name.

    Raises
    ------
    GalleryError
        When it is empty, has blanks at its ends (which nobody would see) or holds a character that cannot be shown.
    """
    if not subject or subject != subject.strip() or not subject.isprintable():
        raise GalleryError("subject: a name that can be read", repr(subject), "give a name without stray blanks")
    return subject
