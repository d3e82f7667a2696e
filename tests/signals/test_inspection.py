from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lineament.signals.axes import axes_matrix
from lineament.signals.inspection import Inspection, inspect, inspect_file
from lineament.signals.motion import (
    JOINTS,
    UNDECLARED,
    channel_names,
    has_position,
    has_rotation,
    motion_sample,
    position_names,
    read_motion,
    rotation_names,
    write_motion,
)
from lineament.signals.rotations import from_euler_zxy_degrees
from lineament.signals.sample import Sample

Change = Callable[[np.ndarray], np.ndarray]
Maker = Callable[..., Sample]
Finder = Callable[[str], Path]


def changed(sample: Sample, positions: Change | None = None, rotations: Change | None = None) -> Sample:
    values = sample.values.copy()
    for joint in JOINTS:
        for change, has, names in (
            (positions, has_position, position_names),
            (rotations, has_rotation, rotation_names),
        ):
            if change is not None and has(sample, joint):
                columns = [sample.channels.index(name) for name in names(joint)]
                values[:, columns] = change(values[:, columns])
    return sample.replace(values=values)


def as_if_recorded_in(axes: str) -> Callable[[Sample], Sample]:
    matrix = axes_matrix(axes).T
    sign = np.linalg.det(matrix).round()
    return lambda sample: changed(
        sample, lambda p: p @ matrix.T, lambda q: np.concatenate([sign * q[:, :3] @ matrix.T, q[:, 3:]], axis=1)
    )


def exchanged(sample: Sample) -> Sample:
    other = {"left_hand": "right_hand", "right_hand": "left_hand"}
    names = []
    for name in sample.channels:
        joint = name.rsplit("_", 2)[0]
        names.append(name.replace(joint, other.get(joint, joint)))
    return sample.replace(channels=tuple(names))


def still(sample: Sample) -> Sample:
    return sample.replace(values=np.repeat(sample.values[:1], len(sample), axis=0))


FAULTS: dict[str, tuple[Callable[[Sample], Sample], set[str]]] = {
    "metres": (lambda s: changed(s, lambda p: p / 100), {"units"}),
    "millimetres": (lambda s: changed(s, lambda p: p * 10), {"units"}),
    "feet": (lambda s: changed(s, lambda p: p / 30.48), {"units"}),
    "three times too large": (lambda s: changed(s, lambda p: p * 3), {"units"}),
    "Z up": (as_if_recorded_in("RFU"), {"axes"}),
    "Unreal": (as_if_recorded_in("FRU"), {"axes"}),
    "Y down": (as_if_recorded_in("RDF"), {"axes"}),
    "mirrored": (as_if_recorded_in("LUF"), {"handedness"}),
    "declared Z forward, but backward": (as_if_recorded_in("RUB"), {"handedness"}),
    "hands exchanged": (exchanged, {"handedness"}),
    "positions: y and z exchanged": (lambda s: changed(s, lambda p: p[:, [0, 2, 1]]), {"axes", "rotations"}),
    "positions: z mirrored": (lambda s: changed(s, lambda p: p * [1, 1, -1]), {"axes", "rotations", "handedness"}),
    "rotations: inverted": (lambda s: changed(s, None, lambda q: q * [-1, -1, -1, 1]), {"rotations"}),
    "rotations: x and z exchanged": (lambda s: changed(s, None, lambda q: q[:, [2, 1, 0, 3]]), {"rotations"}),
    "rotations: w first": (lambda s: changed(s, None, lambda q: q[:, [3, 0, 1, 2]]), {"rotations"}),
    "rotations: zero": (lambda s: changed(s, None, lambda q: q * 0), {"rotations"}),
    "rotations: degrees": (lambda s: changed(s, None, lambda q: q * 100), {"rotations"}),
    "rotations: constant": (lambda s: changed(s, None, lambda q: q * 0 + [0, 0, 0, 1]), {"rotations"}),
    "clock: ten times too fast": (lambda s: s.replace(times=s.times / 10), {"clock"}),
    "clock: seconds": (lambda s: s.replace(times=s.times / 1e3), {"clock"}),
    "clock: microseconds": (lambda s: s.replace(times=s.times * 1e3), {"clock"}),
    "clock: stands": (lambda s: s.replace(times=s.times * 0), {"clock"}),
    "clock: backward": (lambda s: s.replace(times=s.times[::-1]), {"clock"}),
    "frozen": (still, {"frozen"}),
    "nothing tracked": (lambda s: s.replace(values=s.values * np.nan), {"joints"}),
}


