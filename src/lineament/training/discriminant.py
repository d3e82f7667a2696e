"""Linear discriminant analysis in closed form: how `window_statistics` and back-ends are fitted.

Two projections are offered. ``lda`` keeps the directions that part the training subjects best, at most one fewer than
there are subjects. ``within`` keeps every direction and whitens the scatter within subjects (within-class covariance
normalisation, Hatch et al. 2006): with few training subjects it serves people who were not among them better.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg import eigh

from lineament.errors import ProtocolError, RecipeError
from lineament.networks import Network
from lineament.networks.class_statistics import ProjectedClasses
from lineament.networks.dense_statistics import SlidingProjection
from lineament.networks.fusion import FusedNetwork
from lineament.networks.network import gather_windows
from lineament.networks.oriented_lines import ProjectedLines
from lineament.networks.projection import Projection
from lineament.networks.temporal_conv import DenseConvolution
from lineament.networks.visit_statistics import ProjectedVisits
from lineament.networks.window_statistics import ProjectedStatistics
from lineament.recipes.components import Discriminant
from lineament.training.class_tables import fit_classes
from lineament.training.site_weights import fit_sites

FloatArray = NDArray[np.float64]
Scores = NDArray[np.floating]
Windowed = ProjectedStatistics | ProjectedLines | ProjectedVisits | ProjectedClasses
ClosedForm = Windowed | SlidingProjection | DenseConvolution
Pass = tuple[NDArray[np.float32], NDArray[np.bool_] | None, NDArray[np.int64] | None]
"""Windows (N, W, F); or a recording (1, T, F), its seams (1, T) and the first frames of its windows (N,)."""
SINGULAR = 1e-10  # of the largest eigenvalue: below it a direction does not vary within subjects and is left out
BLOCK = 4096  # rows that are multiplied at a time
CONSTANT = 1e-6  # a deviation below it is rounding
BATCH = 1024
SCALED = 64  # passes, evenly spread, from which the scale of random kernels is taken
STRETCH = 8192  # frames that begin a window, in one pass over a recording


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
    batches = np.array_split(windows, -(-len(windows) // BATCH)) if isinstance(windows, np.ndarray) else windows
    passes = ((batch, None, None) for batch in batches)
    for projection, statistics, alive in _collect(network, passes):
        if len(alive) != len(subjects) or (sessions is not None and len(sessions) != len(subjects)):
            raise ProtocolError(f"a subject and session for each of {len(alive)} windows", str(len(subjects)), "label")
        captures = None if sessions is None else _numbered(sessions)[alive]
        fit_projection(projection, statistics, _numbered(subjects)[alive], captures)


def fit_closed_form_to_recordings(
    network: Network,
    recordings: Iterable[tuple[NDArray[np.float32], NDArray[np.bool_]]],
    subjects: Sequence[Hashable],
    sessions: Sequence[Hashable] | None = None,
    *,
    stride: int,
) -> None:
    """Do the same on whole stretches of recordings: faster where windows overlap, and seams are masked as in use.

    Parameters
    ----------
    network : Network
        See `fit_closed_form`.
    recordings : iterable of (frames (T, F), seams (T,))
        Encoded; one without a whole window counts for nothing.
    subjects, sessions : sequences
        Of each stretch.
    stride : int
        Frames from one window to the next. Windows of which seams leave nothing are dropped.

    Raises
    ------
    ProtocolError, RecipeError
        See `fit_closed_form`.
    """
    owners: list[int] = []
    recordings = list(recordings)
    fit_sites(network, [frames for frames, _ in recordings], subjects, stride=stride)
    fit_classes(network, [frames for frames, _ in recordings])

    def passes() -> Iterator[Pass]:
        for place, (frames, seams) in enumerate(recordings):
            starts = np.arange(0, len(frames) - network.window + 1, stride)
            for some in np.array_split(starts, -(-len(starts) * stride // STRETCH)) if len(starts) else []:
                stretch = slice(some[0], some[-1] + network.window)
                owners.extend([place] * len(some))
                yield frames[None, stretch], seams[None, stretch], some - some[0]

    for projection, statistics, alive in _collect(network, passes()):
        chosen = np.array(owners)[alive]
        captures = None if sessions is None else _numbered(sessions)[chosen]
        fit_projection(projection, statistics, _numbered(subjects)[chosen], captures)


def closed_form_parts(network: Network) -> list[ClosedForm]:
    """Return the parts of a network that `fit_closed_form` fits."""
    if isinstance(network, FusedNetwork):
        return [part for inner in network.networks for part in closed_form_parts(inner)]
    if isinstance(network, Windowed | SlidingProjection):
        return [network]
    if isinstance(network, DenseConvolution) and network.back_end is not None:
        return [network]
    return []


def _collect(
    network: Network, passes: Iterable[Pass]
) -> Iterator[tuple[Projection, NDArray[np.float32], NDArray[np.bool_]]]:
    """Run the parts in closed form over all passes; yield each one's projection, statistics and living windows."""
    parts = closed_form_parts(network)
    if not parts:
        return
    training = network.training
    network.eval()
    convolved = [part.kernels for part in parts if isinstance(part, SlidingProjection) and part.kernels is not None]
    if convolved:
        passes = list(passes)
        for kernels in convolved:
            some = (frames for frames, _, _ in passes[:: -(-len(passes) // SCALED)])
            kernels.fit_scales(torch.from_numpy(frames).to(kernels.scales.device) for frames in some)
    try:
        outputs = [[_statistics(part, *one) for part in parts] for one in passes]
    finally:
        network.train(training)
    if not outputs:
        raise ProtocolError("discriminant analysis: windows to fit to", "none", "record for longer than a window")
    for place, part in enumerate(parts):
        projection = part.back_end if isinstance(part, DenseConvolution) else part.projection
        assert projection is not None
        alive = np.concatenate([output[place][1] for output in outputs])
        yield projection, np.concatenate([output[place][0] for output in outputs])[alive], alive


def _statistics(
    part: ClosedForm, frames: NDArray[np.float32], seams: NDArray[np.bool_] | None, starts: NDArray[np.int64] | None
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return statistics (N, S), and whether each window has any frame left (N,): of windows, or of one recording."""
    device = next(part.buffers()).device
    with torch.no_grad():
        values = torch.from_numpy(np.ascontiguousarray(frames, dtype=np.float32)).to(device)
        marks = None if seams is None else torch.from_numpy(np.ascontiguousarray(seams, dtype=np.float32)).to(device)
        places = None if starts is None else torch.from_numpy(starts).to(device)
        if isinstance(part, Windowed):
            windows = values if places is None else gather_windows(values, places, part.window)[0]
            statistics = part.statistics(windows)
            alive = torch.ones(len(statistics), dtype=torch.bool)
        else:
            statistics, alive = part.statistics(values, marks, places)
            statistics, alive = statistics.flatten(0, 1), alive.flatten()
    return statistics.float().cpu().numpy(), alive.cpu().numpy()


def fit_projection(
    projection: Projection,
    statistics: NDArray[np.float32],
    subjects: Sequence[Hashable] | NDArray[np.int64],
    sessions: Sequence[Hashable] | NDArray[np.int64] | None = None,
) -> None:
    """Set the buffers of a projection from the statistics (N, S) of windows; see `fit_closed_form`."""
    spec = projection.spec
    labels = _numbered(subjects)
    if labels.max(initial=0) < 1:
        raise ProtocolError("discriminant analysis: two training subjects or more", "fewer", "add people to train on")
    centre = statistics.mean(0, dtype=np.float64)
    scale = np.sqrt(np.diag(_covariance(statistics)))
    scale[scale < CONSTANT] = 1.0  # a statistic that never varies stays at zero
    scores = statistics - centre.astype(np.float32)
    scores /= scale.astype(np.float32)
    if spec.clip is not None:
        np.clip(scores, -spec.clip, spec.clip, out=scores)
    if spec.session_weight is None:
        offset, within, between = scatter(scores, labels)
    elif sessions is None:
        raise RecipeError("discriminant analysis: sessions, for its session_weight", "none", "drop session_weight")
    else:
        captures = _numbered(zip(subjects, sessions, strict=True))
        offset, within, between = scatter_by_session(scores, labels, captures, spec.session_weight)
    total = _covariance(scores)
    matrix = project(within, between, total, spec, int(labels.max()) + 1)
    for name, value in (("centre", centre), ("scale", scale), ("offset", offset), ("matrix", matrix)):
        setattr(projection, name, torch.from_numpy(np.ascontiguousarray(value)).to(projection.centre))


def _numbered(labels: Iterable[Hashable]) -> NDArray[np.int64]:
    """Replace labels by numbers, in the order in which they first come.

    Examples
    --------
    >>> _numbered(["b", "a", "b"])
    array([0, 1, 0])
    """
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(label, len(numbers)) for label in labels], dtype=np.int64)


def _members(groups: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return the rows of each group, groups counted from 0 without gaps."""
    return np.split(np.argsort(groups, kind="stable"), np.cumsum(np.bincount(groups))[:-1])


def _gram(values: Scores, mean: FloatArray) -> FloatArray:
    """Return the sum of the outer products of rows less a mean, (S, S), a block at a time: rows can be very many."""
    gram = np.zeros((values.shape[1], values.shape[1]))
    for start in range(0, len(values), BLOCK):
        rest = values[start : start + BLOCK].astype(np.float64) - mean
        gram += rest.T @ rest
    return gram


def _covariance(values: Scores) -> FloatArray:
    """Return the covariance (S, S) of rows (N, S), divided by N."""
    return _gram(values, values.mean(0, dtype=np.float64)) / len(values)


def scatter(scores: Scores, subjects: NDArray[np.int64]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the mean (S,) and the scatters within and between subjects (S, S), each window weighing the same.

    Parameters
    ----------
    scores : float array (N, S)
    subjects : int array (N,)
        From 0 without gaps.
    """
    members = _members(subjects)
    means = np.array([scores[rows].mean(0, dtype=np.float64) for rows in members])
    within = sum((_gram(scores[rows], mean) for rows, mean in zip(members, means, strict=True)), np.zeros(()))
    mean = scores.mean(0, dtype=np.float64)
    apart = (means - mean) * np.sqrt(np.bincount(subjects) / len(scores))[:, None]
    return mean, within / len(scores), apart.T @ apart


def scatter_by_session(
    scores: Scores, subjects: NDArray[np.int64], sessions: NDArray[np.int64], weight: float
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
    members = _members(sessions)
    session_means = np.array([scores[rows].mean(0, dtype=np.float64) for rows in members])
    owners = np.array([subjects[rows[0]] for rows in members])
    subject_means = np.array([session_means[rows].mean(0) for rows in _members(owners)])
    mean = subject_means.mean(0)
    within = np.zeros((scores.shape[1], scores.shape[1]))
    for rows, own in zip(members, session_means, strict=True):
        within += _gram(scores[rows], own) / (len(rows) * len(members))
    drift = session_means - subject_means[owners]
    apart = subject_means - mean
    freedom = max(len(session_means) - len(subject_means), 1)
    within += weight * (drift.T @ drift) / freedom
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


def project(
    within: FloatArray, between: FloatArray, total: FloatArray, spec: Discriminant, subjects: int
) -> FloatArray:
    """Return the projection (S, dim) that whitens the scatter ``within``, shrunk.

    ``lda`` keeps the directions that part the subjects best: it is scikit-learn's
    ``LinearDiscriminantAnalysis(solver="eigen", shrinkage=...)``, which shrinks the scatter in all as it does that
    within subjects, and takes the one between to be their difference. ``plda`` multiplies each of them by the root of
    its scatter between subjects over that in all: what tells least counts least (Prince and Elder 2007). ``within``
    keeps the ``dim`` directions along which windows lie widest, once whitened; or all of them, unturned, by the
    symmetric root of the inverse. ``even`` takes the former, and divides each by the root of its spread and the mean
    one: where a few directions (a device, say) lie far wider than all others, they do not rule the cosine.

    Parameters
    ----------
    within, between, total : float arrays (S, S)
        Scatters: within subjects, between them, and of the windows.
    spec : Discriminant
        Its ``dim`` is the most that is kept: there may be fewer directions.
    subjects : int
    """
    shrunk = shrink(within, spec.shrinkage, spec.shrinkage_target)
    values, vectors = eigh(shrunk)
    kept = values > SINGULAR * values[-1]
    whitening = vectors[:, kept] / np.sqrt(values[kept])
    if spec.projection == "within" and spec.dim is None:
        root: FloatArray = whitening @ vectors[:, kept].T
        return root
    apart = spec.projection not in {"within", "even"}
    most = min(subjects - 1, whitening.shape[1]) if apart else whitening.shape[1]
    dim = most if spec.dim is None else min(spec.dim, most)
    spread = total
    if apart:
        spread = shrink(within + between, spec.shrinkage, spec.shrinkage_target) - shrunk
    lengths, directions = eigh(whitening.T @ spread @ whitening)
    projection = whitening @ directions[:, ::-1][:, :dim]
    if spec.projection == "plda":
        between_subjects = np.maximum(lengths[::-1][:dim], 0.0)
        projection = projection * np.sqrt(between_subjects / (between_subjects + 1.0))
    if spec.projection == "even":
        spreads = lengths[::-1][:dim]
        projection = projection / np.sqrt(spreads + spreads.mean())
    # The sign of an eigenvector is a matter of the machine: make its largest entry positive.
    largest = np.abs(projection).argmax(0)
    signed: FloatArray = projection * np.sign(projection[largest, np.arange(dim)])
    return signed
