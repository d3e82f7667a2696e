import numpy as np
import pytest

from lineament.datasets import open_dataset
from lineament.datasets.simulate import simulated_motion
from lineament.datasets.simulate.writing import Plan, write_simulated
from lineament.errors import LineamentError

SHORT = Plan(seed=4, minutes=0.05, fps=15.0)


def test_a_person_is_the_same_in_every_data_set():
    many = simulated_motion(5, sessions=2, minutes=0.1, seed=4, fps=15.0)
    few = simulated_motion([3], sessions=1, minutes=0.1, seed=4, fps=15.0)
    alone = many.filter(subject=few.subjects(), session=["S001"])
    assert len(alone) == 1
    assert np.array_equal(alone.load(0).values, few.load(0).values)
    assert many.table["simulated"].all()


def test_the_table_tells_the_task_of_each_sample():
    data = simulated_motion(2, sessions=3, minutes=0.1, fps=15.0)
    assert [sample.attributes["task"] for sample in data] == data.table["task"].tolist()


@pytest.mark.parametrize(("people", "sessions"), [(0, 1), (1, 0)])
def test_nobody_is_refused(people, sessions):
    with pytest.raises(LineamentError, match="at least one person"):
        simulated_motion(people, sessions)


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_what_is_written_is_read_again(tmp_path, suffix):
    assert write_simulated(tmp_path / "sim", 2, 2, SHORT, suffix=suffix) == 4
    read = open_dataset(tmp_path / "sim")
    made = simulated_motion(2, 2, seed=4, minutes=0.05, fps=15.0)
    assert read.name == "simulated-motion-4"
    assert read.subjects() == made.subjects()
    for ours, theirs in zip(made, read, strict=True):
        assert (ours.subject, ours.session, ours.channels) == (theirs.subject, theirs.session, theirs.channels)
        assert theirs.values == pytest.approx(ours.values, abs=1e-3)
        assert theirs.times == pytest.approx(ours.times, abs=1e-5)


def test_a_folder_is_continued_and_keeps_what_is_there(tmp_path):
    write_simulated(tmp_path, 1, 1, SHORT)
    first = tmp_path / "sim4-00000" / "S001.parquet"
    before = first.stat().st_mtime_ns
    seen = []
    assert write_simulated(tmp_path, 2, 2, SHORT, progress=lambda done, of: seen.append((done, of))) == 3
    assert first.stat().st_mtime_ns == before
    assert seen[0] == (1, 4)
    assert seen[-1] == (4, 4)


def test_another_simulation_or_other_files_are_not_mixed_in(tmp_path):
    write_simulated(tmp_path / "a", 1, 1, SHORT)
    with pytest.raises(LineamentError, match="same settings"):
        write_simulated(tmp_path / "a", 1, 1, Plan(seed=4, minutes=0.06, fps=15.0))
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "letter.txt").write_text("mine")
    with pytest.raises(LineamentError, match="an empty folder"):
        write_simulated(tmp_path / "b", 1, 1, SHORT)


def test_a_wrong_plan_leaves_no_folder(tmp_path):
    with pytest.raises(LineamentError, match="a device"):
        write_simulated(tmp_path / "a", 1, 1, Plan(device="none"))
    assert not (tmp_path / "a").exists()


def test_two_processes_write_the_same(tmp_path):
    write_simulated(tmp_path / "one", 2, 2, SHORT)
    write_simulated(tmp_path / "two", 2, 2, SHORT, jobs=2)
    for path in (tmp_path / "one").rglob("*.parquet"):
        assert path.read_bytes() == (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes()
