"""`lineament evaluate`, `lineament reproduce` and `lineament protocol`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from lineament.cli.false_alarms import reproduce_false_alarms
from lineament.cli.progress import bars
from lineament.encoder import DEFAULT_ENCODER
from lineament.errors import ProtocolError

if TYPE_CHECKING:
    from lineament.evaluation import AccuracyGrid

Data = Annotated[Path | None, typer.Option(help="The folder of a data set.")]
Out = Annotated[Path | None, typer.Option(help="Folder for the report (HTML, Markdown, JSON).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")]
Seed = Annotated[int, typer.Option(help="Of everything that is random.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command()(evaluate)
    studies = typer.Typer(no_args_is_help=True, help="Run a study and set our figures beside the published.")
    studies.command("xr-motion")(reproduce_xr_motion)
    studies.command("xr-objects")(reproduce_xr_objects)
    studies.command("false-alarms")(reproduce_false_alarms)
    studies.command("shipped-encoder")(reproduce_shipped_encoder)
    app.add_typer(studies, name="reproduce")
    protocols = typer.Typer(no_args_is_help=True, help="Who trains, who is enrolled, who probes, who is a stranger.")
    protocols.command("make")(make)
    app.add_typer(protocols, name="protocol")


def evaluate(
    data: Annotated[Path, typer.Option(help="The folder of a data set.")],
    encoder: Annotated[str, typer.Option(help="A shipped encoder's name or a folder.")] = DEFAULT_ENCODER,
    protocol: Annotated[Path | None, typer.Option(help="A protocol; by default the one committed for the set.")] = None,
    out: Out = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Evaluate an encoder on a protocol: Rank-1, open-set EER, FPIR and FNIR, with intervals by person."""
    from lineament.datasets import Protocol, open_dataset
    from lineament.encoder import Encoder
    from lineament.evaluation.protocol_run import result_table
    from lineament.studies import evaluate as study

    chosen = Protocol.load(protocol) if protocol else None
    with bars() as progress:
        found = study.evaluate(Encoder.load(encoder), open_dataset(data), chosen, progress=progress, seed=seed)
    page = study.report(found)
    target = page.save(out, "evaluation")[0] if out else None
    if as_json:
        typer.echo(json.dumps(study.numbers(found), indent=1))
        return
    console = Console()
    _print_table(console, page.title, *result_table(found.results), page.subtitle)
    for warning in found.warnings:
        console.print(f"[yellow]note:[/] {warning}", highlight=False, soft_wrap=True)
    if target:
        console.print(f"The report is at {target}", soft_wrap=True)


