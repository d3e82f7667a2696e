"""The habits of simulated people: one row a trait, its spread between people and between sessions of one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LIMIT = 2.5
"""No trait lies further from its centre than so many standard deviations."""


@dataclass(frozen=True)
class Trait:
    """One habit and how it is distributed.

    Parameters
    ----------
    name : str
        Identifier.
    centre : float
        Mean; the median where `positive`.
    between : float
        Standard deviation between people (of the natural logarithm where `positive`).
    within : float
        Standard deviation between sessions of one person, likewise.
    unit : str
        Unit of `centre`.
    help : str
        What it is, and where the figures come from.
    positive : bool
        Log-normal rather than normal.
    vigour : float
        Correlation with the person's general vigour, which quick people share over all they do.
    """

    name: str
    centre: float
    between: float
    within: float
    unit: str
    help: str
    positive: bool = False
    vigour: float = 0.0

    def value(self, deviation: float) -> float:
        """Return the trait's value for a sum of deviations (see `Person`)."""
        return float(self.centre * np.exp(deviation)) if self.positive else self.centre + deviation


TRAITS: tuple[Trait, ...] = (
    # Moving: how fast, how smooth, how straight.
    Trait("tempo", 1.0, 0.20, 0.14, "", "speed of all movements (Flash and Hogan 1985: durations scale)", True, 0.7),
    Trait("reach_base", 0.28, 0.15, 0.11, "s", "shortest reach", True, -0.3),
    Trait("reach_speed", 75.0, 0.17, 0.14, "cm/s", "distance covered a further second of reach", True, 0.5),
    Trait("curvature", 0.06, 0.06, 0.043, "", "bow of a reach, part of its length, outwards"),
    Trait("overshoot", 0.05, 0.45, 0.26, "", "part of a reach by which it goes too far", True),
    Trait("scatter", 5.0, 0.25, 0.16, "cm", "spread of where a reach ends", True),
    Trait("dwell", 1.0, 0.20, 0.15, "", "time spent before and after each movement", True, -0.4),
    Trait("vertical_effort", 1.0, 0.12, 0.063, "", "height of lifts and gestures", True, 0.3),
    # Tremor and unrest.
    Trait("tremor", 0.025, 0.45, 0.27, "cm", "of the hand, 8 to 12 Hz (Elble and Koller 1990: physiological)", True),
    Trait("tremor_rate", 10.0, 0.10, 0.033, "Hz", "centre of the tremor's band", True),
    Trait("hand_unrest", 0.7, 0.30, 0.28, "cm", "wander of idle hands below 1.5 Hz", True, 0.6),
    Trait("wrist_unrest", 4.3, 0.32, 0.27, "deg", "wander of the wrist below 4 Hz", True, 0.7),
    Trait("wrist_play", 1.0, 0.25, 0.21, "", "how differently the controller is held from reach to reach", True, 0.4),
    Trait("head_unrest", 1.4, 0.24, 0.2, "deg", "wander of the head below 2 Hz", True, 0.5),
    Trait("head_tilting", 4.0, 0.28, 0.25, "deg", "sidewards tilt of the head from look to look", True, 0.3),
    Trait("sway", 0.8, 0.25, 0.21, "cm", "of the standing body, below 0.8 Hz (Winter 1995)", True),
    Trait("weight_shift", 2.0, 0.35, 0.26, "cm", "slow shifts from leg to leg, below 0.15 Hz", True),
    # Posture.
    Trait("neck_pitch", 2.0, 5.0, 2.6, "deg", "of the head when the gaze is level, down"),
    Trait("head_roll", 0.8, 1.6, 1.6, "deg", "of the head at rest"),
    Trait("slouch", 2.0, 1.5, 0.54, "cm", "lost height of a relaxed stance"),
    Trait("neck_forward", 10.0, 1.5, 0.64, "cm", "from the neck's pivot to the display, forward"),
    Trait("elbow", 56.0, 31.0, 27, "deg", "flexion of the dominant elbow at rest"),
    Trait("other_elbow", 48.0, 31.0, 30, "deg", "flexion of the other elbow at rest"),
    Trait("hand_out", 2.0, 3.5, 3.3, "cm", "rest of the hands, outwards from the shoulder"),
    Trait(
        "hand_forward",
        1.0,
        2.2,
        3.6,
        "cm",
        "rest of the hands, forward of the elbow's arc (the upper arm hangs back)",
    ),
    Trait("rest_spread", 15.0, 0.30, 0.21, "deg", "of the elbow from rest to rest", True),
    # Controllers.
    Trait("grip_pitch", -14.0, 13.0, 11.0, "deg", "of the controller against the forearm"),
    Trait("grip_yaw", -6.0, 7.0, 6.6, "deg", "likewise, inwards"),
    Trait("grip_roll", 12.0, 12.0, 11, "deg", "likewise, thumb up to palm down"),
    Trait("wrist_gain", 0.75, 0.13, 0.079, "", "part of the arm's direction that the controller follows"),
    # Looking.
    Trait("head_gain", 0.80, 0.08, 0.043, "", "part of a gaze shift done by the head (Freedman 2008)"),
    Trait("gaze_lead", 0.35, 0.30, 0.16, "s", "gaze before hand (Johansson et al. 2001)", True),
    Trait("torso_lag", 0.25, 0.35, 0.16, "s", "head before torso in turns (Land 2004)", True),
    Trait("head_speed", 90.0, 0.20, 0.14, "deg/s", "added speed of larger head turns", True, 0.5),
    Trait("glance_rate", 1.0, 0.30, 0.16, "", "of looking about, relative to the task's", True, 0.2),
    Trait("glance_size", 1.0, 0.20, 0.11, "", "of looking about, relative to the task's", True),
    Trait("roll_coupling", 0.08, 0.07, 0.033, "", "head roll for head turned against the torso"),
    Trait("turn_bias", 0.0, 0.35, 0.11, "", "preference for right over left turns"),
    # Using the body.
    Trait("two_handed", 0.35, 0.18, 0.085, "", "part of the acts in which the other hand helps"),
    Trait("mirror", 0.6, 0.20, 0.11, "", "how far the other hand goes along then"),
    Trait("bend", 0.45, 0.20, 0.085, "", "part of going down by bending rather than by the knees"),
    Trait("crouch", 1.0, 0.25, 0.16, "", "depth of going down, relative to the task's", True),
    Trait("lean", 0.30, 0.12, 0.063, "", "part of a far reach given by the trunk"),
    Trait("stand_off", 0.0, 0.06, 0.033, "", "distance kept from what is reached, parts of the arm"),
    # Walking (Winter 1991; Hirasaki et al. 1999 for the head).
    Trait("cadence", 1.75, 0.08, 0.043, "Hz", "steps a second at preferred speed", True, 0.3),
    Trait("walk_speed", 85.0, 0.16, 0.096, "cm/s", "mean over a short walk", True, 0.6),
    Trait("bob", 1.6, 0.25, 0.13, "cm", "vertical amplitude of the head in walking", True),
    Trait("gait_sway", 1.6, 0.28, 0.15, "cm", "lateral amplitude in walking", True),
    Trait("arm_swing", 5.0, 0.40, 0.23, "cm", "amplitude of the hands in walking", True, 0.3),
    Trait("gait_pitch", 0.9, 0.35, 0.21, "deg", "nodding of the head in walking", True),
)
