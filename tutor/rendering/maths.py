"""TeX → MathML as a closed tree of elements, from fixed lists of tags and attributes."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from typing import Any, NotRequired, TypedDict
from xml.etree.ElementTree import Element

from latex2mathml.converter import Converter

from tutor.text.invisible import visible

MAX_CHARACTERS = 2000
"""Longer formulas are shown as TeX."""
_MAX_ELEMENTS = 3000
_MAX_DEPTH = 40
_WITH_TEXT = frozenset(("mi", "mn", "mo", "ms", "mtext"))
_TAGS = _WITH_TEXT | frozenset(
    "math mrow mfrac msqrt mroot msub msup msubsup munder mover munderover mtable mtr mtd mspace mstyle mpadded"
    " mphantom mmultiscripts mprescripts none menclose".split()
)
_CHILDREN = dict.fromkeys(("mfrac", "mroot", "msub", "msup", "munder", "mover"), 2) | {"msubsup": 3, "munderover": 3}
"""Browsers show an error where these have fewer or more."""
_LENGTH = r"-?\d{0,3}(?:\.\d{1,4})?(?:em|ex|mu|pt|px|%)?"
_WORDS = {
    name: re.compile(pattern)
    for name, pattern in {
        "display": "block|inline",
        "accent|accentunder|displaystyle|fence|form|largeop|movablelimits|separator|stretchy|symmetric": "[a-z]{1,12}",
        "lspace|rspace|minsize|maxsize|width|height|depth|voffset|linethickness": _LENGTH,
        "scriptlevel": r"[+-]?\d",
        "columnalign|rowlines|columnlines|columnspacing": r"[a-z0-9. ]{1,200}",
        "mathvariant": "normal",
        "notation": "[a-z ]{1,60}",
    }.items()
}
_ATTRIBUTES = {name: pattern for names, pattern in _WORDS.items() for name in names.split("|")}
# Definitions can double what they define again and again; the rest is not in MathML's core or would lead elsewhere.
_REFUSED = re.compile(
    r"\\(?:(?:re)?newcommand|providecommand|def|let|href|url|style|class|cssId|require|input|include)\b"
)
# Browsers know only `normal` of the variants: letters of another are characters of their own.
_FIRST = {
    "bold": (0x1D400, 0x1D41A, 0x1D7CE),
    "italic": (0x1D434, 0x1D44E, None),
    "bold-italic": (0x1D468, 0x1D482, 0x1D7CE),
    "script": (0x1D49C, 0x1D4B6, None),
    "bold-script": (0x1D4D0, 0x1D4EA, 0x1D7CE),
    "fraktur": (0x1D504, 0x1D51E, None),
    "double-struck": (0x1D538, 0x1D552, 0x1D7D8),
    "bold-fraktur": (0x1D56C, 0x1D586, None),
    "sans-serif": (0x1D5A0, 0x1D5BA, 0x1D7E2),
    "bold-sans-serif": (0x1D5D4, 0x1D5EE, 0x1D7EC),
    "sans-serif-italic": (0x1D608, 0x1D622, 0x1D7E2),
    "monospace": (0x1D670, 0x1D68A, 0x1D7F6),
}
# Unicode had these letters before it had the alphabets.
_ELSEWHERE = {
    "italic": {"h": "ℎ"},
    "script": dict(zip("BEFHILMRego", "ℬℰℱℋℐℒℳℛℯℊℴ", strict=True)),
    "fraktur": dict(zip("CHIRZ", "ℭℌℑℜℨ", strict=True)),
    "double-struck": dict(zip("CHNPQRZ", "ℂℍℕℙℚℝℤ", strict=True)),
}


class MathElement(TypedDict):
    """An element of MathML, with children or with text."""

    tag: str
    attributes: dict[str, str]
    children: NotRequired[list[MathElement]]
    text: NotRequired[str]


@lru_cache(maxsize=2048)
def mathml(tex: str, *, display: bool) -> MathElement | None:
    """A formula as a tree whose root is `math`, or None when it cannot be read, is too long or asks for too much."""
    tex = visible(tex)
    if len(tex) > MAX_CHARACTERS or not tex.strip() or _REFUSED.search(tex):
        return None
    try:
        root = Converter(display="block" if display else "inline").convert_to_element(tex)
        # A converter of its own for each formula: numbers of equations do not run on.
        return _closed(root, 0, [0])
    except Exception:
        # Whatever is wrong with a formula, from a missing brace to the converter's own mistakes: its TeX is shown.
        return None


class _Unfit(Exception):
    pass


def _closed(element: Element, depth: int, count: list[int]) -> MathElement:
    count[0] += 1
    if depth > _MAX_DEPTH or count[0] > _MAX_ELEMENTS or element.tag not in _TAGS:
        raise _Unfit
    attributes = {
        name: value
        for name, value in element.attrib.items()
        if name in _ATTRIBUTES and _ATTRIBUTES[name].fullmatch(value)
    }
    if element.tag in _WITH_TEXT:
        # The converter writes some characters as references, which an XML reader would resolve.
        words = visible(html.unescape("".join(element.itertext())))
        return {"tag": element.tag, "attributes": attributes, "text": _variant(words, element.get("mathvariant", ""))}
    if len(element) != _CHILDREN.get(element.tag, len(element)):
        raise _Unfit
    children = [_closed(child, depth + 1, count) for child in element]
    return {"tag": element.tag, "attributes": attributes, "children": children}


def _variant(words: str, name: str) -> str:
    if name not in _FIRST:
        return words
    upper, lower, digit = _FIRST[name]
    special = _ELSEWHERE.get(name, {})

    def styled(character: str) -> str:
        if character in special:
            return special[character]
        if "A" <= character <= "Z":
            return chr(upper + ord(character) - ord("A"))
        if "a" <= character <= "z":
            return chr(lower + ord(character) - ord("a"))
        if "0" <= character <= "9" and digit is not None:
            return chr(digit + ord(character) - ord("0"))
        return character

    return "".join(map(styled, words))


def is_mathml(value: Any, depth: int = 0) -> bool:
    """Whether `value` is a tree as `mathml` makes them: only its tags and attributes."""
    if not isinstance(value, dict) or depth > _MAX_DEPTH or value.get("tag") not in _TAGS:
        return False
    if (value["tag"] == "math") != (depth == 0) or not isinstance(value.get("attributes"), dict):
        return False
    if not all(name in _ATTRIBUTES and _ATTRIBUTES[name].fullmatch(item) for name, item in value["attributes"].items()):
        return False
    if value["tag"] in _WITH_TEXT:
        return value.keys() == {"tag", "attributes", "text"} and isinstance(value["text"], str)
    return (
        value.keys() == {"tag", "attributes", "children"}
        and isinstance(value["children"], list)
        and len(value["children"]) == _CHILDREN.get(value["tag"], len(value["children"]))
        and all(is_mathml(child, depth + 1) for child in value["children"])
    )
