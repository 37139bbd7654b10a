"""Lessons' and answers' Markdown → HTML that can neither run, fetch nor lead anywhere but to its own citations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markupsafe import Markup

_MARKER = re.compile(r"\[(\d{1,3})\]")


def answer_html(markdown: str, numbers: frozenset[int]) -> Markup:
    """An answer; its markers `[1]` become links to `#citation-1` where `numbers` has them."""
    return Markup(_parser().render(markdown, {"numbers": numbers}))  # noqa: S704 - raw HTML is off, see `_parser`


def quote_html(markdown: str) -> Markup:
    """A quote of a lesson."""
    return answer_html(markdown, frozenset())


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    # Text in angle brackets is shown as text; links and pictures of lessons keep their words and lose their target.
    for rule in ("link_open", "link_close"):
        parser.add_render_rule(rule, _nothing)
    parser.add_render_rule("image", _words_of_picture)
    parser.add_render_rule("text", _text)
    return parser


def _nothing(self: RendererHTML, tokens: Sequence[Any], index: int, options: Any, env: Any) -> str:
    return ""


def _words_of_picture(self: RendererHTML, tokens: Sequence[Any], index: int, options: Any, env: Any) -> str:
    return escapeHtml(tokens[index].content)


def _text(self: RendererHTML, tokens: Sequence[Any], index: int, options: Any, env: Any) -> str:
    numbers = env.get("numbers", frozenset())

    def linked(marker: re.Match[str]) -> str:
        number = marker[1]
        if int(number) not in numbers:
            return marker[0]
        return f'<sup><a href="#citation-{number}" id="mark-{number}" aria-label="citation {number}">{number}</a></sup>'

    return _MARKER.sub(linked, escapeHtml(tokens[index].content))
