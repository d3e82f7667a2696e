"""`lineament demo` and `lineament doctor`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command()(demo)
    app.command()(doctor)


def demo(
    out: Annotated[Path, typer.Option(help="Where to write report.html, report.md and report.json.")] = Path(
        "out/demo"
    ),
    data: Annotated[
        Path | None, typer.Option(help="A set of real people (xr-objects) instead of simulated ones.")
    ] = None,
    modality: Annotated[
        str, typer.Option(help="Of the simulated people: motion, keystrokes, mouse, signature, visits or inertial.")
    ] = "motion",
    encoder: Annotated[str | None, typer.Option(help="A shipped encoder's name or a folder.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Enrol people from one session, identify their next session and strangers, and write a report."""
    from lineament.studies import demo as study

    console = Console(stderr=True)
    columns = (TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        tasks = {}

        def progress(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=of)
            bars.update(tasks[what], completed=done)

        found = study.demonstrate(data, modality=modality, encoder=encoder, progress=progress)
    page = study.report(found)
    target = page.save(out, "report")[0]
    if as_json:
        typer.echo((out / "report.json").read_text(encoding="utf-8"), nl=False)
        return
    shown = Console()
    table = Table(title=found.data, title_justify="left")
    for column in ("person", "role", "probes", *study.OUTCOMES):
        table.add_column(column, justify="left" if column in ("person", "role") else "right")
    for row in found.rows():
        table.add_row(*(escape(str(cell)) if cell or index == 2 else "[dim]·[/]" for index, cell in enumerate(row)))
    table.add_section()
    totals = [str(found.count(outcome)) for outcome in study.OUTCOMES]
    table.add_row("[bold]all[/]", "", str(len(found.trials)), *(f"[bold]{total}[/]" for total in totals))
    shown.print(table)
    if found.simulated:
        shown.print("[dim]Simulated people: the figures show that the system works, not how well it knows people.[/]")
    shown.print(f"The report is at {target}", soft_wrap=True)


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False) -> None:
    """Say what is installed, which engines and encoders work, and what is missing."""
    from lineament.studies import doctor as study

    checks = study.examine()
    if as_json:
        typer.echo(json.dumps([check.to_json() for check in checks], indent=1))
    else:
        table = Table(show_header=True)
        for column in ("part", "state", "what", "what to do"):
            table.add_column(column, overflow="fold")
        marks = {"works": "[green]works[/]", "missing": "[yellow]missing[/]", "fails": "[bold red]fails[/]"}
        for check in checks:
            table.add_row(check.part, marks[check.state], escape(check.found), escape(check.remedy))
        Console().print(table)
    if any(check.state == "fails" for check in checks):
        raise typer.Exit(1)
