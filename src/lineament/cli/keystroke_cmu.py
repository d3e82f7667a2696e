"""`lineament reproduce keystroke-cmu`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from lineament.cli.tables import numbers_of


def reproduce_keystroke_cmu(
    data: Annotated[Path, typer.Option(help="The folder of keystroke-cmu, or of another phrase that everybody types.")],
    out: Annotated[Path, typer.Option(help="Folder for the report, and for what a later run goes on from.")] = Path(
        "out/keystroke-cmu"
    ),
    recipe: Annotated[str, typer.Option(help="Of our encoder: a shipped name or a .yaml file.")] = "keystroke-phrase",
    seeds: Annotated[str, typer.Option(help="Of the deals of people, e.g. '0,1,2'.")] = "0,1,2,3,4",
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Verify by a fixed text: the detectors of Killourhy and Maxion, and an encoder trained on other people."""
    from lineament.datasets import open_dataset
    from lineament.recipes.recipe import load_recipe
    from lineament.studies import keystroke_cmu, keystroke_cmu_report
    from lineament.studies.keystroke_trials import Plan

    plan = Plan(seeds=numbers_of(seeds, "--seeds"))
    told = Console(stderr=True)

    def show(what: str) -> None:
        told.print(f"{what} ...", highlight=False)

    dataset, ours = open_dataset(data), load_recipe(recipe)
    results = keystroke_cmu.run(dataset, ours, out, plan, progress=show)
    show("practised impostors")
    harder = replace(plan, practised=True)
    practised = keystroke_cmu.run(dataset, ours, out, harder, detectors=keystroke_cmu.QUICK, progress=show)
    page = keystroke_cmu_report.report(results, practised)
    target = page.save(out, "keystroke-cmu")[0]
    if as_json:
        typer.echo(json.dumps(page.data, indent=1))
        return
    Console().print(f"The report is at {target}", soft_wrap=True)
