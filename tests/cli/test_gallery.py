from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from click.testing import Result
from PIL import Image
from typer.testing import CliRunner

from lineament.cli import gallery as commands
from lineament.datasets import Dataset
from lineament.datasets.simulate import simulate_person, simulate_session
from lineament.decisions import build_match_rule
from lineament.encoder import DEFAULT_ENCODER, Encoder, folder
from lineament.errors import EncoderError, GalleryError, LineamentError, SignalError
from lineament.gallery import GalleryFile, MemoryGallery
from lineament.signals import Sample
from lineament.signals.motion import (
    JOINTS,
    UNDECLARED,
    channel_names,
    convert_axes,
    motion_sample,
    position_names,
    write_motion,
)
from lineament.studies.calibrate import calibrate_encoder
from tests.encoder.tiny import person, picture, tiny_encoder, tiny_image_encoder

APP = typer.Typer()
commands.register(APP)


class Place:
    """A folder with a tiny encoder, recordings, and a command line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.gallery = str(path / "people.gallery")
        self.encoder = str(path / "tiny")
        tiny_encoder().save(self.encoder)

    def run(self, *words: str) -> Result:
        # The tiny people's hands do not hang on arms: nobody moves like that, as an inspection would say.
        if words[0] in {"enrol", "identify", "verify"}:
            words = (*words, "--uninspected")
        return self.look(*words)

    def look(self, *words: str) -> Result:
        return CliRunner().invoke(APP, words, terminal_width=200)

    def ok(self, *words: str) -> str:
        result = self.run(*words)
        assert result.exit_code == 0, result.output
        return str(result.stdout)

    def json(self, *words: str) -> Any:
        return json.loads(self.ok(*words, "--json"))

    def refused(self, kind: type[LineamentError], *words: str) -> str:
        result = self.run(*words)
        assert isinstance(result.exception, kind), (result.output, result.exception)
        assert "\n" not in str(result.exception)
        return str(result.exception)

    def record(self, number: int, session: int = 1, **changes: Any) -> str:
        return self.write(f"p{number}s{session}.parquet", person(number, session, **changes))

    def write(self, name: str, sample: Sample) -> str:
        write_motion(sample, self.path / name)
        return str(self.path / name)

    def enrol(self, number: int, *words: str) -> None:
        self.ok("enrol", self.gallery, f"p{number}", self.record(number), "--encoder", self.encoder, *words)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    # Nothing ships in these tests, whatever does in the package.
    monkeypatch.setattr(folder, "SHIPPED", tmp_path / "shipped")
    return Place(tmp_path)


@pytest.fixture
def people(place: Place) -> Place:
    for number in range(4):
        place.enrol(number)
    return place


class TestIdentify:
    def test_a_gallery_remembers_its_encoder(self, people: Place) -> None:
        for number in range(4):
            said = people.json("identify", people.gallery, people.record(number, session=2))
            assert (said["subject"], said["outcome"]) == (f"p{number}", "identified")
            assert said["score"] >= said["threshold"] == 0.97
            assert said["candidates"][0]["subject"] == f"p{number}"

    def test_strangers_are_unknown(self, people: Place) -> None:
        said = people.json("identify", people.gallery, people.record(20))
        assert (said["subject"], said["outcome"]) == (None, "unknown")
        assert "unknown" in people.ok("identify", people.gallery, people.record(20))

    def test_for_people(self, people: Place) -> None:
        shown = people.ok("identify", people.gallery, people.record(2, session=2))
        assert re.search(r"p2 \(threshold 0\.970\)", shown)
        assert re.search(r"p2 +0?1?\.?\d+", shown)

    def test_a_span(self, people: Place) -> None:
        first, second = person(0, 2, seconds=10), person(3, 2, seconds=10)
        both = first.replace(
            values=np.concatenate([first.values, second.values]), times=np.concatenate([first.times, second.times + 10])
        )
        file = people.write("both.parquet", both)
        assert people.json("identify", people.gallery, file, "--span", "0:9.9")["subject"] == "p0"
        assert people.json("identify", people.gallery, file, "--span", "10.1:")["subject"] == "p3"
        assert "3.1 s" in people.refused(SignalError, "identify", people.gallery, file, "--span", ":2")
        assert "span inside" in people.refused(SignalError, "identify", people.gallery, file, "--span", "50:60")

    def test_the_promise_is_shown(self, people: Place) -> None:
        said = people.json("identify", people.gallery, people.record(1, session=2))
        own = Encoder.load(people.encoder).calibration
        assert own is not None
        assert (said["gallery_size"], said["calibration"], said["criterion"]) == (4, own.id, "fixed")
        assert own.id in people.ok("identify", people.gallery, people.record(1, session=2))
        assert own.id in people.ok("verify", people.gallery, "p1", people.record(1, session=2))

    @pytest.mark.parametrize("rate", ["0", "1", "-0.1", "7", "nan", "much"])
    def test_rates_outside_0_to_1_are_wrong_usage(self, people: Place, rate: str) -> None:
        for words in (("identify", "--fpir"), ("identify", "--review-fpir"), ("verify", "p1", "--fmr")):
            result = people.run(words[0], people.gallery, *words[1:-1], people.record(1), f"{words[-1]}={rate}")
            assert result.exit_code == 2, result.output

    def test_a_threshold_and_a_rate_are_wrong_usage(self, people: Place) -> None:
        result = people.run("identify", people.gallery, people.record(1), "--threshold", "0.9", "--fpir", "0.1")
        assert result.exit_code == 2
        assert "leave one out" in result.stderr.replace("\n", " ")

    @pytest.mark.parametrize("span", ["5", "a:b", "9:3", "3:3", ":", "nan:5"])
    def test_wrong_spans_are_wrong_usage(self, people: Place, span: str) -> None:
        result = people.run("identify", people.gallery, people.record(0), "--span", span)
        assert result.exit_code == (0 if span == ":" else 2)

    def test_doubts_are_noted(self, people: Place) -> None:
        people.enrol(5)
        result = people.run("identify", people.gallery, people.record(0, session=2, seconds=4))
        assert result.exit_code == 0
        assert "fixed with 4 enrolled and 5 are" in result.stderr.replace("\n", " ")
        assert "fixed on probes of 5 s and this one has 3 s" in result.stderr.replace("\n", " ")

    def test_a_threshold_of_ones_own(self, people: Place) -> None:
        file = people.record(0, session=2)
        assert people.json("identify", people.gallery, file, "--threshold", "1.1")["outcome"] == "unknown"
        assert (
            people.json("identify", people.gallery, people.record(20), "--threshold", "-1")["outcome"] == "identified"
        )

    def test_an_encoder_without_calibration(self, people: Place) -> None:
        (Path(people.encoder) / "calibration.json").unlink()
        file = people.record(0, session=2)
        assert "--threshold" in people.refused(EncoderError, "identify", people.gallery, file)
        assert people.json("identify", people.gallery, file, "--threshold", "0.9")["subject"] == "p0"

    def test_nobody_enrolled(self, people: Place) -> None:
        for number in range(4):
            people.ok("gallery", "remove", people.gallery, f"p{number}")
        assert "empty gallery" in people.refused(GalleryError, "identify", people.gallery, people.record(0))


class TestVerify:
    def test_true_and_false_claims(self, people: Place) -> None:
        file = people.record(1, session=2)
        assert people.json("verify", people.gallery, "p1", file)["accepted"] is True
        assert people.json("verify", people.gallery, "p2", file)["accepted"] is False
        assert "accepted as p1" in people.ok("verify", people.gallery, "p1", file)
        assert "not p2" in people.ok("verify", people.gallery, "p2", file)

    def test_unknown_subjects(self, people: Place) -> None:
        assert "use 'p1'" in people.refused(GalleryError, "verify", people.gallery, "p11", people.record(1))


class TestEnrol:
    def test_what_is_said(self, place: Place) -> None:
        said = place.json("enrol", place.gallery, "anna", place.record(1), "--encoder", place.encoder)
        assert said == {"subject": "anna", "sessions": ["p1s1"], "templates": 9, "encoder": tiny_encoder().id}
        shown = place.ok("enrol", place.gallery, "[ben]", place.record(2), "--session", "monday")
        assert re.search(r"enrolled \[ben\] with 9 templates in \d+\.\d s", shown)
        assert GalleryFile(place.gallery).sessions("[ben]") == ["monday"]

    def test_several_files_all_or_none(self, place: Place) -> None:
        good, short = place.record(1), place.record(1, session=2, seconds=1)
        place.refused(SignalError, "enrol", place.gallery, "anna", good, short, "--encoder", place.encoder)
        assert not Path(place.gallery).exists()
        place.ok("enrol", place.gallery, "anna", good, place.record(1, session=3), "--encoder", place.encoder)
        assert GalleryFile(place.gallery).sessions("anna") == ["p1s1", "p1s3"]

    def test_the_same_session_twice_is_noted(self, people: Place) -> None:
        result = people.run("enrol", people.gallery, "p1", people.record(1))
        assert result.exit_code == 0
        assert "'p1s1' of 'p1' was enrolled before" in result.stderr.replace("\n", " ")
        assert GalleryFile(people.gallery).sessions("p1") == ["p1s1", "p1s1"]

    def test_one_window_is_enough_and_less_says_how_much(self, place: Place) -> None:
        said = place.json("enrol", place.gallery, "anna", place.record(1, seconds=3.2), "--encoder", place.encoder)
        assert said["templates"] == 1
        short = place.record(1, session=2, seconds=2.6)
        message = place.refused(SignalError, "enrol", place.gallery, "anna", short)
        assert "3.1 s without a gap" in message
        assert "2.5 s at the longest" in message
        assert "0.6 s more" in message

    def test_a_new_gallery_needs_an_encoder(self, place: Place) -> None:
        message = place.refused(EncoderError, "enrol", place.gallery, "anna", place.record(1))
        assert "--encoder DIR" in message
        assert not Path(place.gallery).exists()

    def test_the_one_that_ships_is_taken(self, place: Place) -> None:
        tiny_encoder(normalise=False).save(folder.SHIPPED / "another")
        assert "--encoder DIR" in place.refused(EncoderError, "enrol", place.gallery, "anna", place.record(1))
        tiny_encoder().save(folder.SHIPPED / DEFAULT_ENCODER)
        place.ok("enrol", place.gallery, "anna", place.record(1))
        assert GalleryFile(place.gallery).header().encoder.source == DEFAULT_ENCODER
        assert place.json("identify", place.gallery, place.record(1, session=2))["subject"] == "anna"
        place.ok("enrol", f"{place.gallery}2", "anna", place.record(1), "--encoder", "another")
        assert GalleryFile(f"{place.gallery}2").header().encoder.source == "another"

    def test_euclidean_encoders(self, place: Place) -> None:
        tiny_encoder(normalise=False).save(place.path / "euclidean")
        for number in range(3):
            words = (
                "enrol",
                place.gallery,
                f"p{number}",
                place.record(number),
                "--encoder",
                str(place.path / "euclidean"),
            )
            place.ok(*words)
        assert place.json("identify", place.gallery, place.record(2, session=2))["subject"] == "p2"
        assert place.json("identify", place.gallery, place.record(20))["subject"] is None


class TestInspection:
    """Recordings are looked at before anything is made of them."""

    @pytest.fixture
    def simulated(self) -> Sample:
        return simulate_session(simulate_person(seed=3, index=0), 1, 0.4)

    def files(self, place: Place, sample: Sample) -> dict[str, str]:
        """One recording as it may come: declared, of Unity or OpenXR without a word, and in metres."""
        silent = {"axes": UNDECLARED}
        backward = convert_axes(sample, "RUB").replace(attributes=silent)
        positions = [name for joint in JOINTS for name in position_names(joint)]
        scale = np.where(np.isin(sample.channels, positions), 0.01, 1.0)
        return {
            "declared": place.write("declared.csv", sample),
            "forward": place.write("forward.csv", sample.replace(attributes=silent)),
            "backward": place.write("backward.csv", backward),
            "metres": place.write("metres.csv", sample.replace(values=sample.values * scale)),
        }

    def templates(self, place: Place, name: str, *words: str) -> np.ndarray:
        gallery = f"{place.gallery}-{name}"
        result = place.look("enrol", gallery, "anna", *words, "--encoder", place.encoder)
        assert result.exit_code == 0, (result.output, result.exception)
        return MemoryGallery.load(gallery).templates("anna")

    def test_axes_are_asked_for_and_then_heeded(self, place: Place, simulated: Sample) -> None:
        files = self.files(place, simulated)
        as_declared = self.templates(place, "declared", files["declared"])
        for name, axes in (("forward", "RUF"), ("backward", "RUB")):
            words = ("enrol", place.gallery, "anna", files[name], "--encoder", place.encoder)
            refused = place.look(*words)
            assert isinstance(refused.exception, SignalError)
            assert f"--axes {axes}" in str(refused.exception)
            assert f"lineament inspect {files[name]}" in str(refused.exception)
            assert not Path(place.gallery).exists()
            np.testing.assert_allclose(self.templates(place, name, files[name], "--axes", axes), as_declared, atol=1e-3)
        as_it_stands = self.templates(place, "uninspected", files["backward"], "--uninspected")
        assert np.abs(as_it_stands - as_declared).max() > 0.05

    @pytest.mark.parametrize("command", ["identify", "verify"])
    def test_probes_are_looked_at_too(self, people: Place, simulated: Sample, command: str) -> None:
        files = self.files(people, simulated)
        words = (command, people.gallery, *(["p0"] if command == "verify" else []))
        for name, said in (("metres", "not in centimetres"), ("backward", "Z points backward")):
            refused = people.look(*words, files[name])
            assert isinstance(refused.exception, SignalError)
            assert said in str(refused.exception)
            assert people.look(*words, files[name], "--uninspected").exit_code == 0
        assert people.look(*words, files["backward"], "--axes", "RUB").exit_code == 0
        assert people.look(*words, files["declared"]).exit_code == 0

    def test_whoever_plays_with_one_hand_is_taken(self, place: Place, simulated: Sample) -> None:
        names = channel_names("head", "right_hand")
        encoder = place.path / "one-handed"
        tiny_encoder(joints=("head", "right_hand")).save(encoder)
        one = motion_sample(simulated.columns(names), simulated.times, names, attributes={"axes": UNDECLARED})
        file = place.write("one-handed.csv", one)
        result = place.look("enrol", place.gallery, "anna", file, "--encoder", str(encoder))
        assert result.exit_code == 0, (result.output, result.exception)
        assert "does not declare its axes" in result.stderr.replace("\n", " ")


class TestImages:
    """The gallery remembers its encoder, whose modality says how files are read."""

    @pytest.fixture
    def hands(self, place: Place) -> Place:
        tiny_image_encoder().save(place.encoder)
        for number in range(4):
            result = place.look(
                "enrol", place.gallery, f"p{number}", self.file(place, number, 1, "png"),
                self.file(place, number, 2, "tif"), "--encoder", place.encoder,
            )  # fmt: skip
            assert result.exit_code == 0, (result.output, result.exception)
        return place

    def file(self, place: Place, number: int, session: int, ending: str) -> str:
        path = place.path / f"p{number}s{session}.{ending}"
        grey = picture(number, session).values[0, :, :, 0]
        Image.fromarray((255 * grey).round().astype(np.uint8)).save(path)
        return str(path)

    def ask(self, place: Place, *words: str) -> Any:
        result = place.look(*words, "--json")
        assert result.exit_code == 0, (result.output, result.exception)
        return json.loads(result.stdout)

    def test_they_are_enrolled_identified_and_verified(self, hands: Place) -> None:
        assert MemoryGallery.load(hands.gallery).size == 8
        for number in range(4):
            file = self.file(hands, number, 3, "jpg")
            assert self.ask(hands, "identify", hands.gallery, file)["subject"] == f"p{number}"
            assert self.ask(hands, "verify", hands.gallery, f"p{number}", file)["accepted"] is True
            assert self.ask(hands, "verify", hands.gallery, f"p{(number + 1) % 4}", file)["accepted"] is False
        said = self.ask(hands, "identify", hands.gallery, self.file(hands, 9, 1, "png"))
        assert (said["outcome"], said["doubts"]) == ("unknown", [])

    def test_rates_and_the_review_band(self, hands: Place) -> None:
        encoder = Encoder.load(hands.encoder)
        others = Dataset.of("others", [picture(who, session) for who in range(200, 260) for session in (1, 2)])
        found = calibrate_encoder(encoder, others, rule=build_match_rule("prototype"))
        found.calibration.save(Path(hands.encoder) / "calibration.json")
        mate, stranger = self.file(hands, 1, 3, "png"), self.file(hands, 9, 1, "png")

        said = self.ask(hands, "identify", hands.gallery, mate, "--fpir", "0.01", "--review-fpir", "0.9")
        assert (said["subject"], said["outcome"], said["criterion"], said["target"]) == (
            "p1",
            "identified",
            "fpir",
            0.01,
        )
        assert (said["gallery_size"], said["calibration"]) == (4, found.calibration.id)
        assert said["llr"] > 0
        assert said["review"] < said["threshold"] <= said["score"]
        sure = self.ask(hands, "identify", hands.gallery, mate, "--fpir", "0.01", "--confidence", "0.95")
        assert sure["confidence"] == 0.95
        assert sure["threshold"] > said["threshold"]
        said = self.ask(hands, "identify", hands.gallery, stranger, "--fpir", "0.01", "--review-fpir", "0.999")
        assert (said["subject"], said["outcome"]) == (None, "review")
        shown = hands.look("identify", hands.gallery, stranger, "--fpir", "0.01", "--review-fpir", "0.999").stdout
        assert "Somebody should look" in shown
        assert "FPIR 1 % in a gallery of 4" in shown
        said = self.ask(hands, "verify", hands.gallery, "p1", mate, "--fmr", "0.001")
        assert (said["accepted"], said["criterion"], said["target"]) == (True, "fmr", 0.001)
        assert "FMR 0.1 %" in hands.look("verify", hands.gallery, "p1", mate, "--fmr", "0.001").stdout

        values = {}
        for criterion in ("eer", "max_oscr", "fixed"):
            said = self.ask(hands, "identify", hands.gallery, mate, "--criterion", criterion)
            assert (said["criterion"], said["subject"]) == (criterion, "p1")
            values[criterion] = said["threshold"]
            assert self.ask(hands, "verify", hands.gallery, "p1", mate, "--criterion", criterion)["accepted"] is True
        assert values == {
            name: found.calibration.threshold(criterion=name, gallery_size=4).value  # type: ignore[arg-type]
            for name in values
        }
        assert "at the EER" in hands.look("identify", hands.gallery, mate, "--criterion", "eer").stdout
        for more in (("--fpir", "0.1"), ("--threshold", "0.5"), ("--confidence", "0.9")):
            assert hands.look("identify", hands.gallery, mate, "--criterion", "eer", *more).exit_code == 2

        for words, message in (
            (("identify", hands.gallery, mate, "--fpir", "1e-8"), "strangers and as many enrolled people"),
            (("identify", hands.gallery, mate, "--fpir", "0.1", "--review-fpir", "0.05"), "above 0.1"),
            (("verify", hands.gallery, "p1", mate, "--fmr", "1e-9"), "strangers and as many enrolled people"),
        ):
            result = hands.look(*words)
            assert isinstance(result.exception, EncoderError), (result.output, result.exception)
            assert message in str(result.exception)

    @pytest.mark.parametrize("words", [("--span", "0:3"), ("--fps", "30"), ("--axes", "RUB"), ("--uninspected",)])
    def test_options_about_recordings_are_wrong_usage(self, hands: Place, words: tuple[str, ...]) -> None:
        result = hands.look("identify", hands.gallery, self.file(hands, 0, 3, "png"), *words)
        assert result.exit_code == 2
        assert "takes images" in result.stderr.replace("\n", " ")

    def test_recordings_and_damaged_images_are_refused(self, hands: Place) -> None:
        torn = hands.path / "torn.png"
        torn.write_bytes(Path(self.file(hands, 0, 3, "png")).read_bytes()[:300])
        for file in (hands.record(0), str(torn), str(hands.path / "none.png")):
            for words in (("identify",), ("enrol", "x"), ("verify", "p0")):
                result = hands.look(words[0], hands.gallery, *words[1:], file)
                assert isinstance(result.exception, SignalError), (result.output, result.exception)
        assert len(GalleryFile(hands.gallery).subjects()) == 4


class TestOtherEncoders:
    def test_other_content_under_the_same_name(self, people: Place) -> None:
        tiny_encoder(max_gap_s=0.3).save(people.encoder)
        for words in (
            ("identify", people.gallery, people.record(0)),
            ("verify", people.gallery, "p0", people.record(0)),
            ("enrol", people.gallery, "p9", people.record(9)),
            ("enrol", people.gallery, "p9", people.record(9), "--encoder", people.encoder),
        ):
            message = people.refused(GalleryError, *words)
            assert "same name and version, other content" in message
        assert GalleryFile(people.gallery).subjects() == ["p0", "p1", "p2", "p3"]

    def test_an_encoder_that_moved(self, people: Place) -> None:
        Path(people.encoder).rename(people.path / "moved")
        file = people.record(0, session=2)
        message = people.refused(GalleryError, "identify", people.gallery, file)
        assert "say where it is: --encoder DIR" in message
        assert people.json("identify", people.gallery, file, "--encoder", str(people.path / "moved"))["subject"] == "p0"


class TestGallery:
    def test_list(self, people: Place) -> None:
        rows = people.json("gallery", "list", people.gallery)
        assert rows == [{"subject": f"p{i}", "sessions": [f"p{i}s1"], "templates": 9} for i in range(4)]
        shown = people.ok("gallery", "list", people.gallery)
        assert all(f"p{i}" in shown for i in range(4))

    def test_show(self, people: Place) -> None:
        facts = people.json("gallery", "show", people.gallery)
        assert facts["encoder"] == tiny_encoder().id
        assert (facts["subjects"], facts["templates"], facts["metric"], facts["dim"]) == (4, 36, "cosine", 24)
        assert tiny_encoder().id in people.ok("gallery", "show", people.gallery)

    def test_remove(self, people: Place) -> None:
        assert people.json("gallery", "remove", people.gallery, "p2") == {"removed": "p2"}
        assert [row["subject"] for row in people.json("gallery", "list", people.gallery)] == ["p0", "p1", "p3"]
        assert b"p2s1" not in Path(people.gallery).read_bytes()
        assert "enrolled subject" in people.refused(GalleryError, "gallery", "remove", people.gallery, "p2")

    def test_export(self, people: Place) -> None:
        target = people.path / "out.json"
        assert people.json("gallery", "export", people.gallery, str(target))["templates"] == 36
        assert len(json.loads(target.read_text())["enrolments"]) == 4
        people.ok("gallery", "export", people.gallery, str(people.path / "p1.npz"), "--subject", "p1")
        with np.load(people.path / "p1.npz", allow_pickle=False) as arrays:
            assert set(arrays["subjects"]) == {"p1"}

    def test_nobody(self, people: Place) -> None:
        for number in range(4):
            people.ok("gallery", "remove", people.gallery, f"p{number}")
        assert "nobody is enrolled" in people.ok("gallery", "list", people.gallery)


class TestBadInput:
    def test_no_gallery(self, place: Place) -> None:
        file = place.record(0)
        for words in (
            ("identify", place.gallery, file),
            ("verify", place.gallery, "p0", file),
            ("gallery", "list", place.gallery),
            ("gallery", "show", place.gallery),
            ("gallery", "remove", place.gallery, "p0"),
            ("gallery", "export", place.gallery, str(place.path / "out.json")),
        ):
            assert "gallery" in place.refused(GalleryError, *words)
            assert not (place.path / "out.json").exists()

    def test_bad_recordings(self, people: Place) -> None:
        (people.path / "empty.csv").touch()
        (people.path / "words.csv").write_text("to,be\nor,not\n")
        sample = person(0)
        nan = people.write("nan.csv", sample.replace(values=np.full_like(sample.values, np.nan)))
        for file in (people.path / "empty.csv", people.path / "words.csv", people.path / "none.csv", people.path, nan):
            for words in (
                ("identify", people.gallery),
                ("enrol", people.gallery, "x"),
                ("verify", people.gallery, "p0"),
            ):
                people.refused(SignalError, *words, str(file))
        assert len(GalleryFile(people.gallery).subjects()) == 4

    def test_a_recording_for_a_gallery(self, people: Place) -> None:
        file = people.record(0)
        people.refused(GalleryError, "identify", file, file)
        people.refused(GalleryError, "gallery", "list", file)

    def test_missing_words_are_wrong_usage(self, people: Place) -> None:
        for words in (("identify",), ("enrol", people.gallery), ("verify", people.gallery, "p0"), ("gallery", "drop")):
            assert people.run(*words).exit_code == 2
