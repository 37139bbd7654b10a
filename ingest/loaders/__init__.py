"""One module per format; each turns a file's bytes into a `LessonDraft` (see `ingest.loaders.draft`)."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from importlib import import_module
from pathlib import PurePosixPath
from typing import Final

from ingest.loaders.draft import LessonDraft
from tutor.errors import LessonUnreadable

# A loader's library is imported with the first file that needs it: a folder of Markdown starts at once.
_MODULES: Final = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".mdx": "markdown",
    ".ipynb": "notebook",
    ".rst": "rst",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".docx": "word",
    ".pptx": "powerpoint",
    ".pdf": "pdf",
    ".vtt": "subtitles",
    ".srt": "subtitles",
    ".txt": "plain",
}
SUFFIXES: Final = tuple(_MODULES)
"""The file names' ends that are lessons, in lower case; the earlier one is the better source of two."""

_EXPECTED: Final = {".pdf": "a PDF", ".docx": "a Word file", ".pptx": "a PowerPoint file"}
_MAGIC: Final = (
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "a compressed archive"),
    (b"7z\xbc\xaf", "a compressed archive"),
    (b"Rar!", "a compressed archive"),
    (b"{\\rtf", "a rich text file"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3", "a database"),
)
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PAGE = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)


def load(data: bytes, name: str) -> LessonDraft:
    """The lesson in a file, by the loader for the end of its `name`.

    Raises LessonUnreadable when no loader knows it, when its content is of another kind than its name
    says, and for whatever the loader cannot read.
    """
    suffix = PurePosixPath(name).suffix.lower()
    module = _MODULES.get(suffix)
    if module is None:
        raise LessonUnreadable(f"is of no kind that can be a lesson; lessons end in {', '.join(SUFFIXES)}")
    if not data.strip():
        raise LessonUnreadable("is empty")
    kind = _kind(data)
    expected = _EXPECTED.get(suffix, "text")
    if kind != expected and not (kind == "a web page" and expected == "text"):
        if kind == "an old Office file" and suffix in (".docx", ".pptx"):
            raise LessonUnreadable(f"is locked with a password or from before 2007; save it as an open {suffix}")
        raise LessonUnreadable(f"is named {suffix} but is {kind}; give it its right ending or export it again")
    loader: Callable[[bytes, str], LessonDraft] = import_module(f"ingest.loaders.{module}").load
    return loader(data, name)


def _kind(data: bytes) -> str:
    """What the bytes are, in words; `text` for all that is not known by its first bytes."""
    # PDF readers accept some bytes before the mark.
    if b"%PDF-" in data[:1024] and not _PAGE.match(data[:4096]) and _binary_or_first(data):
        return "a PDF"
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(data)
    if data.startswith(_OLD_OFFICE):
        return "an old Office file"
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    return "a web page" if _PAGE.match(data[:4096]) else "text"


def _binary_or_first(data: bytes) -> bool:
    """A text may speak of `%PDF-`; a file begins with it, or holds bytes that no text holds."""
    return data.lstrip().startswith(b"%PDF-") or b"\nstartxref" in data or b"\rstartxref" in data


def _zip_kind(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError):
        return "a damaged archive"
    for folder, kind in (("word/", "a Word file"), ("ppt/", "a PowerPoint file"), ("xl/", "an Excel file")):
        if any(name.startswith(folder) for name in names):
            return kind
    return "an e-book" if "META-INF/container.xml" in names else "a zip archive"
