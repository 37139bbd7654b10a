"""Questions made from a lesson, and answers checked against it: what was right, and what to read again.

What a quiz has asked stands in its turns: a question is found again by its very words among those of the lessons
that the turn's passages are from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from functools import lru_cache
from itertools import zip_longest

import numpy as np

from tutor.answering.answers import AnswerWriter, escaped
from tutor.conversation.message_kinds import asks, denies, skips, stops
from tutor.index.course_index import CourseIndex
from tutor.index.protocols import Embedder
from tutor.models import Lesson, Mode, Turn
from tutor.teaching.places import chunk_at, terms
from tutor.teaching.summaries import Summariser, parts
from tutor.text.messages import messages
from tutor.text.plain import plain
from tutor.text.words import Words

GAP = "[…]"
_MAX_ITEMS = 30
_OPTIONS = 3
_LETTERS = "abc"
_VERBS = r"(?:is|are|means?|refers? to|es|son|est|sont|ist|sind|é|são|significa|bedeutet)"
_MEANING = re.compile(
    rf"^(?:(?:an?|the|el|la|los|las|un|una|le|les|une|der|die|das|eine?|o|a|os|as|uma?)\s+)?"
    rf"(?:\*\*(?P<bold>[^*\n]{{2,40}})\*\*|(?P<plain>[^\W\d_][\w-]*(?: [\w-]+)?))(?:,[^,.]{{1,60}},)?(?:\s*\([^)]*\))?"
    rf"\s+{_VERBS}\s+(?P<rest>\S.{{20,}})",
    re.IGNORECASE | re.DOTALL,
)
_NO_TERM = re.compile(
    r"^(?:there|this|that|these|those|it|they|he|she|we|you|what|which|who|here|one|all|some|most|many|both|each|another|"
    r"how|why|when|if|as|so|and|but|not|nothing|everything|ello|esto|ce|cela|il|es|das|dies|isto|isso)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WORD = re.compile(r"[^\W\d_]{4,}(?:-[^\W\d_]+)*")
_RIGHT_SHARE, _PARTLY_SHARE = 0.5, 0.2
_RIGHT_COSINE, _PARTLY_COSINE = 0.75, 0.5
_TYPING_SLIP = 0.85


class QuizVerdict(StrEnum):
    """How an answer to a quiz stands to the lesson; the values are the names of messages."""

    RIGHT = "quiz_right"
    PARTLY = "quiz_partly"
    NOT_YET = "quiz_not_yet"


class QuizReply(StrEnum):
    """What a message in a quiz is."""

    ANSWER = "answer"
    SKIP = "skip"
    STOP = "stop"
    QUESTION = "question"


@dataclass(frozen=True, slots=True)
class QuizItem:
    """A question of a quiz: `question` is its Markdown, `lesson.text[start:end]` the sentence that it is made from.

    `expected` is what fills the gap, or empty when the whole sentence answers; `options` are what to choose from.
    """

    lesson: Lesson
    start: int
    end: int
    question: str
    term: str
    expected: str = ""
    options: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The lesson's exact words."""
        return self.lesson.text[self.start : self.end]


