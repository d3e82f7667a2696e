from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from lineament.errors import GalleryError
from lineament.gallery import EncoderMark, MemoryGallery, export_gallery


@pytest.fixture
def gallery() -> MemoryGallery:
    made = MemoryGallery(2, "euclidean", EncoderMark("tiny", "1", "tiny-1-0123abcd"))
    made.enrol("anna", [[1, 2], [3, 4]], session="monday")
    made.enrol("ben", [[5, 6]])
    return made


def test_json(gallery: MemoryGallery, tmp_path: Path) -> None:
    assert export_gallery(gallery, tmp_path / "out.json") == 3
    assert json.loads((tmp_path / "out.json").read_text()) == {
        "format_version": 1,
        "encoder": "tiny-1-0123abcd",
        "metric": "euclidean",
        "enrolments": [
            {"subject": "anna", "session": "monday", "templates": [[1, 2], [3, 4]]},
            {"subject": "ben", "session": None, "templates": [[5, 6]]},
        ],
    }


def test_npz(gallery: MemoryGallery, tmp_path: Path) -> None:
    assert export_gallery(gallery, tmp_path / "out.npz") == 3
    with np.load(tmp_path / "out.npz", allow_pickle=False) as arrays:
        assert arrays["templates"].tolist() == [[1, 2], [3, 4], [5, 6]]
        assert arrays["subjects"].tolist() == ["anna", "anna", "ben"]
        assert arrays["sessions"].tolist() == ["monday", "monday", ""]
        assert str(arrays["encoder"]) == "tiny-1-0123abcd"


def test_quality_goes_along(gallery: MemoryGallery, tmp_path: Path) -> None:
    gallery.enrol("ben", [[7, 8]], quality=[0.5])
    export_gallery(gallery, tmp_path / "out.json", "ben")
    rows = json.loads((tmp_path / "out.json").read_text())["enrolments"]
    assert [row.get("quality") for row in rows] == [None, [0.5]]
    export_gallery(gallery, tmp_path / "out.npz")
    with np.load(tmp_path / "out.npz", allow_pickle=False) as arrays:
        assert arrays["quality"].tolist() == [1, 1, 1, 0.5]


def test_one_subject_or_nobody(gallery: MemoryGallery, tmp_path: Path) -> None:
    assert export_gallery(gallery, tmp_path / "out.npz", "ben") == 1
    assert export_gallery(MemoryGallery(2), tmp_path / "none.npz") == 0
    with np.load(tmp_path / "none.npz", allow_pickle=False) as arrays:
        assert arrays["templates"].shape == (0, 2)


def test_strangers_and_other_endings_are_refused(gallery: MemoryGallery, tmp_path: Path) -> None:
    with pytest.raises(GalleryError, match="use 'anna'"):
        export_gallery(gallery, tmp_path / "out.npz", "annna")
    with pytest.raises(GalleryError, match="ending"):
        export_gallery(gallery, tmp_path / "out.pickle")
    assert list(tmp_path.iterdir()) == []
