"""From a recipe and recordings to a trained network."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from lineament.encodings import Encoding, build_encoding
from lineament.encodings.image import ImageFrames
from lineament.errors import LineamentError, RecipeError
from lineament.evaluation.calibrating import use_time
from lineament.evaluation.tracks import Track, merge_tracks
from lineament.gallery import Metric
from lineament.networks import Network, build_classifier, build_network
from lineament.networks.fusion import FusedNetwork
from lineament.networks.resnet_cbam import ResNet50CbamNetwork, load_imagenet
from lineament.objectives import SubjectBatches, build_loss
from lineament.recipes.augmentations import ImageAugmentation
from lineament.recipes.components import Component, CrossEntropy, Fusion, Gru, Lstm, TemporalConv
from lineament.recipes.image_components import ResNet50Cbam
from lineament.recipes.recipe import Recipe
from lineament.signals import Sample
from lineament.training import encoded, runs
from lineament.training.augmentation import build_augmenter
from lineament.training.class_tables import fit_classes
from lineament.training.discriminant import closed_form_parts, fit_closed_form, fit_closed_form_to_recordings
from lineament.training.embedding import embed_captures, embed_recording
from lineament.training.learner import Keeper, Learner
from lineament.training.memory import keep_freed_memory
from lineament.training.validation import USE_S, classification_accuracy, identification_accuracy
from lineament.training.warped_metric import fit_warped
from lineament.training.windows import Recording, WindowPool

Validate = Callable[[Network], float | None]


@dataclass(frozen=True, eq=False)
class Fitted:
    """A trained network, and what is needed to use it or to hand it over.

    Parameters
    ----------
    recipe : Recipe
    network : Network
        On the CPU, in evaluation mode.
    encoding : Encoding
        Fitted to the training people.
    subjects : tuple of str
        Whom it was trained on; a classifier's outputs are in this order.
    accuracy : float or None
        The best figure on the validation people, whose weights these are; None where nobody validated.
    history : list of dict
        ``step``, ``loss`` and ``accuracy`` after each epoch.
    seconds : float
        Spent training.
    seed : int
    """

    recipe: Recipe
    network: Network
    encoding: Encoding
    subjects: tuple[str, ...]
    accuracy: float | None = None
    history: list[dict[str, float]] = field(default_factory=list)
    seconds: float = 0.0
    seed: int = 0

    @property
    def classifies(self) -> bool:
        """Whether the network's outputs are logits of its training subjects, not an embedding."""
        return isinstance(self.recipe.loss, CrossEntropy)

    def tracks(self, recordings: Sequence[Recording], stride_s: float | None = None) -> list[Track]:
        """Embed recordings that are encoded but not normalised (see `lineament.training.encoded.encode`).

        Those without a whole window are left out.
        """
        stride = self.recipe.window.stride_s if stride_s is None else stride_s
        ready = encoded.normalised(self.encoding, recordings)
        return _tracks(self.network, ready, self.encoding.fps, stride)

    def embed(self, samples: Sequence[Sample], stride_s: float | None = None) -> list[Track]:
        """Embed samples as `lineament.encoder.Encoder` would, without handing the network over first."""
        return self.tracks(encoded.encode(self.encoding, samples), stride_s)


def fit(
    recipe: Recipe,
    train: Sequence[Sample],
    validation: Sequence[Sample] | None = None,
    out: str | Path | None = None,
    *,
    seed: int = 0,
    resume: bool = False,
    progress: bool = True,
    init: str | Path | None = None,
) -> Fitted:
    """Train a recipe's encoder.

    Parameters
    ----------
    recipe : Recipe
    train : sequence of Sample
        Recordings of at least two people, with subject and session.
    validation : sequence of Sample, optional
        Of other people (for a classifier: the same people), by whose identification the best weights are chosen. A
        classifier without it holds out the end of each training recording.
    out : path, optional
        Folder of the run: checkpoint and TensorBoard log, in ``out/training``. None: all in memory.
    seed : int
        The same seed gives the same weights on the same machine.
    resume : bool
        Go on from the checkpoint in ``out``, where there is one.
    progress : bool
        Show a progress bar.
    init : path, optional
        Folder of an encoder whose weights and normalisation are started from (fine-tuning).

    Raises
    ------
    RecipeError, SignalError
        When the recipe and the recordings do not fit, or there are too few of them.
    LineamentError
        When the loss diverges, the disk is full, or the checkpoint is of another run. The last good checkpoint is kept.
    """
    encoding = runs.initial_encoding(recipe, init) if init else build_encoding(recipe.encoding)
    with runs.show("encoding", len(train) + len(validation or ()), progress) as tick:
        recordings = encoded.encode(encoding, tick(train))
        watched = None if validation is None else encoded.encode(encoding, tick(validation))
    return fit_recordings(
        recipe, recordings, watched, out, seed=seed, resume=resume, progress=progress, init=init, encoding=encoding
    )


