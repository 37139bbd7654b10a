"""Inline nodes of a docutils tree → inline Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable

from docutils import nodes

from ingest.loaders.draft import LessonDraft, escape

_RAISED = str.maketrans("0123456789+-=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ")
_LOWERED = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")


class Inline:
    """Writes the inline nodes of one document."""

    def __init__(self, draft: LessonDraft, tree: nodes.document) -> None:
        self._draft = draft
        self._tree = tree

    def text(self, children: Iterable[nodes.Node]) -> str:
        """The Markdown of inline nodes, on one line."""
        return re.sub(r"\s+", " ", "".join(self._one(child) for child in children)).strip()

    def _one(self, node: nodes.Node) -> str:
        if isinstance(node, nodes.Text):
            return escape(node.astext())  # which, unlike str(), knows of escaped spaces
        if not isinstance(node, nodes.Element):
            return ""
        # The names of links to elsewhere are no places, nor are the ways back from footnotes.
        place = "refuri" not in node and not isinstance(node, (nodes.footnote_reference, nodes.citation_reference))
        anchors = "".join(map(self._draft.anchor, ids(node))) if place else ""
        return anchors + self._element(node)

    def _element(self, node: nodes.Element) -> str:
        match node:
            case nodes.literal():
                return code(node.astext())
            case nodes.math():
                return f"${node.astext().strip()}$"
            case nodes.emphasis() | nodes.title_reference():
                return _around("*", self._inner(node))
            case nodes.strong():
                return _around("**", self._inner(node))
            case nodes.superscript():
                return _shifted(node.astext(), _RAISED, "^")
            case nodes.subscript():
                return _shifted(node.astext(), _LOWERED, "_")
            case nodes.image():
                alt = re.sub(r"\s+", " ", node.get("alt", "")).strip()
                return f"![{escape(alt).replace(']', '')}]({_url(node.get('uri', ''))})" if alt else ""
            case nodes.reference():
                return self._link(node)
            case nodes.footnote_reference() | nodes.citation_reference():
                return f"\\[{escape(node.astext())}\\]"
            case nodes.inline() if "refname" in node:
                return self._sphinx_reference(node)
            case nodes.raw() | nodes.comment() | nodes.substitution_definition() | nodes.system_message():
                return ""
            case _:
                return self._inner(node)

    def _inner(self, node: nodes.Element) -> str:
        return "".join(self._one(child) for child in node.children)

    def _link(self, node: nodes.Element) -> str:
        words = self._inner(node)
        target = node.get("refuri") or (f"#{node['refid']}" if node.get("refid") else "")
        if not target or not words.strip() or "](" in words:
            return words
        return f"[{words.strip()}]({_url(target)})"

    def _sphinx_reference(self, node: nodes.Element) -> str:
        label = str(node["refname"])
        label_id = self._tree.nameids.get(nodes.fully_normalize_name(label))
        element = self._tree.ids.get(label_id) if label_id else None
        words = node.astext()
        if not node.get("titled") and node.get("role") not in ("term", "abbr", "download", "any"):
            if isinstance(element, nodes.section) and element.children:
                words = element.children[0].astext()
            else:
                words = re.sub(r"[-_]+", " ", words.rsplit("/", 1)[-1])
        words = escape(words)
        return f"[{words}](#{label_id})" if label_id and element is not None else words


def ids(node: nodes.Element) -> list[str]:
    """The element ids under which other texts link to `node`."""
    labels: list[str] = node.get("ids", [])
    return labels


def code(text: str) -> str:
    """`text` as a code span, with as many backticks as it needs."""
    text = re.sub(r"\s+", " ", text).strip()
    if not text:
        return ""
    ticks = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    space = " " if text[0] == "`" or text[-1] == "`" else ""
    return f"{ticks}{space}{text}{space}{ticks}"


def _around(sign: str, words: str) -> str:
    inner = words.strip()
    if not inner or "*" in re.sub(r"\\.", "", inner):
        return words
    return words.replace(inner, f"{sign}{inner}{sign}", 1)


def _shifted(text: str, table: dict[int, int], sign: str) -> str:
    shifted = text.translate(table)
    changed = all(ord(character) in table for character in text)
    return shifted if changed else escape(f"{sign}{text}")


def _url(target: str) -> str:
    return re.sub(r"[\s()<>]", lambda match: f"%{ord(match[0]):02X}" if ord(match[0]) < 128 else "", target)
