"""`lineament inspect`: look at recordings before anything is learned from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from lineament.errors import LineamentError
from lineament.signals.axes import axes_matrix
from lineament.signals.inspection import Inspection, inspect_file

COLOURS = {"fault": "red", "usable with warnings": "yellow", "good": "green"}


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("inspect")(inspect)


def inspect(
    files: Annotated[list[Path], typer.Argument(help="Recordings of any modality, CSV or Parquet.")],
    fps: Annotated[float | None, typer.Option(help="Frames a second, for a file without a clock.")] = None,
    axes: Annotated[str | None, typer.Option(help="The axes they are known to be in: RUF (Unity), RUB ...")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Say what is in recordings and whether it can be so: rate, joints, units, axes, handedness, faults.

    Leaves with 1 where a file has a fault, with 0 where there are only warnings.
    """
    if fps is not None and not 0 < fps < float("inf"):
        raise typer.BadParameter("a rate above 0 is needed, such as 90", param_hint="--fps")
    if axes is not None:
        try:
            axes_matrix(axes)
        except LineamentError as error:
            raise typer.BadParameter(str(error), param_hint="--axes") from error
    console = Console()
    inspections = []
    for file in files:
        inspections.append(inspect_file(file, fps, axes))
        if not as_json:
            console.print(panel(inspections[-1]))
    if as_json:
        typer.echo(json.dumps([inspection.as_dict() for inspection in inspections], indent=1, allow_nan=False))
    elif len(inspections) > 1:
        faulty = sum(bool(inspection.faults) for inspection in inspections)
        console.print(f"{len(inspections)} files, {faulty} with faults", highlight=False)
    if any(inspection.faults for inspection in inspections):
        raise typer.Exit(1)


def panel(inspection: Inspection) -> Panel:
    """Return one inspection as a panel: facts, findings with their remedies, the verdict last."""
    parts: list[RenderableType] = []
    if inspection.facts:
        parts.append(_facts(inspection.facts))
    if inspection.findings:
        parts += [Text(), _findings(inspection)]
    colour = COLOURS[inspection.verdict]
    parts += [Text(), Text.assemble(("verdict: ", "bold"), (inspection.verdict, f"bold {colour}"))]
    return Panel(Group(*parts), title=escape(inspection.source), title_align="left", border_style=colour)


def _facts(facts: Any) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _rows(facts):
        table.add_row(name, escape(value))
    return table


def _rows(facts: Any) -> list[tuple[str, str]]:
    """Return names and values as a person reads them."""
    if "modality" in facts:
        return _event_rows(facts)
    rows = [("duration", f"{facts['duration_s']:.2f} s in {facts['frames']} frames")]
    if "fps" in facts:
        gaps = f"{facts['gaps']} gaps (longest {facts['longest_gap_s']:.2f} s)" if facts["gaps"] else "no gaps"
        rows.append(("frame rate", f"{facts['fps']:g} a second, jitter +-{facts['jitter_ms']:g} ms, {gaps}"))
    for joint, shares in facts.get("joints", {}).items():
        rows.append((joint, ", ".join(f"{kind} {share:.1%}" for kind, share in shares.items())))
    if "quaternion_norms" in facts:
        low, middle, high = facts["quaternion_norms"]
        rows.append(("quaternion norms", f"{low:g} to {high:g}, median {middle:g}"))
    if "lengths_cm" in facts:
        lengths = ", ".join(f"{name} {length:g}" for name, length in facts["lengths_cm"].items())
        rows.append(("units", f"as centimetres, a body {facts['scale']:g} times the usual size ({lengths})"))
    if "head_height_cm" in facts:
        rows.append(("head height", f"{facts['head_height_cm']:g} cm"))
    if "axes" in facts:
        told = {"RUF": "X right, Y up, Z forward (RUF)", "RUB": "X right, Y up, Z backward (RUB)"}
        rows.append(
            ("axes", f"{told.get(facts['axes'], 'not told by the motion')}; declared: {facts['axes_declared']}")
        )
        rows.append(("handedness", facts["handedness"]))
    return rows


def _event_rows(facts: Any) -> list[tuple[str, str]]:
    """Return the rows of a recording that is no motion."""
    rows = [("modality", facts["modality"]), ("rows", f"{facts['frames']} in {facts['duration_s']:.2f} s")]
    if facts["step_s"] is not None:
        rows.append(("median step", f"{1000 * facts['step_s']:.4g} ms"))
    return [*rows, ("channels", ", ".join(f"{name} {share:.0%}" for name, share in facts["channels"].items()))]


def _findings(inspection: Inspection) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in inspection.findings:
        colour = "red" if finding.level == "fault" else "yellow"
        words = Text.assemble(finding.message, "\n", (f"-> {finding.remedy}", "italic"))
        table.add_row(Text(finding.level, style=f"bold {colour}"), Text(finding.code, style="bold"), words)
    return table
