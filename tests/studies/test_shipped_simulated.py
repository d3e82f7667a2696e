from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lineament.encoder import Encoder
from lineament.errors import LineamentError
from lineament.studies import shipped_simulated
from lineament.studies.shipped_simulated import Plan, make


def _quietly(what: str, total: int) -> Iterator[int]:
    yield from range(total)


def test_an_encoder_is_trained_calibrated_judged_and_described(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    plan = Plan("tiny-simulated", "keystroke-phrase", trained=24, calibrated=30, judged=30)
    monkeypatch.setitem(shipped_simulated.PLANS, "keystrokes", plan)
    made = make("keystrokes", tmp_path / "out", work=tmp_path / "work", progress=_quietly)
    again = Encoder.load(tmp_path / "out")
    assert made.id == again.id
    assert (again.name, again.encoding.unit) == ("tiny-simulated", "keys")
    assert again.calibration is not None
    assert again.calibration.people == 30
    assert again.calibration.unit == "keys"
    assert again.card["data"] == [
        {"name": "simulated-typing-11", "licence": "Apache-2.0", "people": 24, "simulated": True}
    ]
    judged = again.card["figures"]["simulated people never seen"]
    assert judged["gallery_size"] == 15
    assert [promise["fpir"] for promise in judged["promises"]] == [0.05, 0.01]
    assert judged["probes"][0]["rank_one"]["estimate"] > 0.5
    assert not any("sim13" in str(value) for value in again.card.values())


def test_a_modality_without_a_plan_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LineamentError, match="use 'mouse'"):
        make("mous", tmp_path / "out", work=tmp_path / "work", progress=_quietly)


def test_a_network_that_is_too_large_for_a_page_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(shipped_simulated.PLANS, "keystrokes", Plan("x", "keystroke-phrase", 24, 30, 30))
    monkeypatch.setattr(shipped_simulated, "LARGEST_BYTES", 10)
    with pytest.raises(LineamentError, match="a network of 1 MB at most"):
        make("keystrokes", tmp_path / "out", work=tmp_path / "work", progress=_quietly)
    assert not (tmp_path / "out").exists()
