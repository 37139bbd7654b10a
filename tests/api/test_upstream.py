"""The whole server over a model service that fails in every way it can: each turn ends as it should, and says so."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import EMBEDDER
from tests.support.event_source import EventSource
from tests.support.loopback_chat import REFUSAL_TEXT, ChatFault, LoopbackChat
from tests.support.served import COURSE, Served, served, settings_for
from tests.support.waiting import eventually

PATH = f"/api/v1/courses/{COURSE}/turns"
QUESTION = "What is TCP and how does a connection end?"
FIRST = "TCP is a protocol that numbers every byte it sends [1]. "
TEXT = FIRST + "A connection ends with FIN [1]. The window says how many bytes may be in flight [2]."
BEFORE_ANY = 0
# So many words that the first sentence is whole.
AFTER_SOME = len((FIRST + "A connection").split())
SHORT = {"first_token_seconds": 2.0, "next_token_seconds": 0.5, "model_seconds": 6.0, "answer_tokens": 100}


@dataclass(frozen=True)
class End:
    """How a turn ends: its state, who wrote it, and why it was not the model."""

    state: str
    answerer: str = "loopback-1"
    fallback: str = ""


WRITTEN = End("done")
CUT = End("truncated")
DOWN = End("done", "quoting", "upstream_unavailable")
LATE = End("done", "quoting", "timed_out")
BUSY = End("done", "quoting", "rate_limited")
REJECTED = End("done", "quoting", "provider_rejected")
# How a turn ends whose model meets the fault after some of its sentences, and before any word.
ENDS: dict[ChatFault, tuple[End, End]] = {
    ChatFault.SLOW: (LATE, LATE),
    ChatFault.STALL: (CUT, LATE),
    ChatFault.STATUS_500: (DOWN, DOWN),
    ChatFault.STATUS_503: (DOWN, DOWN),
    ChatFault.STATUS_429_WAIT: (BUSY, BUSY),
    ChatFault.STATUS_429: (BUSY, BUSY),
    ChatFault.HTML: (REJECTED, REJECTED),
    ChatFault.BAD_JSON: (CUT, DOWN),
    ChatFault.SPLIT_UTF8: (WRITTEN, WRITTEN),
    ChatFault.HALF_EVENT: (CUT, DOWN),
    ChatFault.NO_DONE: (WRITTEN, WRITTEN),
    ChatFault.NO_FINISH: (CUT, CUT),
    ChatFault.LENGTH: (CUT, End("truncated", "quoting", "length")),
    ChatFault.FILTER: (End("filtered"), End("filtered", "quoting", "filter")),
    ChatFault.REFUSAL: (CUT, End("done", "quoting", "refusal")),
    ChatFault.ERROR_EVENT: (CUT, DOWN),
    ChatFault.RESET: (CUT, DOWN),
    ChatFault.EMPTY: (DOWN, DOWN),
    ChatFault.ONE_BYTE: (WRITTEN, WRITTEN),
    ChatFault.ENDLESS: (CUT, CUT),
}
# Those in which every sentence of the text is complete.
WHOLE = {ChatFault.SPLIT_UTF8, ChatFault.NO_DONE, ChatFault.NO_FINISH, ChatFault.ONE_BYTE, ChatFault.ENDLESS}


@pytest.fixture(scope="module")
def chat() -> Iterator[LoopbackChat]:
    with LoopbackChat() as chat:
        yield chat


@pytest.fixture(scope="module")
def modelled(chat: LoopbackChat, published: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose answers the loopback writes, and whose patience is short."""
    data = Path(shutil.copytree(published, tmp_path_factory.mktemp("upstream") / "data"))
    settings = settings_for(data, answerer="generative", openai_base_url=chat.base_url, repeat_answers="off", **SHORT)
    with served(settings, EMBEDDER) as running:
        yield running


def use(server: Served, chat: LoopbackChat, fault: ChatFault | None, after: int) -> None:
    """Every answer from now on meets the fault; a good one before makes up for what earlier tests have broken."""
    chat.say(TEXT)
    chat.always, chat.fault_after, chat.retry_after_seconds = None, after, 60
    assert ended(server.ask(QUESTION).json()) == WRITTEN
    chat.always = fault


def streamed(server: Served) -> tuple[EventSource, dict[str, Any]]:
    """A turn as its events tell it."""
    source = EventSource(server.url)
    assert source.ask(PATH, {"question": QUESTION, "stream": True}).status == 200
    source.take()
    source.close()
    assert source.has_ended
    turn: dict[str, Any] = source.received[-1].data["turn"]
    assert source.text == turn["answer"]
    assert source.received[-1].kind == turn["state"]
    return source, turn


def ended(turn: dict[str, Any]) -> End:
    return End(turn["state"], turn["answerer"], turn["fallback"])


@pytest.mark.parametrize("fault", ChatFault)
@pytest.mark.parametrize("after", [AFTER_SOME, BEFORE_ANY], ids=["after some sentences", "before any word"])
def test_every_fault_ends_the_turn_as_it_should(
    modelled: Served, chat: LoopbackChat, fault: ChatFault, after: int
) -> None:
    use(modelled, chat, fault, after)
    expected = ENDS[fault][0 if after else 1]
    _, turn = streamed(modelled)
    assert ended(turn) == expected
    assert turn["citations"], "whatever happens, the student is left with the lessons' words"
    if expected.answerer == "quoting":
        assert {sentence["support"] for sentence in turn["sentences"]} == {"supported"}
    else:
        assert turn["answer"].startswith("TCP is a protocol that numbers every byte it sends. [1]")
        assert ("in flight" in turn["answer"]) is (fault in WHOLE)
    assert REFUSAL_TEXT not in turn["answer"]
    assert chat.is_idle()


@pytest.mark.parametrize("fault", ChatFault)
def test_every_fault_ends_alike_without_a_stream(modelled: Served, chat: LoopbackChat, fault: ChatFault) -> None:
    use(modelled, chat, fault, AFTER_SOME)
    assert ended(modelled.ask(QUESTION).json()) == ENDS[fault][0]


@pytest.mark.slow
def test_in_an_outage_lessons_are_quoted_without_waiting_and_the_model_is_used_when_it_is_back(
    modelled: Served, chat: LoopbackChat
) -> None:
    use(modelled, chat, ChatFault.SLOW, BEFORE_ANY)
    ends: list[End] = []
    asked = -1
    while asked < len(chat.asked):
        asked = len(chat.asked)
        ends.append(ended(modelled.ask(QUESTION).json()))
        assert len(ends) < 10
    # Each waited for the service in vain, but for the last, which never asked it.
    assert ends == [LATE] * (len(ends) - 1) + [DOWN]
    chat.always = None
    eventually(lambda: ended(modelled.ask(QUESTION).json()) == WRITTEN, "the model's use")
