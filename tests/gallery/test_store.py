from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lineament.errors import GalleryError, LineamentError
from lineament.gallery import EncoderMark, Enrolment, GalleryFile, Header, MemoryGallery

HEADER = Header(EncoderMark("tiny", "1", "tiny-1-0123abcd", "/somewhere"), 4, "cosine")


def enrolment(subject: str, n: int = 3, seed: int = 0, session: str | None = "s1") -> Enrolment:
    rows = np.random.default_rng([seed, len(subject), ord(subject[0])]).standard_normal((n, 4)).astype(np.float32)
    return Enrolment(subject, session, rows / np.linalg.norm(rows, axis=1, keepdims=True))


@pytest.fixture
def file(tmp_path: Path) -> GalleryFile:
    made = GalleryFile(tmp_path / "people.gallery")
    made.enrol([enrolment("anna"), enrolment("ben", session=None), enrolment("anna", 2, 1, "s2")], HEADER)
    return made


def contents(path: Path) -> list[tuple[str, str | None, bytes]]:
    return [(e.subject, e.session, e.embeddings.tobytes()) for e in GalleryFile(path).read()[1]]


def test_what_was_enrolled_is_read_back_bit_by_bit(file: GalleryFile) -> None:
    header, enrolments = file.read()
    assert header == HEADER == file.header()
    wanted = [enrolment("anna"), enrolment("ben", session=None), enrolment("anna", 2, 1, "s2")]
    assert [(e.subject, e.session) for e in enrolments] == [(e.subject, e.session) for e in wanted]
    for came, given_ in zip(enrolments, wanted, strict=True):
        assert came.embeddings.tobytes() == given_.embeddings.tobytes()
    assert file.subjects() == ["anna", "ben"]
    assert file.sessions("anna") == ["s1", "s2"]
    assert file.sessions("nobody") == []


def test_quality_is_read_back_and_erased(file: GalleryFile) -> None:
    rows, quality = enrolment("cleo").embeddings, np.array([0.5, 0.0, 2.0], dtype=np.float32)
    file.enrol([Enrolment("cleo", "s1", rows, quality), enrolment("dora")], HEADER)
    read = {e.subject: e for e in file.read()[1]}
    assert read["dora"].quality is None
    assert read["cleo"].quality is not None
    assert read["cleo"].quality.tolist() == [0.5, 0.0, 2.0]
    gallery = MemoryGallery.load(file.path)
    gallery.save(file.path)
    again = MemoryGallery.load(file.path)
    np.testing.assert_array_equal(gallery.prototypes(), again.prototypes())
    assert quality.tobytes() in file.path.read_bytes()
    file.remove("cleo")
    assert quality.tobytes() not in file.path.read_bytes()
    with pytest.raises(GalleryError, match="qualit"):
        file.enrol([Enrolment("cleo", "s1", rows, quality[:2])], HEADER)


def test_a_damaged_quality_is_found(file: GalleryFile) -> None:
    rows, quality = enrolment("cleo").embeddings, np.array([0.25, 0.0, 2.0], dtype=np.float32)
    file.enrol([Enrolment("cleo", "s1", rows, quality)], HEADER)
    content = file.path.read_bytes()
    file.path.write_bytes(content.replace(quality.tobytes(), quality[::-1].tobytes()))
    with pytest.raises(GalleryError, match="checksum"):
        file.read()


