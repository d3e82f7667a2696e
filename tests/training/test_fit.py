"""Fitting: it learns, it repeats, it resumes, and it fails in one sentence with nothing lost."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from lineament.errors import LineamentError, RecipeError, SignalError
from lineament.recipes.recipe import Recipe
from lineament.signals import Sample
from lineament.training import runs
from lineament.training.fit import Fitted, fit
from lineament.training.learner import Learner

from .people import people, person, tiny


def weights(fitted: Fitted) -> dict[str, torch.Tensor]:
    return fitted.network.state_dict()


def same(one: Fitted, other: Fitted) -> bool:
    mine, theirs = weights(one), weights(other)
    return mine.keys() == theirs.keys() and all(torch.equal(mine[key], theirs[key]) for key in mine)


def quick(recipe: Recipe, *args: Any, **options: Any) -> Fitted:
    return fit(recipe, *args, progress=False, **options)


@pytest.fixture(scope="module")
def fitted(train_samples: list[Sample], validation_samples: list[Sample]) -> Fitted:
    return quick(tiny(), train_samples, validation_samples)


def test_it_learns_people_it_has_not_seen(train_samples: list[Sample], validation_samples: list[Sample]) -> None:
    fitted = quick(tiny(training={"steps": 48}), train_samples, validation_samples)
    assert fitted.accuracy is not None
    assert fitted.accuracy >= 0.75
    assert fitted.history[-1]["loss"] < 0.7 * fitted.history[0]["loss"]
    assert [record["step"] for record in fitted.history] == [8, 16, 24, 32, 40, 48]
    assert fitted.subjects == ("p00", "p01", "p02", "p03", "p04")


def test_nothing_is_warned_of_or_printed(
    train_samples: list[Sample], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        quick(tiny(), train_samples, None, tmp_path)
    assert capfd.readouterr() == ("", "")


def test_one_seed_gives_the_same_weights(
    fitted: Fitted, train_samples: list[Sample], validation_samples: list[Sample], tmp_path: Path
) -> None:
    torch.rand(3)  # what others drew before makes no difference
    assert same(fitted, quick(tiny(), train_samples, validation_samples, tmp_path))
    assert not same(fitted, quick(tiny(), train_samples, validation_samples, seed=1))


def test_a_fit_leaves_the_random_state_of_torch_alone(train_samples: list[Sample]) -> None:
    before = torch.random.get_rng_state()
    quick(tiny(), train_samples)
    assert torch.equal(before, torch.random.get_rng_state())


def killed_at(step: int) -> Callable[..., torch.Tensor]:
    whole = Learner.training_step

    def training_step(self: Learner, *args: Any) -> torch.Tensor:
        if self.global_step == step:
            raise RuntimeError("killed")
        return whole(self, *args)

    return training_step


RECIPES = {
    "temporal_conv": tiny(augmentation={"height_cm": 3, "scale": 0.05, "speed": 0.1, "noise": 0.1, "mask": 0.1}),
    "cropped": tiny(training={"crop_frames": 40}),
    "gru": tiny(network={"name": "gru", "hidden": 12, "layers": 2, "dropout": 0.3, "dim": 8}),
    "classifier": tiny(loss="cross_entropy"),
    "constant, adam": tiny(training={"schedule": "constant", "optimiser": "adam"}),
}


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_a_killed_run_resumes_to_the_same_weights(
    recipe: Recipe,
    train_samples: list[Sample],
    validation_samples: list[Sample],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    validation = None if recipe.loss.name == "cross_entropy" else validation_samples
    whole = quick(recipe, train_samples, validation, seed=3)
    with monkeypatch.context() as patch:
        patch.setattr(Learner, "training_step", killed_at(13))
        with pytest.raises(RuntimeError, match="killed"):
            quick(recipe, train_samples, validation, tmp_path, seed=3)
    resumed = quick(recipe, train_samples, validation, tmp_path, seed=3, resume=True)
    assert same(whole, resumed)
    assert resumed.history == whole.history
    assert resumed.accuracy == whole.accuracy
    finished = quick(recipe, train_samples, validation, tmp_path, seed=3, resume=True)
    assert same(whole, finished)


def test_another_run_is_not_resumed_or_overwritten(train_samples: list[Sample], tmp_path: Path) -> None:
    quick(tiny(), train_samples, None, tmp_path)
    before = (tmp_path / "training" / "last.ckpt").read_bytes()
    with pytest.raises(LineamentError, match="resume it"):
        quick(tiny(), train_samples, None, tmp_path)
    with pytest.raises(LineamentError, match="run of this recipe, seed and data"):
        quick(tiny(), train_samples, None, tmp_path, seed=1, resume=True)
    assert (tmp_path / "training" / "last.ckpt").read_bytes() == before


def test_a_damaged_checkpoint_is_refused(train_samples: list[Sample], tmp_path: Path) -> None:
    quick(tiny(), train_samples, None, tmp_path)
    checkpoint = tmp_path / "training" / "last.ckpt"
    checkpoint.write_bytes(checkpoint.read_bytes()[:1000])
    with pytest.raises(LineamentError, match="a training checkpoint was expected"):
        quick(tiny(), train_samples, None, tmp_path, resume=True)


def test_a_loss_that_is_no_number_stops_and_keeps_the_last_good_checkpoint(
    train_samples: list[Sample], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Learner.training_step

    def training_step(self: Learner, *args: Any) -> torch.Tensor:
        if self.global_step == 20:
            self.network.linear.weight.data.fill_(float("nan"))
        return whole(self, *args)

    monkeypatch.setattr(Learner, "training_step", training_step)
    with pytest.raises(LineamentError, match=r"step 20: the loss that is a finite number.*lower the learning rate"):
        quick(tiny(), train_samples, None, tmp_path)
    kept = torch.load(tmp_path / "training" / "last.ckpt", weights_only=True)
    assert kept["global_step"] == 16
    assert all(torch.isfinite(value).all() for value in kept["state_dict"].values())


def test_a_gradient_that_is_no_number_never_reaches_the_weights(
    train_samples: list[Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    network = []
    whole = Learner.training_step

    def training_step(self: Learner, *args: Any) -> torch.Tensor:
        network[:] = [self.network]
        loss = whole(self, *args)
        return loss * (loss - loss).sqrt() if self.global_step == 5 else loss  # finite (0), with the gradient 0 * inf

    monkeypatch.setattr(Learner, "training_step", training_step)
    with pytest.raises(LineamentError, match="step 5: a gradient"):
        quick(tiny(), train_samples)
    assert all(torch.isfinite(value).all() for value in network[0].state_dict().values())


def test_a_full_disk_is_one_sentence_and_loses_nothing(
    train_samples: list[Sample], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved, whole = [], torch.save

    def save(content: object, path: Path) -> None:
        saved.append(path)
        if len(saved) == 2:
            raise OSError(28, "No space left on device")
        whole(content, path)

    monkeypatch.setattr(torch, "save", save)
    with pytest.raises(LineamentError, match=r"No space left on device.*free some space"):
        quick(tiny(), train_samples, None, tmp_path)
    monkeypatch.undo()
    assert torch.load(tmp_path / "training" / "last.ckpt", weights_only=True)["global_step"] == 8
    assert same(quick(tiny(), train_samples), quick(tiny(), train_samples, None, tmp_path, resume=True))


def test_patience_stops_early(
    train_samples: list[Sample], validation_samples: list[Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = iter([0.5, 0.7, 0.6, 0.7, 0.9])
    monkeypatch.setattr("lineament.training.fit.identification_accuracy", lambda *_, **__: next(figures))
    recipe = tiny(training={"steps": 48, "patience": 2})
    stopped = quick(recipe, train_samples, validation_samples)
    assert [record["accuracy"] for record in stopped.history] == [0.5, 0.7, 0.6, 0.7]
    assert stopped.accuracy == 0.7


def test_the_best_weights_are_kept(
    train_samples: list[Sample], validation_samples: list[Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = [0.5, 0.9, 0.6]
    answers = iter(figures)
    monkeypatch.setattr("lineament.training.fit.identification_accuracy", lambda *_, **__: next(answers))
    best = quick(tiny(training={"schedule": "constant"}), train_samples, validation_samples)
    two_epochs = quick(tiny(training={"schedule": "constant", "steps": 16}), train_samples)
    assert best.accuracy == 0.9
    assert same(best, two_epochs)


@pytest.mark.parametrize(
    "network",
    [
        {"name": "window_statistics"},
        {"name": "dense_statistics", "kernels": 16, "dilations": [1, 2]},
        {"name": "temporal_conv", "channels": 8, "dilations": [1, 2], "dim": 8, "back_end": {"projection": "within"}},
        {
            "name": "fusion",
            "parts": [
                {"name": "temporal_conv", "channels": 8, "dilations": [1, 2], "dim": 8},
                {"name": "window_statistics", "statistics": ["mean", "std"], "shrinkage": 0.1},
            ],
            "weights": [1, 2],
        },
    ],
    ids=lambda spec: spec["name"],
)
def test_what_is_fitted_in_closed_form(
    network: dict[str, Any], train_samples: list[Sample], validation_samples: list[Sample], tmp_path: Path
) -> None:
    recipe = tiny(network=network)
    fitted = quick(recipe, train_samples, validation_samples, tmp_path)
    assert fitted.accuracy is not None
    assert fitted.accuracy >= 0.5  # 0.25 by chance
    assert same(fitted, quick(recipe, train_samples, validation_samples))
    (track, *_) = fitted.embed([person(20, 1)])
    np.testing.assert_allclose(np.linalg.norm(track.vectors, axis=1), 1, atol=1e-5)


def test_nothing_is_warned_of_in_closed_form(train_samples: list[Sample]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted = quick(tiny(network={"name": "dense_statistics", "kernels": 16, "dilations": [1, 2]}), train_samples)
    assert fitted.accuracy is None
    assert fitted.history == [{}]


def test_a_classifier_names_its_subjects_from_the_ends_that_it_held_out(train_samples: list[Sample]) -> None:
    recipe = tiny(loss="cross_entropy", training={"steps": 64})
    fitted = quick(recipe, train_samples)
    assert fitted.classifies
    assert fitted.accuracy is not None
    assert fitted.accuracy > 0.8
    for place, sample in enumerate(people(range(5), sessions=1)):
        (track,) = fitted.embed([sample])
        assert np.bincount(track.vectors.argmax(1), minlength=5).argmax() == place


def test_bf16_trains_too(train_samples: list[Sample], validation_samples: list[Sample]) -> None:
    for network in ({}, {"network": {"name": "gru", "hidden": 12, "layers": 1, "dim": 8}}):
        fitted = quick(tiny(**network, training={"precision": "bf16"}), train_samples, validation_samples)
        assert fitted.history[-1]["loss"] < fitted.history[0]["loss"]
        assert all(value.dtype != torch.bfloat16 for value in weights(fitted).values())


@pytest.mark.parametrize(
    "loss", ["normalised_softmax", "contrastive", {"name": "triplet", "margin": 0.5}, "multi_similarity"], ids=str
)
def test_every_loss_trains(loss: str | dict[str, Any], train_samples: list[Sample]) -> None:
    fitted = quick(tiny(loss=loss, training={"steps": 80}), train_samples)
    assert fitted.history[-1]["loss"] < fitted.history[0]["loss"]


def test_frozen_proxies_stay_as_drawn(train_samples: list[Sample], monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[torch.Tensor, bool]] = []
    descend = runs.descend

    def watched(learner: Learner, *args: Any) -> None:
        before = learner.loss.W.detach().clone()
        descend(learner, *args)
        seen.append((before, torch.equal(before, learner.loss.W)))

    monkeypatch.setattr(runs, "descend", watched)
    quick(tiny(loss={"name": "arcface", "frozen_proxies": True}), train_samples)
    quick(tiny(), train_samples)
    assert torch.equal(seen[0][0], seen[1][0])
    assert [unmoved for _, unmoved in seen] == [True, False]


def test_one_subject_is_too_few() -> None:
    with pytest.raises(RecipeError, match="at least two subjects was expected, but recordings of 1"):
        quick(tiny(), people(range(1)))


def test_a_subject_with_one_window_is_named() -> None:
    short = person(9, 1, seconds=4.05)
    with pytest.raises(SignalError, match="training subject p09: two windows or more, each of 4 s"):
        quick(tiny(), [*people(range(2)), short])


def test_a_recording_of_nobody_is_refused() -> None:
    with pytest.raises(SignalError, match="nobody: a subject"):
        quick(tiny(), [person(1, 1).replace(subject=None, source="nobody")])


def test_a_missing_joint_is_named() -> None:
    recipe = tiny(encoding={"name": "motion", "features": ["BRA"]})
    with pytest.raises(SignalError, match="left hand"):
        quick(recipe, people(range(2)))


def test_one_validation_person_cannot_be_told_from_anybody(train_samples: list[Sample]) -> None:
    with pytest.raises(LineamentError, match="validation: two people or more"):
        quick(tiny(), train_samples, people(range(10, 11)))


def test_a_classifier_cannot_be_a_projection(train_samples: list[Sample]) -> None:
    with pytest.raises(RecipeError, match="classification head"):
        quick(tiny(loss="cross_entropy", network="window_statistics"), train_samples)


def test_embedding_a_recording_is_embedding_its_windows(fitted: Fitted) -> None:
    sample = person(20, 1)
    (track,) = fitted.embed([sample], stride_s=2.0)
    (segment,) = fitted.encoding.encode(sample)
    np.testing.assert_allclose(np.diff(track.starts), 2.0)
    for place in (0, len(track) - 1):
        window = torch.from_numpy(segment.values[30 * place : 30 * place + 60])[None]
        with torch.no_grad():
            alone = fitted.network.embed_windows(window, torch.zeros(1, 60))[0].numpy()
        np.testing.assert_allclose(track.vectors[place], alone, atol=1e-5)
