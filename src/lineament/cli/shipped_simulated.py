"""`lineament reproduce shipped-simulated`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from lineament.cli.progress import bars


def reproduce_shipped_simulated(
    modality: Annotated[str, typer.Option(help="keystrokes, mouse, signature, visits or inertial.")],
    out: Annotated[Path, typer.Option(help="The encoder's folder.")],
    work: Annotated[
        Path | None, typer.Option(help="For checkpoints, from which an interrupted run goes on; else out/shipped-...")
    ] = None,
    version: Annotated[str, typer.Option(help="Of the encoder.")] = "1",
) -> None:
    """Make an encoder of behaviour that ships: train, calibrate and judge it on simulated people, write its card."""
    from lineament.studies.installed import need_training
    from lineament.studies.shipped_simulated import make

    need_training()
    with bars() as progress:
        folder = work or Path(f"out/shipped-{modality}")
        encoder = make(modality, out, work=folder, version=version, progress=progress)
    Console().print(f"{encoder.id} is at {out}", highlight=False, soft_wrap=True)
