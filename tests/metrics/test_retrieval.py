from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pytorch_metric_learning.utils.accuracy_calculator import AccuracyCalculator
from sklearn.metrics import average_precision_score

from lineament.metrics import average_precisions, average_precisions_at_r, cumulative_match_curve, mate_ranks


def test_map_at_r_is_that_of_pytorch_metric_learning() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(9), [2, 3, 4, 5, 6, 7, 2, 3, 9])
    points = rng.normal(size=(len(labels), 4)).astype(np.float32) + rng.normal(size=(9, 4))[labels].astype(np.float32)
    calculator = AccuracyCalculator(
        include=("mean_average_precision_at_r", "mean_average_precision", "precision_at_1"), k="max_bin_count"
    )
    theirs = calculator.get_accuracy(torch.as_tensor(points), torch.as_tensor(labels))
    scores = -((points[:, None].astype(float) - points[None]) ** 2).sum(axis=2)
    masks = {"relevant": labels[:, None] == labels[None], "ignored": np.eye(len(labels), dtype=bool)}
    ours = average_precisions_at_r(scores=scores, **masks).mean()
    assert ours == pytest.approx(theirs["mean_average_precision_at_r"], abs=1e-9)


@given(st.lists(st.tuples(st.floats(-5, 5), st.booleans()), min_size=1, max_size=25, unique_by=lambda pair: pair[0]))
def test_average_precision_is_that_of_scikit_learn_without_ties(pairs: list[tuple[float, bool]]) -> None:
    scores, relevant = map(np.array, zip(*pairs, strict=True))
    ours = average_precisions(scores=scores[None], relevant=relevant[None])[0]
    if relevant.any():
        assert ours == pytest.approx(average_precision_score(relevant, scores), abs=1e-9)
    else:
        assert np.isnan(ours)


@given(st.lists(st.tuples(st.integers(0, 3).map(float), st.booleans()), min_size=1, max_size=12))
def test_ties_count_against_the_relevant(pairs: list[tuple[float, bool]]) -> None:
    """A slow loop: each relevant reference comes after everything that scores as high and is not relevant."""
    scores, relevant = map(np.array, zip(*pairs, strict=True))
    ranked = [hit for _, hit in sorted(pairs, key=lambda pair: (-pair[0], pair[1]))]
    precisions = [sum(ranked[: k + 1]) / (k + 1) for k, hit in enumerate(ranked) if hit]
    whole = int(relevant.sum())
    ours = average_precisions(scores=scores[None], relevant=relevant[None])[0]
    at_r = average_precisions_at_r(scores=scores[None], relevant=relevant[None])[0]
    if whole:
        assert ours == pytest.approx(np.mean(precisions))
        within = [sum(ranked[: k + 1]) / (k + 1) for k, hit in enumerate(ranked[:whole]) if hit]
        assert at_r == pytest.approx(sum(within) / whole)
        assert at_r <= ours + 1e-12
    if len(pairs) and whole == 1:
        rank = mate_ranks(scores=scores[None], mates=[int(np.argmax(relevant))])
        assert ours == pytest.approx(1 / rank[0])


def test_vectors_of_open_metric_learning() -> None:
    """Hand-made in the manner of its `calc_map` and `calc_cmc` examples; it divides by the hits found, we by all."""
    found = np.array([[1, 0, 0], [0, 1, 1], [0, 0, 1]], dtype=bool)
    scores = np.tile([3.0, 2.0, 1.0], (3, 1))
    # divided by all relevant references (its first release; here all lie in the list): 1, (1/2 + 2/3) / 2, 1/3
    assert average_precisions(scores=scores, relevant=found) == pytest.approx([1, 7 / 12, 1 / 3])
    ranks = np.argmax(found, axis=1) + 1
    assert cumulative_match_curve(ranks=ranks, gallery_size=3) == pytest.approx([1 / 3, 2 / 3, 1])


def test_masks_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="shape of the scores"):
        average_precisions(scores=[[0.1, 0.2]], relevant=[[1]])
