"""The metric of warped frames: against a slow loop, and on sequences made so that the right direction is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lineament.decisions.alignment import best_paths, local_distances
from lineament.errors import ProtocolError, RecipeError
from lineament.networks import build_network
from lineament.recipes.signature_components import FrameSequence
from lineament.training.warped_metric import Group, fit_warped, grouped, nearest_subjects, scatters


def people(rng: np.random.Generator, count: int = 6, each: int = 5, points: int = 12) -> tuple[np.ndarray, list[str]]:
    """Sequences whose second feature is the subject's; the first varies as widely, from one sequence to the next."""
    frames = rng.normal(size=(count * each, points, 3)) * [1.0, 0.1, 0.1]
    course = np.repeat(rng.normal(size=(count, points)), each, axis=0)
    frames[..., 1] += course
    return frames.astype(np.float32), [f"p{n // each}" for n in range(count * each)]


def test_scatters_are_those_of_a_slow_loop() -> None:
    frames, labels = people(np.random.default_rng(0), count=2, each=2)
    within, between = scatters(frames, grouped(labels), band=2)

    def outer(a: int, b: int) -> np.ndarray:
        weights = best_paths(np.ascontiguousarray(local_distances(frames[a], frames[b][None])), 2)[..., 0]
        total = np.zeros((3, 3))
        for i, j in np.argwhere(weights):
            step = (frames[a, i] - frames[b, j]).astype(np.float64)
            total += weights[i, j] * np.outer(step, step)
        return total / weights.sum()

    np.testing.assert_allclose(within, (outer(0, 1) + outer(2, 3)) / 2, rtol=1e-4)
    np.testing.assert_allclose(between, np.mean([outer(a, b) for a in (0, 1) for b in (2, 3)], axis=0), rtol=1e-4)


def test_the_nearest_subject_is_found() -> None:
    frames, labels = people(np.random.default_rng(1), count=4, each=4)
    copied = np.concatenate([frames, frames[:4] + 0.05])
    nearest = nearest_subjects(copied, grouped([*labels, *["q"] * 4]), band=2)
    assert (nearest[0], nearest[4]) == (4, 0)


def test_forgeries_are_compared_with_their_targets_and_are_no_subjects() -> None:
    rng = np.random.default_rng(5)
    frames, labels = people(rng, count=2, each=3)
    forged = frames[:3] + rng.normal(size=frames[:3].shape).astype(np.float32) * [0.0, 0.0, 2.0]
    both = np.concatenate([frames, forged]).astype(np.float32)
    groups = grouped([*labels, *["p0-forged"] * 3])
    assert [(len(group.own), len(group.forged)) for group in groups] == [(3, 3), (3, 0)]
    _, between = scatters(both, [groups[0], Group(groups[1].own, groups[0].forged)], band=0)
    _, apart = scatters(frames, grouped(labels), band=0)
    assert between[2, 2] > 10 * apart[2, 2]


def test_the_direction_that_tells_subjects_apart_is_found() -> None:
    frames, labels = people(np.random.default_rng(2))
    network = build_network(FrameSequence(metric=1, band=2), 3, 12, normalise=False)
    fit_warped(network, frames, labels)
    direction = network.projection.numpy()[:, 0]
    assert abs(direction[1]) > 5 * abs(direction[0])
    embedded = network.embed_windows(torch.from_numpy(frames))
    np.testing.assert_allclose(embedded.numpy(), (frames @ network.projection.numpy()).reshape(30, -1), rtol=1e-5)


def test_without_a_metric_frames_are_left_as_they_are() -> None:
    frames = torch.randn(2, 12, 3)
    network = build_network(FrameSequence(), 3, 12, normalise=False)
    fit_warped(network, frames.numpy(), ["a", "a"])
    torch.testing.assert_close(network.embed_windows(frames), frames.flatten(1))


def test_too_few_people_and_too_many_directions_are_refused() -> None:
    network = build_network(FrameSequence(metric=2), 3, 12, normalise=False)
    frames, labels = people(np.random.default_rng(3), count=1)
    with pytest.raises(ProtocolError, match="two subjects with two sequences"):
        fit_warped(network, frames, labels)
    with pytest.raises(RecipeError, match="at most 3 numbers"):
        build_network(FrameSequence(metric=4), 3, 12, normalise=False)
    with pytest.raises(RecipeError, match="hidden or metric"):
        FrameSequence(metric=2, hidden=3)


def test_a_recurrent_layer_starts_from_the_features() -> None:
    torch.manual_seed(0)
    network = build_network(FrameSequence(hidden=4, learned=2), 3, 12, normalise=False).eval()
    frames = torch.randn(2, 12, 3)
    embedded = network.embed_windows(frames).reshape(2, 12, 5)
    torch.testing.assert_close(embedded[..., :3], frames)
    assert network.dim == 60
