from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lineament.datasets import open_dataset
from lineament.datasets.simulate.populations import SIMULATORS, simulated
from lineament.datasets.simulate.recordings import write_recordings
from lineament.errors import LineamentError

MODALITIES = sorted(set(SIMULATORS) - {"motion"})


@pytest.mark.parametrize("modality", MODALITIES)
def test_a_person_is_a_number_and_a_seed(modality: str) -> None:
    some, others = simulated(modality, range(2), seed=4), simulated(modality, [1], seed=4)
    assert len(some.subjects()) == 2
    assert set(some.sessions()) == set(others.sessions())
    assert len(some.sessions()) >= 2
    [same] = others.subjects()
    mine = next(row for row in range(len(some)) if some.table["subject"][row] == same)
    first, second = some.load(mine), others.load(0)
    assert first.modality == modality
    np.testing.assert_array_equal(first.values, second.values)
    stranger = simulated(modality, [1], seed=5).load(0)
    assert stranger.values.shape != first.values.shape or not np.allclose(stranger.values, first.values)
    assert bool(some.table["simulated"].all())


@pytest.mark.parametrize("modality", MODALITIES)
def test_what_is_written_is_the_data_set_again_and_can_be_continued(modality: str, tmp_path: Path) -> None:
    written, kept = write_recordings(tmp_path, modality, 1, 2)
    assert (written > 0, kept) == (True, 0)
    more, there = write_recordings(tmp_path, modality, 2, 2)
    assert there == written
    data, made = open_dataset(tmp_path), simulated(modality, range(2))
    assert len(data) == len(made) == more + there
    assert data.subjects() == made.subjects()
    assert bool(data.table["simulated"].all())
    first, again = made.load(0), data.load(0)
    assert again.modality == modality
    np.testing.assert_allclose(again.values, first.values, atol=2e-3)


def test_another_simulation_is_not_mixed_in(tmp_path: Path) -> None:
    write_recordings(tmp_path, "keystrokes", 1, 1, suffix="csv")
    with pytest.raises(LineamentError, match="another data set"):
        write_recordings(tmp_path, "keystrokes", 1, 1, seed=1, suffix="csv")
    with pytest.raises(LineamentError, match="parquet or csv"):
        write_recordings(tmp_path / "new", "keystrokes", 1, 1, suffix="json")
    with pytest.raises(LineamentError, match="use 'keystrokes'"):
        simulated("keystroke", range(2))
