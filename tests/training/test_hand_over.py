"""Handing over: the folder that the runtime reads gives what torch gave."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from lineament.datasets import Dataset
from lineament.encoder import Encoder
from lineament.errors import EncoderError, GalleryError, LineamentError
from lineament.gallery import MemoryGallery
from lineament.recipes.components import Prototype
from lineament.signals import Sample
from lineament.studies.calibrate import calibrate_encoder, match_rule_from
from lineament.training import hand_over as module
from lineament.training.fit import Fitted, fit
from lineament.training.hand_over import hand_over

from .people import people, person, tiny

KINDS: dict[str, dict[str, Any]] = {
    "dense": {},
    "windowed, euclidean": {"network": {"name": "gru", "hidden": 8, "layers": 1, "dim": 8}, "normalise": False},
    "closed form": {"network": "window_statistics"},
}


@pytest.fixture(scope="module")
def fitted(train_samples: list[Sample], validation_samples: list[Sample]) -> Fitted:
    return fit(tiny(), train_samples, validation_samples, progress=False)


@pytest.mark.parametrize("changes", KINDS.values(), ids=KINDS)
def test_the_runtime_embeds_as_torch_does(
    changes: dict[str, Any], train_samples: list[Sample], validation_samples: list[Sample], tmp_path: Path
) -> None:
    fitted = fit(tiny(**changes), train_samples, validation_samples, progress=False)
    encoder = hand_over(fitted, tmp_path / "encoder", validation=validation_samples)
    sample = person(30, 1)
    (track,) = fitted.embed([sample])
    starts, vectors = encoder.embed_timed(sample)
    np.testing.assert_allclose(vectors, track.vectors, atol=1e-4)
    np.testing.assert_allclose(np.diff(starts), np.diff(track.starts), atol=1e-9)
    assert encoder.metric == ("euclidean" if changes.get("normalise") is False else "cosine")
    assert {path.name for path in (tmp_path / "encoder").iterdir()} == {
        "network.onnx",
        "encoding.json",
        "calibration.json",
        "card.json",
        "weights.safetensors",
    }
    assert encoder.calibration is not None
    assert encoder.calibration.encoder == encoder.id
    assert encoder.calibration.gallery_size == 3


def test_a_rule_that_normalises_waits_for_its_cohort(
    train_samples: list[Sample], validation_samples: list[Sample], tmp_path: Path
) -> None:
    normalised = {"name": "normalised", "rule": "prototype", "norm": "s"}
    recipe = tiny(match_rule=normalised)
    assert recipe.ranking == Prototype()
    encoder = hand_over(
        fit(recipe, train_samples, validation_samples, progress=False), tmp_path, validation=validation_samples
    )
    assert encoder.calibration is None
    assert encoder.card["figures"]["validation"]["accuracy"] > 0
    cohort = MemoryGallery(encoder.dim, encoder.metric, encoder.mark)
    for who in range(50, 54):
        cohort.enrol(f"c{who}", encoder.embed(person(who, 1)))
    rule = match_rule_from(None, encoder, cohort)
    found = calibrate_encoder(encoder, Dataset.of("others", validation_samples), rule=rule, use_s=5.0)
    assert found.calibration.match_rule["name"] == "normalised"
    with pytest.raises(GalleryError, match="a gallery of others"):
        calibrate_encoder(encoder, Dataset.of("others", validation_samples), rule=match_rule_from(None, encoder))


def test_the_card_says_what_is_known_and_names_nobody(
    fitted: Fitted, validation_samples: list[Sample], tmp_path: Path
) -> None:
    data = [{"name": "toy", "licence": "MIT"}]
    hand_over(fitted, tmp_path, name="toy-encoder", version="2.1", card={"data": data}, validation=validation_samples)
    text = (tmp_path / "card.json").read_text()
    card = json.loads(text)
    assert (card["name"], card["version"], card["data"]) == ("toy-encoder", "2.1", data)
    assert card["figures"]["validation"] == {
        "people": 4,
        "accuracy": fitted.accuracy,
        "protocol": "first session (or half of the only one) enrolled, use-time 5 minutes or the whole recording",
    }
    assert card["network"]["name"] == "temporal_conv"
    assert card["training"]["subjects"] == 5
    assert not any(subject in text for subject in fitted.subjects)
    assert str(tmp_path) not in text


def test_a_classifier_says_whom_its_outputs_stand_for(train_samples: list[Sample], tmp_path: Path) -> None:
    fitted = fit(tiny(loss="cross_entropy"), train_samples, progress=False)
    encoder = hand_over(fitted, tmp_path / "encoder")
    assert encoder.card["classes"] == ["p00", "p01", "p02", "p03", "p04"]
    assert encoder.dim == 5
    assert encoder.metric == "euclidean"


def test_without_validation_there_is_no_threshold(fitted: Fitted, tmp_path: Path) -> None:
    assert hand_over(fitted, tmp_path / "a").calibration is None
    alone = hand_over(fitted, tmp_path / "b", validation=people(range(40, 41)))
    assert alone.calibration is None
    assert alone.card["figures"]["validation"]["accuracy"] is None


def test_weights_start_another_training(fitted: Fitted, train_samples: list[Sample], tmp_path: Path) -> None:
    hand_over(fitted, tmp_path / "encoder")
    others = people(range(50, 54))
    still = fit(tiny(training={"steps": 0}), others, init=tmp_path / "encoder", progress=False)
    for key, value in fitted.network.state_dict().items():
        assert torch.equal(still.network.state_dict()[key], value)
    assert still.encoding.spec() == fitted.encoding.spec()  # the normalisation that the weights were learned behind
    moved = fit(tiny(), others, init=tmp_path / "encoder", progress=False)
    assert not torch.equal(moved.network.state_dict()["linear.weight"], still.network.state_dict()["linear.weight"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"network": {"name": "temporal_conv", "channels": 8, "dilations": [1, 2, 4]}},
            "weights of the recipe's network",
        ),
        ({"encoding": {"name": "motion", "features": ["statics"], "joints": ["head"]}}, "an encoder of the recipe's"),
    ],
)
def test_weights_that_do_not_fit_are_refused(
    changes: dict[str, Any], message: str, fitted: Fitted, train_samples: list[Sample], tmp_path: Path
) -> None:
    hand_over(fitted, tmp_path / "encoder")
    with pytest.raises(EncoderError, match=message):
        fit(tiny(**changes), train_samples, init=tmp_path / "encoder", progress=False)


def test_no_encoder_to_start_from(train_samples: list[Sample], tmp_path: Path) -> None:
    with pytest.raises(LineamentError, match=r"encoding\.json"):
        fit(tiny(), train_samples, init=tmp_path, progress=False)


def full_disk(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


def safetensors_full(*_: object, **__: object) -> None:
    raise RuntimeError("I/O error: No space left on device (os error 28)")


@pytest.mark.parametrize(("what", "fails"), [("write_parts", full_disk), ("save_file", safetensors_full)])
def test_a_full_disk_leaves_the_old_encoder_and_no_rubbish(
    what: str, fails: Callable[..., None], fitted: Fitted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = hand_over(fitted, tmp_path / "encoder").id
    monkeypatch.setattr(module, what, fails)
    with pytest.raises(LineamentError, match=r"No space left on device.*free some space"):
        hand_over(fitted, tmp_path / "encoder", name="other")
    assert Encoder.load(tmp_path / "encoder").id == before
    assert [path.name for path in tmp_path.iterdir()] == ["encoder"]


def test_a_folder_of_something_else_is_left_alone(fitted: Fitted, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(EncoderError, match="choose another place"):
        hand_over(fitted, tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_an_encoder_that_differs_from_torch_is_refused(
    fitted: Fitted, validation_samples: list[Sample], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = module.export_onnx

    def spoiled(network: torch.nn.Module, path: Path) -> None:
        export(network, path)
        other = fit(tiny(), people(range(60, 63)), progress=False).network
        export(other, path)

    monkeypatch.setattr(module, "export_onnx", spoiled)
    with pytest.raises(EncoderError, match="the embeddings that the network gave in training"):
        hand_over(fitted, tmp_path / "encoder", validation=validation_samples)
    shutil.rmtree(tmp_path)
