"""A page's tree → the element that holds its lesson, without what surrounds a lesson on a page."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.loaders.html_tree import Element

_TAGS_LEFT_OUT = frozenset(
    "style template noscript nav footer form button input select textarea dialog canvas object embed audio link meta "
    "svg rt rp del iframe head mjx-math frame frameset".split()
)
_ROLES_LEFT_OUT = frozenset(
    "navigation contentinfo search dialog alertdialog toolbar menubar menu doc-toc doc-pagelist".split()
)
_CLASSES_LEFT_OUT = frozenset(
    "nav navbar navigation menu toc breadcrumb breadcrumbs pagination pager chatbot disqus popup modal advert "
    "advertisement ads headerlink permalink anchorjs-link hash-link linenos lineno linenodiv gutter rouge-gutter "
    "line-numbers-rows hljs-ln-numbers copybtn skip-link skiplink sr-only visually-hidden screen-reader-text "
    "print-only pdf-only prev-next related-pages edit-page cc-window table-of-contents sphinxsidebar wy-nav-side "
    "theme-doc-toc-desktop theme-doc-toc-mobile mathjax mathjax_display mathjax_preview".split()
)
# As a word of a hyphenated class or id: "cookie-banner", "chat-widget". No lesson's box is named so.
_WORDS_LEFT_OUT = frozenset("cookie cookies consent gdpr chat chatbot intercom livechat newsletter".split())
_BOXES = frozenset({"div", "aside", "ul"})
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_PROSE = frozenset("p li pre td dd h1 h2 h3 h4 h5 h6 blockquote figcaption".split())
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_INTRODUCE = frozenset({*_HEADINGS, "p", "dt"})


@dataclass(slots=True)
class _Size:
    """Letters below an element: all, in links, in prose outside links."""

    all: int = 0
    linked: int = 0
    prose: int = 0

    @property
    def link_share(self) -> float:
        return self.linked / self.all if self.all else 1.0


def content(root: Element) -> Element:
    """The element that holds the lesson; removes from the tree what is no part of one.

    `main`, `article` and their like are taken at their word when they hold half of the page's prose or more;
    else it is the body, without its lists of links.
    """
    body = root.first("body") or root
    _prune(body, _sizes(body), whole=None)
    sizes = _sizes(body)
    _prune(body, sizes, whole=sizes[id(body)].prose)
    sizes = _sizes(body)
    whole = sizes[id(body)].prose
    best, most = body, 0
    for element in body.elements():
        is_main = element.tag in ("main", "article") or element.get("role") == "main"
        prose = sizes[id(element)].prose
        # Of two that hold the same prose, the inner one (it comes later) has less around it.
        if (is_main or element.get("itemprop") == "articleBody") and prose * 2 >= whole and prose * 100 >= most * 95:
            best, most = element, max(prose, most)
    if best is body:
        _drop_menus(body, sizes)
    return best


def _sizes(element: Element) -> dict[int, _Size]:
    sizes: dict[int, _Size] = {}

    def measure(element: Element, *, in_prose: bool, in_link: bool) -> _Size:
        size = _Size()
        in_prose = in_prose or element.tag in _PROSE
        in_link = in_link or (element.tag == "a" and "href" in element.attributes)
        for child in element.children:
            if isinstance(child, Element):
                inner = measure(child, in_prose=in_prose, in_link=in_link)
                size.all += inner.all
                size.linked += inner.linked
                size.prose += inner.prose
                continue
            letters = len("".join(child.split()))
            size.all += letters
            size.linked += letters * in_link
            size.prose += letters * (in_prose and not in_link)
        sizes[id(element)] = size
        return size

    measure(element, in_prose=False, in_link=False)
    return sizes


def _prune(parent: Element, sizes: dict[int, _Size], whole: int | None) -> None:
    """Remove, below `parent`, what its tag says is no lesson; or with `whole` given, what its names say."""
    kept: list[Element | str] = []
    for child in parent.children:
        if isinstance(child, Element):
            size = sizes[id(child)]
            if whole is None:
                unwanted = _says_tag(child)
            else:
                # A page whose whole text is "hidden" (until a script shows it) or "menu" has misnamed its lesson.
                unwanted = (not whole or size.prose * 2 < whole) and _say_names(child, size)
            if unwanted:
                continue
            _prune(child, sizes, whole)
        kept.append(child)
    parent.children = kept


def _says_tag(element: Element) -> bool:
    if element.tag == "script":
        return not element.get("type").startswith("math/tex")
    if element.tag == "iframe":
        return not element.get("title")
    return element.tag in _TAGS_LEFT_OUT or element.get("role").lower() in _ROLES_LEFT_OUT


def _say_names(element: Element, size: _Size) -> bool:
    attributes = element.attributes
    hidden = "hidden" in attributes or attributes.get("aria-hidden") == "true" or _HIDDEN.search(element.get("style"))
    if hidden or attributes.get("aria-modal") == "true":
        return True
    classes = element.classes
    if any(name in _CLASSES_LEFT_OUT for name in classes) or (element.tag in _BOXES and _has_word(*classes)):
        return True
    # An aside beside a lesson is mostly links; a box inside a lesson ("sidebar" in a book) is mostly prose.
    if (element.tag == "aside" or any("sidebar" in name for name in classes)) and size.link_share > 0.5:
        return True
    # An id may be made of a heading's words: "cookies-and-sessions".
    return element.tag in _BOXES and _has_word(element.get("id").lower()) and element.first(*_HEADINGS) is None


def _has_word(*names: str) -> bool:
    return any(word in _WORDS_LEFT_OUT for name in names for word in re.split("[-_]+", name))


def _drop_menus(parent: Element, sizes: dict[int, _Size]) -> None:
    """Remove lists of links that no heading or paragraph introduces."""
    kept: list[Element | str] = []
    before = ""
    for child in parent.children:
        if isinstance(child, Element):
            links = sum(found.tag == "a" for found in child.elements())
            is_menu = child.tag in ("ul", "ol", "div", "table") and sizes[id(child)].link_share > 0.8 and links >= 4
            if is_menu and before not in _INTRODUCE and child.first(*_HEADINGS, "p", "pre") is None:
                continue
            before = child.tag
            _drop_menus(child, sizes)
        kept.append(child)
    parent.children = kept
