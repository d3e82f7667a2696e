"""From a spec to a network."""

from __future__ import annotations

from collections.abc import Mapping

from lineament.errors import RecipeError
from lineament.networks.aligned_events import AlignedEventsNetwork
from lineament.networks.class_statistics import ProjectedClasses
from lineament.networks.cnn import CnnNetwork
from lineament.networks.dense_statistics import SlidingProjection
from lineament.networks.event_conv import EventConvolution
from lineament.networks.fcn import FullyConvolutional
from lineament.networks.frame_sequence import FrameSequenceNetwork
from lineament.networks.fusion import FusedNetwork
from lineament.networks.image_network import ImageNetwork, Shape
from lineament.networks.lenet4 import LeNet4Network
from lineament.networks.mobilenet_v2 import MobileNetV2Images, MobileNetV2Windows
from lineament.networks.network import Network
from lineament.networks.oriented_lines import ProjectedLines
from lineament.networks.recurrent import Recurrent
from lineament.networks.resnet_cbam import ResNet50CbamNetwork
from lineament.networks.small_residual import SmallResidualNetwork
from lineament.networks.temporal_conv import DenseConvolution
from lineament.networks.tl_rnn import CellState
from lineament.networks.typenet import TypeNetNetwork
from lineament.networks.unet import UNetNetwork
from lineament.networks.vgg8 import Vgg8Network
from lineament.networks.visit_statistics import CountedSites, ProjectedVisits
from lineament.networks.window_statistics import ProjectedStatistics
from lineament.recipes.aligned_components import AlignedEvents
from lineament.recipes.components import Component, DenseStatistics, Fusion, Gru, Lstm, TemporalConv, WindowStatistics
from lineament.recipes.event_components import ClassStatistics, EventConv, TypeNet
from lineament.recipes.image_components import AttentionUNet, Cnn, OrientedLines, ResNet50Cbam, SmallResidual, UNet
from lineament.recipes.inertial_components import LeNet4, MobileNetV2, Vgg8
from lineament.recipes.mouse_components import Fcn
from lineament.recipes.signature_components import FrameSequence
from lineament.recipes.visit_components import SiteCounts, TlRnn, VisitStatistics


def build_network(
    spec: Component,
    inputs: int,
    window: int,
    *,
    normalise: bool = True,
    shape: Shape | None = None,
    categories: Mapping[int, int] | None = None,
) -> Network:
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
    shape : tuple of int, optional
        Channels, height and width of the images whose flattened form the inputs are (an encoding's ``shape``).
    categories : mapping, optional
        Which features are class numbers, and of how many classes (an encoding's ``categories``).

    Raises
    ------
    RecipeError
        Where the spec does not fit the inputs or the window, or a network of images is asked for without a shape.

    Examples
    --------
    >>> import torch
    >>> network = build_network(Gru(hidden=8, layers=1, dim=4), inputs=18, window=20)
    >>> network.embed_windows(torch.zeros(2, 20, 18)).shape
    torch.Size([2, 4])
    """
    match spec:
        case Gru() | Lstm():
            return Recurrent(spec, inputs, window, normalise=normalise, categories=categories)
        case TemporalConv():
            return DenseConvolution(spec, inputs, window, normalise=normalise, categories=categories)
        case EventConv():
            return EventConvolution(spec, inputs, window, normalise=normalise, categories=categories)
        case AlignedEvents():
            return AlignedEventsNetwork(spec, inputs, window, normalise=normalise, categories=categories)
        case WindowStatistics():
            return ProjectedStatistics(spec, inputs, window, normalise=normalise)
        case DenseStatistics():
            return SlidingProjection(spec, inputs, window, normalise=normalise)
        case LeNet4():
            return LeNet4Network(spec, inputs, window, normalise=normalise)
        case Vgg8():
            return Vgg8Network(spec, inputs, window, normalise=normalise)
        case MobileNetV2() if shape is None:
            return MobileNetV2Windows(spec, inputs, window, normalise=normalise)
        case Fcn():
            return FullyConvolutional(spec, inputs, window, normalise=normalise)
        case TlRnn():
            return CellState(spec, inputs, window, normalise=normalise, categories=categories or {})
        case SiteCounts():
            return CountedSites(spec, inputs, window, normalise=normalise, categories=categories or {})
        case VisitStatistics():
            return ProjectedVisits(spec, inputs, window, normalise=normalise, categories=categories or {})
        case ClassStatistics():
            return ProjectedClasses(spec, inputs, window, normalise=normalise, categories=categories)
        case TypeNet():
            return TypeNetNetwork(spec, inputs, window, normalise=normalise, categories=categories)
        case FrameSequence():
            return FrameSequenceNetwork(spec, inputs, window, normalise=normalise)
        case Fusion():
            parts = [build_network(part, inputs, window, shape=shape, categories=categories) for part in spec.parts]
            return FusedNetwork(parts, spec.weights or [1.0] * len(parts))
    return _image_network(spec, shape, normalise)


def _image_network(spec: Component, shape: Shape | None, normalise: bool) -> ImageNetwork:
    """Return the network of images that a spec describes."""
    if shape is None:
        raise RecipeError(f"network {spec.name}: an encoding of images", "another", "choose an image encoding")
    match spec:
        case ResNet50Cbam():
            return ResNet50CbamNetwork(spec, shape, normalise=normalise)
        case AttentionUNet() | UNet():
            return UNetNetwork(spec, shape, normalise=normalise)
        case OrientedLines():
            return ProjectedLines(spec, shape, normalise=normalise)
        case SmallResidual():
            return SmallResidualNetwork(spec, shape, normalise=normalise)
        case Cnn():
            return CnnNetwork(spec, shape, normalise=normalise)
        case MobileNetV2():
            return MobileNetV2Images(spec, shape, normalise=normalise)
    raise TypeError(f"no network is built from {type(spec).__name__}")


def build_classifier(
    spec: Gru | Lstm | TemporalConv,
    inputs: int,
    window: int,
    subjects: int,
    *,
    categories: Mapping[int, int] | None = None,
) -> Network:
    """Build the classification baseline of paper 002 (§4.1, §5.3): the network with one logit a training subject.

    Parameters
    ----------
    spec : Gru, Lstm or TemporalConv
        Its ``dim`` is replaced by ``subjects``.
    inputs, window, categories
        See `build_network`.
    subjects : int
        Classes: all that it can ever name.
    """
    alike = spec.model_copy(update={"dim": subjects})
    return build_network(alike, inputs, window, normalise=False, categories=categories)
