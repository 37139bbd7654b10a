"""A folder, a file or a zip archive → its lessons' bytes, one file at a time, and what was skipped and why."""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ingest.archive import zip_entries
from ingest.entries import Entry, EntryError, Skipped, file_entry, folder_entries
from ingest.loaders import SUFFIXES
from tutor.errors import InvalidRequest

MAX_FILE_BYTES = 100_000_000
MAX_TOTAL_BYTES = 1_000_000_000
"""What the lessons of an archive may unpack to."""
MAX_COURSE_FILE_BYTES = 1_000_000
COURSE_FILE = "course.yaml"

# fmt: off
_ASSETS = frozenset(
    {
        ".png",
        ".jpg",
        ".jpeg",
        ".gif",
        ".svg",
        ".webp",
        ".ico",
        ".bmp",
        ".tif",
        ".tiff",
        ".avif",
        ".heic",
        ".psd",
        ".ai",
        ".eps",
        ".drawio",
        ".css",
        ".scss",
        ".sass",
        ".less",
        ".js",
        ".mjs",
        ".cjs",
        ".ts",
        ".map",
        ".wasm",
        ".woff",
        ".woff2",
        ".ttf",
        ".otf",
        ".eot",
        ".mp4",
        ".webm",
        ".mov",
        ".avi",
        ".mkv",
        ".m4v",
        ".mp3",
        ".wav",
        ".ogg",
        ".m4a",
        ".flac",
        ".aac",
        ".csv",
        ".tsv",
        ".json",
        ".jsonl",
        ".ndjson",
        ".xml",
        ".xsl",
        ".dtd",
        ".yaml",
        ".yml",
        ".toml",
        ".ini",
        ".cfg",
        ".sql",
        ".db",
        ".sqlite",
        ".parquet",
        ".feather",
        ".npy",
        ".npz",
        ".pkl",
        ".h5",
        ".hdf5",
        ".mat",
        ".rds",
        ".rdata",
        ".dat",
        ".bin",
        ".onnx",
        ".pt",
        ".xlsx",
        ".xls",
        ".ods",
        ".bib",
        ".bst",
        ".lock",
        ".log",
        ".po",
        ".pot",
        ".mo",
    }
)
# fmt: on
_ASSET_NAMES = re.compile(
    # With an ending, only the licence's text is no lesson: makefile.md may be one on Make.
    r"(?:licen[cs]e|copying)(?:\.(?:md|txt|rst|html))?|notice|authors|codeowners|makefile|dockerfile|cname"
    r"|requirements[\w-]*\.txt|constraints\.txt|robots\.txt|cmakelists\.txt|questions.*\.jsonl|course\.yaml|thumbs\.db",
    re.IGNORECASE,
)
_ADVICE = {
    **dict.fromkeys((".doc", ".odt", ".rtf", ".pages"), "save it as .docx"),
    **dict.fromkeys((".ppt", ".odp", ".key"), "save it as .pptx"),
    **dict.fromkeys((".tex", ".epub", ".djvu", ".ps"), "save it as .pdf, .html or .md"),
    **dict.fromkeys((".zip", ".tar", ".gz", ".tgz", ".7z", ".rar", ".bz2", ".xz"), "archives inside are not opened"),
    **dict.fromkeys((".rmd", ".qmd"), "render it to .md or .html"),
}


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One lesson's file; `lesson` is its path below the folder, with forward slashes, in NFC."""

    lesson: str
    data: bytes


def sources(path: Path, *, max_file_bytes: int = MAX_FILE_BYTES) -> Iterator[SourceFile | Skipped]:
    """The lessons below `path` (a folder, a lesson or a .zip of them) in natural order, with what was skipped.

    Each file is read when its turn comes. Raises InvalidRequest when there is nothing at `path`.
    """
    with ExitStack() as stack:
        try:
            entries = _entries(path, stack)
        except EntryError as error:
            yield Skipped(path.name, str(error))
            return
        for entry in sorted(_chosen(entries, max_file_bytes), key=lambda entry: natural(_path(entry))):
            yield entry if isinstance(entry, Skipped) else _read(entry, max_file_bytes)


def course_file(path: Path) -> bytes | None:
    """The bytes of `course.yaml` at the top of a folder or zip archive; None when there is none.

    Raises InvalidRequest when it cannot be read.
    """
    with ExitStack() as stack:
        if path.is_dir():
            file = path / COURSE_FILE
            if not file.is_file() or not file.resolve().is_relative_to(path.resolve()):
                return None
            entry = file_entry(file, COURSE_FILE)
        elif path.suffix.lower() == ".zip" and path.is_file():
            try:
                inside = list(_entries(path, stack))
            except EntryError:
                return None  # `sources` says so
            found = [entry for entry in inside if _path(entry) == COURSE_FILE]
            if not found:
                return None
            entry = found[0]
        else:
            return None
        if isinstance(entry, Skipped):
            raise InvalidRequest(f"{COURSE_FILE} {entry.reason}")
        try:
            data = entry.read(MAX_COURSE_FILE_BYTES + 1)
        except EntryError as error:
            raise InvalidRequest(f"{COURSE_FILE} {error}") from error
    if len(data) > MAX_COURSE_FILE_BYTES:
        raise InvalidRequest(f"{COURSE_FILE} is over {_megabytes(MAX_COURSE_FILE_BYTES)}; keep only settings in it")
    return data


