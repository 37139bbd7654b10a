"""The loader on a course's own site, with the real panel in it, from a real server."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.pages.conftest import OpenPage
from tests.pages.host_pages import Site, site, tag, until, until_later
from tests.pages.panels import COURSE_FILE, staged, staged_data
from tests.pages.scenes import LESSON, QUOTE, Scenes
from tests.support.served import COURSE, Served

WORDS = "<p>TCP is a <em>protocol</em> that numbers every byte it sends.</p>"
PAGE = f"<main><h1>TCP</h1>{'<p>Other words.</p>' * 60}{WORDS}</main>"


@pytest.fixture(scope="module")
def host() -> Iterator[Site]:
    """The course's own site, whose origin its server knows."""
    with site() as running:
        yield running


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, host: Site) -> Iterator[Served]:
    """A server whose course names the host's site, where its lessons stand."""
    course = COURSE_FILE.replace("https://school.example", host.origin) + f"base_url: {host.origin}\n"
    with staged(staged_data(tmp_path_factory.mktemp("with-panel"), course), Scenes()) as running:
        yield running


@pytest.fixture
def tutor(stage: Served) -> Site:
    """The server as a site that script tags can name."""
    return Site(stage.url)


def inside(page: Page) -> FrameLocator:
    """The panel in the page's tutor."""
    return page.frame_locator("course-tutor iframe")


def ask(page: Page, question: str) -> None:
    """Ask in the panel by keyboard, and wait for the end of the answer."""
    # The focus comes with the panel's script: before it, the form goes its own way.
    expect(inside(page).locator("textarea")).to_be_focused()
    answered = inside(page).locator("article.answer > .after > .tools")
    before = answered.count()
    inside(page).locator("textarea").fill(question)
    page.keyboard.press("Enter")
    expect(answered).to_have_count(before + 1)


def test_the_loader_comes_from_the_server_packed_and_alone(
    host: Site, tutor: Site, stage: Served, open_page: OpenPage
) -> None:
    answer = stage.client.get("/loader.js", headers={"Accept-Encoding": "gzip", "Origin": host.origin})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert int(answer.headers["Content-Length"]) <= 5 * 1024
    url = host.page(PAGE, head=tag(tutor))
    page = open_page("about:blank")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(url, wait_until="networkidle")
    assert [url for url in asked if url.startswith(tutor.origin)] == [f"{tutor.origin}/loader.js"]


def test_a_student_asks_by_keyboard_and_sees_the_words_on_the_page(
    host: Site, tutor: Site, open_page: OpenPage
) -> None:
    page = open_page(host.page(PAGE, head=tag(tutor)), reduced_motion="reduce")
    page.evaluate(
        "() => { window.told = []; for (const name of ['ready', 'asked', 'answered', 'error'])"
        " addEventListener(`course-tutor:${name}`, (event) => told.push(name)) }"
    )
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(inside(page).locator("textarea")).to_be_focused()
    ask(page, "quoted")
    until(page, "told.includes('answered')")
    assert page.evaluate("told") == ["ready", "asked", "answered"]
    inside(page).locator(".cite").first.focus()
    page.keyboard.press("Enter")
    until(page, "CSS.highlights.size === 1")
    words = "[...CSS.highlights.get('course-tutor-citation')].map(String).join('')"
    assert page.evaluate(words) == QUOTE.removesuffix(".")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    until(page, "!document.querySelector('course-tutor').opened")
    assert page.evaluate("document.querySelector('course-tutor').shadowRoot.activeElement.localName") == "button"
    assert page.evaluate("CSS.highlights.size") == 0


def test_words_of_a_lesson_that_is_elsewhere_open_in_the_reader(host: Site, tutor: Site, open_page: OpenPage) -> None:
    page = open_page(host.page("<main>Other words.</main>", head=tag(tutor)))
    page.get_by_role("button", name="Ask the tutor").click()
    ask(page, "quoted")
    with page.context.expect_page() as opening:
        inside(page).locator(".cite").first.click()
    opening.value.wait_for_load_state()
    assert opening.value.url.startswith(f"{tutor.origin}/courses/{COURSE}/lessons/{LESSON}#s=")


def test_the_panel_is_told_which_lesson_the_page_shows(host: Site, tutor: Site, open_page: OpenPage) -> None:
    page = open_page(host.page(PAGE, head=tag(tutor, lesson=LESSON)))
    page.get_by_role("button", name="Ask the tutor").click()
    expect(inside(page).locator(".about")).to_contain_text("A lesson")


