"""Answers outlast the page, the network and the server: whatever happens in mid-answer, the text is the same.

`COURSE_TUTOR_PAGES_N` sets how often each of them happens; once without it, in `make stress` 200 times.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.conftest import ROOT
from tests.pages.conftest import OpenPage
from tests.pages.panels import PANEL, Panel, staged, staged_data
from tests.pages.scenes import Scenes
from tests.support.served import Served

RUNS = int(os.environ.get("COURSE_TUTOR_PAGES_N") or int(os.environ.get("COURSE_TUTOR_STRESS_N", "0")) // 5 or 1)
SEED = int(os.environ.get("COURSE_TUTOR_SEED", "1"))
SENTENCES = 40


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course."""
    return staged_data(tmp_path_factory.mktemp("resume"))


@pytest.fixture(scope="module")
def scenes() -> Scenes:
    """What answers, one sentence after the other."""
    return Scenes(pause_seconds=0.05)


@pytest.fixture(scope="module")
def stage(data: Path, scenes: Scenes) -> Iterator[Served]:
    """A server that plays scenes."""
    with staged(data, scenes, unread_seconds=30.0) as running:
        yield running


def opened(stage: Served, open_page: OpenPage) -> Panel:
    """A panel in whose console lost connections may be told."""
    page = open_page(stage.url + PANEL)
    page.expected.append("Failed to load resource")  # type: ignore[attr-defined]
    page.expected.append("net::ERR")  # type: ignore[attr-defined]
    return Panel(page)


def stored(url: str, page: Page) -> str:
    """The newest answer of a page as the server has it."""
    kept = json.loads(page.evaluate("localStorage.getItem('course-tutor:networks:conversation')"))
    answer: str = httpx.get(f"{url}/api/v1/turns/{kept['newest']}", timeout=20).json()["answer"]
    return answer


def words(text: str) -> str:
    """A text without what a page folds."""
    return " ".join(text.split())


def whole() -> str:
    """The whole answer to `slow`."""
    return words("".join(f"Sentence {number} – 👋 «é» of the answer. " for number in range(SENTENCES)))


def begun(panel: Panel, chance: random.Random) -> None:
    """Ask, and wait for some sentence."""
    panel.ask(f"slow {SENTENCES}")
    expect(panel.body).to_contain_text(f"Sentence {chance.randint(0, SENTENCES // 2)}")


def reload(panel: Panel) -> None:
    panel.page.reload()


def lose_network(panel: Panel) -> None:
    context: BrowserContext = panel.page.context
    context.set_offline(True)
    expect(panel.answer.locator(".lost")).to_be_visible()
    context.set_offline(False)


@pytest.mark.stress
@pytest.mark.parametrize("happens", [reload, lose_network])
def test_the_text_is_the_same(stage: Served, open_page: OpenPage, happens: Callable[[Panel], None]) -> None:
    chance = random.Random(SEED)
    panel = opened(stage, open_page)
    for _ in range(RUNS):
        begun(panel, chance)
        happens(panel)
        panel.ended(30_000)
        assert words(panel.body.inner_text()) == whole()
        expect(panel.body.locator("p")).to_have_count(1)


def test_a_question_asked_without_a_network_is_sent_once_when_it_is_back(
    stage: Served, open_page: OpenPage, scenes: Scenes
) -> None:
    panel = opened(stage, open_page)
    panel.answered("first")
    asked = len(scenes.asked)
    panel.page.context.set_offline(True)
    panel.ask("second")
    expect(panel.answer).to_contain_text("You are offline. Your question is kept")
    expect(panel.page.locator(".presence .state")).to_have_text("Offline")
    panel.page.context.set_offline(False)
    panel.ended()
    expect(panel.page.locator(".presence .state")).to_have_text("Quoting the lessons")
    assert [turn.question for turn in scenes.asked[asked:]] == ["second"]


def test_a_question_whose_answer_never_arrived_is_asked_once(
    stage: Served, open_page: OpenPage, scenes: Scenes
) -> None:
    panel = opened(stage, open_page)
    asked, lost = len(scenes.asked), []

    def lose(route: object) -> None:
        lost.append(route)
        if len(lost) == 1:
            route.fetch()  # type: ignore[attr-defined]
            route.abort()  # type: ignore[attr-defined]
        else:
            route.continue_()  # type: ignore[attr-defined]

    panel.page.route("**/turns", lose)
    panel.answered("only once")
    assert [turn.question for turn in scenes.asked[asked:]] == ["only once"]


