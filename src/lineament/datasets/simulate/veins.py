"""Simulated vein images: a data set made when it is read, or written as image files."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from lineament.datasets.dataset import Dataset
from lineament.datasets.simulate.vein_anatomy import Hand, simulate_hand
from lineament.datasets.simulate.vein_images import render, simulate_capture
from lineament.datasets.simulate.writing import claim
from lineament.errors import LineamentError
from lineament.files import replacing
from lineament.signals.image import image_sample
from lineament.signals.sample import Sample

FloatArray = NDArray[np.float64]
Side = Literal["left", "right"]
SIDES: tuple[Side, ...] = ("left", "right")
GRAIN = 23
"""Tag of the stream of random numbers of the grain of an image."""


@dataclass(frozen=True)
class VeinPlan:
    """What every image of a simulated set shares.

    Parameters
    ----------
    seed : int
        The population's.
    drift : float
        Factor on all that differs between captures; 1: as hard as `vein-dorsal` (see docs/simulator.md).
    """

    seed: int = 0
    drift: float = 1.0


def simulate_image(hand: Hand, session: int, image: int, drift: float = 1.0) -> FloatArray:
    """Return one grey image (280, 376) of a hand, 0 to 1, in the 256 steps of a file.

    Parameters
    ----------
    hand : Hand
    session, image : int
        Counted from 1; another session is another day.
    drift : float
        See `VeinPlan`.

    Examples
    --------
    >>> from lineament.datasets.simulate import simulate_hand
    >>> simulate_image(simulate_hand(0, 0, "left"), session=1, image=1).shape
    (280, 376)
    """
    noise = np.random.default_rng([GRAIN, hand.seed, hand.person, int(hand.side == "right"), session, image])
    picture = render(hand, simulate_capture(hand, session, image, drift), noise)
    return np.round(255 * picture.astype(np.float64)) / 255


def simulated_veins(
    people: int | Iterable[int],
    sessions: int = 2,
    images: int = 4,
    *,
    seed: int = 0,
    drift: float = 1.0,
    sides: tuple[Side, ...] = SIDES,
) -> Dataset:
    """Return images of the backs of simulated hands as a data set; each is simulated when it is loaded.

    Parameters
    ----------
    people : int or iterable of int
        How many, or which: person 7 of a seed is the same in every data set, so ``range(100, 120)`` are strangers to
        ``100``.
    sessions : int
        Captures of each hand, on different days.
    images : int
        Of each capture.
    seed, drift
        See `VeinPlan`.
    sides : tuple of str
        Which hands: subjects are hands, ``person`` whose they are.

    Raises
    ------
    LineamentError
        When there are no people, sessions, images or hands.

    Examples
    --------
    >>> data = simulated_veins(3, sessions=2, images=1, seed=5)
    >>> print(data)
    simulated-veins-5: 12 samples of 6 subjects in 2 to 2 sessions each
    >>> sample = data.load(0)
    >>> sample.subject, sample.session, sample.values.shape
    ('sim5-00000-left', 'S001', (1, 280, 376, 1))
    """
    which = range(people) if isinstance(people, int) else list(people)
    if not len(which) or not sides or min(sessions, images) < 1:
        raise LineamentError(
            "simulated veins: at least one person, hand, session and image",
            f"{len(which)}, {len(sides)}, {sessions} and {images}",
            "ask for more",
        )
    rows = [
        {
            "subject": f"{person_name(seed, person)}-{side}",
            "session": f"S{session:03d}",
            "person": person_name(seed, person),
            "hand": side,
            "capture": image,
            "simulated": True,
            "_person": person,
            "_session": session,
        }
        for person, side, session, image in product(which, sides, range(1, sessions + 1), range(1, images + 1))
    ]

    def load(row: Mapping[str, Any]) -> Sample:
        hand = simulate_hand(seed, int(row["_person"]), str(row["hand"]))
        return image_sample(
            simulate_image(hand, int(row["_session"]), int(row["capture"]), drift),
            subject=row["subject"],
            session=row["session"],
            attributes={key: row[key] for key in ("person", "hand", "capture", "simulated")},
            source=f"simulated {row['subject']}, {row['session']}, image {row['capture']}",
        )

    return Dataset(f"simulated-veins-{seed}", pd.DataFrame(rows), load, licence="Apache-2.0", citation="simulated")


def person_name(seed: int, person: int) -> str:
    """Return what a simulated person is called."""
    return f"sim{seed}-{person:05d}"


def write_veins(
    folder: str | Path,
    people: int,
    sessions: int,
    images: int,
    plan: VeinPlan,
    *,
    jobs: int = 1,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> int:
    """Write ``<person>/<hand>/<session>/<image>.png`` of both hands of people 0 ...; images that lie there are kept.

    Parameters
    ----------
    folder : path
        Where; a ``dataset.json`` there says that the hands are simulated, and how.
    people, sessions, images : int
        How many. A folder can be continued with more of each.
    plan : VeinPlan
    jobs : int
        Processes.
    progress : callable
        Called with the number of hands done and of all.

    Returns
    -------
    int
        How many images were written, besides those that already lay there.

    Raises
    ------
    LineamentError
        When the folder holds something else, or another simulation.
    """
    folder = Path(folder)
    simulated_veins(people, sessions, images, seed=plan.seed)  # refuses wrong numbers early
    claim(folder, f"simulated-veins-{plan.seed}", asdict(plan))
    hands = list(product(range(people), SIDES))
    write = partial(_write_hand, folder, plan, sessions, images)
    written = 0
    with ProcessPoolExecutor(max_workers=jobs) as pool:
        for done, count in enumerate(pool.map(write, hands) if jobs > 1 else map(write, hands), start=1):
            written += count
            progress(done, len(hands))
    return written


def _write_hand(folder: Path, plan: VeinPlan, sessions: int, images: int, which: tuple[int, Side]) -> int:
    """Write what lacks of one hand and return how many images that were."""
    person, side = which
    place = folder / person_name(plan.seed, person) / side
    wanted = {
        (session, image): place / f"S{session:03d}" / f"{image}.png"
        for session, image in product(range(1, sessions + 1), range(1, images + 1))
    }
    missing = {key: path for key, path in wanted.items() if not path.is_file()}
    hand = simulate_hand(plan.seed, person, side) if missing else None
    for (session, image), path in missing.items():
        assert hand is not None
        picture = Image.fromarray(np.round(255 * simulate_image(hand, session, image, plan.drift)).astype(np.uint8))
        content = io.BytesIO()
        picture.save(content, format="PNG", compress_level=1)
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as beside:
            beside.write_bytes(content.getvalue())
    return len(missing)
