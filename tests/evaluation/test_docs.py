"""The examples of docs/evaluation.md do what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "evaluation.md"


@pytest.mark.slow
def test_the_examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), names)
    promised = re.findall(r"print\(.*\)  # (.*)", blocks[1])
    assert capsys.readouterr().out.splitlines() == promised


def test_the_pictures_are_there_and_load_nothing() -> None:
    for name in re.findall(r"\]\((evaluation-figures/[^)]+)\)", PAGE.read_text()):
        picture = (PAGE.parent / name).read_text()
        assert picture.startswith("<?xml")
        assert "<image" not in picture
