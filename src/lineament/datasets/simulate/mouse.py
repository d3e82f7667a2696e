"""Simulated people at a mouse: targets on a screen, reached by sub-movements, clicked, double-clicked and dragged.

A reach is a fast first movement that falls short or goes too far, and corrections of what is left (Meyer et al. 1988),
each a minimum-jerk profile (Flash and Hogan 1985) whose peak comes early, in a time by Fitts' law; the hand's path
bows, trembles, and is sampled by a device that reports at its own rate and in whole pixels. Each person draws every
habit once and strays from it a little from session to session; device and screen stay.

Spreads are rough figures, set so that the simplest recogniser tells simulated people apart about as well as the real
ones of SapiMouse (docs/results/mouse-sapimouse.md). No recording of a real person goes into it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lineament.datasets.dataset import Dataset
from lineament.datasets.simulate.traits import LIMIT, Trait
from lineament.signals import Sample
from lineament.signals.mouse import BUTTONS, STATES, mouse_sample

FloatArray = NDArray[np.float64]
MINUTES = (3.0, 1.0)
SCREENS = ((1366, 768), (1536, 864), (1920, 1080), (1440, 900), (1280, 720))
RATES_HZ = ((60.0, 0.62), (125.0, 0.14), (64.0, 0.1), (30.0, 0.06), (144.0, 0.08))
"""What devices and browsers report, and the share of people with each."""
MARGIN_PX = 90

TRAITS: tuple[Trait, ...] = (
    Trait("fitts_base", 0.09, 0.20, 0.10, "s", "shortest time of a first movement", True),
    Trait("fitts_slope", 0.06, 0.22, 0.10, "s/bit", "further time a bit of difficulty (Fitts 1954)", True),
    Trait("time_spread", 0.22, 0.25, 0.15, "", "of times from reach to reach, in logarithms", True),
    Trait("peak", 0.36, 0.05, 0.02, "", "when a movement is fastest, part of its time"),
    Trait("gain", 0.93, 0.05, 0.025, "", "part of the way that the first movement covers"),
    Trait("scatter", 0.10, 0.35, 0.15, "", "spread of where it ends, part of the way", True),
    Trait("correction_wait", 0.09, 0.40, 0.15, "s", "from the end of a movement to its correction", True),
    Trait("correction_slope", 0.12, 0.30, 0.12, "s/bit", "of corrections, which are slower", True),
    Trait("tolerance", 0.5, 0.25, 0.12, "", "part of a target's size that is near enough", True),
    Trait("bow", 0.02, 0.035, 0.015, "", "of the path, part of its length, to the right of it"),
    Trait("bow_turn", 0.05, 0.35, 0.10, "", "how far the bow depends on the direction, part of the length", True),
    Trait("bow_phase", 0.0, 1.6, 0.15, "rad", "direction in which that is greatest"),
    Trait("anisotropy", 0.14, 0.40, 0.15, "", "how far times depend on the direction", True),
    Trait("anisotropy_phase", 0.6, 1.0, 0.15, "rad", "direction of the slowest movements"),
    Trait("wiggle", 0.011, 0.40, 0.15, "", "of the path, part of its length", True),
    Trait("tremor", 0.45, 0.45, 0.20, "px", "of the hand", True),
    Trait("tremor_rate", 8.5, 0.12, 0.05, "Hz", "(Elble and Koller 1990)", True),
    Trait("settle", 0.07, 0.45, 0.15, "s", "from reaching a target to the press", True),
    Trait("hold", 0.095, 0.28, 0.10, "s", "from press to release", True),
    Trait("double_gap", 0.13, 0.28, 0.10, "s", "between the clicks of a double click", True),
    Trait("react", 0.12, 0.35, 0.15, "s", "from one task to the next", True),
    Trait("drag_slowness", 1.35, 0.18, 0.08, "", "times of drags over times of moves", True),
    Trait("press_slip", 0.35, 0.50, 0.20, "px", "by which a press moves the cursor", True),
    Trait("drift", 0.3, 0.60, 0.25, "", "idle wanderings a task", True),
    Trait("unevenness", 0.13, 0.30, 0.12, "", "of the speed from report to report, in logarithms", True),
    Trait("pace", 1.0, 0.12, 0.08, "", "of everything", True),
)


@dataclass(frozen=True)
class MouseUser:
    """A person who does not exist.

    Parameters
    ----------
    number, seed : int
        Which person, of which population.
    traits : mapping
        Deviations of each trait from its centre (`Trait.value`).
    screen : tuple of int
        Width and height, pixels.
    rate_hz : float
        Reports a second of the device.
    jitter_s : float
        Standard deviation of when a report comes.
    """

    number: int
    seed: int
    traits: Mapping[str, float] = field(repr=False)
    screen: tuple[int, int] = SCREENS[0]
    rate_hz: float = 60.0
    jitter_s: float = 0.001

    @classmethod
    def of(cls, number: int, seed: int = 0) -> MouseUser:
        """Draw the person of a number."""
        rng = np.random.default_rng([seed, number, 77])
        draws = np.clip(rng.standard_normal(len(TRAITS)), -LIMIT, LIMIT)
        rates, shares = np.array(RATES_HZ).T
        return cls(
            number,
            seed,
            {trait.name: trait.between * draw for trait, draw in zip(TRAITS, draws, strict=True)},
            SCREENS[rng.integers(len(SCREENS))],
            float(rng.choice(rates, p=shares)),
            float(np.exp(rng.normal(np.log(0.0012), 0.5))),
        )

    def habits(self, session: int) -> dict[str, float]:
        """Return the value of every trait in a session."""
        rng = np.random.default_rng([self.seed, self.number, 78, session])
        strays = np.clip(rng.standard_normal(len(TRAITS)), -LIMIT, LIMIT)
        return {
            trait.name: trait.value(self.traits[trait.name] + trait.within * stray)
            for trait, stray in zip(TRAITS, strays, strict=True)
        }


def simulated_mouse(
    people: int | Iterable[int], *, sessions: int = 2, minutes: Sequence[float] = MINUTES, seed: int = 0
) -> Dataset:
    """Return simulated people at their mice, made when they are asked for.

    Parameters
    ----------
    people : int or iterable of int
        How many, or their numbers; a number and a seed are a person.
    sessions : int
    minutes : sequence of float
        Of each session; the last holds for all that follow.
    seed : int
        Of the population.

    Examples
    --------
    >>> data = simulated_mouse(range(2), minutes=(0.2, 0.1))
    >>> print(data)
    simulated-mouse-0: 4 samples of 2 subjects in 2 to 2 sessions each
    >>> data.load(0).modality, data.load(1).duration < 6.1
    ('mouse', True)
    """
    rows = [
        {"subject": f"m{number:05d}", "session": str(session + 1), "number": number, "simulated": True}
        for number in (range(people) if isinstance(people, int) else people)
        for session in range(sessions)
    ]

    def load(row: Mapping[str, Any]) -> Sample:
        session = int(row["session"]) - 1
        length = minutes[min(session, len(minutes) - 1)]
        sample = simulate_recording(MouseUser.of(int(row["number"]), seed), session, 60.0 * length)
        return sample.replace(subject=str(row["subject"]), session=str(row["session"]))

    return Dataset(f"simulated-mouse-{seed}", pd.DataFrame(rows), load, licence="Apache-2.0", citation="simulated")


def simulate_recording(user: MouseUser, session: int, seconds: float) -> Sample:
    """Return what a person's mouse reports in a session of that many seconds."""
    rng = np.random.default_rng([user.seed, user.number, 79, session])
    hand = _Hand(user, user.habits(session), rng)
    while hand.time < seconds:
        hand.task()
    events = np.concatenate(hand.events)
    events = events[events[:, 0] <= seconds]
    # A cursor that rests reports nothing; presses and releases are always reported.
    moved = (np.diff(events[:, 1:3], axis=0, prepend=np.nan) != 0).any(axis=1)
    events = events[moved | (events[:, 4] >= STATES.index("press"))]
    times = np.maximum.accumulate(np.round(events[:, 0], 3))
    return mouse_sample(
        events[:, 1], events[:, 2], times, button=events[:, 3], state=events[:, 4],
        attributes={"screen": f"{user.screen[0]}x{user.screen[1]}", "rate_hz": user.rate_hz},
        source=f"simulated mouse user {user.number}",
    )  # fmt: skip


