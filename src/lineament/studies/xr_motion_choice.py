"""Where the study of paper 002 takes its embeddings from: an encoder on disk, or a recipe that is trained first."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

from lineament.datasets import Dataset, Protocol
from lineament.encoder import Encoder
from lineament.recipes.recipe import Recipe, load_recipe
from lineament.studies.evaluate import default_protocol
from lineament.studies.xr_motion import paper_protocol, reproduce
from lineament.studies.xr_motion_figures import Trainer, figure_6
from lineament.studies.xr_motion_result import Options, Progress, Reproduction, no_progress
from lineament.studies.xr_motion_systems import EncoderSource, FittedSource, Source


@dataclass(frozen=True, eq=False)
class Choice:
    """A source of embeddings, whom it may be tested on, and what must be said of that.

    Parameters
    ----------
    source : Source
    people : tuple of str
        Whom it was not trained on.
    notes : tuple of str
    trainer : Trainer, optional
        Where a recipe is trained: what Figure 6 trains again.
    seconds : float
        That it took to read and train; nothing for an encoder.
    """

    source: Source
    people: tuple[str, ...]
    notes: tuple[str, ...] = ()
    trainer: Trainer | None = None
    seconds: float = 0.0


def choose(
    dataset: Dataset,
    encoder: str | None,
    recipe: str | None,
    protocol: Protocol | None = None,
    *,
    steps: int | None = None,
    out: Path | None = None,
    seed: int = 0,
) -> Choice:
    """Load an encoder, or train a recipe.

    Parameters
    ----------
    encoder, recipe : str or None
        Exactly one: a shipped encoder's name or folder; a recipe's name or file.
    protocol : Protocol, optional
        By default, for an encoder the one committed for the set or everybody; for a recipe the paper's split.
    steps : int, optional
        Optimiser steps instead of the recipe's.
    out : path, optional
        Folder of the training run; one that was interrupted there is resumed.

    Raises
    ------
    EncoderError, RecipeError, ProtocolError, MissingExtraError
        When one is not there or does not fit.
    """
    if encoder is not None:
        model = Encoder.load(encoder)
        split, notes = (protocol, ()) if protocol else default_protocol(model, dataset, seed=seed)
        return Choice(EncoderSource(model), scored_people(split), notes)
    split = protocol or paper_protocol(dataset, seed=seed)
    chosen = load_recipe(str(recipe))
    began = time.perf_counter()
    trainer = Trainer(dataset, split, chosen if steps is None else shortened(chosen, steps), seed=seed)
    source = FittedSource(trainer.fit(None if out is None else out / "trained"))
    return Choice(source, scored_people(split), (), trainer, time.perf_counter() - began)


def run(
    dataset: Dataset,
    choice: Choice,
    *,
    options: Options,
    out: Path | None = None,
    other: Dataset | None = None,
    progress: Progress = no_progress,
) -> Reproduction:
    """Run the study, with Figure 6 where numbers of training people are asked for and a recipe is trained."""
    found = reproduce(dataset, choice.source, choice.people, options=options, out=out, other=other, progress=progress)
    if choice.trainer is not None and options.training_people:
        found.figure_6.extend(figure_6(choice.trainer, choice.people, options=options, out=out, progress=progress))
    if choice.seconds:
        found.timing["reading_and_training_s"] = choice.seconds
    memory = peak_memory()
    return found if memory is None else replace(found, peak_memory_bytes=memory)


def peak_memory() -> int | None:
    """Return the most memory that this process has held so far, in bytes; None where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def scored_people(protocol: Protocol) -> tuple[str, ...]:
    """Return everybody whom a protocol allows to be tested."""
    return tuple(sorted({*protocol.gallery.subjects, *protocol.mated.subjects, *protocol.non_mated.subjects}))


def shortened(recipe: Recipe, steps: int) -> Recipe:
    """Return a recipe with another number of steps."""
    epoch = min(recipe.training.steps_per_epoch, steps)
    training = recipe.training.model_copy(update={"steps": steps, "steps_per_epoch": epoch})
    return recipe.model_copy(update={"training": training})
