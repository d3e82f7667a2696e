"""Image files in plain folders: ``<subject>/<session>/<image>``, or one folder more where a person has several hands.

The second layout is ``<person>/<hand>/<session>/<image>`` (a finger, wrist or eye as well): the subject is
``<person>-<hand>``, and protocols keep all that is one person's on one side. A folder is read in the first layout it
fits; ``.png``, ``.jpg``, ``.jpeg``, ``.tif``, ``.tiff`` and ``.bmp`` are images. ``dataset.json``, where it lies
there, gives name, licence, citation and whether the people are simulated.
"""

from __future__ import annotations

from pathlib import Path

from lineament.datasets.dataset import Dataset
from lineament.datasets.pictures import Row, holds, matches, picture_dataset
from lineament.errors import SignalError
from lineament.files import read_json

NAME = r"(?!\.)[^/]+"
SUBJECTS = rf"(?P<subject>{NAME})/(?P<session>{NAME})/(?P<image>{NAME})"
PEOPLE = rf"(?P<person>{NAME})/(?P<hand>{NAME})/(?P<session>{NAME})/(?P<image>{NAME})"


def recognises(folder: Path) -> bool:
    """Return whether a folder holds images in one of the layouts."""
    return holds(folder, SUBJECTS) or holds(folder, PEOPLE)


def read(folder: Path) -> Dataset:
    """Return the set as one sample an image, grey or colour as its file is.

    Raises
    ------
    SignalError
        When there are no images.
    """
    about = _about(folder)
    rows: list[Row] = [{**match.groupdict(), "path": str(path)} for path, match in matches(folder, SUBJECTS)] or [
        {"subject": f"{match['person']}-{match['hand']}", **match.groupdict(), "path": str(path)}
        for path, match in matches(folder, PEOPLE)
    ]
    if about.get("simulated"):
        rows = [{**row, "simulated": True} for row in rows]
    return picture_dataset(
        str(about.get("name", folder.resolve().name)),
        rows,
        colours=None,
        licence=str(about.get("licence", "none found")),
        citation=str(about.get("citation", "")),
    )


def _about(folder: Path) -> dict[str, object]:
    """Return what ``dataset.json`` says.

    Raises
    ------
    SignalError
        When it is no mapping.
    """
    path = folder / "dataset.json"
    if not path.is_file():
        return {}
    about = read_json(path, "the description of a data set")
    if not isinstance(about, dict):
        raise SignalError(f"{path}: the description of a data set", "something else", "correct or remove it")
    return about
