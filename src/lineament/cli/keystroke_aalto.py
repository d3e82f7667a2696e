"""`lineament reproduce keystroke-aalto`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console


def reproduce_keystroke_aalto(
    data: Annotated[Path, typer.Option(help="The folder of keystroke-aalto, or of the full set.")],
    out: Annotated[Path, typer.Option(help="Folder for the report, and for what a later run goes on from.")] = Path(
        "out/keystroke-aalto"
    ),
    recipe: Annotated[
        list[str] | None,
        typer.Option(help="Encoders that stand side by side; keystroke-free and keystroke-statistics, if not given."),
    ] = None,
    rival: Annotated[str, typer.Option(help="The published system, beside it; 'none' leaves it out.")] = (
        "keystroke-typenet"
    ),
    tested: Annotated[int, typer.Option(min=2, help="People who are tested.")] = 500,
    validating: Annotated[int, typer.Option(min=2, help="People by whom the best weights are chosen.")] = 129,
    curve: Annotated[
        str, typer.Option(help="Numbers of training people; '' leaves them out.")
    ] = "50,100,200,400,800,1700",
    curve_steps: Annotated[
        int, typer.Option(min=0, help="Steps of each of these; 0: only encoders in closed form.")
    ] = 200,
    replicates: Annotated[int, typer.Option(min=1, help="Draws of people for the intervals.")] = 1000,
    seed: Annotated[int, typer.Option(help="Of everything that is random.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Free text typed by people who were not trained on, enrolled from five sentences, as TypeNet was tested."""
    from lineament.datasets import open_dataset
    from lineament.recipes.recipe import load_recipe
    from lineament.studies import keystroke_aalto_report
    from lineament.studies.keystroke_aalto import Sides
    from lineament.studies.keystroke_aalto_run import Study, run

    console = Console(stderr=True)
    ours = [load_recipe(name) for name in recipe or ("keystroke-free", "keystroke-statistics")]
    theirs = None if rival == "none" else load_recipe(rival)
    dataset = open_dataset(data)
    sides = Sides.of(dataset, tested=tested, validating=validating, seed=seed)
    numbers = [int(number) for number in curve.split(",") if number.strip()]
    study = Study(dataset, sides, out, replicates, seed, say=lambda words: console.print(words, soft_wrap=True))
    found = run(study, ours, theirs, numbers, curve_steps)
    page = keystroke_aalto_report.report(dataset, sides, found)
    page.save(out, "keystroke-aalto")
    if as_json:
        typer.echo(json.dumps(page.data, indent=1))
        return
    Console().print(f"The report is at {out / 'keystroke-aalto.html'}", soft_wrap=True)
