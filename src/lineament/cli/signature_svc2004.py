"""`lineament reproduce signature-svc2004`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from lineament.cli.progress import bars
from lineament.cli.tables import chosen_of, numbers_of, print_table

SIMULATED_WRITERS = 40


def reproduce_signature_svc2004(
    data: Annotated[
        Path | None, typer.Option(help="The folder of signature-svc2004 (or of MCYT-100); else simulated writers.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the report, and for what a later run goes on from.")] = Path(
        "out/signature-svc2004"
    ),
    systems: Annotated[str | None, typer.Option(help="Keys of systems, e.g. 'dtw,ours'; by default all.")] = None,
    seeds: Annotated[str, typer.Option(help="Deals of the writers into groups, e.g. '0,1,2'.")] = "0,1,2",
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Online signatures: skilled and random forgeries, five enrolled; plain DTW beside what other writers teach."""
    from lineament.datasets import open_dataset
    from lineament.datasets.simulate.signatures import simulated_signatures
    from lineament.evaluation.score_report import written
    from lineament.studies import signature_svc2004, signature_svc2004_report

    chosen = chosen_of(systems, {system.key: system for system in signature_svc2004.SYSTEMS})
    numbers = numbers_of(seeds, "--seeds")
    dataset = open_dataset(data) if data else simulated_signatures(SIMULATED_WRITERS)
    study = signature_svc2004.SignatureStudy(dataset, out)
    with bars() as progress:
        results = signature_svc2004_report.run(study, chosen, numbers, progress=progress)
    page = signature_svc2004_report.report(results)
    target = page.save(out, "signature-svc2004")[0]
    if as_json:
        typer.echo(json.dumps(page.data, indent=1))
        return
    console = Console()
    for label, found in results.groups.items():
        rows = [
            [results.labels[key], *(written(rates[a].interval) for rates in (each.common, each.own) for a in rates)]
            for key, each in found.items()
        ]
        heads = [f"{a}, {where} threshold" for where in ("common", "own") for a in ("skilled", "random")]
        print_table(console, f"EER, {label}", ["system", *heads], rows)
    console.print(f"The report is at {target}", soft_wrap=True)
