"""The readers of image sets: on the real sets where they lie beside the project, and on files in each set's layout."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lineament.datasets import READERS, open_dataset, vein_dorsal, vein_fvusm, vein_fyo, vein_mmcbnu
from lineament.datasets.face_lfw import recognises as is_lfw
from lineament.errors import SignalError


def write(folder: Path, *names: str) -> Path:
    """Write a small image under each name."""
    for shade, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((12, 16), 10 + shade, dtype=np.uint8)).save(path)
    return folder


LAYOUTS = {
    "vein-dorsal": (
        ("DorsalHandVeins_DB1/person_012_db1_L2.tif", "DorsalHandVeins_DB2/person_012_db2_R1.tif"),
        [("012-left", "DB1", "012", 2), ("012-right", "DB2", "012", 1)],
    ),
    "vein-sdumla": (
        ("001/left/index_1.bmp", "106/right/ring_6.bmp"),
        [("001-left-index", "1", "001", 1), ("106-right-ring", "1", "106", 6)],
    ),
    "vein-mmcbnu": (
        ("Captured images/001/L_Fore/01.bmp", "Captured images/100/R_Ring/10.bmp", "ROIs/001/L_Fore/01.bmp"),
        [("001-left-index", "1", "001", 1), ("100-right-ring", "1", "100", 10)],
    ),
    "vein-utfvp": (
        ("0003/0003_5_2_120509-141536.png", "0003/0003_1_3_120523-090000.png"),
        [("0003-left-ring", "2", "0003", 3), ("0003-right-middle", "1", "0003", 2)],
    ),
    "vein-fvusm": (
        ("1st_session/raw_data/001_1/01.jpg", "2nd_session/raw_data/001_4/06.jpg"),
        [("001-left-index", "1", "001", 1), ("001-right-middle", "2", "001", 6)],
    ),
    "vein-fyo": (
        ("Wrist/Session1/7_L.png", "Wrist/Session2/7_R_2.png", "Palm/Session1/7_L.png"),
        [("007-left", "1", "007", 1), ("007-right", "2", "007", 2)],
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_set_in_its_layout_is_recognised_and_read(name: str, tmp_path: Path) -> None:
    files, expected = LAYOUTS[name]
    data = open_dataset(write(tmp_path, *files))
    assert READERS[name].recognises(tmp_path)
    columns = ["subject", "session", "person", "capture"]
    assert list(data.table[columns].itertuples(index=False, name=None)) == expected
    sample = data.load(0)
    assert (sample.modality, sample.values.shape, sample.subject) == ("image", (1, 12, 16, 1), expected[0][0])
    assert sample.attributes["person"] == expected[0][2]


def test_other_names_are_not_taken_for_vein_sets(tmp_path: Path) -> None:
    write(tmp_path, "photos/left/index.bmp", "0003/0004_9_9.png", "DorsalHandVeins_DB1/notes_L2.tif")
    assert [name for name, reader in READERS.items() if name.startswith("vein") and reader.recognises(tmp_path)] == []


def test_the_archive_of_sdumla_is_read_through_its_finger_vein_folder(tmp_path: Path) -> None:
    data = open_dataset(write(tmp_path, "Finger Vein Database/001/left/index_1.bmp", "Iris/001/left/1.bmp"))
    assert data.table["subject"].tolist() == ["001-left-index"]


def test_regions_cut_out_by_a_sets_authors_are_read_on_demand(tmp_path: Path) -> None:
    mmcbnu = write(tmp_path / "a", *LAYOUTS["vein-mmcbnu"][0])
    assert len(vein_mmcbnu.read(mmcbnu, images="regions")) == 1
    usm = write(tmp_path / "b" / "Published_database_FV-USM_Dec2013", "1st_session/extractedvein/vein002_3/04.jpg")
    assert vein_fvusm.read(usm.parent, images="regions").table["subject"].tolist() == ["002-right-index"]
    fyo = write(tmp_path / "c", *LAYOUTS["vein-fyo"][0])
    assert vein_fyo.read(fyo, trait="palm").name == "vein-fyo-palm"
    with pytest.raises(SignalError, match="vein-fyo-dorsal: image files in its layout was expected"):
        vein_fyo.read(fyo, trait="dorsal")


def test_dorsal_hands_are_counted_in_two_ways_and_person_four_is_put_right(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        *(f"DorsalHandVeins_DB{c}_png/train/person_004_db{c}_{side}1.png" for c in (1, 2) for side in "LR"),
    )
    read = vein_dorsal.read(folder, labels="published", fix_swapped=False).table.set_index("subject")
    assert sorted(read.index) == ["DB1-004-left", "DB1-004-right", "DB2-004-left", "DB2-004-right"]
    assert read.loc["DB1-004-left", "path"].endswith("person_004_db1_L1.png")
    fixed = vein_dorsal.read(folder, labels="published").table.set_index("subject")
    assert fixed.loc["DB1-004-left", "path"].endswith("person_004_db1_R1.png")
    assert fixed.loc["DB2-004-left", "path"].endswith("person_004_db2_L1.png")
    hands = vein_dorsal.read(folder).table
    assert hands.groupby("subject")["session"].nunique().eq(2).all()


def test_faces_are_read_in_colour_with_their_number_of_photographs(tmp_path: Path) -> None:
    folder = write(tmp_path, "Ann_Ask/Ann_Ask_0001.jpg", "Ann_Ask/Ann_Ask_0002.jpg", "Bo/Bo_0001.jpg")
    data = open_dataset(folder)
    assert (data.name, data.table["photographs"].tolist()) == ("face-lfw", [2, 2, 1])
    assert data.load(0).channels == ("red", "green", "blue")
    assert not is_lfw(write(tmp_path / "other", "Ann_Ask/Bo_0001.jpg"))


def test_the_real_dorsal_set_has_its_hands_and_captures(shared_data: Callable[[str], Path]) -> None:
    folder = shared_data("vein-dorsal")
    data = open_dataset(folder)
    assert (data.name, len(data), len(data.subjects()), data.sessions()) == ("vein-dorsal", 1782, 276, ["DB1", "DB2"])
    assert data.table["person"].nunique() == 138
    counted = data.table.groupby(["subject", "session"]).size().groupby("session").agg(["min", "max", "size"])
    assert counted.loc["DB1"].tolist() == [4, 4, 276]
    assert counted.loc["DB2"].tolist() == [3, 3, 226]
    assert len(vein_dorsal.read(folder, labels="published").subjects()) == 502
    assert data.load(0).values.shape == (1, 280, 376, 1)


def test_the_real_finger_set_has_its_fingers(shared_data: Callable[[str], Path]) -> None:
    data = open_dataset(shared_data("vein-sdumla"))
    assert (data.name, len(data), len(data.subjects()), data.table["person"].nunique()) == (
        "vein-sdumla", 3816, 636, 106
    )  # fmt: skip
    assert data.table.groupby("subject").size().eq(6).all()
    assert data.load(0).values.shape == (1, 240, 320, 1)


def test_the_real_faces_are_those_that_are_said_to_be_there(shared_data: Callable[[str], Path]) -> None:
    data = open_dataset(shared_data("face-lfw"))
    counts = data.table.groupby("subject")["photographs"].first()
    assert (len(data), len(counts), int((counts >= 2).sum()), int((counts == 1).sum())) == (13233, 5749, 1680, 4069)
    assert data.load(0).values.shape == (1, 90, 90, 3)
