"""The two models of paper 002: an embedding that enrols without training, a classifier trained on each enrolment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from lineament.datasets import Dataset
from lineament.encoder import Encoder
from lineament.errors import ProtocolError, SignalError
from lineament.evaluation import Recording, Track
from lineament.evaluation.grids import Cuts, EmbeddingSystem
from lineament.evaluation.tracks import embed_track, merge_tracks
from lineament.gallery import Metric
from lineament.recipes.components import Component, CrossEntropy, KnnVote, Prototype, TemporalConv
from lineament.recipes.recipe import Recipe, Training, Window
from lineament.signals import Sample

if TYPE_CHECKING:
    from lineament.training.fit import Fitted
    from lineament.training.windows import Recording as Encoded


class Source(Protocol):
    """Whatever turns samples into embeddings: an encoder on disk, or a network just trained.

    Its mark differs where its embeddings do.
    """

    name: str
    mark: str
    encoding: Component
    window: Window
    metric: Metric
    rule: Component

    def track(self, sample: Sample, stride_s: float) -> Track | None:
        """Embed a sample; None where it holds no whole window."""
        ...


class EncoderSource:
    """An encoder's folder."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder, self.name, self.mark = encoder, encoder.name, encoder.id
        self.encoding: Component = encoder.encoding.component
        self.window = Window(frames=encoder.window, stride_s=encoder.stride_s)
        self.metric = encoder.metric
        self.rule = match_rule_of(encoder)

    def track(self, sample: Sample, stride_s: float) -> Track | None:
        """Embed a sample (see `Source`)."""
        return embed_track(self.encoder, sample, stride_s=stride_s)


class FittedSource:
    """A network as training left it, without handing it over first."""

    def __init__(self, fitted: Fitted) -> None:
        recipe = fitted.recipe
        self.fitted, self.name = fitted, recipe.name
        self.mark = f"{recipe.model_dump_json()} {fitted.subjects} {fitted.seed}"
        self.encoding, self.window, self.rule = recipe.encoding, recipe.window, recipe.match_rule
        self.metric: Metric = "cosine" if recipe.normalise else "euclidean"

    def track(self, sample: Sample, stride_s: float) -> Track | None:
        """Embed a sample (see `Source`)."""
        return next(iter(self.fitted.embed([sample], stride_s)), None)


def match_rule_of(encoder: Encoder) -> Component:
    """Return the spec of the rule that an encoder was calibrated with; the paper's where it was not."""
    from lineament.decisions import build_match_rule

    return build_match_rule(encoder.calibration.match_rule).spec if encoder.calibration else KnnVote()


def rule_of(source: Source, *, hard: bool = False) -> str:
    """Return how a source's windows decide: ``soft`` or ``hard`` votes of neighbours, or ``prototype``.

    Raises
    ------
    ProtocolError
        When its match rule is another.
    """
    if isinstance(source.rule, KnnVote):
        return "soft" if source.rule.soft and not hard else "hard"
    if isinstance(source.rule, Prototype):
        return "prototype"
    raise ProtocolError("study: the match rule knn_vote or prototype", source.rule.name, "choose one of them")


def embedding_system(source: Source, tracks: Sequence[Track], *, hard: bool = False) -> EmbeddingSystem:
    """Return the embedding model of a source over tracks that it made."""
    k = source.rule.k if isinstance(source.rule, KnnVote) else 1
    return EmbeddingSystem(tracks, rule=rule_of(source, hard=hard), k=k, metric=source.metric)


@dataclass(frozen=True, eq=False)
class Material:
    """What was read once of a data set: embeddings, and where a classifier is wanted the encoded frames."""

    tracks: list[Track]
    encoded: dict[tuple[str, str], Encoded]

    def recordings(self) -> list[Recording]:
        """Return where everybody's signal lies, by subject and session."""
        return [Recording(*t.key, 0.0, t.stop) for t in sorted(self.tracks, key=lambda t: t.key)]

    def of(self, keys: Iterable[tuple[str, str]]) -> Material:
        """Return some recordings."""
        wanted = set(keys)
        encoded = {key: value for key, value in self.encoded.items() if key in wanted}
        return Material([track for track in self.tracks if track.key in wanted], encoded)


def read_material(
    dataset: Dataset, source: Source, *, stride_s: float, classifier: Recipe | None, rows: Iterable[int] | None = None
) -> Material:
    """Embed every recording, and encode it for a classifier; those shorter than a window are left out.

    Raises
    ------
    SignalError
        When none is long enough.
    """
    tracks: list[Track] = []
    encoded: dict[tuple[str, str], Encoded] = {}
    for row in rows if rows is not None else range(len(dataset)):
        sample = dataset.load(row)
        track = source.track(sample, stride_s)
        if track is None:
            continue
        tracks.append(track)
        if classifier is not None:
            encoded[track.key] = _joined(encoded.get(track.key), _encode(classifier, sample))
    if not tracks:
        raise SignalError(f"{dataset.name}: recordings as long as a window", "none", "use longer recordings")
    return Material(merge_tracks(tracks), encoded)


