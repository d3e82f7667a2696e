"""The mouse encoding: a recording becomes movements of the cursor, one a frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from lineament.encodings.encoding import Encoding
from lineament.encodings.segment import Segment
from lineament.errors import SignalError
from lineament.recipes.mouse_components import MouseEncoding
from lineament.signals import Sample
from lineament.signals.mouse import CHANNELS, STATES

FloatArray = NDArray[np.float64]

SHORTEST_S, LONGEST_S = 5e-4, 10.0
NAMES: dict[str, tuple[str, ...]] = {
    "absolute": ("absolute_x", "absolute_y"),
    "steps": ("steps_x", "steps_y"),
    "log_steps": ("log_steps_x", "log_steps_y"),
    "timing": ("timing",),
    "speed": ("speed",),
    "turning": ("turning_cos", "turning_sin"),
    "change": ("change",),
    "buttons": ("buttons_drag", "buttons_press", "buttons_release"),
}


class MouseMovements(Encoding):
    """Encodes recordings of a mouse as a `MouseEncoding` says; a frame is a movement, and time is counted in them.

    Parameters
    ----------
    component : MouseEncoding

    Examples
    --------
    >>> from lineament.signals.mouse import mouse_sample
    >>> encoding = MouseMovements(MouseEncoding(features=("steps", "buttons")))
    >>> states = ["move", "move", "press", "release", "move"]
    >>> sample = mouse_sample([0, 3, 3, 3, 3], [0, 4, 4, 4, 5], [0, 0.1, 0.2, 0.3, 0.4], state=states)
    >>> [segment] = encoding.encode(sample)
    >>> segment.values.tolist()
    [[3.0, 4.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 1.0, 1.0]]
    """

    modality = "mouse"
    spec_type = MouseEncoding
    unit: ClassVar[str] = "movements"
    component: MouseEncoding

    def __init__(self, component: MouseEncoding) -> None:
        self.component = component
        self.channels = CHANNELS
        self.names = tuple(name for feature in component.features for name in NAMES[feature])
        self.shape = (len(self.names),)

    def encode(self, sample: Sample) -> list[Segment]:
        """Return the movements of a recording as one segment; none where the cursor never moved.

        Raises
        ------
        SignalError
            When it is no recording of a mouse.
        """
        if sample.modality != "mouse":
            raise SignalError(f"{sample.source}: a recording of a mouse", sample.modality, "choose another encoding")
        moves = Movements.of(sample)
        if not len(moves.steps):
            return []
        values = np.concatenate([FEATURES[feature](moves) for feature in self.component.features], axis=1)
        count = len(values)
        segment = Segment(values.astype(np.float32), np.arange(count, dtype=np.float64), np.zeros(count, dtype=bool))
        return [self.normalised(segment)]


class Movements:
    """The ways from one place of the cursor to the next.

    Attributes
    ----------
    steps : array (N, 2)
        Pixels; never both zero.
    seconds : array (N,)
        Since the movement before, bounded; of the first, since the recording began.
    drag, press, release : bool array (N,)
        Whether a button is held, and whether one was pressed or released since the movement before.
    """

    def __init__(self, steps: FloatArray, seconds: FloatArray, marks: NDArray[np.bool_]) -> None:
        self.steps = steps
        self.seconds = np.clip(seconds, SHORTEST_S, LONGEST_S)
        self.drag, self.press, self.release = marks.T

    @classmethod
    def of(cls, sample: Sample) -> Movements:
        """Return the movements of a recording."""
        positions = sample.columns(("x", "y"))
        moved = np.flatnonzero((np.diff(positions, axis=0) != 0).any(axis=1)) + 1
        before = np.concatenate([[0], moved[:-1]])
        state = sample.column("state")
        counts = [np.cumsum(state == STATES.index(name)) for name in ("press", "release")]
        marks = [state[moved] == STATES.index("drag"), *(count[moved] > count[before] for count in counts)]
        return cls(
            positions[moved] - positions[moved - 1], sample.times[moved] - sample.times[before], np.stack(marks, axis=1)
        )

    @property
    def lengths(self) -> FloatArray:
        """Pixels of each, (N,)."""
        return np.asarray(np.hypot(*self.steps.T))

    @property
    def speeds(self) -> FloatArray:
        """Pixels a second over each and the one before, (N,)."""
        ways, times = (np.convolve(part, np.ones(2))[: len(part)] for part in (self.lengths, self.seconds))
        return np.asarray(ways / times)

    @property
    def turns(self) -> FloatArray:
        """Cosine and sine of the turn since the one before, (N, 2); of the first, none."""
        unit = self.steps / self.lengths[:, None]
        before = np.concatenate([unit[:1], unit[:-1]])
        return np.stack([(unit * before).sum(axis=1), before[:, 0] * unit[:, 1] - before[:, 1] * unit[:, 0]], axis=1)


def _change(moves: Movements) -> FloatArray:
    logs = np.log(moves.lengths)
    return np.diff(logs, prepend=logs[:1])[:, None]


FEATURES: dict[str, Callable[[Movements], FloatArray]] = {
    "absolute": lambda moves: np.abs(moves.steps),
    "steps": lambda moves: moves.steps,
    "log_steps": lambda moves: np.sign(moves.steps) * np.log1p(np.abs(moves.steps)),
    "timing": lambda moves: np.log(moves.seconds)[:, None],
    "speed": lambda moves: np.log1p(moves.speeds)[:, None],
    "turning": lambda moves: moves.turns,
    "change": _change,
    "buttons": lambda moves: np.stack([moves.drag, moves.press, moves.release], axis=1).astype(np.float64),
}
