from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from lineament.errors import ScoreError
from lineament.evaluation import score_files
from lineament.evaluation.score_files import comparisons_in, read_scores, write_scores
from lineament.evaluation.scores import Scores
from tests.evaluation.test_scores import hands


def written(tmp_path: Path, text: str, name: str = "s.csv") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".parquet"])
@pytest.mark.parametrize("rows", [3, 1 << 20])
def test_every_score_and_every_column_survives_the_disk(
    tmp_path: Path, ending: str, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(score_files, "ROWS", rows)
    scores = hands()
    again = read_scores(write_scores(scores, tmp_path / f"hands{ending}"))
    assert again.name == "hands"
    assert np.array_equal(again.values, scores.values)
    for ours, theirs in ((scores.probes, again.probes), (scores.references, again.references)):
        pd.testing.assert_frame_equal(ours, theirs)


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".txt"])
def test_failures_lists_and_rankings_survive_the_disk(tmp_path: Path, ending: str) -> None:
    probes, references = ["a", "b", "c"], ["a", "b"]
    scores = Scores.from_pairs(
        [0.9, 0.2, np.nan],
        probe=[0, 1, 2],
        reference=[0, 0, 0],
        probes=probes,
        references=references,
        ranking=[3, 2, 1],
    )
    again = read_scores(write_scores(scores, tmp_path / f"s{ending}"))
    assert again.matrix().tolist() == [[0.9], [0.2]]
    assert again.failed_probes["subject"].tolist() == ["c"]
    assert again.failed_references["subject"].tolist() == ["b"]
    if ending != ".txt":
        assert again.by_subject(ranking=True).tolist() == [[3.0], [2.0]]


def test_the_version_is_written_and_a_later_one_refused(tmp_path: Path) -> None:
    path = write_scores(hands(), tmp_path / "s.csv")
    assert path.read_text().splitlines()[0] == "# lineament scores 1"
    later = written(tmp_path, path.read_text().replace("scores 1", "scores 2", 1), "t.csv")
    with pytest.raises(ScoreError, match="version '2'"):
        read_scores(later)
    table = parquet.read_table(write_scores(hands(), tmp_path / "s.parquet"))
    assert table.schema.metadata[score_files.VERSION_KEY] == b"1"
    parquet.write_table(table.replace_schema_metadata({score_files.VERSION_KEY: b"9"}), tmp_path / "t.parquet")
    with pytest.raises(ScoreError, match="version '9'"):
        read_scores(tmp_path / "t.parquet")


BOB_CSV = """probe_template_id,probe_subject_id,bio_ref_template_id,bio_ref_subject_id,score,bio_ref_gender,probe_gender
p1,007,t7,007,3.5,f,f
p1,007,t8,008,-1,m,f
p2,u1,t7,007,0.5,f,m
p2,u1,t8,008,nan,m,m
"""


def test_bob_s_csv_is_understood(tmp_path: Path) -> None:
    scores = read_scores(written(tmp_path, BOB_CSV.replace("nan", "-0.5")))
    assert scores.values.tolist() == [[3.5, -1.0], [0.5, -0.5]]
    assert scores.known.tolist() == [True, False]
    assert scores.subjects == ["007", "008"]
    assert scores.probes["gender"].tolist() == ["f", "m"]
    assert scores.references["id"].tolist() == ["t7", "t8"]
    with pytest.raises(ScoreError, match="nan for probe p2 and reference t8"):
        read_scores(written(tmp_path, BOB_CSV))


