from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from lineament.evaluation import Report
from lineament.evaluation.figures import evaluate_scores
from lineament.evaluation.latex import escaped, latex
from lineament.evaluation.score_report import figure_tables, save_report, score_report
from tests.evaluation.test_figures import world


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    validation = world(seed=7, prefix="v")
    ours, theirs = (evaluate_scores(world(shift=s), validation=validation, replicates=30) for s in (3.0, 2.0))
    place = tmp_path_factory.mktemp("report")
    page = score_report(ours, other=theirs, validation=validation, notices=["simulated people"])
    save_report(page, ours, place)
    return place


def test_the_page_stands_alone_and_holds_every_part(folder: Path) -> None:
    page = (folder / "evaluation.html").read_text()
    plain = re.sub(r'base64,[^"]*', "", page)
    assert not re.search(r"https?://", plain)
    for words in ("Simulated people.", "difference (points)", "fixed before", "Who fails?", "How to read this", "EPC"):
        assert words in plain
    assert plain.count("<figure") == 10
    assert "<table" in plain


def test_json_csv_and_latex_say_the_same(folder: Path) -> None:
    content = json.loads((folder / "evaluation.json").read_text())
    with (folder / "evaluation.csv").open() as text:
        rows = {row["key"]: row for row in csv.DictReader(text)}
    assert set(rows) == set(content["figures"])
    for key, row in rows.items():
        assert float(row["estimate"]) == pytest.approx(content["figures"][key]["estimate"])
    assert {line["key"] for line in content["differences"]} <= set(rows)
    with (folder / "evaluation-people.csv").open() as text:
        assert len(list(csv.DictReader(text))) == 24
    tex = (folder / "evaluation.tex").read_text()
    assert tex.count(r"\begin{table}") == tex.count(r"\end{tabular}") >= 6
    assert not re.search(r"(?<!\\)[%&#_](?![^\n]*\\\\)", re.sub(r"^%.*$", "", tex, flags=re.M).replace(" & ", ""))


def test_the_table_of_the_command_line_names_both_systems() -> None:
    found = evaluate_scores(world(), replicates=10)
    tables = figure_tables(found)
    assert [table.columns for table in tables] == [["figure", "with 95 % interval"]] * 3
    assert [table.rows[0][0] for table in tables] == ["EER", "Rank-1", "OSCR"]
    tables = figure_tables(found, found)
    assert all(len(table.columns) == 5 for table in tables)
    assert all(row[-1] == "not told apart" for table in tables for row in table.rows)


def test_a_file_without_strangers_or_mates_still_gives_a_page() -> None:
    scores = world()
    known = evaluate_scores(scores.select(probes=scores.known), replicates=10)
    page = score_report(known).html()
    assert "CMC" in page
    assert "OSCR</td>" not in page
    nobody = evaluate_scores(scores.select(probes=scores.known, references=scores.references["subject"] == "p00"))
    assert nobody.searches is None


def test_special_characters_are_escaped() -> None:
    assert escaped("a_b & 5 % {x}") == r"a\_b \& 5 \% \{x\}"
    assert latex(Report("A\nB").table(["a_b"], [["5 %"]])).startswith("% A B\n")
