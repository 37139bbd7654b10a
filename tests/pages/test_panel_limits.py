"""How much a student can write: as much as the server takes, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.pages.conftest import OpenPage
from tests.pages.panels import PANEL, Panel, staged
from tests.pages.scenes import Scenes
from tests.pages.test_panel import data
from tests.support.served import COURSE, Served

__all__ = ["data"]

MAX_QUESTION_CHARACTERS = 40


@pytest.fixture(scope="module")
def stage(data: Path) -> Iterator[Served]:
    """A server that reads short questions only."""
    with staged(data, Scenes(), max_question_characters=MAX_QUESTION_CHARACTERS) as running:
        yield running


@pytest.fixture
def panel(stage: Served, open_page: OpenPage) -> Panel:
    """The full page of the panel."""
    return Panel(open_page(stage.url + PANEL))


def typed(field: Locator, text: str) -> str:
    """What stands in a field after typing: unlike one that is filled by a script, it takes no more than it says."""
    field.focus()
    field.page.keyboard.insert_text(text)
    return field.input_value()


def test_a_question_may_be_as_long_as_the_server_reads(panel: Panel) -> None:
    counter = panel.page.locator(".counter")
    panel.field.fill("a" * 34)
    expect(counter).to_have_text("")
    panel.ask("a" * 41)
    expect(counter).to_have_text("41 / 40")
    expect(panel.page.locator(".hint")).to_contain_text("That is 1 character too long.")
    expect(panel.questions).to_have_count(0)
    panel.answered("a" * 40)


def test_a_follow_up_that_fits_its_fields_is_taken(panel: Panel, stage: Served) -> None:
    panel.page.get_by_role("button", name="Conversations and more").click()
    panel.page.get_by_role("button", name="Ask a person").click()
    panel.page.get_by_role("button", name="Leave my email").click()
    form = panel.page.locator("form.follow-up")
    form.get_by_label("Your email").fill("long@example.org")
    name = typed(form.get_by_label("Your name"), "n" * 150)
    question = typed(form.get_by_label("Your question"), "q" * 150)
    note = typed(form.get_by_label("Anything to add?"), "x" * 2_100)
    form.get_by_role("checkbox").check()
    form.get_by_role("button", name="Send").click()
    expect(panel.page.locator(".confirmation")).to_be_visible()
    stored = stage.client.get(f"/api/v1/courses/{COURSE}/follow-ups").json()["follow_ups"][0]
    assert (stored["name"], stored["question"], stored["note"]) == (name, question, note)
    assert (len(name), len(question), len(note)) == (100, MAX_QUESTION_CHARACTERS, 2_000)


def test_what_is_said_of_an_answer_may_be_as_long_as_the_server_takes(panel: Panel) -> None:
    panel.answered("Tell me").get_by_role("button", name="Bad answer").click()
    form = panel.page.locator("form.feedback")
    note = typed(form.get_by_label("Anything else?"), "x" * 4_100)
    with panel.page.expect_response(lambda kept: "note" in (kept.request.post_data or "")) as kept:
        form.get_by_role("button", name="Send", exact=True).click()
    assert kept.value.json()["note"] == note
    assert len(note) == 4_000
