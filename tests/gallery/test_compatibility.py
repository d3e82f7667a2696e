"""Galleries written by earlier releases open in this one."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from lineament.gallery import Enrolment, GalleryFile
from tests.gallery import make_gallery_v1, make_gallery_v2
from tests.gallery.make_gallery_v1 import HEADER

formats = pytest.mark.parametrize("made", [make_gallery_v1, make_gallery_v2], ids=["1", "2"])


def as_rows(made: list[Enrolment]) -> list[tuple[str, str | None, list[list[float]], list[float] | None]]:
    return [
        (e.subject, e.session, e.embeddings.tolist(), None if e.quality is None else e.quality.tolist()) for e in made
    ]


@formats
def test_it_is_read(made: ModuleType) -> None:
    header, read = GalleryFile(made.PATH).read()
    assert header == HEADER
    assert as_rows(read) == as_rows(made.enrolments())


@formats
def test_it_can_be_enrolled_into_and_erased_from(made: ModuleType, tmp_path: Path) -> None:
    file = GalleryFile(shutil.copy(made.PATH, tmp_path / "copy.gallery"))
    file.enrol([Enrolment("dora", None, made.enrolments()[0].embeddings)], HEADER)
    file.remove("anna")
    assert file.subjects() == ["Бен", "cleo d'Or", "dora"]
    assert as_rows(file.read()[1])[:2] == as_rows(made.enrolments()[1:3])


def test_format_1_takes_a_quality_by_becoming_format_2(tmp_path: Path) -> None:
    file = GalleryFile(shutil.copy(make_gallery_v1.PATH, tmp_path / "copy.gallery"))
    rows = make_gallery_v1.enrolments()
    file.enrol([Enrolment("dora", None, rows[0].embeddings, np.array([1, 2], dtype=np.float32))], HEADER)
    read = file.read()[1]
    assert as_rows(read[:-1]) == as_rows(rows)
    assert as_rows(read[-1:])[0][3] == [1, 2]
