"""`lineament simulate`: people who do not exist."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
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
    _conclude_writing("recordings", written, kept, out, as_json)


@group.command()
def veins(
    out: Annotated[
        Path, typer.Option(help="The folder to write <person>/<hand>/<session>/<image>.png into; it can be continued.")
    ],
    people: Annotated[int, typer.Option(min=1, help="How many people, of two hands each.")] = 10,
    sessions: Annotated[int, typer.Option(min=1, help="Captures of each hand, on different days.")] = 2,
    images: Annotated[int, typer.Option(min=1, help="Images of each capture.")] = 4,
    seed: Annotated[int, typer.Option(min=0, help="Of the population.")] = 0,
    drift: Annotated[float, typer.Option(min=0, help="Factor on what differs between images of one hand.")] = 1.0,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Write near-infrared images of the backs of simulated hands."""
    from lineament.datasets.simulate.veins import VeinPlan, write_veins

    with Progress(*COLUMNS, console=Console(stderr=True)) as bars:
        bar = bars.add_task("simulating", total=2 * people)
        written = write_veins(
            out,
            people,
            sessions,
            images,
            VeinPlan(seed, drift),
            jobs=jobs,
            progress=lambda done, of: bars.update(bar, completed=done, total=of),
        )
    kept = 2 * people * sessions * images - written
    _conclude_writing("images", written, kept, out, as_json)


def _conclude_writing(what: str, written: int, kept: int, out: Path, as_json: bool) -> None:
    """Say how much was written into a folder, and how much lay there."""
    if as_json:
        typer.echo(json.dumps({"written": written, "kept": kept, "folder": str(out), "simulated": True}))
    else:
        typer.echo(f"{written} simulated {what} written to {out}, {kept} kept that lay there")


def _recordings(modality: str) -> Callable[..., None]:
    """Return the command that writes simulated recordings of a modality."""

    def command(
        out: Annotated[
            Path, typer.Option(help="The folder to write <subject>/<session>/<take> into; it can be continued.")
        ],
        people: Annotated[int, typer.Option(min=1, help="How many people.")] = 10,
        sessions: Annotated[int, typer.Option(min=1, help="Sessions of each.")] = 2,
        seed: Annotated[int, typer.Option(min=0, help="Of the population.")] = 0,
        file_format: Annotated[str, typer.Option("--format", help="parquet or csv.")] = "parquet",
        phrase: Annotated[str | None, typer.Option(help="Of keystrokes alone: what everybody types.")] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
    ) -> None:
        from lineament.datasets.simulate.recordings import write_recordings

        with Progress(*COLUMNS, console=Console(stderr=True)) as bars:
            bar = bars.add_task("simulating", total=None)
            written, kept = write_recordings(
                out,
                modality,
                people,
                sessions,
                seed=seed,
                suffix=file_format,
                phrase=phrase,
                progress=lambda done, of: bars.update(bar, completed=done, total=of),
            )
        _conclude_writing("recordings", written, kept, out, as_json)

    return command


for _modality, _what in {
    "keystrokes": "what simulated people type: a phrase, again and again",
    "mouse": "the mouse movements of simulated people",
    "signature": "the signatures of simulated people",
    "visits": "the sites that simulated people visit",
    "inertial": "the walks of simulated people, as a sensor at the waist measures them",
}.items():
    group.command(_modality, help=f"Write {_what}.")(_recordings(_modality))


