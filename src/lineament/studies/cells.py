"""Results kept one file each, so that a study that was interrupted goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

from lineament.files import read_json, write_json


class Cells(MutableMapping[str, Any]):
    """A folder of JSON files, one a key; results of another setting are not found.

    Parameters
    ----------
    folder : path
    setting : mapping
        Everything the results depend on beside the key (data, recipe, seed ...); its hash stands in the file names.

    Examples
    --------
    >>> import tempfile
    >>> cells = Cells(Path(tempfile.mkdtemp()), {"seed": 0})
    >>> cells["embedding 1 min 0"] = [0.5]
    >>> cells["embedding 1 min 0"], "another" in cells, len(cells)
    ([0.5], False, 1)
    """

    def __init__(self, folder: str | Path, setting: Any) -> None:
        self.folder = Path(folder)
        content = json.dumps(setting, sort_keys=True, default=str)
        self.mark = hashlib.sha256(content.encode()).hexdigest()[:8]

    def __getitem__(self, key: str) -> Any:
        """Return what was stored.

        Raises
        ------
        KeyError
            When nothing was.
        """
        path = self._path(key)
        if not path.is_file():
            raise KeyError(key)
        return read_json(path, "a result of this study")["value"]

    def __setitem__(self, key: str, value: Any) -> None:
        """Store a value."""
        write_json(self._path(key), {"key": key, "value": value})

    def __delitem__(self, key: str) -> None:
        """Forget a value."""
        self._path(key).unlink()

    def __iter__(self) -> Iterator[str]:
        """Yield the keys."""
        return (str(read_json(path)["key"]) for path in self._files())

    def __len__(self) -> int:
        """Return how many results are stored."""
        return len(self._files())

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob(f"*-{self.mark}.json"))

    def _path(self, key: str) -> Path:
        return self.folder / f"{re.sub(r'[^A-Za-z0-9.]+', '-', key)}-{self.mark}.json"
