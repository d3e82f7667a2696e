"""The one-class support vector machine of the mouse paper, held against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest

from lineament.studies.mouse_svm import OneClassSvm


@pytest.mark.parametrize(("count", "nu"), [(7, 0.5), (60, 0.5), (60, 0.1), (41, 0.9)])
def test_scores_are_those_of_scikit_learn(count: int, nu: float) -> None:
    svm = pytest.importorskip("sklearn.svm", reason="needs scikit-learn")
    rng = np.random.default_rng(count)
    templates, probes = rng.normal(size=(count, 16)) * rng.uniform(0.2, 2, 16), rng.normal(size=(30, 16))
    theirs = svm.OneClassSVM(gamma="scale", nu=nu, tol=1e-7).fit(templates)
    ours = OneClassSvm.fit(templates, nu=nu)
    np.testing.assert_allclose(nu * count * ours.scores(probes), theirs.score_samples(probes), atol=1e-3)
    assert nu * count * ours.offset == pytest.approx(float(theirs.offset_[0]), abs=1e-3)


def test_one_template_and_equal_templates_are_borne() -> None:
    for templates in ([[1.0, 2.0]], [[1.0, 2.0]] * 5):
        machine = OneClassSvm.fit(templates)
        near, far = machine.scores([[1.0, 2.0], [9.0, 9.0]])
        assert near > far


def test_no_templates_are_refused() -> None:
    with pytest.raises(ValueError, match="templates, not"):
        OneClassSvm.fit(np.zeros((0, 3)))
