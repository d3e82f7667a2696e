"""Train and tune recipes; show recipes and components."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lineament.recipes import components
from lineament.recipes.recipe import Recipe, load_recipe, to_yaml, with_changes

if TYPE_CHECKING:
    from lineament.datasets import Dataset

out = Console()
aside = Console(stderr=True)
group = typer.Typer(help="List the recipes, or show one with every default.", no_args_is_help=True)

RecipeName = Annotated[
    str, typer.Argument(metavar="RECIPE", help="A shipped recipe's name or a .yaml file.", show_default=False)
]
DataOption = Annotated[
    list[Path], typer.Option("--data", metavar="DIR", help="A data set's folder; may be given several times.")
]
ChangeOption = Annotated[
    list[str], typer.Option("--set", metavar="KEY=VALUE", help="Change the recipe, e.g. training.steps=500.")
]
SeedOption = Annotated[int, typer.Option("--seed", help="The same seed gives the same weights on one machine.")]
ValidationOption = Annotated[
    float, typer.Option("--validation", help="Share of the first data set's people who validate; 0: nobody.")
]
ThreadsOption = Annotated[
    int | None, typer.Option("--threads", help="Threads of one process; else $OMP_NUM_THREADS, else 1.")
]
UninspectedOption = Annotated[
    bool, typer.Option("--uninspected", help="Take recordings with faults or doubtful axes as they stand.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command("train")(train)
    app.command("tune")(tune)
    app.command("list")(list_components)
    app.add_typer(group, name="recipe")


def train(
    recipe: RecipeName,
    data: DataOption,
    folder: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder of the run; the encoder is DIR/encoder.")
    ],
    seed: SeedOption = 0,
    steps: Annotated[int | None, typer.Option("--steps", help="Steps in all; else the recipe's.")] = None,
    changes: ChangeOption = [],  # noqa: B006 -- Typer reads the default and copies it
    validation: ValidationOption = 0.2,
    protocol: Annotated[
        Path | None,
        typer.Option("--protocol", metavar="FILE", help="Who trains and validates, instead of --validation."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last checkpoint in --out.")] = False,
    init: Annotated[
        Path | None, typer.Option("--init", metavar="ENCODER", help="Start from an encoder's weights (fine-tuning).")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Of the encoder; else the recipe's.")] = None,
    version: Annotated[str, typer.Option("--version", help="Of the encoder.")] = "1",
    threads: ThreadsOption = None,
    uninspected: UninspectedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Train a recipe on recordings and write an encoder.

    DIR/encoder is the encoder, DIR/training holds the checkpoint and a TensorBoard log, DIR/protocols says who trained.
    """
    chosen = _recipe(recipe, changes, steps)
    _use_threads(threads)
    from lineament.datasets import Protocol
    from lineament.training.train import train as run

    fitted, encoder = run(
        chosen,
        _open(data, uninspected),
        folder,
        seed=seed,
        validation=validation,
        protocol=None if protocol is None else Protocol.load(protocol),
        resume=resume,
        progress=not as_json,
        init=init,
        name=name,
        version=version,
    )
    result = {
        "encoder": str(folder / "encoder"),
        "id": encoder.id,
        "recipe": chosen.name,
        "people": len(fitted.subjects),
        "seconds": round(fitted.seconds, 1),
        "accuracy": fitted.accuracy,
        "threshold": None if encoder.calibration is None else encoder.calibration.threshold().value,
        "history": fitted.history,
    }
    if as_json:
        _print_json(result)
        return
    told = "nobody validated" if fitted.accuracy is None else f"accuracy on validation {fitted.accuracy:.3f}"
    out.print(
        f"{encoder.id}: trained on {len(fitted.subjects)} subjects in {fitted.seconds:.0f} s, {told}", highlight=False
    )
    if encoder.calibration is None and not fitted.classifies:
        out.print("It has no threshold: nobody was left to fix one on. See 'lineament calibrate'.", highlight=False)
    out.print(f"The encoder is at {folder / 'encoder'}", highlight=False, soft_wrap=True)