def codes(inspection: Inspection, level: str = "fault") -> set[str]:
    return {finding.code for finding in inspection.findings if finding.level == level}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("fps", [30.0, 90.0])
def test_a_person_is_good(person: Maker, seed: int, fps: float):
    inspection = inspect(person(20.0, fps, seed))

    assert inspection.findings == ()
    assert inspection.verdict == "good"
    assert inspection.facts["axes"] == "RUF"
    assert inspection.facts["fps"] == pytest.approx(fps, rel=1e-3)


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_found_and_named(person: Maker, fault: str):
    spoil, named = FAULTS[fault]

    inspection = inspect(spoil(person(20.0, 60.0, seed=1)))

    assert codes(inspection) & named, inspection.findings
    assert all(finding.remedy for finding in inspection.findings)


def test_the_remedy_names_axes_and_unit(person: Maker):
    inspection = inspect(changed(as_if_recorded_in("FRU")(person()), lambda p: p / 100))

    remedies = " ".join(finding.remedy for finding in inspection.faults)
    assert "--axes FRU" in remedies
    assert "--unit m" in remedies


class TestUndeclaredAxes:
    def test_backward_is_a_warning(self, person: Maker):
        sample = as_if_recorded_in("RUB")(person()).replace(attributes={"axes": UNDECLARED})

        inspection = inspect(sample)

        assert inspection.faults == ()
        assert codes(inspection, "warning") == {"axes"}
        assert inspection.facts["handedness"] == "right-handed"

    def test_forward_is_a_fault_with_both_hands(self, person: Maker):
        inspection = inspect(person().replace(attributes={"axes": UNDECLARED}))

        assert codes(inspection) == {"handedness"}

    def test_forward_is_a_warning_with_one_hand(self, person: Maker):
        whole = person()
        names = channel_names("head", "right_hand")
        one = motion_sample(whole.columns(names), whole.times, names, attributes={"axes": UNDECLARED})

        inspection = inspect(one)

        assert inspection.faults == ()
        assert codes(inspection, "warning") == {"joints", "handedness"}

    def test_what_we_write_declares_them(self, person: Maker, tmp_path: Path):
        write_motion(person(), tmp_path / "a.csv")

        assert inspect_file(tmp_path / "a.csv").verdict == "good"
        assert codes(inspect_file(tmp_path / "a.csv", axes="RUB")) == {"handedness"}


class TestWarnings:
    def test_floor(self, person: Maker):
        inspection = inspect(changed(person(), lambda p: p - [0, 160, 0]))

        assert (codes(inspection), codes(inspection, "warning")) == (set(), {"floor"})

    def test_gaps_repeats_and_steps_back(self, person: Maker):
        times = person().times.copy()
        times[600:] += 3
        times[100] = times[99]
        times[200] = times[198]
        inspection = inspect(person().replace(times=times))

        assert codes(inspection) == set()
        assert codes(inspection, "warning") == {"gaps", "clock"}
        assert (inspection.facts["gaps"], inspection.facts["repeated_times"], inspection.facts["backward_times"]) == (
            1,
            1,
            1,
        )

    def test_drop_outs(self, person: Maker):
        values = person().values.copy()
        values[:300, 7:14] = np.nan
        values[700:710, 3:7] = 0
        inspection = inspect(person().replace(values=values))

        assert codes(inspection) == set()
        assert codes(inspection, "warning") == {"tracking", "rotations"}
        assert inspection.facts["joints"]["left_hand"]["position"] == 0.75

    def test_one_empty_column_is_a_fault(self, person: Maker):
        values = person().values.copy()
        values[:, 8] = np.nan

        assert codes(inspect(person().replace(values=values))) == {"joints"}

    def test_frozen_for_a_while(self, person: Maker):
        values = person().values.copy()
        values[300:450] = values[300]

        assert codes(inspect(person().replace(values=values)), "warning") == {"frozen"}

    def test_head_alone(self, person: Maker):
        names = rotation_names("head")
        sample = motion_sample(person().columns(names), person().times, names)

        inspection = inspect(sample)

        assert (codes(inspection), codes(inspection, "warning")) == (set(), {"joints"})

    def test_a_headset_that_tracks_rotation_only(self, person: Maker):
        values = person().values.copy()
        values[:, :3] = 0
        inspection = inspect(person().replace(values=values))

        assert (codes(inspection), codes(inspection, "warning")) == (set(), {"frozen"})

    def test_an_absurd_number_is_not_followed(self, person: Maker):
        values = person().values.copy()
        values[5, 1] = 1e300

        assert codes(inspect(person().replace(values=values))) == set()

    @pytest.mark.parametrize("frames", [1, 2, 5, 20])
    def test_few_frames(self, person: Maker, frames: int):
        few = person()
        few = few.replace(values=few.values[:frames], times=few.times[:frames])

        inspection = inspect(few)

        assert codes(inspection) == ({"clock"} if frames == 1 else set())
        assert "short" in codes(inspection, "warning")


