"""ingest/loaders/decoding.py: bytes of any encoding → characters, or a reason."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.loaders.decoding import decode
from tutor.errors import LessonUnreadable

TEXT = "Déjà vu: 第一 – שלום."


@pytest.mark.parametrize(
    ("encoding", "bom"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-32-le", codecs.BOM_UTF32_LE),
        ("utf-32-be", codecs.BOM_UTF32_BE),
    ],
)
def test_a_byte_order_mark_tells_the_encoding(encoding: str, bom: bytes) -> None:
    assert decode(bom + TEXT.encode(encoding)) == TEXT


def test_old_encodings_are_recognised_by_their_letters() -> None:
    text = "Über die Größe der Straße läßt sich trefflich streiten, wenn man Zeit dafür übrig hat. " * 5
    assert decode(text.encode("latin-1")) == text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x00\x01\x02", "binary data"),
        (codecs.BOM_UTF8 + b"\xff", "save it as UTF-8"),
        (codecs.BOM_UTF16_LE + b"a", "save it as UTF-8"),
    ],
)
def test_bytes_that_are_no_text_are_refused_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(LessonUnreadable, match=reason):
        decode(data)


def test_characters_that_the_draft_uses_for_itself_are_dropped() -> None:
    assert decode("a\ue0000\ue001b".encode()) == "a0b"


@given(st.binary(max_size=300))
def test_any_bytes_are_text_or_unreadable(data: bytes) -> None:
    try:
        found = decode(data)
    except LessonUnreadable:
        return
    assert "\ue000" not in found
    assert "\ue001" not in found


@given(st.text(st.characters(blacklist_categories=["Cs", "Co"], blacklist_characters="\x00")))
def test_utf8_is_read_as_it_is(text: str) -> None:
    assert decode(b"a" + text.encode()) == "a" + text
