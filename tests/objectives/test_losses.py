"""The paper's losses against golden values, independent loops, and degenerate inputs."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
import torch

from lineament.errors import RecipeError
from lineament.objectives import build_loss
from lineament.recipes.components import (
    LOSSES,
    ArcFace,
    Component,
    Contrastive,
    CrossEntropy,
    Gru,
    MultiSimilarity,
    NormalisedSoftmax,
    Triplet,
)

PUBLISHED = ArcFace(
    margin_degrees=3.567691167492333, scale=211.03994918573463, weight_regulariser=9.14e-05, frozen_proxies=True
)
# Value and gradient norm of each loss on `inputs()`, in float64 (pytorch-metric-learning 2.9.0).
GOLDEN: list[tuple[Component, float, float]] = [
    (ArcFace(), 36.6104371979, 9.3811566323),
    (PUBLISHED, 34.3027254109, 32.5492847995),
    (NormalisedSoftmax(), 2.6906666759, 2.8062895776),
    (Contrastive(), 2.6715246271, 0.1888453263),
    (Triplet(), 0.7094957941, 0.0772313365),
    (Triplet(margin=0.2), 0.7827070285, 0.0596758376),
    (MultiSimilarity(), 1.9061472427, 0.0201997511),
]


def inputs() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return embeddings (12, 6) of several lengths, labels (12,) and proxies (6, 4), all without randomness."""
    x = np.sin(0.7 * np.arange(72) + 0.3).reshape(12, 6) * (1 + 0.1 * np.arange(12))[:, None]
    w = np.cos(0.9 * np.arange(24) + 0.2).reshape(6, 4)
    return torch.tensor(x, requires_grad=True), torch.arange(12) % 4, torch.tensor(w)


def evaluate(spec: Component) -> tuple[float, float]:
    x, y, w = inputs()
    loss = build_loss(spec, 6, 4).double()
    for proxies in loss.parameters():
        proxies.data = w.clone()
    value = loss(x, y)
    value.backward()
    assert x.grad is not None
    return float(value.detach()), float(x.grad.norm())


@pytest.mark.parametrize(("spec", "value", "norm"), GOLDEN, ids=lambda v: v.name if isinstance(v, Component) else None)
def test_value_and_gradient_are_golden(spec: Component, value: float, norm: float) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got = evaluate(spec)
    np.testing.assert_allclose(got, (value, norm), rtol=1e-9)


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def softmax_loss(logits: list[float], target: int) -> float:
    top = max(logits)
    return top + math.log(sum(math.exp(value - top) for value in logits)) - logits[target]


def slow_arcface(spec: ArcFace, x: np.ndarray, y: np.ndarray, w: np.ndarray) -> float:
    margin = math.radians(spec.margin_degrees)
    total = 0.0
    for row, label in zip(unit(x), y, strict=True):
        cosines = [float(row @ proxy) for proxy in unit(w.T)]
        angle = math.acos(cosines[label])
        moved = math.cos(angle + margin) if angle <= math.pi - margin else cosines[label] - margin * math.sin(margin)
        cosines[label] = moved
        total += softmax_loss([spec.scale * value for value in cosines], label)
    return total / len(x)


def slow_normalised_softmax(spec: NormalisedSoftmax, x: np.ndarray, y: np.ndarray, w: np.ndarray) -> float:
    rows, proxies = unit(x), unit(w.T)
    losses = [softmax_loss([float(r @ p) / spec.temperature for p in proxies], k) for r, k in zip(rows, y, strict=True)]
    return sum(losses) / len(losses)


def mean_of_positive(values: list[float]) -> float:
    costly = [value for value in values if value > 0]
    return sum(costly) / len(costly) if costly else 0.0


def slow_contrastive(spec: Contrastive, x: np.ndarray, y: np.ndarray, w: np.ndarray) -> float:
    rows, near, far = unit(x), [], []
    for i in range(len(x)):
        for j in range(len(x)):
            distance = math.dist(rows[i], rows[j])
            if i != j and y[i] == y[j]:
                near.append(distance - spec.positive_margin)
            elif y[i] != y[j]:
                far.append(spec.negative_margin - distance)
    return mean_of_positive(near) + mean_of_positive(far)


def slow_triplet(spec: Triplet, x: np.ndarray, y: np.ndarray, w: np.ndarray) -> float:
    rows, everybody = unit(x), range(len(x))
    values = [
        math.dist(rows[a], rows[p]) - math.dist(rows[a], rows[n]) + spec.margin
        for a in everybody
        for p in everybody
        for n in everybody
        if a != p and y[a] == y[p] and y[a] != y[n]
    ]
    return mean_of_positive(values)


