"""How much of each person is enrolled: random stretches of the first session, or whole sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lineament.errors import ProtocolError

PAPER_MINUTES = (1, 5, 10, 15, 20, 25, 30, 35)
"""Rows of paper 002's Figure 4, below "all"."""
PAPER_USE_MINUTES = (1, 5, 10, 15, 20, 25, 30)
SHORT_SECONDS = (20, 30, 60, 120, 180, 300, 600)
"""Rows and columns where recordings are too short for the paper's minutes."""


@dataclass(frozen=True)
class Amount:
    """An amount of enrolment: seconds within the first session, or a number of whole sessions.

    Examples
    --------
    >>> Amount(seconds=60).label, Amount(seconds=20).label, Amount(sessions=1).label, Amount(sessions=3).label
    ('1 min', '20 s', 'all', '3 sessions')
    """

    seconds: float | None = None
    sessions: int = 1

    @property
    def label(self) -> str:
        """What stands beside a row."""
        if self.seconds is not None:
            return span_label(self.seconds)
        return "all" if self.sessions == 1 else f"{self.sessions} sessions"

    @property
    def order(self) -> tuple[int, float]:
        """What rows are sorted by: less first."""
        return (self.sessions, np.inf if self.seconds is None else self.seconds)


@dataclass(frozen=True)
class Recording:
    """Where a person's signal lies: a session, and the seconds of signal in it."""

    subject: str
    session: str
    start: float
    stop: float

    @property
    def seconds(self) -> float:
        """Length."""
        return self.stop - self.start


def span_label(seconds: float | None, unit: str = "s") -> str:
    """Return a span in words; ``unit`` is what it is counted in, where not in seconds (an encoding's).

    Examples
    --------
    >>> [span_label(s) for s in (20, 90, 300, None)]
    ['20 s', '90 s', '5 min', 'session']
    >>> span_label(128, "movements")
    '128 movements'
    """
    if seconds is None:
        return "session"
    if unit != "s":
        return f"{seconds:g} {unit}"
    return f"{seconds / 60:g} min" if seconds >= 60 and seconds % 60 == 0 else f"{seconds:g} s"


def amounts_for(enrolment: Mapping[str, Sequence[Recording]], *, window_s: float) -> list[Amount]:
    """Return the amounts of enrolment that this data can give everybody, the least first.

    The paper's minutes where everybody's first session is as long as its longest row, else a ladder of seconds; always
    the whole first session, and further whole sessions where there are more.

    Parameters
    ----------
    enrolment : mapping
        From subject to the recordings that may be enrolled, in order of time.
    window_s : float
        Seconds of signal in one window.
    """
    shortest = min(recordings[0].seconds for recordings in enrolment.values())
    # A classifier needs a few windows of each person, so the least is half as long again as one.
    ladder = _ladder(PAPER_MINUTES, shortest, 1.5 * window_s)
    sessions = min(len(recordings) for recordings in enrolment.values())
    return [Amount(seconds=s) for s in ladder] + [Amount(sessions=n) for n in range(1, sessions + 1)]


def use_times_for(probes: Sequence[Recording], *, window_s: float) -> list[float]:
    """Return the seconds of use-time that every probe recording can give, the least first."""
    return _ladder(PAPER_USE_MINUTES, min(probe.seconds for probe in probes), window_s)


def draw_cuts(
    amount: Amount, enrolment: Mapping[str, Sequence[Recording]], *, seed: int
) -> dict[str, tuple[Recording, ...]]:
    """Return the stretch of each person that is enrolled; a random start for each (paper 002 §6.1).

    Examples
    --------
    >>> cuts = draw_cuts(Amount(seconds=60), {"a": [Recording("a", "1", 0.0, 600.0)]}, seed=0)
    >>> round(cuts["a"][0].seconds, 6), 0 <= cuts["a"][0].start <= 540
    (60.0, True)

    Raises
    ------
    ProtocolError
        When somebody has not that much.
    """
    rng = np.random.default_rng(seed)
    cuts = {}
    for subject in sorted(enrolment):
        recordings = enrolment[subject]
        if amount.seconds is None:
            _enough(subject, len(recordings), amount.sessions, "sessions")
            cuts[subject] = tuple(recordings[: amount.sessions])
            continue
        first = recordings[0]
        _enough(subject, first.seconds, amount.seconds, "seconds")
        start = first.start + rng.random() * (first.seconds - amount.seconds)
        cuts[subject] = (Recording(subject, first.session, start, start + amount.seconds),)
    return cuts


def _enough(subject: str, has: float, wanted: float, unit: str) -> None:
    """Refuse an amount that somebody cannot give."""
    if has < wanted:
        raise ProtocolError(
            f"enrolment of {subject}: {wanted:g} {unit}", f"a person with {has:g}", "ask for less enrolment"
        )


def _ladder(minutes: Sequence[int], shortest: float, least: float) -> list[float]:
    """Return the paper's minutes as seconds, or the short ladder, cut to what is long enough and is there."""
    seconds = [60.0 * m for m in minutes]
    steps = seconds if shortest >= seconds[4] else [float(s) for s in SHORT_SECONDS]
    return [s for s in steps if least <= s <= shortest]
