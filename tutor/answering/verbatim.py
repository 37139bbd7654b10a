"""Keeps an answer from taking more of one lesson, word for word, than the course allows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tutor.text.sentences import sentences

_WORD = re.compile(r"[\w’']+")
_SHINGLE = 5


@dataclass(frozen=True, slots=True)
class Taken:
    """What an answer takes of a lesson: `lesson_text[start:end]` of the lesson called `lesson`."""

    lesson: str
    start: int
    end: int
    text: str


def cap(taken: Sequence[Taken], max_words: int) -> tuple[Taken | None, ...]:
    """One item for each of `taken`, in order: as it is, cut after a whole sentence, or None when nothing of it fits.

    Of no lesson more than `max_words` words stay, counted over all that is taken of it; 0 is no limit. What comes
    first goes first. A cut piece begins where it began.
    """
    left: dict[str, int] = {}
    capped: list[Taken | None] = []
    for item in taken:
        allowed = left.get(item.lesson, max_words)
        kept = item if max_words == 0 else _cut(item, allowed)
        left[item.lesson] = allowed - (_count(kept.text) if kept else 0)
        capped.append(kept)
    return tuple(capped)


def longest_run(answer: str, lesson_text: str) -> int:
    """The most words in a row that `answer` has as they stand in the lesson, whatever their case and marks; 0 below 5.

    Takes time in proportion to both texts, but where a lesson says the same five words again and again.
    """
    mine, theirs = _words(answer), _words(lesson_text)
    places: dict[tuple[str, ...], list[int]] = {}
    for place in range(len(theirs) - _SHINGLE + 1):
        places.setdefault(tuple(theirs[place : place + _SHINGLE]), []).append(place)
    longest = 0
    runs: dict[int, int] = {}
    for place in range(len(mine) - _SHINGLE + 1):
        # A run that ended at one place of the lesson goes on at the next.
        found = places.get(tuple(mine[place : place + _SHINGLE]), ())
        runs = {at: runs.get(at - 1, _SHINGLE - 1) + 1 for at in found}
        longest = max(longest, max(runs.values(), default=0))
    return longest


def _cut(item: Taken, allowed: int) -> Taken | None:
    if _count(item.text) <= allowed:
        return item
    end = 0
    for sentence in sentences(item.text):
        if _count(item.text[: sentence.end]) > allowed:
            break
        end = sentence.end
    return Taken(item.lesson, item.start, item.start + end, item.text[:end]) if end else None


def _count(text: str) -> int:
    return len(_WORD.findall(text))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