def fit_recordings(
    recipe: Recipe,
    train: Sequence[Recording],
    validation: Sequence[Recording] | None = None,
    out: str | Path | None = None,
    *,
    seed: int = 0,
    resume: bool = False,
    progress: bool = True,
    init: str | Path | None = None,
    encoding: Encoding | None = None,
) -> Fitted:
    """Train on recordings that are encoded but not normalised: see `fit`, and `lineament.training.encoded.encode`.

    A study that fits many models to one data set encodes it once. ``encoding`` is normalised here on ``train``, unless
    it already is (fine-tuning); it is not changed. People of whom there is a single image, or one window of events, are
    left out.
    """
    began = time.monotonic()
    keep_freed_memory()
    if encoding is None:
        encoding = build_encoding(recipe.encoding)
    encoding = encoding.copy()
    if not encoding.fitted:
        encoded.fit_normalisation(encoding, train)
    if isinstance(encoding, ImageFrames) and recipe.window.frames != 1:
        raise RecipeError("window of images: frames: 1", str(recipe.window.frames), "correct the recipe")
    if encoding.max_gap_s is None:
        train = encoded.captured_twice(train, recipe.window.frames)
    if isinstance(recipe.loss, CrossEntropy) and validation is None:
        train, validation = encoded.hold_out_tails(train, recipe.window.frames, encoding.fps)
    ready = encoded.normalised(encoding, train)
    subjects = tuple(sorted({recording.subject for recording in ready}))
    if isinstance(recipe.augmentation, ImageAugmentation) and recipe.augmentation.mirror_classes:
        ready += encoded.mirrored(encoding, ready)
    pool = WindowPool(ready, recipe.window.frames, encoding.fps)
    validate = _validation(recipe, encoding, validation, pool.subjects)
    job = _Job(recipe, encoding, ready, pool, validate, seed, progress)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network, keeper = job.run(None if out is None else Path(out), resume, init)
    network.cpu().eval()
    return Fitted(recipe, network, encoding, subjects, keeper.best, keeper.history, time.monotonic() - began, seed)


