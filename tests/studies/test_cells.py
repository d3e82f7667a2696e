from __future__ import annotations

from pathlib import Path

import pytest

from lineament.studies.cells import Cells


def test_cells_are_remembered_under_their_setting_alone(tmp_path: Path) -> None:
    first = Cells(tmp_path, {"seed": 0})
    first["train12 seed0 fold1"] = {"a": [1.5, None]}
    assert Cells(tmp_path, {"seed": 0})["train12 seed0 fold1"] == {"a": [1.5, None]}
    assert "train12 seed0 fold1" not in Cells(tmp_path, {"seed": 1})
    assert list(first) == ["train12 seed0 fold1"]
    del first["train12 seed0 fold1"]
    with pytest.raises(KeyError):
        first["train12 seed0 fold1"]
