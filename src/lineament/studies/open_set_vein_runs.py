"""Trains the systems of the vein study and keeps every image's embedding, so that an interrupted study goes on.

What is kept of a fit is the embedding of each image of the data set (of those who are tested, enrolled or validate;
never looked at for those who train), from which every score, rule and table is made without training again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from lineament.datasets import Dataset, Protocol
from lineament.encodings import build_encoding
from lineament.errors import AcquisitionError
from lineament.files import replacing
from lineament.recipes.recipe import Recipe
from lineament.studies.cells import Cells
from lineament.studies.open_set_vein_moves import MOVES, moved
from lineament.studies.open_set_vein_systems import VeinSystem

if TYPE_CHECKING:
    from lineament.training.fit import Fitted
    from lineament.training.windows import Recording

Float32Array = NDArray[np.float32]
Mixing = Literal["before", "beside", "alone"]
REGIONS = {"vein-dorsal": "hand", "vein-sdumla": "finger"}
"""Which region is looked for in which set."""


@dataclass(frozen=True, eq=False)
class Embedded:
    """All images of a data set by one fit.

    Parameters
    ----------
    vectors : float32 array (images, dim)
        In the order of the data set's table; NaN where the region was not found.
    seconds : float
        Spent training.
    milliseconds : dict
        To find the region of an image and encode it, and to embed it.
    parameters : int
        Of the network.
    """

    vectors: Float32Array
    seconds: float
    milliseconds: dict[str, float]
    parameters: int


class VeinRuns:
    """Encodes each data set once for each encoding, and trains each system once for each protocol.

    Parameters
    ----------
    out : path
        Folder for what a later run goes on from. It holds pictures' regions and embeddings: keep it to yourself.
    say : callable
        Told what is begun.
    """

    def __init__(self, out: Path, say: Callable[[str], None] = lambda what: None) -> None:
        self.out, self._say = Path(out), say
        self._encoded: dict[str, Float32Array] = {}
        self._milliseconds: dict[str, float] = {}

    def regions(self, dataset: Dataset, recipe: Recipe) -> Float32Array:
        """Return every image as a recipe encodes it, (images, inputs); NaN where the region is not found."""
        encoding = build_encoding(_for(recipe, dataset).encoding)
        setting = [dataset.name, _images(dataset), encoding.spec()]
        cells = Cells(self.out / "regions", setting)
        mark = f"{dataset.name}-{cells.mark}"
        if mark not in self._encoded:
            path = self.out / "regions" / f"{mark}.npz"
            if not path.is_file():
                self._say(f"finding the regions of {dataset.name}")
                began = time.perf_counter()
                found = np.full((len(dataset), encoding.inputs), np.nan, dtype=np.float32)
                for index in range(len(dataset)):
                    try:
                        found[index] = encoding.encode(dataset.load(index))[0].values[0]
                    except AcquisitionError:
                        continue  # a failure to enrol, counted where scores are made
                spent = 1000 * (time.perf_counter() - began) / len(dataset)
                with replacing(path) as beside:
                    np.savez_compressed(beside, values=found.astype(np.float16), milliseconds=spent)
            content = np.load(path)
            self._encoded[mark] = content["values"].astype(np.float32)
            self._milliseconds[mark] = float(content["milliseconds"])
        return self._encoded[mark]

    def embedded(
        self,
        system: VeinSystem,
        dataset: Dataset,
        protocol: Protocol,
        *,
        trained_on: tuple[Dataset, Protocol] | None = None,
        more: tuple[str, Sequence[Recording]] | None = None,
        mixing: Mixing = "before",
    ) -> Embedded:
        """Return every image's embedding by a system that was trained on a protocol's people.

        Parameters
        ----------
        system : VeinSystem
        dataset : Dataset
            Whose images are embedded.
        protocol : Protocol
            Who trains, and the seed.
        trained_on : (Dataset, Protocol), optional
            Another data set to train on instead.
        more : (str, sequence of Recording), optional
            A name, and what else is trained on with the same recipe.
        mixing : str
            Whether that is ``before`` the protocol's people (the fit on them starts there), ``beside`` them, or
            ``alone``, without them.
        """
        recipe = system.load()
        source, split = trained_on or (dataset, protocol)
        name = "" if more is None else more[0] if mixing == "before" else f"{more[0]}, {mixing}"
        setting = {
            "recipe": recipe.model_dump(mode="json", exclude={"title"}),
            "train": [source.name, sorted(split.train.subjects), source.table["subject"].tolist()],
            "images": [dataset.name, len(dataset)],
            "seed": split.seed,
            "first": name or None,
        }
        cells = Cells(self.out / "fits", setting)
        key = f"{recipe.name} {source.name} {split.name} on {dataset.name}{' after ' + name if name else ''}"
        path = self.out / "fits" / f"{key.replace(' ', '-')}-{cells.mark}.npz"
        if key not in cells or not path.is_file():
            self._say(f"training {key}")
            fitted = self._fit(recipe, source, split, more, mixing)
            vectors, spent = self._embed(fitted, self.regions(dataset, recipe))
            with replacing(path) as beside:
                np.savez_compressed(beside, vectors=vectors)
            parameters = sum(weights.numel() for weights in fitted.network.parameters())
            cells[key] = {"seconds": fitted.seconds, "milliseconds": spent, "parameters": parameters}
        told: dict[str, Any] = cells[key]
        with np.load(path) as content:
            return Embedded(
                content["vectors"],
                told["seconds"],
                {"region": self.milliseconds(dataset, recipe), "embedding": told["milliseconds"]},
                told["parameters"],
            )

    def moved(
        self, system: VeinSystem, dataset: Dataset, protocol: Protocol, rows: NDArray[np.intp]
    ) -> dict[int, Float32Array]:
        """Return the embeddings of displaced copies of some images (see `open_set_vein_moves`), by row."""
        recipe = system.load()
        values = self.regions(dataset, recipe)
        wanted = rows[np.isfinite(values[rows]).all(axis=1)]
        setting = [recipe.model_dump(mode="json", exclude={"title"}), sorted(protocol.train.subjects), wanted.tolist()]
        cells = Cells(self.out / "fits", [*setting, MOVES, dataset.table["subject"].tolist()])
        path = self.out / "fits" / f"{recipe.name}-{protocol.name}-moved-{cells.mark}.npz"
        if not path.is_file():
            self._say(f"training {recipe.name} on {protocol.name}, for displaced probes")
            fitted = self._fit(recipe, dataset, protocol)
            images = values[wanted].reshape(len(wanted), *fitted.encoding.shape[-2:])
            parts = [self._embed(fitted, moved(images, move).reshape(len(wanted), -1))[0] for move in MOVES]
            with replacing(path) as beside:
                np.savez_compressed(beside, vectors=np.stack(parts, axis=1).astype(np.float16))
        with np.load(path) as content:
            vectors = content["vectors"].astype(np.float32)
        return dict(zip(wanted.tolist(), vectors, strict=True))

    def milliseconds(self, dataset: Dataset, recipe: Recipe) -> float:
        """Return the time to read an image and find its region, as it was measured when that was done."""
        self.regions(dataset, recipe)
        return next(value for mark, value in self._milliseconds.items() if mark.startswith(dataset.name))

    def _fit(
        self,
        recipe: Recipe,
        source: Dataset,
        split: Protocol,
        more: tuple[str, Sequence[Recording]] | None = None,
        mixing: Mixing = "before",
    ) -> Fitted:
        from tempfile import TemporaryDirectory

        from lineament.training.fit import fit_recordings
        from lineament.training.hand_over import hand_over

        train = recordings(source, self.regions(source, recipe), split.train.subjects)
        seed = split.seed or 0
        if more is None or mixing != "before":
            others = [] if more is None else list(more[1])
            return fit_recordings(recipe, others + train * (mixing != "alone"), seed=seed, progress=False)
        first = fit_recordings(recipe, more[1], seed=seed, progress=False)
        with TemporaryDirectory() as folder:
            hand_over(first, Path(folder) / "encoder")
            return fit_recordings(recipe, train, seed=seed, progress=False, init=Path(folder) / "encoder")

    def _embed(self, fitted: Fitted, values: Float32Array) -> tuple[Float32Array, float]:
        """Return the embedding of every image, and the milliseconds that one takes."""
        from lineament.training.embedding import embed_frames

        found = np.isfinite(values).all(axis=1)
        frames = values[found]
        began = time.perf_counter()
        embedded = embed_frames(fitted.network, frames, np.zeros(len(frames), dtype=bool), np.arange(len(frames)))
        spent = 1000 * (time.perf_counter() - began) / len(frames)
        vectors = np.full((len(values), embedded.shape[1]), np.nan, dtype=np.float32)
        vectors[found] = embedded
        return vectors, spent


def recordings(dataset: Dataset, values: Float32Array, subjects: Sequence[str]) -> list[Recording]:
    """Return the images of some subjects, as one recording each; those without a region are left out."""
    from lineament.encodings.segment import Segment
    from lineament.training.windows import Recording

    chosen = np.flatnonzero(dataset.table["subject"].isin(subjects).to_numpy() & np.isfinite(values).all(axis=1))
    rows = dataset.table.iloc[chosen]
    return [
        Recording(str(subject), str(session), (Segment(values[[index]], np.zeros(1), np.zeros(1, dtype=bool)),))
        for index, subject, session in zip(chosen, rows["subject"], rows["session"], strict=True)
    ]


def _images(dataset: Dataset) -> list[str]:
    """Return what a data set's images are called: simulated ones have no file, but a subject each."""
    table = dataset.table
    return [Path(path).name for path in table["path"]] if "path" in table else [str(who) for who in table["subject"]]


def _for(recipe: Recipe, dataset: Dataset) -> Recipe:
    """Return a recipe with the region that a data set shows."""
    region = REGIONS.get(dataset.name)
    if region is None or getattr(recipe.encoding, "region", None) in (None, "none", region):
        return recipe
    return recipe.model_copy(update={"encoding": recipe.encoding.model_copy(update={"region": region})})
