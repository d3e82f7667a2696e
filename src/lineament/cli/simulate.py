"""`lineament simulate`: people who do not exist."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

group = typer.Typer(help="Simulate people, and measure how like real ones they are.", no_args_is_help=True)
COLUMNS = (TextColumn("{task.description:<14}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.add_typer(group, name="simulate")


@group.command()
def motion(
    out: Annotated[Path, typer.Option(help="The folder to write <subject>/<session> into; it can be continued.")],
    people: Annotated[int, typer.Option(min=1, help="How many people.")] = 10,
    sessions: Annotated[int, typer.Option(min=1, help="Sessions of each.")] = 2,
    minutes: Annotated[float, typer.Option(help="Duration of a session (layout continuous).")] = 5.0,
    seed: Annotated[int, typer.Option(min=0, help="Of the population.")] = 0,
    task: Annotated[str | None, typer.Option(help="One task for all sessions; by default each has another.")] = None,
    layout: Annotated[
        str, typer.Option(help="continuous, or trials: 50 trials a session, as in xr-objects.")
    ] = "continuous",
    fps: Annotated[
        float | None, typer.Option(help="A steady clock without losses; by default the device's own.")
    ] = None,
    device: Annotated[str | None, typer.Option(help="One device for all; by default each session's is drawn.")] = None,
    drift: Annotated[float, typer.Option(help="Factor on what differs between sessions of one person.")] = 1.0,
    file_format: Annotated[str, typer.Option("--format", help="parquet or csv.")] = "parquet",
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Write recordings of simulated people in XR, in the unified motion format."""
    from lineament.datasets.simulate.writing import Plan, write_simulated

    plan = Plan(seed, minutes, task, layout, fps, device, drift)  # type: ignore[arg-type]
    with Progress(*COLUMNS, console=Console(stderr=True)) as bars:
        bar = bars.add_task("simulating", total=people * sessions)
        written = write_simulated(
            out,
            people,
            sessions,
            plan,
            suffix=f".{file_format.removeprefix('.')}",
            jobs=jobs,
            progress=lambda done, of: bars.update(bar, completed=done, total=of),
        )
    kept = people * sessions - written
    if as_json:
        typer.echo(json.dumps({"written": written, "kept": kept, "folder": str(out), "simulated": True}))
    else:
        typer.echo(f"{written} simulated recordings written to {out}, {kept} kept that lay there")


@group.command()
def check(
    data: Annotated[Path, typer.Option(help="The folder of xr-objects.")],
    populations: Annotated[int, typer.Option(min=1, help="Simulated populations to measure.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="Of the first population.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Set the difficulty of simulated people against that of real ones (exit code 1 where they are not alike)."""
    from lineament.datasets import open_dataset
    from lineament.studies import simulator

    with Progress(*COLUMNS, console=Console(stderr=True)) as bars:
        tasks = {}

        def progress(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=of)
            bars.update(tasks[what], completed=done)

        found = simulator.compare(open_dataset(data), populations=populations, seed=seed, progress=progress)
    if as_json:
        typer.echo(json.dumps(found.as_dict(), indent=1))
    else:
        _show(found)
    if not found.alike:
        raise typer.Exit(1)


def _show(found: object) -> None:
    """Print a comparison."""
    from lineament.studies import simulator

    assert isinstance(found, simulator.Comparison)
    table = Table(
        title=f"Rank-1 a trial, LDA, leave one session out, {found.people} people",
        title_justify="left",
        caption_justify="left",
    )
    for column in ("features", "real", "simulated", "each population", "difference"):
        table.add_column(column, justify="left" if column == "features" else "right")
    for view, real in found.real.items():
        rates = found.simulated[view]
        mean = sum(rates) / len(rates)
        each = " ".join(f"{rate:.2f}" for rate in rates)
        table.add_row(view, f"{real:.3f}", f"{mean:.3f}", each, f"{found.difference(view):+.3f}")
    console = Console()
    console.print(table)
    verdict = "are as hard as" if found.alike else "are NOT as hard as"
    pose = sum(found.simulated["pose"]) / len(found.simulated["pose"])
    console.print(
        f"Simulated people {verdict} real ones: {found.difference('all'):+.3f} from the real figure on all features, "
        f"{pose - simulator.QUOTED:+.3f} on pose from the {simulator.QUOTED} noted with the data (its features are not "
        f"known; pose comes nearest). {simulator.TOLERANCE} is allowed.",
        soft_wrap=True,
    )
