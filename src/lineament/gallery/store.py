"""A gallery on disk: one SQLite file that several processes may enrol into at once.

Format version 2. ``application_id`` is the four letters LINE, ``user_version`` the format version. The table ``header``
has one row: JSON (encoder, dim, metric) and its CRC-32. The table ``enrolments`` has a row for each enrolment: subject,
session, the templates as little-endian float32, a CRC-32 over all of these, and where it was given the templates'
quality as little-endian float32. Format 1 is the same without quality; it is read, and stays as it is until templates
with a quality are enrolled into it. The journal is SQLite's rollback journal
(not the write-ahead log, in which erased templates would live on), so a crash or a full disk leaves the last whole
state.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from lineament.errors import GalleryError
from lineament.gallery.enrolment import (
    METRICS,
    EncoderMark,
    Enrolment,
    Metric,
    checked_embeddings,
    checked_quality,
    checked_subject,
)
from lineament.registry import nearest

FORMAT_VERSION = 2
READABLE = (1, 2)
APPLICATION_ID = int.from_bytes(b"LINE", "big")
BUSY_SECONDS = 60.0
_SCHEMA = (
    "CREATE TABLE header (one INTEGER PRIMARY KEY CHECK (one = 1), content TEXT NOT NULL, crc INTEGER NOT NULL)",
    "CREATE TABLE enrolments (id INTEGER PRIMARY KEY, subject TEXT NOT NULL, session TEXT, templates BLOB NOT NULL,"
    " crc INTEGER NOT NULL, quality BLOB)",
    "CREATE INDEX by_subject ON enrolments (subject)",
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {FORMAT_VERSION}",
)


@dataclass(frozen=True)
class Header:
    """What all templates of a gallery have in common.

    Parameters
    ----------
    encoder : EncoderMark
    dim : int
        Length of an embedding.
    metric : {"cosine", "euclidean"}
    """

    encoder: EncoderMark
    dim: int
    metric: Metric


class GalleryFile:
    """A gallery's file; each call opens it, does one transaction and closes it.

    Parameters
    ----------
    path : str or Path

    Examples
    --------
    >>> import tempfile
    >>> file = GalleryFile(Path(tempfile.mkdtemp()) / "people.gallery")
    >>> header = Header(EncoderMark("demo", "1", "demo-1-00000000"), dim=2, metric="cosine")
    >>> file.enrol([Enrolment("anna", "monday", np.eye(2, dtype=np.float32))], header)
    >>> file.subjects()
    ['anna']
    >>> file.remove("anna")
    >>> file.subjects()
    []
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def exists(self) -> bool:
        """Whether there is a file (an empty one, left by a crash, does not count)."""
        return self.path.is_file() and self.path.stat().st_size > 0

    def settle(self) -> None:
        """Finish what a crash left behind, so that its journal is not played into a file put in this one's place."""
        if self.path.with_name(f"{self.path.name}-journal").exists():
            with contextlib.suppress(GalleryError):
                self.header()

    def header(self) -> Header:
        """Return the encoder, dim and metric of the gallery.

        Raises
        ------
        GalleryError
            When there is no file, it is no gallery, is damaged, or is of a newer format.
        """
        with self._reading() as connection:
            return self._header(connection)

    def enrol(self, enrolments: Sequence[Enrolment], header: Header) -> None:
        """Add enrolments, all or none; the file is made where there is none.

        Parameters
        ----------
        enrolments : sequence of Enrolment
        header : Header
            Of the encoder that made the templates.

        Raises
        ------
        GalleryError
            When the gallery was made by another encoder, the templates are malformed, or the disk is full. Then
            the file is as it was.
        """
        rows = [_row(enrolment, header.dim) for enrolment in enrolments]
        with self._writing() as connection:
            if _is_blank(connection):
                self._initialise(connection, header)
            refuse_other_encoder(self._header(connection), header, str(self.path))
            if any(enrolment.quality is not None for enrolment in enrolments):
                _add_quality(connection)
            for row in rows:
                places = ", ".join("?" * len(row))
                connection.execute(f"INSERT INTO enrolments ({', '.join(row)}) VALUES ({places})", tuple(row.values()))

    def read(self) -> tuple[Header, list[Enrolment]]:
        """Return the whole gallery, in the order of enrolment.

        Raises
        ------
        GalleryError
            When there is no file, it is no gallery, is damaged, or is of a newer format.
        """
        with self._reading() as connection:
            if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                raise self._damaged("pages that do not fit together")
            header = self._header(connection)
            quality = "quality" if _version(connection) > 1 else "NULL"
            rows = connection.execute(
                f"SELECT subject, session, templates, crc, {quality} FROM enrolments ORDER BY id"
            ).fetchall()
        return header, [self._enrolment(row, header.dim) for row in rows]

    def subjects(self) -> list[str]:
        """Return the subjects' names in the order of enrolment."""
        with self._reading() as connection:
            return _subjects(connection)

    def sessions(self, subject: str) -> list[str | None]:
        """Return the session of each enrolment of a subject (empty where there is no such subject)."""
        with self._reading() as connection:
            rows = connection.execute("SELECT session FROM enrolments WHERE subject = ? ORDER BY id", (subject,))
            return [row[0] for row in rows]

    def remove(self, subject: str) -> None:
        """Erase a subject: the bytes of name and templates are overwritten, then the file is packed.

        Raises
        ------
        GalleryError
            When there is no such subject (the message names the nearest), or the file cannot be written.
        """
        if not self.exists():
            raise self._missing()
        with self._writing() as connection:
            if _is_blank(connection):
                raise self._missing()
            self._header(connection)
            if not connection.execute("DELETE FROM enrolments WHERE subject = ?", (subject,)).rowcount:
                raise unknown_subject(subject, _subjects(connection), str(self.path))
        # Overwritten already (secure_delete); packing only gives the space back, and needs some to do it.
        with contextlib.suppress(GalleryError), self._connected() as connection:
            connection.execute("VACUUM")

    @contextlib.contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection; SQLite's errors become `GalleryError`."""
        connection = None
        try:
            connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
            for pragma in ("journal_mode = DELETE", "synchronous = FULL", "secure_delete = ON", "temp_store = MEMORY"):
                connection.execute(f"PRAGMA {pragma}")
            connection.execute("PRAGMA cell_size_check = ON")
            yield connection
        except sqlite3.Error as error:
            raise self._explained(error) from error
        except UnicodeDecodeError as error:  # damaged names of tables, in SQLite's own messages too
            raise self._damaged("text that is not UTF-8") from error
        finally:
            if connection is not None:
                connection.close()

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection to a gallery that is there, inside one read transaction."""
        if not self.exists():
            raise self._missing()
        with self._connected() as connection:
            connection.execute("BEGIN")
            if _is_blank(connection):
                raise self._missing()
            yield connection

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection that holds the write lock; commit at the end, roll back on any error."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Templates are biometric data: a new gallery is readable by its owner alone.
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise GalleryError(
                f"{self.path}: a gallery that can be written", f"'{error.strerror}'", "choose another place"
            ) from error
        with self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _initialise(self, connection: sqlite3.Connection, header: Header) -> None:
        """Write the schema and the header."""
        for statement in _SCHEMA:
            connection.execute(statement)
        content = json.dumps(asdict(header), sort_keys=True)
        connection.execute("INSERT INTO header VALUES (1, ?, ?)", (content, zlib.crc32(content.encode())))

    def _header(self, connection: sqlite3.Connection) -> Header:
        """Return the header after checking that this is a gallery, of a version known here."""
        if connection.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
            raise GalleryError(
                f"{self.path}: a gallery of lineament", "a database of another program", "check the path"
            )
        version = _version(connection)
        if version not in READABLE:
            raise GalleryError(
                f"{self.path}: a gallery of format version {' or '.join(map(str, READABLE))}",
                f"version {version}",
                "upgrade lineament to the release that made it",
            )
        row = connection.execute("SELECT content, crc FROM header").fetchone()
        try:
            content, crc = row
            if zlib.crc32(content.encode()) != crc:
                raise self._damaged("a header that fails its checksum")
            fields = json.loads(content)
            header = Header(EncoderMark(**fields["encoder"]), int(fields["dim"]), fields["metric"])
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise self._damaged("a header that cannot be read") from error
        if header.metric not in METRICS:
            raise self._damaged(f"the metric {header.metric!r}")
        return header

    def _enrolment(self, row: tuple[object, ...], dim: int) -> Enrolment:
        """Return a row as an enrolment, its checksum verified."""
        subject, session, templates, crc, quality = row
        if not (isinstance(subject, str) and isinstance(templates, bytes) and isinstance(session, str | None)):
            raise self._damaged("an enrolment that cannot be read")
        if not isinstance(quality, bytes | None):
            raise self._damaged("an enrolment that cannot be read")
        if _crc(subject, session, templates, quality) != crc or len(templates) % (4 * dim):
            raise self._damaged("an enrolment that fails its checksum")
        embeddings = np.frombuffer(templates, dtype="<f4").reshape(-1, dim).astype(np.float32)
        if quality is None:
            return Enrolment(subject, session, embeddings)
        weights = np.frombuffer(quality, dtype="<f4").astype(np.float32)
        return Enrolment(subject, session, embeddings, checked_quality(weights, len(embeddings), str(self.path)))

    def _missing(self) -> GalleryError:
        return GalleryError(
            f"{self.path}: a gallery", "no such file" if not self.path.exists() else "an empty file",
            "check the path, or make one with 'lineament enrol'",
        )  # fmt: skip

    def _damaged(self, how: str) -> GalleryError:
        return GalleryError(f"{self.path}: an undamaged gallery", how, "restore the file from a backup")

    def _explained(self, error: sqlite3.Error) -> GalleryError:
        """Return the error in the words of a gallery's user."""
        code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
        if code in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}:
            return GalleryError(
                f"{self.path}: space to write", f"'{error}'", "free some space; the gallery is as it was before"
            )
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            return GalleryError(f"{self.path}: a gallery that is free", "one in use", "try again in a minute")
        if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}:
            return GalleryError(
                f"{self.path}: a gallery that can be opened", f"'{error}'", "check path and permissions"
            )
        if code == sqlite3.SQLITE_NOTADB:
            return GalleryError(f"{self.path}: a gallery", "a file of another kind", "check the path")
        return self._damaged(f"'{error}'")


