"""A lesson's nodes → the HTML of its page, in which every word, heading and place of its file has an address."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from urllib.parse import quote, urlsplit

from markupsafe import Markup

from tutor.api.pages.markup import Node, Writer, coloured, element
from tutor.api.pages.source_map import MappedSpan, Pieces, cells, code_pieces, placed, runs
from tutor.models import Lesson, Mark
from tutor.text.messages import Messages

OWN = "tutor:"
"""What the ids of the page itself begin with; nothing in a lesson may have one of them."""
_SHOWN = {"page": "page", "slide": "slide", "time": "time"}
_IDS = {"page": "page={}", "slide": "slide={}", "cell": "cell={}", "time": "t={}", "anchor": "{}"}


def lesson_path(course: str, lesson: str, fragment: str = "") -> str:
    """The address of a lesson's page."""
    return f"/courses/{quote(course, safe='')}/lessons/{quote(lesson)}" + (f"#{fragment}" if fragment else "")


def lesson_html(lesson: Lesson, nodes: Sequence[Node], course: str, words: Messages) -> Markup:
    """The whole lesson, from its own title on."""
    return _LessonWriter(lesson, nodes, course, words).written(nodes)


def source_url(lesson: Lesson) -> str:
    """Where the lesson's file is on the web, without a fragment; empty where it does not say."""
    try:
        parts = urlsplit(lesson.url)
    except ValueError:
        return ""
    whole = parts.scheme in ("https", "http") and parts.hostname and "@" not in parts.netloc
    return lesson.url.partition("#")[0] if whole else ""


def begins_with_title(nodes: Sequence[Node]) -> bool:
    """Whether the lesson's first words are a heading of the first level, which is the page's own."""
    return bool(nodes) and nodes[0]["type"] == "heading" and nodes[0]["level"] == 1 and bool(nodes[0]["children"])


