"""The encoder of browsing that ships: small, of simulated people alone, as good as its promise on untouched ones."""

from __future__ import annotations

import numpy as np
import pytest

from lineament.datasets.simulate.browsing import simulated_browsing
from lineament.encoder import Encoder
from lineament.encoder.folder import SHIPPED
from lineament.errors import AcquisitionError, SignalError
from lineament.evaluation.calibrating import validation_scores
from lineament.evaluation.tracks import embed_tracks
from lineament.recipes.components import Prototype
from lineament.signals.visits import visit_sample

NAME = "web-simulated"
START = 1_400_000_000.0


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder.load(NAME)


def test_it_is_small_and_says_what_it_is(encoder: Encoder) -> None:
    assert (SHIPPED / NAME / "network.onnx").stat().st_size < 1_000_000
    assert all(entry["simulated"] for entry in encoder.card["data"])
    assert (encoder.encoding.unit, encoder.window) == ("visits", 100)


def test_its_promise_is_kept_on_people_that_took_no_part(encoder: Encoder) -> None:
    people = list(simulated_browsing(range(30), sessions=2, seed=987))
    first = min(str(sample.session) for sample in people)
    sides = [[sample for sample in people if (sample.session == first) is early] for early in (True, False)]
    enrolled, used = (embed_tracks(encoder, side, stride_s=100) for side in sides)
    scores = validation_scores(enrolled, used, Prototype(), use_s=100)
    assert scores is not None
    assert encoder.calibration is not None
    threshold = encoder.calibration.threshold(fpir=0.05, gallery_size=scores.others).value
    named = [row.max() >= threshold for row in scores.strangers]
    assert np.mean(named) < 0.2  # 5 % promised, of 30 people alone
    assert np.median(scores.known) > np.median(scores.strangers)


def test_histories_that_cannot_be_enrolled_are_refused(encoder: Encoder) -> None:
    with pytest.raises(SignalError, match=r"100 visits .*record 70 more"):
        encoder.embed(visit_sample(START + np.arange(30), range(30)))
    with pytest.raises(AcquisitionError, match="two sites or more"):
        encoder.embed(visit_sample(START + np.arange(130), ["example.org"] * 130))
