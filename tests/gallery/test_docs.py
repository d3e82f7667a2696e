"""The examples of docs/gallery.md do what they say."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

from lineament.signals.motion import write_motion
from tests.encoder.tiny import person, tiny_encoder

PAGE = Path(__file__).parents[2] / "docs" / "gallery.md"


def test_the_examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_encoder().save(tmp_path / "my-encoder")
    recordings = {
        "anna-monday": person(0), "ben-monday": person(1), "ben-tuesday": person(1, session=2), "stranger": person(20)
    }  # fmt: skip
    for name, sample in recordings.items():
        write_motion(sample, tmp_path / f"{name}.csv")
    monkeypatch.chdir(tmp_path)
    said: list[str] = []
    # The closing fences of Markdown would be read as output, had they no blank line before them.
    examples = doctest.DocTestParser().get_doctest(PAGE.read_text(), {}, "gallery.md", str(PAGE), 0)
    outcome = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(examples, out=said.append)
    assert outcome.attempted > 20
    assert outcome.failed == 0, "".join(said)
