from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from lineament.errors import SignalError
from lineament.signals.axes import (
    axes_matrix,
    axes_names,
    convert_positions,
    convert_rotations,
    is_left_handed,
)


@pytest.mark.parametrize("axes", axes_names())
def test_a_turned_vector_is_the_same_in_all_axes(axes: str):
    rotation = Rotation.from_euler("xyz", [0.3, -0.5, 1.1])
    vector = np.array([1.0, 2.0, -3.0])

    turned_then_converted = convert_positions(rotation.apply(vector), axes)
    converted = Rotation.from_quat(convert_rotations(rotation.as_quat(), axes))
    converted_then_turned = converted.apply(convert_positions(vector, axes))

    np.testing.assert_allclose(turned_then_converted, converted_then_turned, atol=1e-12)


def test_known_conventions():
    assert convert_positions([1.0, 2.0, 3.0], "FRU").tolist() == [2.0, 3.0, 1.0]
    assert convert_rotations([0.1, 0.2, 0.3, 0.9], "RUB").tolist() == [-0.1, -0.2, 0.3, 0.9]
    assert is_left_handed("FRU")
    assert not is_left_handed("FLU")
    assert sum(is_left_handed(name) for name in axes_names()) == 24


@pytest.mark.parametrize("wrong", ["", "RU", "RUU", "RUX", "RLF"])
def test_wrong_names_are_refused(wrong: str):
    with pytest.raises(SignalError, match="three letters"):
        axes_matrix(wrong)
