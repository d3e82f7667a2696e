"""The one family of errors that lineament raises for bad input."""

from __future__ import annotations


class LineamentError(Exception):
    """Base of every error that a caller may want to show to a person.

    The message is one uniform sentence: what was expected, what came, and what to do about it.

    Parameters
    ----------
    expected : str
        What was expected, beginning with the place where it was expected ("column head_pos_x: finite numbers").
    came : str
        What came instead.
    remedy : str
        What to do, in the imperative.

    Examples
    --------
    >>> print(LineamentError("walk.csv: a motion recording", "an empty file", "record it again"))
    walk.csv: a motion recording was expected, but an empty file came; record it again.
    """

    def __init__(self, expected: str, came: str, remedy: str) -> None:
        self.expected, self.came, self.remedy = expected, came, remedy
        super().__init__(f"{expected} was expected, but {came} came; {remedy}.")


class SignalError(LineamentError):
    """A recording or image cannot be what it says it is."""


class AcquisitionError(SignalError):
    """A sample is sound, but what is compared cannot be found in it: a failure to enrol, or to acquire a probe."""


class RecipeError(LineamentError):
    """A recipe or a component's parameters are wrong."""


class EncoderError(LineamentError):
    """An encoder's folder is missing, damaged, or does not fit what it is asked for."""


class GalleryError(LineamentError):
    """A gallery cannot be opened, does not fit the encoder, or lacks a subject."""


class ScoreError(LineamentError):
    """A score file or a table of comparison scores cannot be what it says it is."""


class ProtocolError(LineamentError):
    """A split leaks, or asks for people or sessions that are not there."""


class MissingExtraError(LineamentError):
    """A part of lineament needs packages that are not installed."""
