"""Writes with any service that speaks OpenAI's chat API, streaming."""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass

import openai

from tutor.adapters.openai.breaker import CircuitBreaker, RetryBudget
from tutor.adapters.openai.chat import ChatService
from tutor.adapters.openai.errors import OPENAI_FAILURES, translated
from tutor.adapters.openai.stream import ChatStreamParser
from tutor.errors import TimedOut, TransientError, TutorError, UpstreamUnavailable
from tutor.llm.messages import Finish, FinishReason, Message

_MAX_ATTEMPTS = 3
_LONGEST_WAIT_SECONDS = 4.0
# Four characters are a token of English; no text of an allowance comes near this, but for a server that overlooks it.
_CHARACTERS_PER_TOKEN = 8
_MORE_CHARACTERS = 400
# After the reason only counts can come: worth this much waiting.
_COUNTS_SECONDS = 2.0
# A body that is read to its end leaves the connection to the next request.
_END_SECONDS = 0.1
_WRONG_REQUEST = (400, 413, 422)
_log = logging.getLogger(__name__)


class _NothingSaid(UpstreamUnavailable):
    """The answer was whole and had no text."""


@dataclass(frozen=True, slots=True)
class _Deadlines:
    """Times of the loop's clock: for the first piece, over all attempts, and for the end."""

    first: float
    end: float


