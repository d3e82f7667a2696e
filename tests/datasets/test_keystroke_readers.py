"""The readers of keystrokes of a fixed text, on the real set where it lies beside the project and on made-up files."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lineament.datasets import open_dataset
from lineament.datasets.keystroke_cmu import FILE, HOLDS, KEYS, NAMES, STEPS
from lineament.errors import SignalError
from lineament.signals.key_codes import key_codes


def made_up(people: int = 2) -> pd.DataFrame:
    """Return a table in the layout of CMU's."""
    draw = np.random.default_rng(0)
    rows = []
    for person in range(people):
        for session in (1, 2):
            for repetition in (1, 2, 3):
                hold, step = draw.uniform(0.05, 0.2, 11), draw.uniform(0.01, 0.5, 10)
                row: dict[str, object] = {"subject": f"s{person:03d}", "sessionIndex": session, "rep": repetition}
                for n, name in enumerate(NAMES):
                    row[f"H.{name}"] = hold[n]
                    if n < 10:
                        row[STEPS[n]] = step[n]
                        row[STEPS[n].replace("DD", "UD")] = step[n] - hold[n]
                rows.append(row)
    return pd.DataFrame(rows)


def test_each_repetition_of_the_password_is_a_sample(tmp_path: Path) -> None:
    table = made_up()
    table.to_csv(tmp_path / FILE, index=False)
    data = open_dataset(tmp_path)
    assert (data.name, len(data), data.subjects(), data.sessions()) == (
        "keystroke-cmu", 12, ["s000", "s001"], ["1", "2"]
    )  # fmt: skip
    sample = data.load(4)
    assert (sample.subject, sample.session, sample.attributes["repetition"]) == ("s000", "2", 2)
    press, release, keys = sample.values.T
    np.testing.assert_allclose(release - press, table.loc[4, HOLDS].to_numpy(float))
    np.testing.assert_allclose(np.diff(press), table.loc[4, STEPS].to_numpy(float))
    np.testing.assert_allclose(press[1:] - release[:-1], table.filter(regex="^UD").loc[4].to_numpy(float), atol=1e-12)
    assert keys.tolist() == key_codes(KEYS).tolist()


def test_damage_is_said(tmp_path: Path) -> None:
    table = made_up()
    table.drop(columns="H.n").to_csv(tmp_path / FILE, index=False)
    with pytest.raises(SignalError, match=r"none called H\.n"):
        open_dataset(tmp_path)
    table["H.n"] = table["H.n"].astype(object)
    table.loc[2, "H.n"] = "?"
    table.to_csv(tmp_path / FILE, index=False)
    with pytest.raises(SignalError, match="none in row 3"):
        open_dataset(tmp_path)


def test_the_real_set_has_its_people_and_repetitions(shared_data: Callable[[str], Path]) -> None:
    data = open_dataset(shared_data("keystroke-cmu"))
    assert (len(data), len(data.subjects()), data.sessions()) == (20_400, 51, [str(n) for n in range(1, 9)])
    assert data.table.groupby(["subject", "session"])["repetition"].nunique().eq(50).all()
    for index in range(0, 20_400, 1_999):
        sample = data.load(index)
        assert len(sample) == 11
        assert 0.3 < sample.duration < 60


def keyrecs(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Write both tables of KeyRecs, made up; return press and release (12, 10) of the password's repetitions."""
    draw, password = np.random.default_rng(1), "vpwjkeurkb"
    press = np.cumsum(draw.uniform(0.05, 0.3, (12, 10)), axis=1)
    press -= press[:, :1]
    release = press + draw.uniform(0.04, 0.2, (12, 10))
    header, columns = ["participant", "session", "repetition"], [[f"p{n // 6:03d}" for n in range(12)]]
    columns += [[1 + n // 3 % 2 for n in range(12)], [1 + n % 3 for n in range(12)]]
    for n, (a, b) in enumerate(pairwise(password)):
        header += [f"DU.{a}.{a}", f"DD.{a}.{b}", f"DU.{a}.{b}", f"UD.{a}.{b}", f"UU.{a}.{b} "]
        p, q, r, s = press[:, n], press[:, n + 1], release[:, n], release[:, n + 1]
        columns += [list(r - p), list(q - p), list(s - p), list(q - r), list(s - r)]
    lines = [",".join([*header, "total time"])]
    lines += [",".join(map(str, [*row, 1.0])) for row in zip(*columns, strict=True)]
    (folder / "fixed-text.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    free = ["participant,session,key1,key2,DU.key1.key1,DD.key1.key2,DU.key1.key2,UD.key1.key2,UU.key1.key2 "]
    free += ["p000,1,T,h,0.1,0.2,0.35,0.1,0.25", "p000,1,h,e,0.15,0.25,0.3,0.1,0.15", "p000,1,x,y,0.1,0.1,0.2,0,0.1"]
    free += ["p001,1,y,Backspace,0.1,oops,0.2,0,0.1", "p001,1,Backspace,Odd,0.1,0.4,0.5,0.3,0.4"]
    (folder / "free-text.csv").write_text("\n".join(free) + "\n", encoding="utf-8")
    return press, release


def test_keyrecs_fixed_and_free_text(tmp_path: Path) -> None:
    press, release = keyrecs(tmp_path)
    data = open_dataset(tmp_path)
    assert (data.name, data.subjects(), len(data)) == ("keyrecs", ["p000", "p001"], 15)
    for n in range(12):
        sample = data.load(n)
        np.testing.assert_allclose(sample.column("press"), press[n], atol=1e-9)
        np.testing.assert_allclose(sample.column("release"), release[n], atol=1e-9)
        assert sample.column("key").tolist() == key_codes("vpwjkeurkb").tolist()
    free = [data.load(n) for n in range(12, 15)]
    assert [len(sample) for sample in free] == [3, 2, 2]
    np.testing.assert_allclose(free[0].values, [[0, 0.1, 84], [0.2, 0.35, 72], [0.45, 0.5, 69]], atol=1e-9)
    np.testing.assert_allclose(free[2].column("key"), [8, 0])
    assert data.table["text"].tolist() == ["fixed"] * 12 + ["free"] * 3
