"""The marks of an answer, held against the sentences that a teacher would have quoted.

A golden question may name them: `says` (any of them answers when it is read first and alone), `whole` (each set is a
complete answer) and `fine` (does no harm beside them). An answer is read as its quotes in order, each cut into
sentences that are found again by their words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tutor.models import Citation, Turn
from tutor.quality.matching import WordSpans, words
from tutor.quality.questions import GoldenQuestion
from tutor.text.dangling import leads_in, leans
from tutor.text.sentences import sentences

_OPENING = 2
"""How many sentences a reader gives an answer to begin."""
_RECOGNISED = 0.6
"""The share of a sentence's words that have to be there for it to be said."""
_COMPLETE, _CORE = 0.8, 0.4
_NEXT = 10
"""How far apart in the lesson two quotes may stand that follow each other."""
_RUNNING = ("sentence", "item")
_CLEAN, _MIXED = 0.75, 0.45


@dataclass(frozen=True, slots=True)
class Marks:
    """How good an answer is: `direct`, `complete` and `clean` from 0 to 2, the others shares.

    `direct` is 2 where one of its first two sentences answers, 1 where a later one does. `complete` and `clean` follow
    from `recall` (the share of a whole answer's words that is quoted) and `precision` (the share of the quoted words
    that belong there). `first` is whether the very first sentence answers.
    """

    first: bool
    direct: int
    complete: int
    clean: int
    recall: float
    precision: float

    @property
    def good(self) -> bool:
        """Whether a student is served: the answer comes first, its core is there, and most of it belongs."""
        return self.direct == 2 and self.complete > 0 and self.clean > 0


@dataclass(frozen=True, slots=True)
class _Shown:
    """A sentence that an answer quotes: its words, and their places in the lesson that the marks are of."""

    words: tuple[str, ...]
    places: frozenset[int]


def marks_of(golden: GoldenQuestion, citations: Sequence[Citation], lesson: WordSpans) -> Marks | None:
    """The marks of an answer by its citations; None where the question has none of the lesson's words for an answer."""
    place = {unit: _found(_words(unit), lesson.words) for unit in _units(golden)}
    says = [place[unit] for unit in golden.says if place[unit]]
    wholes = [frozenset().union(*(place[unit] for unit in one)) for one in golden.whole]
    if not says or not any(wholes):
        return None
    welcome = frozenset().union(*place.values())
    shown = _shown(citations, golden.lesson or "", lesson, place)
    quoted = frozenset().union(*(each.places for each in shown))
    total = sum(len(each.words) for each in shown)
    inside = sum(len(each.places & welcome) for each in shown)
    recall = max(len(whole & quoted) / len(whole) for whole in wholes if whole)
    precision = inside / total if total else 0.0
    opening = frozenset().union(*(each.places for each in shown[:_OPENING]))
    return Marks(
        first=bool(shown) and _answers(says, shown[0].places),
        direct=2 if _answers(says, opening) else int(_answers(says, quoted)),
        complete=2 if recall >= _COMPLETE else int(recall >= _CORE),
        clean=_clean(precision, repeats=len({each.words for each in shown}) < len(shown)),
        recall=recall,
        precision=precision,
    )


def dangles(turn: Turn) -> bool:
    """Whether a quote opens with a word for what the answer does not show, or announces what it does not show."""
    before: Citation | None = None
    for citation in sorted(turn.citations, key=lambda each: each.answer_start):
        parts = [part for part in sentences(citation.quote) if part.kind not in ("heading", "image")]
        if not parts:
            continue
        opening = citation.quote[parts[0].start : parts[0].end]
        closing = citation.quote[parts[-1].start : parts[-1].end]
        goes_on = before is not None and _follows(before, citation)
        if (leans(opening) and not goes_on) or (parts[-1].kind in _RUNNING and leads_in(closing)):
            return True
        before = citation
    return False


def _follows(before: Citation, citation: Citation) -> bool:
    """Whether a quote goes on in the lesson where the one before it ended."""
    gap = citation.source_start - before.source_end
    return before.lesson == citation.lesson and 0 <= gap <= _NEXT


def repeats(turn: Turn) -> bool:
    """Whether an answer quotes a sentence twice."""
    said = [each for citation in turn.citations for each in _sentences(citation.quote)]
    return len(set(said)) < len(said)


def word_count(turn: Turn) -> int:
    """How many words an answer has, the tutor's own among them."""
    return len(words(re.sub(r"\[\d+\]", " ", turn.answer)).words)


def _units(golden: GoldenQuestion) -> set[str]:
    return {*golden.says, *golden.fine, *(unit for one in golden.whole for unit in one)}


def _shown(
    citations: Sequence[Citation], name: str, lesson: WordSpans, place: Mapping[str, frozenset[int]]
) -> list[_Shown]:
    """The sentences of the quotes in the order of the answer; of other lessons, those that say the same are found."""
    same = {_words(unit): places for unit, places in place.items()}
    shown: list[_Shown] = []
    for citation in sorted(citations, key=lambda each: each.answer_start):
        after = 0
        for said in _sentences(citation.quote):
            if citation.lesson == name:
                places = _found(said, lesson.words, after)
                after = max(places, default=after - 1) + 1
                shown.append(_Shown(said, places))
            else:
                shown.append(_Shown(said, same.get(said, frozenset())))
    return shown


def _sentences(quote: str) -> list[tuple[str, ...]]:
    parts = [quote[each.start : each.end] for each in sentences(quote) if each.kind not in ("heading", "image")]
    return [said for part in parts if (said := _words(part))]


def _words(text: str) -> tuple[str, ...]:
    return words(text).words


def _found(wanted: Sequence[str], among: Sequence[str], after: int = 0) -> frozenset[int]:
    """Where words stand without a gap: the first place from `after` on, else the first of all."""
    wanted = tuple(wanted)
    if wanted:
        for start in (*range(after, len(among) - len(wanted) + 1), *range(min(after, len(among)))):
            if among[start] == wanted[0] and tuple(among[start : start + len(wanted)]) == wanted:
                return frozenset(range(start, start + len(wanted)))
    return frozenset()


def _answers(says: Iterable[frozenset[int]], seen: frozenset[int]) -> bool:
    return any(len(unit & seen) >= _RECOGNISED * len(unit) for unit in says)


def _clean(precision: float, *, repeats: bool) -> int:
    if not precision:
        return 0
    return 2 if precision >= _CLEAN and not repeats else int(precision >= _MIXED)
