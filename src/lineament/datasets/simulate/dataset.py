"""A data set of simulated motion, made when it is read and never stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from lineament.datasets.dataset import Dataset
from lineament.datasets.simulate.motion import Layout, simulate_session, task_of
from lineament.datasets.simulate.people import simulate_person
from lineament.errors import LineamentError
from lineament.signals.sample import Sample


def simulated_motion(
    people: int | Iterable[int],
    sessions: int = 2,
    minutes: float = 5.0,
    *,
    seed: int = 0,
    task: str | None = None,
    layout: Layout = "continuous",
    fps: float | None = None,
    device: str | None = None,
    drift: float = 1.0,
) -> Dataset:
    """Return sessions of simulated people as a data set; each is simulated when it is loaded.

    Parameters
    ----------
    people : int or iterable of int
        How many, or which: person 7 of a seed is the same in every data set, so ``range(100, 120)`` are strangers to
        ``100``.
    sessions : int
        Of each person.
    minutes, task, layout, fps, device, drift
        As in `simulate_session`.
    seed : int
        The population's seed.

    Returns
    -------
    Dataset
        Named "simulated-motion-<seed>".

    Raises
    ------
    LineamentError
        When there are no people or sessions.

    Examples
    --------
    >>> data = simulated_motion(3, sessions=2, minutes=0.1, seed=5, fps=15)
    >>> print(data)
    simulated-motion-5: 6 samples of 3 subjects in 2 to 2 sessions each
    >>> data.load(1).subject, data.load(1).session, len(data.load(1))
    ('sim5-00000', 'S002', 90)
    """
    which = range(people) if isinstance(people, int) else list(people)
    if len(which) == 0 or sessions < 1:
        raise LineamentError(
            "simulated motion: at least one person and session", f"{len(which)} and {sessions}", "ask for more"
        )
    rows = []
    for index in which:
        person = simulate_person(seed, index)
        rows += [
            {
                "subject": person.name,
                "session": f"S{session:03d}",
                "task": task or task_of(person, session, layout),
                "simulated": True,
                "_person": index,
                "_session": session,
            }
            for session in range(1, sessions + 1)
        ]

    def load(row: Mapping[str, Any]) -> Sample:
        person = simulate_person(seed, int(row["_person"]))
        return simulate_session(
            person, int(row["_session"]), minutes, task=task, layout=layout, fps=fps, device=device, drift=drift
        )

    return Dataset(f"simulated-motion-{seed}", pd.DataFrame(rows), load, licence="Apache-2.0", citation="simulated")
