"""The loader on a course's own site, with the real panel in it, from a real server."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.pages.conftest import OpenPage
from tests.pages.host_pages import Site, launcher, site, until
from tests.pages.loader_scene import MARKED, Scene
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
def scene(host: Site, stage: Served, open_page: OpenPage) -> Scene:
    """A scene with the real panel."""
    return Scene(host, Site(stage.url), open_page)


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


def test_the_loader_comes_from_the_server_packed_and_alone(scene: Scene, stage: Served) -> None:
    answer = stage.client.get("/loader.js", headers={"Accept-Encoding": "gzip", "Origin": scene.host.origin})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert int(answer.headers["Content-Length"]) <= 5 * 1024
    page = scene.load(PAGE)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload(wait_until="networkidle")
    assert [url for url in asked if url.startswith(stage.url)] == [f"{stage.url}/loader.js"]


def test_a_student_asks_by_keyboard_and_sees_the_words_on_the_page(scene: Scene) -> None:
    page = scene.load(PAGE)
    page.evaluate(
        "() => { window.told = []; for (const name of ['ready', 'asked', 'answered', 'error'])"
        " addEventListener(`course-tutor:${name}`, (event) => told.push(name)) }"
    )
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    ask(page, "quoted")
    scene.until("told.includes('answered')")
    assert page.evaluate("told") == ["ready", "asked", "answered"]
    inside(page).locator(".cite").first.focus()
    page.keyboard.press("Enter")
    scene.until(MARKED)
    words = "[...CSS.highlights.get('course-tutor-citation')].map(String).join('')"
    assert page.evaluate(words) == QUOTE.removesuffix(".")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    scene.until("!tutor.opened")
    assert scene.of_tutor("tutor.shadowRoot.activeElement.localName") == "button"
    assert page.evaluate("CSS.highlights.size") == 0


def test_words_of_a_lesson_that_is_elsewhere_open_in_the_reader(scene: Scene) -> None:
    page = scene.load("<main>Other words.</main>")
    launcher(page).click()
    ask(page, "quoted")
    with page.context.expect_page() as opening:
        inside(page).locator(".cite").first.click()
    opening.value.wait_for_load_state()
    assert opening.value.url.startswith(f"{scene.tutor.origin}/courses/{COURSE}/lessons/{LESSON}#s=")


@pytest.mark.parametrize("named_by", ["attribute", "address"])
def test_the_panel_is_told_which_lesson_the_page_shows(scene: Scene, stage: Served, named_by: str) -> None:
    listed = stage.client.get(f"/api/v1/courses/{COURSE}/lessons").json()["lessons"]
    url = next(each["url"] for each in listed if each["lesson"] == LESSON)
    if named_by == "attribute":
        page = scene.load(PAGE, lesson=LESSON)
    else:
        page = scene.load(PAGE, path=url.removeprefix(scene.host.origin))
    launcher(page).click()
    expect(inside(page).locator(".about")).to_contain_text("A lesson")
    with page.expect_request("**/turns") as asking:
        ask(page, "quoted")
    assert json.loads(asking.value.post_data or "")["lesson"] == LESSON


def test_what_is_sent_before_the_panel_is_ready_stays_in_its_field(scene: Scene) -> None:
    page = scene.load(PAGE)
    page.route("**/panel/panel.js", lambda route: None)
    launcher(page).click()
    field = inside(page).locator("textarea")
    field.fill("quoted")
    field.evaluate("() => { window.left = []; navigation.addEventListener('navigate', () => left.push('left')) }")
    inside(page).locator(".send").click()
    # A form that goes its own way does so before the next timer.
    assert field.evaluate("() => new Promise((done) => setTimeout(() => done(left)))") == []
    expect(field).to_have_value("quoted")


def test_words_that_a_citation_has_selected_are_not_the_students_choice(scene: Scene) -> None:
    page = scene.open_page(f"{scene.tutor.origin}/courses/{COURSE}/lessons/{LESSON}")
    about: list[str] = []
    page.expose_function("noted", lambda words: about.append(words))
    launcher(page).click()
    ask(page, "quoted")
    inside(page).locator(".about").evaluate(
        "about => new MutationObserver(() => parent.postMessage({ about: about.textContent }, '*'))"
        ".observe(about, { subtree: true, childList: true, characterData: true })"
    )
    page.evaluate("addEventListener('message', ({ data }) => data.about && noted(data.about))")
    inside(page).locator(".cite").first.click()
    until(page, "getSelection().toString() !== ''")
    expect(inside(page).locator(".about")).to_contain_text("TCP")
    page.evaluate("getSelection().selectAllChildren(document.querySelector('article pre'))")
    expect(inside(page).locator(".about")).to_contain_text("SYN-ACK")
    assert not [words for words in about if "numbers every byte" in words]


def test_calls_of_the_page_reach_the_panel(scene: Scene) -> None:
    page = scene.load(PAGE, colour="#7a1f5c", scheme="dark")
    launcher(page).wait_for()
    page.evaluate("courseTutor.push(['ask', 'quoted', { send: false }])")
    expect(inside(page).locator("textarea")).to_have_value("quoted")
    scene.of_tutor("tutor.ask('quoted')")
    expect(inside(page).locator("article.answer > .after > .tools")).to_have_count(1)
    scene.of_tutor("tutor.newConversation()")
    expect(inside(page).locator("article.answer")).to_have_count(0)


@pytest.mark.parametrize("mode", ["bubble", "side", "inline"])
def test_each_mode_has_the_panel_that_goes_with_it(scene: Scene, mode: str) -> None:
    element = f'<div style="max-width: 640px"><course-tutor course="{COURSE}" mode="{mode}"></course-tutor></div>'
    page = scene.load(element + PAGE)
    scene.of_tutor("tutor.open()")
    expect(inside(page).locator("textarea")).to_be_visible()
    close = inside(page).locator("[data-act=close]")
    assert close.count() == (mode != "inline")
    if mode != "inline":
        # The focus comes with the panel's script.
        expect(inside(page).locator("textarea")).to_be_focused()
        close.click()
        scene.until("!tutor.opened")


def test_a_site_that_the_course_does_not_name_is_told_so_in_the_frame(scene: Scene) -> None:
    with site() as stranger:
        scene.host = stranger
        page = scene.load(PAGE, later=True)
        page.expected.extend(["403", "frame-ancestors"])  # type: ignore[attr-defined]
        page.evaluate("addEventListener('course-tutor:error', ({ detail }) => (window.wrong = detail.code))")
        launcher(page).click()
        scene.until("window.wrong === 'unreachable'", later=True)
        page.close()