def refuse_other_encoder(gallery: Header, other: Header, where: str) -> None:
    """Raise where templates of `other` cannot be compared with those of `gallery`.

    Raises
    ------
    GalleryError
        When the encoders differ, though they may share a name.
    """
    ours, theirs = gallery.encoder, other.encoder
    if ours.id != theirs.id:
        same = " (same name and version, other content)" if ours.id[:-8] == theirs.id[:-8] else ""
        raise GalleryError(
            f"{where}: the encoder {ours.id} that made the gallery",
            f"{theirs.id}{same}",
            "give the gallery's own encoder, or enrol everybody anew in a new gallery",
        )
    if (gallery.dim, gallery.metric) != (other.dim, other.metric):
        raise GalleryError(
            f"{where}: {gallery.metric} templates of {gallery.dim} numbers",
            f"{other.metric} templates of {other.dim}",
            "give the gallery's own encoder",
        )


def unknown_subject(subject: str, known: list[str], where: str) -> GalleryError:
    """Return the error for a subject who is not enrolled; it names the nearest who is."""
    if not known:
        return GalleryError(f"{where}: the subject {subject!r}", "an empty gallery", "enrol somebody first")
    remedy = nearest(subject, known) if len(known) <= 20 else nearest(subject, known).partition(" one of ")[0]
    remedy = remedy if remedy != "use" else "see 'lineament gallery list'"
    return GalleryError(f"{where}: an enrolled subject", repr(subject), remedy)


