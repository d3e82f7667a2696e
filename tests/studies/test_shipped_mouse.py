"""The encoder of mice that ships: small, of simulated people alone, and as good as its promise on untouched ones."""

from __future__ import annotations

import numpy as np
import pytest

from lineament.datasets.simulate.mouse import simulated_mouse
from lineament.encoder import Encoder
from lineament.encoder.folder import SHIPPED
from lineament.errors import SignalError
from lineament.evaluation.calibrating import validation_scores
from lineament.evaluation.tracks import embed_tracks
from lineament.recipes.components import Prototype
from lineament.signals.mouse import mouse_sample

NAME = "mouse-simulated"


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder.load(NAME)


def test_it_is_small_and_says_what_it_is(encoder: Encoder) -> None:
    assert (SHIPPED / NAME / "network.onnx").stat().st_size < 1_000_000
    assert all(entry["simulated"] for entry in encoder.card["data"])
    assert (encoder.encoding.unit, encoder.window) == ("movements", 512)


def test_its_promise_is_kept_on_people_that_took_no_part(encoder: Encoder) -> None:
    people = list(simulated_mouse(range(30), seed=987))
    enrolled, used = (
        embed_tracks(encoder, [sample for sample in people if sample.session == session], stride_s=64)
        for session in ("1", "2")
    )
    scores = validation_scores(enrolled, used, Prototype(), use_s=512)
    assert scores is not None
    assert encoder.calibration is not None
    threshold = encoder.calibration.threshold(fpir=0.05, gallery_size=scores.others).value
    named = [row.max() >= threshold for row in scores.strangers]
    assert np.mean(named) < 0.12  # 5 % promised, of 30 people alone
    assert np.mean(scores.known >= threshold) > 0.25


def test_less_than_15_seconds_of_movement_is_refused_with_what_is_missing(encoder: Encoder) -> None:
    count = np.arange(301)
    with pytest.raises(SignalError, match=r"512 movements .*record 212 more"):
        encoder.embed(mouse_sample(count, count % 5, count * 0.016))