def test_bob_s_generated_csv_and_four_columns_say_the_same(tmp_path: Path) -> None:
    csv = (
        "bio_ref_subject_id,probe_subject_id,key,score,meta0\n"
        "x0,x0,a,10.5,data0\nx1,x0,a,-9,data0\nx0,u0,b,-8.5,data0\nx1,u0,b,1e1,data0\n"
    )
    four = "x0 x0 a 10.5\n# a comment\nx1\tx0 a -9\nx0  u0 b -8.5\nx1 u0 b 1e1\n"
    one, other = read_scores(written(tmp_path, csv)), read_scores(written(tmp_path, four, "s.txt"))
    assert one.values.tolist() == other.values.tolist() == [[10.5, -9.0], [-8.5, 10.0]]
    assert one.probes.equals(other.probes)


def test_without_ids_each_row_is_a_probe_of_its_own(tmp_path: Path) -> None:
    scores = read_scores(written(tmp_path, "probe_subject,reference_subject,score\na,a,1\na,a,2\nb,a,0\n"))
    assert len(scores.probes) == 3
    assert scores.references["id"].tolist() == ["a"]


def test_large_files_are_read_part_by_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score_files, "ROWS", 5)
    scores = hands()
    for ending in (".csv", ".parquet", ".txt"):
        parts = list(comparisons_in(write_scores(scores, tmp_path / f"s{ending}")))
        mated, non_mated = (np.sort(np.concatenate(side)) for side in zip(*parts, strict=True))
        assert mated.tolist() == [0.5, 0.7, 0.8, 0.9]
        assert len(non_mated) == 12


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("", "s.csv", "an empty file"),
        ("probe_subject,reference_subject,score\n", "s.csv", "a header alone"),
        ("probe_subject,reference_subject,scor\na,a,1\n", "s.csv", "a column 'score'.*use 'scor'"),
        ("probe_subject,score\na,1\n", "s.csv", "a column 'reference_subject'"),
        ("probe_subject,reference_subject,score\na,a,high\n", "s.csv", "high"),
        ("probe_subject,reference_subject,score\na,a,1,2\n", "s.csv", "Expected 3 columns, got 4"),
        ("probe_subject,reference_subject,score\na,a,\nb,a,1\n,a,2\n", "s.csv", "a subject in every row"),
        (
            "probe_id,probe_subject,reference_subject,score\nx,a,a,1\nx,a,a,2\n",
            "s.csv",
            "probe x with reference a twice",
        ),
        ("probe_id,probe_subject,reference_subject,score\nx,a,a,1\nx,b,c,2\n", "s.csv", "one subject for probe x"),
        ("probe_id,probe_subject,reference_subject,score\n,a,a,1\n", "s.csv", "a probe_id in every row"),
        ("probe_id,key,probe_subject,reference_subject,score\na,a,a,a,1\n", "s.csv", None),
        ("key,probe_key,probe_subject,reference_subject,score\na,b,a,a,1\n", "s.csv", None),
        ("a a p\n", "s.txt", "four columns .* but 3 came"),
        ("a a p x\n", "s.txt", "could not convert|x"),
        ("PAR1", "s.parquet", "a score file was expected"),
        ("a", "s.xlsx", "rename it"),
    ],
)
def test_bad_files_are_refused_in_one_sentence(tmp_path: Path, text: str, name: str, words: str | None) -> None:
    path = written(tmp_path, text, name)
    if words is None:
        assert len(read_scores(path)) == 1
        return
    with pytest.raises(ScoreError, match=words) as caught:
        read_scores(path)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_missing_and_binary_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ScoreError, match="no such file"):
        read_scores(tmp_path / "no.csv")
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00probe\n\xff")
    with pytest.raises(ScoreError, match="was expected"):
        read_scores(tmp_path / "b.csv")
    with pytest.raises(ScoreError, match="rename it"):
        write_scores(hands(), tmp_path / "s.doc")


def test_numbers_as_subjects_are_text_in_parquet_too(tmp_path: Path) -> None:
    table = pa.table({"probe_subject": [1, 2], "reference_subject": [1, 1], "score": [1, 0]})
    parquet.write_table(table, tmp_path / "s.parquet")
    assert read_scores(tmp_path / "s.parquet").known.tolist() == [True, False]
