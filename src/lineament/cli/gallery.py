"""Enrol, identify, verify, and look after galleries."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from lineament.cli.deciding import Deciding, rate, shown_decision, shown_verification
from lineament.cli.options import spread
from lineament.cli.samples import SAMPLE_HELP, Reading
from lineament.decisions import identify, verify
from lineament.encoder import DEFAULT_ENCODER, Encoder, shipped_encoders
from lineament.errors import EncoderError, GalleryError
from lineament.gallery import Enrolment, GalleryFile, Header, MemoryGallery, export_gallery, refuse_other_encoder

out = Console()
aside = Console(stderr=True)
group = typer.Typer(help="List, show, export and erase what a gallery holds.", no_args_is_help=True)

GalleryPath = Annotated[Path, typer.Argument(metavar="GALLERY", help="The gallery's file.", show_default=False)]
SubjectName = Annotated[str, typer.Argument(metavar="SUBJECT", help="Who.", show_default=False)]
SampleFile = Annotated[Path, typer.Argument(metavar="FILE", help=SAMPLE_HELP, show_default=False)]
SampleFiles = Annotated[list[Path], typer.Argument(metavar="FILE...", help=SAMPLE_HELP, show_default=False)]
EncoderOption = Annotated[
    str | None,
    typer.Option("--encoder", metavar="NAME|DIR", help="A shipped encoder or a folder; else the gallery's own."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command("enrol")(enrol)
    app.command("identify")(identify_file)
    app.command("verify")(verify_file)
    app.add_typer(group, name="gallery")


@spread
def enrol(
    gallery: GalleryPath,
    subject: SubjectName,
    files: SampleFiles,
    reading: Reading,
    encoder: EncoderOption = None,
    session: Annotated[str | None, typer.Option(help="A label for the session; else each file's name.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Enrol a subject from files: all of them or, where one fails, none. Makes the gallery where there is none."""
    began = time.perf_counter()
    file = GalleryFile(gallery)
    known = file.header() if file.exists() else None
    model = _encoder(encoder, known, gallery)
    before = file.sessions(subject) if known else []
    enrolments = []
    for path in track(files, description="embedding", console=aside, transient=True, disable=not aside.is_terminal):
        label = session or path.stem
        if label in before:
            _note(f"the session {label!r} of {subject!r} was enrolled before; its templates count twice")
        enrolments.append(Enrolment(subject, label, model.embed(reading.read(path, model, _note))))
    file.enrol(enrolments, Header(model.mark, model.dim, model.metric))
    templates = sum(len(enrolment.embeddings) for enrolment in enrolments)
    seconds = time.perf_counter() - began
    _print(
        {"subject": subject, "sessions": [e.session for e in enrolments], "templates": templates, "encoder": model.id},
        f"enrolled [bold]{escape(subject)}[/] with {templates} templates in {seconds:.1f} s ({model.id})",
        as_json,
    )


