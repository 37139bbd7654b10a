"""Canonical text → the words a reader sees, for indexing, comparing and counting."""

from __future__ import annotations

import re

_IMAGE = re.compile(r"!\[([^\]]{0,2000})\]\([^)]{0,4000}\)")
_LINK = re.compile(r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\([^()\s]*(?:\([^()]*\)[^()\s]*)?(?:\s+\"[^\"]*\")?\)")
_URL = re.compile(r"<?https?://\S+>?")
_FENCE = re.compile(r"^[ \t]*(?:`{3,}|~{3,})[^\n]*$", re.MULTILINE)
_LINE_MARK = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]+|(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?|>[ \t]?)+", re.MULTILINE
)
_TABLE_RULE = re.compile(r"^[ \t]*+\|?(?:[ \t]*+:?-+:?[ \t]*+\|)+[ \t]*+:?-*:?[ \t]*$", re.MULTILINE)
# Asterisks may stand within words of scripts that have no spaces; between Latin letters they multiply.
_EMPHASIS = re.compile(
    r"(?:(?<![A-Za-z0-9\\*])(?P<stars>\*{1,3})(?=[^\s*])(?P<starred>.+?)(?<=[^\s*])(?P=stars)(?:(?<=\*\*)(?!\*\*)|(?![A-Za-z0-9*]))"
    r"|(?<![\w\\])(?P<lines>_{1,3})(?=[^\s_])(?P<lined>.+?)(?<=\S)(?P=lines)(?!\w))",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")


def plain(markdown: str) -> str:
    """The words of `markdown` on one line: no marks, link targets, fences or table rules; code and formulas stay."""
    text = _IMAGE.sub(r" \1 ", markdown)
    text = _LINK.sub(r"\1", text)
    text = _URL.sub(" ", text)
    text = _FENCE.sub(" ", text)
    text = _TABLE_RULE.sub(" ", text)
    text = _LINE_MARK.sub("", text)
    for _ in range(2):
        text = _EMPHASIS.sub(lambda match: match["starred"] or match["lined"], text)
    text = _ESCAPE.sub(r"\1", text.replace("`", ""))
    return re.sub(r"[\s|]+", " ", text).strip()
