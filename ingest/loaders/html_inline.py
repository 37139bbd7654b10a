"""What stands in a line of HTML → runs: words, emphasis, code, links, images, maths."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from ingest.loaders.draft import escape
from ingest.loaders.html_tree import Element
from ingest.loaders.runs import Run

_CODE = frozenset({"code", "kbd", "samp", "tt", "var"})
_TEX = re.compile(
    r"\\\((?P<inline>.*)\\\)|\\\[(?P<display>.*)\\\]|\$\$(?P<dollars>.*)\$\$|\$(?P<dollar>.*)\$", re.DOTALL
)
_PILCROW = frozenset({"¶", "#", "🔗", "§", "link"})
_VIDEO = re.compile(r"^(?:https?:)?//(?:[\w-]+\.)*(?:youtube(?:-nocookie)?\.com|youtu\.be|vimeo\.com)/", re.IGNORECASE)

Anchors = Callable[[str], str]
"""Marks the place of an element id: `Draft.anchor`, the first time it sees the id; afterwards no words."""


def runs(element: Element, anchors: Anchors, look: Run | None = None) -> Iterator[Run]:
    """The element as runs, its anchor first; blocks inside it run on."""
    look = look or Run("")
    yield from anchor(element, anchors)
    tag = element.tag
    if tag == "br":
        yield replace(look, words="\n", code=False)
    elif tag == "img":
        yield from _image(element, look)
    elif is_maths(element):
        tex = maths(element)
        if tex:
            yield Run(f"$${tex}$$" if is_display(element) else f"${tex}$", raw=True, href=look.href)
    elif is_video(element):
        yield replace(look, words=video_title(element), href=video_address(element))
    elif tag == "a" and is_permalink(element):
        return
    else:
        yield from _inner(element, anchors, _look(element, look))


def anchor(element: Element, anchors: Anchors) -> Iterator[Run]:
    """The mark of the element's id, if it has one."""
    label = element.get("id") or (element.get("name") if element.tag == "a" else "")
    mark = anchors(label) if label else ""
    if mark:
        yield Run(mark, raw=True)


def _inner(element: Element, anchors: Anchors, look: Run) -> Iterator[Run]:
    for child in element.children:
        if isinstance(child, str):
            yield replace(look, words=re.sub(r"[ \t\n\r\f]+", " ", child))
        else:
            yield from runs(child, anchors, look)


def _look(element: Element, look: Run) -> Run:
    tag = element.tag
    if tag in ("b", "strong"):
        return replace(look, bold=True)
    if tag in ("i", "em", "cite", "dfn"):
        return replace(look, italic=True)
    if tag in _CODE:
        return replace(look, code=True)
    if tag == "a" and element.get("href"):
        return replace(look, href=element.get("href").strip())
    return look


def _image(element: Element, look: Run) -> Iterator[Run]:
    alt = re.sub(r"\s+", " ", element.get("alt")).strip()
    source = (element.get("src") or element.get("data-src")).strip()
    if source.startswith("data:") and element.get("data-src"):
        source = element.get("data-src").strip()
    if source and not source.startswith("data:"):
        source = re.sub(r"[\s()<>]", lambda match: f"%{ord(match[0]):02X}", source)
        yield Run(f"![{escape(alt).replace('[', '(').replace(']', ')')}]({source})", raw=True)
    elif alt:
        yield replace(look, words=alt)


def is_permalink(element: Element) -> bool:
    """Whether the link is only the sign beside a heading that links to the heading."""
    return element.get("href").startswith("#") and element.text().strip().lower() in _PILCROW


def is_maths(element: Element) -> bool:
    """Whether the element is an equation: MathML, LaTeX in a script, or what a builder marks as one."""
    if element.tag in ("math", "mjx-container"):
        return True
    if element.tag == "script":
        return element.get("type").startswith("math/tex")
    if element.get("data-type") == "equation" or "katex" in element.classes:
        return True
    return "math" in element.classes and element.tag in ("span", "div") and bool(_TEX.search(element.text()))


def is_display(element: Element) -> bool:
    """Whether the equation stands on a line of its own."""
    if element.tag in ("script", "math", "mjx-container"):
        whole = element.get("type") + element.get("display")
        return "mode=display" in whole or whole in ("block", "true") or "block" in element.get("mode")
    match = _TEX.search(element.text())
    display = match is not None and (match["display"] or match["dollars"]) is not None
    return element.tag == "div" or display or bool({"display", "math-display"} & set(element.classes))


def maths(element: Element) -> str:
    """The LaTeX of an equation; the words of MathML that says none."""
    for found in element.elements():
        if found.tag == "annotation" and found.get("encoding").lower() in ("application/x-tex", "latex", "tex"):
            return _line(found.text())
    for found in element.elements():
        if found.tag == "math" and (found.get("alttext") or found.get("data-tex")):
            return _line(found.get("alttext") or found.get("data-tex"))
    text = element.text()
    match = _TEX.fullmatch(text.strip())
    if match:
        text = next(group for group in match.groups() if group is not None)
    return _line(text)


def _line(tex: str) -> str:
    return re.sub(r"\s+", " ", tex).strip()


def is_video(element: Element) -> bool:
    """Whether the element shows a video from elsewhere that has a title."""
    return bool(video_title(element) and video_address(element))


def video_title(element: Element) -> str:
    """The title of a video, or no words."""
    return element.get("title" if element.tag == "iframe" else "data-title").strip()


def video_address(element: Element) -> str:
    """The address of a video, or no words."""
    address = element.get("src") if element.tag == "iframe" else element.get("href")
    if element.tag not in ("iframe", "div", "span") or (element.tag == "iframe" and not _VIDEO.match(address)):
        return ""
    return address
