"""How commands read the files that they are given, by the encoder's modality: recordings of all kinds, or images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from lineament.datasets import Dataset, open_dataset
from lineament.datasets.inspected import inspected
from lineament.encoder import Encoder
from lineament.errors import SignalError
from lineament.signals import Sample
from lineament.signals.image import read_image
from lineament.signals.inspection import read_inspected
from lineament.signals.motion import UNDECLARED, read_motion
from lineament.signals.recordings import format_of, read_recording
from lineament.signals.tables import read_table

SAMPLE_HELP = "A recording (CSV, Parquet) or an image (PNG, JPEG, TIFF), as the encoder takes."
Note = Callable[[str], None]


@dataclass(frozen=True)
class Reading:
    """How files are read: options of every command that embeds some."""

    span: Annotated[
        str | None, typer.Option("--span", metavar="START:STOP", help="Only these seconds of a recording, e.g. 30:90.")
    ] = None
    fps: Annotated[float | None, typer.Option("--fps", help="Frames a second of motion without a clock.")] = None
    axes: Annotated[
        str | None,
        typer.Option("--axes", metavar="RUB|RUF|...", help="Where x, y, z point: RUB (OpenXR, OpenVR), RUF (Unity)."),
    ] = None
    uninspected: Annotated[
        bool, typer.Option("--uninspected", help="Take motion with faults or doubtful axes as it stands.")
    ] = False

    def read(self, path: Path, encoder: Encoder, note: Note) -> Sample:
        """Return what a file holds, as an encoder takes it.

        Parameters
        ----------
        path : Path
        encoder : Encoder
        note : callable
            Takes a sentence that the user should see.

        Raises
        ------
        SignalError
            When the file cannot be read, is of another modality, or does not stand inspection.
        """
        match encoder.encoding.modality:
            case "motion":
                try:
                    return self._motion(path, note)
                except SignalError:
                    _refuse_other(path, encoder)
                    raise
            case "image":
                self._refuse(replace(self, span=None), "motion", "images")
                self._refuse(self, "recordings", "images")
                return read_image(path)
            case modality:
                self._refuse(replace(self, span=None), "motion", modality)
                sample = read_recording(path)
                if sample.modality != modality:
                    raise _other(path, encoder, sample.modality)
                return sample.between(*_limits(self.span)) if self.span is not None else sample

    @staticmethod
    def _refuse(given: Reading, about: str, taken: str) -> None:
        """Refuse options that say nothing about what the encoder takes."""
        options = {"span": "--span", "fps": "--fps", "axes": "--axes", "uninspected": "--uninspected"}
        named = [word for name, word in options.items() if getattr(given, name) != getattr(Reading(), name)]
        if named:
            raise typer.BadParameter(f"{named[0]} is about {about}, but this encoder takes {taken}.")

    def _motion(self, path: Path, note: Note) -> Sample:
        """Return a recording, or a span of it; the whole of it is inspected."""
        limits = _limits(self.span) if self.span is not None else None
        if self.uninspected:
            sample = read_motion(path, self.fps, axes=self.axes)
        else:
            sample = read_inspected(path, self.fps, self.axes)
        if sample.attributes["axes"] == UNDECLARED:
            note(f"{path} does not declare its axes; it is taken for X right, Y up, Z forward (otherwise add --axes)")
        return sample.between(*limits) if limits else sample


def _refuse_other(path: Path, encoder: Encoder) -> None:
    """Refuse a file whose columns tell that it is of another modality than the encoder's."""
    try:
        came = format_of(read_table(path).columns, str(path)).modality
    except SignalError:
        return
    if came != encoder.encoding.modality:
        raise _other(path, encoder, came)


def _other(path: Path, encoder: Encoder, came: str) -> SignalError:
    taken = f"{path}: {encoder.encoding.modality}, which {encoder.id} takes"
    return SignalError(taken, came, f"name an encoder of {came}: --encoder (see 'lineament list encoders')")


def open_inspected(folder: Path, uninspected: bool) -> Dataset:
    """Return the data set in a folder, its recordings inspected when they are read; what is doubtful is noted aside."""
    dataset = open_dataset(folder)
    return dataset if uninspected else inspected(dataset, _aside)


def _aside(text: str) -> None:
    Console(stderr=True).print(f"[yellow]note:[/] {escape(text)}", highlight=False, soft_wrap=True)


def _limits(span: str) -> tuple[float, float]:
    """Return start and stop in seconds; either may be left out ("30:", ":90")."""
    start, colon, stop = span.partition(":")
    try:
        limits = float(start or 0), float(stop or "inf")
    except ValueError:
        limits = (1.0, 0.0)
    if not colon or not limits[0] < limits[1]:
        raise typer.BadParameter(f"START:STOP in seconds was expected, but {span!r} came; write e.g. 30:90.")
    return limits
