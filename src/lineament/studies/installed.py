"""What a study needs that is not always installed."""

from __future__ import annotations

from lineament.errors import MissingExtraError


def need_training() -> None:
    """Check that networks can be trained.

    Raises
    ------
    MissingExtraError
        When torch is not installed.
    """
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(
            "training: torch, lightning and pytorch-metric-learning",
            f"an installation without {error.name}",
            "pip install 'lineament[train]', or evaluate an encoder (reproduce: with --no-classifier)",
        ) from error
