from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lineament.datasets import Dataset, Protocol
from lineament.datasets.protocol import OpenSet, Selection
from lineament.decisions import Calibration, build_match_rule, identify
from lineament.encoder import Encoder, folder
from lineament.errors import EncoderError, ProtocolError, RecipeError, SignalError
from lineament.gallery import MemoryGallery
from lineament.studies.calibrate import RATES, SIZES, calibrate_encoder, match_rule_from, write_calibration
from tests.encoder.tiny import person, picture, tiny_encoder, tiny_image_encoder

PROTOTYPE = build_match_rule("prototype")


def pictures(people: int = 12, sessions: int = 3, hands: int = 1) -> Dataset:
    """Images of people, each with one hand or more."""
    samples = []
    for who in range(people):
        for hand in range(hands):
            for session in range(1, sessions + 1):
                sample = picture(hands * who + hand, session)
                samples.append(sample.replace(subject=f"{who:02d}-{hand}", attributes={"person": f"{who:02d}"}))
    return Dataset.of("hands", samples)


def motions(people: int = 6) -> Dataset:
    return Dataset.of("walks", [person(who, session) for who in range(people) for session in (1, 2)])


class TestCalibrateEncoder:
    def test_strangers_are_refused_and_the_enrolled_found(self) -> None:
        encoder = tiny_image_encoder(calibrated=False)
        found = calibrate_encoder(encoder, pictures(), rule=PROTOTYPE, target_fpir=0.05)
        assert (found.people, found.enrolled, found.probes, found.failed) == (12, 12, 24, 0)
        assert found.comparisons == 24 * 11
        assert found.calibration.encoder == encoder.id
        assert "12 people of hands" in found.calibration.enrolment
        assert dict(found.calibration.match_rule) == {"name": "prototype"}
        gallery = MemoryGallery(encoder.dim, encoder.metric, encoder.mark)
        for who in range(20, 30):
            gallery.enrol(f"p{who}", encoder.embed(picture(who, 1)))
        known = [identify(encoder.embed(picture(w, 2)), gallery, PROTOTYPE, found.calibration) for w in range(20, 30)]
        assert [said.subject for said in known] == gallery.subjects()
        strange = [identify(encoder.embed(picture(w, 2)), gallery, PROTOTYPE, found.calibration) for w in range(40, 80)]
        assert np.mean([said.subject is not None for said in strange]) <= 0.25

    def test_nobody_is_a_stranger_to_another_hand_of_theirs(self) -> None:
        found = calibrate_encoder(tiny_image_encoder(), pictures(6, 2, hands=2), rule=PROTOTYPE)
        assert (found.people, found.enrolled, found.probes, found.comparisons) == (6, 12, 12, 12 * 10)

    def test_motion_is_decided_by_the_use_time(self) -> None:
        found = calibrate_encoder(tiny_encoder(), motions(), rule=build_match_rule("knn_vote"), use_s=5.0)
        assert found.calibration.use_time_s == 5.0
        assert found.probes == 6 * 2  # of 12 s, two probes of 5 s
        images = calibrate_encoder(tiny_image_encoder(), pictures(4), rule=PROTOTYPE, use_s=5.0)
        assert images.calibration.use_time_s == 0  # each image is a probe

    def test_a_protocol_says_who_validates(self) -> None:
        data = pictures()
        names = tuple(data.subjects())
        protocol = Protocol(name="p", dataset="hands", train=Selection(subjects=names[6:]),
                            validation=Selection(subjects=names[:6]))  # fmt: skip
        found = calibrate_encoder(tiny_image_encoder(), data, protocol, rule=PROTOTYPE)
        assert (found.people, found.probes) == (6, 12)
        sides = OpenSet(
            gallery=Selection(subjects=names[:4], sessions=("s1", "s2")),
            mated=Selection(subjects=names[:4], sessions=("s3",)),
            non_mated=Selection(subjects=names[4:6]),
        )
        detailed = protocol.model_copy(update={"calibration": sides})
        found = calibrate_encoder(tiny_image_encoder(), data, detailed, rule=PROTOTYPE)
        assert (found.people, found.enrolled, found.probes) == (6, 4, 4 + 6)
        assert "protocol p" in found.calibration.enrolment
        with pytest.raises(ProtocolError, match="validation people was expected, but none"):
            calibrate_encoder(tiny_image_encoder(), data, Protocol(name="p", dataset="hands"), rule=PROTOTYPE)

    def test_what_it_was_trained_on_is_noted(self) -> None:
        encoder = tiny_image_encoder()
        trained = encoder.described({**encoder.card, "data": [{"name": "hands"}]}, None)
        (note,) = calibrate_encoder(trained, pictures(4), rule=PROTOTYPE).notes
        assert "was trained on hands" in note
        assert calibrate_encoder(encoder, pictures(4), rule=PROTOTYPE).notes == ()

    def test_samples_that_give_no_embedding_are_counted(self) -> None:
        short = person(0, 3, seconds=1.0)
        data = Dataset.of("walks", [*(motions().load(i) for i in range(12)), short])
        found = calibrate_encoder(tiny_encoder(), data, rule=PROTOTYPE, use_s=5.0)
        assert found.failed == 1
        assert "1 of 13" in found.notes[0]

    @pytest.mark.parametrize("people", [1, 0])
    def test_too_few_people_are_refused(self, people: int) -> None:
        data = pictures(max(people, 1), 2 if people else 1)
        with pytest.raises(ProtocolError, match="two validation people"):
            calibrate_encoder(tiny_image_encoder(), data, rule=PROTOTYPE)

    def test_other_modalities_are_refused(self) -> None:
        with pytest.raises(SignalError, match="image"):
            calibrate_encoder(tiny_image_encoder(), motions(), rule=PROTOTYPE)

    def test_promises_are_dearer_in_larger_galleries(self) -> None:
        found = calibrate_encoder(tiny_image_encoder(), pictures(40), rule=PROTOTYPE)
        asked = [("fpir", rate) for rate in RATES] + [("eer", None), ("max_oscr", None)]
        wanted = [(*asked_for, size) for asked_for in asked for size in SIZES]
        assert [(p.criterion, p.fpir, p.gallery_size) for p in found.promises] == wanted
        by_rate = {rate: [p.threshold for p in found.promises if p.fpir == rate] for rate in RATES}
        kept = [t for t in by_rate[0.1] if t is not None]
        assert kept == sorted(kept)
        for promise in found.promises:
            assert (promise.threshold is None) == bool(promise.reason)


