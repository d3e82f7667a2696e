"""`lineament reproduce mouse-sapimouse`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from lineament.cli.progress import bars
from lineament.cli.tables import numbers_of, words_of


def reproduce_mouse_sapimouse(
    data: Annotated[Path | None, typer.Option(help="The folder of mouse-sapimouse; else simulated people.")] = None,
    simulate: Annotated[int, typer.Option(min=10, help="Without data: this many simulated people.")] = 120,
    out: Annotated[Path, typer.Option(help="Folder for the report, and for what a later run goes on from.")] = Path(
        "out/mouse-sapimouse"
    ),
    systems: Annotated[str | None, typer.Option(help="Recipes, e.g. 'mouse-lda,mouse-small'; by default all.")] = None,
    validation: Annotated[
        bool, typer.Option("--validation", help="Users 1 to 54 teach, 55 to 72 are tested: to choose settings by.")
    ] = False,
    seeds: Annotated[str, typer.Option(help="Seeds, e.g. '0,1,2'.")] = "0,1,2",
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Mice: users 1 to 72 of SapiMouse teach, 73 to 120 are verified and identified in 15 s of movement."""
    from lineament.datasets import open_dataset
    from lineament.datasets.simulate.mouse import simulated_mouse
    from lineament.studies import mouse_sapimouse_report

    numbers = numbers_of(seeds, "--seeds")
    dataset = open_dataset(data) if data else simulated_mouse(simulate)
    with bars() as progress:
        page = mouse_sapimouse_report.run(
            dataset, out, seeds=numbers, systems=words_of(systems), progress=progress, validation=validation
        )
    target = page.save(out, "mouse-sapimouse")[0]
    if as_json:
        typer.echo(json.dumps(page.data, indent=1))
        return
    Console().print(f"The report is at {target}", soft_wrap=True)