def test_only_the_owner_may_read_a_new_gallery(file: GalleryFile, tmp_path: Path) -> None:
    MemoryGallery.load(file.path).save(tmp_path / "copy.gallery")
    for path in (file.path, tmp_path / "copy.gallery"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_folders_are_made(tmp_path: Path) -> None:
    GalleryFile(tmp_path / "a" / "b.gallery").enrol([enrolment("anna")], HEADER)
    assert GalleryFile(tmp_path / "a" / "b.gallery").subjects() == ["anna"]


class TestOtherEncoders:
    def test_other_content_under_the_same_name_is_refused(self, file: GalleryFile) -> None:
        other = Header(EncoderMark("tiny", "1", "tiny-1-ffffffff"), 4, "cosine")
        before = contents(file.path)
        with pytest.raises(GalleryError, match=r"tiny-1-0123abcd that made .* tiny-1-ffffffff \(same name and version"):
            file.enrol([enrolment("cleo")], other)
        assert contents(file.path) == before

    def test_another_name_is_refused(self, file: GalleryFile) -> None:
        with pytest.raises(GalleryError, match="but other-2-0123abcd came"):
            file.enrol([enrolment("cleo")], Header(EncoderMark("other", "2", "other-2-0123abcd"), 4, "cosine"))

    def test_another_metric_is_refused(self, file: GalleryFile) -> None:
        with pytest.raises(GalleryError, match="cosine templates"):
            file.enrol([enrolment("cleo")], Header(HEADER.encoder, 4, "euclidean"))

    def test_the_place_it_was_found_at_does_not_matter(self, file: GalleryFile) -> None:
        file.enrol([enrolment("cleo")], Header(EncoderMark("tiny", "1", "tiny-1-0123abcd", "/elsewhere"), 4, "cosine"))
        assert file.header().encoder.source == "/somewhere"
        assert file.subjects() == ["anna", "ben", "cleo"]


class TestErasure:
    def test_name_and_templates_are_gone_from_the_file(self, file: GalleryFile) -> None:
        file.enrol([enrolment("wilhelmina", 400, session="the-secret-session")], HEADER)
        traces = [b"wilhelmina", b"the-secret-session"]
        traces += [row.tobytes() for row in enrolment("wilhelmina", 400).embeddings]
        before = file.path.read_bytes()
        assert all(trace in before for trace in traces[:2])
        # A template may straddle two pages of the file; nearly all do not.
        assert sum(trace in before for trace in traces) > 300

        file.remove("wilhelmina")

        after = file.path.read_bytes()
        assert not any(trace in after for trace in traces)
        assert len(after) < len(before)
        assert file.subjects() == ["anna", "ben"]
        assert [path.name for path in file.path.parent.iterdir()] == ["people.gallery"]

    def test_they_are_gone_even_where_there_is_no_room_to_pack(
        self, file: GalleryFile, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file.enrol([enrolment("wilhelmina", 400)], HEADER)
        size = file.path.stat().st_size

        class Full(sqlite3.Connection):
            def execute(self, sql: str, *parameters: object) -> sqlite3.Cursor:  # type: ignore[override]
                if sql == "VACUUM":
                    raise sqlite3.OperationalError("database or disk is full")
                return super().execute(sql, *parameters)  # type: ignore[arg-type]

        connect = sqlite3.connect
        monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, factory=Full, **k))
        file.remove("wilhelmina")

        after = file.path.read_bytes()
        assert len(after) == size
        assert b"wilhelmina" not in after
        assert not any(row.tobytes() in after for row in enrolment("wilhelmina", 400).embeddings)

    def test_removing_a_stranger_names_the_nearest(self, file: GalleryFile) -> None:
        with pytest.raises(GalleryError, match=r"people\.gallery: an enrolled subject .* 'hanna' came; use 'anna'"):
            file.remove("hanna")
        assert file.subjects() == ["anna", "ben"]

    def test_a_crowd_is_not_listed(self, file: GalleryFile) -> None:
        file.enrol([enrolment(f"person {i}") for i in range(30)], HEADER)
        with pytest.raises(GalleryError, match="gallery list") as caught:
            file.remove("qqqqqq")
        assert len(str(caught.value)) < 300

    def test_the_last_may_go(self, file: GalleryFile) -> None:
        file.remove("anna")
        file.remove("ben")
        assert file.read() == (HEADER, [])
        with pytest.raises(GalleryError, match="empty gallery"):
            file.remove("ben")


