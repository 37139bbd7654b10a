"""HTML as a tree of plain values: elements with their children, no deeper than Python can walk."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest.loaders.runs import without_private
from tutor.errors import LessonUnreadable

MAX_DEPTH = 120
MAX_OPEN_TAGS = 2_000
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)")
# A browser closes these by itself when the next one opens, or never opens them.
_SELF_CLOSING = frozenset(
    "p li dt dd tr td th thead tbody tfoot option optgroup colgroup caption rt rp html head body "
    "area base br col embed hr img input link meta source track wbr".split()
)


@dataclass(slots=True, eq=False)
class Element:
    """A tag with what stands between its start and its end: elements and texts, in order."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    def get(self, name: str) -> str:
        """The attribute `name`, or no words."""
        return self.attributes.get(name, "")

    @property
    def classes(self) -> list[str]:
        """The names in `class`, in lower case."""
        return self.get("class").lower().split()

    def elements(self) -> Iterator[Element]:
        """This element and all below it, in document order."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.elements()

    def first(self, *tags: str) -> Element | None:
        """The first element below this one with one of the tags."""
        return next((found for found in self.elements() if found.tag in tags and found is not self), None)

    def text(self) -> str:
        """All text below, spaces as they are."""
        return "".join(child if isinstance(child, str) else child.text() for child in self.children)


def parsed(html: str) -> Element:
    """The root of the tree of `html`; what lies deeper than MAX_DEPTH is raised to that depth.

    Raises LessonUnreadable when tags stay open by the thousand: parsing takes the square of their number.
    """
    balance = Counter[str]()
    for closing, name in _TAG.findall(html):
        balance[name.lower()] += -1 if closing else 1
    for name, count in balance.items():
        if count > MAX_OPEN_TAGS and name not in _SELF_CLOSING:
            raise LessonUnreadable(f"opens <{name}> {count} times more often than it closes it; close these tags")
    tree = LexborHTMLParser(html)
    root = Element("-root")
    node = tree.root
    path: list[tuple[LexborNode | None, Element]] = [(node, root)] if node is not None else []
    while path:
        node, parent = path.pop()
        if node is None:
            continue
        path.append((node.next, parent))
        if node.is_text_node:
            parent.children.append(without_private(node.text_content or ""))
        elif node.is_element_node:
            attributes = {name: without_private(value or "") for name, value in node.attributes.items()}
            element = Element(node.tag or "", attributes)
            parent.children.append(element)
            path.append((node.first_child, element if len(path) < MAX_DEPTH else parent))
    return root
