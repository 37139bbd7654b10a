"""Where a link may lead: to a lesson of the course, or over https to a host that the course allows."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

from tutor.hosts import allows_host, host_name
from tutor.models import Lesson
from tutor.text.invisible import visible

_MAX_CHARACTERS = 2000
# Browsers read these in addresses in ways of their own.
_ODD = re.compile(r"[\s\\<>\"`\x00-\x1f\x7f]")
_PAGES = (".html", ".htm", ".md", ".mdx")
_KEPT = "/?:@!$&'()*+,;=~-._%"


@dataclass(frozen=True, slots=True)
class ToLesson:
    """A lesson, and a heading's anchor in it or nothing."""

    lesson: str
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Links:
    """What links of a text may lead to; `here` is the lesson that it stands in, if it is one."""

    allowed_hosts: tuple[str, ...] = ()
    here: str = ""
    _lessons: dict[str, str] = field(default_factory=dict)
    _urls: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, lessons: Iterable[Lesson], allowed_hosts: tuple[str, ...] = (), here: str = "") -> Links:
        """The links of a course with these lessons."""
        paths: dict[str, str] = {}
        urls: dict[str, str] = {}
        stems: dict[str, list[str]] = {}
        for lesson in lessons:
            paths[lesson.lesson] = lesson.lesson
            stems.setdefault(posixpath.splitext(lesson.lesson)[0], []).append(lesson.lesson)
            if lesson.url:
                urls[_page(lesson.url)] = lesson.lesson
        # `02-masks.html` and `02-masks` are what a course's site makes of `02-masks.md`.
        for stem, found in stems.items():
            if len(found) == 1:
                paths.setdefault(stem, found[0])
        return cls(allowed_hosts, here, paths, urls)

    def target(self, address: str) -> ToLesson | str | None:
        """A lesson, an https address in a form that every browser reads alike, or None: then the words stand alone."""
        if not address or len(address) > _MAX_CHARACTERS or _ODD.search(address) or visible(address) != address:
            return None
        try:
            parts = urlsplit(address)
            port = parts.port
        except ValueError:
            return None
        anchor = unquote(parts.fragment)[:200]
        if anchor != visible(anchor):
            anchor = ""
        if not parts.scheme and not parts.netloc:
            lesson = self._lesson(unquote(parts.path)) if parts.path else self.here
            return ToLesson(lesson, anchor) if lesson else None
        known = self._urls.get(_page(address))
        if known is not None:
            return ToLesson(known, anchor)
        host = parts.hostname or ""
        if parts.scheme != "https" or "@" in parts.netloc or port not in (None, 443):
            return None
        if not allows_host(self.allowed_hosts, host):
            return None
        path = quote(parts.path, safe=_KEPT)
        query = "?" + quote(parts.query, safe=_KEPT) if parts.query else ""
        fragment = "#" + quote(parts.fragment, safe=_KEPT) if parts.fragment else ""
        return f"https://{host_name(host)}{path or '/'}{query}{fragment}"

    def _lesson(self, path: str) -> str:
        path = path.lstrip("/") if path.startswith("/") else posixpath.join(posixpath.dirname(self.here), path)
        path = posixpath.normpath(path)
        stem, suffix = posixpath.splitext(path)
        return self._lessons.get(path) or (self._lessons.get(stem, "") if suffix in _PAGES else "")


def _page(url: str) -> str:
    return url.partition("#")[0].rstrip("/")
