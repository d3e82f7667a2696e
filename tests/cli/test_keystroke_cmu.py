from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from lineament.cli import app
from lineament.datasets.keystroke_cmu import FILE, HOLDS, STEPS

COMMAND = ("reproduce", "keystroke-cmu")


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """Return a folder in CMU's layout of people who typed the password too seldom."""
    draw = np.random.default_rng(0)
    table = pd.DataFrame(draw.uniform(0.05, 0.2, (20, 21)), columns=[*HOLDS, *STEPS])
    table.insert(0, "subject", np.repeat([f"s{n:03d}" for n in range(10)], 2))
    table.insert(1, "sessionIndex", 1)
    table.insert(2, "rep", np.tile([1, 2], 10))
    table.to_csv(tmp_path / FILE, index=False)
    return tmp_path


def test_too_few_repetitions_are_said_in_a_sentence(few: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [*COMMAND, "--data", str(few), "--out", str(tmp_path / "out")])
    assert result.exit_code == 1
    assert "typed 201 times or more by everybody was expected, but one of 11 keys, typed 2 times" in str(
        result.exception
    )


def test_seeds_are_numbers(few: Path) -> None:
    assert CliRunner().invoke(app, [*COMMAND, "--data", str(few), "--seeds", "many"]).exit_code == 2
