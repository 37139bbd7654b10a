"""A question that was asked before gets the same checked answer again, and no model is called.

`exact` is the same words, whatever their case and punctuation. `near`, in English, also overlooks what never changes
what is asked: articles, forms of "be" and "do", courtesies, a plural. The order of the words counts, and every other
word does. Nearness of vectors was measured and is not used: MiniLM gives "Is TCP faster than UDP?" and its reverse
.997, "with parameters" and "without parameters" .983, but "How do I remove a branch?" and "delete" .929.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Literal

from tutor.answering.answerer import Said
from tutor.models import Mode, Support, Turn, TurnState
from tutor.privacy.masking import masked
from tutor.text.language_id import language_of, small_words
from tutor.text.phrases import languages

MOST = 512
"""How many answers of a generation are remembered."""
_PLACEHOLDER = re.compile(r"\[(?:email|iban|card|id|phone)\]")
_CODE = re.compile(r"`+([^`]+)`+")
_BEFORE, _AFTER = "\"'“”‘’«»(¿¡[`", "\"'“”‘’«»)]`?!.,;:…"
_LAST_MARK = re.compile(r"[?!.…][\"'”’»)]*")
_CONTRACTED = ((re.compile(r"n't\b"), " not"), (re.compile(r"\b(what|how|who|where|why|when)'s\b"), r"\1"))
_FRAMES = (
    re.compile(r"^(?:hi|hello|hey)\b[\s,!.]*"),
    re.compile(r"^please,?\s+"),
    re.compile(r"^(?:(?:can|could|would) you\s+(?:please\s+)?)?(?:explain|tell|show)(?: to)? (?:me|us)\s+"),
    re.compile(r"^(?:can|could|would) you\s+(?:please\s+)?explain\s+"),
    re.compile(r"(?:,?\s*\b(?:please|thanks|thank you))+\s*(?=[?!.]*$)"),
)
_HOW = re.compile(r"^how (?:(?:do|does|can|could|would) (?:i|we|you|one)|to)\b")
# The present only: "Who was" and "Who is" ask for two people.
_EMPTY = frozenset("is are be am do does".split())
_ARTICLES = frozenset("a an the".split())
_FACTORIAL = re.compile(r"\d!")
_PLURAL = re.compile(r"(?=[a-z]*[aeiouy][a-z]*s\Z)[a-z]{3,}[^siu\W\d_]s")
_CHECKED = (Support.SUPPORTED, Support.NOT_CHECKABLE)

_Key = tuple[str, tuple[str, ...], tuple[str, ...]]


class Repeats:
    """The answers that one generation of a course has given. Safe to use from several threads.

    `fill` gives what was answered before this process began, oldest first; it is called at the first use. The
    questions must be such that need nothing that was said before them.
    """

    def __init__(
        self, how: Literal["off", "exact", "near"], fill: Callable[[], Sequence[Turn]], language: str = "en"
    ) -> None:
        self._how = how
        self._fill = fill
        self._language = language
        self._turns: OrderedDict[_Key, Turn] = OrderedDict()
        self._is_filled = False
        self._lock = threading.Lock()

    def remembered(self, question: str, lesson: str = "") -> Turn | None:
        """The turn that answered this question when it was asked on the same lesson; None when there is none."""
        if self._how == "off" or is_personal(question):
            return None
        key = self.key(question, lesson)
        with self._lock:
            if not self._is_filled:
                for turn in self._fill():
                    self._add(turn)
                self._is_filled = True
            if key not in self._turns:
                return None
            self._turns.move_to_end(key)
            return self._turns[key]

    def remember(self, turn: Turn) -> None:
        """Keep a turn that has ended for the next who asks the same, if its answer was checked and is for anyone."""
        if self._how != "off":
            with self._lock:
                self._add(turn)

    def forget(self, turn: str) -> None:
        """Give the answer of a turn to nobody any more, as when a reader found it wrong."""
        with self._lock:
            for key in [key for key, kept in self._turns.items() if kept.id == turn]:
                del self._turns[key]

    def _add(self, turn: Turn) -> None:
        if not _is_for_anyone(turn):
            return
        key = self.key(turn.question, turn.lesson)
        self._turns[key] = turn
        self._turns.move_to_end(key)
        if len(self._turns) > MOST:
            self._turns.popitem(last=False)

    def key(self, question: str, lesson: str = "") -> _Key:
        """What two questions have in common that get the same answer."""
        code = tuple(_CODE.findall(question))
        is_english = self._how == "near" and language_of(question, languages(), self._language).startswith("en")
        return lesson, code, _near_words(question) if is_english else plain_words(question)


def said_again(turn: Turn) -> list[Said]:
    """The answer of an earlier turn, sentence by sentence, each with the citations that begin with it."""
    return [
        Said(
            turn.answer[sentence.start : sentence.end],
            sentence.support,
            tuple(cited for cited in turn.citations if sentence.start <= cited.answer_start < sentence.end),
        )
        for sentence in turn.sentences
    ]


def _is_for_anyone(turn: Turn) -> bool:
    """Whether a model wrote the answer, all of it was checked, and nothing but the question went into it."""
    return (
        turn.state is TurnState.DONE
        and turn.mode is Mode.ANSWER
        and turn.answerer != "quoting"
        and not (turn.fallback or turn.repeats or turn.history or turn.step or turn.not_beyond)
        and bool(turn.citations)
        and all(sentence.support in _CHECKED for sentence in turn.sentences)
        and plain_words(turn.question) == plain_words(turn.standalone_question)
        and not is_personal(turn.question)
    )


def is_personal(question: str) -> bool:
    """Whether a question holds personal data, or held it before it was masked."""
    return bool(_PLACEHOLDER.search(question) or masked(question).spans)


def plain_words(text: str) -> tuple[str, ...]:
    """The words of a question and the signs that stand alone, as `==`; without case and the marks around words."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").split()
    words = [word if _FACTORIAL.search(word) else word.lstrip(_BEFORE).rstrip(_AFTER) or word for word in folded]
    if words and _LAST_MARK.fullmatch(words[-1]):
        words.pop()
    return tuple(words)


def _near_words(text: str) -> tuple[str, ...]:
    """The words of an English question that make it this one."""
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().replace("’", "'").split())
    for pattern, full in _CONTRACTED:
        plain = pattern.sub(full, plain)
    for frame in _FRAMES:
        plain = frame.sub("", plain)
    words = plain_words(_HOW.sub("how", plain))
    kept, small, before = [], small_words("en"), ""
    for word in words:
        # After a word that names something it may be a letter: vitamin A.
        is_article = word in _ARTICLES and (not before or before in small)
        if word not in _EMPTY and not is_article:
            kept.append(word[:-1] if _PLURAL.fullmatch(word) else word)
        before = word
    return tuple(kept) or words