def slow_multi_similarity(spec: MultiSimilarity, x: np.ndarray, y: np.ndarray, w: np.ndarray) -> float:
    rows, total = unit(x), 0.0
    for i in range(len(x)):
        same = sum(
            math.exp(-spec.alpha * (float(rows[i] @ rows[j]) - spec.base))
            for j in range(len(x))
            if i != j and y[i] == y[j]
        )
        other = sum(math.exp(spec.beta * (float(rows[i] @ rows[j]) - spec.base)) for j in range(len(x)) if y[i] != y[j])
        total += math.log(1 + same) / spec.alpha + math.log(1 + other) / spec.beta
    return total / len(x)


SLOW = {
    ArcFace: slow_arcface,
    NormalisedSoftmax: slow_normalised_softmax,
    Contrastive: slow_contrastive,
    Triplet: slow_triplet,
    MultiSimilarity: slow_multi_similarity,
}
SPECS = [
    ArcFace(),
    ArcFace(margin_degrees=170.0, scale=3.0),
    NormalisedSoftmax(temperature=0.3),
    Contrastive(positive_margin=0.2, negative_margin=1.3),
    Triplet(margin=0.4),
    MultiSimilarity(alpha=1.0, beta=5.0, base=0.2),
]


@pytest.mark.parametrize("spec", SPECS, ids=lambda s: s.name)
def test_agrees_with_a_slow_loop(spec: Component) -> None:
    rng = np.random.default_rng(3)
    x, y, w = rng.normal(size=(10, 5)), rng.integers(0, 3, 10), rng.normal(size=(5, 3))
    loss = build_loss(spec, 5, 3).double()
    for proxies in loss.parameters():
        proxies.data = torch.tensor(w)
    got = float(loss(torch.tensor(x), torch.tensor(y)).detach())
    assert got == pytest.approx(SLOW[type(spec)](spec, x, y, w), rel=1e-9)  # type: ignore[operator]


@pytest.mark.parametrize("name", LOSSES.names())
@pytest.mark.parametrize("case", ["duplicates", "aligned", "opposite", "zero", "one class"])
def test_degenerate_batches_have_finite_loss_and_gradient(name: str, case: str) -> None:
    # four numbers are a sequence of two points
    spec = LOSSES.get(name)(**({"points": 2} if name == "warped_triplet" else {}))
    loss = build_loss(spec, 4, 4)
    x = torch.randn(8, 4, generator=torch.Generator().manual_seed(0))
    y = torch.arange(8) % 4
    proxies = next(loss.parameters(), torch.eye(4))
    if case == "duplicates":
        x[4:] = x[:4]
    elif case == "aligned":
        x = 3 * proxies.detach().T[y].clone()
    elif case == "opposite":
        x = -3 * proxies.detach().T[y].clone()
    elif case == "zero":
        x[0] = 0
    else:
        y = torch.zeros(8, dtype=torch.long)
    x.requires_grad_()
    value = loss(x, y)
    value.backward()
    assert torch.isfinite(value)
    assert x.grad is None or torch.isfinite(x.grad).all()


@pytest.mark.parametrize("spec", [ArcFace(), NormalisedSoftmax()], ids=lambda s: s.name)
@pytest.mark.parametrize("frozen", [False, True])
def test_proxies_move_unless_frozen(spec: Component, frozen: bool) -> None:
    loss = build_loss(spec.model_copy(update={"frozen_proxies": frozen}), 6, 4)
    (proxies,) = loss.parameters()
    before = proxies.detach().clone()
    x, y, _ = inputs()
    layer = torch.nn.Linear(6, 6)
    trained = [p for p in [*layer.parameters(), *loss.parameters()] if p.requires_grad]
    optimiser = torch.optim.Adam(trained, lr=0.01)
    for _ in range(3):
        optimiser.zero_grad()
        loss(layer(x.detach().float()), y).backward()
        optimiser.step()
    assert torch.equal(proxies, before) is frozen


def test_the_regularisers_weight_has_no_effect_as_published() -> None:
    without = PUBLISHED.model_copy(update={"weight_regulariser": 0.0})
    assert evaluate(PUBLISHED) == evaluate(without)


def test_proxies_of_the_papers_arcface_complete_its_parameter_count() -> None:
    loss = build_loss(ArcFace(), 192, 27)
    assert 3_156_492 + sum(p.numel() for p in loss.parameters()) == 3_161_676


def test_a_classifier_needs_an_output_for_each_subject() -> None:
    with pytest.raises(RecipeError, match="one output for each of 5 subjects"):
        build_loss(CrossEntropy(), 4, 5)


def test_a_network_is_no_loss() -> None:
    with pytest.raises(RecipeError, match="the spec of a loss"):
        build_loss(Gru(), 4, 5)
