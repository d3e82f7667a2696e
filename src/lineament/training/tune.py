"""Searching a recipe's parameters: the spaces of paper 002's Tables 1 and 2, and ours for the other networks.

ArcFace's regulariser weight, which Table 2 searches, is left alone: it has no effect (see
`lineament.objectives.losses`). The paper ran at least 140 trials for each loss.
"""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lineament.errors import LineamentError, MissingExtraError, RecipeError
from lineament.files import write_text
from lineament.recipes.components import (
    ArcFace,
    Component,
    Contrastive,
    CrossEntropy,
    DenseStatistics,
    Gru,
    Lstm,
    MultiSimilarity,
    NormalisedSoftmax,
    TemporalConv,
    Triplet,
    WindowStatistics,
)
from lineament.recipes.recipe import Recipe
from lineament.training.fit import fit_recordings
from lineament.training.windows import Recording

Trial = Any
"""An optuna.Trial, or anything with its suggest_int and suggest_float."""
LEARNING_RATE = (1e-6, 0.1)


def suggest(trial: Trial, recipe: Recipe) -> Recipe:
    """Return the recipe with the parameters of a trial.

    Raises
    ------
    RecipeError
        When there is nothing to search in it.
    """
    network = recipe.network.model_copy(update=_network(trial, recipe))
    changes: dict[str, Any] = {"network": network, "loss": recipe.loss.model_copy(update=_loss(trial, recipe.loss))}
    if not isinstance(recipe.network, WindowStatistics | DenseStatistics):
        rate = trial.suggest_float("learning_rate", *LEARNING_RATE, log=True)
        changes["training"] = recipe.training.model_copy(update={"learning_rate": rate})
    return recipe.model_copy(update=changes)


def _network(trial: Trial, recipe: Recipe) -> dict[str, Any]:
    """Return a network's parameters: Table 1 for recurrent networks."""
    spec = recipe.network
    if isinstance(spec, Gru | Lstm):
        found: dict[str, Any] = {
            "layers": trial.suggest_int("layers", 1, 4),
            "hidden": trial.suggest_int("hidden", 100, 500),
            "dropout": trial.suggest_float("dropout", 0.0, 0.4),
        }
    elif isinstance(spec, TemporalConv):
        found = {
            "channels": trial.suggest_int("channels", 32, 160, step=32),
            "attention": trial.suggest_int("attention", 0, 64, step=16),
            "dropout": trial.suggest_float("dropout", 0.0, 0.4),
        }
    elif isinstance(spec, WindowStatistics | DenseStatistics):
        return {
            "clip": trial.suggest_float("clip", 1.5, 6.0),
            "shrinkage": trial.suggest_float("shrinkage", 1e-3, 1.0, log=True),
            "session_weight": trial.suggest_float("session_weight", 0.1, 10.0, log=True),
        }
    else:
        raise RecipeError("tune: a network with a search space", f"'{spec.name}'", "tune its parts one by one")
    if not isinstance(recipe.loss, CrossEntropy):
        found["dim"] = trial.suggest_int("dim", 32, 320, step=32)
    return found


def _loss(trial: Trial, spec: Component) -> dict[str, float]:
    """Return a loss's parameters: Table 2."""
    match spec:
        case ArcFace():
            return {
                "margin_degrees": trial.suggest_float("margin_degrees", 1.0, 20.0),
                "scale": trial.suggest_float("scale", 1.0, 500.0),
            }
        case NormalisedSoftmax():
            return {"temperature": trial.suggest_float("temperature", 1e-5, 0.01, log=True)}
        case Contrastive():
            return {
                "positive_margin": trial.suggest_float("positive_margin", 0.0, 0.3),
                "negative_margin": trial.suggest_float("negative_margin", 0.3, 1.0),
            }
        case Triplet():
            return {"margin": trial.suggest_float("margin", 0.01, 0.5)}
        case MultiSimilarity():
            return {
                "alpha": trial.suggest_float("alpha", 0.01, 20.0),
                "beta": trial.suggest_float("beta", 20.0, 80.0),
                "base": trial.suggest_float("base", 0.0, 3.0),
            }
    return {}


@dataclass(frozen=True)
class Found:
    """What a search has come to.

    Parameters
    ----------
    trials : int
        Finished in all, those of earlier runs included.
    accuracy : float or None
        Of the best trial; None where every trial diverged.
    recipe : Recipe
        Of the best trial, or the one begun with.
    path : Path or None
        Where that recipe was written.
    """

    trials: int
    accuracy: float | None
    recipe: Recipe
    path: Path | None


