"""Word's numbering: which paragraphs are list items, and the numbers and labels that Word writes before them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from docx.oxml.ns import qn

_MAX_LEVEL = 8
_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl")),
    *((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)


@dataclass(frozen=True, slots=True)
class Label:
    """What Word writes before a paragraph: a bullet (no words), or words such as `3.` or `Listing 4-1:`."""

    level: int
    words: str
    number: int

    @property
    def is_item(self) -> bool:
        """Whether the label is that of a list's item: a bullet, a number or a letter and no word."""
        return not re.search(r"[^\W\d_]{2,}|\d\D+\d", self.words) or bool(re.fullmatch(r"\(?[ivxl]+[.)]?", self.words))


@dataclass(frozen=True, slots=True)
class _Level:
    start: int
    form: str
    text: str
    restart: int
    """The level, from 0, from which on up a paragraph makes this one start again; -1 for none."""


@dataclass(frozen=True, slots=True)
class _List:
    """`counter` names the counters, which several lists may share; `starts` has where this one starts them anew."""

    counter: str
    levels: dict[int, _Level]
    starts: dict[int, int]


@dataclass(slots=True)
class Numbering:
    """The counters of one document; give it the paragraphs in order."""

    _lists: dict[str, _List]
    _counts: dict[str, dict[int, int]] = field(default_factory=dict)
    _started: set[tuple[str, int]] = field(default_factory=set)

    def label(self, number_id: str, level: int) -> Label | None:
        """Count the paragraph, and give its label; None when the list is unknown or writes nothing."""
        level = max(0, min(level, _MAX_LEVEL))
        found = self._lists.get(number_id)
        if found is None or level not in found.levels:
            return None
        levels, at = found.levels, found.levels[level]
        counts = self._counts.setdefault(found.counter, {})
        if level in found.starts and (number_id, level) not in self._started:
            self._started.add((number_id, level))
            counts[level] = found.starts[level] - 1
        counts[level] = counts.get(level, at.start - 1) + 1
        for deeper in [other for other in counts if other > level and level <= levels[other].restart]:
            del counts[deeper]
        if at.form == "bullet":
            return Label(level, "", 0)
        words = re.sub(r"%([1-9])", lambda match: self._number(int(match[1]) - 1, counts, levels), at.text).strip()
        return Label(level, words, counts[level]) if words and at.form != "none" else None

    def _number(self, level: int, counts: dict[int, int], levels: dict[int, _Level]) -> str:
        at = levels.get(level, _Level(1, "decimal", "", -1))
        return _written(counts.get(level, at.start), at.form)


def numbering(root: Any, style_numbers: dict[str, str]) -> Numbering:
    """The numbering in the `w:numbering` element of lxml, or in none.

    `style_numbers` has the number id of each numbering style, which a list may borrow its levels from.
    """
    if root is None:
        return Numbering({})
    lists = {_value(found, "w:abstractNumId", own=True): found for found in root.iterchildren(qn("w:abstractNum"))}
    numbers = {str(found.get(qn("w:numId"))): found for found in root.iterchildren(qn("w:num"))}
    known: dict[str, _List] = {}
    for number_id, number in numbers.items():
        counter = _value(number, "w:abstractNumId")
        abstract = lists.get(counter)
        borrowed = _value(abstract, "w:numStyleLink")
        if borrowed and (lender := numbers.get(style_numbers.get(borrowed, ""))) is not None:
            counter = _value(lender, "w:abstractNumId")
            abstract = lists.get(counter)
        levels = _levels(abstract)
        starts: dict[int, int] = {}
        for override in number.iterchildren(qn("w:lvlOverride")):
            levels.update(_levels(override))
            start = _value(override, "w:startOverride")
            if start:
                starts[_whole(override.get(qn("w:ilvl")), 0)] = _whole(start, 1)
        known[number_id] = _List(counter, levels, starts)
    return Numbering(known)


def _levels(parent: Any) -> dict[int, _Level]:
    found: dict[int, _Level] = {}
    for level in parent.iterchildren(qn("w:lvl")) if parent is not None else ():
        at = _whole(level.get(qn("w:ilvl")), 0)
        found[at] = _Level(
            start=_whole(_value(level, "w:start"), 1),
            form=_value(level, "w:numFmt") or "decimal",
            text=_value(level, "w:lvlText"),
            restart=_whole(_value(level, "w:lvlRestart"), at) - 1,
        )
    return found


def _value(element: Any, name: str, *, own: bool = False) -> str:
    if element is None:
        return ""
    found = element if own else element.find(qn(name))
    return "" if found is None else str(found.get(qn(name if own else "w:val")) or "")


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and re.fullmatch("-?[0-9]{1,9}", text) else default


def _written(number: int, form: str) -> str:
    if form in ("lowerLetter", "upperLetter") and number > 0:
        letter = chr(ord("a") + (number - 1) % 26) * min(5, 1 + (number - 1) // 26)
        return letter if form == "lowerLetter" else letter.upper()
    if form in ("lowerRoman", "upperRoman") and 0 < number < 4000:
        roman = _roman(number)
        return roman if form == "lowerRoman" else roman.upper()
    if form == "decimalZero":
        return f"{number:02}"
    return "" if form in ("none", "bullet") else str(number)


def _roman(number: int) -> str:
    words = ""
    for value, sign in _ROMAN:
        words += sign * (number // value)
        number %= value
    return words
