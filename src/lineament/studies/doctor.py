"""What is installed, which engines and encoders work, and what is missing.

Imports nothing that may be damaged before it is looked at.
"""

from __future__ import annotations

import importlib
import os
import platform
from dataclasses import asdict, dataclass
from importlib import metadata

from lineament import __version__

RUNTIME = (
    *("numpy", "scipy", "pandas", "pyarrow", "pydantic", "yaml"),
    *("onnxruntime", "faiss", "matplotlib", "PIL", "typer", "rich"),
)
EXTRAS = {
    "train": ("torch", "lightning", "pytorch_metric_learning", "onnx", "onnxscript", "safetensors", "tensorboard"),
    "tune": ("optuna",),
}
DISTRIBUTIONS = {"PIL": "pillow", "faiss": "faiss-cpu", "yaml": "PyYAML"}


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: ``works``, ``missing`` (an extra that is not installed) or ``fails``."""

    part: str
    state: str
    found: str
    remedy: str = ""

    def to_json(self) -> dict[str, str]:
        """Return the check as JSON."""
        return asdict(self)


def examine() -> list[Check]:
    """Return a check of this machine, of each package and of each shipped encoder at work."""
    checks = [_machine()]
    checks += [_package(name, "runtime", "pip install lineament") for name in RUNTIME]
    for extra, names in EXTRAS.items():
        checks += [_package(name, extra, f"pip install 'lineament[{extra}]'") for name in names]
    return [*checks, _accelerator(), _search(), *_encoders()]


def _machine() -> Check:
    found = (
        f"lineament {__version__}, Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} processors"
    )
    return Check("machine", "works", found)


def _package(name: str, part: str, remedy: str) -> Check:
    """Import a package: being installed is not enough."""
    distribution = DISTRIBUTIONS.get(name, name.replace("_", "-"))
    try:
        version = metadata.version(distribution)
        importlib.import_module(name)
    except metadata.PackageNotFoundError:
        state = "fails" if part == "runtime" else "missing"
        return Check(part, state, f"{name} is not installed", remedy)
    except Exception as error:  # whatever breaks an import is what this command is there to tell
        found = f"{name} {version} cannot be imported: {type(error).__name__}"
        return Check(part, "fails", found, f"pip install --force-reinstall {distribution}")
    return Check(part, "works", f"{name} {version}")


def _broken(part: str, error: Exception) -> Check:
    return Check(part, "fails", f"cannot be imported: {type(error).__name__}: {error}", "see the packages that fail")


def _accelerator() -> Check:
    try:
        import torch
    except ImportError:
        return Check("accelerator", "missing", "training is not installed; encoders run on the processor")
    except Exception as error:
        return Check("accelerator", "fails", f"torch: {type(error).__name__}", "pip install 'lineament[train]' anew")
    if torch.cuda.is_available():
        return Check("accelerator", "works", torch.cuda.get_device_name(0))
    return Check("accelerator", "missing", "no GPU: training runs on the processor")


def _search() -> Check:
    """Let both galleries find a template among others."""
    try:
        import numpy as np

        from lineament.gallery import FlatGallery, MemoryGallery
    except Exception as error:
        return _broken("search", error)
    templates = np.eye(8, dtype=np.float32)
    for kind in (MemoryGallery, FlatGallery):
        name = kind.__name__
        try:
            gallery = kind(8)
            for number, template in enumerate(templates):
                gallery.enrol(str(number), template[None])
            found = gallery.subjects()[int(gallery.search(templates[5:6], 1)[1][0, 0])]
        except Exception as error:  # an engine may fail in whatever way
            return Check("search", "fails", f"{name}: {type(error).__name__}", "install the package anew")
        if found != "5":
            return Check("search", "fails", f"{name} finds another template", "install the package anew")
    return Check("search", "works", "numpy and faiss find the same template")


def _encoders() -> list[Check]:
    """Embed a minute of a simulated person with each shipped encoder."""
    try:
        from lineament.encoder import shipped_encoders
    except Exception as error:
        return [_broken("encoder", error)]
    names = shipped_encoders()
    if not names:
        return [Check("encoder", "fails", "no encoder ships with this installation", "install the package anew")]
    return [_encoder(name) for name in names]


def _encoder(name: str) -> Check:
    try:
        from lineament.datasets.simulate import simulate_person, simulate_session
        from lineament.encoder import Encoder

        encoder = Encoder.load(name)
        embeddings = encoder.embed(simulate_session(simulate_person(seed=0, index=0), 1, 1.0))
    except Exception as error:  # an engine may fail in whatever way
        return Check("encoder", "fails", f"{name}: {error}", "install the package anew")
    return Check(
        "encoder", "works", f"{encoder.id}: {len(embeddings)} windows of a simulated minute, {encoder.dim} numbers each"
    )