def clock(seconds: int) -> str:
    """`95` → `1:35`, `3725` → `1:02:05`."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}:{rest:02}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


class _LessonWriter(Writer):
    def __init__(self, lesson: Lesson, nodes: Sequence[Node], course: str, words: Messages) -> None:
        super().__init__()
        self._lesson = lesson
        self._course = course
        self._words = words
        self._url = source_url(lesson)
        self._pieces: Pieces = {}
        self._title_comes = begins_with_title(nodes)
        self._used = {heading.anchor for heading in lesson.headings}
        self._marks = sorted(lesson.marks, key=lambda mark: mark.start)
        self._marked = 0
        self._table: Node = {}
        self._cells: Iterator[tuple[Sequence[Node], int, int]] = iter(())

    def written(self, nodes: Iterable[Node]) -> Markup:
        return super().written(nodes) + Markup(self._ids(math.inf))  # noqa: S704 - made of `element` only

    def block(self, node: Node) -> str:
        return self._places(node["start"]) + super().block(node)

    def leaf(self, tag: str, children: Sequence[Node], node: Node, attributes: Mapping[str, object] = {}) -> str:
        return self._leaf(tag, children, node["start"], node["end"], attributes)

    def heading(self, node: Node) -> str:
        if not node["children"]:
            return ""
        level = 1 if self._title_comes else self.levels.next(node["level"])
        self._title_comes = False
        anchor = node["anchor"]
        made = self.leaf(f"h{level}", node["children"], node, {"id": anchor or None})
        if not anchor:
            return made
        name = self._words("address_of", heading="".join(_words_of(node["children"])))
        link = element("a", "", {"class": "anchor", "href": "#" + quote(anchor, safe=""), "aria-label": name})
        return element("div", made + link, {"class": "head"})

    def code(self, node: Node) -> str:
        pieces = code_pieces(self._lesson.text, node)
        place: dict[str, object] = {"data-s": runs(pieces, node["start"])}
        inside = coloured(node)
        if any(piece.whole for piece in pieces):
            inside = _whole("span", inside, pieces[0])
        words = self._ids(node["end"]) + element("pre", element("code", inside, place), {"dir": "ltr"})
        return element("div", words, {"class": "code", "data-language": node["language"] or None})

    def table(self, node: Node) -> str:
        self._table, self._cells = node, cells(self._lesson.text, node)
        return super().table(node)

    def cell(self, tag: str, children: Sequence[Node], side: str) -> str:
        attributes = {"class": side or None}
        if not children:
            return element(tag, "", attributes)
        for cell, start, end in self._cells:
            if cell is children:
                return self._leaf(tag, children, start, end, attributes)
        return self._leaf(tag, children, self._table["start"], self._table["end"], attributes)

    def word(self, node: Node) -> str:
        if node["type"] == "image":
            return _whole("span", escape(node["alt"]), self._pieces[id(node)][0], {"class": "picture"})
        return super().word(node)

    def text(self, node: Node) -> str:
        return "".join(
            _whole("span", escape(piece.shown), piece) if piece.whole else escape(piece.shown)
            for piece in self._pieces[id(node)]
        )

    def link(self, node: Node) -> str:
        if "href" in node:
            return super().link(node)
        fragment = quote(node["anchor"], safe="=")
        here = node["lesson"] == self._lesson.lesson and fragment
        href = f"#{fragment}" if here else lesson_path(self._course, node["lesson"], fragment)
        return element("a", self.inline(node["children"]), {"href": href})

    def formula(self, node: Node, attributes: Mapping[str, object] = {}) -> str:
        piece = self._pieces[id(node)][0]
        return super().formula(node, {**attributes, "data-a": f"{piece.start} {piece.end}"})

    def _leaf(self, tag: str, children: Sequence[Node], start: int, end: int, attributes: Mapping[str, object]) -> str:
        self._pieces = placed(self._lesson.text, children, start, end)
        place = runs((piece for pieces in self._pieces.values() for piece in pieces), start)
        return element(tag, self._ids(end) + self.inline(children), {**attributes, "data-s": place})

    def _places(self, start: int) -> str:
        """The pages, slides and times that begin with a block, to be seen and opened."""
        made = []
        while self._marked < len(self._marks) and self._marks[self._marked].start <= start:
            mark = self._marks[self._marked]
            self._marked += 1
            made.append(self._place(mark) if mark.kind in _SHOWN else self._empty(mark))
        return "".join(made)

    def _ids(self, end: float) -> str:
        """Empty elements for what begins before `end` and was not given its address yet."""
        made = []
        while self._marked < len(self._marks) and self._marks[self._marked].start < end:
            made.append(self._empty(self._marks[self._marked]))
            self._marked += 1
        return "".join(made)

    def _empty(self, mark: Mark) -> str:
        id_ = self._free(mark)
        return element("span", "", {"id": id_, "class": "spot"}) if id_ else ""

    def _place(self, mark: Mark) -> str:
        id_ = self._free(mark)
        if id_ is None:
            return ""
        fragment = _IDS[mark.kind].format(mark.label)
        time = mark.kind == "time" and mark.label.isdecimal()
        name = clock(int(mark.label)) if time else self._words(_SHOWN[mark.kind], number=mark.label)
        link = (
            {"href": f"{self._url}#{fragment}", "rel": "noopener noreferrer"} if self._url else {"href": f"#{fragment}"}
        )
        return element("p", element("a", escape(name), link), {"class": "place", "id": id_})

    def _free(self, mark: Mark) -> str | None:
        id_ = _IDS[mark.kind].format(mark.label)
        if id_ in self._used or id_.startswith(OWN) or not id_.strip():
            return None
        self._used.add(id_)
        return id_


def _words_of(nodes: Iterable[Node]) -> str:
    return "".join(
        _words_of(node["children"])
        if "children" in node
        else node.get("text") or node.get("tex") or node.get("alt", "")
        for node in nodes
    )


def _whole(tag: str, inside: str, piece: MappedSpan, attributes: Mapping[str, object] = {}) -> str:
    return element(tag, inside, {**attributes, "data-a": f"{piece.start} {piece.end}"})
