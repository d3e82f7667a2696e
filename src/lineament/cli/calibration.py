"""`lineament calibrate`: make an encoder say "unknown" at a rate that can be promised."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from lineament.cli.deciding import NAMES, rate
from lineament.cli.samples import open_inspected
from lineament.evaluation.calibrating import CALIBRATED_USE_S, TARGET_FPIR
from lineament.studies.calibrate import BALANCES, RATES, SIZES, Calibrated

out_console = Console()
aside = Console(stderr=True)


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("calibrate")(calibrate)


def calibrate(
    encoder: Annotated[str, typer.Argument(metavar="ENCODER", help="An encoder's folder, or a shipped name.")],
    data: Annotated[Path, typer.Option("--data", metavar="DIR", help="A data set of people not trained on.")],
    protocol: Annotated[
        Path | None, typer.Option("--protocol", metavar="FILE", help="Whose validation people; else everybody.")
    ] = None,
    fpir: Annotated[
        float, typer.Option("--fpir", callback=rate, help="Share of strangers named, where nothing else is asked for.")
    ] = TARGET_FPIR,
    rule: Annotated[
        str | None,
        typer.Option("--rule", metavar="SPEC", help="The match rule, e.g. '{name: top_mean, k: 3}'; else as before."),
    ] = None,
    cohort: Annotated[
        Path | None, typer.Option("--cohort", metavar="GALLERY", help="People by whom a rule normalises scores.")
    ] = None,
    use_time: Annotated[
        float, typer.Option("--use-time", min=0, help="Seconds of a recording that are decided together.")
    ] = CALIBRATED_USE_S,
    uninspected: Annotated[
        bool, typer.Option("--uninspected", help="Take recordings with faults or doubtful axes as they stand.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write a calibrated copy here; else in place.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Fit the threshold of an encoder to people it was not trained on, and say what it can promise."""
    from lineament.datasets import Protocol
    from lineament.encoder import Encoder
    from lineament.gallery import MemoryGallery
    from lineament.studies.calibrate import calibrate_encoder, match_rule_from, write_calibration

    model = Encoder.load(encoder)
    found = calibrate_encoder(
        model,
        open_inspected(data, uninspected),
        Protocol.load(protocol) if protocol else None,
        rule=match_rule_from(rule, model, MemoryGallery.load(cohort) if cohort else None),
        target_fpir=fpir,
        use_s=use_time,
        progress=_progress,
    )
    folder = write_calibration(model, encoder, found.calibration, out)
    if as_json:
        typer.echo(json.dumps({**found.to_json(), "written": str(folder)}, indent=1))
        return
    _show(found)
    out_console.print(escape(f"written to {folder}"), soft_wrap=True, highlight=False)


def _show(found: Calibrated) -> None:
    """Print what a calibration rests on, and what it promises."""
    calibration = found.calibration
    out_console.print(
        f"calibrated on [bold]{found.people}[/] people of {escape(found.dataset)}: {found.enrolled} enrolled, "
        f"{found.probes} probes, {found.comparisons} comparisons with somebody else; "
        f"match rule {calibration.match_rule['name']}; calibration {calibration.id}",
        highlight=False,
        soft_wrap=True,
    )
    table = Table("", *(f"{size:,} enrolled" for size in SIZES), box=None, title_justify="left")
    table.title = "threshold (share of the enrolled who score below it)"
    for wanted in RATES:
        cells = [promise for promise in found.promises if promise.fpir == wanted]
        table.add_row(f"FPIR {wanted:g}", *(_cell(promise.threshold, promise.missed) for promise in cells))
    for by in BALANCES:
        cells = [promise for promise in found.promises if promise.criterion == by]
        table.add_row(NAMES[by], *(_cell(promise.threshold, promise.missed) for promise in cells))
    out_console.print(table, highlight=False)
    for note in (*found.notes, *sorted({promise.reason for promise in found.promises if promise.reason})):
        aside.print(f"[yellow]note:[/] {escape(note)}", highlight=False, soft_wrap=True)


def _cell(threshold: float | None, missed: float | None) -> str:
    if threshold is None:
        return "–"
    return f"{threshold:.3f}" + ("" if missed is None else f" ({missed:.0%})")


def _progress(what: str, total: int) -> Iterator[int]:
    yield from track(range(total), description=what, console=aside, transient=True, disable=not aside.is_terminal)
