"""Linear discriminant analysis in closed form: how `window_statistics` and back-ends are fitted.

Two projections are offered. ``lda`` keeps the directions that part the training subjects best, at most one fewer than
there are subjects. ``within`` keeps every direction and whitens the scatter within subjects (within-class covariance
normalisation, Hatch et al. 2006): with few training subjects it serves people who were not among them better.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg import eigh

from lineament.errors import ProtocolError, RecipeError
from lineament.networks import Network
from lineament.networks.dense_statistics import SlidingProjection
from lineament.networks.fusion import FusedNetwork
from lineament.networks.projection import Projection
from lineament.networks.temporal_conv import DenseConvolution
from lineament.networks.window_statistics import ProjectedStatistics
from lineament.recipes.components import Discriminant

FloatArray = NDArray[np.float64]
ClosedForm = ProjectedStatistics | SlidingProjection | DenseConvolution
SINGULAR = 1e-10  # of the largest eigenvalue: below it a direction does not vary within subjects and is left out
CONSTANT = 1e-6  # a deviation below it is rounding
BATCH = 1024


def fit_closed_form(
    network: Network,
    windows: NDArray[np.float32] | Iterable[NDArray[np.float32]],
    subjects: Sequence[Hashable],
    sessions: Sequence[Hashable] | None = None,
) -> None:
    """Fit whatever a network has that is fitted in closed form: window statistics and back-ends, in a fusion too.

    Parameters
    ----------
    network : Network
        Fitted in place, as in evaluation. After it is trained: a back-end takes the last layer's place.
    windows : float array (N, W, F), or an iterable of such batches
        Encoded training windows. Their statistics, (N, S) float32, are held in memory; the windows are not.
    subjects : sequence of length N
        Whose window each is.
    sessions : sequence of length N, optional
        The session of its subject that each is from; needed where the spec gives ``session_weight``.

    Raises
    ------
    ProtocolError
        Where there are fewer than two subjects, or not as many labels as windows.
    RecipeError
        Where the spec asks for more dimensions than there are, or for sessions that are not given.
    """
    parts = closed_form_parts(network)
    if not parts:
        return
    batches = np.array_split(windows, -(-len(windows) // BATCH)) if isinstance(windows, np.ndarray) else windows
    training = network.training
    network.eval()
    statistics = list(zip(*([_statistics(part, batch) for part in parts] for batch in batches), strict=True))
    network.train(training)
    for part, batched in zip(parts, statistics, strict=True):
        projection = part.back_end if isinstance(part, DenseConvolution) else part.projection
        assert projection is not None
        _fit(projection, np.concatenate(batched), subjects, sessions)


def closed_form_parts(network: Network) -> list[ClosedForm]:
    """Return the parts of a network that `fit_closed_form` fits."""
    if isinstance(network, FusedNetwork):
        return [part for inner in network.networks for part in closed_form_parts(inner)]
    if isinstance(network, ProjectedStatistics | SlidingProjection):
        return [network]
    if isinstance(network, DenseConvolution) and network.back_end is not None:
        return [network]
    return []


def _statistics(network: ClosedForm, batch: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the statistics (B, S) of a batch of windows (B, W, F)."""
    device = next(iter(network.buffers())).device
    with torch.no_grad():
        frames = torch.from_numpy(np.ascontiguousarray(batch, dtype=np.float32)).to(device)
        if isinstance(network, ProjectedStatistics):
            statistics = network.statistics(frames)
        else:
            statistics = network.statistics(frames, None, None)[0][:, 0]
    values: NDArray[np.float32] = statistics.float().cpu().numpy()
    return values


def _fit(
    projection: Projection,
    statistics: NDArray[np.float32],
    subjects: Sequence[Hashable],
    sessions: Sequence[Hashable] | None,
) -> None:
    """Set the buffers of a projection from statistics (N, S)."""
    spec = projection.spec
    labels = _numbered(subjects)
    if len(labels) != len(statistics) or (sessions is not None and len(sessions) != len(statistics)):
        raise ProtocolError(f"a subject and session for each of {len(statistics)} windows", str(len(labels)), "label")
    if labels.max(initial=0) < 1:
        raise ProtocolError("discriminant analysis: two training subjects or more", "fewer", "add people to train on")
    centre = statistics.mean(0, dtype=np.float64)
    scale = statistics.std(0, dtype=np.float64)
    scale[scale < CONSTANT] = 1.0  # a statistic that never varies stays at zero
    scores = (statistics - centre) / scale
    if spec.clip is not None:
        scores = scores.clip(-spec.clip, spec.clip)
    if spec.session_weight is None:
        offset, within, between = scatter(scores, labels)
    elif sessions is None:
        raise RecipeError("discriminant analysis: sessions, for its session_weight", "none", "drop session_weight")
    else:
        captures = _numbered(list(zip(subjects, sessions, strict=True)))
        offset, within, between = scatter_by_session(scores, labels, captures, spec.session_weight)
    matrix = project(within, between, spec, int(labels.max()) + 1)
    for name, value in (("centre", centre), ("scale", scale), ("offset", offset), ("matrix", matrix)):
        setattr(projection, name, torch.from_numpy(np.ascontiguousarray(value)).to(projection.centre))


