"""Lessons' and answers' Markdown → HTML that can neither run, fetch nor lead anywhere but to its own citations.

It is made of the nodes that other pages draw too; every word is escaped, every name comes from a fixed list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from tutor.maths import MathElement
from tutor.rendering import answer_nodes

_MARKS = {"emphasis": "em", "strong": "strong", "strike": "s"}


def answer_html(markdown: str, numbers: frozenset[int]) -> Markup:
    """An answer; its markers `[1]` become links to `#citation-1` where `numbers` has them."""
    seen: set[int] = set()
    return _join(_block(node, seen) for node in answer_nodes(markdown, numbers))


def quote_html(markdown: str) -> Markup:
    """A quote of a lesson."""
    return answer_html(markdown, frozenset())


def _join(parts: Any) -> Markup:
    return Markup("").join(parts)


def _block(node: Mapping[str, Any], seen: set[int]) -> Markup:
    match node["type"]:
        case "paragraph":
            return _element("p", _inline(node["children"], seen))
        case "heading":
            # The page's own heading is the first.
            return _element(f"h{min(node['level'] + 1, 6)}", _inline(node["children"], seen))
        case "list":
            items = (_element("li", _join(_block(child, seen) for child in item)) for item in node["items"])
            if not node["ordered"]:
                return _element("ul", _join(items))
            return _element("ol", _join(items), start=node["first"])
        case "quote":
            return _element("blockquote", _join(_block(child, seen) for child in node["children"]))
        case "code":
            runs = (
                _element("span", text, **{"class": name}) if name else escape(text) for name, text in node["tokens"]
            )
            return _element("pre", _element("code", _join(runs)))
        case "table":
            return _table(node, seen)
        case "math":
            return _element("p", _formula(node), **{"class": "formula"})
    return Markup("<hr>")


def _table(node: Mapping[str, Any], seen: set[int]) -> Markup:
    def row(tag: str, cells: Sequence[Any]) -> Markup:
        padded = [*cells, *([[]] * (len(node["align"]) - len(cells)))]
        return _element(
            "tr",
            _join(
                _element(tag, _inline(cell, seen), **({"class": side} if side else {}))
                for cell, side in zip(padded, node["align"], strict=False)
            ),
        )

    head = _element("thead", row("th", node["head"]))
    return _element("table", head + _element("tbody", _join(row("td", cells) for cells in node["rows"])))


def _inline(nodes: Sequence[Any], seen: set[int]) -> Markup:
    return _join(_word(node, seen) for node in nodes)


def _word(node: Mapping[str, Any], seen: set[int]) -> Markup:
    match node["type"]:
        case "inline_code":
            return _element("code", node["text"])
        case "emphasis" | "strong" | "strike":
            return _element(_MARKS[node["type"]], _inline(node["children"], seen))
        case "link":
            words = _inline(node["children"], seen)
            return _element("a", words, href=node["href"], rel="noopener noreferrer") if "href" in node else words
        case "math":
            return _formula(node)
        case "citation":
            return _mark(node["number"], seen)
        case "break":
            return Markup("<br>")
        case "image":
            return _element("span", node["alt"], **{"class": "picture"})
    return escape(node["text"])


def _mark(number: int, seen: set[int]) -> Markup:
    # The way back from a citation leads to its first mark.
    place = {} if number in seen else {"id": f"mark-{number}"}
    seen.add(number)
    link = _element("a", str(number), href=f"#citation-{number}", **place, **{"aria-label": f"citation {number}"})
    return _element("sup", link)


def _formula(node: Mapping[str, Any]) -> Markup:
    return _mathml(node["mathml"]) if node["mathml"] else _element("code", node["tex"])


def _mathml(element: MathElement) -> Markup:
    inside = _join(map(_mathml, element["children"])) if "children" in element else escape(element["text"])
    return _element(element["tag"], inside, **element["attributes"])


def _element(tag: str, inside: Markup | str, **attributes: object) -> Markup:
    given = _join(Markup(' {}="{}"').format(name, value) for name, value in attributes.items())
    return Markup("<{}{}>{}</{}>").format(tag, given, inside, tag)
