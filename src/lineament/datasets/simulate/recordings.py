"""Simulated people's recordings of any modality on disk, in its canonical form."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lineament.datasets.simulate.populations import simulated
from lineament.datasets.simulate.typing import simulated_typing
from lineament.datasets.simulate.writing import SUFFIXES, claim
from lineament.errors import LineamentError
from lineament.signals.keystrokes import MODALITY
from lineament.signals.recordings import write_recording


def write_recordings(
    folder: str | Path,
    modality: str,
    people: int,
    sessions: int,
    *,
    seed: int = 0,
    suffix: str = ".parquet",
    phrase: str | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> tuple[int, int]:
    """Write ``<subject>/<session>/<take>`` for simulated people; recordings that lie there are kept.

    Parameters
    ----------
    folder : path
        Where; a ``dataset.json`` there says that the people are simulated. It can be continued with more people.
    modality : str
        See `simulated`.
    people, sessions : int
    seed : int
        The population's.
    suffix : str
        ``.parquet`` or ``.csv``.
    phrase : str, optional
        Of keystrokes: what everybody types, five times a session; `populations.PHRASE` where not given.
    progress : callable
        Called with the number of recordings done and of all.

    Returns
    -------
    written, kept : int
        Recordings that were written, and that already lay there.

    Raises
    ------
    LineamentError
        When there is no such modality or format, or the folder holds something else or another simulation.
    """
    folder, suffix = Path(folder), f".{suffix.removeprefix('.')}"
    if suffix not in SUFFIXES:
        raise LineamentError(f"simulated {modality}: the format parquet or csv", repr(suffix), "choose one of them")
    what = {"modality": modality, "sessions": sessions, "seed": seed, "suffix": suffix}
    if phrase is None:
        data = simulated(modality, range(people), sessions=sessions, seed=seed)
    elif modality == MODALITY:
        data = simulated_typing(people, sessions, seed=seed, phrase=phrase, repetitions=5)
        what = {**what, "phrase": phrase}
    else:
        raise LineamentError("simulated people who type a phrase: keystrokes", modality, "leave the phrase out")
    claim(folder, data.name, what)
    written = 0
    for row, name in enumerate(data.sample_ids()):
        path = folder / f"{name}{suffix}"
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_recording(data.load(row), path)
            written += 1
        progress(row + 1, len(data))
    return written, len(data) - written
