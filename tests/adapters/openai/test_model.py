"""How the model over HTTP meets a service that fails, and how it treats one that does not."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.support.loopback_chat import REFUSAL_TEXT, ChatFault, LoopbackChat
from tests.support.waiting import eventually
from tutor.adapters.openai.breaker import CircuitBreaker, RetryBudget
from tutor.adapters.openai.model import OpenAIModel
from tutor.errors import (
    ConfigurationError,
    ProviderRejected,
    RateLimited,
    TimedOut,
    TutorError,
    UpstreamUnavailable,
)
from tutor.llm.messages import Finish, FinishReason, Message

ASKED = [Message("system", "Be short."), Message("user", "the-student-s-words")]
TEXT = "Grüße 🎉 from the loopback."
KEY = "sk-a-very-secret-key"
CLOSED = 10**9


@pytest.fixture
def chat() -> Iterator[LoopbackChat]:
    with LoopbackChat() as chat:
        chat.say(TEXT)
        yield chat


@asynccontextmanager
async def opened(chat: LoopbackChat, model: str | None = "loopback-1", **settings: Any) -> AsyncIterator[OpenAIModel]:
    """With short waits between attempts, and a breaker that stays closed unless another is given."""
    usual: dict[str, Any] = {"first_wait_seconds": 0.01, "breaker": CircuitBreaker(CLOSED)}
    it = OpenAIModel(chat.base_url, KEY, model, **(usual | settings))
    try:
        yield it
    finally:
        await it.close()


async def heard(model: OpenAIModel, max_tokens: int = 100, asked: Sequence[Message] = ASKED) -> tuple[str, Finish]:
    *pieces, finish = [piece async for piece in model.stream(asked, max_tokens)]
    assert isinstance(finish, Finish)
    assert all(isinstance(piece, str) and piece for piece in pieces)
    return "".join(map(str, pieces)), finish


class Waits:
    """Stands for the waiting between attempts: notes how long it would be, and lets everything else go first."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)


Using = Callable[[OpenAIModel], Coroutine[Any, Any, None]]


def use(chat: LoopbackChat, using: Using, model: str | None = "loopback-1", **settings: Any) -> None:
    async def run() -> None:
        async with opened(chat, model, **settings) as it:
            await using(it)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        if left:
            # The collector closes a generator in a task of its own, whenever it comes by.
            _, left = await asyncio.wait({task for task in left if task is not None}, timeout=1.0)
        assert not left

    asyncio.run(run())


Ends = FinishReason | type[TutorError]
# How an answer ends that meets the fault after two pieces, and before any.
ENDS: dict[ChatFault, tuple[Ends, Ends]] = {
    ChatFault.SLOW: (TimedOut, TimedOut),
    ChatFault.STALL: (FinishReason.CUT, TimedOut),
    ChatFault.STATUS_500: (UpstreamUnavailable, UpstreamUnavailable),
    ChatFault.STATUS_503: (UpstreamUnavailable, UpstreamUnavailable),
    ChatFault.STATUS_429_WAIT: (RateLimited, RateLimited),
    ChatFault.STATUS_429: (RateLimited, RateLimited),
    ChatFault.HTML: (ProviderRejected, ProviderRejected),
    ChatFault.BAD_JSON: (FinishReason.CUT, UpstreamUnavailable),
    ChatFault.SPLIT_UTF8: (FinishReason.STOP, FinishReason.STOP),
    ChatFault.HALF_EVENT: (FinishReason.CUT, UpstreamUnavailable),
    ChatFault.NO_DONE: (FinishReason.STOP, FinishReason.STOP),
    ChatFault.NO_FINISH: (FinishReason.CUT, FinishReason.CUT),
    ChatFault.LENGTH: (FinishReason.LENGTH, FinishReason.LENGTH),
    ChatFault.FILTER: (FinishReason.FILTER, FinishReason.FILTER),
    ChatFault.REFUSAL: (FinishReason.REFUSAL, FinishReason.REFUSAL),
    ChatFault.ERROR_EVENT: (FinishReason.CUT, UpstreamUnavailable),
    ChatFault.RESET: (FinishReason.CUT, UpstreamUnavailable),
    ChatFault.EMPTY: (UpstreamUnavailable, UpstreamUnavailable),
    ChatFault.ONE_BYTE: (FinishReason.STOP, FinishReason.STOP),
    ChatFault.ENDLESS: (FinishReason.LENGTH, FinishReason.LENGTH),
}
WHOLE = {ChatFault.SPLIT_UTF8, ChatFault.NO_DONE, ChatFault.NO_FINISH, ChatFault.ONE_BYTE}


