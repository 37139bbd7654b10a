"""A model's words → Markdown in which nothing looks like a citation, and the numbers of the passages it named.

Markers, images, links and what hides them (invisible characters, entities, escapes, emphasis) are taken out, outside
code and formulas. What is left is balanced: no mark that it opens can swallow what is written behind it.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from tutor.text.invisible import visible

# One marker as models write them: [1], [1, 2], [1-3], [^1], 【1】, 【1†source】, [Source 1], (passage 2); also linked.
_NUMBERS = r"\d{1,4}(?:\s{0,2}(?:[,;&–-]|and)\s{0,2}(?:(?:source|passage)s?\s)?\^?\d{1,4}){0,20}"
_NAMES = r"(?:sources?|passages?|documents?|docs?|refs?|references?|citations?|chunks?|excerpts?|lessons?|see)"
MARKER = re.compile(
    rf"(?:\[\s{{0,2}}\^?(?:{_NAMES}[\s:#]{{0,3}}){{0,2}}{_NUMBERS}\s{{0,2}}\](?:\([^()\s]{{0,300}}\))?"
    rf"|【\s{{0,2}}(?:{_NAMES}[\s:#]{{0,3}})?{_NUMBERS}[^【】\n]{{0,40}}】"
    rf"|\((?:{_NAMES}[\s:#]{{1,3}}){{1,2}}{_NUMBERS}\))",
    re.IGNORECASE,
)
"""What stands for a passage in the text of a model; `(1)` alone numbers something and is none."""

# Spans that keep their text: code, and formulas but for those of a mere number.
_KEPT = re.compile(
    r"(?P<code>(?<!`)(?P<ticks>`{1,20})(?!`)[^\n]{1,300}?(?<!`)(?P=ticks)(?!`))"
    r"|(?P<math>\$\$[^$]{1,1000}\$\$|\$(?![\s$\d])[^$\n]{1,200}(?<!\s)\$(?!\d)|\$\d[^$\n]{0,200}[\\^_=+*/<>{][^$\n]{0,200}(?<!\s)\$(?!\d)"
    r"|\\\([^\n]{1,400}?\\\))"
)
# What brackets a number so that a reader takes it for a marker, in disguise too: `[**1**]`, `\[1\]`, `［１］`, `[¹]`.
_OPEN, _CLOSE = r"[\[［【〔〖⟦⁅]", r"[\]］】〕〗⟧⁆]"
_DIGIT = r"[\d¹²³⁰-⁹₀-₉①-⓿]"
_DECORATION = r"(?:[*_~`$\s\\^#:.,;†()]|<[^<>]{0,40}>){0,12}"
_DISGUISED = re.compile(
    rf"\\?{_OPEN}{_DECORATION}(?:{_NAMES}{_DECORATION})?{_DIGIT}{{1,6}}"
    rf"(?:{_DECORATION}[–—-]?{_DECORATION}{_DIGIT}{{1,6}}){{0,20}}{_DECORATION}\\?{_CLOSE}",
    re.IGNORECASE,
)
_IMAGE = re.compile(r"!\[[^\]]{0,2000}\](?:\([^)]{0,2000}\)|\[[^\]]{0,200}\])?|<img\b[^>]{0,2000}>?", re.IGNORECASE)
_LINK = re.compile(
    r"\[((?:[^\[\]]|\[[^\[\]]{0,400}\]){0,800})\](?:\((?:[^()\n]|\([^()\n]{0,400}\)){0,1000}\)|\[[^\[\]]{0,200}\])"
)
_DEFINITION = re.compile(r"^[ \t]{0,3}\[[^\]\n]{1,200}\]:[^\n]*$", re.MULTILINE)
_AUTOLINK = re.compile(r"<((?:https?|ftp|mailto|javascript|data):[^<>\s]{0,1000})>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|lbrack|lsqb|rbrack|rsqb|lbbrk|rbbrk|num|excl|lpar|rpar);?")
_UNPAIRED = re.compile(r"\[([^\[\]]{0,400})\]|([\[\]])")
# A formula of nothing but a bracketed number is a marker in disguise.
_BARE_NUMBER = re.compile(r"[^\w=+<>]*\d[\d\W]*", re.ASCII)
_INDEX = re.compile(r"\[(\d+)\]")
_LINE_OF_ITS_OWN = re.compile(r"\n[ \t>]*\$\$$")
_OPENING = re.compile(r"([!\]])([\[(])")
# What is left of 【3†source】 when a marker stood in a marker.
_DAGGER = re.compile(r"\d{0,4}†\w{0,40}")
_STRAY_TICKS = re.compile(r"(?<!\\)`+")
_STRAY_FORMULA = re.compile(r"\$\$+|\\[(\[\])]")
_STRAY_DOLLAR = re.compile(r"(?<!\\)\$(?!\d)")
_PASSES = 8


@dataclass(frozen=True, slots=True)
class Unmarked:
    """`text` without the markers that stood in it; `cited` are their numbers, in order, each once."""

    text: str
    cited: tuple[int, ...]


def reworded(text: str, *, is_formula: bool = False) -> Unmarked:
    """Running text (a sentence, a list item, a heading, a table's rows), or a display formula, as it may be shown."""
    text = visible(text)
    cited = dict.fromkeys(number for marker in MARKER.finditer(text) for number in numbers_of(marker[0]))
    # A kept span stands as one private character, so that no pattern reaches into it or stops before it.
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        if match["math"] and _BARE_NUMBER.fullmatch(re.sub(r"\\[a-zA-Z]+", "", match[0])):
            return ""
        if match["math"] and not is_formula and _LINE_OF_ITS_OWN.search(match[0]):
            # Within a paragraph that begins another formula, and closes none.
            return match[0]
        # An index in a formula is no marker, and is drawn alike in braces. What is no formula where it comes to stand
        # must be no image or link either.
        kept.append(_OPENING.sub(r"\1 \2", _INDEX.sub(r"[{\1}]", match[0])) if match["math"] else match[0])
        return "\ue000"

    text = _KEPT.sub(keep, text.replace("\ue000", ""))
    # What is left when something is taken out can be a marker again: [[1]1], [!​[](x)1].
    for _ in range(_PASSES):
        before = text
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
        text = visible(text)
        text = _DEFINITION.sub("", _IMAGE.sub("", text))
        text = _DAGGER.sub("", _MARKED.sub("", text))
        text = _AUTOLINK.sub(r"\1", _LINK.sub(r"\1", text))
        if text == before:
            break
    else:
        text = re.sub(r"[\[\]［］【】〔〕〖〗⟦⟧⁅⁆<>&]", "", text)
    text = _balanced(text)
    return Unmarked(_spaced(re.sub("\ue000", lambda _: kept.pop(0), text)), tuple(cited))


_MARKED = re.compile(rf"[ \t]*(?:{MARKER.pattern}|{_DISGUISED.pattern})", re.IGNORECASE)


def numbers_of(marker: str) -> list[int]:
    """The passages that a marker names; a range names all between its ends."""
    found: list[int] = []
    for first, last in re.findall(r"(\d{1,4})(?:\s{0,2}[–-]\s{0,2}(\d{1,4}))?", marker.partition("](")[0]):
        low, high = int(first), int(last or first)
        found.extend(range(low, min(high, low + 20) + 1))
    return found


def _balanced(text: str) -> str:
    """`text` with nothing that opens and is not closed in it: brackets go, other marks are escaped."""

    def bracket(match: re.Match[str]) -> str:
        return match[0] if match[1] is not None and not re.fullmatch(r"[\W\d]*", match[1]) else match[1] or ""

    text = _UNPAIRED.sub(bracket, text)
    # Paired brackets before a parenthesis would still be a link when a later segment closes it.
    text = re.sub(r"\](?=[(\[:])", "] ", text)
    text = _STRAY_FORMULA.sub("", text)
    text = _STRAY_TICKS.sub("", text)
    text = _STRAY_DOLLAR.sub(r"\\$", text)
    # Brackets of other kinds around nothing but a number's half, whose other half a later segment could bring.
    return re.sub(r"[［］【】〔〕〖〗⟦⟧⁅⁆]", "", text)


def _spaced(text: str) -> str:
    return re.sub(r"[ \t,;]+(?=[.!?](?:\s|$))|[ \t]+(?=[,;:](?:\s|$))", "", text).strip()
