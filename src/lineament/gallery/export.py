"""Templates in files that other programs read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from lineament.errors import GalleryError
from lineament.files import replacing, write_json
from lineament.gallery.base import Gallery
from lineament.gallery.enrolment import Enrolment

FORMAT_VERSION = 1


def export_gallery(gallery: Gallery, path: str | Path, subject: str | None = None) -> int:
    """Write templates as JSON or NPZ, by the file's ending, and return their number.

    JSON: ``format_version``, ``encoder`` (id), ``metric``, ``enrolments``: ``subject``, ``session``, ``templates`` and
    where it was given ``quality``. NPZ: ``templates`` (n, dim) float32, ``quality`` (n,) float32, ``subjects`` and
    ``sessions`` (n,) text, ``encoder``, ``metric``.

    Parameters
    ----------
    gallery : Gallery
    path : str or Path
    subject : str, optional
        Only this subject.

    Raises
    ------
    GalleryError
        When there is no such subject, or the ending is another one.
    LineamentError
        When the file cannot be written.
    """
    target = Path(path)
    if target.suffix not in {".json", ".npz"}:
        raise GalleryError(f"{target}: an ending .json or .npz", repr(target.suffix), "choose one of them")
    names = [subject] if subject is not None else gallery.subjects()
    enrolments = [enrolment for name in names for enrolment in gallery.enrolments(name)]
    if target.suffix == ".json":
        rows = [_row(enrolment) for enrolment in enrolments]
        head = {"format_version": FORMAT_VERSION, "encoder": gallery.encoder.id, "metric": gallery.metric}
        write_json(target, {**head, "enrolments": rows})
    else:
        counts = [len(e.embeddings) for e in enrolments]
        with replacing(target) as beside, beside.open("wb") as file:
            np.savez(
                file,
                templates=np.concatenate([np.empty((0, gallery.dim), np.float32), *(e.embeddings for e in enrolments)]),
                quality=np.concatenate([np.empty(0, np.float32), *(e.weights for e in enrolments)]),
                subjects=np.repeat(np.array([e.subject for e in enrolments], dtype=np.str_), counts),
                sessions=np.repeat(np.array([e.session or "" for e in enrolments], dtype=np.str_), counts),
                encoder=np.array(gallery.encoder.id),
                metric=np.array(gallery.metric),
            )
    return sum(len(enrolment.embeddings) for enrolment in enrolments)


def _row(enrolment: Enrolment) -> dict[str, Any]:
    """Return an enrolment as JSON."""
    row = {"subject": enrolment.subject, "session": enrolment.session, "templates": enrolment.embeddings.tolist()}
    return row if enrolment.quality is None else {**row, "quality": enrolment.quality.tolist()}