def test_the_lesson_is_found_by_the_address_of_the_page(
    host: Site, tutor: Site, stage: Served, open_page: OpenPage
) -> None:
    listed = stage.client.get(f"/api/v1/courses/{COURSE}/lessons").json()["lessons"]
    url = next(each["url"] for each in listed if each["lesson"] == LESSON)
    page = open_page(host.page(PAGE, head=tag(tutor), path=url.removeprefix(host.origin)))
    page.get_by_role("button", name="Ask the tutor").click()
    expect(inside(page).locator(".about")).to_be_visible()
    with page.expect_request("**/turns") as asking:
        ask(page, "quoted")
    assert json.loads(asking.value.post_data or "")["lesson"] == LESSON


def test_what_is_sent_before_the_panel_is_ready_stays_in_its_field(
    host: Site, tutor: Site, open_page: OpenPage
) -> None:
    page = open_page(host.page(PAGE, head=tag(tutor)))
    page.route("**/panel/panel.js", lambda route: None)
    page.get_by_role("button", name="Ask the tutor").click()
    field = inside(page).locator("textarea")
    field.fill("quoted")
    inside(page).locator(".send").click()
    page.wait_for_timeout(300)
    expect(field).to_have_value("quoted")


def test_words_that_a_citation_has_selected_are_not_the_students_choice(
    tutor: Site, stage: Served, open_page: OpenPage
) -> None:
    page = open_page(f"{tutor.origin}/courses/{COURSE}/lessons/{LESSON}", reduced_motion="reduce")
    page.locator("course-tutor").get_by_role("button").click()
    ask(page, "quoted")
    inside(page).locator(".cite").first.click()
    until(page, "getSelection().toString() !== ''")
    about = inside(page).locator(".about")
    expect(about).to_contain_text("TCP")
    page.wait_for_timeout(500)
    expect(about).not_to_contain_text("numbers every byte")
    page.evaluate("getSelection().selectAllChildren(document.querySelector('article pre'))")
    expect(about).to_contain_text("SYN-ACK")


def test_calls_of_the_page_reach_the_panel(host: Site, tutor: Site, open_page: OpenPage) -> None:
    page = open_page(host.page(PAGE, head=tag(tutor, colour="#7a1f5c", scheme="dark")))
    page.get_by_role("button", name="Ask the tutor").wait_for()
    page.evaluate("courseTutor.push(['ask', 'quoted', { send: false }])")
    expect(inside(page).locator("textarea")).to_have_value("quoted")
    page.evaluate("document.querySelector('course-tutor').ask('quoted')")
    expect(inside(page).locator("article.answer > .after > .tools")).to_have_count(1)
    page.evaluate("document.querySelector('course-tutor').newConversation()")
    expect(inside(page).locator("article.answer")).to_have_count(0)


@pytest.mark.parametrize("mode", ["bubble", "side", "inline"])
def test_each_mode_has_the_panel_that_goes_with_it(host: Site, tutor: Site, open_page: OpenPage, mode: str) -> None:
    element = f'<div style="max-width: 640px"><course-tutor course="{COURSE}" mode="{mode}"></course-tutor></div>'
    page = open_page(host.page(element + PAGE, head=tag(tutor)))
    page.evaluate("document.querySelector('course-tutor').open()")
    expect(inside(page).locator("textarea")).to_be_visible()
    close = inside(page).locator("[data-act=close]")
    assert close.count() == (mode != "inline")
    if mode != "inline":
        # The focus comes with the panel's script.
        expect(inside(page).locator("textarea")).to_be_focused()
        close.click()
        until(page, "!document.querySelector('course-tutor').opened")


def test_a_site_that_the_course_does_not_name_is_told_so_in_the_frame(
    tutor_site: Site, tutor: Site, open_page: OpenPage
) -> None:
    page = open_page("about:blank")
    page.expected.extend(["403", "frame-ancestors"])  # type: ignore[attr-defined]
    page.clock.install()
    page.goto(tutor_site.page(PAGE, head=tag(tutor)))
    page.evaluate("addEventListener('course-tutor:error', ({ detail }) => (window.wrong = detail.code))")
    page.get_by_role("button", name="Ask the tutor").click()
    until_later(page, "window.wrong === 'unreachable'")
