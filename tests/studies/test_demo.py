"""The demonstration: what it counts, how it cuts probes, what its report says."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from lineament.datasets import Dataset
from lineament.decisions import Calibration, Decision
from lineament.errors import EncoderError, ProtocolError, SignalError
from lineament.signals.motion import write_motion
from lineament.studies import demo
from lineament.studies.demo import OUTCOMES, Cast, Demonstration, Trial, demonstrate, probes, report
from tests.encoder.tiny import WINDOW, person, tiny_encoder


def trial(subject: str, known: bool, named: str | None, score: float = 0.5) -> Trial:
    decision = Decision(named, "identified" if named else "unknown", score, 0.4, (("ann", score),), (1.0,))
    return Trial(subject, known, decision)


def found(*trials: Trial, simulated: bool = True) -> Demonstration:
    return Demonstration(
        data="3 <toy> people",
        simulated=simulated,
        encoder="tiny-1-c0ffee00",
        unit="s",
        calibration=Calibration(fixed=0.4, target_fpir=0.05, use_time_s=60.0),
        enrolled=2,
        enrol_seconds=0.5,
        recorded_seconds=240.0,
        trials=trials,
    )


@pytest.fixture
def shown() -> Demonstration:
    return found(
        trial("ann", True, "ann", 0.9),
        trial("ann", True, "ann", 0.8),
        trial("ann", True, "bob", 0.6),
        trial("bob", True, None, 0.2),
        trial("zoe", False, None, 0.1),
        trial("zoe", False, "ann", 0.5),
        trial("cat", False, None, 0.3),
    )


@pytest.mark.parametrize(
    ("known", "named", "outcome"),
    [
        (True, "ann", "right"),
        (True, "bob", "wrong"),
        (True, None, "missed"),
        (False, None, "rightly unknown"),
        (False, "bob", "wrong"),
        # Nobody may be named rightly by accident: a stranger is not enrolled, whatever the name.
        (False, "ann", "wrong"),
    ],
)
def test_outcomes(known: bool, named: str | None, outcome: str) -> None:
    assert trial("ann", known, named).outcome == outcome


def test_counts_and_rows(shown: Demonstration) -> None:
    assert [shown.count(outcome) for outcome in OUTCOMES] == [2, 2, 2, 1]
    assert shown.count("wrong", "ann") == shown.count("wrong", "zoe") == 1
    assert shown.rows() == [
        ("ann", "enrolled", 3, 2, 1, 0, 0),
        ("bob", "enrolled", 1, 0, 0, 0, 1),
        ("cat", "stranger", 1, 0, 0, 1, 0),
        ("zoe", "stranger", 2, 0, 1, 1, 0),
    ]


def test_the_report_holds_the_figures(shown: Demonstration) -> None:
    page = report(shown)
    words = page.markdown()
    assert "These people are simulated" in words
    assert "of 4 probes of enrolled people named rightly: 2" in words
    assert "of 3 probes of strangers called unknown: 2" in words
    assert "threshold 0.400" in words
    assert "for an FPIR of 5% in their own gallery; for 2 it is not promised" in words
    assert "Here 1 of 3 probes of 2 strangers were named" in words
    assert "| zoe | stranger | 2 | 0 | 1 | 1 | 0 |" in words
    assert page.data["counts"] == {"right": 2, "wrong": 2, "rightly unknown": 2, "missed": 1}
    assert sum(sum(row[outcome] for outcome in OUTCOMES) for row in page.data["people"]) == len(shown.trials)
    assert page.data["recorded_seconds_each"] == 120.0
    html = page.html()
    assert html.count("<img ") == 2
    assert "3 &lt;toy&gt; people" in html
    assert not re.search(r'(src|href)="http', html)


def test_real_people_are_not_called_simulated(shown: Demonstration) -> None:
    page = report(found(*shown.trials, simulated=False))
    assert "simulated" not in page.markdown().lower()
    assert page.data["simulated"] is False


@pytest.mark.parametrize(
    ("seconds", "lengths"), [(5.0, [3, 3]), (3.0, [1, 1, 1]), (4.5, [2, 2]), (99.0, [9]), (0.0, [1, 1, 1])]
)
def test_probes_follow_one_another_without_overlap(seconds: float, lengths: list[int]) -> None:
    encoder, sample = tiny_encoder(), person(1)
    starts, embeddings = encoder.embed_timed(sample)
    assert len(starts) == 9
    found = probes(encoder, sample, seconds)
    assert [len(probe) for probe in found] == lengths
    spans = []
    for probe in found:
        first = int(np.flatnonzero((embeddings == probe[0]).all(axis=1))[0])
        np.testing.assert_array_equal(probe, embeddings[first : first + len(probe)])
        spans.append((starts[first], starts[first + len(probe) - 1] + WINDOW / encoder.fps))
    for (_, stop), (begin, _) in pairwise(spans):
        assert begin >= stop - 1e-6
    assert all(stop - begin <= max(seconds, 3.0) + 1e-6 for begin, stop in spans)


def test_probes_are_seconds_of_signal_not_of_pauses() -> None:
    first, second = person(1, seconds=4), person(1, 2, seconds=4)
    paused = first.replace(
        values=np.concatenate([first.values, second.values]), times=np.concatenate([first.times, second.times + 100])
    )
    assert [len(probe) for probe in probes(tiny_encoder(), paused, 60.0)] == [2]


def test_a_recording_shorter_than_a_window_says_how_much_is_needed() -> None:
    with pytest.raises(SignalError, match=r"3\.1 s without a gap"):
        probes(tiny_encoder(), person(1, seconds=2), 5.0)


def toys(names: list[int], session: int) -> Dataset:
    return Dataset.of("toys", [person(number, session) for number in names])


def test_it_names_the_enrolled_and_not_the_strangers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    people = Cast("toys", True, toys([0, 1, 2, 3], 1), toys([0, 1, 2, 3], 2), toys([20], 2))
    monkeypatch.setattr(demo, "cast", lambda folder, modality: people)
    tiny_encoder().save(tmp_path / "tiny")
    told: list[tuple[str, int, int]] = []
    result = demonstrate(encoder=str(tmp_path / "tiny"), progress=lambda *what: told.append(what))
    assert told == [("enrolling", n, 4) for n in range(1, 5)] + [("identifying", n, 5) for n in range(1, 6)]
    assert (result.enrolled, result.recorded_seconds) == (4, pytest.approx(4 * 11, abs=0.2))  # in whole windows
    assert [result.count(outcome) for outcome in OUTCOMES] == [8, 0, 2, 0]
    assert result.encoder == tiny_encoder().id


def test_an_encoder_without_a_threshold_is_refused(tmp_path: Path) -> None:
    tiny_encoder(calibrated=False).save(tmp_path / "tiny")
    with pytest.raises(EncoderError, match="a calibration"):
        demonstrate(encoder=str(tmp_path / "tiny"))


def test_the_simulated_cast_knows_its_strangers_apart() -> None:
    people = demo.cast(None)
    assert people.simulated
    assert people.gallery.subjects() == people.mated.subjects()
    assert (len(people.gallery), len(people.mated), len(people.non_mated)) == (20, 20, 10)
    assert not set(people.mated.subjects()) & set(people.non_mated.subjects())
    assert people.gallery.sessions() != people.mated.sessions() == people.non_mated.sessions()


def test_real_people_need_a_committed_protocol(tmp_path: Path) -> None:
    write_motion(person(0), tmp_path / "ann" / "1.csv")
    with pytest.raises(ProtocolError, match=r"never saw some people \(xr-360, xr-objects\)"):
        demo.cast(tmp_path)


def test_the_real_cast_is_the_reserved_one(shared_data: Callable[[str], Path]) -> None:
    people = demo.cast(shared_data("xr-objects"))
    assert not people.simulated
    assert (len(people.gallery.subjects()), len(people.non_mated.subjects())) == (5, 3)


def test_a_promise_is_told_with_its_interval() -> None:
    rng = np.random.default_rng(0)
    calibration = Calibration.fit(rng.uniform(0.5, 1, 50), rng.normal(0, 0.2, (50, 50)), 0.1, use_time_s=60.0)
    promised = replace(found(trial("ann", True, "ann"), trial("zoe", False, None)), calibration=calibration)
    words = report(promised).markdown()
    assert "It promises an FPIR of 10% in a gallery of 2 (with 90 % confidence" in words
    assert "Here 0 of 1 probes of 1 strangers were named" in words
    assert report(promised).data["promise"]["criterion"] == "fpir"
