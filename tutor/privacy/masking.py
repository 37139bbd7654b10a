"""Masks personal data in text: addresses and numbers that stand for one person become `[email]`, `[phone]`, …

Names and postal addresses stay: no rule tells them from the people and places that lessons are about. Addresses of
machines stay too: courses on networks are asked about them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tutor.privacy.identifiers import cards, ibans, ids
from tutor.privacy.phone_numbers import phone_numbers
from tutor.text.invisible import visible

PersonalKind = Literal["email", "iban", "card", "id", "phone"]

# Fewer signs than the standard allows: in code, the others stand before addresses.
_AT = re.compile(r"(?<=[\w+-])@(?=[^\W_])")
_LOCAL = re.compile(r"[\w.%+'-]{1,64}\Z")
_DOMAIN = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[^\W\d_]{2,63}(?![\w-]|@)")
_IN_A_LOCAL_PART, _IN_A_DOMAIN = 64, 255
# `git@host:path` is where code lies, and no address.
_REMOTE = re.compile(r":(?:[\w~.-]+/|\d+/)")

# What people type for the same signs, one for one, so that places stay the same.
_ALIKE = str.maketrans(
    {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2212\ufe63", "-")
    | dict.fromkeys("\xa0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000", " ")
    | dict.fromkeys("\ufe6b", "@")
)
_PLACEHOLDER = re.compile(r"\[(?:email|iban|card|id|phone)\]")


@dataclass(frozen=True, slots=True)
class PersonalSpan:
    """Personal data of one kind at `start` to `end`."""

    kind: PersonalKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without its personal data; `spans` say where in `visible(text)` it was, in order."""

    text: str
    spans: tuple[PersonalSpan, ...]


def masked(text: str) -> Masked:
    """`text` without invisible characters, and with each piece of personal data as its kind in brackets.

    Takes time in proportion to the text. Text that was masked stays as it is.
    """
    shown = visible(text)
    spans = _personal_spans(shown)
    parts: list[str] = []
    done = 0
    for span in spans:
        parts += (shown[done : span.start], f"[{span.kind}]")
        done = span.end
    parts.append(shown[done:])
    return Masked("".join(parts), spans)


def _personal_spans(text: str) -> tuple[PersonalSpan, ...]:
    alike = text.translate(_ALIKE)
    found = [PersonalSpan("email", *span) for span in _emails(alike)]
    if any(map(str.isdecimal, alike)):
        # Where two kinds find the same place, the more particular one names it.
        found += [PersonalSpan("iban", *span) for span in ibans(alike)]
        found += [PersonalSpan("card", *span) for span in cards(alike)]
        found += [PersonalSpan("id", *span) for span in ids(alike)]
        found += [PersonalSpan("phone", *span) for span in phone_numbers(alike)]
    return _joined(found)


def _joined(found: list[PersonalSpan]) -> tuple[PersonalSpan, ...]:
    """The spans in order; those that overlap become one, of the kind that was found first."""
    rank = {"email": 0, "iban": 1, "card": 2, "id": 3, "phone": 4}
    joined: list[PersonalSpan] = []
    for span in sorted(found, key=lambda span: span.start):
        if joined and span.start < joined[-1].end:
            last = joined.pop()
            kind = min(last.kind, span.kind, key=rank.__getitem__)
            span = PersonalSpan(kind, last.start, max(last.end, span.end))
        joined.append(span)
    return tuple(joined)


def _emails(text: str) -> Iterator[tuple[int, int]]:
    """Spans of e-mail addresses, looked for from their @ outwards so that no run of letters is read twice."""
    for sign in _AT.finditer(text):
        at = sign.start()
        first = max(0, at - _IN_A_LOCAL_PART)
        local = _LOCAL.search(text, first, at)
        domain = _DOMAIN.match(text, at + 1, at + 1 + _IN_A_DOMAIN)
        if local and domain and not _REMOTE.match(text, domain.end()):
            # A quote or a dot before it is the sentence's.
            start = local.start() + len(local[0]) - len(local[0].lstrip("'.%-"))
            if start < at:
                yield start, domain.end()


def is_personal(question: str) -> bool:
    """Whether a question holds personal data, or held it before it was masked."""
    return bool(_PLACEHOLDER.search(question) or masked(question).spans)