@pytest.mark.parametrize("fault", ChatFault)
@pytest.mark.parametrize("fault_after", [2, 0])
def test_every_fault_ends_as_it_should(
    chat: LoopbackChat, caplog: pytest.LogCaptureFixture, fault: ChatFault, fault_after: int
) -> None:
    caplog.set_level(logging.DEBUG, "tutor")
    chat.always = fault
    chat.fault_after = fault_after
    chat.retry_after_seconds = 60
    ends = ENDS[fault][0 if fault_after else 1]

    async def using(model: OpenAIModel) -> None:
        if isinstance(ends, FinishReason):
            text, finish = await heard(model)
            assert finish.reason is ends
            assert (finish.detail != "") == (ends is FinishReason.CUT or fault is ChatFault.ENDLESS)
            assert "the-student-s-words" not in finish.detail
            assert REFUSAL_TEXT not in text
            if fault is ChatFault.ENDLESS:
                assert len(text) == 8 * 100 + 400
            else:
                assert text == (TEXT if fault in WHOLE else "Grüße 🎉" if fault_after else "")
            if ends in (FinishReason.STOP, FinishReason.LENGTH) and fault is not ChatFault.ENDLESS:
                assert finish.completion_tokens == (5 if fault in WHOLE else fault_after)
        else:
            with pytest.raises(ends) as caught:
                await heard(model)
            assert "the-student-s-words" not in caught.value.message
            assert KEY not in caught.value.message

    # Those that do answer may take their time, on a busy machine too.
    silent = fault is ChatFault.SLOW or (fault is ChatFault.STALL and fault_after == 0)
    waits: dict[str, Any] = (
        {"first_token_seconds": 0.5} if silent else {"next_token_seconds": 0.3} if fault is ChatFault.STALL else {}
    )
    use(chat, using, **waits)
    assert chat.is_idle()
    assert "the-student-s-words" not in caplog.text
    assert KEY not in caplog.text


PASSING = [fault for fault in ChatFault if ENDS[fault][1] in (UpstreamUnavailable, RateLimited)]


@pytest.mark.parametrize("fault", PASSING)
def test_a_failure_that_passes_before_the_first_piece_is_not_noticed(chat: LoopbackChat, fault: ChatFault) -> None:
    chat.fault_after = 0
    chat.retry_after_seconds = 0.05
    chat.faults.append(fault)

    async def using(model: OpenAIModel) -> None:
        assert await heard(model) == (TEXT, Finish(FinishReason.STOP, 3, 5))

    use(chat, using)
    assert len(chat.asked) == 2


def test_nothing_is_asked_again_after_the_first_piece_nor_when_it_cannot_help(chat: LoopbackChat) -> None:
    chat.faults.extend([ChatFault.RESET, ChatFault.HTML])

    async def using(model: OpenAIModel) -> None:
        assert (await heard(model))[1].reason is FinishReason.CUT
        assert len(chat.asked) == 1
        with pytest.raises(ProviderRejected):
            await heard(model)
        assert len(chat.asked) == 2

    use(chat, using)


def test_an_empty_answer_is_asked_for_once_more(chat: LoopbackChat) -> None:
    chat.always = ChatFault.EMPTY

    async def using(model: OpenAIModel) -> None:
        with pytest.raises(UpstreamUnavailable, match="empty"):
            await heard(model)

    use(chat, using)
    assert len(chat.asked) == 2


def test_the_service_says_how_long_to_wait(chat: LoopbackChat) -> None:
    chat.faults.append(ChatFault.STATUS_429_WAIT)
    chat.retry_after_seconds = 0.4

    async def using(model: OpenAIModel) -> None:
        assert (await heard(model))[0] == TEXT

    waited = Waits()
    use(chat, using, sleep=waited)
    assert [wait >= 0.4 for wait in waited.seconds] == [True]


