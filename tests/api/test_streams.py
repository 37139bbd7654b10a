"""Turns as event streams: read from anywhere, after any disconnect, crash or shutdown."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import ROOT
from tests.support.event_source import EventSource
from tests.support.logged_turns import produced, texts
from tests.support.served import COURSE, Served, ingest_lessons, served, settings_for, write_lessons
from tests.support.waiting import eventually, no_hang
from tutor.models import Turn
from tutor.turns.events import Event

SEED = int(os.environ.get("COURSE_TUTOR_SEED", "1"))
DISCONNECTS = int(os.environ.get("COURSE_TUTOR_STRESS_N", "6")) * 10
KILLS = max(3, int(os.environ.get("COURSE_TUTOR_STRESS_N", "3")) // 2)
PATH = f"/api/v1/courses/{COURSE}/turns"
PAUSE_SECONDS = 0.02


async def slow(turn: Turn) -> AsyncGenerator[Event]:
    """An answer of as many sentences as the question says."""
    async for event in produced(texts(int(turn.question)), PAUSE_SECONDS)(turn):
        yield event


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the course."""
    folder = tmp_path_factory.mktemp("streams")
    ingest_lessons(settings_for(folder / "data"), write_lessons(folder / "lessons"))
    return folder / "data"


@pytest.fixture(scope="module")
def slowly(data: Path) -> Iterator[Served]:
    """A server whose answers take their time; nobody's patience is long."""
    with served(settings_for(data, unread_seconds=1.0), produce=slow) as running:
        yield running


def ask(url: str, sentences: int, key: str | None = None) -> EventSource:
    """Ask for a stream; gives who reads it."""
    source = EventSource(url)
    body = {"question": str(sentences), "stream": True}
    response = source.ask(PATH, body, {"Idempotency-Key": key} if key else None)
    assert response.status == 200, response.read()
    return source


def begun(url: str, sentences: int, events: int = 1) -> EventSource:
    """Ask for a stream and hang up after a few events."""
    source = ask(url, sentences)
    while len(source.received) < events:
        source.take(100)
    source.close()
    return source


def check(source: EventSource, client: httpx.Client) -> dict[str, Any]:
    """What was read is the whole log, and what other routes say of the turn."""
    assert source.has_ended
    assert [event.id for event in source.received] == list(range(1, len(source.received) + 1))
    end = source.received[-1]
    turn: dict[str, Any] = client.get(f"/api/v1/turns/{source.turn}").json()
    assert end.data["turn"] == turn
    assert end.kind == turn["state"]
    assert source.text == turn["answer"]
    assert end.data["length"] == len(source.text)
    assert end.data["sha256"] == hashlib.sha256(source.text.encode()).hexdigest()
    return turn


def test_a_stream_is_the_turn_as_it_happens(slowly: Served) -> None:
    source = EventSource(slowly.url)
    response = source.ask(PATH, {"question": "20", "stream": True})
    assert response.headers["Content-Type"].startswith("text/event-stream")
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Accel-Buffering"] == "no"
    source.take()
    source.close()
    assert source.comments >= 1
    assert [event.kind for event in source.received] == ["accepted", *["delta"] * 20, "done"]
    assert check(source, slowly.client)["answer"] == "".join(texts(20))
    again = EventSource(slowly.url, source.turn)
    assert again.read() == 200
    assert again.received == source.received


def test_a_reader_gets_the_rest_after_the_event_it_names(slowly: Served) -> None:
    source = begun(slowly.url, 3, events=5)
    path = f"/api/v1/turns/{source.turn}/events"
    by_header = slowly.client.get(path, headers={"Last-Event-ID": "2"}).text
    assert "id: 3\n" in by_header
    assert "id: 2\n" not in by_header
    assert slowly.client.get(f"{path}?after=2").text == by_header
    assert slowly.client.get(f"{path}?after=1", headers={"Last-Event-ID": "2"}).text == by_header
    assert slowly.client.get(f"{path}?after=5").status_code == 204
    for wrong in ("6", "-1", "x", "9" * 30):
        assert slowly.client.get(path, headers={"Last-Event-ID": wrong}).status_code == 422
    assert slowly.client.get("/api/v1/turns/none/events").status_code == 404
    assert slowly.client.get("/api/v1/turns/%00/events").status_code == 404


def disconnect_often(client: httpx.Client, url: str, disconnects: int) -> None:
    chance, count = random.Random(SEED), 0
    while count < disconnects:
        source = begun(url, 60)
        while not source.has_ended:
            assert source.read(chance.randint(0, chance.choice((400, 4_000, 40_000)))) in (200, 204)
            count += 1
        check(source, client)
        assert source.received[-1].kind == "done"
        assert source.read() == 204


def test_after_any_number_of_disconnects_at_any_byte_the_text_is_the_same(slowly: Served) -> None:
    disconnect_often(slowly.client, slowly.url, 60)