class _Hand:
    """A hand at work: where it is, what time it is, and what was reported so far."""

    def __init__(self, user: MouseUser, habits: Mapping[str, float], rng: np.random.Generator) -> None:
        self.user, self.habits, self.rng = user, habits, rng
        self.time = 0.0
        self.place = np.array(user.screen) * rng.uniform(0.3, 0.7, 2)
        self.events: list[FloatArray] = []

    def task(self) -> None:
        """Do one task: click, click twice, click right, or drag."""
        kind = self.rng.choice(4, p=(0.45, 0.2, 0.15, 0.2))
        self.wait("react")
        if self.rng.random() < 1 - np.exp(-0.3 * self.habits["drift"]):
            self.reach(self.place + self.rng.normal(0, 60, 2), size=60.0)
            self.wait("react", 0.5)
        self.reach(self.target(), size=float(self.rng.choice((24.0, 40.0, 60.0))))
        self.wait("settle")
        button = "right" if kind == 2 else "left"
        if kind == 3:
            self.press(button)
            self.reach(self.target(), size=50.0, dragging=True)
            self.wait("settle", 0.7)
            self.report("release", button)
            return
        self.click(button)
        if kind == 1:
            self.wait("double_gap")
            self.click(button)

    def target(self) -> FloatArray:
        """Return a place on the screen, some way off."""
        screen = np.array(self.user.screen, dtype=np.float64)
        while True:
            place = self.rng.uniform(MARGIN_PX, screen - MARGIN_PX)
            if np.hypot(*(place - self.place)) > 80:
                return np.asarray(place)

    def wait(self, habit: str, part: float = 1.0) -> None:
        """Let time pass."""
        self.time += part * self.habits[habit] * np.exp(0.3 * self.rng.standard_normal()) / self.habits["pace"]

    def click(self, button: str) -> None:
        self.press(button)
        self.wait("hold")
        self.report("release", button)

    def press(self, button: str) -> None:
        self.place = self.place + self.rng.normal(0, self.habits["press_slip"], 2)
        self.report("press", button)

    def report(self, state: str, button: str) -> None:
        """Report the button."""
        place = np.round(self.place)
        self.events.append(np.array([[self.time, *place, BUTTONS.index(button), STATES.index(state)]]))

    def reach(self, target: FloatArray, *, size: float, dragging: bool = False) -> None:
        """Go to a target by a first movement and its corrections."""
        habits, slope = self.habits, "fitts_slope"
        gain, base = habits["gain"], habits["fitts_base"]
        for attempt in range(5):
            way = target - self.place
            distance = float(np.hypot(*way))
            if distance < max(habits["tolerance"] * size / 2, 1.5):
                return
            if attempt:
                self.wait("correction_wait")
            ends = self.place + way * (gain + habits["scatter"] * self.rng.standard_normal())
            ends = ends + 0.5 * habits["scatter"] * distance * self.rng.standard_normal(2)
            bits = np.log2(distance / size + 1)
            seconds = (base + habits[slope] * bits) * np.exp(habits["time_spread"] * self.rng.standard_normal())
            seconds *= 1 + habits["anisotropy"] * np.cos(2 * (np.arctan2(way[1], way[0]) - habits["anisotropy_phase"]))
            seconds *= (habits["drag_slowness"] if dragging else 1.0) / habits["pace"]
            self.move(ends, max(seconds, 0.05), dragging)
            slope, gain, base = "correction_slope", 1.0, 0.7 * habits["fitts_base"]

    def move(self, ends: FloatArray, seconds: float, dragging: bool) -> None:
        """Make one movement and report it at the device's rate."""
        habits, rng = self.habits, self.rng
        # The device's clock ticks on, whatever the hand does.
        first = np.ceil(self.time * self.user.rate_hz)
        clock = np.arange(first, np.ceil((self.time + seconds) * self.user.rate_hz)) / self.user.rate_hz
        share = np.append((clock - self.time) / seconds, 1.0)
        share = np.clip(share, 0, 1) ** (np.log(0.5) / np.log(np.clip(habits["peak"], 0.2, 0.6)))
        done = share**3 * (10 - 15 * share + 6 * share**2)
        uneven = np.exp(habits["unevenness"] * rng.standard_normal(len(done)))
        done = np.cumsum(np.diff(done, prepend=0.0) * uneven)
        done = done / max(done[-1], 1e-9)
        way = ends - self.place
        length, angle = float(np.hypot(*way)), float(np.arctan2(way[1], way[0]))
        bow = habits["bow"] + habits["bow_turn"] * np.cos(angle - habits["bow_phase"]) + 0.02 * rng.standard_normal()
        side = 4 * bow * done * (1 - done)
        waves = rng.standard_normal(3) * habits["wiggle"] / np.arange(1, 4)
        side = side + (np.sin(np.pi * np.outer(done, np.arange(2, 5))) * waves).sum(axis=1)
        across = np.array([-way[1], way[0]]) / max(length, 1e-9)
        path = self.place + done[:, None] * way + (side * length)[:, None] * across
        phase = 2 * np.pi * (habits["tremor_rate"] * np.append(clock, self.time + seconds)[:, None] + rng.random(2))
        path = path + habits["tremor"] * np.sin(phase)
        self.place, self.time = path[-1], self.time + seconds
        if len(clock):
            late = np.abs(rng.normal(0, self.user.jitter_s, len(clock)))
            state, button = ("drag", "left") if dragging else ("move", "none")
            codes = np.full((len(clock), 2), [BUTTONS.index(button), STATES.index(state)])
            places = np.clip(np.round(path[:-1]), 0, np.array(self.user.screen) - 1)
            self.events.append(np.concatenate([(clock + late)[:, None], places, codes], axis=1))