def test_a_longer_wait_than_the_deadline_is_left_to_the_caller(chat: LoopbackChat) -> None:
    chat.faults.append(ChatFault.STATUS_429_WAIT)
    chat.retry_after_seconds = 30

    async def using(model: OpenAIModel) -> None:
        with pytest.raises(RateLimited) as caught:
            await heard(model)
        assert caught.value.retry_after_seconds == 30

    waited = Waits()
    use(chat, using, sleep=waited)
    assert (len(chat.asked), waited.seconds) == (1, [])


def test_the_first_deadline_holds_for_all_attempts_together(chat: LoopbackChat) -> None:
    chat.always = ChatFault.SLOW
    chat.faults.extend([ChatFault.STATUS_500])

    async def using(model: OpenAIModel) -> None:
        with pytest.raises(TimedOut, match=r"did not begin to answer within 0\.8 seconds"):
            await heard(model)

    use(chat, using, first_token_seconds=0.8)
    assert chat.is_idle()
    assert len(chat.aborted) == 1


def test_an_attempt_that_begins_after_the_first_deadline_is_too_late(chat: LoopbackChat) -> None:
    chat.faults.extend([ChatFault.STATUS_500])

    async def using(model: OpenAIModel) -> None:
        with pytest.raises(TimedOut):
            await heard(model)

    # The wait between two attempts takes all the time there is.
    use(chat, using, first_token_seconds=0.4, sleep=lambda wait: asyncio.sleep(0.5))


def test_an_answer_that_runs_over_its_time_is_ended(chat: LoopbackChat) -> None:
    chat.always = ChatFault.ENDLESS
    chat.delay_seconds = 0.02

    async def using(model: OpenAIModel) -> None:
        text, finish = await heard(model, 100_000)
        assert finish.reason is FinishReason.LENGTH
        assert "0.6 seconds" in finish.detail
        assert text.endswith(" and on")

    use(chat, using, model_seconds=0.6)
    assert chat.is_idle()


def test_retries_do_not_multiply_an_outage(chat: LoopbackChat) -> None:
    chat.always = ChatFault.STATUS_503

    async def using(model: OpenAIModel) -> None:
        for _ in range(4):
            said = await asyncio.gather(*(heard(model) for _ in range(10)), return_exceptions=True)
            assert all(isinstance(item, UpstreamUnavailable) for item in said)

    use(chat, using, budget=RetryBudget(0.1, limit=5))
    assert 45 <= len(chat.asked) <= 40 + 5 + 4


def test_a_failing_service_is_left_alone_tried_by_one_and_used_again(chat: LoopbackChat) -> None:
    chat.always = ChatFault.STATUS_500
    now = 0.0

    async def using(model: OpenAIModel) -> None:
        nonlocal now
        for _ in range(2):
            with pytest.raises(UpstreamUnavailable, match="status 500"):
                await heard(model)
        assert len(chat.asked) == 5
        assert not model.is_available
        with pytest.raises(UpstreamUnavailable) as caught:
            await heard(model)
        assert caught.value.retry_after_seconds == 10
        assert len(chat.asked) == 5
        now += 10
        chat.always = None
        chat.say(TEXT, 0.05)
        assert model.is_available
        said = await asyncio.gather(*(heard(model) for _ in range(5)), return_exceptions=True)
        assert sum(isinstance(item, tuple) for item in said) == 1
        assert len(chat.asked) == 6
        assert model.is_available
        await asyncio.gather(*(heard(model) for _ in range(5)))

    use(chat, using, breaker=CircuitBreaker(5, first_pause_seconds=10, clock=lambda: now))


@pytest.mark.parametrize("fault", [ChatFault.STALL, ChatFault.NO_FINISH, ChatFault.HTML, ChatFault.EMPTY])
def test_answers_that_break_count_as_failures(chat: LoopbackChat, fault: ChatFault) -> None:
    chat.always = fault

    async def using(model: OpenAIModel) -> None:
        for _ in range(2):
            if model.is_available:
                await asyncio.gather(heard(model), return_exceptions=True)
        assert not model.is_available

    use(chat, using, breaker=CircuitBreaker(2), next_token_seconds=0.3)


