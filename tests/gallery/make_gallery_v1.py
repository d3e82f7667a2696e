"""Make ``gallery-v1.gallery``, the file by which every later release proves that it opens galleries of format 1.

Run it with the release whose format it is: ``python -m tests.gallery.make_gallery_v1``. The embeddings are simulated.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lineament.gallery import EncoderMark, Enrolment, GalleryFile, Header

PATH = Path(__file__).parent / "data" / "gallery-v1.gallery"
HEADER = Header(EncoderMark("simulated", "1", "simulated-1-c0ffee00", "simulated"), 8, "cosine")


def enrolments() -> list[Enrolment]:
    """Three people; the first in two sessions, the second without a session's name."""
    made = []
    for number, (subject, session) in enumerate([("anna", "1"), ("Бен", None), ("cleo d'Or", "1"), ("anna", "2")]):
        rows = np.random.default_rng(number).integers(-8, 9, (number + 2, 8)).astype(np.float32)
        made.append(Enrolment(subject, session, rows / np.float32(16)))
    return made


if __name__ == "__main__":
    PATH.parent.mkdir(exist_ok=True)
    GalleryFile(PATH).enrol(enrolments(), HEADER)
