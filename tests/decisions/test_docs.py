"""The examples of docs/decisions.md do what they say."""

from __future__ import annotations

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "decisions.md"


def test_the_examples() -> None:
    said: list[str] = []
    examples = doctest.DocTestParser().get_doctest(PAGE.read_text(), {}, "decisions.md", str(PAGE), 0)
    outcome = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(examples, out=said.append)
    assert outcome.attempted > 20
    assert outcome.failed == 0, "".join(said)
