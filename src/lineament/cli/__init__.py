"""The command line: one file a command group, no logic of its own."""

from __future__ import annotations

import importlib
import sys

import typer
from rich.console import Console
from rich.markup import escape

from lineament import __version__
from lineament.errors import LineamentError

GROUPS = ("inspect", "convert", "gallery", "evaluation", "training", "simulate", "demo")

app = typer.Typer(
    name="lineament",
    help="Who it is, or that it is nobody we know.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def _root(version: bool = typer.Option(False, "--version", help="Print the version and leave.")) -> None:
    """Who it is, or that it is nobody we know."""
    if version:
        typer.echo(__version__)
        raise typer.Exit


for _group in GROUPS:
    importlib.import_module(f"lineament.cli.{_group}").register(app)


def main() -> None:
    """Run the command line; bad input ends in one sentence and exit code 1."""
    try:
        app()
    except LineamentError as error:
        Console(stderr=True).print(f"[bold red]error:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        Console(stderr=True).print("interrupted; what was finished is kept", highlight=False)
        sys.exit(130)
