"""Simulated signatures: the same ever again, sound, nearer to their writer's than to others'; forgeries in between."""

from __future__ import annotations

import numpy as np
import pytest

from lineament.datasets.simulate.signatures import simulate_writer, simulated_signatures, written
from lineament.decisions.alignment import warping_distances
from lineament.encodings.signature import SignatureFrames
from lineament.errors import LineamentError
from lineament.recipes.signature_components import SignatureEncoding


def test_a_writer_is_the_same_in_every_data_set() -> None:
    one = simulated_signatures(3, signatures=2, forgeries=2, seed=4)
    other = simulated_signatures([2], signatures=2, forgeries=2, seed=4)
    for row in range(len(other)):
        np.testing.assert_array_equal(one.load(12 + row).values, other.load(row).values)
    assert one.load(0).subject == "sim4-00000"
    assert one.load(4).subject == "sim4-00000-forged"


def test_signatures_differ_from_one_to_the_next_and_say_whose_they_are() -> None:
    data = simulated_signatures(2, signatures=2, forgeries=1, seed=1)
    assert data.table["subject"].tolist()[:5] == ["sim1-00000"] * 4 + ["sim1-00000-forged"]
    assert data.table["target"].unique().tolist() == ["sim1-00000", "sim1-00001"]
    samples = list(data)
    assert len({sample.values.tobytes() for sample in samples}) == len(samples)
    assert [bool(sample.attributes["forgery"]) for sample in samples[:5]] == [False] * 4 + [True]


def test_a_plan_is_written_with_the_pen_down_and_up() -> None:
    values, times = written(simulate_writer(0, 1), np.random.default_rng(0))
    assert set(np.unique(values[:, 5])) <= {0.0, 1.0}
    assert (values[values[:, 5] == 0, 2] == 0).all()
    np.testing.assert_allclose(np.diff(times), 0.01)


def test_forgeries_lie_between_the_writer_and_others() -> None:
    data = simulated_signatures(6, signatures=3, forgeries=4, seed=2)
    encoding = SignatureFrames(SignatureEncoding(length=60))
    frames = np.stack([encoding.encode(sample)[0].values for sample in data])
    table = np.stack([warping_distances(one, frames, band=9) for one in frames])
    target = data.table["target"].to_numpy()
    forged = data.table["forgery"].to_numpy(bool)
    same = target[:, None] == target[None]
    genuine = np.median(table[same & ~forged[:, None] & ~forged & (table > 0.01)])
    copied = np.median(table[same & forged[:, None] & ~forged])
    others = np.median(table[~same])
    assert genuine < copied < others


def test_nobody_is_refused() -> None:
    with pytest.raises(LineamentError, match="at least one writer"):
        simulated_signatures(0)