class Quizzer:
    """Asks and checks on the lessons of one course."""

    def __init__(self, index: CourseIndex, words: Words, embedder: Embedder) -> None:
        self._index = index
        self._words = words
        self._embedder = embedder
        self._summariser = Summariser(index)
        self._messages = messages(index.build.info.language)
        self.items = lru_cache(maxsize=64)(self._items)
        """The questions of a lesson, the best first, kinds in turn."""

    def pending(self, earlier: Sequence[Turn]) -> QuizItem | None:
        """The question that the last turn asked, if it was a quiz and the lesson still has it."""
        if not earlier or earlier[-1].mode is not Mode.QUIZ:
            return None
        last = earlier[-1]
        for name in dict.fromkeys(passage.lesson for passage in last.passages):
            place = self._index.position.get(name)
            for item in () if place is None else self.items(self._index.lessons[place]):
                if last.answer.endswith(item.question):
                    return item
        return None

    def next(self, lesson: Lesson, earlier: Sequence[Turn], shows: Callable[[str], bool]) -> QuizItem | None:
        """The first question of a lesson that this conversation has not had, and that gives no key away."""
        asked = "\0".join(turn.answer for turn in earlier if turn.mode is Mode.QUIZ)
        return next(
            (item for item in self.items(lesson) if item.question not in asked and not shows(item.sentence)), None
        )

    def ask(self, writer: AnswerWriter, item: QuizItem) -> None:
        """Write a question, and nothing after it."""
        writer.name(item.lesson.title)
        writer.words("\n\n" + item.question)

    def tell(self, writer: AnswerWriter, item: QuizItem, verdict: QuizVerdict | None) -> None:
        """Write how an answer was, none for a question that was skipped, and the sentence to read, cited."""
        if verdict is not None:
            writer.words(self._messages[verdict.value] + " ")
        writer.words(
            self._messages["quiz_reread" if verdict in (QuizVerdict.PARTLY, QuizVerdict.NOT_YET) else "quiz_says"]
        )
        writer.words("\n\n")
        section = chunk_at(self._index, item.lesson.lesson, item.start).section
        writer.quote(item.lesson, section, item.start, item.end)

    def reply(self, message: str, item: QuizItem) -> QuizReply:
        """What a message that follows a question is."""
        text = message.strip()
        if stops(text):
            return QuizReply.STOP
        if skips(text) or text == self._messages["quiz_next"]:
            return QuizReply.SKIP
        return (
            QuizReply.QUESTION if asks(text) and self.verdict(text, item) is QuizVerdict.NOT_YET else QuizReply.ANSWER
        )

    def verdict(self, message: str, item: QuizItem) -> QuizVerdict:
        """Whether an answer says what the lesson says: by its words, its meaning, its numbers and what it denies."""
        if item.expected:
            return self._filled(message, item)
        sentence = plain(item.sentence)
        about = set(self._words.tokens(item.term))
        wanted = {token: self._weight(token) for token in self._words.tokens(sentence) if token not in about}
        said = set(self._words.tokens(message)) - about
        share = sum(weight for token, weight in wanted.items() if token in said) / max(1e-6, sum(wanted.values()))
        vectors = self._embedder.embed([message, sentence]) if said else np.zeros((2, 1), np.float32)
        cosine = float(vectors[0] @ vectors[1])
        if self._denies(message) != self._denies(sentence) and (share >= _PARTLY_SHARE or cosine >= _PARTLY_COSINE):
            return QuizVerdict.NOT_YET
        numbers, true = set(_NUMBER.findall(message)), set(_NUMBER.findall(sentence))
        if share >= _RIGHT_SHARE or cosine >= _RIGHT_COSINE:
            return QuizVerdict.PARTLY if numbers - true else QuizVerdict.RIGHT
        if share >= _PARTLY_SHARE or cosine >= _PARTLY_COSINE:
            return QuizVerdict.NOT_YET if numbers - true else QuizVerdict.PARTLY
        return QuizVerdict.NOT_YET

    def _filled(self, message: str, item: QuizItem) -> QuizVerdict:
        text = message.strip().lower()
        if item.options and (letter := re.fullmatch(r"\W*(?:option |answer )?([abc])\W*", text)):
            chosen = item.options[_LETTERS.index(letter[1])]
            return QuizVerdict.RIGHT if chosen == item.expected else QuizVerdict.NOT_YET
        said, wanted = set(self._words.tokens(message)), set(self._words.tokens(item.expected))
        others = [set(self._words.tokens(option)) for option in item.options if option != item.expected]
        if self._denies(message) != self._denies(item.expected) or any(
            other and other - wanted <= said for other in others
        ):
            return QuizVerdict.NOT_YET
        # Of "working memory", beside "episodic memory", the first word is enough.
        telling = wanted.difference(*others) or wanted
        if telling and telling <= said:
            return QuizVerdict.RIGHT
        if SequenceMatcher(None, text.strip(" .!`"), item.expected.lower()).ratio() >= _TYPING_SLIP:
            return QuizVerdict.RIGHT
        return QuizVerdict.PARTLY if wanted & said else QuizVerdict.NOT_YET

    def _denies(self, text: str) -> bool:
        return denies(text, self._index.build.info.language)

    def _weight(self, token: str) -> float:
        lexicon = self._index.lexicon
        number = lexicon.vocabulary.get(token)
        return lexicon.unknown_idf if number is None else float(lexicon.idf[number])

    def _items(self, lesson: Lesson) -> tuple[QuizItem, ...]:
        found = [
            sentence for part in parts(lesson) for sentence in self._summariser.sentences(lesson, part.start, part.end)
        ]
        names = list(dict.fromkeys(plain(lesson.text[start:end]) for start, end in terms(lesson, 0, len(lesson.text))))
        meanings: list[QuizItem] = []
        gaps: list[QuizItem] = []
        choices: list[QuizItem] = []
        used: set[str] = set()
        for sentence in sorted(found, key=lambda sentence: -sentence.score):
            span = sentence.start, sentence.end
            item = self._meaning(lesson, *span) or self._gap(lesson, *span, names)
            if item is None or item.term.casefold() in used:
                continue
            used.add(item.term.casefold())
            (choices if item.options else gaps if item.expected else meanings).append(item)
        # Of the definitions every second one is asked the other way round: which term it belongs to.
        for item in meanings[1::2]:
            turned = self._gap(lesson, item.start, item.end, [other.term for other in meanings])
            if turned is not None and turned.options and turned.term == item.term:
                meanings.remove(item)
                choices.append(turned)
        turns = zip_longest(meanings, choices, gaps)
        return tuple(item for turn in turns for item in turn if item is not None)[:_MAX_ITEMS]

    def _meaning(self, lesson: Lesson, start: int, end: int) -> QuizItem | None:
        match = _MEANING.match(lesson.text[start:end])
        term = plain(match["bold"] or match["plain"]) if match else ""
        if not term or _NO_TERM.match(term):
            return None
        question = self._messages["quiz_meaning"].format(term=escaped(term))
        return QuizItem(lesson, start, end, question, term)

    def _gap(self, lesson: Lesson, start: int, end: int, names: Sequence[str]) -> QuizItem | None:
        text = plain(lesson.text[start:end])
        own = [plain(lesson.text[first:last]) for first, last in terms(lesson, start, end)]
        term = next((name for name in own if text.count(name) == 1), "")
        options: tuple[str, ...] = ()
        if term:
            near = sorted(names, key=lambda name: abs(len(name) - len(term)))
            others = [name for name in near if name.casefold() not in text.casefold()]
            if len(others) >= _OPTIONS - 1:
                options = tuple(sorted([term, *others[: _OPTIONS - 1]], key=str.casefold))
        else:
            # A word that the lesson comes back to is what the sentence is about; one it says once may be any.
            again = [word for word in _WORD.findall(text) if text.count(word) == 1 and lesson.text.count(word) > 1]
            known = [word for word in again if self._words.tokens(word)]
            term = max(
                known,
                key=lambda word: lesson.text.count(word) * self._weight(self._words.tokens(word)[-1]),
                default="",
            )
        if not term:
            return None
        before, after = text.split(term, 1)
        gapped = f"> {_spaced(before)}{GAP}{_spaced(after)}"
        listed = "".join(f"\n- {letter}) {escaped(name)}" for letter, name in zip(_LETTERS, options, strict=False))
        phrase = self._messages["quiz_choice" if options else "quiz_gap"]
        question = f"{phrase}\n\n{gapped}" + (f"\n{listed}" if options else "")
        return QuizItem(lesson, start, end, question, term, term, options)


def _spaced(text: str) -> str:
    """The text as Markdown, with the space at either end that `escaped` would drop."""
    before, after = (" " if text[:1].isspace() else ""), (" " if text[-1:].isspace() else "")
    return f"{before}{escaped(text)}{after}" if text.strip() else before