def tune(
    recipe: RecipeName,
    data: DataOption,
    study: Annotated[Path, typer.Option("--study", metavar="FILE.db", help="The search, an SQLite file; it goes on.")],
    trials: Annotated[
        int, typer.Option("--trials", min=1, help="Finished trials in all, earlier runs included.")
    ] = 140,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Trials at once, each in a process of its own.")] = 1,
    seed: SeedOption = 0,
    steps: Annotated[int | None, typer.Option("--steps", help="Steps of a trial; else the recipe's.")] = None,
    changes: ChangeOption = [],  # noqa: B006
    validation: ValidationOption = 0.2,
    uninspected: UninspectedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Search a recipe's parameters (paper 002, Tables 1 and 2) and write the best beside the study."""
    chosen = _recipe(recipe, changes, steps)
    _use_threads(None)
    from lineament.training.runs import show
    from lineament.training.train import prepare_search

    search = prepare_search(
        chosen, _open(data, uninspected), study, validation=validation, seed=seed, progress=not as_json
    )
    with show("trials", trials, not as_json) as bar:
        found = search.run(trials, jobs, bar.advance, bar.jump)
    result = {
        "trials": found.trials,
        "accuracy": found.accuracy,
        "recipe": None if found.path is None else str(found.path),
    }
    if as_json:
        _print_json(result)
    elif found.path is None:
        out.print(f"{found.trials} trials, all of which diverged: search lower learning rates", highlight=False)
    else:
        out.print(f"{found.trials} trials; the best has accuracy {found.accuracy:.3f}", highlight=False)
        out.print(f"Its recipe is at {found.path}", highlight=False, soft_wrap=True)


@group.command("list")
def list_recipes(
    pattern: Annotated[str, typer.Argument(metavar="[PATTERN]", help="E.g. 'xr-*'.")] = "*", as_json: JsonOption = False
) -> None:
    """List the recipes that ship."""
    list_components("recipes", pattern, as_json)


@group.command("show")
def show_recipe(recipe: RecipeName, changes: ChangeOption = [], as_json: JsonOption = False) -> None:  # noqa: B006
    """Print a recipe with every default, as YAML."""
    chosen = _recipe(recipe, changes, None)
    if as_json:
        _print_json(chosen.model_dump(mode="json"))
    else:
        typer.echo(to_yaml(chosen), nl=False)


def list_components(
    kind: Annotated[str, typer.Argument(metavar="KIND", help=f"{', '.join(components.KINDS)}, recipes or encoders.")],
    pattern: Annotated[str, typer.Argument(metavar="[PATTERN]", help="E.g. '*conv*'.")] = "*",
    as_json: JsonOption = False,
) -> None:
    """List components or recipes with parameters and sources, or the encoders that ship."""
    from lineament.encoder import listing as encoders
    from lineament.recipes.listing import rows

    found = encoders.rows(pattern) if kind == "encoders" else rows(kind, pattern)
    if as_json:
        _print_json(found)
    else:
        out.print(_encoders(found) if kind == "encoders" else _components(found))


def _encoders(found: list[dict[str, Any]]) -> Table:
    table = Table("name", "version", "size", "trained on", "licences of the data", box=None, pad_edge=False)
    for row in found:
        name, version = f"[bold]{escape(row['name'])}[/]", escape(row["version"])
        data = ", ".join(str(entry.get("name", "?")) for entry in row["data"])
        licences = ", ".join(row["licences"])
        table.add_row(name, version, f"{row['bytes'] / 1e6:.1f} MB", escape(data), escape(licences))
    return table


def _components(found: list[dict[str, Any]]) -> Table:
    table = Table("name", "what", "source", box=None, pad_edge=False)
    for row in found:
        parameters = ", ".join(f"{key}={value}" for key, value in row["parameters"].items())
        what = escape(row["help"]) + (f"\n[dim]{escape(parameters)}[/]" if parameters else "")
        table.add_row(f"[bold]{escape(row['name'])}[/]", what, escape(row["paper"]))
    return table


def _recipe(name: str, changes: list[str], steps: int | None) -> Recipe:
    """Return the recipe asked for, changed as asked for."""
    return with_changes(load_recipe(name), [*changes, *([] if steps is None else [f"training.steps={steps}"])])


def _open(folders: list[Path], uninspected: bool) -> list[Dataset]:
    from lineament.cli.samples import open_inspected

    return [open_inspected(folder, uninspected) for folder in folders]


def _use_threads(threads: int | None) -> None:
    """Set torch's threads: two that contend have been measured to be many times slower than one.

    Raises
    ------
    MissingExtraError
        When torch is not installed.
    """
    from lineament.studies.installed import need_training

    need_training()
    import torch

    torch.set_num_threads(threads or int(os.environ.get("OMP_NUM_THREADS", "1")))


def _print_json(content: Any) -> None:
    typer.echo(json.dumps(content, indent=1))
