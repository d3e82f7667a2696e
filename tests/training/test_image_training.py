"""Images go the way of recordings: encoded, fitted, handed over, embedded, identified."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lineament.datasets import Dataset
from lineament.encoder import Encoder
from lineament.encodings import build_encoding
from lineament.encodings.regions import REGIONS
from lineament.errors import AcquisitionError, EncoderError, RecipeError, SignalError
from lineament.recipes.augmentations import Augmentation, ImageAugmentation
from lineament.training import encoded
from lineament.training.augmentation import build_augmenter
from lineament.training.fit import Fitted, fit
from lineament.training.train import split_people, train

from .people import people
from .pictures import picture, pictures, tiny_image_recipe


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Fitted, Encoder]:
    data = Dataset.of("toy", pictures(range(16)))
    return train(tiny_image_recipe(), [data], tmp_path_factory.mktemp("run"), validation=0.25, progress=False)


def test_what_is_trained_is_what_is_handed_over(trained: tuple[Fitted, Encoder]) -> None:
    fitted, encoder = trained
    samples = pictures(range(40, 43))
    wanted = np.concatenate([track.vectors for track in fitted.embed(samples)])
    np.testing.assert_allclose(np.concatenate(encoder.embed_many(samples)), wanted, atol=1e-4)
    assert encoder.card["modality"] == "image"
    assert "images" in encoder.card["intended_use"]
    assert encoder.window == 1
    assert encoder.calibration is not None
    assert encoder.calibration.use_time_s == 1.0


def test_it_learns_to_tell_strangers_apart(trained: tuple[Fitted, Encoder]) -> None:
    fitted, encoder = trained
    assert fitted.accuracy is not None
    assert fitted.accuracy > 0.7
    strangers = range(50, 60)
    enrolled = np.concatenate([encoder.embed(picture(number, 1, 0)) for number in strangers])
    probes = np.concatenate([encoder.embed(picture(number, 2, 1)) for number in strangers])
    assert ((probes @ enrolled.T).argmax(axis=1) == np.arange(10)).mean() >= 0.8


def test_mirror_images_are_subjects_of_training_alone(trained: tuple[Fitted, Encoder]) -> None:
    fitted, encoder = trained
    assert len(fitted.subjects) == encoder.card["training"]["subjects"] == 12
    recordings = encoded.encode(fitted.encoding, [picture(1, 1, 0)])
    [mirrored] = encoded.mirrored(fitted.encoding, recordings)
    assert mirrored.subject == "p01 (mirrored)"
    there = mirrored.segments[0].values.reshape(24, 28)
    np.testing.assert_array_equal(there[:, ::-1], recordings[0].segments[0].values.reshape(24, 28))


def test_several_captures_in_one_sample(trained: tuple[Fitted, Encoder]) -> None:
    encoder = trained[1]
    samples = [picture(3, 1, capture) for capture in range(3)]
    values = np.concatenate([sample.values for sample in samples])
    together = samples[0].replace(values=values, times=np.arange(3.0))
    np.testing.assert_allclose(encoder.embed(together), np.concatenate(encoder.embed_many(samples)), atol=1e-6)


def test_it_trains_again_from_its_weights(trained: tuple[Fitted, Encoder], tmp_path: Path) -> None:
    encoder = trained[1]
    encoder.save(tmp_path / "encoder")
    recipe = tiny_image_recipe(training={"steps": 0})
    again = fit(recipe, pictures(range(4)), init=tmp_path / "encoder", progress=False)
    sample = picture(60, 1, 0)
    np.testing.assert_allclose(again.embed([sample])[0].vectors, encoder.embed(sample), atol=1e-4)
    other = tiny_image_recipe(encoding={"name": "image", "height": 28, "width": 24})
    with pytest.raises(EncoderError, match="the same encoding"):
        fit(other, pictures(range(4)), init=tmp_path / "encoder", progress=False)


def test_people_of_whom_there_is_one_image_are_left_out() -> None:
    samples = [*pictures(range(3)), picture(9, 1, 0)]
    fitted = fit(tiny_image_recipe(training={"steps": 0}), samples, progress=False)
    assert fitted.subjects == ("p00", "p01", "p02")


def test_people_are_split_not_hands() -> None:
    samples = pictures(range(12), captures=1)
    table = Dataset.of("hands", samples).table
    table = table.assign(person=[str(int(subject[1:]) // 2) for subject in table.subject])
    hands = Dataset("hands", table, lambda row: samples[int(row["_position"])])
    [protocol] = split_people([hands], validation=0.34).protocols
    assert len(protocol.validation.subjects) == 4
    assert len(protocol.persons(protocol.validation)) == 2
    assert not protocol.persons(protocol.validation) & protocol.persons(protocol.train)


def test_modalities_are_not_mixed(trained: tuple[Fitted, Encoder]) -> None:
    encoder = trained[1]
    with pytest.raises(SignalError, match="an image was expected, but motion came"):
        encoder.embed(people(range(1))[0])
    with pytest.raises(EncoderError, match="embed each sample"):
        encoder.stream()
    with pytest.raises(RecipeError, match="frames: 1"):
        fit(tiny_image_recipe(window={"frames": 2}), pictures(range(3)), progress=False)
    encoding = build_encoding(tiny_image_recipe().encoding)
    with pytest.raises(RecipeError, match="one of images"):
        build_augmenter(Augmentation(), encoding, 0)


def test_a_recipe_names_the_augmentation_by_its_encoding() -> None:
    assert isinstance(tiny_image_recipe().augmentation, ImageAugmentation)
    assert isinstance(tiny_image_recipe(augmentation={}).augmentation, ImageAugmentation)
    with pytest.raises(RecipeError, match="use 'shift'"):
        tiny_image_recipe(augmentation={"shfit": 0.1})


def test_a_fusion_trains_one_part_and_fits_the_other(tmp_path: Path) -> None:
    parts = [
        {"name": "small_residual", "channels": [4, 8], "grid": 2, "dim": 8},
        {"name": "oriented_lines", "step": 6, "shrinkage": 0.3},
    ]
    recipe = tiny_image_recipe(network={"name": "fusion", "parts": parts}, training={"steps": 4, "steps_per_epoch": 2})
    data = Dataset.of("toy", pictures(range(8)))
    fitted, encoder = train(recipe, [data], tmp_path, validation=0.25, progress=False)
    sample = picture(70, 1, 0)
    np.testing.assert_allclose(encoder.embed(sample), fitted.embed([sample])[0].vectors, atol=1e-4)


def test_images_in_which_nothing_is_found_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def locate(grey: np.ndarray, size: tuple[int, int], source: str) -> np.ndarray:
        if source.endswith("/0"):
            raise AcquisitionError(f"{source}: a hand", "none", "capture it again")
        return grey[: size[0], : size[1]]

    monkeypatch.setitem(REGIONS._items, "hand", locate)
    recipe = tiny_image_recipe(
        encoding={"name": "image", "height": 24, "width": 28, "region": "hand"}, training={"steps": 0}
    )
    samples = pictures(range(6), captures=3)
    fitted = fit(recipe, samples, progress=False)
    assert len(fitted.subjects) == 6
    assert len(fitted.embed(samples)) == 6 * 2 * 2
    assert fitted.embed([picture(1, 1, 0)]) == []
