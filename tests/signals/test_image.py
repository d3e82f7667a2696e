from __future__ import annotations

import contextlib
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lineament.errors import SignalError
from lineament.signals.image import image_sample, read_image, recoloured

RAMP = np.linspace(0, 255, 20 * 30).round().astype(np.uint8).reshape(20, 30)


def saved(path: Path, array: np.ndarray, **options: object) -> Path:
    Image.fromarray(array).save(path, **options)
    return path


class TestImageSample:
    def test_shapes_and_channels(self) -> None:
        assert image_sample(np.zeros((20, 30))).channels == ("grey",)
        colour = image_sample(np.zeros((2, 20, 30, 3)), subject="a", session="1")
        assert colour.channels == ("red", "green", "blue")
        assert colour.values.shape == (2, 20, 30, 3)
        assert colour.times.tolist() == [0, 1]
        assert colour.column("green").shape == (2, 20, 30)

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            (np.zeros(20), "an image of shape"),
            (np.zeros((20, 30, 2)), "an image of shape"),
            (np.zeros((20, 30, 3, 3, 3)), "an image of shape"),
            (np.zeros((0, 20, 30, 1)), "at least one frame"),
            (np.zeros((7, 30)), "8 × 8 pixels or more"),
            (np.zeros((8, 20_000)), "16,384 pixels a side"),
            (np.full((20, 30), np.nan), "finite intensities"),
            (np.full((20, 30), 200.0), "divide by the largest"),
            (np.full((20, 30), -0.1), "intensities from 0 to 1"),
        ],
    )
    def test_what_is_no_image_is_refused(self, values: np.ndarray, message: str) -> None:
        with pytest.raises(SignalError, match=message):
            image_sample(values)


class TestReadImage:
    @pytest.mark.parametrize("ending", ["png", "bmp", "tif"])
    def test_grey_of_eight_bits(self, tmp_path: Path, ending: str) -> None:
        sample = read_image(saved(tmp_path / f"a.{ending}", RAMP))
        assert sample.channels == ("grey",)
        np.testing.assert_allclose(sample.values[0, ..., 0], RAMP / 255)

    @pytest.mark.parametrize("ending", ["png", "tif"])
    def test_grey_of_sixteen_bits(self, tmp_path: Path, ending: str) -> None:
        deep = RAMP.astype(np.uint16) * 257 - (RAMP > 0)
        sample = read_image(saved(tmp_path / f"a.{ending}", deep))
        np.testing.assert_allclose(sample.values[0, ..., 0], deep / 65_535)

    def test_jpeg_is_near(self, tmp_path: Path) -> None:
        sample = read_image(saved(tmp_path / "a.jpg", RAMP, quality=95))
        assert np.abs(sample.values[0, ..., 0] - RAMP / 255).max() < 0.03

    def test_colours(self, tmp_path: Path) -> None:
        rng = np.random.default_rng(0)
        colour = rng.integers(0, 256, (20, 30, 3), dtype=np.uint8)
        path = saved(tmp_path / "a.png", colour)
        np.testing.assert_allclose(read_image(path).values[0], colour / 255)
        with Image.open(path) as picture:  # Pillow rounds its grey to eight bits
            oracle = np.asarray(picture.convert("L")) / 255
        np.testing.assert_allclose(read_image(path, colours="grey").values[0, ..., 0], oracle, atol=1 / 255)
        grey = read_image(saved(tmp_path / "grey.png", RAMP), colours="rgb")
        np.testing.assert_allclose(grey.values[0], np.repeat(RAMP[..., None] / 255, 3, axis=2))

    def test_transparency_and_palettes(self, tmp_path: Path) -> None:
        clear = np.dstack([RAMP, RAMP, RAMP, np.full_like(RAMP, 128)])
        assert read_image(saved(tmp_path / "a.png", clear)).values.shape == (1, 20, 30, 3)
        Image.fromarray(RAMP).convert("P").save(tmp_path / "p.png")
        assert read_image(tmp_path / "p.png").channels == ("red", "green", "blue")
        Image.fromarray(RAMP > 100).save(tmp_path / "1.png")
        assert set(np.unique(read_image(tmp_path / "1.png").values)) == {0.0, 1.0}

    @pytest.mark.parametrize("ending", ["tif", "png"])
    def test_the_camera_s_orientation_is_applied(self, tmp_path: Path, ending: str) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6  # to be turned clockwise by a quarter
        Image.fromarray(RAMP).save(tmp_path / f"a.{ending}", exif=exif)
        np.testing.assert_allclose(read_image(tmp_path / f"a.{ending}").values[0, ..., 0], np.rot90(RAMP, -1) / 255)

    def test_what_is_no_image_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "empty.png").touch()
        (tmp_path / "text.png").write_text("not an image")
        Image.fromarray(RAMP).save(tmp_path / "moving.gif")
        content = io.BytesIO()
        Image.fromarray(np.random.default_rng(0).integers(0, 256, (200, 200), dtype=np.uint8)).save(content, "PNG")
        (tmp_path / "half.png").write_bytes(content.getvalue()[: len(content.getvalue()) // 2])
        Image.fromarray(RAMP).save(tmp_path / "two.tif", save_all=True, append_images=[Image.fromarray(RAMP)])
        saved(tmp_path / "tiny.png", RAMP[:5])
        saved(tmp_path / "long.png", np.zeros((10, 20_000), dtype=np.uint8))
        Image.fromarray(np.full((20, 30), 2**20, dtype=np.int32)).save(tmp_path / "deep.tif")
        for name, message in {
            "absent.png": "no such file",
            "": "a folder",
            "empty.png": "an empty file",
            "text.png": "a file of another kind",
            "moving.gif": "a file of another kind",
            "half.png": "a damaged file",
            "two.tif": "a file with several",
            "tiny.png": "8 × 8 pixels or more",
            "long.png": "scale it down",
            "deep.tif": "8 or 16 bits",
        }.items():
            with pytest.raises(SignalError, match=message):
                read_image(tmp_path / name)

    @given(cut=st.integers(0, 400), place=st.integers(0, 400), byte=st.integers(0, 255))
    def test_damage_never_ends_in_another_error(self, tmp_path_factory, cut: int, place: int, byte: int) -> None:
        content = io.BytesIO()
        Image.fromarray(RAMP).save(content, "TIFF" if byte % 2 else "JPEG")
        damaged = bytearray(content.getvalue())
        damaged[place % len(damaged)] = byte
        path = tmp_path_factory.mktemp("damaged") / "a.jpg"
        path.write_bytes(bytes(damaged[: max(1, len(damaged) - cut)]))
        with contextlib.suppress(SignalError):
            assert np.isfinite(read_image(path).values).all()


@given(st.lists(st.floats(0, 1), min_size=3, max_size=3))
def test_grey_lies_between_the_colours(colour: list[float]) -> None:
    [grey] = recoloured(np.array(colour), "grey")
    assert min(colour) - 1e-12 <= grey <= max(colour) + 1e-12