@pytest.mark.slow
@pytest.mark.stress
def test_after_thousands_of_disconnects_the_text_is_the_same(slowly: Served) -> None:
    disconnect_often(slowly.client, slowly.url, DISCONNECTS)


def test_an_answer_goes_on_without_its_reader_for_a_while_and_is_then_stopped(slowly: Served) -> None:
    short, long = begun(slowly.url, 10), begun(slowly.url, 1000)

    def state(source: EventSource) -> str:
        return str(slowly.client.get(f"/api/v1/turns/{source.turn}").json()["state"])

    assert eventually(lambda: state(short) != "running" and state(short), "the short answer's end") == "done"
    assert eventually(lambda: state(long) != "running" and state(long), "the long answer's end") == "stopped"
    said = len(long.received)
    long.read()
    assert len(long.received) > said + 1
    check(long, slowly.client)


def test_a_stop_ends_the_stream_with_the_text_so_far(slowly: Served) -> None:
    source = ask(slowly.url, 1000)
    while len(source.received) < 3:
        source.take(100)
    turn = slowly.client.post(f"/api/v1/turns/{source.turn}/stop").json()
    source.take()
    source.close()
    assert check(source, slowly.client) == turn
    assert turn["state"] == "stopped"
    assert "".join(texts(1000)).startswith(turn["answer"])


def test_requests_with_one_key_at_once_share_one_stream(slowly: Served) -> None:
    sources = []

    def read() -> None:
        source = ask(slowly.url, 20, "shared")
        source.take()
        source.close()
        sources.append(source)

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sources) == 6
    assert all(source.received == sources[0].received for source in sources)
    check(sources[0], slowly.client)
    other = slowly.client.post(PATH, json={"question": "21"}, headers={"Idempotency-Key": "shared"})
    assert other.status_code == 422


def test_without_a_stream_the_turn_comes_when_it_has_ended(slowly: Served) -> None:
    turn = slowly.ask("5").json()
    assert (turn["state"], turn["answer"]) == ("done", "".join(texts(5)))


@contextmanager
def server_process(data: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server in a process of its own, and where it listens; killed at the end if it still runs."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TUTOR_")}
    command = [sys.executable, "-m", "tests.support.slow_server", str(data)]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = json.loads(process.stdout.readline())["url"]
            eventually(lambda: is_alive(url), "the server's first sign of life")
            yield process, url
        finally:
            process.kill()


def is_alive(url: str) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(f"{url}/healthz").is_success
    return False


def kill_often(data: Path, kills: int) -> None:
    chance = random.Random(SEED)
    unfinished: EventSource | None = None
    asked: list[str] = []
    for _ in range(kills + 1):
        with server_process(data) as (process, url):
            if unfinished is not None:
                before = list(unfinished.received)
                unfinished.url = url
                # Long before its lease is over: the next server knows of the death.
                with no_hang("the end of a dead server's turn"):
                    while not unfinished.has_ended:
                        assert unfinished.read() == 200
                assert unfinished.received[: len(before)] == before
                with httpx.Client(base_url=url, timeout=20) as client:
                    turn = check(unfinished, client)
                assert turn["state"] == "interrupted"
                assert "".join(texts(150)).startswith(turn["answer"])
            unfinished = begun(url, 150)
            asked.append(unfinished.turn)
            unfinished.read(chance.randint(1, 15_000))
            process.send_signal(signal.SIGKILL)
    assert (data / "begun").read_text().split() == asked


@pytest.mark.slow
def test_a_server_killed_in_an_answer_keeps_it_and_ends_it_when_it_is_back(data: Path, tmp_path: Path) -> None:
    kill_often(copied(data, tmp_path), 2)


@pytest.mark.slow
@pytest.mark.stress
def test_a_server_killed_hundreds_of_times_keeps_every_answer(data: Path, tmp_path: Path) -> None:
    kill_often(copied(data, tmp_path), KILLS)


def copied(data: Path, tmp_path: Path) -> Path:
    """A copy of the data directory."""
    return Path(shutil.copytree(data, tmp_path / "data", ignore=shutil.ignore_patterns("owners", "*.lock")))


@pytest.mark.slow
def test_a_server_that_is_told_to_stop_gives_every_reader_its_end(data: Path, tmp_path: Path) -> None:
    place = copied(data, tmp_path)
    with server_process(place) as (process, url):
        reading = [ask(url, count) for count in (20, 20, 1000, 1000, 1000)]
        threads = [threading.Thread(target=source.take) for source in reading]
        for thread in threads:
            thread.start()
        process.send_signal(signal.SIGTERM)
        for thread in threads:
            thread.join()
        assert process.wait(10) in (0, -signal.SIGTERM)
    for source in reading:
        source.close()
    with server_process(place) as (_, url), httpx.Client(base_url=url, timeout=20) as client:
        states = [check(source, client)["state"] for source in reading]
    assert states == ["done", "done", "interrupted", "interrupted", "interrupted"]
