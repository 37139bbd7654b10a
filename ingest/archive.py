"""The files of a zip archive as entries, with nothing written to disk and no trust in what it says of itself."""

from __future__ import annotations

import lzma
import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator

from ingest.entries import Entry, EntryError, Skipped, is_passed, readable_path

MAX_ENTRIES = 20_000
MAX_RATIO = 200
_SMALL_BYTES = 1_000_000
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1


def zip_entries(archive: zipfile.ZipFile) -> Iterator[Entry | Skipped]:
    """The files of an open archive; entries that lead outside, links, locked ones and bombs as Skipped.

    Raises EntryError when it has too many entries. Hidden places are passed over.
    """
    found = archive.infolist()
    if len(found) > MAX_ENTRIES:
        raise EntryError(f"holds {len(found):,} files; the limit is {MAX_ENTRIES:,}")
    for info in found:
        path = _name(info)
        shown = readable_path(path)
        if info.is_dir() or any(is_passed(part) for part in path.split("/") if part != "."):
            continue
        trouble = _trouble(info, path)
        if trouble:
            yield Skipped(shown, trouble)
        else:
            path = "/".join(part for part in path.split("/") if part not in ("", "."))
            yield Entry(unicodedata.normalize("NFC", path), info.file_size, _reader(archive, info))


def _name(info: zipfile.ZipInfo) -> str:
    """Its name in full: `info.filename` has lost what its writer did not declare as UTF-8."""
    if not info.flag_bits & _UTF8_NAME:
        try:
            return info.filename.encode("cp437").decode("utf-8")
        except UnicodeError:
            pass
    return info.filename


def _trouble(info: zipfile.ZipInfo, path: str) -> str:
    """Why this entry is not read, or nothing."""
    original = info.orig_filename
    if "\\" in original:
        return "has backslashes in its path; zip the folder again"
    if path.startswith("/") or re.match(r"[A-Za-z]:", path) or ".." in path.split("/"):
        return "has a path that leads outside the archive"
    if path != readable_path(path) or "\x00" in original:
        return "has a name with broken or invisible characters; rename it"
    mode = info.external_attr >> 16
    if stat.S_ISLNK(mode):
        return "is a link; put the file itself into the archive"
    if info.flag_bits & _ENCRYPTED:
        return "is locked with a password; zip the folder without one"
    if info.file_size > _SMALL_BYTES and info.file_size > MAX_RATIO * max(info.compress_size, 1):
        return f"would unpack to more than {MAX_RATIO} times its size; put it beside the archive if it is right"
    return ""


def _reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[int], bytes]:
    def read(limit: int) -> bytes:
        # A stream ends at the size that the archive declares, so a lie about it fails the checksum.
        try:
            with archive.open(info) as stream:
                return stream.read(limit)
        except NotImplementedError as error:
            raise EntryError("is compressed in a way that cannot be read; zip the folder again") from error
        except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, RuntimeError) as error:
            raise EntryError("is damaged inside the archive: its checksum is wrong") from error

    return read
