"""The Markdown that answers and lessons are read as: CommonMark with tables, struck words and formulas.

What looks ahead is left out, so that a block which another one follows never changes: reference definitions, raw HTML
(shown as text), and in answers underlined headings. Inline tokens know their place: `meta["at"]`.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any, Literal

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

# Some of reading inline markup takes the square of a paragraph's length: longer ones are read in pieces, and where
# every few characters are markup, in short pieces.
_MAX_INLINE = 6000
_MAX_DENSE = 500
_MARKUP = re.compile(r"[\[\]!*_~\\<`$&]")
_MAX_NESTED = 20
_MAX_NESTED_INLINE = 8
_MAX_FORMULA = 4000
_SINGLE = re.compile(r"\$(?![\s$])((?:[^$\\\n]|\\[^\n]){1,1000}+)(?<!\s)\$(?!\d)")
_DOUBLE = re.compile(r"\$\$((?:[^$\\]|\\.){1,4000}+)\$\$", re.DOTALL)
# "$5/month to 10$" and "$3 per million and 5$" are two prices.
_PRICE = re.compile(r"\d[\d.,]*\+?[kKmMbB]?(?:\s*[-–/]\s*|\s+)[A-Za-z]{2,}[^\\^_={}]*")
# Brackets that somebody escaped hold words or a number; formulas hold signs or are as short as a variable.
_FORMULA = re.compile(r"[\\^_={}+<>|*/]|^[^\W\d_]{1,2}$|^[^\W\d_]\(.*\)$|\d\s*-\s*\w|\w\s*-\s*\d")
# After a formula on its own: a stop, or the number of the equation.
_TAIL = re.compile(r"\s*([.,;:]?)\s*(?:\(\w{1,8}\))?\s*")


def block_tokens(text: str, *, underlined: bool = False) -> list[Token]:
    """The block tokens of `text`, each with its lines in `map`; `underlined` headings are read in lessons only."""
    found: list[Token] = []
    parser = _parser(underlined, _MAX_NESTED)
    parser.block.parse(text, parser, {}, found)
    return found


def inline_tokens(text: str) -> list[tuple[int, Token]]:
    """The inline tokens of a paragraph, each with the place in `text` where it begins."""
    parser = _parser(False, _MAX_NESTED_INLINE)
    found: list[tuple[int, Token]] = []
    limit = _MAX_DENSE if len(_MARKUP.findall(text)) > max(150, len(text) // 8) else _MAX_INLINE
    begin = 0
    while begin < len(text):
        end = _cut(text, begin, begin + limit)
        tokens: list[Token] = []
        parser.inline.parse(text[begin:end], parser, {}, tokens)
        found.extend((begin + token.meta.get("at", 0), token) for token in tokens)
        begin = end
    return found


def _cut(text: str, begin: int, end: int) -> int:
    if end >= len(text):
        return len(text)
    space = max(text.rfind("\n", begin + 1, end), text.rfind(" ", begin + 1, end))
    return space + 1 if space > begin else end


class _PlacedState(StateInline):
    """Notes where in the source each token begins."""

    begun = 0

    def append_pending(self, text: str) -> None:
        if not self.pending:
            self.begun = self.pos
        super().append_pending(text)

    def pushPending(self) -> Token:  # noqa: N802 - the library's name
        token = super().pushPending()
        token.meta["at"] = self.begun
        return token

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        token = super().push(ttype, tag, nesting)
        token.meta["at"] = self.pos
        return token


class _PlacedInline(ParserInline):
    def parse(self, src: str, md: MarkdownIt, env: MutableMapping[str, Any], tokens: list[Token]) -> list[Token]:
        state = _PlacedState(src, md, env, tokens)
        self.tokenize(state)
        if state.pending:
            state.pushPending()
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


class _Parser(MarkdownIt):
    """Keeps every link as it was written; `tutor.rendering.links` says where it leads."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        return True

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - the library's name
        return url

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802 - the library's name
        return link


@lru_cache(maxsize=4)
def _parser(underlined: bool, max_nested: int) -> MarkdownIt:
    parser = _Parser("zero")
    parser.inline = _PlacedInline()
    parser.configure("commonmark", {"html": False, "maxNesting": max_nested})
    parser.enable(["table", "strikethrough"])
    # Joining fragments would lose where they stood.
    parser.disable(["reference", "html_block", "html_inline", "fragments_join"])
    if not underlined:
        parser.disable("lheading")
    parser.block.ruler.before("table", "formula", _formula_block, {"alt": ["paragraph", "blockquote", "list"]})
    parser.inline.ruler.before("escape", "formula", _formula)
    return parser


def _formula(state: StateInline, silent: bool) -> bool:
    """`$x$`, `$$x$$`, `\\(x\\)` and `\\[x\\]` within a paragraph; prices and escaped brackets stay."""
    source, position = state.src, state.pos
    tex, end = "", position
    if source.startswith("$$", position):
        match = _DOUBLE.match(source, position, state.posMax)
        if match is None:
            if not silent:
                state.append_pending("$$")
            state.pos = position + 2
            return True
        tex, end = match[1], match.end()
    elif source[position] == "$":
        # The dollar of US$ begins no formula.
        if position and source[position - 1].isascii() and source[position - 1].isalpha():
            return False
        match = _SINGLE.match(source, position, state.posMax)
        if match is not None and not _PRICE.fullmatch(match[1]):
            tex, end = match[1], match.end()
    elif source.startswith(("\\(", "\\["), position):
        closer = "\\)" if source[position + 1] == "(" else "\\]"
        closing = source.find(closer, position + 2, min(state.posMax, position + _MAX_FORMULA))
        if closing >= 0 and _FORMULA.search(source[position + 2 : closing].strip()):
            tex, end = source[position + 2 : closing], closing + 2
    tex = tex.strip()
    if not tex:
        return False
    if not silent:
        state.push("formula", "", 0).content = tex
    state.pos = end
    return True


def _formula_block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """`$$` or `\\[` at the start of a line, up to what closes it; without that, the lines are a paragraph.

    Nothing else begins within its lines either way, so that what is open and what is closed agree on where it ends.
    """
    if state.is_code_block(start_line):
        return False
    first = state.src[state.bMarks[start_line] + state.tShift[start_line] : state.eMarks[start_line]]
    closer = {"$$": "$$", "\\[": "\\]"}.get(first[:2])
    if closer is None or (closer == "\\]" and closer not in first and "]" in first):
        return False
    lines = [first[2:]]
    line, closed = start_line + 1, closer in first[2:]
    if closed and (not first[2:].partition(closer)[0].strip() or not _TAIL.fullmatch(first[2:].partition(closer)[2])):
        return False
    if silent:
        return True
    length = len(first)
    while not closed and line < end_line and length <= _MAX_FORMULA:
        if state.isEmpty(line) or state.sCount[line] < state.blkIndent:
            break
        lines.append(state.getLines(line, line + 1, state.blkIndent, False))
        length += len(lines[-1])
        closed = closer in lines[-1]
        line += 1
    state.line = line
    before, _, after = lines[-1].partition(closer)
    tail = _TAIL.fullmatch(after) if closed else None
    tex = "\n".join([*lines[:-1], before]).strip()
    if tail is not None and tex:
        token = state.push("formula_block", "", 0)
        token.content = tex + tail[1]
        token.map = [start_line, line]
        return True
    opening = state.push("paragraph_open", "p", 1)
    opening.map = [start_line, line]
    token = state.push("inline", "", 0)
    token.content = state.getLines(start_line, line, state.blkIndent, False).strip()
    token.map = [start_line, line]
    state.push("paragraph_close", "p", -1)
    return True
