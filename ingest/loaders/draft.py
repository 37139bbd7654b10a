"""What a loader makes: canonical text with marks, written block by block.

Spaces are listed: the same set as properties of `regex` takes 2.6 times as long.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from tutor.models import Mark, MarkKind
from tutor.text.invisible import visible

# What hides orders or turns words around: tags, controls of direction, signs without width. Soft hyphens and joiners
# are taken out as well.
_HIDING = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]")
_ANCHOR = re.compile("\ue000([0-9]+)\ue001")
_SPACES = re.compile("[\u00a0\u2000-\u200a\u202f\u205f]")
_MARKUP = re.compile(r"([\\*`]|(?<!\w)_|_(?!\w)|<(?=[A-Za-z/!?])|&(?=\w+;|#\w+;)|(?<=\])\()")
# Headings, lists, quotations, rules, fences, link definitions: each only at the start of a line.
_LINE_MARKUP = re.compile(r"^(\s*)(#{1,6}(?=\s|$)|[-+](?=\s|$)|>|(?:=+|-+)$|~{3}|\[(?=[^\]\n]+\]:))", re.MULTILINE)


def clean(text: str) -> str:
    """`text` in NFC with `\\n` line ends, without control and invisible characters; odd spaces become spaces."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n")
    text = text.replace("\x0c", "\n").replace("\x0b", "\n").replace("\x85", "\n")
    return unicodedata.normalize("NFC", _SPACES.sub(" ", visible(text)))


def hidden_signs(text: str) -> int:
    """How many signs of `text` a reader cannot see and `clean` takes out: tags, controls of direction, empty spaces."""
    return len(_HIDING.findall(text)) - len(_HIDING.findall(visible(text))) if _HIDING.search(text) else 0


def escape(text: str) -> str:
    """Plain words as Markdown that renders as those words; for text that comes from formats without Markdown."""
    text = _MARKUP.sub(r"\\\1", text)
    return _LINE_MARKUP.sub(r"\1\\\2", text)


@dataclass(slots=True)
class LessonDraft:
    """A lesson being written: add blocks in reading order, mark places as they begin.

    A block is one Markdown block (heading, paragraph, list, fenced code, table); blocks are
    separated by one blank line. What front matter or metadata says goes into the fields.
    """

    title: str = ""
    chapter: str = ""
    order: int | None = None
    minutes: int | None = None
    preview: bool = False
    url: str = ""
    notes: list[str] = field(default_factory=list)
    """What the instructor should know though the lesson loads, e.g. "pages 3, 7 hold no text"."""
    hidden: int = 0
    """How many `hidden_signs` its file held."""
    _parts: list[str] = field(default_factory=list)
    _marks: list[Mark] = field(default_factory=list)
    _length: int = 0
    _pending: list[tuple[MarkKind, str]] = field(default_factory=list)
    _anchors: list[str] = field(default_factory=list)

    def mark(self, kind: MarkKind, label: str | int) -> None:
        """The next block begins this place of the source file."""
        self._pending.append((kind, str(label)))

    def anchor(self, label: str) -> str:
        """Characters to put inside a block where the element `label` begins; `add` turns them into a mark."""
        self._anchors.append(label)
        return f"\ue000{len(self._anchors) - 1}\ue001"

    def add(self, block: str) -> None:
        """Append one block of Markdown; a blank one adds nothing (its marks wait for the next)."""
        self.hidden += hidden_signs(block)
        block = re.sub(r"[ \t]+$", "", clean(block), flags=re.MULTILINE).strip("\n")
        words, inner = self._without_anchors(block)
        # Where an anchor had a line for itself, a blank line is left.
        above = len(words) - len(words.lstrip("\n"))
        words = words.strip("\n")
        inner = [(label, min(max(0, start - above), len(words))) for label, start in inner]
        if not words.strip():
            self._pending.extend(("anchor", label) for label, _ in inner)
            return
        if self._parts:
            self._parts.append("\n\n")
            self._length += 2
        for kind, label in self._pending:
            self._marks.append(Mark(kind, label, self._length))
        self._pending.clear()
        self._marks.extend(Mark("anchor", label, self._length + start) for label, start in inner)
        self._parts.append(words)
        self._length += len(words)

    def _without_anchors(self, block: str) -> tuple[str, list[tuple[str, int]]]:
        parts: list[str] = []
        found: list[tuple[str, int]] = []
        length = done = 0
        for match in _ANCHOR.finditer(block):
            parts.append(block[done : match.start()])
            length += match.start() - done
            done = match.end()
            if int(match[1]) < len(self._anchors):
                found.append((self._anchors[int(match[1])], length))
        parts.append(block[done:])
        return "".join(parts), found

    def heading(self, level: int, words: str) -> None:
        """Append a heading of `level` 1 to 6; `words` is inline Markdown."""
        self.hidden += hidden_signs(words)
        words = re.sub(r"\s+", " ", clean(words)).strip()
        if words:
            self.add("#" * max(1, min(level, 6)) + " " + words)

    def code(self, source: str, language: str = "") -> None:
        """Append a fenced code block that holds `source` as it is."""
        self.hidden += hidden_signs(source)
        source = clean(source).strip("\n")
        if source.strip():
            longest = max((len(run) for run in re.findall(r"`{3,}", source)), default=2)
            fence = "`" * (longest + 1)
            self.add(f"{fence}{language}\n{source}\n{fence}")

    @property
    def text(self) -> str:
        """The canonical text so far."""
        return "".join(self._parts)

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The marks so far, in order of `start`."""
        return tuple(self._marks)
