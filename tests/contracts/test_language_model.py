"""What every LanguageModel promises."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

import pytest

from tests.support.loopback_chat import ChatFault, LoopbackChat
from tests.support.scripted_model import ScriptedModel
from tests.support.waiting import eventually
from tutor.adapters.openai.model import OpenAIModel
from tutor.errors import TutorError, UpstreamUnavailable
from tutor.llm.messages import Finish, FinishReason, Message
from tutor.llm.model import LanguageModel

ASKED = [Message("system", "Be short."), Message("user", "Was ist ein Schlüssel? 🎉")]
TEXT = "Ein Schlüssel  öffnet\n\n- Türen 🎉\n- und mehr."


@dataclass
class Made:
    model: LanguageModel
    says: Callable[[str, float], None]
    fails_once: Callable[[], None]
    running: Callable[[], int]

    def is_idle(self) -> bool:
        return eventually(lambda: not self.running(), "the end of the answer")


@pytest.fixture(params=["openai", "scripted"])
def made(request: pytest.FixtureRequest) -> Iterator[Made]:
    if request.param == "scripted":
        scripted = ScriptedModel(TEXT)

        def says(text: str, delay_seconds: float) -> None:
            scripted.says, scripted.delay_seconds = text, delay_seconds

        yield Made(scripted, says, lambda: scripted.errors.append(UpstreamUnavailable("no")), lambda: scripted.running)
        return
    with LoopbackChat() as chat:
        chat.say(TEXT)
        chat.retry_after_seconds = 60
        model = OpenAIModel(chat.base_url, "a-key", None)
        yield Made(model, chat.say, lambda: chat.faults.append(ChatFault.STATUS_429_WAIT), lambda: chat.running)


async def heard(
    model: LanguageModel, asked: Sequence[Message] = ASKED, max_tokens: int = 100
) -> tuple[list[str], list[Finish]]:
    said = [piece async for piece in model.stream(asked, max_tokens)]
    return [piece for piece in said if isinstance(piece, str)], [piece for piece in said if isinstance(piece, Finish)]


def test_an_answer_is_pieces_none_of_them_empty_and_one_finish(made: Made) -> None:
    async def use() -> None:
        async with aclosing(made.model.stream(ASKED, 100)) as stream:
            said = [piece async for piece in stream]
        *pieces, finish = said
        assert all(isinstance(piece, str) and piece for piece in pieces)
        assert "".join(map(str, pieces)) == TEXT
        assert finish == Finish(FinishReason.STOP, prompt_tokens=7, completion_tokens=len(pieces))
        await made.model.close()

    asyncio.run(use())


def test_an_answer_ends_at_its_allowance(made: Made) -> None:
    async def use() -> None:
        pieces, [finish] = await heard(made.model, max_tokens=2)
        assert "".join(pieces) == "Ein Schlüssel"
        assert finish.reason is FinishReason.LENGTH
        assert finish.completion_tokens == 2
        await made.model.close()

    asyncio.run(use())


def test_a_failure_is_raised_before_the_first_piece_and_the_next_call_may_succeed(made: Made) -> None:
    async def use() -> None:
        made.fails_once()
        with pytest.raises(TutorError):
            await heard(made.model)
        pieces, [finish] = await heard(made.model)
        assert ("".join(pieces), finish.reason) == (TEXT, FinishReason.STOP)
        await made.model.close()

    asyncio.run(use())


def test_closing_the_stream_ends_the_answer(made: Made) -> None:
    async def use() -> None:
        made.says("word " * 1_000, 0.01)
        stream = made.model.stream(ASKED, 2_000)
        assert await anext(stream) == "word"
        assert made.running() == 1
        await stream.aclose()
        assert made.is_idle()
        await made.model.close()

    asyncio.run(use())


def test_cancelling_the_reader_ends_the_answer(made: Made) -> None:
    async def use() -> None:
        made.says("word " * 1_000, 0.01)
        task = asyncio.create_task(heard(made.model, max_tokens=2_000))
        await asyncio.to_thread(eventually, made.running, "the answer's begin")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert made.is_idle()
        await made.model.close()

    asyncio.run(use())


def test_answers_at_once_do_not_disturb_each_other(made: Made) -> None:
    async def use() -> None:
        made.says(TEXT, 0.001)
        for pieces, [finish] in await asyncio.gather(*(heard(made.model) for _ in range(8))):
            assert ("".join(pieces), finish.reason) == (TEXT, FinishReason.STOP)
        await made.model.close()

    asyncio.run(use())


def test_it_works_in_one_event_loop_after_another_and_knows_its_name(made: Made) -> None:
    async def use() -> None:
        assert made.model.is_available
        assert (await heard(made.model))[0]
        await made.model.close()

    for _ in range(2):
        asyncio.run(use())
    assert made.model.name
