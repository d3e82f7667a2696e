"""Deviations from everybody's events of a class, against slow loops, and the accuracy that they are for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from onnxruntime import InferenceSession

from lineament.errors import ProtocolError, RecipeError
from lineament.networks import build_network
from lineament.networks.class_statistics import ProjectedClasses
from lineament.recipes.event_components import ClassStatistics
from lineament.recipes.recipe import load_recipe
from lineament.signals.keystrokes import keystroke_sample
from lineament.training.class_tables import fit_classes, tables
from lineament.training.discriminant import fit_closed_form, fit_closed_form_to_recordings
from lineament.training.export import export_onnx
from lineament.training.fit import fit

WINDOW, KEYS = 20, 12
SPEC = ClassStatistics(present=2, classes=4, pairs=5, dim=9, population_prior=2.0)


def typists(people: int, each: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Windows of people who differ by key and by pair of keys, the first few frames filled up."""
    rng = np.random.default_rng(seed)
    everybody = np.random.default_rng(99).normal(0, 2, (KEYS, KEYS, 2))
    habits = rng.normal(0, 1, (people, 1, KEYS, 2))
    labels = np.repeat(np.arange(people), each)
    keys = rng.choice(KEYS, (len(labels), WINDOW), p=np.arange(KEYS, 0, -1) / 78)
    before = np.roll(keys, 1, axis=1)
    frames = np.zeros((len(labels), WINDOW, 4), dtype=np.float32)
    noise = rng.normal(0, 1, (*keys.shape, 2))
    frames[..., :2] = everybody[before, keys] + habits[labels[:, None], 0, keys] + noise
    frames[..., 2], frames[..., 3] = 1, keys
    frames[::3, :4] = 0
    return frames, labels


def fitted(frames: np.ndarray, labels: np.ndarray, spec: ClassStatistics = SPEC) -> ProjectedClasses:
    network = build_network(spec, 4, WINDOW, categories={3: KEYS})
    assert isinstance(network, ProjectedClasses)
    fit_classes(network, list(frames))
    fit_closed_form(network, frames, list(labels))
    return network.eval()


def test_everybodys_means_are_shrunk_first_to_the_class_and_then_to_all() -> None:
    values = np.array([[1.0], [3.0], [5.0], [9.0]])
    mean, deviation = tables(values, np.array([0, 0, 2, 3]), np.array([0, 0, 0, 1]), 2, prior=2.0)
    everybody = 4.5
    class_0, class_1 = (9 + 2 * everybody) / 5, (9 + 2 * everybody) / 3
    wanted = [(4 + 2 * class_0) / 4, class_1, (5 + 2 * class_0) / 3, (9 + 2 * class_1) / 3]
    assert mean[:, 0] == pytest.approx(wanted)
    assert (deviation > 0).all()


def test_statistics_agree_with_a_slow_loop() -> None:
    frames, labels = typists(8, 6, 1)
    network = fitted(frames, labels)
    found = network.statistics(torch.from_numpy(frames)).numpy()
    sizes = np.cumsum(network.sizes(2))
    ranks = network.ranks.numpy()
    for number in (0, 1, 7):
        window, sums, counts = frames[number], np.zeros((4, 2)), np.zeros(4)
        for place in range(1, WINDOW):
            if window[place, 2] and window[place - 1, 2]:
                last, own = ranks[int(window[place - 1, 3])], ranks[int(window[place, 3])]
                pair = last * network.places + own
                deviation = (window[place, :2] - network.mean[pair].numpy()) / network.deviation[pair].numpy()
                if own:
                    sums[own - 1] += np.clip(deviation, -4, 4)
                    counts[own - 1] += 1
        assert found[number, sizes[0] : sizes[1]] == pytest.approx((sums / (counts + 1)[:, None]).ravel(), abs=1e-5)


def test_people_who_were_not_trained_on_are_told_apart() -> None:
    network = fitted(*typists(60, 10, 2), SPEC.model_copy(update={"classes": 8, "pairs": 12, "dim": 20}))
    frames, _ = typists(10, 10, 3)
    with torch.no_grad():
        vectors = network.embed_windows(torch.from_numpy(frames)).numpy().reshape(10, 10, -1)
    templates, probes = vectors[:, :5].mean(1), vectors[:, 5:].reshape(50, -1)
    assert ((probes @ templates.T).argmax(1) == np.repeat(np.arange(10), 5)).mean() > 0.65


def test_windows_fitted_together_and_one_by_one_are_the_same() -> None:
    frames, labels = typists(6, 5, 4)
    together, apart = fitted(frames, labels), build_network(SPEC, 4, WINDOW, categories={3: KEYS})
    seams = np.zeros(WINDOW, dtype=bool)
    recordings = [*((window, seams) for window in frames), (frames[0][:3], seams[:3])]  # the last is too short
    fit_closed_form_to_recordings(apart, recordings, [*labels, 0], stride=WINDOW)
    with torch.no_grad():
        one, other = (network(torch.from_numpy(frames)) for network in (together, apart))
    torch.testing.assert_close(one, other, atol=1e-4, rtol=0)


def test_the_exported_network_agrees_and_loads_again(tmp_path: Path) -> None:
    frames, labels = typists(6, 6, 5)
    network = fitted(frames, labels)
    export_onnx(network, tmp_path / "network.onnx")
    session = InferenceSession((tmp_path / "network.onnx").read_bytes())
    (made,) = session.run(None, {session.get_inputs()[0].name: frames})
    fresh = build_network(SPEC, 4, WINDOW, categories={3: KEYS}).eval()
    fresh.load_state_dict(network.state_dict())
    with torch.no_grad():
        np.testing.assert_allclose(made, network(torch.from_numpy(frames)).numpy(), atol=1e-4)
        torch.testing.assert_close(fresh(torch.from_numpy(frames)), network(torch.from_numpy(frames)))


def test_frames_without_a_class_are_refused() -> None:
    with pytest.raises(RecipeError, match="class number"):
        build_network(SPEC, 4, WINDOW)


def test_nothing_is_learned_from_nothing_long_enough() -> None:
    network = build_network(SPEC, 4, WINDOW, categories={3: KEYS})
    short = np.zeros((3, 4), dtype=np.float32), np.zeros(3, dtype=bool)
    with pytest.raises(ProtocolError, match="windows"):
        fit_closed_form_to_recordings(network, [short], ["a"], stride=1)


def test_training_fits_the_tables_of_a_recipe() -> None:
    rng = np.random.default_rng(0)
    samples = [
        keystroke_sample(press := np.cumsum(rng.uniform(0.1, 0.3, 30)), press + 0.08, rng.integers(65, 75, 30),
                         subject=f"{person}", session="1")
        for person in range(6)
        for _ in range(5)
    ]  # fmt: skip
    network = fit(load_recipe("keystroke-statistics"), samples, progress=False).network
    assert isinstance(network, ProjectedClasses)
    assert int((network.ranks > 0).sum()) == 10
    assert float(network.mean.abs().max()) > 0