def reproduce_xr_motion(
    data: Data = None,
    simulate: Annotated[int | None, typer.Option(help="Instead of data: this many simulated people.")] = None,
    minutes: Annotated[float, typer.Option(help="Minutes of each of two simulated sessions.")] = 45.0,
    encoder: Annotated[str | None, typer.Option(help="Evaluate this encoder (a shipped name or a folder).")] = None,
    recipe: Annotated[str | None, typer.Option(help="Or train this recipe first, on other people.")] = None,
    train: Annotated[int | None, typer.Option(min=1, help="Steps to train it for; by default its own number.")] = None,
    protocol: Annotated[
        Path | None, typer.Option(help="Who trains and is tested; by default the paper's split.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the report, and for what a later run goes on from.")] = Path(
        "out/xr-motion"
    ),
    classifier: Annotated[bool, typer.Option(help="Train the classification model too, anew for each row.")] = True,
    classifier_recipe: Annotated[str | None, typer.Option(help="Instead of a small one.")] = None,
    classifier_steps: Annotated[int, typer.Option(help="Steps of the small one.")] = 300,
    rows: Annotated[str | None, typer.Option(help="Amounts of enrolment, e.g. '1 min,all'; by default all.")] = None,
    classifier_rows: Annotated[str | None, typer.Option(help="Those the classifier is trained for.")] = None,
    repetitions: Annotated[int, typer.Option(min=1, help="Random enrolment starts.")] = 5,
    training_people: Annotated[str | None, typer.Option(help="Figure 6: numbers of people, e.g. '5,15,27'.")] = None,
    groups: Annotated[str | None, typer.Option(help="Figure 7: an attribute of recordings (scene, device).")] = None,
    other: Annotated[Path | None, typer.Option(help="Figure 7: the folder of another data set.")] = None,
    hard: Annotated[bool, typer.Option(help="Majority of majorities (the paper's text), not averaged votes.")] = False,
    stride: Annotated[float, typer.Option(min=0.05, help="Seconds between windows.")] = 1.0,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Paper 002: accuracy over enrolment and use-time, embedding beside classification, Figures 4 to 7."""
    from lineament.datasets import Protocol, open_dataset
    from lineament.datasets.simulate import simulated_motion
    from lineament.recipes.recipe import load_recipe
    from lineament.studies import xr_motion_choice, xr_motion_report
    from lineament.studies.xr_motion_result import Options

    if (encoder is None) == (recipe is None):
        raise typer.BadParameter("give either --encoder or --recipe")
    if (data is None) == (simulate is None):
        raise typer.BadParameter("give either --data or --simulate")
    dataset = open_dataset(data) if data else simulated_motion(int(simulate or 0), 2, minutes, seed=seed)
    options = Options(
        repetitions=repetitions,
        classifier=classifier,
        classifier_recipe=load_recipe(classifier_recipe) if classifier_recipe else None,
        classifier_steps=classifier_steps,
        rows=_words(rows),
        classifier_rows=_words(classifier_rows),
        training_people=_numbers(training_people, "--training-people"),
        groups=groups,
        hard=hard,
        stride_s=stride,
        seed=seed,
    )
    split = Protocol.load(protocol) if protocol else None
    chosen = xr_motion_choice.choose(dataset, encoder, recipe, split, steps=train, out=out, seed=seed)
    for note in chosen.notes:
        Console(stderr=True).print(f"[yellow]note:[/] {note}", highlight=False, soft_wrap=True)
    with bars() as progress:
        far = open_dataset(other) if other else None
        found = xr_motion_choice.run(dataset, chosen, options=options, out=out, other=far, progress=progress)
    page = xr_motion_report.report(found)
    target = page.save(out, "xr-motion")[0]
    if as_json:
        typer.echo(json.dumps(page.data, indent=1))
        return
    console = Console()
    for grid in (found.embedding, found.classification):
        if grid is not None:
            _print_grid(console, grid)
    console.print(f"The report, with the published figures beside ours, is at {target}", soft_wrap=True)


def reproduce_xr_objects(
    data: Annotated[Path, typer.Option(help="The folder of xr-objects.")],
    out: Annotated[Path, typer.Option(help="Folder for the report, and for what a later run goes on from.")] = Path(
        "out/xr-objects"
    ),
    systems: Annotated[str | None, typer.Option(help="Keys of systems, e.g. 'lda,ours'; by default all.")] = None,
    seeds: Annotated[str, typer.Option(help="Seeds, e.g. '0,1,2'.")] = "0,1,2",
    ours: Annotated[str, typer.Option(help="The system that is compared with the floors.")] = "ours",
    sessions: Annotated[bool, typer.Option(help="Leave one session out in turn, too.")] = True,
    as_json: AsJson = False,
) -> None:
    """Make the table on xr-objects: every person held out in turn, all systems side by side."""
    from lineament.datasets import open_dataset
    from lineament.studies import xr_objects_report
    from lineament.studies.xr_objects_systems import available

    keys = None if systems is None else _words(systems)
    plan = xr_objects_report.Plan(
        systems=available(keys), seeds=_numbers(seeds, "--seeds"), sessions=sessions, ours=ours
    )
    with bars() as progress:
        results = xr_objects_report.run(open_dataset(data), out, plan, progress=progress)
    page = xr_objects_report.report(results)
    target = page.save(out, "xr-objects")[0]
    if as_json:
        typer.echo(json.dumps(page.data, indent=1))
        return
    console = Console()
    for setting, summaries in results.settings.items():
        labels = {system.key: system.label for system in plan.systems}
        spans = next(iter(summaries.values())).spans if summaries else []
        lines = [
            [labels[key], *(_figure(s.rank_one(span)) for span in spans), *(_figure(s.eer(span)) for span in spans)]
            for key, s in summaries.items()
        ]
        _print_table(console, setting, ["system", *(f"Rank-1 {s}" for s in spans), *(f"EER {s}" for s in spans)], lines)
    console.print(f"The report is at {target}", soft_wrap=True)


def reproduce_shipped_encoder(
    out: Annotated[Path, typer.Option(help="The encoder's folder.")],
    data: Annotated[Path | None, typer.Option(help="The folder of xr-objects; without it, the simulated one.")] = None,
    version: Annotated[str, typer.Option(help="Of the encoder.")] = "1",
) -> None:
    """Make an encoder that ships: train it, fix its threshold on other people, judge it, write its card."""
    from lineament.datasets import open_dataset
    from lineament.studies import shipped_encoder
    from lineament.studies.xr_motion_systems import need_training

    need_training()
    with bars() as progress:
        if data is None:
            encoder = shipped_encoder.make_simulated(out, version=version, progress=progress)
        else:
            encoder = shipped_encoder.make(open_dataset(data), out, version=version, progress=progress)
    Console().print(f"{encoder.id} is at {out}", highlight=False, soft_wrap=True)


def make(
    data: Annotated[Path, typer.Option(help="The folder of a data set.")],
    out: Annotated[Path, typer.Option(help="The file to write.")],
    train: Annotated[float, typer.Option(min=0, help="People that train: a number, or a share below 1.")] = 0.5,
    validation: Annotated[float, typer.Option(min=0, help="People that validate: a number, or a share below 1.")] = 0.0,
    strangers: Annotated[float, typer.Option(min=0, help="Of the others, people who are never enrolled.")] = 0.5,
    enrol_sessions: Annotated[str, typer.Option(help="Names of the sessions that are enrolled, or how many.")] = "1",
    name: Annotated[str | None, typer.Option(help="What the protocol is called.")] = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Split a data set by people, and the tested people's recordings by session; nobody stands on two sides."""
    from lineament.datasets import make_protocol, open_dataset

    enrol: int | list[str] = int(enrol_sessions) if enrol_sessions.isdigit() else list(_words(enrol_sessions) or ())
    dataset = open_dataset(data)
    protocol = make_protocol(
        dataset,
        train=_share(train),
        validation=_share(validation),
        strangers=_share(strangers),
        enrol_sessions=enrol,
        seed=seed,
        name=name,
    )
    protocol.save(out)
    if as_json:
        typer.echo(json.dumps(protocol.model_dump(mode="json"), indent=1))
        return
    rows = [
        [side, len(selection.subjects), ", ".join(selection.sessions) if selection.sessions else "all"]
        for side, selection in protocol.sides().items()
    ]
    _print_table(Console(), f"{protocol.name}, written to {out}", ["side", "people", "sessions"], rows)


def _words(text: str | None) -> tuple[str, ...] | None:
    """Return comma-separated words."""
    return None if text is None else tuple(word.strip() for word in text.split(",") if word.strip())


def _numbers(text: str | None, option: str) -> tuple[int, ...]:
    """Return comma-separated whole numbers."""
    try:
        return tuple(int(word) for word in _words(text) or ())
    except ValueError as error:
        raise typer.BadParameter(f"{option}: whole numbers, separated by commas, not {text!r}") from error


def _share(value: float) -> int | float:
    """Return a number of people (1 or more, or none) or a share (below 1).

    Raises
    ------
    ProtocolError
        When it is neither.
    """
    if value and value < 1:
        return value
    if value != int(value):
        raise ProtocolError("protocol: a whole number of people, or a share below 1", str(value), "round it")
    return int(value)


def _figure(interval: Any) -> str:
    return "–" if interval is None else f"{interval.estimate:.3f}"


def _print_grid(console: Console, grid: AccuracyGrid) -> None:
    """Print a grid in per cent, the most enrolment first."""
    low, high = grid.interval()
    cells = [
        [row, *(f"{100 * m:.0f} [{100 * a:.0f}–{100 * b:.0f}]" for m, a, b in zip(*lines, strict=True))]
        for row, *lines in zip(grid.rows, grid.mean, low, high, strict=True)
    ]
    title = f"{grid.system}: accuracy, % [95 % interval over {len(grid.people)} people]"
    _print_table(console, title, ["enrolment", *grid.columns], cells[::-1])


def _print_table(
    console: Console, title: str, columns: Iterable[str], rows: Iterable[Iterable[object]], caption: str | None = None
) -> None:
    """Print a table, the first column to the left."""
    table = Table(title=title, title_justify="left", caption=caption, caption_justify="left")
    for place, column in enumerate(columns):
        table.add_column(column, justify="right" if place else "left")
    for row in rows:
        table.add_row(*("–" if cell is None else str(cell) for cell in row))
    console.print(table)
