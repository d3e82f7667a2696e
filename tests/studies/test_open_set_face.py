from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from lineament.cli import app
from lineament.datasets import Dataset
from lineament.errors import ProtocolError
from lineament.studies.false_alarms_people import EmbeddedPeople
from lineament.studies.open_set_face import EMBEDDINGS, Sides, open_set_scores, run
from tests.training.pictures import picture, tiny_image_recipe


def faces() -> Dataset:
    """Eight people with five pictures, six with two or three, ten with one."""
    counts = [5] * 8 + [2, 3] * 3 + [1] * 10
    samples = [
        picture(number, 1, capture).replace(session=f"{capture + 1:04d}")
        for number, count in enumerate(counts)
        for capture in range(count)
    ]
    return Dataset.of("faces", samples)


def test_who_has_many_pictures_trains() -> None:
    sides = Sides.of(faces())
    assert (len(sides.train), len(sides.test)) == (8, 16)
    assert not set(sides.train) & set(sides.test)
    with pytest.raises(ProtocolError, match="add people"):
        Sides.of(faces().filter(subject=sides.train))


def test_first_pictures_are_enrolled_and_nobody_is_held_against_their_own() -> None:
    table = faces().filter(subject=Sides.of(faces()).test).table.sample(frac=1, random_state=0)
    vectors = np.eye(len(table), dtype=np.float32)
    scores = open_set_scores(vectors, table)
    assert scores.values.shape == (9 + 10, 6)
    assert not scores.values.any()  # no picture meets itself
    assert set(scores.references["session"]) == {"0001"}
    assert int(np.sum(~scores.known)) == 10


def test_the_study_writes_report_and_embeddings(tmp_path: Path) -> None:
    recipe = tiny_image_recipe(network={"name": "oriented_lines", "step": 6, "shrinkage": 0.3}, loss="arcface")
    page = run(faces(), recipe, tmp_path, replicates=20, progress=False)
    assert "8 people" in page.markdown()
    people = EmbeddedPeople.load(tmp_path / EMBEDDINGS)
    assert len(people.subjects) == 15 + 10
    assert (tmp_path / "open-set-face.html").is_file()
    numbers = json.loads((tmp_path / "open-set-face.json").read_text())
    assert numbers


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["reproduce", "open-set-face", "--data", str(tmp_path), "--recipe", "face-smal"])
    assert "use 'face-small'" in str(result.exception)
