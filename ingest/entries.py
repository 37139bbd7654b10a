"""The files of a folder as entries: a path, a size and a way to read them."""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

# Folders that tools make; hidden ones (.git, .ipynb_checkpoints) are known by their dot.
PASSED_FOLDERS = frozenset({"__MACOSX", "node_modules", "__pycache__"})

_NOT_SHOWN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ue000-\uf8ff]"
)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is not read, and why, in words that follow its name; `file` is the path below the folder."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that may be a lesson; `read(limit)` gives at most `limit` bytes.

    `read` raises EntryError with the reason.
    """

    path: str
    size: int
    read: Callable[[int], bytes]


class EntryError(Exception):
    """A file that cannot be read; the message is the reason, without the file's name."""


def is_passed(name: str) -> bool:
    """Whether a file or folder of that name is passed over with all that it holds."""
    # `..` and what begins so is no hidden name: in an archive it deserves a word.
    return (name.startswith(".") and not name.startswith("..")) or name in PASSED_FOLDERS


def folder_entries(folder: Path) -> Iterator[Entry | Skipped]:
    """The files below `folder`, links and unreadable places as Skipped; no order."""
    root = folder.resolve()
    waiting = [(root, "")]
    while waiting:
        place, below = waiting.pop()
        try:
            with os.scandir(place) as found:
                items = [item for item in found if not is_passed(item.name)]
        except OSError as error:
            yield Skipped(below.rstrip("/") or folder.name, reason_of(error))
            continue
        for item in items:
            path = below + item.name
            trouble = _trouble(item, root)
            if trouble:
                yield Skipped(readable_path(path), trouble)
            elif item.is_dir():
                waiting.append((place / item.name, path + "/"))
            else:
                yield file_entry(place / item.name, path)


def file_entry(file: Path, path: str) -> Entry | Skipped:
    """The entry of an ordinary file that is known as `path`."""
    try:
        size = file.stat().st_size
    except OSError as error:
        return Skipped(path, reason_of(error))

    def read(limit: int) -> bytes:
        try:
            with file.open("rb") as stream:
                return stream.read(limit)
        except OSError as error:
            raise EntryError(reason_of(error)) from error

    return Entry(unicodedata.normalize("NFC", path), size, read)


def _trouble(item: os.DirEntry[str], root: Path) -> str:
    """Why this place of the folder is not read, or nothing."""
    if item.name != readable_path(item.name):
        return "has a name with broken or invisible characters; rename it"
    try:
        if item.is_symlink():
            target = Path(item.path).resolve(strict=True)
            if not target.is_relative_to(root):
                return "is a link to outside the folder"
            if target.is_dir():
                if Path(item.path).parent.resolve().is_relative_to(target):
                    return "is a link to a folder that holds it: a loop"
                return "is a link to a folder that is read already"
        mode = item.stat().st_mode
    except FileNotFoundError:
        return "is a link to nothing"
    except (OSError, RuntimeError) as error:  # pathlib names a loop of links with RuntimeError
        if isinstance(error, PermissionError):
            return reason_of(error)
        return "is a link that leads back to itself: a loop"
    return "" if stat.S_ISREG(mode) or stat.S_ISDIR(mode) else "is no ordinary file"


def readable_path(path: str) -> str:
    """`path` fit to be shown and stored: what is no text or not printable becomes `?`."""
    # Joiners belong to names in some scripts; controls, separators and changes of direction to none.
    return _NOT_SHOWN.sub("?", path)


def reason_of(error: OSError) -> str:
    """What the operating system said, as a reason."""
    if isinstance(error, PermissionError):
        return "may not be read: permission denied"
    return f"cannot be read: {(error.strerror or 'the disk failed').lower()}"
