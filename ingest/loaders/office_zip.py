"""The zip file that a Word or PowerPoint file is: checked before any library opens it."""

from __future__ import annotations

import zipfile
import zlib
from io import BytesIO

from tutor.errors import LessonUnreadable

MAX_BYTES = 200_000_000
MAX_RATIO = 200
MAX_PARTS = 20_000
_OLE_HEADER = bytes.fromhex("D0CF11E0A1B11AE1")
_PIECE_BYTES = 1 << 20


def opened(data: bytes, main_part: str, program: str) -> BytesIO:
    """`data` as a file, once it is known to be a whole zip that holds `main_part` and unpacks to a sane size.

    Raises LessonUnreadable for old and locked files, other files, damaged ones, and zip bombs;
    `program` is "Word" or "PowerPoint".
    """
    suffix = {"Word": ".docx", "PowerPoint": ".pptx"}[program]
    if data.startswith(_OLE_HEADER):
        # Names in an OLE directory are UTF-16; a locked file is an OLE file with the encrypted zip inside.
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise LessonUnreadable(f"is locked with a password; save it in {program} without one")
        raise LessonUnreadable(f"is in the old format of {program} (before 2007); save it in {program} as {suffix}")
    if not data.startswith(b"PK"):
        raise LessonUnreadable(f"is not a {program} file; save it in {program} as {suffix}")
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            _check(archive, len(data), main_part, program)
    # zipfile answers damaged bytes with many kinds of error, and promises none of them.
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError, NotImplementedError) as error:
        raise LessonUnreadable(f"is damaged; open it in {program} and save it again") from error
    return BytesIO(data)


def _check(archive: zipfile.ZipFile, packed_bytes: int, main_part: str, program: str) -> None:
    parts = archive.infolist()
    if any(part.flag_bits & 1 for part in parts):
        raise LessonUnreadable(f"is locked with a password; save it in {program} without one")
    if main_part not in archive.namelist():
        raise LessonUnreadable(f"is a zip file but not a {program} file; save it in {program}")
    declared = sum(part.file_size for part in parts)
    if declared > MAX_BYTES or declared > MAX_RATIO * packed_bytes or len(parts) > MAX_PARTS:
        raise _too_large(program)
    read = 0
    for part in parts:
        with archive.open(part) as file:
            while piece := file.read(_PIECE_BYTES):
                read += len(piece)
                if read > declared:
                    raise _too_large(program)


def _too_large(program: str) -> LessonUnreadable:
    return LessonUnreadable(
        f"unpacks to far more than its size (the limit is {MAX_BYTES // 1_000_000} MB and {MAX_RATIO} times); "
        f"make its pictures smaller in {program}, or split it"
    )
