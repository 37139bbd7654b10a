"""Runs of words with their looks → inline Markdown; what HTML, Word and PowerPoint have in common."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from ingest.loaders.draft import escape

MONOSPACE = re.compile(
    r"\bmono|mono\b|courier|consol|menlo|monaco|inconsolata|typewriter|fixedsys|source ?code|fira ?code|cascadia",
    re.IGNORECASE,
)
"""Finds the name of a font whose letters are all equally wide."""
_ANCHOR = re.compile("\ue000[0-9]+\ue001")
# Enough of what is written to see whether a line begins here.
_TAIL = 200
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_OPENABLE = re.compile(r"(?:https?|mailto|tel|ftp):|[^:]*(?:[/?#]|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Run:
    """Words that look alike; `raw` words are Markdown already: maths, an image, an anchor."""

    words: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    href: str = ""
    raw: bool = False


def without_private(text: str) -> str:
    """`text` without the two characters that Draft.anchor uses for itself."""
    return text.replace("\ue000", "").replace("\ue001", "")


def inline(runs: Iterable[Run]) -> str:
    """The runs as inline Markdown that renders as their words; a line break stays a line break.

    Emphasis that Markdown could not show at its place (inside a word, beside punctuation) is left out.
    """
    shown = _joined(runs)
    words = ""
    position = 0
    for href, group in groupby(shown, key=lambda run: run.href):
        members = list(group)
        position += len(members)
        after = shown[position].words[:1] if position < len(shown) else ""
        link = _link(_emphasised(members, "[", "]"), href) if href else ""
        if link.startswith("[") and words.endswith("!"):
            words = words[:-1] + "\\!"  # else the link would be a picture
        words += link or _emphasised(members, words[-_TAIL:], after)
    words = re.sub(r"[ \t]*\n[ \t]*", "\n", words)
    return re.sub(r"[ \t]+", " ", words).strip()


def plain(runs: Iterable[Run]) -> list[Run]:
    """The runs without bold and italic: for headings, which are emphasised as a whole."""
    return [replace(run, bold=False, italic=False) for run in runs]


def _joined(runs: Iterable[Run]) -> list[Run]:
    """Neighbours that look alike as one run; code of nothing but spaces is no code."""
    found: list[Run] = []
    for run in runs:
        if not run.words:
            continue
        if not run.words.strip() and not run.raw:
            run = replace(run, code=False)
        if found and not run.raw and replace(found[-1], words="") == replace(run, words=""):
            found[-1] = replace(run, words=found[-1].words + run.words)
        else:
            found.append(run)
    return found


def _emphasised(runs: Sequence[Run], before: str, after: str) -> str:
    words = ""
    position = 0
    for (bold, italic), group in groupby(runs, key=lambda run: (run.bold, run.italic)):
        members = list(group)
        position += len(members)
        following = runs[position].words[:1] if position < len(runs) else after
        marker = "**" * bold + "*" * italic
        piece = ""
        for run in members:
            so_far = before + words[-_TAIL:] + piece[-_TAIL:]
            # Two code spans side by side would be one, with backticks inside.
            shown = replace(run, code=False) if so_far.endswith("`") else run
            piece += _words(shown, at_start=_is_start(so_far))
        words += _wrapped(piece, marker, words[-1:] or before[-1:], following) if marker else piece
    return words


def _words(run: Run, *, at_start: bool) -> str:
    if run.raw:
        return run.words
    if not run.code:
        # Only at the start of a line may a hyphen begin a list: elsewhere a comma before it says it does not.
        return escape(run.words) if at_start else escape("," + run.words)[1:]
    source = re.sub(r"\s", " ", run.words)
    inner = source.strip()
    longest = max((len(ticks) for ticks in re.findall("`+", inner)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if inner.startswith("`") or inner.endswith("`") else ""
    lead = " " * source.startswith(" ")
    return f"{lead}{fence}{pad}{inner}{pad}{fence}{' ' * source.endswith(' ')}"


def _wrapped(piece: str, marker: str, before: str, after: str) -> str:
    """`piece` between markers, its outer spaces outside; as it is where CommonMark's flanking rules forbid it."""
    inner = piece.strip()
    visible = _ANCHOR.sub("", inner)
    if not visible or _BLANK_LINE.search(inner):
        return piece
    start = piece.index(inner)
    lead, trail = piece[:start], piece[start + len(inner) :]
    before, after = lead[-1:] or before, trail[:1] or after
    if before == "*" or (_is_letter(before) and not _is_letter(visible[0])):
        return piece
    if _is_letter(after) and not _is_letter(visible[-1]):
        return piece
    return f"{lead}{marker}{inner}{marker}{trail}"


def _is_start(words: str) -> bool:
    return not _ANCHOR.sub("", words).rsplit("\n", 1)[-1].strip()


def _is_letter(character: str) -> bool:
    return character.isalnum()


def _link(words: str, href: str) -> str:
    """The words as a link; no words when they or the address cannot make one."""
    inner = words.strip()
    if not _ANCHOR.sub("", inner) or not _OPENABLE.match(href) or not _balanced(inner) or _BLANK_LINE.search(inner):
        return ""
    start = words.index(inner)
    href = re.sub(r"[\s()<>\\]", lambda match: f"%{ord(match[0]):02X}", href)
    return f"{words[:start]}[{inner}]({href}){words[start + len(inner) :]}"


def _balanced(words: str) -> bool:
    depth = 0
    # Brackets in code or behind a backslash open and close nothing.
    for character in re.sub(r"(?<!\\)(`+)(?!`).*?(?<!`)\1(?!`)|\\.", "", words, flags=re.DOTALL):
        depth += {"[": 1, "]": -1}.get(character, 0)
        if depth < 0:
            return False
    return depth == 0