def _numbered(labels: Sequence[Hashable]) -> NDArray[np.int64]:
    """Replace labels by numbers, in the order in which they first come.

    Examples
    --------
    >>> _numbered(["b", "a", "b"])
    array([0, 1, 0])
    """
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(label, len(numbers)) for label in labels], dtype=np.int64)


def _group_means(values: FloatArray, groups: NDArray[np.int64]) -> FloatArray:
    """Return the mean (groups, S) of the values (N, S) of each group."""
    sums = np.zeros((groups.max() + 1, values.shape[1]))
    np.add.at(sums, groups, values)
    means: FloatArray = sums / np.bincount(groups)[:, None]
    return means


def scatter(scores: FloatArray, subjects: NDArray[np.int64]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the mean (S,) and the scatters within and between subjects (S, S), each window weighing the same.

    Parameters
    ----------
    scores : float array (N, S)
    subjects : int array (N,)
        From 0 without gaps.
    """
    means = _group_means(scores, subjects)
    rest = scores - means[subjects]
    mean = scores.mean(0)
    apart = (means - mean) * np.sqrt(np.bincount(subjects) / len(scores))[:, None]
    return mean, rest.T @ rest / len(scores), apart.T @ apart


def scatter_by_session(
    scores: FloatArray, subjects: NDArray[np.int64], sessions: NDArray[np.int64], weight: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the mean and the scatters within and between subjects, each session of each subject weighing the same.

    The scatter within a subject is that within sessions plus ``weight`` times that between a subject's sessions
    (unbiased: divided by sessions less subjects): what differs from day to day counts as much as what differs from
    window to window, however many windows there are.

    Parameters
    ----------
    scores : float array (N, S)
    subjects, sessions : int array (N,)
        From 0 without gaps; sessions of two subjects have different numbers.
    weight : float
        Of the scatter between sessions.
    """
    session_means = _group_means(scores, sessions)
    owners = np.zeros(len(session_means), dtype=np.int64)
    owners[sessions] = subjects
    subject_means = _group_means(session_means, owners)
    mean = subject_means.mean(0)
    rest = (scores - session_means[sessions]) / np.sqrt(np.bincount(sessions)[sessions] * len(session_means))[:, None]
    drift = session_means - subject_means[owners]
    apart = subject_means - mean
    freedom = max(len(session_means) - len(subject_means), 1)
    within = rest.T @ rest + weight * (drift.T @ drift) / freedom
    return mean, within, apart.T @ apart / len(subject_means)


def shrink(matrix: FloatArray, shrinkage: float, target: str) -> FloatArray:
    """Mix a scatter with its scaled identity ("identity") or its own diagonal ("diagonal").

    Examples
    --------
    >>> shrink(np.array([[1.0, 1.0], [1.0, 3.0]]), 0.5, "identity")
    array([[1.5, 0.5],
           [0.5, 2.5]])
    """
    diagonal = np.diag(matrix) if target == "diagonal" else np.full(len(matrix), np.trace(matrix) / len(matrix))
    mixed: FloatArray = (1 - shrinkage) * matrix + shrinkage * np.diag(diagonal)
    return mixed


def project(within: FloatArray, between: FloatArray, spec: Discriminant, subjects: int) -> FloatArray:
    """Return the projection (S, dim) that whitens ``within`` and orders its directions by ``between``.

    With ``lda`` it is scikit-learn's ``LinearDiscriminantAnalysis(solver="eigen", shrinkage=...)``, which shrinks the
    scatter in all as it does that within subjects and takes the one between to be their difference.

    Raises
    ------
    RecipeError
        Where ``spec.dim`` is larger than the directions there are.
    """
    shrunk = shrink(within, spec.shrinkage, spec.shrinkage_target)
    apart = shrink(within + between, spec.shrinkage, spec.shrinkage_target) - shrunk
    values, vectors = eigh(shrunk)
    kept = values > SINGULAR * values[-1]
    whitening = vectors[:, kept] / np.sqrt(values[kept])
    most = min(subjects - 1, whitening.shape[1]) if spec.projection == "lda" else whitening.shape[1]
    dim = most if spec.dim is None else spec.dim
    if dim > most:
        raise RecipeError(f"discriminant analysis, dim: at most {most} with {subjects} subjects", str(dim), "lower it")
    _, directions = eigh(whitening.T @ apart @ whitening)
    projection = whitening @ directions[:, ::-1][:, :dim]
    # The sign of an eigenvector is a matter of the machine: make its largest entry positive.
    largest = np.abs(projection).argmax(0)
    signed: FloatArray = projection * np.sign(projection[largest, np.arange(dim)])
    return signed
