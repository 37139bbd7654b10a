"""Where in a lesson something stands: the heading above it, the sections around it, the terms near it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator

import numpy as np

from tutor.index.course_index import CourseIndex
from tutor.index.deep_links import url_at
from tutor.models import Chunk, Heading, Lesson, Passage

_TERM = re.compile(r"\*\*(?P<bold>[^*\n]{2,40})\*\*|(?<!`)`(?P<code>[^`\n]{2,30})`(?!`)")
_FENCED = re.compile(r"^ *(`{3,}|~{3,})[^\n]*\n.*?^ *\1[^\n]*$", re.DOTALL | re.MULTILINE)


def headings_above(lesson: Lesson, position: int) -> Iterator[Heading]:
    """The headings that a position stands below, the nearest first."""
    level = 7
    for heading in reversed(lesson.headings):
        if heading.start <= position and heading.level < level:
            level = heading.level
            yield heading


def section_span(lesson: Lesson, position: int) -> tuple[int, int]:
    """Where the section of a position begins and ends, its heading left out."""
    start, end = 0, len(lesson.text)
    for heading in lesson.headings:
        if heading.start <= position:
            start = heading.end
        else:
            line = lesson.text.rfind("\n", 0, heading.start) + 1
            end = min(end, line)
            break
    return min(start, end), end


def terms(lesson: Lesson, start: int, end: int) -> list[tuple[int, int]]:
    """The emphasised words and the code of a span outside of code blocks, each once, marks left out of bold ones."""
    fences = [match.span() for match in _FENCED.finditer(lesson.text, start, end)]
    found: dict[str, tuple[int, int]] = {}
    for match in _TERM.finditer(lesson.text, start, end):
        if any(first <= match.start() < last for first, last in fences):
            continue
        group = "bold" if match["bold"] else "code"
        span = match.span("bold") if group == "bold" else match.span()
        if any(character.isalpha() for character in match[group]) and match[group] == match[group].strip():
            found.setdefault(match[group].casefold(), span)
    return list(found.values())


def chunk_at(index: CourseIndex, lesson: str, position: int) -> Chunk:
    """The chunk of a lesson that holds a position; the first one for what stands before it."""
    first = int(np.searchsorted(index.lesson_of, index.position[lesson]))
    last = int(np.searchsorted(index.lesson_of, index.position[lesson], side="right"))
    chunks = index.chunks[first:last]
    return chunks[max(0, bisect_right(chunks, position, key=lambda chunk: chunk.start) - 1)]


def with_places(
    index: CourseIndex, passages: tuple[Passage, ...], places: Iterable[tuple[str, int]]
) -> tuple[Passage, ...]:
    """The passages, and after them the chunks of further places, each a lesson and a position in it.

    Whatever a turn cites is of one of its passages.
    """
    found = list(passages)
    for name, position in places:
        if any(passage.lesson == name and passage.start <= position < passage.end for passage in found):
            continue
        lesson, chunk = index.lessons[index.position[name]], chunk_at(index, name, position)
        found.append(
            Passage(
                rank=len(found) + 1,
                score=found[-1].score if found else 0.0,
                lesson=name,
                title=lesson.title,
                section=chunk.section,
                start=chunk.start,
                end=chunk.end,
                text=chunk.text,
                url=url_at(lesson, chunk.start),
            )
        )
    return tuple(found)