@dataclass(frozen=True, eq=False)
class _Job:
    """Everything that the kinds of fitting share."""

    recipe: Recipe
    encoding: Encoding
    recordings: list[Recording]
    pool: WindowPool
    validate: Validate
    seed: int
    progress: bool

    def run(self, out: Path | None, resume: bool, init: str | Path | None) -> tuple[Network, Keeper]:
        """Fit the recipe's network: what is trained step by step first, then what is fitted in closed form."""
        spec = self.recipe.network
        network = self.network(spec, self.recipe.window.frames)
        if init:
            runs.load_weights(network, init)
        elif isinstance(spec, ResNet50Cbam) and isinstance(network, ResNet50CbamNetwork) and spec.weights:
            load_imagenet(network, Path(torch.hub.get_dir()) / "checkpoints" / spec.weights)
        keeper = Keeper(self.validate, self.recipe.training)
        parts = network.networks if isinstance(network, FusedNetwork) else [network]
        specs = spec.parts if isinstance(spec, Fusion) else (spec,)
        for place, (part, its_spec) in enumerate(zip(parts, specs, strict=True)):
            if self.recipe.training.steps and next(part.parameters(), None) is not None:
                folder = _place(out, f"part-{place + 1}" if len(parts) > 1 else "")
                keeper = self.descend(part, its_spec, folder, resume)
        if len(parts) > 1 or closed_form_parts(network) or not keeper.history:
            self.fit_closed_form(network)
            finished = Keeper(self.validate, self.recipe.training)
            finished.history = keeper.history
            finished.conclude(network)
            return network, finished
        return network, keeper

    def network(self, spec: Component, window: int) -> Network:
        """Build a network, untrained."""
        inputs = self.encoding.inputs
        if not isinstance(self.recipe.loss, CrossEntropy):
            shape = self.encoding.shape if isinstance(self.encoding, ImageFrames) else None
            return build_network(
                spec,
                inputs,
                window,
                normalise=self.recipe.normalise,
                shape=shape,
                categories=self.encoding.categories,
            )
        if not isinstance(spec, Gru | Lstm | TemporalConv) or getattr(spec, "back_end", None):
            raise RecipeError(
                "loss cross_entropy: a network that ends in its classification head",
                f"'{spec.name}'" + (" with a back end" if isinstance(spec, TemporalConv) else ""),
                "choose gru, lstm or temporal_conv (without back_end), or another loss",
            )
        subjects = len(self.pool.subjects)
        return build_classifier(spec, inputs, window, subjects, categories=self.encoding.categories)

    def fit_closed_form(self, network: Network) -> None:
        """Fit projections of window statistics and back-ends, on windows a stride apart."""
        stretches = [(recording, segment) for recording in self.recordings for segment in recording.segments]
        subjects = [recording.subject for recording, _ in stretches]
        sessions = [recording.session for recording, _ in stretches]
        if network.window > 1 and not network.dense and all(len(s) == network.window for _, s in stretches):
            # many short samples, each of them one window
            windows = np.stack([segment.values for _, segment in stretches])
            fit_warped(network, windows, subjects)
            fit_classes(network, list(windows))
            fit_closed_form(network, windows, subjects, sessions)
            return
        stride = max(1, round(self.recipe.training.closed_form_stride_s * self.encoding.fps))
        passes = ((segment.values, segment.seams) for _, segment in stretches)
        fit_closed_form_to_recordings(network, passes, subjects, sessions, stride=stride)

    def descend(self, network: Network, spec: Component, folder: Path | None, resume: bool) -> Keeper:
        """Fit a network by gradient descent."""
        training = self.recipe.training
        pool, learning, validate = self.pool, network, self.validate
        if training.crop_frames:
            pool = WindowPool(self.recordings, training.crop_frames, self.encoding.fps)
            learning = self.network(spec, training.crop_frames)
            learning.load_state_dict(network.state_dict())

            def validate(cropped: Network) -> float | None:
                # The weights do not depend on the window's length.
                network.load_state_dict(cropped.state_dict())
                return self.validate(network.to(next(cropped.parameters()).device).eval())

        batches = SubjectBatches(
            pool.counts,
            training.subjects_per_batch,
            training.windows_per_subject,
            self.seed,
            pool.sessions if training.alternate_sessions else None,
        )
        loss = build_loss(self.recipe.loss, network.dim, len(pool.subjects))
        augmenter = build_augmenter(self.recipe.augmentation, self.encoding, self.seed)
        learner = Learner(learning, loss, pool, batches, augmenter, training)
        run = {"recipe": self.recipe.model_dump(mode="json"), "seed": self.seed, "windows": list(pool.counts)}
        with runs.show("training", training.steps, self.progress) as bar:
            checkpoint = None if folder is None else runs.open_folder(folder, run, resume)
            keeper = Keeper(validate, training, checkpoint)
            runs.descend(learner, keeper, training, folder, bar)
        network.cpu().load_state_dict(keeper.best_weights)
        return keeper


def _place(out: Path | None, name: str) -> Path | None:
    """Return the folder of a run inside that of the encoder."""
    return None if out is None else out / "training" / name


def _tracks(network: Network, recordings: Sequence[Recording], fps: float, stride_s: float) -> list[Track]:
    """Embed normalised recordings; those without a whole window are left out."""
    if all(len(segment) == network.window for recording in recordings for segment in recording.segments) or (
        network.window == 1 and not network.dense
    ):
        return embed_captures(network, recordings, fps)
    tracks = (embed_recording(network, recording, fps, stride_s) for recording in recordings)
    return [track for track in tracks if track is not None]


def _validation(
    recipe: Recipe, encoding: Encoding, recordings: Sequence[Recording] | None, subjects: tuple[str, ...]
) -> Validate:
    """Return the function that rates a network on the validation recordings.

    Raises
    ------
    LineamentError
        When nothing can be identified among them.
    """
    if not recordings:
        return lambda network: None
    ready, stride = encoded.normalised(encoding, recordings), recipe.training.validation_stride_s
    if isinstance(recipe.loss, CrossEntropy):
        return lambda network: classification_accuracy(_tracks(network, ready, encoding.fps, stride), subjects)

    use_s = use_time(encoding, recipe.window.frames, USE_S)

    def rate(network: Network) -> float | None:
        tracks = merge_tracks(_tracks(network, ready, encoding.fps, stride))
        metric: Metric = "cosine" if network.normalise else "euclidean"
        accuracy = identification_accuracy(tracks, recipe.ranking, metric=metric, use_s=use_s)
        if accuracy is None:
            raise LineamentError(
                "validation: two people or more, with recordings to enrol and to identify",
                f"{len({track.subject for track in tracks})} with a whole window",
                "add people or longer recordings, or validate on none",
            )
        return accuracy

    return rate
