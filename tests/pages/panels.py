"""The panel as tests use it: a server that plays scenes, and what a student does on its page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.conftest import index_course
from tests.pages.scenes import Scenes
from tests.support.hash_embedder import HashEmbedder
from tests.support.served import COURSE, LESSONS, Served, served, settings_for, write_lessons

PANEL = f"/panel/{COURSE}"
DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"
"""Waits until what is in the page now was drawn."""
CONTACTS = (
    "contacts:\n- {kind: email, label: Ada, value: ada@example.org}\n"
    "- {kind: whatsapp, label: Chat, value: '+1 (555) 010-0123'}\n"
    "- {kind: link, label: Office hours, value: 'https://example.org/hours'}\n"
)
COURSE_FILE = (
    "title: Computer networks\ngreeting: Hello!\n"
    "popular_questions: ['What is TCP?', 'What is a frame?', "
    "{lesson: 02-transport/01-tcp.md, questions: ['What ends a connection?']}]\n"
    f"{CONTACTS}follow_ups: {{enabled: true, email: team@example.org}}\norigins: ['https://school.example']\n"
)


def staged_data(folder: Path, course_file: str = COURSE_FILE) -> Path:
    """A data directory with the small course, whose students may leave their address; for `staged` alone."""
    lessons = write_lessons(folder / "lessons", {**LESSONS, "course.yaml": course_file})
    index_course(lessons, COURSE, folder / "data", HashEmbedder(), budget_tokens=60)
    return folder / "data"


@contextmanager
def staged(data: Path, scenes: Scenes, **settings: Any) -> Iterator[Served]:
    """A server that plays scenes for answers, to a student who asks faster than any does."""
    generous = {"questions_per_minute": 10_000, "questions_per_address_per_minute": 10_000}
    with served(
        settings_for(data, **{**generous, "sessions_per_address_per_hour": 10_000, **settings}),
        HashEmbedder(),
        produce=scenes,
    ) as running:
        yield running


class Panel:
    """A panel's page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.field = page.locator("textarea[name=question]")
        self.answers = page.locator("article.answer")
        self.questions = page.locator("article.question")
        self.status = page.locator(".status")

    @property
    def answer(self) -> Locator:
        """The newest answer."""
        return self.answers.last

    @property
    def body(self) -> Locator:
        """The newest answer's words."""
        return self.answer.locator(".body")

    def ask(self, question: str) -> None:
        """Write a question and send it by keyboard."""
        self.field.fill(question)
        self.field.press("Enter")

    def answered(self, question: str) -> Locator:
        """Ask, and wait until the answer is whole."""
        count = self.answers.count()
        self.ask(question)
        expect(self.answers).to_have_count(count + 1)
        return self.ended()

    def ended(self, timeout: float = 20_000) -> Locator:
        """Wait until the newest answer has ended."""
        over = re.compile("done|refused|stopped|truncated|filtered|failed|interrupted")
        expect(self.answer).to_have_attribute("data-state", over, timeout=timeout)
        return self.answer
