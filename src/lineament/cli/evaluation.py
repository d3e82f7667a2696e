"""`lineament reproduce`: studies that set our figures beside the published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from lineament.cli.false_alarms import reproduce_false_alarms
from lineament.cli.gait_sisfall import reproduce_gait_sisfall
from lineament.cli.keystroke_aalto import reproduce_keystroke_aalto
from lineament.cli.keystroke_cmu import reproduce_keystroke_cmu
from lineament.cli.mouse_sapimouse import reproduce_mouse_sapimouse
from lineament.cli.open_set_face import reproduce_open_set_face
from lineament.cli.progress import bars
from lineament.cli.shipped_simulated import reproduce_shipped_simulated
from lineament.cli.signature_svc2004 import reproduce_signature_svc2004
from lineament.cli.tables import numbers_of, print_table, words_of
from lineament.cli.typing_simulated import reproduce_typing_simulated
from lineament.cli.web_bpu150 import reproduce_web_bpu150
from lineament.errors import ProtocolError

if TYPE_CHECKING:
    from lineament.evaluation import AccuracyGrid

Data = Annotated[Path | None, typer.Option(help="The folder of a data set.")]
Out = Annotated[Path | None, typer.Option(help="Folder for the report (HTML, Markdown, JSON).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")]
Uninspected = Annotated[
    bool, typer.Option("--uninspected", help="Take recordings with faults or doubtful axes as they stand.")
]
Seed = Annotated[int, typer.Option(help="Of everything that is random.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    studies = typer.Typer(no_args_is_help=True, help="Run a study and set our figures beside the published.")
    studies.command("xr-motion")(reproduce_xr_motion)
    studies.command("xr-objects")(reproduce_xr_objects)
    studies.command("xr-360")(reproduce_xr_360)
    studies.command("false-alarms")(reproduce_false_alarms)
    studies.command("shipped-encoder")(reproduce_shipped_encoder)
    studies.command("shipped-simulated")(reproduce_shipped_simulated)
    studies.command("open-set-vein")(reproduce_open_set_vein)
    studies.command("open-set-face")(reproduce_open_set_face)
    studies.command("keystroke-aalto")(reproduce_keystroke_aalto)
    studies.command("keystroke-cmu")(reproduce_keystroke_cmu)
    studies.command("mouse-sapimouse")(reproduce_mouse_sapimouse)
    studies.command("signature-svc2004")(reproduce_signature_svc2004)
    studies.command("gait-sisfall")(reproduce_gait_sisfall)
    studies.command("web-bpu150")(reproduce_web_bpu150)
    studies.command("typing-simulated")(reproduce_typing_simulated)
    app.add_typer(studies, name="reproduce")


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
    uninspected: Uninspected = False,
    hard: Annotated[bool, typer.Option(help="Majority of majorities (the paper's text), not averaged votes.")] = False,
    stride: Annotated[float, typer.Option(min=0.05, help="Seconds between windows.")] = 1.0,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Paper 002: accuracy over enrolment and use-time, embedding beside classification, Figures 4 to 7."""
    from lineament.cli.samples import open_inspected
    from lineament.datasets import Protocol
    from lineament.datasets.simulate import simulated_motion
    from lineament.recipes.recipe import load_recipe
    from lineament.studies import xr_motion_choice, xr_motion_report
    from lineament.studies.xr_motion_result import Options

    if (encoder is None) == (recipe is None):
        raise typer.BadParameter("give either --encoder or --recipe")
    if (data is None) == (simulate is None):
        raise typer.BadParameter("give either --data or --simulate")
    dataset = open_inspected(data, uninspected) if data else simulated_motion(int(simulate or 0), 2, minutes, seed=seed)
    options = Options(
        repetitions=repetitions,
        classifier=classifier,
        classifier_recipe=load_recipe(classifier_recipe) if classifier_recipe else None,
        classifier_steps=classifier_steps,
        rows=words_of(rows),
        classifier_rows=words_of(classifier_rows),
        training_people=numbers_of(training_people, "--training-people"),
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
        far = open_inspected(other, uninspected) if other else None
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

    keys = None if systems is None else words_of(systems)
    plan = xr_objects_report.Plan(
        systems=available(keys), seeds=numbers_of(seeds, "--seeds"), sessions=sessions, ours=ours
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
        print_table(console, setting, ["system", *(f"Rank-1 {s}" for s in spans), *(f"EER {s}" for s in spans)], lines)
    console.print(f"The report is at {target}", soft_wrap=True)


def reproduce_xr_360(
    data: Annotated[Path, typer.Option(help="The folder of xr-360.")],
    objects: Annotated[
        Path | None, typer.Option(help="The folder of xr-objects: learn from its heads too, and try ours with them.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the report, and for what a later run goes on from.")] = Path(
        "out/xr-360"
    ),
    table: Annotated[Path, typer.Option(help="Folder of the table on xr-objects, which is gone on from.")] = Path(
        "out/xr-objects"
    ),
    seeds: Annotated[str, typer.Option(help="Seeds, e.g. '0,1,2'.")] = "0,1,2",
    as_json: AsJson = False,
) -> None:
    """Recognise people by the rotation of their heads alone: every person of xr-360 held out in turn."""
    from lineament.datasets import open_dataset
    from lineament.studies import head_fusion, xr_360, xr_360_report

    numbers = numbers_of(seeds, "--seeds")
    others = open_dataset(objects) if objects else None
    study = xr_360.HeadStudy(open_dataset(data), out, others)
    with bars() as progress:
        results = xr_360.run(study, numbers, progress=progress)
        fusion = head_fusion.run(study, others, table, progress=progress) if others else None
    page = xr_360_report.report(results, fusion)
    target = page.save(out, "xr-360")[0]
    if as_json:
        typer.echo(json.dumps(page.data, indent=1))
        return
    Console().print(f"The report is at {target}", soft_wrap=True)


def reproduce_open_set_vein(
    data: Annotated[Path, typer.Option(help="The folder of vein-dorsal, or one that holds it and vein-sdumla.")],
    out: Annotated[Path, typer.Option(help="Folder for the report, and for what a later run goes on from.")] = Path(
        "out/open-set-vein"
    ),
    systems: Annotated[str | None, typer.Option(help="Keys of systems, e.g. 'correlation,vein-small'.")] = None,
    parts: Annotated[str | None, typer.Option(help="Parts, e.g. 'twins,hands'; by default all.")] = None,
    seeds: Annotated[str, typer.Option(help="Of the splits, e.g. '0,1,2'.")] = "0,1,2",
    as_json: AsJson = False,
) -> None:
    """Paper 003: veins, open-set; the published tables beside ours, the 502 labels, hands across captures."""
    from lineament.registry import nearest
    from lineament.studies.open_set_vein import Material, Study
    from lineament.studies.open_set_vein_report import PARTS, VeinReport
    from lineament.studies.open_set_vein_systems import systems as known_systems

    console = Console(stderr=True)
    chosen = words_of(parts) or PARTS
    for part in chosen:
        if part not in PARTS:
            raise ProtocolError("--parts: parts of the study", repr(part), nearest(part, list(PARTS)))
    study = Study(
        Material.open(data),
        out,
        numbers_of(seeds, "--seeds"),
        lambda what: console.print(f"{what} ...", highlight=False),
    )
    report = VeinReport(study, known_systems(words_of(systems)))
    page = report.write(chosen)
    target = page.save(out, "open-set-vein")[0]
    if as_json:
        typer.echo(json.dumps(report.numbers, indent=1))
        return
    console.print(f"The report is at {target}", soft_wrap=True)


def reproduce_shipped_encoder(
    out: Annotated[Path, typer.Option(help="The encoder's folder.")],
    data: Annotated[
        list[Path] | None,
        typer.Option(help="The folder of xr-objects; or that of xr-360, then of xr-objects; else a simulated one."),
    ] = None,
    version: Annotated[str, typer.Option(help="Of the encoder.")] = "1",
    calibrate_only: Annotated[
        bool, typer.Option("--calibrate-only", help="Keep the network of a simulated one, and calibrate it anew.")
    ] = False,
) -> None:
    """Make an encoder that ships: train it, fix its threshold on other people, judge it, write its card."""
    from lineament.datasets import open_dataset
    from lineament.studies import shipped_encoder
    from lineament.studies.installed import need_training

    if calibrate_only and data:
        raise typer.BadParameter("--calibrate-only: without --data, for the simulated encoder alone")
    if not calibrate_only:
        need_training()
    with bars() as progress:
        if calibrate_only:
            encoder = shipped_encoder.calibrate_simulated(out, progress=progress)
        elif not data:
            encoder = shipped_encoder.make_simulated(out, version=version, progress=progress)
        else:
            encoder = shipped_encoder.make([open_dataset(f) for f in data], out, version=version, progress=progress)
    Console().print(f"{encoder.id} is at {out}", highlight=False, soft_wrap=True)


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
    print_table(console, title, ["enrolment", *grid.columns], cells[::-1])
