"""`lineament reproduce web-bpu150`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from lineament.cli.progress import bars
from lineament.cli.tables import chosen_of, numbers_of, print_table


def reproduce_web_bpu150(
    data: Annotated[
        Path | None, typer.Option(help="The folder of web-bpu150, or of a panel's histories; else simulated people.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the report, and for what a later run goes on from.")] = Path(
        "out/web-bpu150"
    ),
    systems: Annotated[str | None, typer.Option(help="Keys of systems, e.g. 'tf-idf,ours'; by default all.")] = None,
    seeds: Annotated[str, typer.Option(help="Splits of the people, e.g. '0,1,2'.")] = "0,1,2",
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Browsing histories: earlier weeks enrolled, later ones probed; tf-idf, TL-RNN and ours, from 20 visits to 500."""
    from lineament.datasets import open_dataset
    from lineament.datasets.simulate.browsing import simulated_browsing
    from lineament.studies import web_bpu150, web_bpu150_report

    chosen = chosen_of(systems, {system.key: system for system in web_bpu150.SYSTEMS})
    study = web_bpu150.WebStudy(open_dataset(data) if data else simulated_browsing(range(150)), out)
    with bars() as progress:
        results = web_bpu150_report.run(study, numbers_of(seeds, "--seeds"), systems=chosen, progress=progress)
    page = web_bpu150_report.report(results)
    target = page.save(out, "web-bpu150")[0]
    if as_json:
        typer.echo(json.dumps(page.data, indent=1))
        return
    console = Console()
    rows = [
        [results.labels[key], *(f"{found[length].rank_one.estimate:.3f}" for length in results.lengths)]
        for key, found in results.figures.items()
    ]
    print_table(console, "Rank-1", ["system", *(f"{length} visits" for length in results.lengths)], rows)
    console.print(f"The report is at {target}", soft_wrap=True)