@spread
def identify_file(
    gallery: GalleryPath,
    file: SampleFile,
    reading: Reading,
    deciding: Deciding,
    encoder: EncoderOption = None,
    fpir: Annotated[
        float | None,
        typer.Option(
            "--fpir", callback=rate, help="Share of strangers who may be named, e.g. 0.01; else as calibrated."
        ),
    ] = None,
    review_fpir: Annotated[
        float | None,
        typer.Option(
            "--review-fpir", callback=rate, help="A greater share: between both thresholds, somebody is to look."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say who a recording or image is of, or that it is nobody who is enrolled."""
    people, model = _open(gallery, encoder)
    calibration = deciding.calibration(model, fpir, review_fpir)
    starts, embeddings = model.embed_timed(reading.read(file, model, _note))
    decision = identify(
        embeddings,
        people,
        deciding.rule(calibration),
        calibration,
        fpir=fpir,
        criterion=deciding.criterion,
        review_fpir=review_fpir,
        confidence=deciding.confidence,
        use_time_s=model.covered_seconds(starts),
    )
    _print(decision.to_json(), shown_decision(decision), as_json, decision.doubts)


@spread
def verify_file(
    gallery: GalleryPath,
    subject: SubjectName,
    file: SampleFile,
    reading: Reading,
    deciding: Deciding,
    encoder: EncoderOption = None,
    fmr: Annotated[
        float | None,
        typer.Option("--fmr", callback=rate, help="Share of false claims that may be accepted, e.g. 0.001."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say whether a recording or image is of the subject it is claimed to be of."""
    people, model = _open(gallery, encoder)
    people.index(subject)
    calibration = deciding.calibration(model, fmr)
    starts, embeddings = model.embed_timed(reading.read(file, model, _note))
    said = verify(
        embeddings,
        people,
        subject,
        calibration,
        rule=deciding.rule(calibration),
        fmr=fmr,
        criterion=deciding.criterion,
        confidence=deciding.confidence,
        use_time_s=model.covered_seconds(starts),
    )
    _print(said.to_json(), shown_verification(said), as_json, said.doubts)


@group.command("list")
def list_subjects(gallery: GalleryPath, as_json: JsonOption = False) -> None:
    """List who is enrolled."""
    people = MemoryGallery.load(gallery)
    rows = [_subject(people, subject) for subject in people.subjects()]
    table = Table("subject", "sessions", "templates", box=None)
    for row in rows:
        table.add_row(escape(row["subject"]), escape(", ".join(map(str, row["sessions"]))), str(row["templates"]))
    _print(rows, table if rows else "nobody is enrolled", as_json)


@group.command("show")
def show(gallery: GalleryPath, as_json: JsonOption = False) -> None:
    """Show what a gallery is: its encoder, its metric, how much it holds."""
    people = MemoryGallery.load(gallery)
    mark = people.encoder
    facts = {
        "encoder": mark.id,
        "found_at": mark.source,
        "metric": people.metric,
        "dim": people.dim,
        "subjects": len(people),
        "templates": people.size,
        "bytes": gallery.stat().st_size,
    }
    table = Table("", "", box=None, show_header=False)
    for key, value in facts.items():
        table.add_row(key, escape(str(value)))
    _print(facts, table, as_json)


@group.command("remove")
def remove(gallery: GalleryPath, subject: SubjectName, as_json: JsonOption = False) -> None:
    """Erase a subject: name and templates are overwritten in the file."""
    GalleryFile(gallery).remove(subject)
    _print({"removed": subject}, f"erased [bold]{escape(subject)}[/]", as_json)


@group.command("export")
def export(
    gallery: GalleryPath,
    target: Annotated[Path, typer.Argument(metavar="OUT", help="A .json or .npz file.", show_default=False)],
    subject: Annotated[str | None, typer.Option(help="Only this subject.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Write the templates to a JSON or NPZ file."""
    people = MemoryGallery.load(gallery)
    templates = export_gallery(people, target, subject)
    _print(
        {"written": str(target), "templates": templates}, escape(f"wrote {templates} templates to {target}"), as_json
    )


def _open(path: Path, encoder: str | None) -> tuple[MemoryGallery, Encoder]:
    """Return a gallery and the encoder that made it."""
    people = MemoryGallery.load(path)
    return people, _encoder(encoder, Header(people.encoder, people.dim, people.metric), path)


def _encoder(asked: str | None, gallery: Header | None, path: Path) -> Encoder:
    """Return the encoder asked for, or the gallery's own, or the one that ships; refuse one that does not fit."""
    if gallery is None:
        if asked is None and DEFAULT_ENCODER not in shipped_encoders():
            remedy = "add --encoder DIR, made by 'lineament train'"
            raise EncoderError(f"{path}: the encoder of a new gallery", "none", remedy)
        return Encoder.load(asked or DEFAULT_ENCODER)
    try:
        model = Encoder.load(asked or gallery.encoder.source or gallery.encoder.name)
    except EncoderError as error:
        if asked:
            raise
        raise GalleryError(
            f"{path}: its encoder {gallery.encoder.id} at {gallery.encoder.source or gallery.encoder.name!r}",
            f"the failure '{error.expected}: {error.came}'",
            "say where it is: --encoder DIR",
        ) from error
    refuse_other_encoder(gallery, Header(model.mark, model.dim, model.metric), str(path))
    return model


def _subject(people: MemoryGallery, subject: str) -> dict[str, Any]:
    enrolments = people.enrolments(subject)
    return {
        "subject": subject,
        "sessions": [enrolment.session for enrolment in enrolments],
        "templates": sum(len(enrolment.embeddings) for enrolment in enrolments),
    }


def _print(content: Any, shown: Any, as_json: bool, doubts: tuple[str, ...] = ()) -> None:
    """Print a result as JSON or for people; doubts go aside."""
    if as_json:
        typer.echo(json.dumps(content, indent=1))
        return
    out.print(shown, highlight=False)
    for doubt in doubts:
        _note(doubt)


def _note(text: str) -> None:
    aside.print(f"[yellow]note:[/] {escape(text)}", highlight=False, soft_wrap=True)
