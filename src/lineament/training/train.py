"""From data sets on disk to an encoder's folder: who trains, who validates, fit, hand over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

import numpy as np

from lineament.datasets import Dataset, Protocol, Selection
from lineament.datasets.forgeries import genuine
from lineament.encoder import Encoder
from lineament.encodings import build_encoding
from lineament.errors import ProtocolError
from lineament.recipes.components import CrossEntropy
from lineament.recipes.recipe import Recipe
from lineament.signals import Sample
from lineament.training.encoded import encode
from lineament.training.fit import Fitted, fit
from lineament.training.hand_over import hand_over
from lineament.training.runs import show
from lineament.training.tune import Search

VALIDATION = 0.2
ENCODER = "encoder"


class Loaded(Sequence[Sample]):
    """The samples of several data sets, each read when it is asked for.

    Parameters
    ----------
    datasets : sequence of Dataset
        Where there are several, a subject is called ``<set>/<subject>``: one name in two sets is two people.
    """

    def __init__(self, datasets: Sequence[Dataset], *, prefixed: bool) -> None:
        self._rows = [(dataset, row) for dataset in datasets for row in range(len(dataset))]
        self._prefixed = prefixed

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Sample: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Sample]: ...
    def __getitem__(self, index: int | slice) -> Sample | Sequence[Sample]:
        """Read a sample, or some."""
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        dataset, row = self._rows[index]
        sample = dataset.load(row)
        return sample.replace(subject=f"{dataset.name}/{sample.subject}") if self._prefixed else sample


@dataclass(frozen=True, eq=False)
class Split:
    """Who trains and who validates.

    Parameters
    ----------
    train, validation : sequence of Sample
    protocols : tuple of Protocol
        The same by name, one for each data set.
    """

    train: Sequence[Sample]
    validation: Sequence[Sample]
    protocols: tuple[Protocol, ...]


def split_people(
    datasets: Sequence[Dataset],
    *,
    validation: float = VALIDATION,
    seed: int = 0,
    protocol: Protocol | None = None,
) -> Split:
    """Set aside people of the first data set for validation.

    The others are there to learn more from: simulated people, say, whose identification shows nothing.

    Parameters
    ----------
    datasets : sequence of Dataset
    validation : float
        Share of the first set's people, at least two of them where it is not 0.
    seed : int
    protocol : Protocol, optional
        Says who trains and who validates in the data set that it was made for; nobody else of that set is touched.

    Raises
    ------
    ProtocolError
        When the protocol is for none of the sets or leaks, or nobody would be left to train.
    """
    if protocol is not None and protocol.dataset not in {dataset.name for dataset in datasets}:
        raise ProtocolError(
            f"protocol {protocol.name}: one for {' or '.join(dataset.name for dataset in datasets)}",
            f"one for {protocol.dataset}",
            "name the data set that it was made for",
        )
    protocols = []
    for place, dataset in enumerate(datasets):
        if protocol is not None and protocol.dataset == dataset.name:
            protocols.append(protocol.check_people(dataset.person_of()))
        else:
            share = validation if place == 0 and protocol is None else 0.0
            protocols.append(_chosen(dataset, share, seed))
    trained = [data.select(own.train) for data, own in zip(datasets, protocols, strict=True) if own.train.subjects]
    watched = [
        genuine(data.select(own.validation))
        for data, own in zip(datasets, protocols, strict=True)
        if own.validation.subjects
    ]
    prefixed = len(datasets) > 1
    return Split(Loaded(trained, prefixed=prefixed), Loaded(watched, prefixed=prefixed), tuple(protocols))


def _chosen(dataset: Dataset, share: float, seed: int) -> Protocol:
    """Return a protocol in which a share of the people validates."""
    people, person_of = dataset.people(), dataset.person_of()
    count = max(2, round(share * len(people))) if share else 0
    if len(people) - count < 2:
        raise ProtocolError(
            f"{dataset.name}: two people or more to train, beside {count} who validate",
            f"{len(people)} in all",
            "add people, or validate on none",
        )
    order = [str(name) for name in np.random.default_rng(seed).permutation(people)]
    watched = set(order[:count])
    return Protocol(
        name=f"{dataset.name}-train-{seed}",
        dataset=dataset.name,
        seed=seed,
        people={subject: person for subject, person in person_of.items() if subject != person},
        train=Selection(subjects=tuple(subject for subject, person in person_of.items() if person not in watched)),
        validation=Selection(subjects=tuple(subject for subject, person in person_of.items() if person in watched)),
    )


def prepare_search(
    recipe: Recipe,
    datasets: Sequence[Dataset],
    study: str | Path,
    *,
    validation: float = VALIDATION,
    seed: int = 0,
    progress: bool = True,
) -> Search:
    """Return a search for a recipe's parameters on data sets, encoded once (see `lineament.training.tune`)."""
    share = 0.0 if isinstance(recipe.loss, CrossEntropy) else validation
    split = split_people(datasets, validation=share, seed=seed)
    encoding = build_encoding(recipe.encoding)
    with show("encoding", len(split.train) + len(split.validation), progress) as bar:
        trained, watched = (encode(encoding, bar(samples)) for samples in (split.train, split.validation))
    return Search(recipe, trained, watched or None, Path(study), seed)


def train(
    recipe: Recipe,
    datasets: Sequence[Dataset],
    out: str | Path,
    *,
    seed: int = 0,
    validation: float = VALIDATION,
    protocol: Protocol | None = None,
    resume: bool = False,
    progress: bool = True,
    init: str | Path | None = None,
    name: str | None = None,
    version: str = "1",
) -> tuple[Fitted, Encoder]:
    """Train a recipe on data sets and hand the encoder over.

    Writes ``out/encoder`` (see `lineament.encoder`), ``out/training`` (checkpoint, TensorBoard log) and
    ``out/protocols`` (who trained and who validated, by name; the encoder's card gives their numbers alone).

    Parameters are those of `split_people`, `lineament.training.fit.fit` and `lineament.training.hand_over.hand_over`.
    """
    out = Path(out)
    share = 0.0 if isinstance(recipe.loss, CrossEntropy) else validation
    split = split_people(datasets, validation=share, seed=seed, protocol=protocol)
    watched = split.validation or None
    fitted = fit(recipe, split.train, watched, out, seed=seed, resume=resume, progress=progress, init=init)
    for dataset, own in zip(datasets, split.protocols, strict=True):
        own.save(out / "protocols" / f"{dataset.name}.json")
    card: dict[str, Any] = {
        "data": [
            {
                "name": dataset.name,
                "licence": dataset.licence,
                "citation": dataset.citation,
                "people_trained_on": len(own.persons(own.train)),
                "people_validated_on": len(own.persons(own.validation)),
            }
            for dataset, own in zip(datasets, split.protocols, strict=True)
        ],
        "protocol": {"seed": seed, "split": "by people", "initialised_from": None if init is None else Path(init).name},
    }
    encoder = hand_over(fitted, out / ENCODER, name=name, version=version, card=card, validation=split.validation)
    return fitted, encoder
