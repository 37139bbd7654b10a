"""A text file's bytes → its characters."""

from __future__ import annotations

import codecs

from charset_normalizer import from_bytes

from tutor.errors import LessonUnreadable

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(data: bytes) -> str:
    """The text of `data`: by its byte order mark, as UTF-8, or in the encoding that its letters suggest.

    Raises LessonUnreadable for bytes that are no text.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            try:
                return _without_private(data.decode(encoding))
            except UnicodeDecodeError as error:
                raise LessonUnreadable(f"starts as {encoding} text but does not go on so; save it as UTF-8") from error
    if b"\x00" in data[:8192]:
        raise LessonUnreadable("is binary data, not text")
    try:
        return _without_private(data.decode("utf-8"))
    except UnicodeDecodeError:
        guess = from_bytes(data[:200_000]).best()
        if guess is None:
            raise LessonUnreadable("is in no known text encoding; save it as UTF-8") from None
        try:
            return _without_private(data.decode(guess.encoding))
        except UnicodeDecodeError:
            raise LessonUnreadable("mixes text encodings; save it as UTF-8") from None


def _without_private(text: str) -> str:
    # Draft.anchor uses these two characters for itself.
    return text.replace("\ue000", "").replace("\ue001", "")
