"""What kind of answer a question asks for, and which sentences are no answer to any question.

The fitted weights say which sentences are about the question; what is added here says which of those a reader takes
for an answer: the definition when a meaning is asked for, the steps for a "how", both sides of a difference.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tutor.answering.quotable import FEATURES, SentenceFeatures
from tutor.retrieval.definitions import defined_term
from tutor.text.headings import is_aside

_STEPS = FEATURES.index("steps")
_CHUNK = FEATURES.index("chunk")
_DEFINES = 1.5
_IS_A_STEP = 0.3
_BOTH_SIDES = 0.6
_ASIDE = -2.5
_POINTS_ELSEWHERE = -1.0
_ABOVE = 0.1
# How far a chunk may be behind the best one for its definition to be of the thing that was asked about.
_NEAR = -1.5

_VERBS = r"(?:is|are|was|refers?\s+to|means?|describes?|denotes?|consists?)\b"
_MEANING = re.compile(
    r"(?:so,? |and )?(?:what(?:'s|’s| is| are|s)|define|meaning|definition)\b|what does .+ mean", re.IGNORECASE
)
_SIDES = (
    re.compile(
        r"\bdifferen(?:ces?|t|tiate)\b.*?\b(?:between|of)\s+(?P<one>.+?)\s+(?:and|vs\.?|versus|or)\s+(?P<other>.+)",
        re.IGNORECASE,
    ),
    re.compile(
        r"^(?:how (?:is|are|does|do)\s+)(?P<one>.+?)\s+(?:differ(?:s|ent)?\s+from)\s+(?P<other>.+)", re.IGNORECASE
    ),
    re.compile(r"^compare\s+(?P<one>.+?)\s+(?:and|with|to)\s+(?P<other>.+)", re.IGNORECASE),
    re.compile(r"^(?P<one>.+?)\s+(?:vs\.?|versus)\s+(?P<other>.+)", re.IGNORECASE),
)
_ELSEWHERE = re.compile(
    r"^(?:(?:now,? |then,? |next,? |once again,? )?(?:read|watch|rewatch|check out|go through|see|have a look at|"
    r"take a look at|refer to|visit|work through|make sure to (?:re)?watch)\b.{0,80}(?:\]\(|video|resources?|article))",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"^\s*\d{1,9}[.)]\s", re.MULTILINE)
_SMALL = frozenset("a an the using of in on for to and or".split())
_CAPTION = re.compile(
    r"^[*_]*(?:figure|fig\.|image|diagram|screenshot|listing)\s*(?:[\d.-]+)?\s*[:.][*_]*\s", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class QuestionType:
    """What a question asks for; nothing of all that for most questions.

    `definition` finds at the head of a sentence that it says what the asked term is. `sides` find in a text the two
    things that are set against each other.
    """

    definition: re.Pattern[str] | None = None
    sides: tuple[re.Pattern[str], ...] = ()

    @classmethod
    def of(cls, question: str) -> QuestionType:
        """What `question` asks for."""
        return cls(_definition(question), _sides(question))

    def adjusted(self, weighed: SentenceFeatures, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """The fitted scores, one per sentence, raised for what was asked for and lowered for asides.

        None is raised far above the best: the others are measured by it.
        """
        found = np.zeros(len(weighed.sentences), np.float32)
        for place, (sentence, lesson) in enumerate(zip(weighed.sentences, weighed.lessons, strict=True)):
            text = lesson.text[sentence.start : sentence.end]
            row = weighed.features[place]
            if self.definition and row[_CHUNK] >= _NEAR and self.definition.search(text):
                found[place] += _DEFINES
            if (
                row[_STEPS]
                and row[_CHUNK] >= _NEAR
                and _NUMBERED.search(lesson.text, lesson.text.rfind("\n", 0, sentence.start) + 1, sentence.start)
            ):
                found[place] += _IS_A_STEP
            if self.sides and all(side.search(text) for side in self.sides):
                found[place] += _BOTH_SIDES
            if is_aside(weighed.sections[place].rsplit(" › ", 1)[-1]):
                found[place] += _ASIDE
            elif _ELSEWHERE.match(text):
                found[place] += _POINTS_ELSEWHERE
        return np.asarray(np.minimum(scores + found, scores.max(initial=-np.inf) + _ABOVE), np.float32)


def is_caption(text: str) -> bool:
    """Whether a sentence describes a picture that the answer does not show."""
    return bool(_CAPTION.match(text))


def _definition(question: str) -> re.Pattern[str] | None:
    term = defined_term(question)
    if not term or not _MEANING.match(question.strip()) or len(term.split()) > 4:
        return None
    words = r"[\s_-]+".join(map(re.escape, re.split(r"[\s_-]+", term)))
    opening = r"^(?:an?\s|the\s)?\W{0,3}(?:an?\s|the\s)?\W{0,3}"
    apposition = r"(?:\s*\([^)]*\)|,\s*(?:or|also called|also known as|abbreviated)\s+[^,.]{1,40},)?"
    return re.compile(rf"{opening}{words}(?:e?s)?\W{{0,3}}{apposition}[`*_]*\s+{_VERBS}", re.IGNORECASE)


def _sides(question: str) -> tuple[re.Pattern[str], ...]:
    for pattern in _SIDES:
        match = pattern.search(question.strip().rstrip("?!. "))
        if match and (sides := [_mention(match[name]) for name in ("one", "other")]) and all(sides):
            return tuple(side for side in sides if side)
    return ()


def _mention(side: str) -> re.Pattern[str] | None:
    """Finds texts with all words of `side`, in any order and with other endings ("caching", "cache")."""
    words = [word for word in re.findall(r"[^\W_]+", side) if word.lower() not in _SMALL]
    heads = [re.escape(word[:4]) + ("" if len(word) > 4 else r"(?:s|es)?\b") for word in words[:5]]
    ahead = "".join(rf"(?=.*\b{head})" for head in heads)
    return re.compile(rf"\A{ahead}", re.IGNORECASE | re.DOTALL) if heads else None
