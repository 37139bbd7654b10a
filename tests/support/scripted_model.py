"""A language model without HTTP that says what it is told to."""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace

from tutor.errors import TutorError
from tutor.llm.messages import Finish, FinishReason, Message

Script = str | Sequence[str]
_PIECE = re.compile(r"\s*\S+\s*$|\s*\S+|\s+")


def pieces_of(said: Script) -> list[str]:
    """A text cut before every word, as models send it; pieces stay as they are. None is empty."""
    pieces = _PIECE.findall(said) if isinstance(said, str) else said
    return [piece for piece in pieces if piece]


class ScriptedModel:
    """The `LanguageModel` of tests: `says` is a text, its pieces, or what makes either of the messages.

    A piece is a token. `finish` ends every answer; what is over the allowance is left out and ends with LENGTH. The
    next calls raise what is in `errors`, in turn. `asked` are the messages of each call, `allowed` its max_tokens,
    `running` the answers being written, `aborted` the times (of time.monotonic) at which one was left by its reader.
    """

    def __init__(
        self,
        says: Script | Callable[[Sequence[Message]], Script] = "",
        *,
        finish: Finish | FinishReason = FinishReason.STOP,
        delay_seconds: float = 0.0,
        name: str = "scripted",
    ) -> None:
        self.says = says
        self.finish = finish if isinstance(finish, Finish) else Finish(finish)
        self.delay_seconds = delay_seconds
        self.errors: deque[TutorError] = deque()
        self.asked: list[tuple[Message, ...]] = []
        self.allowed: list[int] = []
        self.running = 0
        self.aborted: list[float] = []
        self.is_closed = False
        self.is_available = True
        self._name = name

    @property
    def name(self) -> str:
        """The name that it was given."""
        return self._name

    async def stream(self, messages: Sequence[Message], max_tokens: int) -> AsyncGenerator[str | Finish]:
        """The pieces, each after `delay_seconds`, and the Finish with the number of pieces as the tokens."""
        self.asked.append(tuple(messages))
        self.allowed.append(max_tokens)
        if self.errors:
            raise self.errors.popleft()
        pieces = pieces_of(self.says(messages) if callable(self.says) else self.says)
        self.running += 1
        try:
            for piece in pieces[:max_tokens]:
                await asyncio.sleep(self.delay_seconds)
                yield piece
            finish = self.finish if len(pieces) <= max_tokens else replace(self.finish, reason=FinishReason.LENGTH)
            if finish.completion_tokens is None:
                read = sum(len(pieces_of(message.content)) for message in messages)
                finish = replace(finish, prompt_tokens=read, completion_tokens=min(len(pieces), max_tokens))
            yield finish
        except (asyncio.CancelledError, GeneratorExit):
            self.aborted.append(time.monotonic())
            raise
        finally:
            self.running -= 1

    async def probe(self) -> None:
        """It would always answer, but for what is in `errors`."""
        if self.errors:
            raise self.errors[0]

    async def close(self) -> None:
        """Nothing is held open; it is only noted."""
        self.is_closed = True
