"""`lineament reproduce typing-simulated`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from lineament.cli.progress import bars


def reproduce_typing_simulated(
    data: Annotated[Path, typer.Option(help="The folder of keystroke-cmu.")],
    free: Annotated[Path | None, typer.Option(help="The folder of keystroke-aalto.")] = None,
    encoder: Annotated[str, typer.Option(help="A shipped name or a folder.")] = "typing-simulated",
    out: Annotated[Path, typer.Option(help="Folder for the report.")] = Path("out/typing-simulated"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Judge the encoder that simulated typists made on real people, and what it promises of strangers."""
    from lineament.datasets import open_dataset
    from lineament.encoder import Encoder
    from lineament.studies import typing_simulated as study

    model = Encoder.load(encoder)
    with bars() as progress:
        phrase = study.on_a_phrase(model, open_dataset(data), progress)
        sentences = study.on_free_text(model, open_dataset(free), progress) if free else None
    page = study.report(phrase, sentences, model)
    target = page.save(out, "typing-simulated")[0]
    if as_json:
        typer.echo(json.dumps(page.data, indent=1))
        return
    Console().print(f"The report is at {target}", soft_wrap=True)
