"""`lineament evaluate`: an encoder on a protocol, or anybody's score file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from lineament.cli.progress import bars
from lineament.cli.tables import print_table
from lineament.decisions.calibration_threshold import Balance
from lineament.encoder import DEFAULT_ENCODER

if TYPE_CHECKING:
    from lineament.evaluation.score_evaluation import ScoreEvaluation


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(evaluate)


def evaluate(
    data: Annotated[Path | None, typer.Option(help="The folder of a data set, on which an encoder is judged.")] = None,
    encoder: Annotated[str, typer.Option(help="A shipped encoder's name or a folder.")] = DEFAULT_ENCODER,
    protocol: Annotated[Path | None, typer.Option(help="A protocol; by default the one committed for the set.")] = None,
    criterion: Annotated[
        Balance | None,
        typer.Option(help="What the encoder's calibration chooses the threshold by; else the FPIR it was made for."),
    ] = None,
    uninspected: Annotated[
        bool, typer.Option("--uninspected", help="Take recordings with faults or doubtful axes as they stand.")
    ] = False,
    scores: Annotated[
        list[Path] | None,
        typer.Option(help="Or a score file (CSV, Parquet, Bob's four columns); a second one is compared with it."),
    ] = None,
    validation: Annotated[
        Path | None, typer.Option(help="A score file of other people, on which thresholds are fixed.")
    ] = None,
    threshold: Annotated[float | None, typer.Option(help="A threshold for the scores, fixed elsewhere.")] = None,
    llr: Annotated[bool, typer.Option("--llr", help="The scores are natural-log likelihood ratios.")] = False,
    stream: Annotated[
        bool, typer.Option("--stream", help="Read a score file larger than the memory: exact rates, no intervals.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Folder for the report (HTML, Markdown, JSON, CSV, LaTeX).")] = None,
    seed: Annotated[int, typer.Option(help="Of everything that is random.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Judge an encoder on a data set, or any system by its score file; every figure with its interval by person."""
    if (data is None) == (not scores):
        raise typer.BadParameter("give either --data or --scores")
    if scores:
        if criterion is not None:
            raise typer.BadParameter("--criterion goes with --data; scores are judged at several thresholds anyway")
        if len(scores) > 2:
            raise typer.BadParameter("--scores: one file, or two to be compared")
        if stream:
            if len(scores) > 1 or validation is not None or llr or out is not None:
                raise typer.BadParameter("--stream: one score file, and of the options --threshold and --json alone")
            _stream_scores(scores[0], threshold, as_json)
            return
        _evaluate_scores(scores, validation, threshold, llr, out, seed, as_json)
    elif data is not None:
        if validation is not None or threshold is not None or llr or stream:
            raise typer.BadParameter("--validation, --threshold, --llr and --stream go with --scores")
        _evaluate_encoder(data, encoder, protocol, criterion, uninspected, out, seed, as_json)


def _evaluate_encoder(
    data: Path,
    encoder: str,
    protocol: Path | None,
    criterion: Balance | None,
    uninspected: bool,
    out: Path | None,
    seed: int,
    as_json: bool,
) -> None:
    from lineament.cli.samples import open_inspected
    from lineament.datasets import Protocol
    from lineament.encoder import Encoder
    from lineament.evaluation.protocol_run import result_table
    from lineament.studies import evaluate as study

    chosen = Protocol.load(protocol) if protocol else None
    dataset = open_inspected(data, uninspected)
    with bars() as progress:
        found = study.evaluate(
            Encoder.load(encoder), dataset, chosen, criterion=criterion, progress=progress, seed=seed
        )
    target = study.save(found, out)[0] if out else None
    if as_json:
        typer.echo(json.dumps(study.numbers(found), indent=1))
        return
    console = Console()
    page = study.report(found)
    print_table(console, page.title, *result_table(found.results), page.subtitle)
    for warning in found.warnings:
        console.print(f"[yellow]note:[/] {warning}", highlight=False, soft_wrap=True)
    if target:
        console.print(f"The report is at {target}, with score files beside it", soft_wrap=True)


def _stream_scores(path: Path, threshold: float | None, as_json: bool) -> None:
    from lineament.evaluation.streamed import streamed_figures

    with Console(stderr=True).status("reading") as status:
        found = streamed_figures(
            path,
            thresholds=() if threshold is None else (threshold,),
            progress=lambda read: status.update(f"{read:,} comparisons read"),
        )
    if as_json:
        typer.echo(json.dumps(found.as_json(), indent=1))
        return
    print_table(Console(), f"{path.name}, in two passes", ["", ""], [list(row) for row in found.rows()], "no intervals")


def _evaluate_scores(
    files: list[Path],
    validation: Path | None,
    threshold: float | None,
    llr: bool,
    out: Path | None,
    seed: int,
    as_json: bool,
) -> None:
    from lineament.evaluation.figures import evaluate_scores
    from lineament.evaluation.score_files import read_scores
    from lineament.evaluation.score_report import figure_tables, save_report, score_report

    fixed = read_scores(validation) if validation else None
    systems: list[ScoreEvaluation] = []
    with bars() as progress:
        for step in progress("evaluating", len(files)):
            scored = read_scores(files[step])
            systems.append(
                evaluate_scores(scored, validation=fixed, threshold=threshold, log_likelihood_ratios=llr, seed=seed)
            )
    found, other = systems[0], systems[1] if len(systems) > 1 else None
    page = score_report(found, other=other, validation=fixed)
    target = save_report(page, found, out)[0] if out else None
    if as_json:
        typer.echo(json.dumps(page.data, indent=1))
        return
    console = Console()
    console.print(page.subtitle, highlight=False, soft_wrap=True)
    for caption, columns, rows in figure_tables(found, other):
        print_table(console, f"{page.title}: {caption}", columns, rows)
    for note in found.notes:
        console.print(f"[yellow]note:[/] {escape(note)}", highlight=False, soft_wrap=True)
    if target:
        console.print(f"The report is at {target}", soft_wrap=True)
