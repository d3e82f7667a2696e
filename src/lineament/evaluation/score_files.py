"""Score files in and out: CSV and Parquet with every metadata column, and Bob's four columns; read chunk by chunk.

A row is a comparison: ``probe_id, probe_subject, probe_*, reference_id, reference_subject, reference_*, score``, as in
the CSV files of bob.bio.base, whose own column names are understood too.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as compute
import pyarrow.csv as arrow_csv
import pyarrow.parquet as parquet
from numpy.typing import NDArray

from lineament.errors import ScoreError
from lineament.evaluation.score_tables import Side
from lineament.evaluation.scores import Scores
from lineament.files import replacing
from lineament.registry import nearest

FORMAT_VERSION = 1
VERSION_KEY = b"lineament_scores_version"
VERSION_LINE = "# lineament scores "
ENDINGS = (".csv", ".csv.gz", ".parquet", ".txt", ".scores")
FOUR = ["reference_subject", "probe_subject", "probe_id", "score"]
"""Bob's four columns: claimed identity, real identity, label of the probe, score."""
BOB = {
    "key": "probe_id",
    "probe_key": "probe_id",
    "probe_template_id": "probe_id",
    "probe_reference_id": "probe_id",
    "probe_subject_id": "probe_subject",
    "bio_ref_key": "reference_id",
    "bio_ref_template_id": "reference_id",
    "bio_ref_reference_id": "reference_id",
    "bio_ref_subject_id": "reference_subject",
}
"""Column names of bob.bio.base; its further ``bio_ref_*`` columns become ``reference_*``."""
ROWS = 1 << 20
Floats = NDArray[np.float64]


def read_scores(path: str | Path, *, name: str | None = None) -> Scores:
    """Read a score file.

    Parameters
    ----------
    path : str or Path
        ``.csv``, ``.csv.gz``, ``.parquet``; or ``.txt`` and ``.scores`` in Bob's four-column format. Columns:
        ``probe_subject``, ``reference_subject`` and ``score`` are needed; without ``probe_id`` each row is a probe of
        its own, without ``reference_id`` a subject has one reference; ``ranking`` as in `Scores`; every further
        ``probe_*`` and ``reference_*`` column is metadata. Probes without any score are failures to acquire.
    name : str, optional
        What the system is called; by default the file's name without its ending.

    Raises
    ------
    ScoreError
        When the file is missing, empty, of a later version, or no such table; when a column is missing, a score is
        NaN or no number, a comparison stands in it twice, or one id carries two subjects.
    """
    place = Path(path)
    probes, references = Side("probe", place), Side("reference", place)
    values: list[Floats] = []
    ranking: list[Floats] = []
    rows: list[NDArray[np.int32]] = []
    columns: list[NDArray[np.int32]] = []
    for chunk in _chunks(place):
        values.append(_numbers(chunk, "score"))
        if "ranking" in chunk.column_names:
            ranking.append(_numbers(chunk, "ranking"))
        rows.append(probes.add(chunk))
        columns.append(references.add(chunk))
    if not sum(map(len, values)):
        raise ScoreError(f"{place}: at least one comparison", "a header alone", "write the scores again")
    called = name or place.name.removesuffix(".gz").rsplit(".", 1)[0]
    return Scores.from_pairs(
        np.concatenate(values),
        probe=np.concatenate(rows),
        reference=np.concatenate(columns),
        probes=probes.table(),
        references=references.table(),
        ranking=np.concatenate(ranking) if ranking else None,
        name=called,
    )


def comparisons_in(path: str | Path) -> Iterator[tuple[Floats, Floats]]:
    """Yield the mated and the non-mated scores of a file chunk by chunk, for files larger than the memory.

    Two passes with `lineament.metrics.ComparisonStream` give exact rates; ids are not looked at, and comparisons
    without a score are left out.

    Raises
    ------
    ScoreError
        As `read_scores`, of what a chunk alone can show.
    """
    for chunk in _chunks(Path(path)):
        values = _numbers(chunk, "score")
        pair = [chunk[f"{side}_subject"].cast(pa.string()).to_numpy() for side in ("probe", "reference")]
        mated, there = pair[0] == pair[1], np.isfinite(values)
        yield values[mated & there], values[~mated & there]


