"""`lineament reproduce gait-sisfall`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from lineament.cli.progress import bars
from lineament.cli.tables import numbers_of, print_table, words_of


def reproduce_gait_sisfall(
    data: Annotated[
        Path | None, typer.Option(help="The folder of gait-sisfall; without it, simulated walkers.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the report, and for what a later run goes on from.")] = Path(
        "out/gait-sisfall"
    ),
    systems: Annotated[
        str | None, typer.Option(help="Keys of systems, e.g. 'lda,small'; by default all, without data these two.")
    ] = None,
    seeds: Annotated[str, typer.Option(help="Of the splits, e.g. '0,1,2'.")] = "0,1,2",
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Recognise people by how they walk: slow walk enrols, fast walk probes; how soon brute force is accepted."""
    from lineament.datasets import open_dataset
    from lineament.studies import gait_sisfall, gait_sisfall_report

    numbers = numbers_of(seeds, "--seeds")
    if not numbers:
        raise typer.BadParameter("--seeds: one or more whole numbers")
    keys = words_of(systems) if systems else None if data else ("lda", "small")
    with bars() as progress:
        results = gait_sisfall.run(
            open_dataset(data) if data else None, out, gait_sisfall.available(keys), numbers, progress=progress
        )
    page = gait_sisfall_report.report(results)
    target = page.save(out, "gait-sisfall")[0]
    if as_json:
        typer.echo(json.dumps(page.data, indent=1))
        return
    console = Console()
    rows = [
        [row.system.label, *(f"{i.estimate:.3f}" for i in (*row.rank_one.values(), row.verification["eer"]))]
        for row in results.apart
    ]
    print_table(console, "people who were not trained on", ["system", "Rank-1 5 s", "Rank-1 20 s", "EER"], rows)
    console.print(f"The report is at {target}", soft_wrap=True)
