"""What the panel makes of the lesson that the student is on, besides asking about it."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.pages.conftest import OpenPage
from tests.pages.panels import PANEL
from tests.pages.scenes import Scenes
from tests.pages.test_panel_embedded import LESSON, ask, host, inside, scenes, site, stage
from tests.served import Served

__all__ = ["host", "scenes", "site", "stage"]
FRAMES = "01-basics/02-frames.md"


def up_to(page: Page) -> Locator:
    return inside(page).get_by_role("button", name="Only up to this lesson")


def go_to_frames(page: Page) -> None:
    page.evaluate("lesson => window.lesson = { lesson, title: 'Frames', selection: '', url: '/frames' }", FRAMES)


def test_answers_can_be_kept_to_the_lessons_up_to_the_students(host: Page, scenes: Scenes) -> None:
    expect(up_to(host)).to_have_attribute("aria-pressed", "false")
    ask(host, "one")
    assert scenes.asked[-1].not_beyond == ""
    up_to(host).press("Enter")
    expect(up_to(host)).to_have_attribute("aria-pressed", "true")
    expect(up_to(host)).to_be_focused()
    ask(host, "two")
    assert (scenes.asked[-1].lesson, scenes.asked[-1].not_beyond) == (LESSON["lesson"], LESSON["lesson"])
    host.evaluate(
        "window.lesson = { lesson: '01-basics/02-frames.md', title: 'Frames', selection: '', url: '/frames' }"
    )
    ask(host, "three")
    assert scenes.asked[-1].not_beyond == FRAMES


def test_the_choice_is_remembered_and_goes_with_the_lesson(host: Page, scenes: Scenes) -> None:
    up_to(host).click()
    host.reload()
    expect(up_to(host)).to_have_attribute("aria-pressed", "true")
    inside(host).get_by_role("button", name="Do not tie the question to this lesson").click()
    expect(up_to(host)).to_have_count(0)
    ask(host, "one")
    assert (scenes.asked[-1].lesson, scenes.asked[-1].not_beyond) == ("", "")


def test_a_question_that_is_asked_again_is_the_one_that_it_was(host: Page, scenes: Scenes) -> None:
    up_to(host).click()
    ask(host, "truncated")
    up_to(host).click()
    host.reload()
    host.evaluate(
        "window.lesson = { lesson: '01-basics/02-frames.md', title: 'Frames', selection: '', url: '/frames' }"
    )
    inside(host).locator("textarea").fill("not sent yet")
    inside(host).get_by_role("button", name="Ask again", exact=True).click()
    expect(inside(host).locator("article.answer > .after > .tools")).to_have_count(2)
    asked = [(turn.question, turn.lesson, turn.not_beyond) for turn in scenes.asked[-2:]]
    assert asked == [("truncated", LESSON["lesson"], LESSON["lesson"])] * 2
    expect(inside(host).locator("textarea")).to_have_value("not sent yet")


def test_where_no_lesson_is_known_there_is_nothing_to_keep_to(stage: Served, open_page: OpenPage) -> None:
    page = open_page(stage.url + PANEL)
    expect(page.locator(".presence .state")).to_be_visible()
    expect(page.get_by_role("button", name="Only up to this lesson")).to_have_count(0)
