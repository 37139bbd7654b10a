"""A message that leans on the conversation → a question that stands alone, written by a model and checked.

The model is asked only for messages that do not stand alone. What it writes must be made of words that were said:
a rewrite that brings words of its own would search for what was not asked.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace

from tutor.conversation.standalone import content_words
from tutor.errors import TutorError
from tutor.llm.messages import Finish, FinishReason, Message
from tutor.llm.model import CostScope
from tutor.llm.prompting import Prompter, standalone_prompt
from tutor.llm.writing import Writing
from tutor.models import Usage

log = logging.getLogger(__name__)

_ANSWER_TOKENS = 80
_SECONDS = 5.0
"""A rewrite that comes later does not help: the rules have one at once."""
_LONGEST_WORDS = 60
_NEW_WORDS = 0.2


async def rewritten(
    text: str, history: Sequence[Message], language: str, writing: Writing, scope: CostScope
) -> tuple[str | None, Usage]:
    """The question as a model puts it and what that cost; None when it gave none that can be trusted, in time."""
    messages = standalone_prompt(text, history)
    tokens = Prompter(writing.counter, writing.context_tokens, _ANSWER_TOKENS).tokens(messages)
    written, finish = "", Finish(FinishReason.CUT)
    try:
        reservation = await writing.spending.reserve(scope, writing.model.name, tokens, _ANSWER_TOKENS)
    except TutorError:
        return None, Usage()
    try:
        async with asyncio.timeout(_SECONDS), aclosing(writing.model.stream(messages, _ANSWER_TOKENS)) as stream:
            async for part in stream:
                if isinstance(part, Finish):
                    finish = part
                else:
                    written += part
    except (TutorError, TimeoutError) as error:
        log.info("%s: a follow-up is understood by rules: %s", scope.course, error)
    finally:
        wrote = finish.completion_tokens
        settled = writing.spending.settle(
            replace(reservation, model=writing.model.name),
            tokens if finish.prompt_tokens is None else finish.prompt_tokens,
            writing.counter.count(written) if wrote is None else wrote,
        )
        usage = await asyncio.shield(asyncio.ensure_future(settled))
    if finish.reason is not FinishReason.STOP:
        return None, usage
    return _trusted(written, text, history, language), usage


def _trusted(written: str, text: str, history: Sequence[Message], language: str) -> str | None:
    """The rewrite, when it is one short line that keeps the message's words and brings next to none of its own."""
    line = written.strip().strip('"“”').strip()
    if not line or "\n" in line or len(line.split()) > _LONGEST_WORDS:
        return None
    words = set(content_words(line, language))
    asked = set(content_words(text, language))
    said = asked.union(*(content_words(message.content, language) for message in history))
    if not words or len(words - said) > _NEW_WORDS * len(words) or len(asked - words) > len(asked) / 2:
        return None
    return line
