"""Templates of enrolled subjects: in memory, searched by numpy or faiss, and in a durable file."""

from __future__ import annotations

from lineament.gallery.base import NOBODY, Gallery
from lineament.gallery.enrolment import EncoderMark, Enrolment, Metric
from lineament.gallery.export import export_gallery
from lineament.gallery.flat import FlatGallery
from lineament.gallery.memory import MemoryGallery
from lineament.gallery.store import GalleryFile, Header, refuse_other_encoder
from lineament.registry import Registry

GALLERIES: Registry[type[Gallery]] = Registry("gallery backend")
for _backend in (MemoryGallery, FlatGallery):
    GALLERIES.register(_backend.name)(_backend)

__all__ = [
    "GALLERIES",
    "NOBODY",
    "EncoderMark",
    "Enrolment",
    "FlatGallery",
    "Gallery",
    "GalleryFile",
    "Header",
    "MemoryGallery",
    "Metric",
    "export_gallery",
    "refuse_other_encoder",
]
