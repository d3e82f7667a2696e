from __future__ import annotations

import numpy as np
import pytest

from lineament.datasets import Dataset, Protocol, Selection
from lineament.datasets.duplicates import find_twins, fingerprint, signature
from lineament.signals import Sample


def signal(seed: int, subject: str, frames: int = 400) -> Sample:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(1, 3)) + np.cumsum(rng.normal(size=(frames, 3)), axis=0) / 20
    return Sample("motion", values, np.arange(frames) / 30, ("a", "b", "c"), subject, "1")


def image(seed: int, subject: str) -> Sample:
    rng = np.random.default_rng(seed)
    coarse = np.kron(rng.random((8, 10)), np.ones((10, 10)))
    return picture(coarse + 0.05 * rng.random(coarse.shape), subject)


def picture(grey: np.ndarray, subject: str) -> Sample:
    return Sample("image", grey[None, :, :, None], [0.0], ("grey",), subject, "1")


def split(*samples: Sample) -> tuple[Dataset, Protocol]:
    subjects = sorted({str(sample.subject) for sample in samples})
    half = len(subjects) // 2
    train, strangers = Selection(subjects=tuple(subjects[:half])), Selection(subjects=tuple(subjects[half:]))
    return Dataset.of("toy", list(samples)), Protocol(name="toy", dataset="toy", train=train, non_mated=strangers)


@pytest.mark.parametrize("make", [signal, image])
def test_a_copy_is_found_and_others_are_not(make: object) -> None:
    samples = [make(n, f"p{n}") for n in range(6)]  # type: ignore[operator]
    assert find_twins(*split(*samples)) == []
    copy = samples[0].replace(subject="p5", times=samples[0].times + 3.0)
    twins = find_twins(*split(*samples, copy))
    assert [(twin.samples, twin.exact, twin.sides) for twin in twins] == [
        (("p0/1/1", "p5/1/2"), True, ("train", "non_mated"))
    ]


def test_a_signal_that_was_resampled_or_trimmed_is_near() -> None:
    samples = [signal(n, f"p{n}") for n in range(6)]
    half = samples[1].replace(values=samples[1].values[::2], times=samples[1].times[::2], subject="p4")
    trimmed = samples[2].between(0.2, 13.0).replace(subject="p5")
    twins = find_twins(*split(*samples, half, trimmed))
    assert {twin.samples for twin in twins} == {("p1/1/1", "p4/1/2"), ("p2/1/1", "p5/1/2")}
    assert not any(twin.exact for twin in twins)


def test_an_image_that_was_scaled_and_brightened_is_near() -> None:
    samples = [image(n, f"p{n}") for n in range(6)]
    grey = samples[0].values[0, :, :, 0]
    smaller = (grey[::2, ::2] + grey[1::2, ::2] + grey[::2, 1::2] + grey[1::2, 1::2]) / 4
    twins = find_twins(*split(*samples, picture(0.2 + 0.5 * smaller, "p5")))
    assert [(twin.samples, twin.exact) for twin in twins] == [(("p0/1/1", "p5/1/2"), False)]


def test_one_sample_on_two_sides_of_one_person_is_found() -> None:
    same = signal(1, "a")
    data = Dataset.of("toy", [same, same.replace(session="2"), signal(2, "b")])
    protocol = Protocol(
        name="toy",
        dataset="toy",
        gallery=Selection(subjects=("a",), sessions=("1",)),
        mated=Selection(subjects=("a",), sessions=("2",)),
        non_mated=Selection(subjects=("b",)),
    )
    (twin,) = find_twins(data, protocol)
    assert twin.sides == ("gallery", "mated")
    assert twin.distance == 0.0


def test_a_signature_forgives_what_is_not_finite_and_a_constant() -> None:
    broken = signal(0, "a").values.copy()
    broken[5, 0] = np.nan
    sample = signal(0, "a").replace(values=broken)
    assert np.isfinite(signature(sample)).all()
    assert np.isfinite(signature(picture(np.ones((5, 4)), "a"))).all()
    assert fingerprint(sample) != fingerprint(signal(0, "a"))
