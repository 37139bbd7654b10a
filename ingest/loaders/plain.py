"""Plain text → lesson: paragraphs at blank lines, underlined titles as headings."""

from __future__ import annotations

import re

from ingest.loaders.decoding import decode
from ingest.loaders.draft import LessonDraft, clean, escape, hidden_signs
from tutor.errors import LessonUnreadable

_UNDERLINE = re.compile(r"^(?P<rule>={3,}|-{3,}|~{3,}|\*{3,})$")
_LEVELS = {"=": 1, "*": 1, "-": 2, "~": 3}
_RULE = re.compile(r"^[=\-~*_#]{3,}$")
_INDENTED = re.compile(r"^(?: {4,}|\t)", re.MULTILINE)


def load(data: bytes, name: str) -> LessonDraft:
    """The lesson in a text file; its lines stay as they are wrapped.

    Raises LessonUnreadable when the bytes are no text, or nothing but blanks.
    """
    raw = decode(data)
    draft = LessonDraft(hidden=hidden_signs(raw))
    for part in re.split(r"\n[ \t]*\n", clean(raw).expandtabs(4)):
        _add(draft, [line.rstrip() for line in part.split("\n") if line.strip()])
    if not draft.text:
        raise LessonUnreadable("holds no text; delete it or write the lesson")
    return draft


def _add(draft: LessonDraft, lines: list[str]) -> None:
    while len(lines) >= 2:
        # `=====` over and under a title, or only under it.
        if len(lines) >= 3 and _UNDERLINE.match(lines[0].strip()) and lines[0].strip() == lines[2].strip():
            title, rule, lines = lines[1], lines[2], lines[3:]
        elif _is_title(lines[0], lines[1]):
            title, rule, lines = lines[0], lines[1], lines[2:]
        else:
            break
        draft.heading(_LEVELS[rule.strip()[0]], escape(title.strip()))
    kept = [line for line in lines if not _RULE.match(line.strip())]
    # Four spaces would begin a code block; text files indent whatever they like.
    draft.add(escape(_INDENTED.sub("   ", "\n".join(kept))))


def _is_title(line: str, under: str) -> bool:
    words, rule = line.strip(), under.strip()
    return bool(_UNDERLINE.match(rule)) and abs(len(rule) - len(words)) <= max(3, len(words) // 3) and len(words) <= 120
