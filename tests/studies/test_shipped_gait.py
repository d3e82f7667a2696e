"""The encoder of walking that ships: small, of simulated people alone, and as good as its promise on untouched ones."""

from __future__ import annotations

import numpy as np
import pytest

from lineament.datasets.simulate.gait import Walker, simulate_walk
from lineament.encoder import Encoder
from lineament.encoder.folder import SHIPPED
from lineament.errors import SignalError
from lineament.evaluation.calibrating import validation_scores
from lineament.evaluation.tracks import embed_tracks
from lineament.recipes.components import Prototype

NAME = "gait-simulated"


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder.load(NAME)


def test_it_is_small_and_says_what_it_is(encoder: Encoder) -> None:
    assert (SHIPPED / NAME / "network.onnx").stat().st_size < 1_000_000
    assert all(entry["simulated"] for entry in encoder.card["data"])
    assert (encoder.encoding.unit, encoder.window_seconds) == ("s", 5.0)


def test_its_promise_is_kept_on_people_that_took_no_part(encoder: Encoder) -> None:
    enrolled, used = (
        embed_tracks(encoder, [simulate_walk(Walker(987, n), session, "slow walk", 40) for n in range(24)])
        for session in (1, 2)
    )
    scores = validation_scores(enrolled, used, Prototype(), use_s=20.0)
    assert scores is not None
    assert encoder.calibration is not None
    threshold = encoder.calibration.threshold(fpir=0.05, gallery_size=scores.others).value
    assert np.mean([row.max() >= threshold for row in scores.strangers]) < 0.25  # 5 % promised, of 24 people alone
    assert np.mean(scores.known >= threshold) > 0.5


def test_less_than_eight_seconds_of_walking_is_refused_with_what_is_missing(encoder: Encoder) -> None:
    with pytest.raises(SignalError, match=r"8\.0 s without a gap .*record 2\.0 s more"):
        encoder.embed(simulate_walk(Walker(987, 0), 1, "slow walk", 6))
