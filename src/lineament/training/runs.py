"""The run of a fit: its folder, its trainer, its progress bar, and the encoder that it starts from."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import lightning.pytorch as pl
import torch
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.loggers import TensorBoardLogger
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from safetensors.torch import load_file
from torch.utils.data import DataLoader

from lineament.encodings import Encoding, build_encoding, read_encoding
from lineament.errors import EncoderError, LineamentError
from lineament.files import read_json, write_json
from lineament.networks import Network
from lineament.recipes.recipe import Recipe, Training
from lineament.training.learner import Keeper, Learner, WholeCheckpoints

T = TypeVar("T")
CHECKPOINT = "last.ckpt"
RUN = "run.json"
RUN_FORMAT = 1
_CHATTER = (
    ".*does not have many workers.*",
    ".*isinstance.treespec, LeafSpec.*",
    ".*deterministic.*",
    ".*resuming from a checkpoint that ended before the epoch.*",
)


class Bar:
    """A progress bar, or none; calling it wraps an iterable."""

    def __init__(self, progress: Progress | None, what: str, total: int) -> None:
        self._progress, self._what = progress, what
        self._task = progress.add_task(what, total=total) if progress else None

    def __call__(self, items: Iterable[T]) -> Iterator[T]:
        """Yield the items, moving the bar after each."""
        for item in items:
            yield item
            self.advance()

    def advance(self, note: str = "") -> None:
        """Move on by one."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, advance=1, description=f"{self._what}{note}")

    def jump(self, place: int) -> None:
        """Move to a place."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=place)


@contextlib.contextmanager
def show(what: str, total: int, shown: bool) -> Iterator[Bar]:
    """Show a progress bar on standard error where ``shown``."""
    if not shown:
        yield Bar(None, what, total)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield Bar(progress, what, total)


class _Ticker(Callback):
    """Moves the bar with the steps."""

    def __init__(self, bar: Bar, keeper: Keeper) -> None:
        self.bar, self.keeper = bar, keeper

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        self.bar.jump(trainer.global_step)

    def on_train_batch_end(self, trainer: Any, *_: Any) -> None:
        best = self.keeper.best
        self.bar.advance("" if best is None else f" (best accuracy {best:.3f})")


def open_folder(folder: Path, run: dict[str, Any], resume: bool) -> Path:
    """Make ready the folder of a run; return the path of its checkpoint.

    Raises
    ------
    LineamentError
        When a run lies there that is not to be resumed, or that is another than the one to resume.
    """
    run = {"format_version": RUN_FORMAT, **run}
    if (folder / CHECKPOINT).exists():
        if not resume:
            raise LineamentError(
                f"{folder}: a new folder", "one with a training run", "resume it (--resume) or choose another folder"
            )
        if read_json(folder / RUN, "the description of a training run") != run:
            raise LineamentError(
                f"{folder}: a run of this recipe, seed and data",
                "a run of others",
                "repeat the command it was begun with, or choose another folder",
            )
    else:
        write_json(folder / RUN, run)
    return folder / CHECKPOINT


def descend(learner: Learner, keeper: Keeper, spec: Training, folder: Path | None, bar: Bar) -> None:
    """Run the optimiser, from the checkpoint where there is one."""
    checkpoint = None if folder is None or not (folder / CHECKPOINT).exists() else folder / CHECKPOINT
    with _quiet(), _interruptible():
        logger = False if folder is None else TensorBoardLogger(str(folder), name="", version="tensorboard")
        trainer = pl.Trainer(
            accelerator="gpu" if torch.cuda.is_available() else "cpu",
            devices=1,
            precision="bf16-mixed" if spec.precision == "bf16" else "32-true",
            max_steps=spec.steps,
            max_epochs=1,
            limit_val_batches=0,
            log_every_n_steps=min(50, spec.steps_per_epoch),
            logger=logger,
            callbacks=[keeper, _Ticker(bar, keeper)],
            plugins=[WholeCheckpoints()],
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            deterministic="warn" if torch.cuda.is_available() else None,
        )
        # The learner draws its own windows; the loader only counts.
        loader: DataLoader[int] = DataLoader(range(spec.steps), batch_size=None)  # type: ignore[arg-type]
        trainer.fit(learner, loader, ckpt_path=None if checkpoint is None else str(checkpoint), weights_only=True)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silence what Lightning says of itself, of loaders without workers and of GPUs not used."""
    names = ("lightning.pytorch", "lightning.fabric", "lightning.pytorch.utilities.rank_zero")
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    # cuBLAS repeats its sums in one order only with a workspace of fixed size.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    try:
        with warnings.catch_warnings():
            for text in _CHATTER:
                warnings.filterwarnings("ignore", message=text)
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C through: Lightning turns it into an exit and leaves the signal switched off."""
    main = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGINT) if main else None
    try:
        yield
    except SystemExit as error:
        raise KeyboardInterrupt from error
    finally:
        if main:
            signal.signal(signal.SIGINT, before)


def initial_encoding(recipe: Recipe, folder: str | Path) -> Encoding:
    """Return the fitted encoding of the encoder that training starts from.

    Its normalisation is kept: the weights were learned behind it.

    Raises
    ------
    EncoderError
        When its features are not the recipe's.
    """
    encoding = read_encoding(read_json(Path(folder) / "encoding.json", "an encoder's encoding")["encoding"])
    wanted = build_encoding(recipe.encoding)
    if (encoding.names, encoding.shape, encoding.fps) != (wanted.names, wanted.shape, wanted.fps):
        raise EncoderError(
            f"{folder}: an encoder of the recipe's {wanted.inputs} features at {wanted.fps:g} frames a second",
            f"{encoding.inputs} features at {encoding.fps:g}",
            "start from an encoder with the same encoding",
        )
    return encoding


def load_weights(network: Network, folder: str | Path) -> None:
    """Give a network the weights of an encoder's folder.

    Raises
    ------
    EncoderError
        When there are none, or they are of another network.
    """
    path = Path(folder) / "weights.safetensors"
    try:
        weights = load_file(path)
    except Exception as error:  # safetensors raises an error type of its own, and OSError
        raise EncoderError(f"{path}: an encoder's weights", f"'{error}'", "check the path") from error
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise EncoderError(
            f"{path}: weights of the recipe's network", "those of another", "start from an encoder of the same network"
        ) from error
