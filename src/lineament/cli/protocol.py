"""`lineament protocol`: make a split, and check one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from lineament.cli.progress import bars
from lineament.cli.tables import print_table, words_of
from lineament.errors import ProtocolError

Data = Annotated[Path, typer.Option(help="The folder of a data set.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
SHOWN = 10


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    protocols = typer.Typer(no_args_is_help=True, help="Who trains, who is enrolled, who probes, who is a stranger.")
    protocols.command("make")(make)
    protocols.command("check")(check)
    app.add_typer(protocols, name="protocol")


def make(
    data: Data,
    out: Annotated[Path, typer.Option(help="The file to write; with --repeats, a file each: split-1.json ...")],
    train: Annotated[float, typer.Option(min=0, help="People that train: a number, or a share below 1.")] = 0.5,
    validation: Annotated[float, typer.Option(min=0, help="People that validate: a number, or a share below 1.")] = 0.0,
    strangers: Annotated[float, typer.Option(min=0, help="Of the others, people who are never enrolled.")] = 0.5,
    enrol_sessions: Annotated[str, typer.Option(help="Names of the sessions that are enrolled, or how many.")] = "1",
    enrol_samples: Annotated[
        int | None, typer.Option(min=1, help="Instead of sessions: so many random samples of each subject enrol.")
    ] = None,
    repeats: Annotated[int, typer.Option(min=1, help="Random splits, with the seeds that follow one another.")] = 1,
    name: Annotated[str | None, typer.Option(help="What the protocol is called.")] = None,
    seed: Annotated[int, typer.Option(help="Of everything that is random.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Split a data set by people, and the tested people's recordings by session; nobody stands on two sides."""
    from lineament.datasets import make_protocols, open_dataset

    enrol: int | list[str] = int(enrol_sessions) if enrol_sessions.isdigit() else list(words_of(enrol_sessions) or ())
    protocols = make_protocols(
        open_dataset(data),
        repeats=repeats,
        seed=seed,
        train=_share(train),
        validation=_share(validation),
        strangers=_share(strangers),
        enrol_sessions=enrol,
        enrol_samples=enrol_samples,
        name=name,
    )
    files = [out] if repeats == 1 else [out.with_stem(f"{out.stem}-{number}") for number in range(1, repeats + 1)]
    for protocol, file in zip(protocols, files, strict=True):
        protocol.save(file)
    if as_json:
        content = [protocol.model_dump(mode="json") for protocol in protocols]
        typer.echo(json.dumps(content[0] if repeats == 1 else content, indent=1))
        return
    for protocol, file in zip(protocols, files, strict=True):
        rows = [
            [
                side,
                len(protocol.persons(selection)),
                len(selection.subjects),
                ", ".join(selection.sessions) if selection.sessions else "all",
                "all" if selection.samples is None else len(selection.samples),
            ]
            for side, selection in protocol.sides().items()
        ]
        title = f"{protocol.name}, written to {file}"
        print_table(Console(), title, ["side", "people", "subjects", "sessions", "samples"], rows)


def check(
    file: Annotated[Path, typer.Argument(help="A protocol.")],
    data: Data,
    as_json: AsJson = False,
) -> None:
    """Refuse a protocol that leaks: a person on two sides, or one sample; and name samples that are nearly the same."""
    from lineament.datasets import Protocol, open_dataset
    from lineament.datasets.duplicates import find_twins

    dataset = open_dataset(data)
    protocol = Protocol.load(file).check_people(dataset.person_of())
    with bars() as progress:
        twins = find_twins(dataset, protocol, progress=progress)
    exact = [twin for twin in twins if twin.exact]
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "protocol": protocol.name,
                    "exact": len(exact),
                    "near": len(twins) - len(exact),
                    "twins": [
                        {"sides": twin.sides, "samples": twin.samples, "distance": twin.distance} for twin in twins
                    ],
                },
                indent=1,
            )
        )
    elif twins:
        rows = [[*twin.samples, *twin.sides, f"{twin.distance:.3f}"] for twin in twins[:SHOWN]]
        title = f"{len(exact)} pairs of equal and {len(twins) - len(exact)} of nearly equal samples on two sides"
        more = f"and {len(twins) - SHOWN} more" if len(twins) > SHOWN else None
        print_table(Console(), title, ["sample", "and", "side", "and", "distance"], rows, more)
    else:
        Console().print(f"{protocol.name}: nobody and no sample stands on two sides", highlight=False)
    if exact:
        raise ProtocolError(
            f"protocol {protocol.name}: samples that differ between its sides",
            f"{len(exact)} pairs with equal values",
            "drop one of each from the data",
        )


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
