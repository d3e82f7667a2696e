"""Simulated data sets on disk, in the unified XR motion format."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from lineament.datasets.simulate.dataset import simulated_motion
from lineament.datasets.simulate.motion import Layout, simulate_session
from lineament.datasets.simulate.people import simulate_person
from lineament.errors import LineamentError
from lineament.files import read_json, write_json
from lineament.signals.motion import write_motion

SUFFIXES = (".parquet", ".csv")


@dataclass(frozen=True)
class Plan:
    """What every recording of a simulated data set shares; see `simulate_session`."""

    seed: int = 0
    minutes: float = 5.0
    task: str | None = None
    layout: Layout = "continuous"
    fps: float | None = None
    device: str | None = None
    drift: float = 1.0

    def session(self) -> dict[str, Any]:
        """Return the arguments of `simulate_session`."""
        return {key: value for key, value in asdict(self).items() if key != "seed"}


def write_simulated(
    folder: str | Path,
    people: int,
    sessions: int,
    plan: Plan,
    *,
    suffix: str = ".parquet",
    jobs: int = 1,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> int:
    """Write ``<subject>/<session>`` for people 0 ... and sessions 1 ...; recordings that lie there are kept.

    Parameters
    ----------
    folder : path
        Where; a ``dataset.json`` there says that the people are simulated, and how.
    people, sessions : int
        How many. A folder can be continued with more of either.
    plan : Plan
        What all recordings share.
    suffix : str
        ``.parquet`` or ``.csv``.
    jobs : int
        Processes.
    progress : callable
        Called with the number of recordings done and of all.

    Returns
    -------
    int
        How many recordings were written, besides those that already lay there.

    Raises
    ------
    LineamentError
        When the folder holds something else, or another simulation.
    """
    folder = Path(folder)
    if suffix not in SUFFIXES:
        raise LineamentError("simulated motion: the format .parquet or .csv", repr(suffix), "choose one of them")
    table = simulated_motion(people, sessions, seed=plan.seed, **plan.session()).table
    simulate_session(
        simulate_person(plan.seed, 0), 1, **{**plan.session(), "minutes": min(plan.minutes, 0.1)}
    )  # refuses a wrong plan early
    claim(folder, f"simulated-motion-{plan.seed}", {**asdict(plan), "suffix": suffix})
    wanted = [
        (int(row["_person"]), int(row["_session"]), folder / row["subject"] / f"{row['session']}{suffix}")
        for _, row in table.iterrows()
    ]
    missing = [each for each in wanted if not each[2].is_file()]
    done = len(wanted) - len(missing)
    progress(done, len(wanted))
    for _ in _each(partial(_write, plan), missing, jobs):
        done += 1
        progress(done, len(wanted))
    return len(missing)


def _each(write: Callable[[tuple[int, int, Path]], None], items: list[tuple[int, int, Path]], jobs: int) -> Any:
    """Yield as the items are written, in so many processes."""
    if jobs <= 1 or len(items) < 2:
        yield from map(write, items)
        return
    with ProcessPoolExecutor(max_workers=jobs) as pool:
        yield from pool.map(write, items, chunksize=max(1, min(8, len(items) // (4 * jobs))))


def _write(plan: Plan, item: tuple[int, int, Path]) -> None:
    person, session, path = item
    write_motion(simulate_session(simulate_person(plan.seed, person), session, **plan.session()), path)


def claim(folder: Path, name: str, plan: dict[str, Any]) -> None:
    """Write a simulated set's ``dataset.json``, or see that the one there is of the same simulation.

    Parameters
    ----------
    folder : path
    name : str
        The set's.
    plan : dict
        What all that is simulated shares, as JSON.

    Raises
    ------
    LineamentError
        When the folder holds something else, or another simulation.
    """
    about = {
        "format_version": 1,
        "name": name,
        "licence": "Apache-2.0",
        "citation": "simulated by lineament; these people do not exist",
        "simulated": True,
        "plan": plan,
    }
    path = folder / "dataset.json"
    if path.is_file():
        there = read_json(path, "the description of a data set")
        if not isinstance(there, dict) or (there.get("name"), there.get("plan")) != (name, plan):
            raise LineamentError(
                f"{folder}: an empty folder, or a data set simulated with the same settings",
                "another data set",
                "choose another folder, or the settings in its dataset.json",
            )
        return
    if folder.is_dir() and any(folder.iterdir()):
        raise LineamentError(f"{folder}: an empty folder", "one with files", "choose another folder")
    write_json(path, about)