def split_sessions(material: Material) -> tuple[dict[str, list[Recording]], list[Recording]]:
    """Return what may be enrolled of each person, in order of time, and the last session of each, which probes.

    People with one session are left out.

    Raises
    ------
    ProtocolError
        When fewer than two people have two sessions.
    """
    by_person: dict[str, list[Recording]] = {}
    for recording in material.recordings():
        by_person.setdefault(recording.subject, []).append(recording)
    enough = {who: own for who, own in by_person.items() if len(own) > 1}
    if len(enough) < 2:
        raise ProtocolError(
            "evaluation: two people with two sessions, each as long as a window",
            f"{len(enough)}",
            "choose other people or a shorter window",
        )
    return {who: own[:-1] for who, own in enough.items()}, [own[-1] for own in enough.values()]


def _encode(recipe: Recipe, sample: Sample) -> Encoded:
    from lineament.encodings import build_encoding
    from lineament.training.encoded import encode

    return encode(build_encoding(recipe.encoding), [sample])[0]


def _joined(first: Encoded | None, second: Encoded) -> Encoded:
    """Lay the takes of one session one after another."""
    return second if first is None else replace(first, segments=first.segments + second.segments)


def small_classifier(source: Source, *, steps: int = 300) -> Recipe:
    """Return a classifier with the source's input, small enough to be trained anew for each row of the grid.

    The paper's (a GRU of four layers) takes almost a day on a GPU for each row; it is the recipe
    ``xr-motion-classifier``.
    """
    # Each receptive field, with those before it, leaves at least half of the window to be pooled over.
    dilations = tuple(d for d in (1, 2, 4, 8, 16) if 1 + 2 * 2 * d <= source.window.frames / 2)
    return Recipe(
        name="classifier",
        encoding=source.encoding,
        window=source.window,
        network=TemporalConv(channels=48, dilations=dilations),
        loss=CrossEntropy(),
        normalise=False,
        training=Training(
            steps=steps, steps_per_epoch=steps, windows_per_subject=4, subjects_per_batch=8, validation_stride_s=5.0
        ),
    )


class ClassifierSystem:
    """Paper 002's baseline (§5.3): a network trained on the enrolment itself, anew for each amount of it.

    Parameters
    ----------
    encoded : mapping
        From subject and session to encoded frames (not normalised).
    recipe : Recipe
        With the loss ``cross_entropy``.
    hard : bool
        Whether windows vote for one person each (the paper), or with their probabilities.
    """

    def __init__(
        self,
        encoded: Mapping[tuple[str, str], Encoded],
        recipe: Recipe,
        *,
        stride_s: float,
        seed: int = 0,
        hard: bool = True,
        name: str = "classification",
    ) -> None:
        self.encoded, self.recipe, self.stride_s = encoded, recipe, stride_s
        self.seed, self.hard, self.name = seed, hard, name
        self.seconds: list[float] = []

    def judge(self, cuts: Cuts, probes: Sequence[Recording]) -> list[Track]:
        """Train on the cuts, then return the class scores of each probe's windows (see `System`)."""
        from lineament.encodings import build_encoding
        from lineament.training.fit import fit_recordings

        fps = build_encoding(self.recipe.encoding).fps
        enrolled = [
            cut_frames(self.encoded[cut.subject, cut.session], round(cut.start * fps), round(cut.stop * fps))
            for subject in sorted(cuts)
            for cut in cuts[subject]
        ]
        recipe = fitting_batches(self.recipe, len(cuts))
        fitted = fit_recordings(recipe, enrolled, seed=self.seed, progress=False)
        self.seconds.append(fitted.seconds)
        tracks = fitted.tracks([self.encoded[probe.subject, probe.session] for probe in probes], self.stride_s)
        return [replace(track, vectors=self._scores(track.vectors)) for track in tracks]

    def _scores(self, logits: Any) -> Any:
        """Return votes or probabilities of every window."""
        if self.hard:
            votes = np.zeros(logits.shape, dtype=np.int64)
            votes[np.arange(len(logits)), logits.argmax(axis=1)] = 1
            return votes
        raised = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
        return raised / raised.sum(axis=1, keepdims=True)


def fitting_batches(recipe: Recipe, subjects: int) -> Recipe:
    """Return the recipe with batches of no more subjects than there are."""
    most = min(recipe.training.subjects_per_batch, subjects)
    return recipe.model_copy(update={"training": recipe.training.model_copy(update={"subjects_per_batch": most})})


def cut_frames(recording: Encoded, first: int, last: int) -> Encoded:
    """Return the frames ``first`` to ``last`` (counted through all stretches) of an encoded recording."""
    from lineament.encodings import Segment

    kept, passed = [], 0
    for segment in recording.segments:
        begin, end = max(first - passed, 0), min(last - passed, len(segment))
        passed += len(segment)
        if begin < end:
            part = slice(begin, end)
            kept.append(Segment(segment.values[part], segment.times[part], segment.seams[part]))
    return replace(recording, segments=tuple(kept))
