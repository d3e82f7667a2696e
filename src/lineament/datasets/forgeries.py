"""Skilled forgeries in a table of samples: whose they are, and whom they imitate.

A forgery is not a sample of the writer whom it imitates, so it has a subject of its own, ``<writer>-forged``, for all
who forged that writer together; ``target`` is the writer, for the writer's own samples too. The column ``person`` is
the target: a protocol keeps a writer and the forgeries of that writer on one side, because they share a signature, and
a calibration takes no forger for a stranger. Where training sees forgeries, they are a class beside their target's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lineament.datasets.dataset import Dataset

FORGED = "-forged"
FORGED_SESSION = "forged"


def signature_row(writer: str, session: str, *, forged: bool) -> dict[str, Any]:
    """Return the row of a genuine sample of a writer, or of a forgery of theirs.

    Examples
    --------
    >>> signature_row("07", "1", forged=True)["subject"], signature_row("07", "1", forged=False)["session"]
    ('07-forged', '1')
    """
    return {
        "subject": writer + FORGED if forged else writer,
        "session": FORGED_SESSION if forged else session,
        "person": writer,
        "forgery": forged,
        "target": writer,
    }


def genuine(dataset: Dataset) -> Dataset:
    """Return the samples that are nobody's forgery: all, of a set that does not speak of forgeries."""
    if "forgery" not in dataset.table:
        return dataset
    return replace(dataset, table=dataset.table[~dataset.table["forgery"].astype(bool)])
