"""Images: veins, faces, people seen by cameras.

Canonical form: intensities from 0 (black) to 1 (white) of the file's own range, rows from the top, columns from the
left, as a person sees the picture (a camera's EXIF orientation is applied). Channels are ``("grey",)`` or ``("red",
"green", "blue")``. One sample is one capture: usually one image, several where one capture took several of one size.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from lineament.errors import SignalError
from lineament.signals.sample import Sample

Colours = Literal["grey", "rgb"]
FloatArray = NDArray[np.float64]
CHANNELS: dict[str, tuple[str, ...]] = {"grey": ("grey",), "rgb": ("red", "green", "blue")}
LUMA = (0.299, 0.587, 0.114)
"""Share of red, green and blue in the grey of a colour image (ITU-R BT.601)."""
FORMATS = ("PNG", "JPEG", "TIFF", "BMP")
SMALLEST, LARGEST = 8, 16_384
"""Pixels along a side."""
MOST_PIXELS = 64_000_000


def image_sample(
    values: ArrayLike,
    *,
    subject: str | None = None,
    session: str | None = None,
    attributes: Mapping[str, Any] | None = None,
    source: str = "image",
) -> Sample:
    """Return an image, or several of one size, as a sample.

    Parameters
    ----------
    values : array (height, width), (height, width, colours) or (captures, height, width, colours)
        Intensities from 0 to 1; one colour (grey) or three (red, green, blue).
    subject, session, attributes, source
        See `Sample`.

    Raises
    ------
    SignalError
        When the shape is another, a side is shorter than 8 or longer than 16,384 pixels, or an intensity is not finite
        or not within 0 to 1.

    Examples
    --------
    >>> image_sample(np.full((70, 80), 0.5)).values.shape
    (1, 70, 80, 1)
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim == 3:
        array = array[None]
    channels = {len(names): names for names in CHANNELS.values()}.get(array.shape[-1]) if array.ndim == 4 else None
    if channels is None:
        raise SignalError(
            f"{source}: an image of shape (height, width) or (height, width, 3)",
            f"shape {np.shape(values)}",
            "give grey or red, green and blue",
        )
    _check_size(array.shape[2], array.shape[1], source)
    if not np.isfinite(array).all():
        raise SignalError(f"{source}: finite intensities", "NaN or infinity", "fill in the missing pixels")
    if array.min(initial=0.0) < 0 or array.max(initial=0.0) > 1:
        raise SignalError(
            f"{source}: intensities from 0 to 1",
            f"{array.min():g} to {array.max():g}",
            "divide by the largest value the camera gives (255, 65535)",
        )
    return Sample(
        "image", array, np.arange(len(array), dtype=np.float64), channels, subject, session, attributes or {}, source
    )


def read_image(
    path: str | Path,
    *,
    colours: Colours | None = None,
    subject: str | None = None,
    session: str | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> Sample:
    """Read an image file: PNG, JPEG, TIFF or BMP, of 8 or 16 bits, grey or colour.

    Transparency is dropped. Colours with more than 8 bits are read with 8.

    Parameters
    ----------
    path : path
    colours : {"grey", "rgb"}, optional
        What it is turned into; as the file is where not given.
    subject, session, attributes
        See `Sample`.

    Raises
    ------
    SignalError
        When it is missing, no image of these formats, truncated, too small or too large, or holds several images.
    """
    path = Path(path)
    if not path.is_file():
        raise _refused(path, "a folder" if path.is_dir() else "no such file", "check the path")
    try:
        # Pillow warns of large sizes, which are checked here, and of damaged remarks.
        # Given a path, it maps a TIFF into memory and muddles one that is to be turned; given a file, it does not.
        quiet = warnings.catch_warnings(action="ignore")
        with quiet, path.open("rb") as file, Image.open(file, formats=FORMATS) as picture:
            _check_size(*picture.size, str(path))
            if getattr(picture, "n_frames", 1) > 1:
                raise _refused(path, "a file with several", "save each as a file of its own")
            picture.load()
            # Pillow turns a TIFF upright while it loads it.
            values = _intensities(picture if picture.format == "TIFF" else ImageOps.exif_transpose(picture), path)
    except Image.DecompressionBombError as error:
        raise _too_large(str(path), "more") from error
    except UnidentifiedImageError as error:
        empty = path.stat().st_size == 0
        raise _refused(path, "an empty file" if empty else "a file of another kind", "convert it to PNG") from error
    except SignalError:
        raise
    except Exception as error:  # a damaged image fails in as many ways as it can be damaged
        reason = " ".join(str(error).split())[:100] or type(error).__name__
        raise _refused(path, f"a damaged file ('{reason}')", "restore the file from its source") from error
    return image_sample(
        values if colours is None else recoloured(values, colours),
        subject=subject,
        session=session,
        attributes=attributes,
        source=str(path),
    )


def recoloured(values: FloatArray, colours: Colours) -> FloatArray:
    """Return intensities (..., 1 or 3) as grey (..., 1) or as red, green and blue (..., 3).

    Examples
    --------
    >>> recoloured(np.array([1.0, 0.0, 0.0]), "grey").tolist()
    [0.299]
    """
    if values.shape[-1] == len(CHANNELS[colours]):
        return values
    if colours == "rgb":
        return np.repeat(values, 3, axis=-1)
    # rounding may carry white beyond 1
    grey: FloatArray = np.minimum(values @ np.array(LUMA)[:, None], 1.0)
    return grey


def _intensities(picture: Image.Image, path: Path) -> FloatArray:
    """Return the intensities (height, width, colours) of an open file, from 0 to 1."""
    mode = picture.mode
    if mode.startswith("I"):
        deep = np.asarray(picture).astype(np.float64)
        if deep.min() < 0 or deep.max() > 65_535:
            raise _refused(path, f"values from {deep.min():g} to {deep.max():g}", "save it with 8 or 16 bits")
        return (deep / 65_535.0)[..., None]
    if mode == "F":
        return np.asarray(picture, dtype=np.float64)[..., None]
    grey = mode in {"1", "L", "LA", "La"}
    raw = np.asarray(picture.convert("L" if grey else "RGB"), dtype=np.float64) / 255.0
    return raw[..., None] if grey else raw


def _check_size(width: int, height: int, source: str) -> None:
    """Refuse images too small to tell anybody by, and too large to hold."""
    if min(width, height) < SMALLEST:
        raise SignalError(
            f"{source}: an image of {SMALLEST} × {SMALLEST} pixels or more", f"{width} × {height}", "take a larger one"
        )
    if max(width, height) > LARGEST or width * height > MOST_PIXELS:
        raise _too_large(source, f"{width} × {height}")


def _too_large(source: str, came: str) -> SignalError:
    return SignalError(
        f"{source}: an image of {MOST_PIXELS // 1_000_000} megapixels, {LARGEST:,} pixels a side, at most",
        came,
        "scale it down",
    )


def _refused(path: Path, came: str, remedy: str) -> SignalError:
    return SignalError(f"{path}: one image as PNG, JPEG, TIFF or BMP", came, remedy)
