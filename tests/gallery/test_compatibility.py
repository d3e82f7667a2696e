"""Galleries written by earlier releases open in this one."""

from __future__ import annotations

import shutil
from pathlib import Path

from lineament.gallery import Enrolment, GalleryFile
from tests.gallery.make_gallery_v1 import HEADER, PATH, enrolments


def as_rows(made: list[Enrolment]) -> list[tuple[str, str | None, list[list[float]]]]:
    return [(e.subject, e.session, e.embeddings.tolist()) for e in made]


def test_format_1_is_read() -> None:
    header, read = GalleryFile(PATH).read()
    assert header == HEADER
    assert as_rows(read) == as_rows(enrolments())


def test_format_1_can_be_enrolled_into_and_erased_from(tmp_path: Path) -> None:
    file = GalleryFile(shutil.copy(PATH, tmp_path / "copy.gallery"))
    file.enrol([Enrolment("dora", None, enrolments()[0].embeddings)], HEADER)
    file.remove("anna")
    assert file.subjects() == ["Бен", "cleo d'Or", "dora"]
    assert as_rows(file.read()[1])[:2] == as_rows(enrolments()[1:3])
