"""The closed vocabulary that answers and lessons are drawn from: JSON values, each with a `type`.

Pages make elements and text of them and need no parser, and there is nothing to sanitize: a node holds
words, numbers and names from fixed lists; the only addresses are a lesson's path and `https` to a host that the course
allows. Offsets count code points of the Markdown that was drawn, end exclusive.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

from tutor.rendering.highlighting import CLASSES
from tutor.rendering.maths import MathElement, is_mathml

MAX_DEPTH = 16
"""How deep nodes lie within one another at most."""


class Text(TypedDict):
    """Words; with `start` they are the source's own from there on."""

    type: Literal["text"]
    text: str
    start: NotRequired[int]


class InlineCode(TypedDict):
    """Code among words; `start` as in Text."""

    type: Literal["inline_code"]
    text: str
    start: NotRequired[int]


class Marked(TypedDict):
    """Words that are stressed or struck out."""

    type: Literal["emphasis", "strong", "strike"]
    children: list[Inline]


class LessonLink(TypedDict):
    """Words that lead to a lesson of the course, to its start where the anchor is empty."""

    type: Literal["link"]
    lesson: str
    anchor: str
    children: list[Inline]


class HostLink(TypedDict):
    """Words that lead to a host which the course allows, always over https."""

    type: Literal["link"]
    href: str
    children: list[Inline]


class InlineMath(TypedDict):
    """A formula among words; where `mathml` is null, its TeX is shown."""

    type: Literal["math"]
    display: Literal[False]
    tex: str
    mathml: MathElement | None


class CitationMark(TypedDict):
    """The mark of a citation of this answer."""

    type: Literal["citation"]
    number: int


class Break(TypedDict):
    """A new line within a paragraph."""

    type: Literal["break"]


class Image(TypedDict):
    """The words that stand for a picture."""

    type: Literal["image"]
    alt: str


class Paragraph(TypedDict):
    """Running words."""

    type: Literal["paragraph"]
    children: list[Inline]
    start: int
    end: int


class HeadingNode(TypedDict):
    """A heading; a lesson's has its anchor."""

    type: Literal["heading"]
    level: int
    anchor: str
    children: list[Inline]
    start: int
    end: int


class ListNode(TypedDict):
    """Items, each of blocks; `first` is the first number of an ordered list."""

    type: Literal["list"]
    ordered: bool
    first: int
    items: list[list[Block]]
    start: int
    end: int


class Code(TypedDict):
    """A code block as runs of a class of `highlighting.CLASSES` and text; all text together is the code."""

    type: Literal["code"]
    language: str
    tokens: list[tuple[str, str]]
    start: int
    end: int


class Table(TypedDict):
    """A table; `align` has one item per column. A row may be shorter than the head: its last cells are empty."""

    type: Literal["table"]
    align: list[Literal["", "left", "center", "right"]]
    head: list[list[Inline]]
    rows: list[list[list[Inline]]]
    start: int
    end: int


class Quote(TypedDict):
    """Blocks that are quoted."""

    type: Literal["quote"]
    children: list[Block]
    start: int
    end: int


class Rule(TypedDict):
    """A line across."""

    type: Literal["rule"]
    start: int
    end: int


class DisplayMath(TypedDict):
    """A formula on its own; where `mathml` is null, its TeX is shown."""

    type: Literal["math"]
    display: Literal[True]
    tex: str
    mathml: MathElement | None
    start: int
    end: int


Inline: TypeAlias = Text | InlineCode | Marked | LessonLink | HostLink | InlineMath | CitationMark | Break | Image
Block: TypeAlias = Paragraph | HeadingNode | ListNode | Code | Table | Quote | Rule | DisplayMath

_Check = Callable[[Any, int], bool]


def is_node(value: Any, depth: int = 0) -> bool:
    """Whether `value` is a block of the vocabulary and nothing but that, all the way down."""
    return _fits(value, _BLOCKS, depth, required={"start": _count, "end": _count}, optional={})


def _is_inline(value: Any, depth: int) -> bool:
    return _fits(value, _INLINES, depth, required={}, optional={"start": _count})


def _fits(
    value: Any,
    kinds: dict[str, list[dict[str, _Check]]],
    depth: int,
    *,
    required: dict[str, _Check],
    optional: dict[str, _Check],
) -> bool:
    if not isinstance(value, dict) or depth > MAX_DEPTH or not isinstance(value.get("type"), str):
        return False
    for fields in kinds.get(value["type"], []):
        needed = fields | required
        allowed = needed | (optional if value["type"] in ("text", "inline_code") else {})
        if needed.keys() <= value.keys() - {"type"} <= allowed.keys():
            return all(allowed[name](item, depth + 1) for name, item in value.items() if name != "type")
    return False


def _is_mathml(value: Any, depth: int) -> bool:
    return value is None or is_mathml(value)


def _is_tokens(value: Any, depth: int) -> bool:
    return isinstance(value, list) and all(
        isinstance(run, (list, tuple)) and len(run) == 2 and run[0] in CLASSES and isinstance(run[1], str)
        for run in value
    )


def _text(value: Any, depth: int) -> bool:
    return isinstance(value, str)


def _count(value: Any, depth: int) -> bool:
    return type(value) is int and value >= 0


def _is(*allowed: Any) -> _Check:
    return lambda value, depth: any(value is item or (isinstance(item, str) and value == item) for item in allowed)


def _href(value: Any, depth: int) -> bool:
    return isinstance(value, str) and value.startswith("https://")


def _each(check: _Check) -> _Check:
    return lambda value, depth: isinstance(value, list) and all(check(item, depth) for item in value)


_INLINE_LIST = _each(_is_inline)
_MATH: dict[str, _Check] = {"tex": _text, "mathml": _is_mathml}
_LINK: dict[str, _Check] = {"children": _INLINE_LIST}
_BLOCKS: dict[str, list[dict[str, _Check]]] = {
    "paragraph": [{"children": _INLINE_LIST}],
    "heading": [{"level": _count, "anchor": _text, "children": _INLINE_LIST}],
    "list": [{"ordered": _is(True, False), "first": _count, "items": _each(_each(is_node))}],
    "code": [{"language": _text, "tokens": _is_tokens}],
    "table": [
        {
            "align": _each(_is("", "left", "center", "right")),
            "head": _each(_INLINE_LIST),
            "rows": _each(_each(_INLINE_LIST)),
        }
    ],
    "quote": [{"children": _each(is_node)}],
    "rule": [{}],
    "math": [{"display": _is(True)} | _MATH],
}
_INLINES: dict[str, list[dict[str, _Check]]] = {
    "text": [{"text": _text}],
    "inline_code": [{"text": _text}],
    "emphasis": [{"children": _INLINE_LIST}],
    "strong": [{"children": _INLINE_LIST}],
    "strike": [{"children": _INLINE_LIST}],
    "link": [_LINK | {"lesson": _text, "anchor": _text}, _LINK | {"href": _href}],
    "math": [{"display": _is(False)} | _MATH],
    "citation": [{"number": _count}],
    "break": [{}],
    "image": [{"alt": _text}],
}