@dataclass(frozen=True, eq=False)
class Search:
    """A search for a recipe's parameters, kept in an SQLite file.

    Parameters
    ----------
    recipe : Recipe
    train, validation : sequence of Recording
        Encoded, not normalised. A classifier needs no validation people.
    study : Path
        The file; a search that lies there goes on.
    seed : int
        Of the fits, and, with one job, of the search.
    """

    recipe: Recipe
    train: Sequence[Recording]
    validation: Sequence[Recording] | None
    study: Path
    seed: int = 0

    def run(
        self,
        trials: int,
        jobs: int = 1,
        tick: Callable[[], object] | None = None,
        jump: Callable[[int], object] | None = None,
    ) -> Found:
        """Go on until there are ``trials`` finished ones, in ``jobs`` processes.

        A trial that diverges counts as finished. One that was under way when the search was killed is begun anew.
        ``tick`` is called after each trial, ``jump`` once, with the number of those that were finished before.

        Raises
        ------
        LineamentError
            When the study is of another recipe, or cannot be written.
        MissingExtraError
            When Optuna is not installed.
        """
        study = self.open()
        done = len(_finished(study))
        missing = max(0, trials - done)
        tick, jump = tick or _nothing, jump or _nothing
        jump(done)
        if jobs <= 1:
            for _ in range(missing):
                self.one()
                tick()
        else:
            with multiprocessing.get_context("spawn").Pool(min(jobs, max(1, missing))) as pool:
                for _ in pool.imap_unordered(_one, [self] * missing):
                    tick()
        return self.conclude()

    def one(self) -> None:
        """Run one trial."""
        optuna = _optuna()
        self.open().optimize(self._objective, n_trials=1, catch=(optuna.TrialPruned,))

    def _objective(self, trial: Trial) -> float:
        recipe = suggest(trial, self.recipe)
        trial.set_user_attr("recipe", recipe.model_dump_json())
        try:
            fitted = fit_recordings(recipe, self.train, self.validation, seed=self.seed, progress=False)
        except LineamentError as error:
            if "finite number" not in error.expected:
                raise
            trial.set_user_attr("diverged", error.expected)
            raise _optuna().TrialPruned from error
        if fitted.accuracy is None:
            raise RecipeError("tune: people to validate on", "none", "add people, or longer recordings")
        trial.set_user_attr("seconds", fitted.seconds)
        return fitted.accuracy

    def open(self) -> Any:
        """Return the Optuna study.

        Raises
        ------
        LineamentError
            When the file holds another search, is no database, or cannot be written.
        """
        optuna = _optuna()
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self.study.parent.mkdir(parents=True, exist_ok=True)
        try:
            storage = optuna.storages.RDBStorage(f"sqlite:///{self.study.resolve()}", engine_kwargs=_WAIT)
            study = optuna.create_study(
                storage=storage, study_name="lineament", direction="maximize", load_if_exists=True
            )
            begun = study.user_attrs.get("recipe")
            if begun is None:
                study.set_user_attr("recipe", self.recipe.model_dump_json())
        except Exception as error:  # the database's own errors are many
            raise LineamentError(
                f"{self.study}: a search, or a new file", f"'{str(error).splitlines()[0]}'", "choose another file"
            ) from error
        if begun is not None and json.loads(begun) != self.recipe.model_dump(mode="json"):
            raise LineamentError(
                f"{self.study}: a search of this recipe", "one of another", "choose another file for the study"
            )
        study.sampler = optuna.samplers.TPESampler(seed=self.seed + len(study.trials), constant_liar=True)
        return study

    def conclude(self) -> Found:
        """Return what was found; the best recipe is written beside the study."""
        finished = _finished(self.open())
        best = max((t for t in finished if t.value is not None), key=lambda trial: trial.value, default=None)
        if best is None:
            return Found(len(finished), None, self.recipe, None)
        content = json.loads(best.user_attrs["recipe"])
        path = self.study.with_suffix(".yaml")
        write_text(path, yaml.safe_dump(content, sort_keys=False))
        return Found(len(finished), best.value, Recipe.model_validate(content), path)


_WAIT = {"connect_args": {"timeout": 60}}


def _nothing(*_: object) -> None:
    """Report to nobody."""


def _one(search: Search) -> None:
    """Run one trial, in a process of its own."""
    import torch

    torch.set_num_threads(1)
    search.one()


def _finished(study: Any) -> list[Any]:
    """Return the trials that came to an end, those that diverged included."""
    return [trial for trial in study.get_trials(deepcopy=False) if trial.state.name in {"COMPLETE", "PRUNED"}]


def _optuna() -> Any:
    try:
        import optuna
    except ImportError as error:
        raise MissingExtraError(
            "tune: Optuna", "an installation without it", "pip install 'lineament[tune]'"
        ) from error
    return optuna
