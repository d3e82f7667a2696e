"""`lineament reproduce false-alarms`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from lineament.cli.progress import bars


def reproduce_false_alarms(
    out: Annotated[Path, typer.Option(help="Folder for the report, and for what a later run goes on from.")] = Path(
        "out/false-alarms"
    ),
    data: Annotated[
        Path | None, typer.Option(help="The folder of face-lfw: judge a plain encoder of its pictures, too.")
    ] = None,
    embeddings: Annotated[
        list[Path] | None,
        typer.Option(help="An .npz file (embeddings, subject) of people whom an encoder was not trained on, too."),
    ] = None,
    strangers: Annotated[int, typer.Option(min=1000, help="Simulated strangers who are tested.")] = 100_000,
    largest: Annotated[int, typer.Option(min=10, help="The largest simulated gallery.")] = 1_000_000,
    people: Annotated[str, typer.Option(help="Strangers, and enrolled people, of a calibration.")] = "500,2000,5000",
    repetitions: Annotated[int, typer.Option(min=2, help="Calibrations of each size.")] = 10,
    others: Annotated[bool, typer.Option(help="Populations of other kinds, too, with fewer strangers.")] = True,
    seed: Annotated[int, typer.Option(help="Of the population.")] = 2026,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Promised FPIR against measured FPIR, from galleries of ten to galleries of a million, and on real faces."""
    from lineament.datasets import open_dataset
    from lineament.studies import false_alarms, false_alarms_run

    try:
        counts = tuple(int(count) for count in people.split(","))
    except ValueError as error:
        raise typer.BadParameter(f"--people: whole numbers, separated by commas, not {people!r}") from error
    plan = false_alarms.Plan(
        strangers=strangers,
        sizes=tuple(size for size in false_alarms.SIZES if size <= largest),
        people=counts,
        repetitions=repetitions,
        seed=seed,
    )
    with bars() as progress:
        page = false_alarms_run.run(
            plan,
            out,
            dataset=open_dataset(data) if data else None,
            embeddings=embeddings or (),
            others=others,
            progress=progress,
        )
    target = page.save(out, "false-alarms")[0]
    if as_json:
        typer.echo(json.dumps(page.data, indent=1))
        return
    Console().print(f"The report is at {target}", soft_wrap=True)
