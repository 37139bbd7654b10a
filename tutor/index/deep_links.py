"""Where a span of a lesson can be opened: the lesson's address with the nearest place that its format can address."""

from __future__ import annotations

from bisect import bisect_right
from urllib.parse import quote

from tutor.models import Lesson

_FRAGMENTS = {"page": "page={}", "slide": "slide={}", "cell": "cell={}", "time": "t={}", "anchor": "{}"}
_PAGED = ("page", "slide", "time")


def url_at(lesson: Lesson, start: int) -> str:
    """The address of `lesson.text[start]`: its page, slide or time, else the heading or element it stands under."""
    fragment = _paged(lesson, start) or _anchored(lesson, start)
    return f"{lesson.url}#{fragment}" if fragment else lesson.url


def _paged(lesson: Lesson, start: int) -> str:
    held = [mark for mark in lesson.marks if mark.kind in _PAGED]
    place = bisect_right([mark.start for mark in held], start)
    return _FRAGMENTS[held[place - 1].kind].format(held[place - 1].label) if place else ""


def _anchored(lesson: Lesson, start: int) -> str:
    # A chunk begins at its heading's markers, a few characters before the heading's words.
    line_end = lesson.text.find("\n", start)
    reach = line_end if line_end >= 0 else len(lesson.text)
    under = [heading.anchor for heading in lesson.headings if heading.start <= max(start, reach)]
    return quote(under[-1], safe="") if under else ""
