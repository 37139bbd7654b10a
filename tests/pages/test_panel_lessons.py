"""What the panel makes of the lesson that the student is on, besides asking about it."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.pages.conftest import OpenPage
from tests.pages.panels import DRAWN, PANEL
from tests.pages.scenes import Scenes
from tests.pages.test_panel_embedded import LESSON, ask, host, inside, scenes, site, stage
from tests.support.served import Served

__all__ = ["host", "scenes", "site", "stage"]
FRAMES = "01-basics/02-frames.md"
# Below it the field for the question rises when the lesson is known.
MOVED = """() => new Promise((done) => {
    const moved = [];
    new PerformanceObserver((list) => {
        for (const { node } of list.getEntries().flatMap(({ sources }) => [...sources])) {
            if (node?.parentElement?.closest(".welcome")) moved.push(node.textContent);
        }
    }).observe({ type: "layout-shift", buffered: true });
    setTimeout(() => done(moved), 300);
})"""


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
    go_to_frames(host)
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
    go_to_frames(host)
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


def test_what_is_asked_often_on_the_lesson_is_shown_and_asked_by_a_click(host: Page, scenes: Scenes) -> None:
    shown = inside(host).locator(".popular button")
    expect(shown).to_have_text(["What ends a connection?", "What is TCP?", "What is a frame?"])
    host.mouse.move(1, 1)
    go_to_frames(host)
    host.evaluate("tell({ type: 'context', ...lesson })")
    expect(shown).to_have_text(["What is TCP?", "What is a frame?"])
    shown.last.click()
    expect(inside(host).locator("article.question p")).to_have_text("What is a frame?")


def test_what_is_about_to_be_pressed_stays_where_it_is(host: Page) -> None:
    shown = inside(host).locator(".popular button")
    expect(shown).to_have_count(3)
    shown.last.hover()
    with host.expect_response("**/popular-questions*") as answered:
        go_to_frames(host)
        host.evaluate("tell({ type: 'context', ...lesson })")
    answered.value.finished()
    host.frames[1].evaluate(DRAWN)
    expect(shown).to_have_count(3)


def test_without_a_network_the_page_s_own_questions_stay(stage: Served, open_page: OpenPage) -> None:
    page = open_page("about:blank")
    page.expected.append("net::ERR")  # type: ignore[attr-defined]
    page.route("**/popular-questions*", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        page.goto(stage.url + PANEL)
    expect(page.locator(".popular button")).to_have_text(["What is TCP?", "What is a frame?"])


def test_questions_that_come_later_move_nothing(host: Page) -> None:
    expect(inside(host).locator(".popular button")).to_have_count(3)
    assert host.frames[1].evaluate(MOVED) == []