def test_a_wrong_request_and_a_reader_that_leaves_say_nothing_about_the_service(chat: LoopbackChat) -> None:
    async def using(model: OpenAIModel) -> None:
        chat.refused_fields = {"messages"}
        with pytest.raises(ProviderRejected):
            await heard(model)
        chat.refused_fields = set()
        chat.always = ChatFault.SLOW
        task = asyncio.create_task(heard(model))
        await asyncio.to_thread(eventually, lambda: chat.running, "the answer's begin")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert model.is_available

    use(chat, using, breaker=CircuitBreaker(1))


def test_a_wrong_key_opens_the_breaker(chat: LoopbackChat) -> None:
    chat.key = "another"

    async def using(model: OpenAIModel) -> None:
        with pytest.raises(ProviderRejected, match="OPENAI_API_KEY"):
            await heard(model)
        assert not model.is_available

    use(chat, using, breaker=CircuitBreaker(1))


async def _read(stream: AsyncIterator[str | Finish]) -> None:
    async for _ in stream:
        pass


@pytest.mark.parametrize("how", ["close", "cancel"])
def test_the_service_sees_that_its_reader_left(chat: LoopbackChat, how: str) -> None:
    chat.say("word " * 10_000, 0.01)

    async def using(model: OpenAIModel) -> None:
        for number in range(5):
            stream = model.stream(ASKED, 100_000)
            await anext(stream)
            if how == "cancel":
                reader = asyncio.create_task(_read(stream))
                await asyncio.sleep(0)
                reader.cancel()
                await asyncio.gather(reader, return_exceptions=True)
            else:
                await stream.aclose()
            # Long before the answer's end; `make bench` says how long it takes.
            assert await asyncio.to_thread(chat.is_idle)
            assert len(chat.aborted) == number + 1

    use(chat, using)


def test_of_fifty_cancelled_none_is_left_running(chat: LoopbackChat) -> None:
    chat.say("word " * 10_000, 0.05)

    async def using(model: OpenAIModel) -> None:
        tasks = [asyncio.create_task(heard(model, 100_000)) for _ in range(50)]
        await asyncio.to_thread(eventually, lambda: chat.running == 50, "the begin of all answers")
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert await asyncio.to_thread(chat.is_idle)
        assert len(chat.aborted) == 50

    use(chat, using)


def test_the_models_name_is_asked_for_once_and_remembered(chat: LoopbackChat) -> None:
    chat.models = ["first", "second"]

    async def using(model: OpenAIModel) -> None:
        assert model.name == ""
        await asyncio.gather(*(heard(model) for _ in range(5)))
        assert model.name == "first"
        assert chat.lists == 1
        assert {asked["model"] for asked in chat.asked} == {"first"}
        chat.models = ["second"]
        with pytest.raises(ProviderRejected):
            await heard(model)
        await heard(model)
        assert model.name == "second"

    use(chat, using, None)


def test_a_service_without_models_says_which_setting_helps(chat: LoopbackChat) -> None:
    chat.models = []

    async def using(model: OpenAIModel) -> None:
        with pytest.raises(ProviderRejected, match="TUTOR_MODEL"):
            await heard(model)

    use(chat, using, None)


def test_openais_own_service_has_a_usual_model() -> None:
    assert OpenAIModel(None, KEY, None).name == "gpt-4.1-mini"
    assert OpenAIModel(None, KEY, "gpt-5").name == "gpt-5"


def test_a_request_says_what_is_wanted_and_no_more(chat: LoopbackChat) -> None:
    async def using(model: OpenAIModel) -> None:
        await heard(model, 50, [Message("user", "half \ud83d")])

    use(chat, using)
    assert chat.asked == [
        {
            "model": "loopback-1",
            "messages": [{"role": "user", "content": "half ?"}],
            "stream": True,
            "stream_options": {"include_usage": True},
            "max_tokens": 50,
            "temperature": 0,
        }
    ]
    assert chat.keys == [KEY]


