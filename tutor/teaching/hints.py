"""The hint ladder: where to look, which ideas to connect, most of the way, and then the answer.

A hint before the third step holds nothing that gives the answer away; one about graded work never does, and has no
fourth step. What it shows of the lesson is cited; words left out of a sentence are marked, and that is no quote.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import islice

from tutor.answering.answers import Answer, AnswerWriter, escaped
from tutor.answering.spans import Span
from tutor.index.course_index import CourseIndex
from tutor.models import Heading, Lesson
from tutor.teaching.finding import RankedSentences
from tutor.teaching.graded import KeyGuard
from tutor.teaching.places import chunk_at, headings_above, section_span, terms
from tutor.text.headings import is_aside_or_aim
from tutor.text.messages import messages
from tutor.text.plain import plain
from tutor.text.words import Words

LAST_STEP = 3
"""The last step before the answer."""
_LEFT_OUT = "[…]"
_GAPS = 0.5
_TERMS = 3
_NEIGHBOUR_WORDS = 45
_BESIDE = 2
_FAR = 2.0
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


class Ladder:
    """Gives the hints of one course."""

    def __init__(self, index: CourseIndex, words: Words) -> None:
        self._index = index
        self._words = words
        self._messages = messages(index.build.info.language)

    def hint(self, finding: RankedSentences, step: int, guard: KeyGuard, graded: Collection[str] = ()) -> Answer:
        """The hint of a step, from 1; after the last step it stays there. Empty when nothing was found.

        `guard` knows the keys; `graded` are the lessons with graded work, when the question is about that.
        """
        target = _target(finding, graded)
        if target is None:
            return Answer("", ())
        for attempt in (step, 1):
            answer = self._written(finding, target, attempt, guard, bool(graded))
            if (attempt >= LAST_STEP and not graded) or not guard.shows(_of_the_lesson(answer)):
                return answer
        # Nothing but the title, which everyone sees in the list of lessons.
        writer = AnswerWriter()
        writer.words(f"{self._messages['graded']}\n\n" if graded else "")
        self._place(writer, target.lesson, None)
        writer.words("\n\n" + self._messages["hint_read"])
        return writer.answer()

    def _written(self, finding: RankedSentences, target: Span, step: int, guard: KeyGuard, graded: bool) -> Answer:
        writer = AnswerWriter()
        if graded and (step == 1 or step > LAST_STEP):
            writer.words(self._messages["graded"] + "\n\n")
        lesson = target.lesson
        heading = next((item for item in headings_above(lesson, target.start) if not guard.shows(item.title)), None)
        if step >= LAST_STEP and not graded:
            self._gapped(writer, finding, target, guard)
        elif step == 2:
            self._ideas(writer, finding, target, guard, heading)
            return writer.answer()
        elif step >= LAST_STEP:
            beside = list(islice(self._beside(finding, target, guard), _BESIDE))
            if beside:
                span = beside[(step - LAST_STEP) % len(beside)]
                writer.words(self._messages["hint_beside"] + "\n\n")
                writer.quote(span.lesson, span.section, span.start, span.end)
                writer.words("\n\n")
        self._place(writer, lesson, heading)
        writer.words("\n\n" + self._messages["hint_own_words" if step >= LAST_STEP else "hint_read"])
        return writer.answer()

    def _place(self, writer: AnswerWriter, lesson: Lesson, heading: Heading | None) -> None:
        """Where to look: the lesson, and the words of its heading, cited."""
        writer.words(self._messages["hint_where"] + "\n\n")
        writer.name(lesson.title)
        if heading is not None:
            writer.words("\n\n")
            self._quote(writer, lesson, heading.start, heading.end)

    def _ideas(
        self, writer: AnswerWriter, finding: RankedSentences, target: Span, guard: KeyGuard, heading: Heading | None
    ) -> None:
        """Terms that stand near the answer and are no part of it, and a question that leads there."""
        lesson = target.lesson
        self._place(writer, lesson, heading)
        named = f"{finding.retrieved.query.text} {lesson.title} {heading.title if heading else ''}"
        found = list(self._terms(finding, target, guard, frozenset(self._words.tokens(named))))
        if found:
            writer.words("\n\n" + self._messages["hint_ideas"] + "\n")
            for start, end in found:
                writer.words("\n- ")
                self._quote(writer, lesson, start, end)
        else:
            writer.words("\n\n" + self._messages["hint_ask"])
        writer.words("\n\n" + self._messages["hint_connect" if found else "hint_read"])

    def _terms(
        self, finding: RankedSentences, target: Span, guard: KeyGuard, named: frozenset[str]
    ) -> Iterator[tuple[int, int]]:
        """Up to three terms of the section and, where it has few, headings near it, the nearest to the answer first.

        None holds a word of the answer, nor only words that are `named` already.
        """
        lesson = target.lesson
        start, end = section_span(lesson, target.start)
        first, last = _with_neighbours(finding, target)
        # What stands beside the answer is too often what was asked for.
        own = [span for span in terms(lesson, start, end) if span[1] <= first or last <= span[0]]
        own.sort(key=lambda span: abs(span[0] - target.start))
        titles = [
            (heading.start, heading.end)
            for heading in sorted(lesson.headings, key=lambda heading: abs(heading.start - target.start))
            if heading.level > 1 and not is_aside_or_aim(heading.title) and not start <= heading.end <= end
        ]
        seen: set[frozenset[str]] = set()
        for first, last in (*own, *titles):
            tokens = frozenset(self._words.tokens(plain(lesson.text[first:last])))
            if not tokens or tokens & guard.best or tokens in seen or tokens <= named:
                continue
            if guard.shows(lesson.text[first:last]):
                continue
            seen.add(tokens)
            yield first, last
            if len(seen) == _TERMS:
                return

    def _gapped(self, writer: AnswerWriter, finding: RankedSentences, target: Span, guard: KeyGuard) -> None:
        """The sentence that answers with the words left out that say most, if there is such a sentence."""
        place = next(
            (
                place
                for place in _by_score(finding)
                if finding.lesson(place) is target.lesson
                and target.start <= finding.weighed.sentences[place].start < target.end
                and finding.weighed.sentences[place].kind in ("sentence", "item")
            ),
            None,
        )
        text = "" if place is None else self._with_gaps(plain(finding.text(place)), guard)
        if text:
            writer.words(f"{self._messages['hint_gaps']}\n\n> {text}\n\n")

    def _with_gaps(self, text: str, guard: KeyGuard) -> str:
        """The text with the rarer half of the words that are part of the answer left out; nothing if it has none."""
        lexicon = self._index.lexicon
        weight: dict[str, float] = {}
        for match in _WORD.finditer(text):
            ids = [lexicon.vocabulary.get(token) for token in self._words.tokens(match[0]) if token in guard.tokens]
            if ids:
                weight[match[0]] = max(lexicon.unknown_idf if i is None else float(lexicon.idf[i]) for i in ids)
        gone = set(sorted(weight, key=lambda word: -weight[word])[: max(1, round(len(weight) * _GAPS))])
        if not gone:
            return ""
        gapped = _WORD.sub(lambda match: _LEFT_OUT if match[0] in gone else match[0], escaped(text))
        return re.sub(rf"{re.escape(_LEFT_OUT)}(?: {re.escape(_LEFT_OUT)})+", _LEFT_OUT, gapped)

    def _beside(self, finding: RankedSentences, target: Span, guard: KeyGuard) -> Iterator[Span]:
        """Sentences of the section that are far from an answer and not beside it, the nearest first."""
        start, end = section_span(target.lesson, target.start)
        first, last = _with_neighbours(finding, target)
        least = float(finding.scores.max()) - _FAR
        places = [
            place
            for place in range(len(finding))
            if finding.lesson(place) is target.lesson
            and start <= finding.weighed.sentences[place].start < end
            and finding.weighed.sentences[place].kind == "sentence"
            and not first <= finding.weighed.sentences[place].start < last
            and finding.scores[place] < least
        ]
        for place in sorted(places, key=lambda place: abs(finding.weighed.sentences[place].start - target.start)):
            span = finding.grown(place, _NEIGHBOUR_WORDS)
            if span is None or "\n" in span.text or guard.leaks(span.text):
                continue
            if not (span.start < last and first < span.end):
                yield span

    def _quote(self, writer: AnswerWriter, lesson: Lesson, start: int, end: int) -> None:
        writer.quote(lesson, chunk_at(self._index, lesson.lesson, start).section, start, end)


def _target(finding: RankedSentences, graded: Collection[str]) -> Span | None:
    """What the hints lead to: the best span, or where nothing would be quoted the best sentence."""
    for span in finding.spans:
        if not graded or span.lesson.lesson in graded:
            return span
    for place in _by_score(finding):
        if not graded or finding.lesson(place).lesson in graded:
            sentence = finding.weighed.sentences[place]
            passage = int(finding.weighed.passages[place])
            return Span(finding.lesson(place), finding.section(place), sentence.start, sentence.end, 0.0, passage)
    return None


def _with_neighbours(finding: RankedSentences, target: Span) -> tuple[int, int]:
    """The span from the sentence before the target to the one behind it."""
    own = [
        sentence
        for sentence, lesson in zip(finding.weighed.sentences, finding.weighed.lessons, strict=True)
        if lesson is target.lesson
    ]
    before = max((sentence.start for sentence in own if sentence.end <= target.start), default=target.start)
    after = min((sentence.end for sentence in own if sentence.start >= target.end), default=target.end)
    return before, after


def _by_score(finding: RankedSentences) -> list[int]:
    return sorted(range(len(finding)), key=lambda place: -float(finding.scores[place]))


def _of_the_lesson(answer: Answer) -> str:
    """What an answer shows of a lesson, without the tutor's own words."""
    return "\n".join(citation.quote for citation in answer.citations)
