"""Files that are either whole or not there: written beside, fsynced, renamed."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lineament.errors import LineamentError


@contextlib.contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield a path beside ``path`` to write to; on success it takes ``path``'s place, on failure nothing changes.

    Raises
    ------
    LineamentError
        When the disk is full or the folder cannot be written to.
    """
    target = Path(path)
    beside: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=target.suffix)
        os.close(handle)
        beside = Path(name)
        beside.chmod(0o644)
        yield beside
        with beside.open("rb+") as written:
            os.fsync(written.fileno())
        beside.replace(target)
    except OSError as error:
        raise LineamentError(
            f"{target}: a file that can be written",
            f"'{error.strerror or error}'",
            "free some space or choose another place",
        ) from error
    finally:
        if beside is not None:
            beside.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Write a UTF-8 text file in one piece (see `replacing`)."""
    with replacing(path) as beside:
        beside.write_text(text, encoding="utf-8")


def write_json(path: str | Path, content: Any) -> None:
    """Write an object as indented JSON in one piece (see `replacing`); NaN is refused."""
    write_text(path, json.dumps(content, indent=1, allow_nan=False) + "\n")


def read_json(path: str | Path, what: str = "a JSON file") -> Any:
    """Read a JSON file.

    Raises
    ------
    LineamentError
        When the file is missing or is not JSON.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise LineamentError(f"{path}: {what}", f"'{error.strerror}'", "check the path") from error
    except ValueError as error:
        raise LineamentError(f"{path}: {what}", f"text that is not JSON ({error})", "restore the file") from error