def write_scores(scores: Scores, path: str | Path) -> Path:
    """Write a score file by its ending (see `read_scores`); return its path.

    CSV begins with a line ``# lineament scores 1``, Parquet carries the version in its metadata. Probes and references
    that failed are written without a score. Bob's four columns hold neither ids of references nor other metadata.

    Raises
    ------
    ScoreError
        When the ending is unknown.
    LineamentError
        When the file cannot be written.
    """
    target = Path(path)
    ending = _ending(target)
    with replacing(target) as beside:
        if ending == ".parquet":
            _write_parquet(scores, beside)
        elif ending in (".csv", ".csv.gz"):
            _write_csv(scores, beside, compressed=ending == ".csv.gz")
        else:
            _write_four(scores, beside)
    return target


def _write_parquet(scores: Scores, path: Path) -> None:
    tables = _tables(scores)
    first = next(tables)
    schema = first.schema.with_metadata({VERSION_KEY: str(FORMAT_VERSION).encode()})
    with parquet.ParquetWriter(path, schema) as writer:
        for table in itertools.chain([first], tables):
            writer.write_table(table.cast(schema))


def _write_csv(scores: Scores, path: Path, *, compressed: bool) -> None:
    tables = _tables(scores)
    first = next(tables)
    with pa.output_stream(str(path), compression="gzip" if compressed else None) as stream:
        stream.write(f"{VERSION_LINE}{FORMAT_VERSION}\n".encode())
        options = arrow_csv.WriteOptions(quoting_style="needed")
        with arrow_csv.CSVWriter(stream, first.schema, write_options=options) as writer:
            for table in itertools.chain([first], tables):
                writer.write_table(table)


def _write_four(scores: Scores, path: Path) -> None:
    schema = pa.schema([(name, pa.float64() if name == "score" else pa.string()) for name in FOUR])
    options = arrow_csv.WriteOptions(include_header=False, delimiter=" ", quoting_style="none")
    with arrow_csv.CSVWriter(str(path), schema, write_options=options) as writer:
        for table in _tables(scores):
            words = [compute.replace_substring_regex(table[name], r"\s+", "_") for name in FOUR[:3]]
            writer.write_table(pa.Table.from_arrays([*words, table["score"]], schema=schema))


def _tables(scores: Scores) -> Iterator[pa.Table]:
    """Yield the rows of a score file, about a million at a time; those without a score at the end."""
    values, probe, reference = scores.flat()
    ranking = None if scores.ranking is None else np.asarray(scores.ranking, dtype=np.float64).ravel()
    heard = [len(scores.probes), len(scores.references)]
    sides = [
        pd.concat([table, failed], ignore_index=True).add_prefix(prefix)
        for table, failed, prefix in (
            (scores.probes, scores.failed_probes, "probe_"),
            (scores.references, scores.failed_references, "reference_"),
        )
    ]
    tables = [pa.Table.from_pandas(side, preserve_index=False) for side in sides]
    rows, columns = (
        np.indices((len(sides[0]), len(sides[1]))).reshape(2, -1) if _failed(scores) else np.empty((2, 0), int)
    )
    silent = (rows >= heard[0]) | (columns >= heard[1])
    for place, scored in (((probe, reference), values), ((rows[silent], columns[silent]), None)):
        for first in range(0, len(place[0]), ROWS):
            part = slice(first, first + ROWS)
            empty = np.full(len(place[0][part]), np.nan)
            table = _joined([t.take(pa.array(p[part])) for t, p in zip(tables, place, strict=True)])
            table = table.append_column("score", pa.array(empty if scored is None else scored[part]))
            if ranking is not None:
                table = table.append_column("ranking", pa.array(empty if scored is None else ranking[part]))
            yield table


def _failed(scores: Scores) -> bool:
    return bool(len(scores.failed_probes) or len(scores.failed_references))


def _joined(sides: list[pa.Table]) -> pa.Table:
    names = [name for side in sides for name in side.column_names]
    return pa.Table.from_arrays([column for side in sides for column in side.columns], names=names)


def _chunks(path: Path) -> Iterator[pa.Table]:
    """Yield the rows of a score file under our column names."""
    ending = _ending(path)
    expected = f"{path}: a score file"
    if not path.is_file():
        raise ScoreError(expected, "a folder" if path.is_dir() else "no such file", "check the path")
    if path.stat().st_size == 0:
        raise ScoreError(expected, "an empty file", "write the scores again")
    read = {".parquet": _read_parquet, ".csv": _read_csv, ".csv.gz": _read_csv}.get(ending, _read_four)
    try:
        for table in read(path):
            yield _renamed(table, path)
    except UnicodeDecodeError as error:
        raise ScoreError(expected, "text that is not UTF-8", "save it as UTF-8") from error
    except MemoryError as error:
        raise ScoreError(expected, "one too large for this machine's memory", "read it with --stream") from error
    except (OSError, ValueError, pa.ArrowException) as error:
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise ScoreError(expected, f"'{reason}'", "correct the row or write the scores again") from error


