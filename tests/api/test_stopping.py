"""Stopping: the service behind the model learns of it at once, and only who asked for an end gets one.

`COURSE_TUTOR_STRESS_N=1000 pytest -m stress tests/api/test_stopping.py` stops that many answers.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.conftest import EMBEDDER
from tests.support.event_source import EventSource
from tests.support.loopback_chat import LoopbackChat
from tests.support.served import COURSE, Served, served, settings_for
from tests.support.stopped_clock import StoppedClock
from tests.support.waiting import eventually

PATH = f"/api/v1/courses/{COURSE}/turns"
QUESTION = "What is TCP and how does a connection end?"
TRUE = "TCP is a protocol that numbers every byte it sends [1]. A connection ends with FIN [1]. "
STOPS = int(os.environ.get("COURSE_TUTOR_STRESS_N", "0"))


@pytest.fixture
def chat() -> Iterator[LoopbackChat]:
    with LoopbackChat() as chat:
        chat.say(TRUE * 100, 0.01)
        yield chat


@pytest.fixture
def modelled(chat: LoopbackChat, published: Path, tmp_path: Path) -> Iterator[Served]:
    """A server whose model writes for as long as it is let, and whose readers may be away for a minute."""
    data = Path(shutil.copytree(published, tmp_path / "data"))
    settings = settings_for(
        data, answerer="generative", openai_base_url=chat.base_url, repeat_answers="off", unread_seconds=60,
        answer_tokens=8000, model_context_tokens=16000,
    )  # fmt: skip
    with served(settings, EMBEDDER) as running:
        yield running


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> StoppedClock:
    """The time, which goes on only when it is told to."""
    return StoppedClock(monkeypatch)


def writing(server: Served, sentences: int = 1) -> EventSource:
    """Who reads an answer of which some sentences are there."""
    source = EventSource(server.url)
    assert source.ask(PATH, {"question": QUESTION, "stream": True}).status == 200
    while sum(event.kind == "delta" for event in source.received) < sentences:
        source.take(200)
        assert not source.has_ended, source.received[-1]
    return source


def left(server: Served, source: EventSource) -> None:
    """Wait until the server has seen that its reader hung up."""
    eventually(lambda: not server.tutor.producers._log.readers(source.turn), "the reader's leaving")


def written_on(chat: LoopbackChat) -> None:
    """Wait until the model has written for so long that the producers have looked who reads: a piece takes it a
    hundredth of a second, and they look every quarter of one.
    """
    seen = chat.pieces_written
    eventually(lambda: chat.pieces_written >= seen + 60, "the next pieces")


def stop_often(server: Served, chat: LoopbackChat, stops: int) -> None:
    """Each stop reaches the service, long before it has written all; `make bench` says how soon."""
    for _ in range(stops):
        source = writing(server)
        assert chat.running == 1
        turn = server.client.post(f"/api/v1/turns/{source.turn}/stop").json()
        assert chat.is_idle()
        source.take()
        source.close()
        assert turn["state"] == "stopped"
        assert source.received[-1].data["turn"] == turn
        assert turn["answer"] == source.text
        assert turn["answer"].startswith("TCP is a protocol that numbers every byte it sends. [1]")
    assert chat.running == 0
    assert len(chat.aborted) == stops


def test_a_stop_reaches_the_service(modelled: Served, chat: LoopbackChat) -> None:
    stop_often(modelled, chat, 7)


def test_a_turn_that_was_stopped_says_who_wrote_and_what_it_has_cost(modelled: Served, chat: LoopbackChat) -> None:
    source = writing(modelled)
    turn = modelled.client.post(f"/api/v1/turns/{source.turn}/stop").json()
    source.close()
    usage = modelled.client.get(f"/api/v1/courses/{COURSE}/usage").json()["totals"]
    assert turn["usage"]["prompt_tokens"] == usage["prompt_tokens"] > 100
    assert turn["usage"]["completion_tokens"] == usage["completion_tokens"] > 5
    assert turn["answerer"] == chat.models[0]
    assert modelled.client.get(f"/api/v1/turns/{source.turn}").json() == turn


@pytest.mark.slow
@pytest.mark.stress
@pytest.mark.skipif(not STOPS, reason="only `make stress` takes the time")
def test_a_thousand_stops_reach_the_service(modelled: Served, chat: LoopbackChat) -> None:
    stop_often(modelled, chat, STOPS)


def test_a_reader_that_leaves_stops_nothing_until_nobody_has_read_for_a_while(
    modelled: Served, chat: LoopbackChat, clock: StoppedClock
) -> None:
    source = writing(modelled)
    source.close()
    left(modelled, source)
    clock.seconds += 59
    written_on(chat)
    assert (chat.running, chat.aborted) == (1, [])
    clock.seconds += 2
    assert chat.is_idle()
    assert len(chat.aborted) == 1
    source.read()
    assert source.received[-1].kind == "stopped"
    assert source.text == source.received[-1].data["turn"]["answer"]


def test_a_reader_that_comes_back_in_time_reads_on(modelled: Served, chat: LoopbackChat, clock: StoppedClock) -> None:
    source = writing(modelled)
    source.close()
    for _ in range(3):
        left(modelled, source)
        clock.seconds += 59
        written_on(chat)
        assert source.read(1) == 200
    assert (chat.running, chat.aborted) == (1, [])
    modelled.client.post(f"/api/v1/turns/{source.turn}/stop")
    source.read()
    assert source.text == source.received[-1].data["turn"]["answer"]


def test_two_readers_read_the_same_bytes(modelled: Served, chat: LoopbackChat) -> None:
    chat.say(TRUE * 3, 0.02)
    source = writing(modelled)
    path = f"/api/v1/turns/{source.turn}/events"
    read: list[bytes] = []
    threads = [threading.Thread(target=lambda: read.append(without_comments(modelled, path))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    source.take()
    source.close()
    assert read[0] == read[1]
    assert read[0].count(b"\n\n") == len(source.received)
    assert source.received[-1].kind == "done"


def without_comments(server: Served, path: str) -> bytes:
    """All bytes of an event stream but for its signs of life."""
    blocks = server.client.get(path).content.split(b"\n\n")
    return b"\n\n".join(block for block in blocks if not block.startswith(b":"))
