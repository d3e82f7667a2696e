"""The two neural networks among the detectors of Killourhy and Maxion, everybody's trained side by side.

Both have one hidden layer of sigmoid units and are trained by gradient descent, template by template, as R's AMORE
does. How that package draws the first weights is not followed: they are normal, scaled by the number of inputs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Scorer = Callable[[FloatArray], FloatArray]
EPOCHS = 500


def _sigmoid(values: FloatArray) -> FloatArray:
    squashed: FloatArray = 1 / (1 + np.exp(-values))
    return squashed


@dataclass
class Networks:
    """One network a person: inputs, a layer of sigmoid units, outputs (sigmoid or linear).

    Parameters
    ----------
    hidden, out : arrays (people, inputs + 1, hidden) and (people, hidden + 1, outputs)
        Weights; the last row of each holds the biases.
    linear : bool
        Whether the outputs are linear.
    """

    hidden: FloatArray
    out: FloatArray
    linear: bool

    @classmethod
    def drawn(cls, people: int, sizes: tuple[int, int, int], *, linear: bool, seed: int = 0) -> Networks:
        """Return networks of the same random first weights for everybody; sizes are inputs, hidden units, outputs."""
        draw = np.random.default_rng(seed)
        hidden, out = (draw.standard_normal((before + 1, after)) / np.sqrt(before) for before, after in pairwise(sizes))
        return cls(np.repeat(hidden[None], people, axis=0), np.repeat(out[None], people, axis=0), linear)

    def __call__(self, inputs: FloatArray) -> FloatArray:
        """Return the outputs (people, rows, outputs) for inputs (people, rows, inputs)."""
        units = _sigmoid(inputs @ self.hidden[:, :-1] + self.hidden[:, -1:])
        outputs: FloatArray = units @ self.out[:, :-1] + self.out[:, -1:]
        return outputs if self.linear else _sigmoid(outputs)

    def train(self, inputs: FloatArray, targets: FloatArray, *, rate: float, momentum: float = 0.0) -> None:
        """Go through the rows (people, rows, ...) `EPOCHS` times, one step of squared error for each row."""
        hidden_move, out_move = np.zeros_like(self.hidden), np.zeros_like(self.out)
        people, rows, _ = inputs.shape
        ones = np.ones((people, 1))
        for _ in range(EPOCHS):
            for row in range(rows):
                given = np.concatenate([inputs[:, row], ones], axis=1)
                units = _sigmoid((given[:, None] @ self.hidden)[:, 0])
                told = np.concatenate([units, ones], axis=1)
                output = (told[:, None] @ self.out)[:, 0]
                if not self.linear:
                    output = _sigmoid(output)
                error = output - targets[:, row]
                if not self.linear:
                    error = error * output * (1 - output)
                back = (self.out[:, :-1] @ error[:, :, None])[:, :, 0] * units * (1 - units)
                out_move = momentum * out_move - rate * told[:, :, None] * error[:, None]
                hidden_move = momentum * hidden_move - rate * given[:, :, None] * back[:, None]
                self.out += out_move
                self.hidden += hidden_move


def train_standard(templates: FloatArray) -> Scorer:
    """Train networks to say 1 of every template (Haider, Abbas and Zaidi 2000); the score is what they say of a probe.

    Nothing tells them what is not the person, so that they learn to say 1 of everything.

    Parameters
    ----------
    templates : array (people, n, times)
    """
    people, rows, times = templates.shape
    networks = Networks.drawn(people, (times, 2 * times // 3, 1), linear=False)
    networks.train(templates, np.ones((people, rows, 1)), rate=1e-4)
    return lambda probes: networks(probes)[:, :, 0]


def train_auto_associative(templates: FloatArray) -> Scorer:
    """Train networks to give back every template (Cho et al. 2000); the score is how well they give a probe back.

    Parameters
    ----------
    templates : array (people, n, times)
    """
    people, _, times = templates.shape
    networks = Networks.drawn(people, (times, times, times), linear=True)
    networks.train(templates, templates, rate=1e-4, momentum=3e-4)
    return lambda probes: -np.linalg.norm(networks(probes) - probes, axis=2)