def _read_parquet(path: Path) -> Iterator[pa.Table]:
    with parquet.ParquetFile(path) as file:
        _check_version((file.schema_arrow.metadata or {}).get(VERSION_KEY, b"1").decode(), path)
        for group in range(file.num_row_groups):  # asked for all groups at once, the reader keeps what it has read
            for batch in file.iter_batches(batch_size=ROWS, row_groups=[group]):
                yield pa.Table.from_batches([batch])


def _read_csv(path: Path) -> Iterator[pa.Table]:
    compression = "gzip" if path.name.lower().endswith(".gz") else None
    with pa.input_stream(str(path), compression=compression) as stream:
        first = stream.read(256).split(b"\n")[0].decode("utf-8").strip()
    commented = first.startswith("#")
    if first.startswith(VERSION_LINE):
        _check_version(first.removeprefix(VERSION_LINE), path)
    options = arrow_csv.ReadOptions(block_size=1 << 25, skip_rows=int(commented))
    with pa.input_stream(str(path), compression=compression) as stream:
        header = arrow_csv.open_csv(stream, read_options=options).schema.names
    as_numbers = {"score": pa.float64(), "ranking": pa.float64()}
    types = {name: as_numbers.get(name, pa.string()) for name in header}
    convert = arrow_csv.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=True)
    with pa.input_stream(str(path), compression=compression) as stream:
        for batch in arrow_csv.open_csv(stream, read_options=options, convert_options=convert):
            yield pa.Table.from_batches([batch])


def _read_four(path: Path) -> Iterator[pa.Table]:
    with path.open(encoding="utf-8") as text:
        first = next((line for line in text if line.strip() and not line.startswith("#")), "")
    if len(first.split()) != len(FOUR):
        raise ScoreError(
            f"{path}: four columns (claimed identity, real identity, label of the probe, score)",
            f"{len(first.split())}",
            "write them so, or as .csv with a header",
        )
    types = {**dict.fromkeys(FOUR[:3], str), "score": np.float64}
    options: dict[str, Any] = {"sep": r"\s+", "header": None, "names": FOUR, "dtype": types, "comment": "#"}
    with pd.read_csv(
        path, chunksize=ROWS, keep_default_na=False, na_values={"score": ["nan", "NaN"]}, **options
    ) as file:
        for frame in file:
            yield pa.Table.from_pandas(frame, preserve_index=False)


def _renamed(table: pa.Table, path: Path) -> pa.Table:
    """Return a chunk with our column names, and refuse one that lacks what is needed."""
    names: list[str] = []
    for name in table.column_names:
        ours = BOB.get(name, name)
        if ours == name and name.startswith("bio_ref_"):
            ours = "reference_" + name.removeprefix("bio_ref_")
        names.append(name if ours in names else ours)
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ScoreError(f"{path}: columns that differ", f"{sorted(twice)[0]} twice", "drop one of them")
    for needed in ("probe_subject", "reference_subject", "score"):
        if needed not in names:
            advice = nearest(needed, names) if len(names) < 20 else "write it"
            raise ScoreError(f"{path}: a column {needed!r}", f"{', '.join(names[:8])}", f"{advice} or rename a column")
    return table.rename_columns(names)


def _numbers(chunk: pa.Table, column: str) -> Floats:
    """Return a column as numbers, NaN where it is empty."""
    return np.asarray(chunk[column].cast(pa.float64()).to_numpy(), dtype=np.float64)


def _check_version(version: str, path: Path) -> None:
    if version != str(FORMAT_VERSION):
        raise ScoreError(f"{path}: score file version {FORMAT_VERSION}", f"version {version!r}", "update lineament")


def _ending(path: Path) -> str:
    """Return which of the known endings a file has."""
    for ending in sorted(ENDINGS, key=len, reverse=True):
        if path.name.lower().endswith(ending):
            return ending
    raise ScoreError(f"{path}: a score file as {', '.join(ENDINGS)}", f"{path.name!r}", "rename it")
