"""Calibration: the comparison score from which a probe counts as somebody we know."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from lineament.decisions.calibration_threshold import Threshold
from lineament.decisions.match_rules import build_match_rule
from lineament.errors import EncoderError, LineamentError
from lineament.files import read_json, write_json
from lineament.registry import nearest

FORMAT_VERSION = 2
READABLE = (1, 2)


@dataclass(frozen=True)
class Calibration:
    """A threshold and the context in which it was fixed.

    It holds for one encoder, match rule, gallery size, amount of enrolment and use-time; `doubts` says where a decision
    is asked for outside them.

    Parameters
    ----------
    fixed : float
        A probe is accepted when its comparison score is at least this, whatever the gallery's size.
    match_rule : mapping
        The spec of the rule that chose the candidates.
    target_fpir : float
        The rate of strangers accepted that was asked for.
    gallery_size : int
        Subjects in the gallery of the validation people.
    enrolment : str
        How much each of them gave, in words.
    use_time_s : float
        Length of the probes, in seconds.
    mated, non_mated : int
        Probes of enrolled people, and of strangers, that it was fixed on.
    fpir, fnir : float
        What the threshold gives on these very probes.
    fpir_upper : float
        95 % upper bound (Clopper and Pearson 1934) of the rate at which strangers are accepted, probes taken as
        independent. With few strangers it lies far above the target.
    encoder : str
        The id of the encoder, where known.

    Raises
    ------
    EncoderError
        When a number cannot be what it says it is.
    """

    fixed: float
    match_rule: Mapping[str, Any] = field(default_factory=lambda: {"name": "knn_vote", "k": 50, "soft": True})
    target_fpir: float = 0.05
    gallery_size: int = 0
    enrolment: str = ""
    use_time_s: float = 0.0
    mated: int = 0
    non_mated: int = 0
    fpir: float | None = None
    fpir_upper: float | None = None
    fnir: float | None = None
    encoder: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if not _is_number(self.fixed):
            raise EncoderError("calibration: a finite threshold", repr(self.fixed), "calibrate again")
        if not (_is_number(self.target_fpir) and 0 < self.target_fpir < 1):
            raise EncoderError(
                "calibration: a target FPIR between 0 and 1", repr(self.target_fpir), "ask e.g. for 0.05"
            )
        for key in ("gallery_size", "use_time_s", "mated", "non_mated"):
            if not (_is_number(getattr(self, key)) and getattr(self, key) >= 0):
                raise EncoderError(f"calibration: {key} of zero or more", repr(getattr(self, key)), "calibrate again")
        build_match_rule(self.match_rule)

    @classmethod
    def fit(cls, mated: ArrayLike, non_mated: ArrayLike, target_fpir: float, **context: Any) -> Self:
        """Return the lowest threshold at which at most `target_fpir` of the strangers are accepted.

        Parameters
        ----------
        mated : float array (probes,)
            Comparison scores of the candidates chosen for enrolled validation people (`Decision.score`).
        non_mated : float array (probes,)
            The same for strangers among the validation people.
        target_fpir : float
        **context
            `match_rule`, `gallery_size`, `enrolment`, `use_time_s`, `encoder`.

        Raises
        ------
        EncoderError
            When there is no stranger, a score is not finite, or the target is not between 0 and 1.

        Examples
        --------
        >>> calibration = Calibration.fit([0.9, 0.8, 0.2], [0.1, 0.3, 0.5, 0.4], target_fpir=0.25)
        >>> calibration.fixed > 0.4, calibration.fpir, round(calibration.fnir, 2), round(calibration.fpir_upper, 2)
        (True, 0.25, 0.33, 0.75)
        """
        known, strangers = _finite(mated, "mated"), _finite(non_mated, "non-mated")
        if not len(strangers):
            raise EncoderError(
                "calibration: scores of strangers", "none", "keep some validation people out of the gallery"
            )
        if not 0 < target_fpir < 1:
            raise EncoderError("calibration: a target FPIR between 0 and 1", repr(target_fpir), "ask e.g. for 0.05")
        allowed = int(np.floor(target_fpir * len(strangers) + 1e-9))
        first_refused = float(np.sort(strangers)[::-1][allowed])
        threshold = float(np.nextafter(first_refused, np.inf))
        accepted = int((strangers >= threshold).sum())
        return cls(
            fixed=threshold,
            target_fpir=target_fpir,
            mated=len(known),
            non_mated=len(strangers),
            fpir=accepted / len(strangers),
            fpir_upper=_upper(accepted, len(strangers)),
            fnir=float((known < threshold).mean()) if len(known) else None,
            **context,
        )

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits that tell this calibration from any other."""
        content = json.dumps(self._content(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    def threshold(self, *, gallery_size: int | None = None) -> Threshold:
        """Return the threshold for a gallery of so many subjects.

        Parameters
        ----------
        gallery_size : int, optional
            Subjects who are enrolled; those of the calibration where nothing is said.

        Examples
        --------
        >>> Calibration(fixed=0.5, gallery_size=10).threshold(gallery_size=3).value
        0.5
        """
        size = self.gallery_size if gallery_size is None else gallery_size
        return Threshold(self.fixed, "fixed", self.target_fpir, size, calibration=self.id)

    def doubts(self, gallery_size: int, use_time_s: float | None = None, match_rule: Any = None) -> tuple[str, ...]:
        """Return sentences on how a decision lies outside the calibration's context; none where it lies inside.

        Parameters
        ----------
        gallery_size : int
            Subjects who are enrolled.
        use_time_s : float, optional
            Length of the probe, in seconds.
        match_rule : spec, optional
            The rule that chooses the candidate.
        """
        said = []
        if self.gallery_size and gallery_size > self.gallery_size:
            rate = 1 - (1 - self.target_fpir) ** (gallery_size / self.gallery_size)
            said.append(
                f"the threshold was fixed with {self.gallery_size} enrolled and {gallery_size} are: "
                f"of strangers, up to {rate:.0%} rather than {self.target_fpir:.0%} may be accepted"
            )
        if use_time_s is not None and use_time_s < 0.9 * self.use_time_s:
            said.append(
                f"the threshold was fixed on probes of {self.use_time_s:.0f} s and this one has {use_time_s:.0f} s: "
                "both kinds of error are likelier"
            )
        if match_rule is not None and build_match_rule(match_rule).spec != build_match_rule(self.match_rule).spec:
            said.append("the threshold was fixed with another match rule")
        return tuple(said)

    def to_json(self) -> dict[str, Any]:
        """Return the calibration as JSON."""
        return {"format_version": FORMAT_VERSION, "id": self.id, **self._content()}

    def _content(self) -> dict[str, Any]:
        return {**asdict(self), "match_rule": dict(self.match_rule)}

    @classmethod
    def from_json(cls, content: Any, where: str = "calibration") -> Self:
        """Return a calibration from JSON.

        Raises
        ------
        EncoderError
            When it is of another format version, a key is missing or unknown, or a value is wrong.
        """
        if not isinstance(content, dict) or content.get("format_version") not in READABLE:
            came = f"version {content.get('format_version')}" if isinstance(content, dict) else type(content).__name__
            raise EncoderError(
                f"{where}: format version {FORMAT_VERSION}", came, "calibrate again, or upgrade lineament"
            )
        known = [entry.name for entry in fields(cls)]
        values = {key: value for key, value in content.items() if key not in {"format_version", "id"}}
        if content["format_version"] == 1 and "threshold" in values:
            values["fixed"] = values.pop("threshold")
        for key in values:
            if key not in known:
                raise EncoderError(f"{where}: a known key", repr(key), nearest(key, known))
        if "fixed" not in values:
            raise EncoderError(f"{where}: the key 'fixed'", "none", "calibrate again")
        try:
            return cls(**values)
        except LineamentError as error:
            raise EncoderError(f"{where}: {error.expected}", error.came, error.remedy) from error
        except TypeError as error:
            raise EncoderError(f"{where}: a calibration", f"'{error}'", "calibrate again") from error

    def save(self, path: str | Path) -> None:
        """Write the calibration as a JSON file."""
        write_json(path, self.to_json())

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a calibration's JSON file.

        Raises
        ------
        EncoderError
            When the file is missing, damaged, or wrong.
        """
        try:
            content = read_json(path, "a calibration")
        except LineamentError as error:
            raise EncoderError(error.expected, error.came, error.remedy) from error
        return cls.from_json(content, str(path))


def _is_number(value: object) -> bool:
    """Whether a value read from JSON is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and bool(np.isfinite(value))


def _finite(scores: ArrayLike, what: str) -> NDArray[np.float64]:
    array = np.asarray(scores, dtype=np.float64).ravel()
    if not np.isfinite(array).all():
        raise EncoderError(f"calibration: finite {what} scores", "NaN or infinity", "check the embeddings")
    return array


def _upper(accepted: int, probes: int) -> float:
    """Return the one-sided 95 % upper bound of a binomial rate."""
    return 1.0 if accepted == probes else float(stats.beta.ppf(0.95, accepted + 1, probes - accepted))
