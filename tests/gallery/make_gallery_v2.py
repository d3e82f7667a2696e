"""Make ``gallery-v2.gallery``, the file by which every later release proves that it opens galleries of format 2.

Run it with the release whose format it is: ``python -m tests.gallery.make_gallery_v2``. The embeddings are simulated.
"""

from __future__ import annotations

import numpy as np

from lineament.gallery import Enrolment, GalleryFile
from tests.gallery import make_gallery_v1
from tests.gallery.make_gallery_v1 import HEADER

PATH = make_gallery_v1.PATH.with_name("gallery-v2.gallery")


def enrolments() -> list[Enrolment]:
    """The people of format 1, the first session of the first with a quality for each template."""
    first, *others = make_gallery_v1.enrolments()
    return [Enrolment(first.subject, first.session, first.embeddings, np.array([0.25, 4], dtype=np.float32)), *others]


if __name__ == "__main__":
    GalleryFile(PATH).enrol(enrolments(), HEADER)
