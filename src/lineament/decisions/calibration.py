"""Calibration: from which comparison score on a probe counts as somebody we know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lineament.decisions.calibration_best import BestScores, larger_gallery
from lineament.decisions.calibration_file import calibration_id, calibration_json, calibration_values, read_calibration
from lineament.decisions.calibration_llr import LikelihoodRatio
from lineament.decisions.calibration_strangers import FEWEST_PEOPLE, StrangerModel
from lineament.decisions.calibration_tail import Scale
from lineament.decisions.calibration_threshold import Criterion, Threshold
from lineament.decisions.match_rules import build_match_rule
from lineament.errors import EncoderError
from lineament.files import write_json

QUANTILES = np.linspace(0, 1, 101)


@dataclass(frozen=True, eq=False)
class Calibration:
    """What is known of an encoder's comparison scores, and the context in which it was found.

    It holds for one encoder, match rule, amount of enrolment and use-time; `doubts` says where a decision is asked for
    outside them. With a model of strangers' scores it gives thresholds for galleries of any size; with the best of them
    alone, for galleries no larger than its own; with neither, one fixed threshold.

    Parameters
    ----------
    fixed : float
        A probe is accepted when its comparison score is at least this, where nothing else is known.
    match_rule : mapping
        The spec of the rule that chose the candidates.
    target_fpir : float
        The rate of strangers accepted that is meant where none is asked for.
    gallery_size : int
        Subjects in the gallery of the validation people.
    enrolment : str
        How much each of them gave, in words.
    use_time_s : float
        Length of the probes, in seconds.
    unit : str
        What that is counted in where not in seconds (an encoding's ``unit``).
    mated, non_mated : int
        Probes of enrolled people, and of strangers, that it was fixed on.
    fpir, fnir : float
        What the fixed threshold gives on these very probes.
    fpir_upper : float
        95 % upper bound (Clopper and Pearson 1934) of the rate at which strangers are accepted, probes taken as
        independent. With few strangers it lies far above the target.
    encoder : str
        The id of the encoder, where known.
    people : int
        Strangers who gave the probes.
    rates : StrangerModel or BestScores, optional
        How often strangers reach a score.
    likelihood : LikelihoodRatio, optional
    mated_scores : tuple of float
        The 101 quantiles of the mates' scores, ascending; none where there were no mates.

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
    people: int = 0
    rates: StrangerModel | BestScores | None = None
    likelihood: LikelihoodRatio | None = None
    mated_scores: tuple[float, ...] = ()
    unit: str = "s"

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if not _is_number(self.fixed):
            raise EncoderError("calibration: a finite threshold", repr(self.fixed), "calibrate again")
        _rate(self.target_fpir, "calibration: a target FPIR")
        for key in ("gallery_size", "use_time_s", "mated", "non_mated", "people"):
            if not (_is_number(getattr(self, key)) and getattr(self, key) >= 0):
                raise EncoderError(f"calibration: {key} of zero or more", repr(getattr(self, key)), "calibrate again")
        build_match_rule(self.match_rule)

    @classmethod
    def fit(
        cls,
        known: ArrayLike,
        strangers: ArrayLike,
        target_fpir: float = 0.01,
        *,
        stranger_ids: Sequence[Any] | None = None,
        subject_ids: Sequence[Any] | None = None,
        scale: Scale | None = None,
        seed: int = 0,
        **context: Any,
    ) -> Self:
        """Return the calibration of validation people's comparison scores.

        Parameters
        ----------
        known : float array (probes,)
            Of probes of enrolled validation people with the candidate chosen for them (`Decision.score`).
        strangers : float array (probes, subjects) or (probes,)
            Of strangers' probes with everybody who is enrolled; or the best of them alone, where thresholds for larger
            galleries are not wanted.
        target_fpir : float
            The rate that is meant where none is asked for.
        stranger_ids : sequence (probes,), optional
            Whose the strangers' probes are, where somebody gave several.
        subject_ids : sequence (subjects,), optional
            Who is enrolled, by the same names, where people who are enrolled are strangers to others' galleries.
        scale : {"cosine", "distance", "plain"}, optional
            Of the scores (see `calibration_tail`); guessed from their range where nothing is said.
        seed : int
            Of the resampling.
        **context
            `match_rule`, `gallery_size`, `enrolment`, `use_time_s`, `unit`, `encoder`.

        Raises
        ------
        EncoderError
            When there is no stranger, a score is not finite, or the target is not between 0 and 1.

        Examples
        --------
        >>> calibration = Calibration.fit([0.9, 0.8, 0.2], [0.1, 0.3, 0.5, 0.4], target_fpir=0.25)
        >>> calibration.fixed > 0.4, calibration.fpir, round(calibration.fnir, 2), round(calibration.fpir_upper, 2)
        (True, 0.25, 0.33, 0.75)

        >>> from lineament.datasets.simulate.embeddings import EmbeddingPopulation
        >>> people = EmbeddingPopulation(seed=4)
        >>> prototypes = people.prototypes(0, 300)
        >>> mates = (people.probes(0, 300) * prototypes).sum(axis=1)
        >>> calibration = Calibration.fit(mates, people.probes(300, 300) @ prototypes.T)
        >>> [round(calibration.threshold(fpir=0.01, gallery_size=size).value, 1) for size in (10, 1000, 100_000)]
        [0.5, 0.6, 0.7]
        """
        mates, table = _finite(known, "mated").ravel(), _finite(strangers, "non-mated")
        _rate(target_fpir, "calibration: a target FPIR")
        if not len(table):
            raise EncoderError(
                "calibration: scores of strangers", "none", "keep some validation people out of the gallery"
            )
        people = len(table) if stranger_ids is None else len(set(stranger_ids))
        size = int(context.pop("gallery_size", table.shape[1] if table.ndim == 2 else 0))
        pairs = table.reshape(len(table), -1)
        best = BestScores.of(pairs.max(axis=1), size)
        rates: StrangerModel | BestScores = best
        if table.ndim == 2 and min(people, table.shape[1]) >= FEWEST_PEOPLE:
            rates = StrangerModel.fit(table, people=stranger_ids, subjects=subject_ids, scale=scale, seed=seed)
        threshold, _ = rates.promise(target_fpir, size, strict=False)
        accepted = best.accepted(threshold)
        return cls(
            fixed=threshold,
            target_fpir=target_fpir,
            gallery_size=size,
            mated=len(mates),
            non_mated=len(table),
            fpir=accepted / len(table),
            fpir_upper=best.bound(accepted, 0.95),
            fnir=float((mates < threshold).mean()) if len(mates) else None,
            people=people,
            rates=rates,
            likelihood=LikelihoodRatio.fit(mates, pairs, seed=seed) if len(mates) else None,
            mated_scores=tuple(np.quantile(mates, QUANTILES).tolist()) if len(mates) else (),
            **context,
        )

    @cached_property
    def id(self) -> str:
        """Twelve hexadecimal digits that tell this calibration from any other."""
        return calibration_id(self)

    def __eq__(self, other: object) -> bool:
        return calibration_values(self) == calibration_values(other) if isinstance(other, Calibration) else False

    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def has_llr(self) -> bool:
        """Whether scores have likelihood ratios."""
        return self.likelihood is not None

    def llr(self, scores: ArrayLike) -> NDArray[np.float64]:
        """Return the natural-log likelihood ratio of comparison scores: of the same person against of another.

        Raises
        ------
        EncoderError
            When the calibration had no mates.
        """
        if self.likelihood is None:
            raise EncoderError("calibration: likelihood ratios", "none", "calibrate with probes of enrolled people")
        return self.likelihood(scores)

    def threshold(
        self,
        *,
        fpir: float | None = None,
        fmr: float | None = None,
        criterion: Literal["eer", "max_oscr", "fixed"] | None = None,
        gallery_size: int | None = None,
        confidence: float | None = None,
        review_fpir: float | None = None,
    ) -> Threshold:
        """Return the threshold that keeps a promise; the calibration's own where nothing is asked for.

        Parameters
        ----------
        fpir : float, optional
            The share of strangers that may be accepted, in a gallery of `gallery_size`.
        fmr : float, optional
            The share of strangers that may be accepted as the one person whom they claim to be.
        criterion : {"eer", "max_oscr", "fixed"}, optional
            Instead of a rate: where FPIR and FNIR are equal; where on the OSCR curve the share of known probes that are
            accepted exceeds that of strangers by most (paper 003, section 3.4); or what was fixed.
        gallery_size : int, optional
            Subjects who are enrolled; those of the calibration where nothing is said.
        confidence : float, optional
            That the rate is no higher than asked for, over the drawing of the calibration's people (e.g. 0.95). Without
            it the rate is kept on average over such drawings.
        review_fpir : float, optional
            A higher rate: probes that would be accepted at that rate alone are for a person to look at.

        Raises
        ------
        EncoderError
            When two things are asked for, a rate is not between 0 and 1, or the calibration's people cannot carry the
            promise; the message says how many could.

        Examples
        --------
        >>> Calibration(fixed=0.5, gallery_size=10).threshold(gallery_size=3).value
        0.5
        """
        if sum(value is not None for value in (fpir, fmr, criterion)) > 1:
            raise EncoderError("threshold: one of fpir, fmr and criterion", "several", "ask for one")
        size = self.gallery_size if gallery_size is None else gallery_size
        asked = (fpir, fmr, criterion, size, confidence, review_fpir)
        if asked not in self._chosen:
            # It takes some milliseconds, and a service asks the same of every probe.
            self._chosen[asked] = self._choose(*asked)
        return self._chosen[asked]

    @cached_property
    def _chosen(self) -> dict[tuple[Any, ...], Threshold]:
        """The thresholds that were asked for before."""
        return {}

    def _choose(
        self,
        fpir: float | None,
        fmr: float | None,
        criterion: Literal["eer", "max_oscr", "fixed"] | None,
        size: int,
        confidence: float | None,
        review_fpir: float | None,
    ) -> Threshold:
        """Return the threshold that keeps a promise (see `threshold`)."""
        if fmr is not None:
            found = self._at_rate("fmr", _rate(fmr, "threshold: an FMR"), 1, confidence)
        elif fpir is not None:
            found = self._at_rate("fpir", _rate(fpir, "threshold: an FPIR"), size, confidence)
        elif criterion in {"eer", "max_oscr"}:
            found = self._at_balance(criterion, size)
        elif criterion == "fixed" or (self.rates is None and confidence is None):
            found = self._fixed(size)
        else:
            found = self._at_rate("fpir", self.target_fpir, size, confidence, strict=False)
        if review_fpir is None:
            return found
        lower = self._at_rate("fpir", _rate(review_fpir, "threshold: a review FPIR"), size, confidence).value
        return replace(found, review=min(lower, found.value))

    def doubts(
        self,
        gallery_size: int,
        use_time_s: float | None = None,
        match_rule: Any = None,
        fpir: float | None = None,
    ) -> tuple[str, ...]:
        """Return sentences on how a decision lies outside the calibration's context; none where it lies inside.

        Parameters
        ----------
        gallery_size : int
            Subjects who are enrolled.
        use_time_s : float, optional
            Length of the probe, in seconds.
        match_rule : spec, optional
            The rule that chooses the candidate.
        fpir : float, optional
            The rate that is promised; else the calibration's own.
        """
        rate = self.target_fpir if fpir is None else fpir
        if self.rates is None:
            said = list(larger_gallery(rate, gallery_size, self.gallery_size))
        else:
            said = list(self.rates.doubts(rate, gallery_size))
        if use_time_s is not None and use_time_s < 0.9 * self.use_time_s:
            said.append(
                f"the threshold was fixed on probes of {self.use_time_s:.0f} {self.unit} and this one has "
                f"{use_time_s:.0f} {self.unit}: "
                "both kinds of error are likelier"
            )
        if match_rule is not None and build_match_rule(match_rule).spec != build_match_rule(self.match_rule).spec:
            said.append("the threshold was fixed with another match rule")
        return tuple(said)

    def to_json(self) -> dict[str, Any]:
        """Return the calibration as JSON."""
        return calibration_json(self)

    @classmethod
    def from_json(cls, content: Any, where: str = "calibration") -> Self:
        """Return a calibration from JSON, of this format or the first.

        Raises
        ------
        EncoderError
            When it is of another format version, a key is missing or unknown, or a value is wrong.
        """
        return read_calibration(cls, content, where)

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
        return read_calibration(cls, Path(path), str(path))

    def _fixed(self, size: int) -> Threshold:
        """Return the fixed threshold; nothing is promised where it was somebody's choice and was never measured."""
        return Threshold(
            self.fixed, "fixed", None if self.fpir is None else self.target_fpir, size, calibration=self.id
        )

    def _at_rate(
        self, criterion: Criterion, rate: float, size: int, confidence: float | None, *, strict: bool = True
    ) -> Threshold:
        """Return the threshold of a rate; one that cannot be kept is refused where it is strict."""
        if confidence is not None and not 0.5 <= confidence < 1:
            raise EncoderError("threshold: a confidence from 0.5 to 1", repr(confidence), "ask e.g. for 0.95")
        if self.rates is None and confidence is None and criterion == "fpir" and rate == self.target_fpir:
            return self._fixed(size)
        if self.rates is None:
            raise EncoderError(
                f"calibration: scores of strangers, for an {criterion.upper()} of {rate:.2%}",
                "one fixed threshold alone",
                f"calibrate again, with {FEWEST_PEOPLE} strangers and {FEWEST_PEOPLE} enrolled people or more",
            )
        value, interval = self.rates.promise(rate, size, confidence, strict=strict)
        return Threshold(value, criterion, rate, size, confidence, interval, calibration=self.id)

    def _at_balance(self, criterion: Criterion, size: int) -> Threshold:
        """Return the threshold of the EER, or of the greatest difference on the OSCR curve."""
        if not self.mated_scores or self.rates is None:
            raise EncoderError(
                "calibration: scores of enrolled people and of strangers",
                "one fixed threshold alone",
                "calibrate again",
            )
        ends = np.array(self.mated_scores)
        scores = np.unique(np.concatenate([np.linspace(ends[0], ends[-1], 501), ends]))
        missed = np.interp(scores, ends, QUANTILES)
        accepted = np.array([self.rates.rate(float(score), max(size, 1)) for score in scores])
        gap = np.abs(accepted - missed) if criterion == "eer" else accepted + missed
        return Threshold(float(scores[gap.argmin()]), criterion, None, size, calibration=self.id)


def _is_number(value: object) -> bool:
    """Whether a value read from JSON is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and bool(np.isfinite(value))


def _rate(value: float, what: str) -> float:
    if not (_is_number(value) and 0 < value < 1):
        raise EncoderError(f"{what} between 0 and 1", repr(value), "ask e.g. for 0.05")
    return value


def _finite(scores: ArrayLike, what: str) -> NDArray[Any]:
    array = np.asarray(scores)
    array = array if array.dtype == np.float32 else array.astype(np.float64)
    if not np.isfinite(array).all():
        raise EncoderError(f"calibration: finite {what} scores", "NaN or infinity", "check the embeddings")
    return array
