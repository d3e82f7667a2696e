"""The command line: one file a command group, no logic of its own."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

import typer
from rich.console import Console
from rich.markup import escape

from lineament import __version__
from lineament.errors import LineamentError, MissingExtraError

GROUPS = (
    "inspect",
    "convert",
    "gallery",
    "calibration",
    "protocol",
    "evaluate",
    "evaluation",
    "training",
    "simulate",
    "demo",
)

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


def register_groups() -> dict[str, Exception]:
    """Add every group's commands; return what kept a group from being imported, by its name.

    A package that is damaged must not take `lineament doctor` away, which says which one it is.
    """
    broken: dict[str, Exception] = {}
    for group in GROUPS:
        try:
            importlib.import_module(f"lineament.cli.{group}").register(app)
        except Exception as error:  # whatever breaks an import
            broken[group] = error
    return broken


BROKEN = register_groups()


def check_installed(words: Sequence[str]) -> None:
    """Refuse a command whose group could not be imported.

    Raises
    ------
    MissingExtraError
        When the command is unknown and some group is broken.
    """
    known = {str(name) for name in getattr(typer.main.get_command(app), "commands", {})}
    command = next((word for word in words if not word.startswith("-")), None)
    if BROKEN and command is not None and command not in known:
        group, error = next(iter(BROKEN.items()))
        raise MissingExtraError(
            f"lineament {command}: an installation that can be imported",
            f"{type(error).__name__} ({error}) in {group}",
            "see 'lineament doctor', which says which package to install anew",
        )


def main() -> None:
    """Run the command line; bad input ends in one sentence and exit code 1."""
    try:
        check_installed(sys.argv[1:])
        app()
    except LineamentError as error:
        Console(stderr=True).print(f"[bold red]error:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        Console(stderr=True).print("interrupted; what was finished is kept", highlight=False)
        sys.exit(130)
