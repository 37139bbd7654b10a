"""The directory of one generation's index: what lies in it, and whether it is whole.

manifest.json   what it was built from, counts, and the size and SHA-256 of every other file
windows.npy     vectors of the chunks' windows, float32, shape (windows, dimensions)
sentences.npy   vectors of the sentences, float16, shape (sentences, dimensions)
lexicon.npz, vocabulary.json   the words by place (`tutor.index.lexicon`)
owners.npz      window_chunk (windows,), sentence_chunk, sentence_start, sentence_end (sentences,), int32
chroma/, …      one directory per part: whatever libraries the vectors and words are searched with

It lies at `<data_dir>/indexes/<course>/<generation>/`, appears there whole, and is never changed afterwards.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tutor.errors import InvalidRequest, PermanentError
from tutor.index.lexicon import Lexicon
from tutor.text.names import is_slug

FORMAT = 2
MANIFEST = "manifest.json"
# Chroma writes into this one whenever it opens it.
_CHANGING = "chroma.sqlite3"


@dataclass(frozen=True, slots=True, eq=False)
class UnitArrays:
    """Vectors of windows and sentences, and whose they are; chunks by ordinal, spans in their lesson's text.

    `windows` and `sentences` have one row of `dimensions` floats per unit, the other arrays one item.
    """

    windows: NDArray[np.float32]
    window_chunk: NDArray[np.int32]
    sentences: NDArray[np.float16]
    sentence_chunk: NDArray[np.int32]
    sentence_start: NDArray[np.int32]
    sentence_end: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class IndexContent:
    """What an index is built from: the arrays of its units, and per chunk the text by which words find it."""

    course: str
    generation: int
    language: str
    texts: tuple[str, ...]
    arrays: UnitArrays
    lexicon: Lexicon


def course_directory(data_dir: Path, course: str) -> Path:
    """Where all indexes of a course lie; raises InvalidRequest for a slug that is no plain name."""
    if not is_slug(course):
        raise InvalidRequest(f"{course!r} cannot name a course: use lower-case letters, digits, hyphens and dots.")
    return data_dir / "indexes" / course


def index_directory(data_dir: Path, course: str, generation: int) -> Path:
    """Where the index of a generation lies once it is published."""
    return course_directory(data_dir, course) / str(generation)


def write_arrays(directory: Path, arrays: UnitArrays) -> None:
    """Write the arrays into a new index."""
    np.save(directory / "windows.npy", arrays.windows)
    np.save(directory / "sentences.npy", arrays.sentences)
    np.savez(
        directory / "owners.npz",
        window_chunk=arrays.window_chunk,
        sentence_chunk=arrays.sentence_chunk,
        sentence_start=arrays.sentence_start,
        sentence_end=arrays.sentence_end,
    )


def read_arrays(directory: Path) -> UnitArrays:
    """The arrays of an index; vectors stay on disk until they are read. Raises PermanentError when it is damaged."""
    try:
        with np.load(directory / "owners.npz", allow_pickle=False) as owners:
            arrays = UnitArrays(
                windows=np.load(directory / "windows.npy", mmap_mode="r", allow_pickle=False),
                sentences=np.load(directory / "sentences.npy", mmap_mode="r", allow_pickle=False),
                **{name: owners[name] for name in owners.files},
            )
    except Exception as error:  # a damaged zip or header raises nearly anything
        raise PermanentError(f"The index {directory.name} is damaged: {error}") from error
    windows, sentences = len(arrays.windows), len(arrays.sentences)
    spans = (arrays.sentence_chunk, arrays.sentence_start, arrays.sentence_end)
    if len(arrays.window_chunk) != windows or any(len(column) != sentences for column in spans):
        raise PermanentError(f"The index {directory.name} is damaged: its arrays have different lengths")
    return arrays


def write_manifest(directory: Path, facts: dict[str, Any]) -> None:
    """Write down what the index is made of and what its files hold, and make everything in it durable."""
    files = {}
    for path in sorted(path for path in directory.rglob("*") if path.is_file()):
        if _CHANGING not in path.name:
            files[path.relative_to(directory).as_posix()] = _identity(path)
    manifest = {"format": FORMAT, **facts, "files": files}
    (directory / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    for path in (*directory.rglob("*"), directory):
        make_durable(path)


def read_manifest(directory: Path) -> dict[str, Any]:
    """What `write_manifest` wrote; raises PermanentError when there is no index or it is damaged."""
    try:
        manifest = json.loads((directory / MANIFEST).read_bytes())
        if manifest["format"] != FORMAT:
            raise PermanentError(f"The index {directory.name} has another format.")
        return dict(manifest)
    except OSError as error:
        raise PermanentError(f"The index {directory.name} is missing.") from error
    except (ValueError, TypeError, KeyError) as error:
        raise PermanentError(f"The index {directory.name} is damaged: its manifest cannot be read.") from error


def damage(directory: Path) -> str:
    """What is wrong with an index, or nothing; reads every byte but Chroma's own database (0.1 s for 60 MB)."""
    try:
        files = read_manifest(directory)["files"]
        for name, identity in files.items():
            path = directory / name
            if not path.is_file():
                return f"{name} is missing"
            if _identity(path) != identity:
                return f"{name} is not as it was written"
    except (PermanentError, OSError) as error:
        return str(error)
    except (AttributeError, KeyError, TypeError):
        return "its manifest cannot be read"
    return ""


def make_durable(path: Path) -> None:
    """Have a file, or a directory's list of names, written to the disk itself."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _identity(path: Path) -> list[int | str]:
    with path.open("rb") as stream:
        return [path.stat().st_size, hashlib.file_digest(stream, "sha256").hexdigest()]
