"""How much disk the environment takes that runs the tutor."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from tests.benchmarks.bench_courses import ROOT
from tests.benchmarks.rows import Row

_ASKED_MB = 650
_FORBIDDEN = ("torch", "tensorflow", "jax")


def footprint_rows(fresh: Path | None) -> Iterator[Row]:
    """The size of a fresh environment, or of the locked distributions in the one that runs this."""
    found = locked_distributions()
    if fresh is None:
        files = {file for item in found for file in _files(item)}
        note = f"{len(found)} distributions of requirements.lock, with their bytecode"
    else:
        files = {path for path in fresh.rglob("*") if path.is_file() and not path.is_symlink()}
        note = "a fresh one, whole"
    size = sum(path.stat().st_blocks * 512 for path in files) / 1e6
    yield Row("", "environment on disk", size, ("≤", _ASKED_MB), "MB", note)
    heavy = sum(item.metadata["Name"].lower() in _FORBIDDEN for item in found)
    yield Row("", "distributions of torch, tensorflow, jax", float(heavy), ("≤", 0), "found")


def locked_distributions() -> list[Distribution]:
    """What requirements.lock names and is installed; pip, which every environment has, too."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    names = {*re.findall(r"^([A-Za-z0-9][\w.-]*)==", lock, re.MULTILINE), "pip"}
    found = []
    for name in sorted(names):
        try:
            found.append(distribution(name))
        except PackageNotFoundError:
            continue  # for another system or version of Python
    return found


def _files(item: Distribution) -> Iterator[Path]:
    """The files of a distribution that exist, and the bytecode that Python has made of them."""
    for file in item.files or ():
        path = Path(str(file.locate())).resolve()
        if not path.is_file():
            continue
        yield path
        if path.suffix == ".py":
            yield from (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc")