@group.command("check-veins")
def check_veins(
    data: Annotated[Path, typer.Option(help="The folder of vein-dorsal.")],
    populations: Annotated[int, typer.Option(min=1, help="Simulated populations to measure.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="Of the first population.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Set the difficulty of simulated hands against that of real ones (exit code 1 where they are not alike)."""
    from lineament.datasets import open_dataset
    from lineament.studies import vein_simulator

    with Progress(*COLUMNS, console=Console(stderr=True)) as bars:
        progress = _bar_for_each(bars)
        found = vein_simulator.compare(open_dataset(data), populations=populations, seed=seed, progress=progress)
    _conclude(found, _show_veins, as_json)


@group.command("check-typing")
def check_typing(
    data: Annotated[Path, typer.Option(help="The folder of keystroke-cmu.")],
    populations: Annotated[int, typer.Option(min=1, help="Simulated populations to measure.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="Of the first population.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Set the difficulty of simulated typists against that of real ones (exit code 1 where they are not alike)."""
    from lineament.datasets import open_dataset
    from lineament.studies import typing_simulator

    with Progress(*COLUMNS, console=Console(stderr=True)) as bars:
        progress = _bar_for_each(bars)
        found = typing_simulator.compare(open_dataset(data), populations=populations, seed=seed, progress=progress)
    _conclude(found, _show_typing, as_json)


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
        progress = _bar_for_each(bars)
        found = simulator.compare(open_dataset(data), populations=populations, seed=seed, progress=progress)
    _conclude(found, _show, as_json)


def _conclude(found: Any, show: Callable[[Any], None], as_json: bool) -> None:
    """Print what a check found; leave with exit code 1 where simulated and real are not alike."""
    if as_json:
        typer.echo(json.dumps(found.as_dict(), indent=1))
    else:
        show(found)
    if not found.alike:
        raise typer.Exit(1)


def _bar_for_each(bars: Progress) -> Callable[[str, int, int], None]:
    """Return what shows a bar for each thing that is measured."""
    tasks: dict[str, TaskID] = {}

    def progress(what: str, done: int, of: int) -> None:
        if what not in tasks:
            tasks[what] = bars.add_task(what, total=of)
        bars.update(tasks[what], completed=done)

    return progress


def _show_veins(found: object) -> None:
    """Print a comparison of hands."""
    from lineament.studies import vein_simulator

    assert isinstance(found, vein_simulator.Comparison)
    table = Table(title="Hands told apart by correlation, untrained", title_justify="left")
    for column in ("", "hands", "Rank-1", "EER %", "mated", "non-mated"):
        table.add_column(column, justify="left" if not column else "right")
    for pair in vein_simulator.PAIRS:
        for name, each in [("real", found.real[pair])] + [("simulated", one) for one in found.simulated[pair]]:
            figures = (each.rank_one, 100 * each.equal_error_rate, each.mated, each.non_mated)
            formats = ("{:.3f}", "{:.1f}", "{:.2f}", "{:.2f}")
            shown = [form.format(figure) for form, figure in zip(formats, figures, strict=True)]
            table.add_row(f"{pair}, {name}", str(each.hands), *shown)
    console = Console()
    console.print(table)
    verdict = "are as hard as" if found.alike else "are NOT as hard as"
    lost = "; ".join(f"{who} {100 * share:.1f} %" for who, share in found.failed.items())
    console.print(
        f"Simulated hands {verdict} real ones ({vein_simulator.TOLERANCE} is allowed across captures). Images without "
        f"a region: {lost}.",
        soft_wrap=True,
    )


def _show_typing(found: object) -> None:
    """Print a comparison of typists."""
    from lineament.studies import typing_simulator

    assert isinstance(found, typing_simulator.Comparison)
    keys = list(found.real.mean_eer)
    title = "Typists told apart by the scaled Manhattan distance: mean EER %, by the repetitions that enrol"
    table = Table(title=title, title_justify="left")
    for column in ("", "people", *keys, "hold ms", "step ms", "overlap %"):
        table.add_column(column, justify="left" if not column else "right")
    for name, each in [("real", found.real)] + [("simulated", one) for one in found.simulated]:
        rates = [f"{100 * each.mean_eer[key]:.1f}" for key in keys]
        times = (f"{1000 * each.hold_s:.0f}", f"{1000 * each.step_s:.0f}", f"{100 * each.overlaps:.0f}")
        table.add_row(name, str(each.people), *rates, *times)
    console = Console()
    console.print(table)
    verdict = "are as hard as" if found.alike else "are NOT as hard as"
    console.print(f"Simulated typists {verdict} real ones, once practised ({typing_simulator.TOLERANCE} is allowed).")


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