def test_files_that_cannot_be_read_are_a_fault(tmp_path: Path):
    (tmp_path / "empty.csv").touch()

    inspection = inspect_file(tmp_path / "empty.csv")

    assert codes(inspection) == {"file"}
    assert "an empty file came" in inspection.findings[0].message


def test_everything_can_be_json(person: Maker):
    content = inspect(changed(person(), lambda p: p / 100)).as_dict()

    assert json.loads(json.dumps(content, allow_nan=False)) == content


NAMED = {
    "negative_units": {"units"},
    "negative_time": {"clock"},
    "negative_coordinate_system": {"axes", "handedness"},
    "negative_coordinate_mapping": {"axes", "rotations"},
    "negative_rotations": {"rotations"},
    "negative_coord_mapping_and_rotations": {"axes", "rotations"},
    "negative_coord_mapping_and_coord_system_and_rotations": {"axes", "handedness", "rotations"},
}


class TestPublicRecordings:
    def test_wrong_ones_are_named_and_right_ones_accepted(self, shared_data: Finder):
        files = sorted(shared_data("xr-formats").glob("*/*.csv"))

        found = {str(file.stem): codes(inspect_file(file)) for file in files}

        assert sum(stem.startswith("negative") for stem in found) == 7
        for stem, faults in found.items():
            assert faults & NAMED[stem] if stem in NAMED else not faults, (stem, faults)

    def test_units_and_mirrors_in_right_ones(self, shared_data: Finder):
        for name in ("who_is_alyx/fixed_cutout.csv", "vr_net/fixed_6m40s_to_7m0s.csv"):
            sample = read_motion(shared_data("xr-formats") / name)
            assert codes(inspect(changed(sample, lambda p: p / 100))) == {"units"}
            assert codes(inspect(exchanged(sample))) == {"handedness"}
            assert codes(inspect(changed(sample, None, lambda q: q * [-1, -1, -1, 1]))) == {"rotations"}

    def test_xr_objects(self, shared_data: Finder):
        for file in sorted(shared_data("xr-objects").glob("*.parquet"))[::8]:
            frame = pd.read_parquet(file)
            frame = frame[frame.trial == frame.trial.iloc[0]].iloc[1:]
            parts = []
            for joint in ("head", "right"):
                parts.append(frame[[f"{joint}_pos_{axis}" for axis in "xyz"]].to_numpy() * 100)
                parts.append(from_euler_zxy_degrees(frame[[f"{joint}_rot_{axis}" for axis in "xyz"]].to_numpy()))
            sample = motion_sample(
                np.concatenate(parts, axis=1), frame.time.to_numpy(), channel_names("head", "right_hand")
            )
            assert codes(inspect(sample)) == set(), file.name

    def test_xr_360(self, shared_data: Finder):
        for file in sorted(shared_data("xr-360").glob("*.parquet"))[::8]:
            frame = pd.read_parquet(file)
            frame = frame[frame.video == frame.video.iloc[0]]
            names = rotation_names("head")
            assert codes(inspect(motion_sample(frame[list(names)].to_numpy(), frame.time.to_numpy(), names))) == set()


def test_other_modalities_are_told_by_their_columns_and_judged_by_their_own_rules(tmp_path: Path) -> None:
    typed = tmp_path / "typed.csv"
    typed.write_text("press_ms,release_ms,key\n0,90,KeyA\n200,310,KeyB\n450,500,KeyC\n")
    found = inspect_file(typed)
    assert (found.verdict, found.facts["modality"], found.facts["frames"]) == ("good", "keystrokes", 3)
    assert found.facts["step_s"] == pytest.approx(0.225)
    typed.write_text("press_ms,release_ms,key\n0,90,KeyA\n200,100,KeyB\n")
    [wrong] = inspect_file(typed).faults
    assert "press" in wrong.message
    typed.write_text("a,b\n1,2\n")
    [unknown] = inspect_file(typed).faults
    assert "a table of motion, keystrokes, visits, inertial, signature, mouse was expected" in unknown.message