def test_fields_that_a_service_refuses_are_left_out_from_then_on(chat: LoopbackChat) -> None:
    chat.refused_fields = {"stream_options", "temperature"}

    async def using(model: OpenAIModel) -> None:
        assert await heard(model) == (TEXT, Finish(FinishReason.STOP))
        assert len(chat.asked) == 3
        await heard(model)
        assert len(chat.asked) == 4
        assert set(chat.asked[-1]) == {"model", "messages", "stream", "max_tokens"}

    use(chat, using)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (ChatFault.NO_FINISH, FinishReason.STOP),
        (ChatFault.HALF_EVENT, FinishReason.CUT),
        (ChatFault.RESET, FinishReason.CUT),
        (ChatFault.STALL, FinishReason.CUT),
        (ChatFault.LENGTH, FinishReason.LENGTH),
    ],
)
def test_a_service_that_never_says_why_it_stopped_is_trusted_when_the_stream_is_whole(
    chat: LoopbackChat, fault: ChatFault, reason: FinishReason
) -> None:
    chat.always = fault

    async def using(model: OpenAIModel) -> None:
        assert (await heard(model))[1].reason is reason

    use(chat, using, sends_finish=False, next_token_seconds=0.3)


def test_an_answer_that_filled_its_allowance_is_not_whole_though_nothing_says_so(chat: LoopbackChat) -> None:
    chat.always = ChatFault.NO_FINISH

    async def using(model: OpenAIModel) -> None:
        assert (await heard(model, 3))[1].reason is FinishReason.LENGTH

    use(chat, using, sends_finish=False)


def test_a_connection_serves_one_answer_after_another(chat: LoopbackChat) -> None:
    async def using(model: OpenAIModel) -> None:
        for _ in range(5):
            await heard(model)

    use(chat, using)
    assert chat.connections == 1


def test_a_service_that_is_not_there_is_unavailable() -> None:
    with LoopbackChat() as gone:
        pass

    async def using(model: OpenAIModel) -> None:
        with pytest.raises(UpstreamUnavailable):
            await heard(model)
        with pytest.raises(UpstreamUnavailable, match="OPENAI_BASE_URL"):
            await model.probe()

    use(gone, using)


def test_a_connection_that_is_never_made_ends_with_its_own_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(address)

        async def run() -> None:
            model = OpenAIModel(f"http://127.0.0.1:{address[1]}/v1", KEY, "m", connect_seconds=0.2)
            with pytest.raises(TimedOut, match="TUTOR_CONNECT_SECONDS"):
                await model.probe()
            await model.close()

        asyncio.run(run())
        for one in waiting:
            one.close()


@pytest.mark.parametrize("model", [None, "loopback-1"])
def test_a_service_that_would_answer_passes_the_probe(chat: LoopbackChat, model: str | None) -> None:
    async def using(it: OpenAIModel) -> None:
        await it.probe()
        assert it.name == "loopback-1"

    use(chat, using, model)
    assert not chat.asked


def test_the_probe_names_the_setting_to_change(chat: LoopbackChat) -> None:
    async def wrong_model(model: OpenAIModel) -> None:
        with pytest.raises(ProviderRejected, match=r"'other'.*TUTOR_MODEL and OPENAI_BASE_URL"):
            await model.probe()

    async def wrong_key(model: OpenAIModel) -> None:
        with pytest.raises(ProviderRejected, match="OPENAI_API_KEY"):
            await model.probe()

    use(chat, wrong_model, "other")
    chat.key = "another"
    use(chat, wrong_key)


@pytest.mark.parametrize("address", ["127.0.0.1:8080", "http://[::1", "ftp://host/v1", "http://"])
def test_an_address_or_a_key_that_cannot_be_one_is_refused_at_once(address: str) -> None:
    with pytest.raises(ConfigurationError, match="OPENAI_BASE_URL"):
        OpenAIModel(address, KEY, None)
    with pytest.raises(ConfigurationError, match="OPENAI_API_KEY"):
        OpenAIModel(None, "key\n", None)


@pytest.mark.slow
def test_two_hundred_answers_at_once_are_whole(chat: LoopbackChat) -> None:
    chat.say(TEXT, 0.01)

    async def using(model: OpenAIModel) -> None:
        said = await asyncio.gather(*(heard(model) for _ in range(200)))
        assert {(text, finish.reason) for text, finish in said} == {(TEXT, FinishReason.STOP)}

    use(chat, using, connect_seconds=30.0, first_token_seconds=60.0, next_token_seconds=60.0, model_seconds=90.0)