class TestBadFiles:
    def test_no_file(self, tmp_path: Path) -> None:
        gone = GalleryFile(tmp_path / "gone.gallery")
        assert not gone.exists()
        for call in (gone.read, gone.header, gone.subjects):
            with pytest.raises(GalleryError, match="no such file"):
                call()
        with pytest.raises(GalleryError, match="no such file"):
            gone.remove("anna")
        assert not gone.path.exists()

    def test_an_empty_file(self, tmp_path: Path) -> None:
        path = tmp_path / "empty.gallery"
        path.touch()
        with pytest.raises(GalleryError, match="an empty file"):
            MemoryGallery.load(path)
        GalleryFile(path).enrol([enrolment("anna")], HEADER)
        assert GalleryFile(path).subjects() == ["anna"]

    @pytest.mark.parametrize("content", [b"delta_time_ms,head_pos_x\n0,1\n" * 99, b"\0" * 5000, b"SQLite format 3\0"])
    def test_something_else(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "walk.csv"
        path.write_bytes(content)
        for call in (lambda: MemoryGallery.load(path), lambda: GalleryFile(path).enrol([enrolment("anna")], HEADER)):
            with pytest.raises(GalleryError, match="another kind" if b"," in content else None):
                call()
        assert path.read_bytes() == content

    def test_a_folder(self, tmp_path: Path) -> None:
        for call in (GalleryFile(tmp_path).read, lambda: GalleryFile(tmp_path).enrol([enrolment("anna")], HEADER)):
            with pytest.raises(GalleryError):
                call()

    def test_a_database_of_another_program(self, tmp_path: Path) -> None:
        path = tmp_path / "other.db"
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE header (x)")
        connection.close()
        before = path.read_bytes()
        for call in (GalleryFile(path).read, lambda: GalleryFile(path).enrol([enrolment("anna")], HEADER)):
            with pytest.raises(GalleryError, match="another program"):
                call()
        assert path.read_bytes() == before

    def test_a_newer_format(self, file: GalleryFile) -> None:
        with sqlite3.connect(file.path) as connection:
            connection.execute("PRAGMA user_version = 3")
        connection.close()
        with pytest.raises(GalleryError, match="version 3 came; upgrade lineament"):
            file.read()

    @pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
    def test_a_truncated_file(self, file: GalleryFile, share: float) -> None:
        file.enrol([enrolment("cleo", 2000)], HEADER)
        content = file.path.read_bytes()
        file.path.write_bytes(content[: int(len(content) * share)])
        with pytest.raises(GalleryError, match="restore the file"):
            file.read()

    @given(place=st.floats(0, 1, exclude_max=True), bits=st.integers(1, 255))
    @example(place=0.234375, bits=128)  # the name of a table is no UTF-8 any more
    @settings(max_examples=120, deadline=None)
    def test_a_flipped_byte_is_noticed_or_harmless(
        self, tmp_path_factory: pytest.TempPathFactory, place: float, bits: int
    ) -> None:
        folder = tmp_path_factory.mktemp("flipped", numbered=True)
        path = folder / "g"
        GalleryFile(path).enrol([enrolment("anna", 40), enrolment("ben", 40)], HEADER)
        truth = contents(path)
        content = bytearray(path.read_bytes())
        content[int(place * len(content))] ^= bits
        path.write_bytes(content)
        try:
            header, _ = GalleryFile(path).read()
        except GalleryError:
            pass
        else:
            assert header == HEADER
            assert contents(path) == truth
        finally:
            shutil.rmtree(folder)

    def test_a_template_edited_behind_its_back(self, file: GalleryFile) -> None:
        with sqlite3.connect(file.path) as connection:
            connection.execute("UPDATE enrolments SET subject = 'ben' WHERE id = 1")
        connection.close()
        with pytest.raises(GalleryError, match="checksum"):
            file.read()

    def test_malformed_templates_are_refused(self, file: GalleryFile) -> None:
        before = contents(file.path)
        for bad in (np.ones((2, 3)), np.full((1, 4), np.nan), np.empty((0, 4))):
            with pytest.raises(GalleryError):
                file.enrol([enrolment("cleo"), Enrolment("dora", None, bad.astype(np.float32))], HEADER)
        assert contents(file.path) == before

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
    def test_a_read_only_file(self, file: GalleryFile) -> None:
        file.path.chmod(0o400)
        with pytest.raises(GalleryError):
            file.enrol([enrolment("cleo")], HEADER)
        assert file.subjects() == ["anna", "ben"]


CHILD = """
    import sys, numpy as np
    from lineament.gallery import EncoderMark, Enrolment, GalleryFile, Header
    header = Header(EncoderMark("tiny", "1", "tiny-1-0123abcd", "/somewhere"), 4, "cosine")
    path, name, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
    for i in range(n):
        GalleryFile(path).enrol([Enrolment(f"{name}{i}", None, np.ones((50, 4), np.float32))], header)
"""


def child(path: Path, name: str, n: int, prelude: str = "") -> subprocess.Popen[str]:
    code = prelude + textwrap.dedent(CHILD)
    arguments = [sys.executable, "-c", code, str(path), name, str(n)]
    return subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True)