def test_a_question_survives_a_reload_before_it_was_sent(stage: Served, open_page: OpenPage) -> None:
    panel = opened(stage, open_page)
    panel.page.route("**/turns", lambda route: route.abort())
    panel.ask("kept")
    expect(panel.answer.locator(".lost")).to_be_visible()
    panel.page.unroute("**/turns")
    panel.page.reload()
    panel.ended()
    expect(panel.questions.locator("p")).to_have_text(["kept"])


def test_a_question_that_was_not_sent_can_be_taken_back(stage: Served, open_page: OpenPage) -> None:
    panel = opened(stage, open_page)
    panel.page.route("**/turns", lambda route: route.abort())
    panel.ask("not yet")
    expect(panel.answer.locator(".lost")).to_be_visible()
    panel.page.get_by_role("button", name="Stop").click()
    expect(panel.answers).to_have_count(0)
    expect(panel.field).to_have_value("not yet")
    panel.page.reload()
    expect(panel.page.locator(".greeting")).to_be_visible()


def test_two_tabs_show_the_same_conversation(stage: Served, open_page: OpenPage) -> None:
    one = opened(stage, open_page)
    one.answered("first")
    other = Panel(one.page.context.new_page())
    other.page.goto(stage.url + PANEL)
    expect(other.answers).to_have_count(1)
    one.ask(f"slow {SENTENCES}")
    expect(other.answers).to_have_count(2)
    for tab in (one, other):
        tab.ended(30_000)
        assert words(tab.body.inner_text()) == whole()


def test_a_session_that_is_over_is_begun_anew(stage: Served, open_page: OpenPage) -> None:
    panel = opened(stage, open_page)
    panel.page.evaluate(
        """() => localStorage.setItem("course-tutor:networks:session", JSON.stringify({ token: "cts_over" }))"""
    )
    panel.answered("first")
    expect(panel.body).to_contain_text("TCP numbers")


def test_a_student_who_asks_too_fast_is_told_so_and_answered_later(data: Path, open_page: OpenPage) -> None:
    with staged(data, Scenes(), questions_per_minute=1) as busy:
        panel = opened(busy, open_page)
        panel.answered("one")
        panel.ask("two")
        expect(panel.answer).to_contain_text("The tutor has a lot to do right now.")
        expect(panel.page.locator(".presence .state")).to_have_text("Quoting the lessons")
        panel.page.get_by_role("button", name="Stop").click()
        expect(panel.field).to_have_value("two")


@contextlib.contextmanager
def server_process(data: Path, port: int = 0) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TUTOR_")}
    command = [sys.executable, "-m", "tests.pages.stage", str(data), str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())["url"]
        finally:
            process.kill()


@pytest.mark.slow
@pytest.mark.stress
def test_a_server_that_is_killed_and_comes_back_goes_on_with_the_same_text(data: Path, open_page: OpenPage) -> None:
    chance = random.Random(SEED)
    page: Page | None = None
    port = 0
    for _ in range(RUNS):
        with server_process(data, port) as (process, url):
            port = int(url.rpartition(":")[2])
            if page is None:
                page = open_page(url + PANEL)
                page.expected.extend(["Failed to load resource", "net::ERR"])  # type: ignore[attr-defined]
            panel = Panel(page)
            expect(page.locator(".presence .state")).to_have_text("Quoting the lessons", timeout=30_000)
            begun(panel, chance)
            process.send_signal(signal.SIGKILL)
            process.wait()
        expect(panel.answer.locator(".lost")).to_be_visible(timeout=30_000)
        seen = words(panel.body.inner_text())
        with server_process(data, port) as (_, url):
            panel.ended(60_000)
            shown = words(panel.body.inner_text())
            assert shown.startswith(seen)
            assert shown == words(stored(url, page))
            expect(panel.answer).to_contain_text("The server was restarted")
            page.reload()
            panel.ended()
            assert words(panel.body.inner_text()) == shown
