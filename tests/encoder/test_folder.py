from __future__ import annotations

import json
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lineament.encoder import Encoder, folder, shipped_encoders
from lineament.errors import EncoderError, LineamentError
from tests.encoder.tiny import network, person, tiny_encoder


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    tiny_encoder().save(tmp_path / "tiny")
    return tmp_path / "tiny"


@pytest.mark.parametrize("dense", [True, False])
@pytest.mark.parametrize("normalise", [True, False])
def test_there_and_back(dense: bool, normalise: bool, tmp_path: Path) -> None:
    encoder = tiny_encoder(dense=dense, normalise=normalise)
    encoder.save(tmp_path / "a" / "tiny")

    loaded = Encoder.load(tmp_path / "a" / "tiny")

    assert loaded.id == encoder.id
    assert (loaded.metric, loaded.window, loaded.stride_s) == (encoder.metric, encoder.window, encoder.stride_s)
    assert loaded.calibration == encoder.calibration
    assert loaded.card == encoder.card
    assert loaded.mark.source == str((tmp_path / "a" / "tiny").resolve())
    np.testing.assert_array_equal(loaded.embed(person(1)), encoder.embed(person(1)))
    assert sorted(path.name for path in (tmp_path / "a").rglob("*") if path.is_file()) == [
        "calibration.json", "card.json", "encoding.json", "network.onnx",
    ]  # fmt: skip


def test_the_format(saved: Path) -> None:
    encoding, card = (json.loads((saved / name).read_text()) for name in ("encoding.json", "card.json"))
    assert set(encoding) == {"format_version", "encoding", "window"}
    assert encoding["window"] == {"frames": 45, "stride_s": 1.0}
    assert encoding["format_version"] == card["format_version"] == 1
    assert (card["name"], card["version"], card["modality"], card["normalise"]) == ("tiny", "1", "motion", True)


def test_an_encoder_need_not_be_calibrated(saved: Path) -> None:
    (saved / "calibration.json").unlink()
    assert Encoder.load(saved).calibration is None


def test_weights_are_carried_along(saved: Path, tmp_path: Path) -> None:
    (saved / "weights.safetensors").write_bytes(b"for whoever trains on")
    Encoder.load(saved).save(tmp_path / "copy")
    assert (tmp_path / "copy" / "weights.safetensors").read_bytes() == b"for whoever trains on"


def test_the_id_is_that_of_the_content(saved: Path) -> None:
    before = Encoder.load(saved).id
    content = json.loads((saved / "encoding.json").read_text())
    (saved / "encoding.json").write_text(json.dumps(content, indent=7, sort_keys=True))
    assert Encoder.load(saved).id == before
    content["window"]["stride_s"] = 2.0
    (saved / "encoding.json").write_text(json.dumps(content))
    assert Encoder.load(saved).id != before


def test_a_key_that_a_later_release_reads_does_not_change_the_id_on_saving(saved: Path, tmp_path: Path) -> None:
    content = json.loads((saved / "encoding.json").read_text())
    del content["encoding"]["spec"]["max_gap_s"]  # as if written before there was such a key
    (saved / "encoding.json").write_text(json.dumps(content))
    encoder = Encoder.load(saved)
    encoder.save(tmp_path / "copy")
    assert Encoder.load(tmp_path / "copy").id == encoder.id


class TestSaving:
    def test_an_encoder_is_replaced(self, saved: Path) -> None:
        other = tiny_encoder(normalise=False, calibrated=False)
        other.save(saved)
        assert Encoder.load(saved).id == other.id
        assert not (saved / "calibration.json").exists()
        assert [path.name for path in saved.parent.iterdir()] == ["tiny"]

    def test_over_itself(self, saved: Path) -> None:
        (saved / "weights.safetensors").write_bytes(b"weights")
        encoder = Encoder.load(saved)
        encoder.save(saved)
        assert Encoder.load(saved).id == encoder.id
        assert (saved / "weights.safetensors").read_bytes() == b"weights"

    def test_an_empty_folder_is_filled(self, tmp_path: Path) -> None:
        (tmp_path / "new").mkdir()
        tiny_encoder().save(tmp_path / "new")
        assert Encoder.load(tmp_path / "new").name == "tiny"

    def test_other_files_are_not_lost(self, tmp_path: Path) -> None:
        (tmp_path / "thesis").mkdir()
        (tmp_path / "thesis" / "chapter1.txt").write_text("precious")
        (tmp_path / "file").write_text("precious")
        for place in ("thesis", "file"):
            with pytest.raises(EncoderError, match="something else"):
                tiny_encoder().save(tmp_path / place)
        assert (tmp_path / "thesis" / "chapter1.txt").read_text() == (tmp_path / "file").read_text() == "precious"

    def test_a_full_disk_leaves_the_old_encoder(self, saved: Path) -> None:
        before = {path.name: path.read_bytes() for path in saved.iterdir()}
        code = textwrap.dedent(
            f"""
            import resource, signal
            from lineament.encoder import Encoder
            from lineament.errors import LineamentError
            encoder = Encoder.load({str(saved)!r})
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
            try:
                encoder.save({str(saved)!r})
            except LineamentError as error:
                print("refused:", error)
            """
        )
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
        assert "refused:" in ran.stdout
        assert {path.name: path.read_bytes() for path in saved.iterdir()} == before
        assert [path.name for path in saved.parent.iterdir()] == ["tiny"]


def edited(name: str, change: Callable[[Any], Any]) -> Callable[[Path], None]:
    def edit(path: Path) -> None:
        content = json.loads((path / name).read_text())
        changed = change(content)
        (path / name).write_text(json.dumps(content if changed is None else changed))

    return edit


