"""How much disk the environment takes that runs the tutor."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from benchmarks.bench_courses import ROOT
from benchmarks.rows import Bound, Row

_ASKED: Bound = ("≤", 650)
_FORBIDDEN = ("torch", "tensorflow", "jax")


def footprint_rows(fresh: Path | None) -> Iterator[Row]:
    """The size of a fresh environment, or of the locked distributions in the one that runs this."""
    found = locked_distributions()
    if fresh is not None:
        whole = [path for path in fresh.rglob("*") if path.is_file() and not path.is_symlink()]
        yield Row("", "environment on disk", _megabytes(whole), _ASKED, "MB", "a fresh one, whole")
    else:
        files = {file for item in found for file in _files(item)}
        note = f"{len(found)} distributions of requirements.lock, as installed"
        yield Row("", "environment on disk", _megabytes(files), _ASKED, "MB", note)
        compiled = {made for file in files for made in _bytecode(file)}
        yield Row("", "bytecode that Python has made of them here", _megabytes(compiled), None, "MB")
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
    """The files of a distribution that exist, without bytecode, which depends on what has run."""
    for file in item.files or ():
        path = Path(str(file.locate())).resolve()
        if path.suffix != ".pyc" and path.is_file():
            yield path


def _bytecode(file: Path) -> Iterator[Path]:
    if file.suffix == ".py":
        yield from (file.parent / "__pycache__").glob(f"{file.stem}.*.pyc")


def _megabytes(files: Iterable[Path]) -> float:
    """What the files take on the disk."""
    return sum(path.stat().st_blocks * 512 for path in files) / 1e6
