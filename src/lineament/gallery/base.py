"""The contract of every gallery: templates of enrolled subjects, searched by likeness."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lineament.errors import GalleryError
from lineament.files import replacing
from lineament.gallery.enrolment import (
    METRICS,
    EncoderMark,
    Enrolment,
    Float32Array,
    Metric,
    checked_embeddings,
    checked_quality,
    checked_subject,
    unit_norm,
)
from lineament.gallery.store import GalleryFile, Header, unknown_subject

NO_ENCODER = EncoderMark("unnamed", "0", "unnamed-0-00000000")
NOBODY = -1
PROTOTYPES_AT_ONCE = 16_384
"""Bounds the memory of taking means in float64."""


class Gallery(ABC):
    """Templates of enrolled subjects.

    Comparison scores are higher for what is more alike: the cosine, or the negative Euclidean distance. With
    ``"cosine"`` templates are stored with unit norm. Subjects are numbered in the order of their first enrolment, and
    numbers close up when somebody is removed.

    A gallery in memory is for one thread that changes it; any number may search while nobody does. For several
    processes, see `lineament.gallery.GalleryFile`.

    Parameters
    ----------
    dim : int
        Length of an embedding.
    metric : {"cosine", "euclidean"}
    encoder : EncoderMark, optional
        Who made the embeddings.

    Raises
    ------
    GalleryError
        When `dim` is not positive or `metric` is unknown.
    """

    name: ClassVar[str] = ""
    capabilities: ClassVar[frozenset[str]] = frozenset()
    """What a backend can do: ``exact`` (search finds the true nearest), ``remove``, ``save``."""

    def __init__(self, dim: int, metric: Metric = "cosine", encoder: EncoderMark = NO_ENCODER) -> None:
        if dim < 1:
            raise GalleryError("gallery: embeddings of at least one number", f"dim={dim}", "give the encoder's dim")
        if metric not in METRICS:
            raise GalleryError("gallery: a known metric", repr(metric), f"use one of {', '.join(METRICS)}")
        self.dim, self.metric, self.encoder = dim, metric, encoder
        self._enrolments: dict[str, list[Enrolment]] = {}
        self._number: dict[str, int] = {}
        self._labels_space: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._size = 0
        self._prototypes: dict[str, Float32Array] = {}
        self._stacked: Float32Array | None = None
        self._grouped: tuple[Float32Array, NDArray[np.int64]] | None = None

    def enrol(
        self, subject: str, embeddings: ArrayLike, session: str | None = None, quality: ArrayLike | None = None
    ) -> None:
        """Add templates of a subject, who may be new or enrolled before.

        Parameters
        ----------
        subject : str
        embeddings : float array (n, dim)
            At least one.
        session : str, optional
            A label for the capture. One label may be used again; its templates add up.
        quality : float array (n,), optional
            What each template weighs in the subject's prototype, zero or more: sharpness, the share of a window in
            which all joints were tracked, or whatever else tells a good capture from a bad one. One scale must serve
            all captures of a subject; a template without weighs 1. Search and votes take every template alike.

        Raises
        ------
        GalleryError
            When the name cannot be read, there is no embedding, one is not finite, of another length, or zero, or the
            quality does not fit.
        """
        what = f"subject {checked_subject(subject)!r}"
        array = checked_embeddings(embeddings, self.dim, what)
        if not len(array):
            raise GalleryError(f"{what}: at least one embedding", "none", "record for longer")
        if self.metric == "cosine":
            array = unit_norm(array, what)
        weights = None if quality is None else checked_quality(quality, len(array), what)
        self._take(Enrolment(subject, session, array.copy(), weights))

    def remove(self, subject: str) -> None:
        """Take a subject's templates out.

        Raises
        ------
        GalleryError
            When there is no such subject; the message names the nearest.
        """
        number = self.index(subject)
        rows = self._labels() == number
        del self._enrolments[subject]
        self._number = {other: i for i, other in enumerate(self._enrolments)}
        self._prototypes.pop(subject, None)
        self._stacked = self._grouped = None
        self._discard(rows)
        left = self._labels()[~rows]
        self._labels_space, self._size = np.where(left > number, left - 1, left), len(left)

    def search(self, embeddings: ArrayLike, k: int) -> tuple[Float32Array, NDArray[np.int64]]:
        """Return each probe's `k` most alike templates, most alike first.

        Parameters
        ----------
        embeddings : float array (q, dim)
        k : int
            More than there are templates is allowed.

        Returns
        -------
        scores : float32 array (q, k)
            ``-inf`` where there is no k-th template.
        subjects : int64 array (q, k)
            Indices into `subjects()`; -1 where there is no k-th template.

        Raises
        ------
        GalleryError
            When `k` is below one or the embeddings do not fit.
        """
        if k < 1:
            raise GalleryError("search: k of at least one", f"k={k}", "ask for one neighbour or more")
        probes = self.checked_probes(embeddings)
        scores = np.full((len(probes), k), -np.inf, dtype=np.float32)
        subjects = np.full((len(probes), k), NOBODY, dtype=np.int64)
        found = min(k, self.size)
        if found and len(probes):
            scores[:, :found], rows = self._nearest(probes, found)
            subjects[:, :found] = self._labels()[rows]
        return scores, subjects

    def prototypes(self) -> Float32Array:
        """Return the mean template of each subject, (subjects, dim); of unit norm where the metric is cosine.

        Paper 003, section 3.2.3; weighted by quality where one was given.
        """
        if self._stacked is None:
            missing = [subject for subject in self._enrolments if subject not in self._prototypes]
            for first in range(0, len(missing), PROTOTYPES_AT_ONCE):
                some = missing[first : first + PROTOTYPES_AT_ONCE]
                self._prototypes.update(zip(some, self._means(some), strict=True))
            rows = [self._prototypes[subject] for subject in self._enrolments]
            self._stacked = np.stack(rows) if rows else np.empty((0, self.dim), dtype=np.float32)
            self._stacked.flags.writeable = False
        return self._stacked

    def grouped_templates(self) -> tuple[Float32Array, NDArray[np.int64]]:
        """Return all templates, one subject's after another's, and how many each subject has.

        Returns
        -------
        templates : float32 array (size, dim)
        counts : int64 array (subjects,)
        """
        if self._grouped is None:
            own = [[enrolment.embeddings for enrolment in enrolments] for enrolments in self._enrolments.values()]
            counts = np.array([sum(map(len, arrays)) for arrays in own], dtype=np.int64)
            nothing = np.empty((0, self.dim), dtype=np.float32)
            self._grouped = np.concatenate([nothing, *(array for arrays in own for array in arrays)]), counts
            self._grouped[0].flags.writeable = False
        return self._grouped

    def subjects(self) -> list[str]:
        """Return the names in the order of their first enrolment."""
        return list(self._enrolments)

    def index(self, subject: str) -> int:
        """Return a subject's number.

        Raises
        ------
        GalleryError
            When there is no such subject; the message names the nearest.
        """
        if subject not in self._number:
            raise unknown_subject(subject, self.subjects(), "gallery")
        return self._number[subject]

    def templates(self, subject: str) -> Float32Array:
        """Return a subject's templates in the order of enrolment, (n, dim).

        Raises
        ------
        GalleryError
            When there is no such subject.
        """
        return np.concatenate([enrolment.embeddings for enrolment in self.enrolments(subject)])

    def enrolments(self, subject: str) -> tuple[Enrolment, ...]:
        """Return a subject's enrolments.

        Raises
        ------
        GalleryError
            When there is no such subject.
        """
        self.index(subject)
        return tuple(self._enrolments[subject])

    def alone(self, subject: str) -> Self:
        """Return a gallery of one subject, for a comparison of one with one.

        Raises
        ------
        GalleryError
            When there is no such subject.
        """
        gallery = type(self)(self.dim, self.metric, self.encoder)
        for enrolment in self.enrolments(subject):
            gallery._take(enrolment)
        return gallery

    @property
    def size(self) -> int:
        """The number of templates of all subjects."""
        return self._size

    def __len__(self) -> int:
        """Return the number of subjects."""
        return len(self._enrolments)

    def __contains__(self, subject: object) -> bool:
        """Whether a subject is enrolled."""
        return subject in self._enrolments

    def __repr__(self) -> str:
        """Return a line for people."""
        return f"<{type(self).__name__}: {len(self)} subjects, {self.size} templates, encoder {self.encoder.id}>"

    def save(self, path: str | Path) -> None:
        """Write the gallery as a new file in place of `path`; on failure the old file stays.

        Raises
        ------
        LineamentError
            When the disk is full or the place cannot be written to.
        """
        everything = [enrolment for subject in self._enrolments.values() for enrolment in subject]
        GalleryFile(path).settle()
        with replacing(path) as beside:
            beside.chmod(0o600)
            GalleryFile(beside).enrol(everything, Header(self.encoder, self.dim, self.metric))

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a gallery's file.

        Raises
        ------
        GalleryError
            When there is no file, it is no gallery, is damaged, or is of a newer format.
        """
        header, enrolments = GalleryFile(path).read()
        gallery = cls(header.dim, header.metric, header.encoder)
        for enrolment in enrolments:
            gallery._take(enrolment)
        return gallery

    def _take(self, enrolment: Enrolment) -> None:
        """Add an enrolment whose templates are known to be sound."""
        enrolment.embeddings.flags.writeable = False
        self._enrolments.setdefault(enrolment.subject, []).append(enrolment)
        self._prototypes.pop(enrolment.subject, None)
        self._stacked = self._grouped = None
        self._label(len(enrolment.embeddings), self._number.setdefault(enrolment.subject, len(self._number)))
        self._add(enrolment.embeddings)

    def checked_probes(self, embeddings: ArrayLike) -> Float32Array:
        """Return probes fit for comparison: of unit norm where the metric is cosine."""
        probes = checked_embeddings(embeddings, self.dim, "probe")
        return unit_norm(probes, "probe") if self.metric == "cosine" else probes

    def _means(self, subjects: list[str]) -> Float32Array:
        """Return the mean template of some subjects, weighted by quality, (subjects, dim)."""
        own = [self._enrolments[subject] for subject in subjects]
        weights = np.concatenate([e.weights for enrolments in own for e in enrolments]).astype(np.float64)
        templates = np.concatenate([e.embeddings for enrolments in own for e in enrolments])
        firsts = np.cumsum([0, *(sum(len(e.embeddings) for e in enrolments) for enrolments in own)])[:-1]
        means: NDArray[np.float64] = np.add.reduceat(weights[:, None] * templates, firsts, axis=0)
        means /= np.add.reduceat(weights, firsts)[:, None]
        if self.metric == "cosine":
            means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), np.finfo(np.float64).tiny)
        prototypes: Float32Array = means.astype(np.float32)
        return prototypes

    def _label(self, templates: int, number: int) -> None:
        """Note whose the next templates are; doubling the space keeps a million enrolments from a million copies."""
        size = self._size + templates
        if size > len(self._labels_space):
            space = np.empty(max(2 * self._size, size), dtype=np.int64)
            space[: self._size] = self._labels()
            self._labels_space = space
        self._labels_space[self._size : size] = number
        self._size = size

    def _labels(self) -> NDArray[np.int64]:
        """Return the subject number of each indexed template, (size,)."""
        return self._labels_space[: self._size]

    @abstractmethod
    def _add(self, templates: Float32Array) -> None:
        """Index further templates (n, dim); `_size` counts them already."""

    @abstractmethod
    def _discard(self, rows: NDArray[np.bool_]) -> None:
        """Drop the marked templates (size,)."""

    @abstractmethod
    def _nearest(self, probes: Float32Array, k: int) -> tuple[Float32Array, NDArray[np.int64]]:
        """Return scores and rows of the `k` (at most `size`) most alike templates, each (q, k)."""