class TestMatchRuleFrom:
    def test_where_it_comes_from(self) -> None:
        plain = tiny_image_encoder(calibrated=False)
        recipe = plain.described({**plain.card, "recipe": {"match_rule": {"name": "top_mean", "k": 2}}}, None)
        before = recipe.described(recipe.card, Calibration(0.5, {"name": "knn_vote", "k": 7}))
        for encoder, name in ((plain, "prototype"), (recipe, "top_mean"), (before, "knn_vote")):
            assert match_rule_from(None, encoder).spec.name == name
        spec = match_rule_from("{name: top_mean, k: 4}", before).spec
        assert spec.model_dump() == {"name": "top_mean", "k": 4}
        assert match_rule_from("prototype", before).spec.name == "prototype"

    @pytest.mark.parametrize("text", ["knn_votes", "{name: [", "{k: 3}", "5", ""])
    def test_others_are_refused(self, text: str) -> None:
        with pytest.raises(RecipeError):
            match_rule_from(text, tiny_image_encoder())


class TestWriteCalibration:
    def test_in_place_or_as_a_copy(self, tmp_path: Path) -> None:
        tiny_image_encoder().save(tmp_path / "own")
        encoder, fresh = Encoder.load(tmp_path / "own"), Calibration(0.123, {"name": "prototype"})
        assert write_calibration(encoder, str(tmp_path / "own"), fresh, tmp_path / "copy") == tmp_path / "copy"
        assert Encoder.load(tmp_path / "own").calibration == encoder.calibration
        assert Encoder.load(tmp_path / "copy").calibration == fresh
        assert write_calibration(encoder, str(tmp_path / "own"), fresh, None) == tmp_path / "own"
        again = Encoder.load(tmp_path / "own")
        assert (again.calibration, again.id) == (fresh, encoder.id)  # galleries made with it go on

    def test_what_ships_is_left_alone(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(folder, "SHIPPED", tmp_path)
        tiny_image_encoder().save(tmp_path / "shipped")
        encoder = Encoder.load("shipped")
        with pytest.raises(EncoderError, match="--out DIR"):
            write_calibration(encoder, "shipped", Calibration(0.5), None)
        write_calibration(encoder, "shipped", Calibration(0.5), tmp_path / "copy")
        assert Encoder.load("shipped").calibration == encoder.calibration
