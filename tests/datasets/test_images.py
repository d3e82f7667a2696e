import json

import numpy as np
import pytest
from PIL import Image

from lineament.datasets import open_dataset
from lineament.errors import LineamentError, SignalError


def put(path, colour=False):
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = (12, 14, 3) if colour else (12, 14)
    Image.fromarray(np.full(shape, 51, dtype=np.uint8)).save(path)


def test_subject_session_image(tmp_path):
    for name in ("ann/1/a.png", "ann/2/a.PNG", "bob/1/x.bmp", "bob/1/.hidden.png"):
        put(tmp_path / name)
    data = open_dataset(tmp_path)
    assert (data.name, str(data)) == (
        tmp_path.name,
        f"{tmp_path.name}: 3 samples of 2 subjects in 1 to 2 sessions each",
    )
    assert list(data.table["image"]) == ["a", "a", "x"]
    assert data.people() == ["ann", "bob"]
    np.testing.assert_allclose(data.load(0).values, 0.2)
    assert data.load(0).values.shape == (1, 12, 14, 1)


def test_person_hand_session_image_and_what_is_said_of_it(tmp_path):
    put(tmp_path / "ann/left/1/a.png", colour=True)
    put(tmp_path / "ann/right/1/a.png", colour=True)
    about = {"name": "mine", "licence": "CC0", "citation": "nobody", "simulated": True}
    (tmp_path / "dataset.json").write_text(json.dumps(about))
    data = open_dataset(tmp_path)
    assert (data.name, data.licence, data.citation) == ("mine", "CC0", "nobody")
    assert data.subjects() == ["ann-left", "ann-right"]
    assert data.people() == ["ann"]
    sample = data.load(1)
    assert (sample.subject, sample.session, sample.channels) == ("ann-right", "1", ("red", "green", "blue"))
    assert sample.attributes["simulated"]


def test_what_is_no_set_of_images_is_refused(tmp_path):
    put(tmp_path / "a.png")
    with pytest.raises(SignalError, match="a known layout"):
        open_dataset(tmp_path)
    put(tmp_path / "ann/1/a.png")
    (tmp_path / "dataset.json").write_text("[]")
    with pytest.raises(LineamentError, match="description of a data set"):
        open_dataset(tmp_path)