def test_processes_may_enrol_at_once(tmp_path: Path) -> None:
    path = tmp_path / "people.gallery"  # not there yet: whoever comes first makes it
    children = [child(path, name, 8) for name in "abc"]
    for process in children:
        _, complaint = process.communicate(timeout=120)
        assert process.returncode == 0, complaint
    assert sorted(GalleryFile(path).subjects()) == sorted(f"{name}{i}" for name in "abc" for i in range(8))


def test_a_killed_process_loses_no_finished_enrolment(tmp_path: Path) -> None:
    path = tmp_path / "people.gallery"
    GalleryFile(path).enrol([enrolment("anna")], HEADER)
    process = child(path, "x", 100_000)
    deadline = time.monotonic() + 60
    while len(GalleryFile(path).subjects()) < 5 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    subjects = [e.subject for e in GalleryFile(path).read()[1]]
    assert len(subjects) >= 5
    assert subjects == ["anna", *(f"x{i}" for i in range(len(subjects) - 1))]
    GalleryFile(path).enrol([enrolment("ben")], HEADER)
    assert GalleryFile(path).subjects()[-1] == "ben"


FULL = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
"""


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "people.gallery"
    GalleryFile(path).enrol([enrolment("anna")], HEADER)
    process = child(path, "x", 1000, prelude=FULL)
    _, complaint = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "the gallery is as it was before" in complaint
    subjects = [e.subject for e in GalleryFile(path).read()[1]]
    assert len(subjects) > 10
    assert subjects == ["anna", *(f"x{i}" for i in range(len(subjects) - 1))]


def test_a_failed_save_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "people.gallery"
    GalleryFile(path).enrol([enrolment("anna")], HEADER)
    before = path.read_bytes()
    code = FULL + textwrap.dedent(
        f"""
        import numpy as np
        from lineament.errors import LineamentError
        from lineament.gallery import MemoryGallery
        gallery = MemoryGallery.load({str(path)!r})
        gallery.enrol("big", np.ones((20_000, 4)))
        try:
            gallery.save({str(path)!r})
        except LineamentError as error:
            print("refused:", error)
        """
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert "refused:" in ran.stdout
    assert path.read_bytes() == before
    assert [other.name for other in tmp_path.iterdir()] == ["people.gallery"]


def test_a_journal_left_by_a_crash_is_not_played_into_a_saved_gallery(tmp_path: Path) -> None:
    path = tmp_path / "people.gallery"
    GalleryFile(path).enrol([enrolment("anna", 2000)], HEADER)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA cache_size = 1")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("UPDATE enrolments SET templates = zeroblob(32000)")
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    for name in ("people.gallery", "people.gallery-journal"):  # what a crash at this moment would leave
        shutil.copy(tmp_path / name, crashed / name)
    connection.execute("ROLLBACK")
    connection.close()

    gallery = MemoryGallery(4, "cosine", HEADER.encoder)
    gallery.enrol("ben", np.ones((1, 4)))
    gallery.save(crashed / "people.gallery")

    assert contents(crashed / "people.gallery") == [("ben", None, np.full((1, 4), 0.5, np.float32).tobytes())]
    assert not (crashed / "people.gallery-journal").exists()


def test_places_that_cannot_be_written_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    gallery = MemoryGallery(4)
    with pytest.raises(LineamentError):
        gallery.save(tmp_path / "file" / "g")
    with pytest.raises(LineamentError):
        GalleryFile(tmp_path / "file" / "g").enrol([enrolment("anna")], HEADER)
