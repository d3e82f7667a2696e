"""Score normalisation: comparison scores told in standard deviations of a cohort's.

One threshold for everybody supposes that strangers are as like to one subject as to another, and that one probe is as
like to strangers as another. Neither holds: some people are like many, and a noisy probe is like nobody. A *cohort* of
other people says how far: their scores with a subject (Z), and the probe's scores with them (T).

A cohort is a gallery: embeddings of people, to be kept, protected and erased like any other. It is never written into
an encoder's folder or its calibration. `synthetic_cohort` makes one of people who do not exist.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lineament.decisions.comparison import Scores
from lineament.decisions.match_rules import MatchRule, build_match_rule
from lineament.errors import GalleryError
from lineament.gallery import Gallery, Header, MemoryGallery, refuse_other_encoder
from lineament.gallery.base import NO_ENCODER
from lineament.recipes.components import Normalised

SMALLEST_DEVIATION = 1e-6
"""Below this, a cohort's scores are taken for equal: nothing is divided by less."""


class NormalisedRule(MatchRule):
    """Another rule's comparison scores, normalised by a cohort's.

    - ``z`` (zero): less the mean of the subject's scores with the cohort's members, over their standard deviation.
    - ``t`` (test): the same by the probe's scores with the cohort's members.
    - ``s`` (symmetric): the mean of both.
    - ``as`` (adaptive symmetric): the mean of both, each by the `top` members alone that are most like the subject, or
      most like the probe.

    A rule that ranks by its comparison scores ranks by the normalised ones; votes are left as they are. The subjects'
    means and deviations are reckoned at the first probe after somebody was enrolled or removed, and then kept.

    Parameters
    ----------
    spec : Normalised
    cohort : Gallery or None
        People who are not enrolled and do not probe, embedded by the gallery's encoder. A member counts as one probe of
        all its templates, or of its last few (`cohort_probe`), and as one subject. Without a cohort there are no
        scores.

    Examples
    --------
    >>> gallery, cohort = MemoryGallery(dim=2), MemoryGallery(dim=2)
    >>> gallery.enrol("anna", [[1.0, 0.0]])
    >>> cohort.enrol("first", [[0.6, 0.8]])
    >>> cohort.enrol("second", [[0.0, 1.0]])
    >>> rule = build_match_rule({"name": "normalised", "norm": "z"}, cohort)  # anna's scores: 0.6 and 0.0
    >>> rule.scores([[1.0, 0.0]], gallery).round(3).tolist()
    [2.333]
    """

    spec: Normalised

    def __init__(self, spec: Normalised, cohort: Gallery | None) -> None:
        super().__init__(spec)
        self.rule, self.cohort = build_match_rule(spec.rule, cohort), cohort
        self.ranks_by_comparison = self.rule.ranks_by_comparison
        self.compares_alone = self.rule.compares_alone
        self._known: tuple[NDArray[np.float32], Scores, Scores] | None = None

    def scores(self, embeddings: ArrayLike, gallery: Gallery) -> Scores:
        """Return the score by which subjects are ranked (see `MatchRule.scores`).

        Raises
        ------
        GalleryError
            Also when there is no cohort, it has fewer than two members, or another encoder made it.
        """
        if self.rule.ranks_by_comparison:
            return self.comparison(embeddings, gallery)
        return self.rule.scores(embeddings, gallery)

    def comparison(self, embeddings: ArrayLike, gallery: Gallery) -> Scores:
        """Return the normalised scores; errors as `scores`."""
        raw, cohort = self.rule.comparison(embeddings, gallery), self._cohort(gallery)
        sides = []
        if self.spec.norm != "t":
            mean, deviation = self._of_subjects(gallery, cohort)
            sides.append((raw - mean) / deviation)
        if self.spec.norm != "z":
            mean, deviation = self._statistics(self.rule.comparison(embeddings, cohort)[:, None])
            sides.append((raw - mean) / deviation)
        normalised: Scores = np.mean(sides, axis=0)
        return normalised

    def _cohort(self, gallery: Gallery) -> Gallery:
        """Return the cohort, if it fits the gallery."""
        members = 0 if self.cohort is None else len(self.cohort)
        if self.cohort is None or members < 2:
            raise GalleryError(
                "normalised scores: a cohort of two people or more",
                "none" if not members else "one",
                "give a gallery of others",
            )
        # A gallery in memory may not know its encoder; then only the embeddings' length and metric can be told apart.
        known = self.cohort.encoder if gallery.encoder == NO_ENCODER else gallery.encoder
        ours = Header(known, gallery.dim, gallery.metric)
        refuse_other_encoder(ours, Header(self.cohort.encoder, self.cohort.dim, self.cohort.metric), "cohort")
        return self.cohort

    def _of_subjects(self, gallery: Gallery, cohort: Gallery) -> tuple[Scores, Scores]:
        """Return mean and deviation of each subject's scores with the cohort, (subjects,) each."""
        state = gallery.prototypes()  # another array whenever somebody was enrolled or removed
        if self._known is None or self._known[0] is not state:
            last = slice(None if self.spec.cohort_probe is None else -self.spec.cohort_probe, None)
            rows = [self.rule.comparison(cohort.templates(member)[last], gallery) for member in cohort.subjects()]
            self._known = state, *self._statistics(np.array(rows))
        return self._known[1:]

    def _statistics(self, scores: Scores) -> tuple[Scores, Scores]:
        """Return mean and deviation over the cohort's members that count, from scores (members, columns)."""
        if self.spec.norm == "as" and self.spec.top < len(scores):
            least = len(scores) - self.spec.top
            scores = np.partition(scores, least, axis=0)[least:]
        deviation: Scores = np.maximum(scores.std(axis=0), SMALLEST_DEVIATION)
        return scores.mean(axis=0), deviation


def synthetic_cohort(people: Gallery, members: int = 200, seed: int = 0) -> MemoryGallery:
    """Return a cohort of people who do not exist, as like and as unlike one another as given ones.

    Each member is the mean of the given prototypes plus their deviations from it, each times a random normal weight
    (over the root of their number less one): a draw from a normal distribution of their mean and their covariance, on
    which Z and T rest. No row is anybody's. It is no proof against those who ask whether somebody was among the people:
    all rows lie in the space that these span.

    Parameters
    ----------
    people : Gallery
        Three people or more.
    members : int
        How many to draw, at least two.
    seed : int

    Raises
    ------
    GalleryError
        When there are too few people, or too few members are asked for.
    """
    if len(people) < 3 or members < 2:
        raise GalleryError(
            "synthetic cohort: three people to learn from and two to draw",
            f"{len(people)} and {members}",
            "enrol more, or ask for more",
        )
    prototypes = people.prototypes().astype(np.float64)
    mean = prototypes.mean(axis=0)
    weights = np.random.default_rng(seed).standard_normal((members, len(prototypes)))
    drawn = mean + weights @ (prototypes - mean) / np.sqrt(len(prototypes) - 1)
    cohort = MemoryGallery(people.dim, people.metric, people.encoder)
    for number, row in enumerate(drawn, start=1):
        cohort.enrol(f"nobody-{number}", row[None])
    return cohort
