"""`lineament reproduce open-set-face`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console


def reproduce_open_set_face(
    data: Annotated[Path, typer.Option(help="The folder of face-lfw, or of other pictures of many people.")],
    out: Annotated[Path, typer.Option(help="Folder for the report and the embeddings.")] = Path("out/open-set-face"),
    recipe: Annotated[str, typer.Option(help="The encoder's: a shipped recipe's name or a .yaml file.")] = "face-small",
    replicates: Annotated[int, typer.Option(min=1, help="Draws of people for the intervals.")] = 1000,
    seed: Annotated[int, typer.Option(help="Of everything that is random.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Faces, open-set: a small encoder, a thousand enrolled people and thousands of strangers it was not trained on."""
    from lineament.datasets import open_dataset
    from lineament.recipes.recipe import load_recipe
    from lineament.studies import open_set_face

    chosen = load_recipe(recipe)
    page = open_set_face.run(open_dataset(data), chosen, out, replicates=replicates, seed=seed)
    if as_json:
        typer.echo(json.dumps(page.data, indent=1))
        return
    console = Console()
    console.print(f"The report is at {out / 'open-set-face.html'}", soft_wrap=True)
    console.print(f"The embeddings are at {out / open_set_face.EMBEDDINGS}", soft_wrap=True)
