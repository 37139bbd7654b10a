"""Nodes → HTML that can neither run nor fetch anything; answers lead nowhere but to their own citations.

Every word is escaped, every name comes from a fixed list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from markupsafe import Markup

from tutor.rendering.incremental import answer_nodes
from tutor.rendering.maths import MathElement

Node = Mapping[str, Any]

_MARKS = {"emphasis": "em", "strong": "strong", "strike": "s"}


def answer_html(markdown: str, numbers: frozenset[int]) -> Markup:
    """An answer; its markers `[1]` become links to `#citation-1` where `numbers` has them."""
    return _AnswerWriter().written(answer_nodes(markdown, numbers))


def quote_html(markdown: str) -> Markup:
    """A quote of a lesson."""
    return answer_html(markdown, frozenset())


def element(tag: str, inside: str, attributes: Mapping[str, object] | None = None) -> str:
    """An element around HTML; attributes that are None are left out, those that are "" stand without a value."""
    given = "".join(
        f' {name}="{escape(str(value))}"' if value != "" else f" {name}"
        for name, value in (attributes or {}).items()
        if value is not None
    )
    return f"<{tag}{given}>{inside}</{tag}>"


class Levels:
    """The levels of a page's headings below its own: each one below the heading that it stands under.

    What a text leaves out between two levels is not missed.
    """

    def __init__(self) -> None:
        self._open: list[int] = []

    def next(self, level: int) -> int:
        """The level on the page, from 2, of the next heading of the text, which gives it `level`."""
        while self._open and self._open[-1] >= level:
            self._open.pop()
        self._open.append(level)
        return min(1 + len(self._open), 6)


class Writer:
    """Writes blocks one after another, once; what an answer and a lesson write each in their own way is theirs."""

    def __init__(self) -> None:
        self.levels = Levels()

    def written(self, nodes: Iterable[Node]) -> Markup:
        """The HTML of blocks."""
        return Markup("".join(map(self.block, nodes)))  # noqa: S704 - every part of it is escaped here

    def block(self, node: Node) -> str:
        """The HTML of a block."""
        match node["type"]:
            case "paragraph":
                return self.leaf("p", node["children"], node)
            case "heading":
                return self.heading(node)
            case "list":
                items = "".join(element("li", "".join(map(self.block, item))) for item in node["items"])
                return element("ol", items, {"start": node["first"]}) if node["ordered"] else element("ul", items)
            case "quote":
                return element("blockquote", "".join(map(self.block, node["children"])))
            case "code":
                return self.code(node)
            case "table":
                return self.table(node)
            case "math":
                return self.leaf("p", [node], node, {"class": "formula"})
        return "<hr>"

    def leaf(self, tag: str, children: Sequence[Node], node: Node, attributes: Mapping[str, object] = {}) -> str:
        """An element that holds words."""
        return element(tag, self.inline(children), attributes)

    def heading(self, node: Node) -> str:
        """A heading; the page's own is the first."""
        return self.leaf(f"h{self.levels.next(node['level'])}", node["children"], node)

    def code(self, node: Node) -> str:
        """A code block."""
        return element("pre", element("code", coloured(node)), {"dir": "ltr"})

    def table(self, node: Node) -> str:
        """A table, in a frame that can be scrolled."""
        sides = node["align"]

        def row(tag: str, cells: Sequence[Any]) -> str:
            padded = [*cells, *([[]] * (len(sides) - len(cells)))]
            made = (self.cell(tag if cell else "td", cell, side) for cell, side in zip(padded, sides, strict=False))
            return element("tr", "".join(made))

        # A head without words heads nothing.
        head = element("thead", row("th", node["head"]))
        body = element("tbody", "".join(row("td", cells) for cells in node["rows"]))
        return element("div", element("table", head + body), {"class": "scroll"})

    def cell(self, tag: str, children: Sequence[Node], side: str) -> str:
        """A cell of a table, its words at `side`."""
        return element(tag, self.inline(children), {"class": side or None})

    def inline(self, nodes: Iterable[Node]) -> str:
        """The HTML of words."""
        return "".join(map(self.word, nodes))

    def word(self, node: Node) -> str:
        """The HTML of one inline node."""
        match node["type"]:
            case "inline_code":
                return element("code", self.text(node))
            case "emphasis" | "strong" | "strike":
                return element(_MARKS[node["type"]], self.inline(node["children"]))
            case "link":
                return self.link(node)
            case "math":
                return self.formula(node)
            case "citation":
                return self.citation(node["number"])
            case "break":
                return "<br>"
            case "image":
                return element("span", escape(node["alt"]), {"class": "picture"})
        return self.text(node)

    def text(self, node: Node) -> str:
        """Words as they are."""
        return escape(node["text"])

    def link(self, node: Node) -> str:
        """A link to a host that the course allows; to a lesson, only the words."""
        words = self.inline(node["children"])
        return element("a", words, {"href": node["href"], "rel": "noopener noreferrer"}) if "href" in node else words

    def citation(self, number: int) -> str:
        """The mark of a citation; lessons have none."""
        return ""

    def formula(self, node: Node, attributes: Mapping[str, object] = {}) -> str:
        """A formula, as its TeX where it cannot be drawn."""
        if not node["mathml"]:
            return element("code", escape(node["tex"]), attributes)
        return _mathml(node["mathml"], attributes)


def coloured(node: Node) -> str:
    """The words of a code block, with their classes."""
    return "".join(
        element("span", escape(text), {"class": name}) if name else escape(text) for name, text in node["tokens"]
    )


class _AnswerWriter(Writer):
    def __init__(self) -> None:
        super().__init__()
        self._seen: set[int] = set()

    def citation(self, number: int) -> str:
        # The way back from a citation leads to its first mark.
        place = None if number in self._seen else f"mark-{number}"
        self._seen.add(number)
        attributes = {"href": f"#citation-{number}", "id": place, "aria-label": f"citation {number}"}
        return element("sup", element("a", str(number), attributes))


def _mathml(tree: MathElement, attributes: Mapping[str, object] = {}) -> str:
    inside = "".join(map(_mathml, tree["children"])) if "children" in tree else escape(tree["text"])
    return element(tree["tag"], inside, {**tree["attributes"], **attributes})