def _is_blank(connection: sqlite3.Connection) -> bool:
    """Whether the database holds nothing yet."""
    return bool(connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,))


def _subjects(connection: sqlite3.Connection) -> list[str]:
    """Return the subjects by their first enrolment."""
    return [row[0] for row in connection.execute("SELECT subject FROM enrolments GROUP BY subject ORDER BY min(id)")]


def _version(connection: sqlite3.Connection) -> int:
    """Return the format version."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _add_quality(connection: sqlite3.Connection) -> None:
    """Make a gallery of format 1 one of format 2."""
    if _version(connection) == 1:
        connection.execute("ALTER TABLE enrolments ADD COLUMN quality BLOB")
        connection.execute(f"PRAGMA user_version = {FORMAT_VERSION}")


def _row(enrolment: Enrolment, dim: int) -> dict[str, str | bytes | int | None]:
    """Return an enrolment as the file stores it, by column."""
    what = f"subject {enrolment.subject!r}"
    array = checked_embeddings(enrolment.embeddings, dim, what)
    if not len(array):
        raise GalleryError(f"{what}: at least one template", "none", "record for longer")
    templates, subject, session = array.astype("<f4").tobytes(), checked_subject(enrolment.subject), enrolment.session
    row: dict[str, str | bytes | int | None] = {"subject": subject, "session": session, "templates": templates}
    if enrolment.quality is None:
        return {**row, "crc": _crc(subject, session, templates)}
    quality = checked_quality(enrolment.quality, len(array), what).astype("<f4").tobytes()
    return {**row, "crc": _crc(subject, session, templates, quality), "quality": quality}


def _crc(subject: str, session: str | None, templates: bytes, quality: bytes | None = None) -> int:
    """Return the checksum of an enrolment; without a quality, that of format 1."""
    first = zlib.crc32(templates, zlib.crc32(f"{subject}\0{'' if session is None else f'={session}'}\0".encode()))
    return first if quality is None else zlib.crc32(quality, first)
