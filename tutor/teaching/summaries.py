"""A lesson in a few of its own sentences: the most central one of each section, below the section's heading.

A sentence is central when its vector is near the mean of its section's and of the lesson's, as in centroid-based
summaries (Radev et al., "Centroid-based summarization of multiple documents", 2004).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tutor.answering.answers import Answer, AnswerWriter
from tutor.answering.question_type import is_caption
from tutor.index.course_index import CourseIndex
from tutor.models import Heading, Lesson
from tutor.teaching.places import chunk_at
from tutor.text.headings import is_aside_or_aim
from tutor.text.messages import messages
from tutor.text.plain import plain

_SECTIONS = 8
_DEFINES = re.compile(r"^(?:An?|The)?\s*\*\*[^*\n]+\*\*.{0,30}?\b(?:is|are|means|refers to)\b")
_LEANS = re.compile(
    r"^(?:this|that|these|those|it|its|they|their|he|she|such|however|but|so|therefore|thus|hence|then|also|and|or|"
    r"instead|otherwise|for (?:example|instance)|as a result|similarly|finally|here|below|above|now|next|first|second|"
    r"read|watch|check out|go through|see|you(?:'ll| will)|we(?:'ll| will)|let(?:'s|’s)|in this|in the next)\b",
    re.IGNORECASE,
)
_REFERS = re.compile(r"\b(?:this|these|those|therefore|thus|above|below|following|previous|here|such)\b", re.IGNORECASE)
_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)|\\.", re.DOTALL)
_SHORT, _LONG = 6, 32


@dataclass(frozen=True, slots=True, eq=False)
class LessonSentence:
    """A sentence of a lesson that can be read alone, and how well it stands for its section and the lesson."""

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A section of a lesson with all below it, as a summary shows it; no heading for what comes before the first."""

    heading: Heading | None
    start: int
    end: int


class Summariser:
    """Sums up the lessons of one course."""

    def __init__(self, index: CourseIndex) -> None:
        self._index = index
        self._messages = messages(index.build.info.language)

    def summary(self, lesson: Lesson, shows: Callable[[str], bool]) -> Answer:
        """Its sections, at most eight of them, each with its most central sentence; nothing for an empty lesson.

        Sentences and headings of which `shows` says that they give something away are left out.
        """
        writer = AnswerWriter()
        found = [(part, self._best(lesson, part, shows)) for part in parts(lesson)]
        kept = [(part, sentence) for part, sentence in found if sentence is not None]
        if not kept:
            return writer.answer()
        most = sorted(kept, key=lambda item: item[0].end - item[0].start, reverse=True)[:_SECTIONS]
        writer.name(lesson.title)
        for part, sentence in sorted(most, key=lambda item: item[0].start):
            if part.heading is not None and part.heading.title != lesson.title and not shows(part.heading.title):
                writer.words("\n\n")
                writer.name(part.heading.title)
            writer.words("\n\n")
            section = chunk_at(self._index, lesson.lesson, sentence.start).section
            writer.quote(lesson, section, sentence.start, sentence.end)
        return writer.answer()

    def outline(self, lesson: Lesson, shows: Callable[[str], bool]) -> Answer:
        """What a lesson of graded work treats: its headings, but for those that `shows` says give something away."""
        writer = AnswerWriter()
        writer.words(self._messages["summary_graded"])
        listed = False
        for part in parts(lesson):
            heading = part.heading
            if heading is not None and heading.title != lesson.title and not shows(heading.title):
                writer.words("\n- " if listed else "\n\n- ")
                listed = True
                section = chunk_at(self._index, lesson.lesson, heading.start).section
                writer.quote(lesson, section, heading.start, heading.end)
        return writer.answer()

    def sentences(self, lesson: Lesson, start: int, end: int) -> list[LessonSentence]:
        """The sentences of a span that can be read alone, in order."""
        place = self._index.position[lesson.lesson]
        first = int(np.searchsorted(self._index.lesson_of, place))
        last = int(np.searchsorted(self._index.lesson_of, place, side="right"))
        begin, stop = int(self._index.first_sentence[first]), int(self._index.first_sentence[last])
        if begin == stop:
            return []
        vectors = np.asarray(self._index.arrays.sentences[begin:stop], np.float32)
        starts = self._index.arrays.sentence_start[begin:stop]
        ends = self._index.arrays.sentence_end[begin:stop]
        inside = np.flatnonzero((starts >= start) & (ends <= end))
        if not len(inside):
            return []
        scores = _centrality(vectors, vectors[inside])
        return [
            LessonSentence(int(starts[number]), int(ends[number]), float(scores[order]) + _form(text, order))
            for order, number in enumerate(inside.tolist())
            for text in [lesson.text[starts[number] : ends[number]]]
            if stands_alone(text)
        ]

    def _best(self, lesson: Lesson, part: Part, shows: Callable[[str], bool]) -> LessonSentence | None:
        found = self.sentences(lesson, part.start, part.end)
        found = [sentence for sentence in found if not shows(lesson.text[sentence.start : sentence.end])]
        return max(found, key=lambda sentence: sentence.score, default=None)


def parts(lesson: Lesson) -> list[Part]:
    """The sections of the level that divides a lesson, in order, without exercises, reading lists and the like."""
    headings = [heading for heading in lesson.headings if heading.title != lesson.title]
    level = min((heading.level for heading in headings), default=0)
    # A lesson whose title is a heading of the same level as one more has that one level only.
    dividing = [heading for heading in headings if heading.level == level]
    deeper = [heading for heading in headings if heading.level == level + 1]
    if len(dividing) < 2 and len(deeper) > 1:
        dividing = sorted([*dividing, *deeper], key=lambda heading: heading.start)
    bounds = [lesson.text.rfind("\n", 0, heading.start) + 1 for heading in dividing] + [len(lesson.text)]
    found = [Part(None, 0, bounds[0])]
    found += [Part(heading, heading.end, bounds[place + 1]) for place, heading in enumerate(dividing)]
    return [
        part
        for part in found
        if lesson.text[part.start : part.end].strip() and not (part.heading and is_aside_or_aim(part.heading.title))
    ]


def stands_alone(text: str) -> bool:
    """Whether a sentence can be read without those around it, as far as its form tells."""
    bare = _CODE.sub("", text)
    words = len(plain(text).split())
    return (
        _SHORT <= words <= 2 * _LONG
        and "\n\n" not in text
        and not text.lstrip().startswith(("```", "~~~", "|", "$$", "\\[", "!["))
        and plain(text)[-1:] in ".!。！।)\"'”’»"
        and not _LEANS.match(plain(text))
        and not is_caption(text)
        and bare.count("**") % 2 == 0
        and bare.count("[") == bare.count("]")
        and bare.count("$") % 2 == 0
    )


def _centrality(all_: NDArray[np.float32], own: NDArray[np.float32]) -> NDArray[np.float32]:
    """How near each of a section's sentences is to the section's and to the lesson's mean."""
    lesson, section = all_.mean(axis=0), own.mean(axis=0)
    lesson, section = (mean / max(1e-6, float(np.linalg.norm(mean))) for mean in (lesson, section))
    return np.asarray(0.6 * own @ section + 0.4 * own @ lesson, np.float32)


def _form(text: str, order: int) -> float:
    """What the form of a sentence adds: a definition, an early place, a length that is easily read, no reference."""
    words = len(plain(text).split())
    added = 0.15 * bool(_DEFINES.match(text)) + 0.1 / (1 + order) - 0.01 * max(0, words - _LONG)
    return added - 0.1 * bool(_REFERS.search(text))
