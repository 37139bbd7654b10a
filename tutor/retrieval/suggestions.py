"""What a student may ask next: sections near the answer, so that each suggestion can be answered.

A suggestion puts a section's title into a question that can be read back: asked as it stands, it is searched as the
title alone (`tutor.conversation.suggested.topic`), since the words around it are the tutor's and in no lesson.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np

from tutor.conversation.suggested import suggestion
from tutor.index.course_index import CourseIndex
from tutor.models import Citation
from tutor.retrieval.retriever import Retrieved
from tutor.text.headings import names_no_subject

_MAX = 3
_CONSIDERED = 25
_LONGEST = 70


class Suggester:
    """Suggests questions from section titles of one course."""

    def __init__(self, index: CourseIndex) -> None:
        self._index = index
        self._phrase = suggestion(index.build.info.language)
        titles = {(heading.title.casefold(), lesson.lesson) for lesson in index.lessons for heading in lesson.headings}
        # "Introduction" and "Summary" stand in many lessons and name no subject.
        self._common = {title for title, count in Counter(title for title, _ in titles).items() if count > 1}

    def suggest(self, retrieved: Retrieved, citations: Iterable[Citation]) -> tuple[str, ...]:
        """Up to three questions about sections that were found and not cited, best first."""
        cited = {(citation.lesson, citation.section) for citation in citations}
        asked = retrieved.query.text.casefold()
        found: dict[str, None] = {}
        best = np.argsort(-retrieved.scores, kind="stable")[:_CONSIDERED]
        for chunk in (self._index.chunks[int(place)] for place in retrieved.candidates.chunks[best]):
            title = chunk.section.rsplit(" › ", 1)[-1]
            if (chunk.lesson, chunk.section) in cited or not self._names_a_subject(title) or title.casefold() in asked:
                continue
            found[title if title.endswith(("?", "؟", "？")) else self._phrase.format(topic=title.rstrip(" .:!"))] = None
            if len(found) == _MAX:
                break
        return tuple(found)

    def _names_a_subject(self, title: str) -> bool:
        letters = sum(character.isalpha() for character in title)
        return (
            letters >= 3
            and len(title) <= _LONGEST
            and not names_no_subject(title)
            and title.casefold() not in self._common
        )
