"""Which reader fits a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol as Structure

from lineament.datasets import (
    ball_throwing,
    face_lfw,
    gait_idnet,
    gait_sisfall,
    gait_zju,
    images,
    keyrecs,
    keystroke_aalto,
    keystroke_cmu,
    mouse_balabit,
    mouse_sapimouse,
    signature_mcyt,
    signature_svc2004,
    unified,
    vein_dorsal,
    vein_fvusm,
    vein_fyo,
    vein_mmcbnu,
    vein_sdumla,
    vein_utfvp,
    web_bpu150,
    web_comscore,
    who_is_alyx,
    xr_360,
    xr_objects,
)
from lineament.datasets.dataset import Dataset
from lineament.errors import SignalError


class Reader(Structure):
    """What every reader's module offers."""

    def recognises(self, folder: Path) -> bool:
        """Return whether a folder holds the reader's set."""

    def read(self, folder: Path) -> Dataset:
        """Return the set in a folder."""


READERS: dict[str, Reader] = {
    "xr-objects": xr_objects,
    "xr-360": xr_360,
    "who-is-alyx": who_is_alyx,
    "ball-throwing": ball_throwing,
    "vein-dorsal": vein_dorsal,
    "vein-sdumla": vein_sdumla,
    "vein-mmcbnu": vein_mmcbnu,
    "vein-utfvp": vein_utfvp,
    "vein-fvusm": vein_fvusm,
    "vein-fyo": vein_fyo,
    "face-lfw": face_lfw,
    "gait-sisfall": gait_sisfall,
    "gait-idnet": gait_idnet,
    "gait-zju": gait_zju,
    "mouse-sapimouse": mouse_sapimouse,
    "mouse-balabit": mouse_balabit,
    "web-bpu150": web_bpu150,
    "web-comscore": web_comscore,
    "keystroke-aalto": keystroke_aalto,
    "keystroke-cmu": keystroke_cmu,
    "keyrecs": keyrecs,
    "signature-svc2004": signature_svc2004,
    "signature-mcyt": signature_mcyt,
    "unified": unified,
    "images": images,
}
"""Readers by name, in the order in which they are tried: the least particular comes last."""


def open_dataset(folder: str | Path) -> Dataset:
    """Return the data set in a folder, in whichever known layout it lies there.

    Raises
    ------
    SignalError
        When the folder is missing, or no reader recognises it.
    """
    path = Path(folder)
    if not path.is_dir():
        raise SignalError(f"{folder}: a folder with a data set", "no folder of that name", "check the path")
    for reader in READERS.values():
        if reader.recognises(path):
            return reader.read(path)
    raise SignalError(
        f"{folder}: a data set in a known layout ({', '.join(READERS)})",
        "a folder without any of them",
        "put recordings there as <subject>/<session>.csv",
    )
