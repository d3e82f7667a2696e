"""`lineament convert`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from lineament.datasets import conversion


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(convert)


def convert(
    source: Annotated[Path, typer.Argument(help="A recording (.csv, .parquet) or the folder of a data set.")],
    target: Annotated[Path, typer.Argument(help="The file or folder to write.")],
    axes: Annotated[
        str | None,
        typer.Option(help="Where a recording's x, y, z point: RUB (OpenXR, OpenVR), RUF (Unity), FRU (Unreal) ..."),
    ] = None,
    unit: Annotated[str, typer.Option(help="A recording's unit of length: cm, mm, dm, m, in, ft.")] = "cm",
    fps: Annotated[float | None, typer.Option(help="Frames a second of a recording without a clock.")] = None,
    suffix: Annotated[
        str, typer.Option(help="What a data set's recordings are written as: .parquet or .csv.")
    ] = ".parquet",
) -> None:
    """Write a recording or a whole data set in the unified XR motion format (centimetres; X right, Y up, Z forward)."""
    console = Console(stderr=True)
    if source.is_dir():
        with Progress(console=console) as bar:
            task = bar.add_task("converting", total=None)
            data = conversion.convert_dataset(
                source, target, suffix=suffix, progress=lambda done, of: bar.update(task, completed=done, total=of)
            )
        typer.echo(f"{data}; written to {target}")
    else:
        sample = conversion.convert_file(source, target, axes=axes, unit=unit, fps=fps)
        typer.echo(f"{len(sample)} frames, {sample.duration:.1f} s; written to {target}")
