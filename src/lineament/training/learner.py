"""The Lightning side of training: one step, one epoch's end, one checkpoint."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch
from lightning.fabric.plugins.io.torch_io import TorchCheckpointIO
from lightning.pytorch.callbacks import Callback
from torch import Tensor, nn

from lineament.errors import LineamentError
from lineament.files import replacing
from lineament.networks import Network
from lineament.objectives import SubjectBatches
from lineament.objectives.losses import RampedArcFaceLoss
from lineament.recipes.recipe import Training
from lineament.training.augmentation import Augmenter
from lineament.training.windows import WindowPool

Weights = dict[str, Tensor]
OPTIMISERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "rmsprop": torch.optim.RMSprop,
}


class Learner(pl.LightningModule):
    """A network, its loss, and the windows they are shown.

    Everything that is random in a step follows from the seed and the number of the step, so that a run that was
    killed and resumed ends with the very weights of one that was not.
    """

    def __init__(
        self,
        network: Network,
        loss: nn.Module,
        pool: WindowPool,
        batches: SubjectBatches,
        augmenter: Augmenter,
        training: Training,
    ) -> None:
        super().__init__()
        self.network, self.loss = network, loss
        self.pool, self.batches, self.augmenter, self.training_spec = pool, batches, augmenter, training

    def on_fit_start(self) -> None:
        """Take the frames to where the network is."""
        self.pool.to(self.device)

    def training_step(self, batch: Tensor, batch_idx: int) -> Tensor:
        """Return the loss of the batch that belongs to the step; the loader's numbers are not looked at.

        Raises
        ------
        LineamentError
            When the loss is not a finite number.
        """
        step = int(self.global_step)
        if isinstance(self.loss, RampedArcFaceLoss):
            self.loss.take_step(step)
        torch.manual_seed((self.batches.seed << 32) + step)
        subjects, windows = self.batches.draw(step)
        speeds = self.augmenter.speeds(step, len(subjects))
        drawn = self.pool.draw(subjects, windows, speeds)
        embeddings = self.network.embed_windows(self.augmenter(drawn.frames, step, speeds), drawn.seams)
        with torch.autocast(self.device.type, enabled=False):
            loss: Tensor = self.loss(embeddings.float(), drawn.labels)
        if not torch.isfinite(loss):
            raise diverged("the loss", step)
        self.log("loss", loss.detach())
        return loss

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Refuse gradients that would spoil the weights.

        Raises
        ------
        LineamentError
            When one is not a finite number.
        """
        gradients = [p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        if not torch.isfinite(torch.nn.utils.get_total_norm(gradients)):
            raise diverged("a gradient", int(self.global_step))

    def configure_optimizers(self) -> Any:
        """Return the optimiser, of the network's parameters and of the loss's where they are not frozen."""
        spec = self.training_spec
        kind = OPTIMISERS[spec.optimiser]
        trained = [p for p in self.parameters() if p.requires_grad]
        optimiser = kind(trained, lr=spec.learning_rate, weight_decay=spec.weight_decay)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: rate(spec, step))
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def rate(spec: Training, step: int) -> float:
    """Return the share of the learning rate that a step is taken with.

    Examples
    --------
    >>> spec = Training(steps=100, warm_up=10)
    >>> [round(rate(spec, step), 3) for step in (0, 9, 10, 55, 100)]
    [0.1, 1.0, 1.0, 0.5, 0.0]
    """
    if step < spec.warm_up:
        return (step + 1) / spec.warm_up
    if spec.schedule == "constant":
        return 1.0
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (step - spec.warm_up) / max(1, spec.steps - spec.warm_up))))


def diverged(what: str, step: int) -> LineamentError:
    """Return the error for a run that came to NaN or infinity."""
    return LineamentError(
        f"training, step {step}: {what} that is a finite number",
        "NaN or infinity",
        "lower the learning rate, or train in fp32; the checkpoint of the last epoch before it is kept",
    )


class Keeper(Callback):
    """After each epoch: validates, remembers the best weights, writes the checkpoint, and stops when nothing improves.

    An epoch is a number of steps. To Lightning the run is one long epoch: what it restores at the border of two has
    changed between its releases, while a step within one resumes reliably.

    Parameters
    ----------
    validate : callable
        From the network, in evaluation mode, to a figure (higher is better), or None where there is none.
    spec : Training
        Its ``steps_per_epoch``, its ``steps`` (where an epoch ends, too), and its ``patience``: epochs without a better
        figure before stopping; 0: never.
    checkpoint : path, optional
        File for the state of the run.
    """

    def __init__(
        self,
        validate: Callable[[Network], float | None],
        spec: Training,
        checkpoint: Path | None = None,
    ) -> None:
        self.validate, self.spec, self.checkpoint = validate, spec, checkpoint
        self.best: float | None = None
        self.best_weights: Weights = {}
        self.waited = 0
        self.history: list[dict[str, float]] = []
        self._losses: list[float] = []

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """End the epoch where it is time."""
        step = int(trainer.global_step)
        self._losses.append(float(outputs["loss"]))
        if step % self.spec.steps_per_epoch and step < self.spec.steps:
            return
        network, loss = pl_module.network, math.fsum(self._losses) / len(self._losses)
        self._losses.clear()
        network.eval()
        score = self.conclude(network, step=step, loss=loss)
        network.train()
        if score is not None and trainer.logger is not None:
            trainer.logger.log_metrics({"accuracy": score}, step=trainer.global_step)
        if self.spec.patience and self.waited >= self.spec.patience:
            trainer.should_stop = True
        if self.checkpoint is not None:
            trainer.save_checkpoint(self.checkpoint)

    def conclude(self, network: Network, **record: float) -> float | None:
        """Validate a network and keep its weights where none before were better.

        Of equals the later ones are kept: they have learned longer.
        """
        score = self.validate(network)
        self.history.append(record if score is None else {**record, "accuracy": score})
        if score is None or self.best is None or score >= self.best:
            self.best_weights = {name: value.detach().cpu().clone() for name, value in network.state_dict().items()}
        if score is not None:
            self.waited = 0 if self.best is None or score > self.best else self.waited + 1
            self.best = score if self.best is None else max(score, self.best)
        return score

    def state_dict(self) -> dict[str, Any]:
        """Return what a resumed run needs."""
        return {key: getattr(self, key) for key in ("best", "best_weights", "waited", "history")}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned."""
        for key, value in state_dict.items():
            setattr(self, key, value)


class WholeCheckpoints(TorchCheckpointIO):
    """Checkpoints that are either whole or not there, and are read without unpickling code."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """Write in one piece (see `lineament.files.replacing`)."""
        with replacing(path) as beside:
            _save(checkpoint, beside)

    def load_checkpoint(self, path: Any, map_location: Any = None, weights_only: bool | None = None) -> dict[str, Any]:
        """Read.

        Raises
        ------
        LineamentError
            When the file is missing or damaged.
        """
        try:
            content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:  # a damaged archive fails in as many ways as it can be damaged
            raise LineamentError(
                f"{path}: a training checkpoint",
                f"something else ({type(error).__name__})",
                "train anew in another folder",
            ) from error
        return content


def _save(checkpoint: dict[str, Any], path: Path) -> None:
    """Save by torch; its writer hides a full disk in a RuntimeError."""
    try:
        torch.save(checkpoint, path)
    except RuntimeError as error:
        raise OSError(f"writing failed ({error})".splitlines()[0]) from error
