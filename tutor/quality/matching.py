"""Markdown → the words by which evidence is recognised, each with its place in the text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from tutor.models import Citation

EVIDENCE_WORDS = 60
"""How far a passage that answers reaches from the first word of its evidence."""
CITATIONS = 3
"""How many of an answer's citations count."""

# What stands in a text and is no word of it: comments, tags and what templates write like tags, targets of links.
_UNSEEN = re.compile(
    r"<!--.*?-->"
    r"|<[A-Za-z/%!?][^<>\n]*>"
    r"|\]\([^()\s]*(?:\([^()]*\)[^()\s]*)*(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)",
    re.DOTALL,
)
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, eq=False)
class WordSpans:
    """The words of a text in lower case, and where each begins and ends in it."""

    words: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    @cached_property
    def line(self) -> str:
        """The words joined with single spaces."""
        return " ".join(self.words)

    @cached_property
    def _padded(self) -> str:
        return f" {self.line} "

    def find(self, evidence: str) -> int | None:
        """The number of the word, from 0, at which the words of `evidence` first stand without a gap."""
        wanted = normalised(evidence)
        at = self._padded.find(f" {wanted} ") if wanted else -1
        return self._padded.count(" ", 1, at + 1) if at >= 0 else None

    def count(self, evidence: str) -> int:
        """In how many places the words of `evidence` stand."""
        wanted = normalised(evidence).split()
        first = [at for at, word in enumerate(self.words) if wanted and word == wanted[0]]
        return sum(list(self.words[at : at + len(wanted)]) == wanted for at in first)

    def span(self, first: int, count: int) -> tuple[int, int]:
        """Where `count` words from word `first` on begin and end in the text; fewer where the text ends."""
        return self.starts[first], self.ends[min(first + count, len(self.ends)) - 1]


def words(markdown: str) -> WordSpans:
    """The words of `markdown`: no markup, no link targets, nothing but letters and digits.

    Code keeps its words, and links and pictures those in their brackets. A tag or link that is cut off stays.
    """
    # Blanked rather than removed, so that every word stays where it is.
    seen = _UNSEEN.sub(lambda match: " " * len(match[0]), markdown)
    found = [(match, _lowered(match[0])) for match in _WORD.finditer(seen)]
    found = [(match, word) for match, word in found if word]
    return WordSpans(
        tuple(word for _, word in found),
        tuple(match.start() for match, _ in found),
        tuple(match.end() for match, _ in found),
    )


def normalised(markdown: str) -> str:
    """The words of `markdown` joined with single spaces; normalising that again changes nothing."""
    return words(markdown).line


def holds(markdown: str, evidence: str) -> bool:
    """Whether the words of `evidence` stand in the text of a passage, in order and without a gap."""
    return words(markdown).find(evidence) is not None


def evidence_span(lesson: WordSpans, evidence: str) -> tuple[int, int] | None:
    """The span of the lesson's text that answers: the 60 words that begin with the evidence; None if it is not there.

    Where the evidence stands in several places, it is the first.
    """
    first = lesson.find(evidence)
    return None if first is None else lesson.span(first, EVIDENCE_WORDS)


def cites_lesson(citations: Sequence[Citation], lesson: str) -> bool:
    """Whether one of the first three citations is of `lesson`."""
    return any(citation.lesson == lesson for citation in _counted(citations))


def cites_span(citations: Sequence[Citation], lesson: str, span: tuple[int, int]) -> bool:
    """Whether one of the first three citations shares a character with `span` of `lesson`."""
    start, end = span
    return any(
        citation.lesson == lesson and citation.source_start < end and start < citation.source_end
        for citation in _counted(citations)
    )


def _counted(citations: Sequence[Citation]) -> Iterable[Citation]:
    return sorted(citations, key=lambda citation: citation.number)[:CITATIONS]


def _lowered(word: str) -> str:
    # "İ" becomes an i and a dot of its own.
    return "".join(filter(str.isalnum, word.lower()))
