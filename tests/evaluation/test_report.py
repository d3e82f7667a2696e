from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from lineament.evaluation import HeatMapDisplay, Report


def toy_report() -> Report:
    report = Report("Who <is> it?", "simulated people", data={"rank_1": 0.5})
    report.notice("Simulated.").heading("Result").text("One & two.").facts({"Rank-1": 0.5, "people": 20})
    report.table(["who", "right"], [["anna|b", True], ["ben", np.float64(0.25)]], caption="By person", strong=[1])
    display = HeatMapDisplay.from_table([[0.5]], rows=["all"], columns=["1 min"], title="Accuracy")
    report.figure(display.plot(), "Our grid")
    return report.figures([(display.plot(), "left"), (display.plot(), "right")])


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.sources: list[str] = []
        self.alternatives: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in {"meta", "img"}:
            self.open.append(tag)
        self.sources += [str(given[key]) for key in ("src", "href") if key in given]
        if tag == "img":
            self.alternatives.append(str(given.get("alt")))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_loads_nothing_and_says_what_its_pictures_show() -> None:
    page = toy_report().html()
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert len(tags.sources) == 3
    assert all(source.startswith("data:image/svg+xml;base64,") for source in tags.sources)
    assert tags.alternatives == ["Accuracy. Our grid", "Accuracy. left", "Accuracy. right"]
    assert not re.search(r"https?://", re.sub(r'base64,[^"]*', "", page))
    assert "Who &lt;is&gt; it?" in page
    assert 'name="viewport"' in page


def test_markdown_has_the_same_words_and_keeps_its_tables_whole() -> None:
    words = toy_report().markdown()
    assert "# Who <is> it?" in words
    assert "| anna/b | True |" in words
    assert "| **ben** | **0.250** |" in words
    assert "> **Simulated.**" in words
    assert "- Rank-1: 0.500" in words


def test_three_files_are_written_and_the_pictures_of_the_markdown(tmp_path: Path) -> None:
    paths = toy_report().save(tmp_path / "deep" / "down", "result")
    assert [path.name for path in paths] == ["result.html", "result.md", "result.json"]
    assert json.loads(paths[2].read_text()) == {"rank_1": 0.5}
    linked = re.findall(r"\]\(([^)]+)\)", paths[1].read_text())
    assert linked == [f"result-figures/{n}.svg" for n in (1, 2, 3)]
    assert all((paths[1].parent / link).read_bytes().startswith(b"<?xml") for link in linked)


def test_the_same_report_gives_the_same_pictures() -> None:
    first, second = toy_report(), toy_report()
    assert [b.content for b in first.blocks if b.kind == "figures"] == [
        b.content for b in second.blocks if b.kind == "figures"
    ]


def test_a_row_with_a_missing_cell_is_refused() -> None:
    with pytest.raises(ValueError, match="2 cells"):
        Report("t").table(["a", "b"], [["only one"]])
