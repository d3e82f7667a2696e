from __future__ import annotations

import json

import numpy as np
import pytest

from lineament.encodings import build_encoding, read_encoding
from lineament.encodings.local_contrast import local_contrast
from lineament.errors import EncoderError, RecipeError, SignalError
from lineament.recipes.image_components import ImageEncoding
from lineament.signals import Sample
from lineament.signals.image import image_sample


def pictures(count: int = 2, size: tuple[int, int] = (60, 90), colours: int = 1) -> Sample:
    """Blurred noise."""
    rng = np.random.default_rng(3)
    coarse = rng.random((count, size[0] // 10, size[1] // 10, colours))
    return image_sample(coarse.repeat(10, axis=1).repeat(10, axis=2), subject="a", session="1")


def encoded(sample: Sample, **spec: object) -> np.ndarray:
    """The frames of a sample as images (T, colours, height, width)."""
    encoding = build_encoding(ImageEncoding(**spec))  # type: ignore[arg-type]
    [segment] = encoding.encode(sample)
    assert segment.values.dtype == np.float32
    return segment.values.reshape(-1, *encoding.shape)


def test_each_image_is_a_frame() -> None:
    encoding = build_encoding(ImageEncoding(height=30, width=45))
    [segment] = encoding.encode(pictures())
    assert segment.values.shape == (2, encoding.inputs)
    assert segment.times.tolist() == [0, 1]
    assert not segment.seams.any()
    assert encoding.fitted
    assert encoding.max_gap_s is None


def test_colours_are_planes() -> None:
    sample = pictures(colours=3)
    planes = encoded(sample, colours="rgb", height=60, width=90)
    np.testing.assert_array_equal(planes[0, 1], sample.values[0, ..., 1].astype(np.float32))
    grey = encoded(sample, height=60, width=90)
    np.testing.assert_allclose(grey[:, 0], sample.values @ [0.299, 0.587, 0.114], rtol=1e-6)


def test_shrinking_averages() -> None:
    """Halving an image made of 10 by 10 squares keeps the squares."""
    sample = pictures()
    np.testing.assert_allclose(
        encoded(sample, height=30, width=45)[:, 0, 2::5, 2::5], sample.values[:, 5::10, 5::10, 0], atol=1e-6
    )
    chequered = image_sample(np.indices((64, 64)).sum(0) % 2)
    np.testing.assert_allclose(encoded(chequered, height=16, width=16)[0, 0, 2:-2, 2:-2], 0.5, atol=0.02)


def test_the_middle_is_kept() -> None:
    sample = pictures()
    kept = encoded(sample, crop=0.5, height=30, width=45)[:, 0]
    np.testing.assert_array_equal(kept, sample.values[:, 15:45, 22:67, 0].astype(np.float32))


def test_whole_contrast_does_not_know_of_light() -> None:
    sample = pictures(colours=3)
    spec = {"colours": "rgb", "contrast": "whole", "height": 30, "width": 45}
    frames = encoded(sample, **spec)
    np.testing.assert_allclose(frames.mean((2, 3)), 0, atol=1e-6)
    np.testing.assert_allclose(frames.std((2, 3)), 1, atol=1e-5)
    darker = sample.replace(values=0.1 + 0.3 * sample.values)
    np.testing.assert_allclose(encoded(darker, **spec), frames, atol=1e-4)
    assert not encoded(image_sample(np.full((60, 90, 3), 0.4)), **spec).any()


def test_local_contrast_is_that_of_the_resized_image() -> None:
    frames = encoded(pictures(), contrast="local", sigma=0.1, height=30, width=45)
    plain = encoded(pictures(), height=30, width=45)
    np.testing.assert_allclose(frames[0, 0], local_contrast(plain[0, 0].astype(np.float64), 4.5), atol=1e-5)


def test_a_region_that_is_not_there_is_a_failure_to_acquire() -> None:
    with pytest.raises(SignalError, match="hand"):
        encoded(image_sample(np.full((280, 376), 0.5)), region="hand")
    with pytest.raises(RecipeError, match="use 'hand'"):
        build_encoding(ImageEncoding(region="hands"))
    with pytest.raises(RecipeError, match="grey"):
        build_encoding(ImageEncoding(region="hand", colours="rgb"))


def test_other_modalities_are_refused() -> None:
    with pytest.raises(SignalError, match="an image was expected, but motion came"):
        encoded(Sample("motion", [[0.0]], [0.0], ("head_pos_x",)))


def test_the_spec_round_trips_through_json() -> None:
    encoding = build_encoding(ImageEncoding(colours="rgb", height=20, contrast="whole"))
    again = read_encoding(json.loads(json.dumps(encoding.spec())))
    assert again.component == encoding.component
    assert again.shape == encoding.copy().shape == (3, 20, 80)
    for content in ({"spec": {"name": "image", "hieght": 20}}, {"spec": {"name": "image", "height": 2}}):
        with pytest.raises(RecipeError):
            read_encoding(content)
    with pytest.raises(EncoderError):
        read_encoding({"spec": None})


def test_the_means_and_deviations_of_imagenet() -> None:
    plain, scaled = (encoded(pictures(), colours="rgb", contrast=how) for how in ("none", "imagenet"))
    back = scaled * np.array([0.229, 0.224, 0.225])[:, None, None] + np.array([0.485, 0.456, 0.406])[:, None, None]
    np.testing.assert_allclose(back, plain, atol=1e-6)
    grey = encoded(pictures(), contrast="imagenet")
    np.testing.assert_allclose(grey, (plain[:, :1] - 0.449) / 0.226, atol=1e-6)
