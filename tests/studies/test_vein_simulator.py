import numpy as np
import pytest

from lineament.datasets import open_dataset
from lineament.datasets.simulate import simulated_veins
from lineament.errors import ProtocolError
from lineament.studies import vein_simulator as study


def test_correlations_agree_with_a_slow_loop():
    rng = np.random.default_rng(0)
    probes, references = rng.standard_normal((2, 2, 14, 15))
    found = study.correlations(probes, references)
    for i, j in np.ndindex(2, 2):
        best = -np.inf
        for down in range(-study.REACH, study.REACH + 1):
            for right in range(-study.REACH, study.REACH + 1):
                shifted = np.zeros((54, 55))
                shifted[20 + down : 34 + down, 20 + right : 35 + right] = references[j]
                best = max(best, (shifted[20:34, 20:35] * probes[i]).sum())
        assert found[i, j] == pytest.approx(best / np.linalg.norm(probes[i]) / np.linalg.norm(references[j]))


def test_simulated_hands_set_against_themselves_are_alike():
    real = simulated_veins(3, 2, 2, seed=50)
    calls = []
    people = real.people()
    found = study.compare(real, populations=1, seed=50, people=people, progress=lambda *call: calls.append(call))
    assert all(found.simulated[pair] == (found.real[pair],) for pair in study.PAIRS)
    assert found.real["same capture"].hands == 6
    assert found.real["same capture"].mated > found.real["across captures"].mated > found.real["same capture"].non_mated
    assert found.alike
    assert found.as_dict()["simulated"]["same capture"][0]["hands"] == 6
    assert calls[-1] == ("simulated 1", 6, 6)


def test_people_without_a_second_capture_are_refused():
    with pytest.raises(ProtocolError, match="two captures"):
        study.compare(simulated_veins(3, 1, 1))
    with pytest.raises(ProtocolError, match="simulated population"):
        study.compare(simulated_veins(3, 2, 1), populations=0, people=["sim0-00000", "sim0-00001"])


@pytest.mark.slow
def test_simulated_hands_are_as_hard_as_those_of_vein_dorsal(shared_data):
    found = study.compare(open_dataset(shared_data("vein-dorsal")), populations=2)
    assert found.real["across captures"].hands == 82
    assert found.alike
