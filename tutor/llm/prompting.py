"""Question, conversation and passages → the messages for a model, within its budget of tokens.

What is the same for every question of a course comes first, so that services can keep it cached. The lessons' text
stands in a channel of its own, between marks that are new with every request: a lesson that writes such a mark, or
orders of any kind, stays material.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files

from tutor.llm.messages import Message
from tutor.llm.model import TokenCounter
from tutor.models import Mode, Passage

# What a message costs beside its words, and the opening of the answer, as OpenAI counts them.
_MESSAGE_TOKENS = 4
_OPENING_TOKENS = 3
_FEWEST_PASSAGE_TOKENS = 60


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is told: `shown` are the passages in it, numbered from 1; `tokens` is its exact length."""

    messages: tuple[Message, ...]
    shown: tuple[Passage, ...]
    tokens: int


class Prompter:
    """Composes prompts of at most `context_tokens - answer_tokens` tokens."""

    def __init__(self, counter: TokenCounter, context_tokens: int, answer_tokens: int) -> None:
        self._counter = counter
        self._room = context_tokens - answer_tokens

    def prompt(
        self,
        course_title: str,
        mode: Mode,
        question: str,
        passages: Sequence[Passage],
        history: Sequence[Message] = (),
        mark: str | None = None,
    ) -> Prompt:
        """The prompt with as many of the best passages as there is room for; older history gives way to passages.

        `mark` is for tests; else it is random. When nothing fits, the first passage is cut to what does.
        """
        mark = mark or secrets.token_hex(8)
        system = Message("system", _instructions(course_title, mode))
        frame = self._size(system) + self._size(self._question(question, (), mark)) + _OPENING_TOKENS
        kept = list(history)
        least = self._counter.count(_numbered(1, passages[0])) if passages else 0
        while kept and frame + sum(map(self._size, kept)) + least > self._room:
            kept.pop(0)
        frame += sum(map(self._size, kept))
        shown: list[Passage] = []
        for passage in passages:
            more = self._counter.count(_numbered(len(shown) + 1, passage)) + 2
            if frame + more > self._room:
                break
            frame += more
            shown.append(passage)
        if not shown and passages:
            shown = [self._cut(passages[0], self._room - frame)]
        messages = (system, *kept, self._question(question, shown, mark))
        return Prompt(messages, tuple(shown), self.tokens(messages))

    def tokens(self, messages: Sequence[Message]) -> int:
        """How long a prompt of these messages is."""
        return sum(map(self._size, messages)) + _OPENING_TOKENS

    def _size(self, message: Message) -> int:
        return self._counter.count(message.content) + _MESSAGE_TOKENS

    def _question(self, question: str, shown: Sequence[Passage], mark: str) -> Message:
        lessons = "\n\n".join(_numbered(number, passage) for number, passage in enumerate(shown, 1))
        return Message(
            "user",
            f"The lessons' passages stand between <lessons {mark}> and </lessons {mark}>.\n\n"
            f"<lessons {mark}>\n{lessons}\n</lessons {mark}>\n\nThe student asks: {question}",
        )

    def _cut(self, passage: Passage, tokens: int) -> Passage:
        text = passage.text
        while len(text) > 40 and self._counter.count(text) > max(tokens - 40, _FEWEST_PASSAGE_TOKENS):
            text = text[: len(text) * 3 // 4]
        return replace(passage, text=text, end=passage.start + len(text))


def standalone_prompt(text: str, history: Sequence[Message]) -> tuple[Message, ...]:
    """The messages that ask a model for a question that stands alone."""
    talk = "\n".join(f"{'Student' if item.role == 'user' else 'Tutor'}: {item.content}" for item in history)
    return (
        Message("system", instructions("standalone")),
        Message("user", f"{talk}\n\nThe student's last message: {text}"),
    )


@lru_cache
def instructions(name: str) -> str:
    """The words of `tutor/llm/prompts/<name>.md`."""
    return files("tutor.llm").joinpath("prompts", f"{name}.md").read_text("utf-8").strip()


def _instructions(course_title: str, mode: Mode) -> str:
    parts = [instructions("tutor"), f"The course is “{' '.join(course_title.split())}”."]
    if mode is not Mode.ANSWER:
        parts.append(instructions(mode.value))
    return "\n\n".join(parts)


def _numbered(number: int, passage: Passage) -> str:
    return f"[{number}] {' '.join(passage.section.split()) or passage.title}\n{passage.text}"
