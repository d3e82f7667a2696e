"""From a spec to a network."""

from __future__ import annotations

from lineament.networks.dense_statistics import SlidingProjection
from lineament.networks.fusion import FusedNetwork
from lineament.networks.network import Network
from lineament.networks.recurrent import Recurrent
from lineament.networks.temporal_conv import DenseConvolution
from lineament.networks.window_statistics import ProjectedStatistics
from lineament.recipes.components import Component, DenseStatistics, Fusion, Gru, Lstm, TemporalConv, WindowStatistics


def build_network(spec: Component, inputs: int, window: int, *, normalise: bool = True) -> Network:
    """Build the network that a spec describes; its weights follow from torch's random seed.

    Parameters
    ----------
    spec : Component
        A registered network's spec.
    inputs : int
        Features of a frame.
    window : int
        Frames of a window.
    normalise : bool
        Whether embeddings have unit norm (a recipe's ``normalise``). The fusion's always have.

    Raises
    ------
    RecipeError
        Where the spec does not fit the inputs or the window.

    Examples
    --------
    >>> import torch
    >>> network = build_network(Gru(hidden=8, layers=1, dim=4), inputs=18, window=20)
    >>> network.embed_windows(torch.zeros(2, 20, 18)).shape
    torch.Size([2, 4])
    """
    match spec:
        case Gru() | Lstm():
            return Recurrent(spec, inputs, window, normalise=normalise)
        case TemporalConv():
            return DenseConvolution(spec, inputs, window, normalise=normalise)
        case WindowStatistics():
            return ProjectedStatistics(spec, inputs, window, normalise=normalise)
        case DenseStatistics():
            return SlidingProjection(spec, inputs, window, normalise=normalise)
        case Fusion():
            parts = [build_network(part, inputs, window) for part in spec.parts]
            return FusedNetwork(parts, spec.weights or [1.0] * len(parts))
    raise TypeError(f"no network is built from {type(spec).__name__}")


def build_classifier(spec: Gru | Lstm | TemporalConv, inputs: int, window: int, subjects: int) -> Network:
    """Build the classification baseline of paper 002 (§4.1, §5.3): the network with one logit a training subject.

    Parameters
    ----------
    spec : Gru, Lstm or TemporalConv
        Its ``dim`` is replaced by ``subjects``.
    inputs, window
        See `build_network`.
    subjects : int
        Classes: all that it can ever name.
    """
    return build_network(spec.model_copy(update={"dim": subjects}), inputs, window, normalise=False)
