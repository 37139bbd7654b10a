"""Finds telephone numbers: by a form that nothing else has, or by the words around them.

Rules of our own, for the library phonenumbers brings 48 MB of metadata.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# A number's form is proof enough only where dates, sizes, addresses of machines, bytes and tables never take it.
_BEFORE = r"(?<![\w+./\\=^*)\]@])(?<!\d[ -])(?<![\w)] [-+*/])"
_AFTER = r"(?![\w%^]|[ ]?[*/=+]|[.,:-]\d)"
_FORMS = tuple(
    (re.compile(_BEFORE + form), fewest)
    for form, fewest in (
        # +49 170 1234567, +41 (0)96 471 07 95, +447700677662
        (r"\+[1-9]\d{0,2}(?:[ .-]?\(0\))?[ .-]?\(?\d{1,5}\)?(?:[ .-]?\d{1,5}){1,5}", 9),
        # 0049 170 1234567, 001-518-640-0854
        (r"00[1-9]\d{0,2}[ .-]\(?\d{2,5}\)?(?:[ .-]\d{2,8}){1,4}", 10),
        # 905-674-3793, 1.259.735.7502
        (r"(?:1[.-])?[2-9]\d\d([.-])\d{3}\1\d{4}", 10),
        # (579)888-3058, (08) 8747 6301; not (2019) 123-456, which is a year and pages
        (r"(?:1[ .-])?\((?!(?:19|20)\d\d\))\d{2,5}\)[ ]?\d{3,4}[ .-]?\d{3,4}", 8),
        # 01.84.17.61.18
        (r"0[1-9]([.-])\d\d(?:\1\d\d){3}", 10),
        # 0490 75 40 81, 079 0442 1744, 07700 063 966
        (r"0[1-9]\d{1,3}(?:[ /.-]\d{2,8}){1,4}", 10),
    )
)
_LOOSE = re.compile(r"(?<![\w.+/\\=@])\+?\(?\d{1,15}\)?(?:[ ./-]\(?\d{1,8}\)?){0,6}")
_TAIL = re.compile(r"(?:[ ,]{0,2}(?:x|ext\.?|extension|durchwahl)[ ]?\d{1,6})?" + _AFTER, re.IGNORECASE)
_MAX = 15
_FEWEST_WHEN_SAID = 6

_LINK = (
    r"(?:\s+(?:me|us|him|her|them|you|back|please|on|at|to|is|was|are|under|over|via|by|no|nr|num|numbers?|my|our|his"
    r"|their|the|this|es|al|el|ist|unter|mich|est|au|le|em|é|o)\b\.?)"
)
_SAID_BEFORE = re.compile(
    r"\b(?:(?:tele|cell|smart)?phones?|tel|telf|mobile|cell|fax|desk|landline|hotline|helpline|sms|whats ?app"
    r"|(?:my|his|her|our|their)(?:\s+\w{1,12})?\s+number|tel[eé]fono|m[oó]vil|celular|telefone|telem[oó]vel|telefon"
    rf"|telefonnummer|rufnummer|handy(?:nummer)?|t[eé]l[eé]phone){_LINK}*[\s.:#'\"(-]*$",
    re.IGNORECASE,
)
_ASKED_BEFORE = re.compile(
    r"\b(?:call(?:ed|ing)?|dial(?:l?ed)?|ring|rang|text(?:ed|ing)?|answering|reach(?:ed|able)?|contact(?:ed)?"
    rf"|ll[aá]ma(?:r|me|nos|dme)?|ligar|anrufen|appele[rz])(?P<link>{_LINK}*)[\s:]*$",
    re.IGNORECASE,
)
_SAID_AFTER = re.compile(
    r"[ ,(-]{1,3}(?:office|work|home|fax|mobile|cell|phone|tel|desk|whatsapp)\b\)?(?=\s*(?:$|[\n.,;:|\\/]))",
    re.IGNORECASE,
)
_WINDOW = 60
_WORD = re.compile(r"[^\W\d_]{2}")
_AMOUNT = re.compile(r"\d+|\d{1,3}(?:[ .]\d{3})+")
_LIKE_A_DATE = re.compile(r"\d{1,4}([./-])\d{1,2}\1\d{1,4}(?![./-]?\d)")


def phone_numbers(text: str) -> Iterator[tuple[int, int]]:
    """Spans of telephone numbers, with their extensions; they may overlap."""
    for form, fewest in _FORMS:
        for match in form.finditer(text):
            digits = [sign for sign in match[0] if sign.isdecimal()]
            tail = _TAIL.match(text, match.end())
            # Rows of bits are no number.
            if tail and fewest <= len(digits) <= _MAX and not set(digits) <= {"0", "1"}:
                yield match.start(), tail.end()
    for match in _LOOSE.finditer(text):
        digit_count = sum(map(str.isdecimal, match[0]))
        if _FEWEST_WHEN_SAID <= digit_count <= _MAX and _is_said(text, *match.span()):
            tail = _TAIL.match(text, match.end())
            yield match.start(), tail.end() if tail else match.end()


def _is_said(text: str, start: int, end: int) -> bool:
    """Whether the words around call it a telephone number."""
    if _LIKE_A_DATE.match(text, start, end):
        return False
    before = text[max(0, start - _WINDOW) : start]
    if _WORD.search(before):
        if _SAID_BEFORE.search(before):
            return True
        asked = _ASKED_BEFORE.search(before)
        # `call 10 000 functions` has no `me on`.
        if asked and (asked["link"] or not _AMOUNT.fullmatch(text, start, end)):
            return True
    return _SAID_AFTER.match(text, end) is not None
