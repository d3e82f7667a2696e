"""People to train on."""

from __future__ import annotations

import pytest

from lineament.signals import Sample

from .people import people


@pytest.fixture(scope="session")
def train_samples() -> list[Sample]:
    return people(range(5))


@pytest.fixture(scope="session")
def validation_samples() -> list[Sample]:
    return people(range(10, 14))