def natural(path: str) -> tuple[list[list[tuple[str, int, str]]], str]:
    """A key that sorts `2-a.md` before `10-a.md`, folder by folder, regardless of capitals."""
    parts = [re.findall(r"([^0-9]*)0*([0-9]*)", part.casefold()) for part in path.split("/")]
    # Numbers by length first: names may hold more digits than int() takes.
    return [[(words, len(digits), digits) for words, digits in runs] for runs in parts], path


def _entries(path: Path, stack: ExitStack) -> Sequence[Entry | Skipped]:
    if path.is_dir():
        return list(folder_entries(path))
    if not path.exists():
        raise InvalidRequest(f"there is no folder or file {path}")
    if not path.is_file():
        raise InvalidRequest(f"{path} is neither a folder nor an ordinary file")
    suffix = path.suffix.lower()
    if suffix in SUFFIXES:
        return [file_entry(path, path.name)]
    if suffix != ".zip":
        # Named by itself, it is meant: also a picture gets its reason.
        raise EntryError(_no_lesson(suffix))
    try:
        archive = stack.enter_context(zipfile.ZipFile(path))
    except PermissionError as error:
        raise EntryError("may not be read: permission denied") from error
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, ValueError) as error:
        raise EntryError("is no zip archive, or a damaged one; zip the folder again") from error
    entries = list(zip_entries(archive))
    total = sum(entry.size for entry in entries if isinstance(entry, Entry) and _suffix(entry.path) in SUFFIXES)
    if total > MAX_TOTAL_BYTES:
        raise EntryError(
            f"would unpack to {_megabytes(total)} of lessons; the limit is {_megabytes(MAX_TOTAL_BYTES)}: unpack it"
        )
    return entries


def _chosen(entries: Sequence[Entry | Skipped], max_file_bytes: int) -> Iterator[Entry | Skipped]:
    """The entries to read, and all others but those that lessons need (assets)."""
    lessons: dict[str, Entry] = {}
    rivals: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda entry: natural(_path(entry))):
        suffix = _suffix(_path(entry))
        if suffix in _ASSETS or _ASSET_NAMES.fullmatch(PurePosixPath(_path(entry)).name):
            continue
        if isinstance(entry, Skipped):
            yield entry
            continue
        same = lessons.get(_folded(entry.path))
        reason = _reason(entry, suffix, same, max_file_bytes)
        if reason:
            yield Skipped(entry.path, reason)
        else:
            lessons[_folded(entry.path)] = entry
            rivals.setdefault(_folded(entry.path)[: -len(suffix)], []).append(entry)
    for group in rivals.values():
        best = min(group, key=lambda entry: SUFFIXES.index(_suffix(entry.path)))
        for entry in group:
            if entry is best:
                yield entry
            else:
                winner = PurePosixPath(best.path).name
                yield Skipped(entry.path, f"is the same lesson as {winner}, which is read instead")


def _reason(entry: Entry, suffix: str, same: Entry | None, max_file_bytes: int) -> str:
    """Why a file cannot be a lesson, or nothing."""
    if suffix not in SUFFIXES:
        return _no_lesson(suffix)
    if entry.size == 0:
        return "is empty"
    if entry.size > max_file_bytes:
        return f"is {_megabytes(entry.size)}; the limit is {_megabytes(max_file_bytes)}: split it into chapters"
    if same is not None:
        if same.path == entry.path:
            return "is there twice under the same name (or one that differs only in how its accents are encoded)"
        return f"has the same name as {same.path} but for capitals; rename one of them"
    return ""


def _no_lesson(suffix: str) -> str:
    kind = f"ends in {suffix}, which is no kind of lesson" if suffix else "has no ending that tells its kind"
    return f"{kind}; {_ADVICE.get(suffix) or 'lessons end in ' + ', '.join(SUFFIXES)}"


def _read(entry: Entry, max_file_bytes: int) -> SourceFile | Skipped:
    try:
        data = entry.read(max_file_bytes + 1)
    except EntryError as error:
        return Skipped(entry.path, str(error))
    if len(data) > max_file_bytes:
        return Skipped(entry.path, f"grew beyond {_megabytes(max_file_bytes)} while it was read")
    return SourceFile(entry.path, data) if data else Skipped(entry.path, "is empty")


def _path(entry: Entry | Skipped) -> str:
    return entry.file if isinstance(entry, Skipped) else entry.path


def _suffix(path: str) -> str:
    return PurePosixPath(path).suffix.lower()


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB" if size >= 1e6 else f"{size / 1e3:,.0f} kB"


__all__ = ["Skipped", "SourceFile", "course_file", "natural", "sources"]