class OpenAIModel:
    """The `LanguageModel` over HTTP, with its own retries, deadlines, retry budget and circuit breaker.

    `model` None is OpenAI's usual one there, elsewhere the first that the service offers. An attempt is repeated only
    before the first piece, only inside `first_token_seconds`, which hold for all attempts together, and only when it
    may succeed. `sends_finish` False takes a whole answer for a finished one though the service does not say so.
    It can be used in one event loop after another; `close` it before its loop ends.
    """

    def __init__(
        self,
        base_url: str | None,
        api_key: str | None,
        model: str | None,
        *,
        connect_seconds: float = 5.0,
        first_token_seconds: float = 20.0,
        next_token_seconds: float = 10.0,
        model_seconds: float = 90.0,
        sends_finish: bool = True,
        first_wait_seconds: float = 0.25,
        breaker: CircuitBreaker | None = None,
        budget: RetryBudget | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._service = ChatService(base_url, api_key, model, connect_seconds)
        self._first_token_seconds = min(first_token_seconds, model_seconds)
        self._next_token_seconds = next_token_seconds
        self._model_seconds = model_seconds
        self._sends_finish = sends_finish
        self._first_wait_seconds = first_wait_seconds
        self._breaker = breaker or CircuitBreaker()
        self._budget = budget or RetryBudget()
        self._sleep = sleep

    @property
    def name(self) -> str:
        """The model's name; empty while it is the service's to tell and was not asked for yet."""
        return self._service.model

    @property
    def is_available(self) -> bool:
        """False while the service is left alone after several failures."""
        return not self._breaker.is_open

    async def stream(self, messages: Sequence[Message], max_tokens: int) -> AsyncGenerator[str | Finish]:
        """The text in pieces, then the Finish; see `LanguageModel.stream`.

        An answer that runs over `model_seconds`, or far over its allowance, is ended here, with the reason LENGTH.
        """
        now = asyncio.get_running_loop().time()
        deadlines = _Deadlines(now + self._first_token_seconds, now + self._model_seconds)
        self._budget.earn()
        for attempt in itertools.count():
            pass_ = self._breaker.enter()
            if pass_ is None:
                raise UpstreamUnavailable(
                    "The model service has failed several times and is left alone for a while.",
                    retry_after_seconds=self._breaker.wait_seconds,
                )
            try:
                async with aclosing(self._attempt(messages, max_tokens, deadlines)) as answer:
                    async for piece in answer:
                        self._note(piece, pass_)
                        yield piece
                return
            except TutorError as error:
                self._note_failure(error, pass_)
                wait = self._wait_seconds(error, attempt, deadlines)
                if wait is None:
                    raise
            finally:
                self._breaker.left(pass_)
            await self._sleep(wait)

    async def probe(self) -> None:
        """Nothing when the service would answer now. Raises TutorError whose message names the setting to change."""
        await self._service.probe(self._first_token_seconds)

    async def close(self) -> None:
        """Close the connections of the running event loop."""
        await self._service.close()

    async def _attempt(
        self, messages: Sequence[Message], max_tokens: int, deadlines: _Deadlines
    ) -> AsyncGenerator[str | Finish]:
        """One request, as `stream`."""
        clock = asyncio.get_running_loop().time
        said = ChatStreamParser()
        room = limit = _CHARACTERS_PER_TOKEN * max_tokens + _MORE_CHARACTERS
        problem: TutorError | None = None
        until = deadlines.first
        try:
            async with AsyncExitStack() as stack:
                async with asyncio.timeout_at(until):
                    received = await self._service.open(stack, messages, max_tokens)
                while room:
                    async with asyncio.timeout_at(until):
                        data = await anext(received, None)
                    if data is None:
                        break
                    for piece in said.read(data):
                        if room:
                            yield piece[:room]
                            room = max(0, room - len(piece))
                        until = clock() + self._next_token_seconds
                    if said.reason or said.is_done:
                        until = clock() + (_END_SECONDS if said.is_done else _COUNTS_SECONDS)
                    until = min(until, deadlines.end)
        except TimeoutError as error:
            if said.reason is None and not said.is_done:
                if room < limit and until >= deadlines.end:
                    yield Finish(FinishReason.LENGTH, detail=f"it wrote for more than {self._model_seconds:g} seconds")
                    return
                problem = self._late(began=room < limit)
                problem.__cause__ = error
        except OPENAI_FAILURES as error:
            problem = translated(error)
            problem.__cause__ = error
        except TutorError as error:
            problem = error
        if not room:
            yield Finish(FinishReason.LENGTH, detail="it wrote far more than it was allowed")
        else:
            yield self._finish(said, problem, max_tokens, has_text=room < limit)

    def _finish(self, said: ChatStreamParser, problem: TutorError | None, max_tokens: int, *, has_text: bool) -> Finish:
        """How an answer ended; raises what is wrong with it when nothing of it has been passed on."""
        reason, detail = said.reason, said.detail
        if reason is None and not self._sends_finish and (said.is_done or not (problem or said.is_within_event)):
            is_full = said.completion_tokens is not None and said.completion_tokens >= max_tokens
            reason = FinishReason.LENGTH if is_full else FinishReason.STOP
        if reason is None:
            problem = problem or UpstreamUnavailable("The model service ended its answer before it was done.")
            reason, detail = FinishReason.CUT, problem.message
        if reason is FinishReason.CUT and not has_text:
            raise problem or UpstreamUnavailable(f"The model service did not answer ({detail}).")
        if reason is FinishReason.STOP and not has_text:
            raise _NothingSaid("The model service's answer was empty.")
        return Finish(reason, said.prompt_tokens, said.completion_tokens, detail)

    def _late(self, *, began: bool) -> TimedOut:
        if began:
            return TimedOut(f"The model service paused for more than {self._next_token_seconds:g} seconds.")
        return TimedOut(f"The model service did not begin to answer within {self._first_token_seconds:g} seconds.")

    def _note(self, piece: str | Finish, pass_: int) -> None:
        if isinstance(piece, str):
            self._breaker.answers(pass_)
        elif piece.reason is FinishReason.CUT:
            self._fail(pass_, piece.detail, None)
        else:
            self._breaker.succeeded(pass_)

    def _note_failure(self, error: TutorError, pass_: int) -> None:
        cause = error.__cause__
        # What is wrong with one request says nothing about the next.
        if not (isinstance(cause, openai.APIStatusError) and cause.status_code in _WRONG_REQUEST):
            self._fail(pass_, error.message, error.retry_after_seconds if isinstance(error, TransientError) else None)

    def _fail(self, pass_: int, reason: str, retry_after_seconds: float | None) -> None:
        self._breaker.failed(pass_, retry_after_seconds)
        if self._breaker.is_open:
            _log.warning("The model service is left alone for %.0f s: %s", self._breaker.wait_seconds, reason)

    def _wait_seconds(self, error: TutorError, attempt: int, deadlines: _Deadlines) -> float | None:
        """How long to wait before the next attempt; None when there is none."""
        limit = 2 if isinstance(error, _NothingSaid) else _MAX_ATTEMPTS
        if not isinstance(error, TransientError) or attempt + 1 >= limit or self._breaker.is_open:
            return None
        # Full jitter: many clients that failed together do not come back together.
        wait = random.uniform(0, min(self._first_wait_seconds * 2**attempt, _LONGEST_WAIT_SECONDS))  # noqa: S311
        wait += error.retry_after_seconds or 0.0
        if asyncio.get_running_loop().time() + wait >= deadlines.first or not self._budget.spend():
            return None
        _log.info("The model service is asked again in %.2f seconds: %s", wait, error.message)
        return wait