def cut(name: str) -> Callable[[Path], None]:
    def edit(path: Path) -> None:
        content = (path / name).read_bytes()
        (path / name).write_bytes(content[: len(content) // 2])

    return edit


def put(**changes: Any) -> Callable[[Any], None]:
    return lambda content: content.update(changes)


DAMAGE: dict[str, tuple[Callable[[Path], None], str]] = {
    "no card": (lambda path: (path / "card.json").unlink(), r"card\.json: the card .* 'No such file"),
    "no network": (lambda path: (path / "network.onnx").unlink(), r"network\.onnx: .* 'No such file"),
    "no encoding": (lambda path: (path / "encoding.json").unlink(), r"encoding\.json: .* 'No such file"),
    "half a network": (cut("network.onnx"), r"network\.onnx: an ONNX network"),
    "half a card": (cut("card.json"), r"card\.json: .* not JSON"),
    "half an encoding": (cut("encoding.json"), r"encoding\.json: .* not JSON"),
    "half a calibration": (cut("calibration.json"), r"calibration\.json: .* not JSON"),
    "an empty network": (lambda path: (path / "network.onnx").write_bytes(b""), "an ONNX network"),
    "a card of bytes": (lambda path: (path / "card.json").write_bytes(b"\xff\xfe\x00"), "not JSON"),
    "a card that is a list": (edited("card.json", lambda _: [1]), "JSON of another kind"),
    "a later card": (edited("card.json", put(format_version=2)), "version 2 came; upgrade"),
    "a later encoding": (edited("encoding.json", put(format_version=2)), "version 2 came; upgrade"),
    "a later calibration": (edited("calibration.json", put(format_version=9)), "version 9"),
    "no version": (edited("encoding.json", lambda c: c.pop("format_version") and None), "format version 1 .* none"),
    "a nameless card": (edited("card.json", put(name="")), "a name of letters"),
    "a card that does not say normalise": (edited("card.json", put(normalise=1)), "normalise"),
    "no window": (edited("encoding.json", put(window=None)), "a window of one frame"),
    "a window of nothing": (edited("encoding.json", put(window={"frames": 0, "stride_s": 1})), "but 0 came"),
    "no stride": (edited("encoding.json", put(window={"frames": 45})), "a stride"),
    "no spec": (edited("encoding.json", put(encoding={})), r"encoding\.json: encoding: a spec"),
    "an unknown encoding": (
        edited("encoding.json", lambda c: c["encoding"]["spec"].update(name="mation")),
        "use 'motion'",
    ),
    "a misspelt feature": (
        edited("encoding.json", lambda c: c["encoding"]["spec"].update(features=["BRR"])),
        "feature",
    ),
    "other features": (edited("encoding.json", lambda c: c["encoding"]["spec"].update(features=["BR"])), "features"),
    "statistics missing": (
        edited("encoding.json", lambda c: c["encoding"]["normalisation"]["mean"].pop() and None),
        "mean",
    ),
    "NaN statistics": (
        edited("encoding.json", lambda c: c["encoding"]["normalisation"]["mean"].__setitem__(0, float("nan"))),
        "normalisation",
    ),
    "another network's": (lambda path: (path / "network.onnx").write_bytes(network(inputs=7)), "39 features"),
    "another window's": (lambda path: (path / "network.onnx").write_bytes(network(window=9)), "window 45 .* but 9"),
    "another calibration": (edited("calibration.json", put(encoder="other-1-00000000")), "calibration of tiny-1-"),
    "a calibration with NaN": (edited("calibration.json", put(fixed=None)), "finite threshold"),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_damage_is_said_in_one_sentence(case: str, saved: Path) -> None:
    damage, message = DAMAGE[case]
    damage(saved)
    with pytest.raises(EncoderError, match=message) as caught:
        Encoder.load(saved)
    assert str(saved) in str(caught.value)
    assert "\n" not in str(caught.value)


class TestFinding:
    def test_nothing(self, tmp_path: Path) -> None:
        with pytest.raises(EncoderError, match="encoder: a shipped name or a folder"):
            Encoder.load(tmp_path / "none")

    def test_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(EncoderError, match="but a file came"):
            Encoder.load(tmp_path / "file")

    def test_an_empty_folder(self, tmp_path: Path) -> None:
        with pytest.raises(EncoderError, match=r"card\.json"):
            Encoder.load(tmp_path)

    def test_shipped_encoders_are_found_by_name(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(folder, "SHIPPED", tmp_path)
        assert shipped_encoders() == []
        tiny_encoder().save(tmp_path / "tiny")
        (tmp_path / "__pycache__").mkdir()
        assert shipped_encoders() == ["tiny"]
        assert Encoder.load("tiny").mark.source == "tiny"
        with pytest.raises(EncoderError, match="use 'tiny'"):
            Encoder.load("tinny")


@pytest.mark.parametrize("name", shipped_encoders())
def test_what_ships_loads_and_says_what_it_must(name: str) -> None:
    encoder = Encoder.load(name)
    assert encoder.name == name
    assert encoder.calibration is not None
    for key in ("data", "protocol", "figures", "intended_use", "not_for"):
        assert encoder.card.get(key), f"the card of {name} lacks {key}"
    files = [path for path in (folder.SHIPPED / name).iterdir() if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 5_000_000
    texts = "".join(path.read_text() for path in files if path.suffix == ".json")
    assert not re.search(r"/(home|root|work|tmp|Users)/", texts), "a path of the machine it was made on"


def test_nothing_is_pickled() -> None:
    source = "".join(path.read_text() for path in Path(folder.__file__).parent.glob("*.py"))
    assert not re.search(r"import pickle|np\.load|joblib|torch\.load", source)


def test_errors_are_of_the_family() -> None:
    assert issubclass(EncoderError, LineamentError)
