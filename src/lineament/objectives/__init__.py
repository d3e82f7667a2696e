"""Losses and batch samplers: what an encoder is taught, and on which windows."""

from lineament.objectives.batches import SubjectBatches
from lineament.objectives.losses import build_loss

__all__ = ["SubjectBatches", "build_loss"]
